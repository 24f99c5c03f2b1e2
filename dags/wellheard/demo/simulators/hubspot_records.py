"""Made-up HubSpot records, as its API sends them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from wellheard.demo.simulators.world import Json


def made_up(stream: str, number: int, moment: datetime, clock: str) -> Json:
    """The n-th record of a stream, whose property `clock` says the moment."""
    if stream == "properties":
        names = ("mrr", "churn_date", "segment", "hs_v2_date_entered_customer")
        return definition(names[(number - 1) % len(names)])
    if stream == "ticket_contacts":
        return link(str(number), str(number))
    created, changed = stamp_ms(moment - timedelta(days=1)), stamp_ms(moment)
    properties = _properties(stream, number)
    if stream == "feedback_submissions":
        properties |= {"hs_createdate": created, "hs_submission_timestamp": created}
    else:
        properties |= {"createdate": created}
    return {
        "id": str(number),
        "properties": properties | {clock: changed, "hs_object_id": str(number)},
        "createdAt": created,
        "updatedAt": changed,
        "archived": False,
    }


def stamp_ms(moment: datetime) -> str:
    """As HubSpot writes a time: 2026-10-02T12:00:00.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def definition(name: str, group: str = "companyinformation") -> Json:
    """A property as `/crm/v3/properties/...` describes it."""
    return {
        "name": name,
        "label": name.replace("_", " ").capitalize(),
        "type": "date" if "date" in name else "string",
        "fieldType": "text",
        "groupName": group,
        "options": [],
        "archived": False,
    }


def link(ticket: str, *contacts: str) -> Json:
    """The associations of a ticket with contacts."""
    kind = {"category": "HUBSPOT_DEFINED", "typeId": 16, "label": None}
    return {
        "from": {"id": ticket},
        "to": [{"toObjectId": int(one), "associationTypes": [kind]} for one in contacts],
    }


def _properties(stream: str, number: int) -> Json:
    match stream:
        case "feedback_submissions":
            return {
                "hs_survey_id": "5",
                "hs_survey_name": "Relationship survey",
                "hs_survey_type": "NPS",
                "hs_survey_channel": "EMAIL",
                "hs_value": str(number % 11),
                "hs_response_group": "PROMOTER" if number % 11 >= 9 else "DETRACTOR",
                "hs_content": f"Größe – 電話 {number}",
                "hs_contact_id": str(number),
            }
        case "tickets":
            return {
                "hs_pipeline": "0",
                "hs_pipeline_stage": "1",
                "hs_ticket_priority": "HIGH",
                "source_type": "EMAIL",
                "first_agent_reply_date": None,
                "closed_date": None,
            }
        case "companies":
            return {
                "name": f"Company {number}",
                "lifecyclestage": "customer",
                "annualrevenue": str(1000 * number),
                "mrr": str(100 * number),
                "churn_date": None,
                "segment": "enterprise",
            }
        case _:
            return {
                "email": f"contact{number}@example.com",
                "firstname": "Ada",
                "lastname": f"Number{number}",
                "hs_language": "en-gb",
                "lifecyclestage": "customer",
                "associatedcompanyid": str(number),
            }
