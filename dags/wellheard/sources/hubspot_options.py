"""Which HubSpot properties are read, and which of them mean what."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

PropertyName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]

# What HubSpot names itself, asked for beside what the options name.
PROPERTIES = {
    "feedback_submissions": (
        "hs_survey_id", "hs_survey_name", "hs_survey_type", "hs_survey_channel", "hs_value",
        "hs_response_group", "hs_content", "hs_submission_timestamp", "hs_contact_id",
        "hs_createdate", "hs_lastmodifieddate", "hs_object_id",
    ),
    "tickets": (
        "hs_pipeline", "hs_pipeline_stage", "hs_ticket_priority", "hs_ticket_category",
        "source_type", "createdate", "first_agent_reply_date", "closed_date", "time_to_close",
        "hs_lastmodifieddate", "hs_object_id",
    ),
    "companies": (
        "name", "lifecyclestage", "annualrevenue", "createdate", "hs_lastmodifieddate",
        "hs_object_id",
    ),
    "contacts": (
        "email", "firstname", "lastname", "hs_language", "lifecyclestage", "associatedcompanyid",
        "createdate", "lastmodifieddate", "hs_object_id",
    ),
}  # fmt: skip


class ContactProperties(BaseModel):
    """The internal names of the contact properties that say what a customer is, if any do."""

    model_config = ConfigDict(extra="forbid")

    external_id: PropertyName | None = None  # the customer's id in the company's other systems
    account_value: PropertyName | None = None  # recurring revenue a month
    churned_on: PropertyName | None = None
    joined_on: PropertyName | None = None
    segment: PropertyName | None = None


class CompanyProperties(BaseModel):
    """The same of companies. A default that the account does not have is left out."""

    model_config = ConfigDict(extra="forbid")

    external_id: PropertyName | None = None
    account_value: PropertyName | None = "mrr"
    churned_on: PropertyName | None = "churn_date"
    joined_on: PropertyName | None = "hs_v2_date_entered_customer"
    segment: PropertyName | None = "segment"


class Options(BaseModel):
    """Which properties mean what; after a change, land the history again.

    `survey_properties` are the properties of feedback submissions that hold the answers to a
    survey's further questions; each is an answer to the question of its name.
    """

    model_config = ConfigDict(extra="forbid")

    company_properties: CompanyProperties = CompanyProperties()
    contact_properties: ContactProperties = ContactProperties()
    survey_properties: list[PropertyName] = []

    def mapped(self, object_type: str) -> dict[str, str]:
        """What the options name of companies or contacts: meaning -> property."""
        chosen: BaseModel
        match object_type:
            case "companies":
                chosen = self.company_properties
            case "contacts":
                chosen = self.contact_properties
            case _:
                return {}
        return {meaning: name for meaning, name in chosen.model_dump().items() if name}

    def insisted(self, object_type: str) -> set[str]:
        """The meanings the user wrote down, as against the defaults."""
        if object_type == "companies":
            return self.company_properties.model_fields_set
        return self.contact_properties.model_fields_set

    def properties(self, object_type: str) -> list[str]:
        """Every property to ask for, each once."""
        named = [*self.mapped(object_type).values()]
        if object_type == "feedback_submissions":
            named += self.survey_properties
        return list(dict.fromkeys([*PROPERTIES[object_type], *named]))
