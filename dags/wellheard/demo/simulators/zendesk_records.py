"""Made-up Zendesk records with every field the real ones have, for tests of how they are read."""

from __future__ import annotations

from datetime import datetime

from wellheard.demo.simulators.vendor import stamp
from wellheard.demo.simulators.world import Json

HOST = "https://zendesk.example/api/v2"


def ticket(number: int, moment: datetime) -> Json:
    """A solved ticket without a rating."""
    return {
        "id": number,
        "url": f"{HOST}/tickets/{number}.json",
        "external_id": None,
        "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
        "created_at": stamp(moment),
        "updated_at": stamp(moment),
        "generated_timestamp": int(moment.timestamp()),
        "type": "problem",
        "subject": f"Größe – 電話 {number}",
        "raw_subject": f"Größe – 電話 {number}",
        "description": "It does not fit.",
        "priority": "normal",
        "status": "solved",
        "recipient": None,
        "requester_id": number,
        "submitter_id": number,
        "assignee_id": None,
        "organization_id": None,
        "group_id": None,
        "tags": [],
        "custom_fields": [],
        "satisfaction_rating": {"score": "unoffered"},
        "brand_id": 1,
        "is_public": True,
        "has_incidents": False,
        "due_at": None,
    }


def deleted(ticket: Json, moment: datetime) -> Json:
    """What the export shows of a deleted ticket once it is scrubbed."""
    return ticket | {
        "status": "deleted",
        "subject": "SCRUBBED",
        "raw_subject": "SCRUBBED",
        "description": "X",
        "updated_at": stamp(moment),
        "generated_timestamp": int(moment.timestamp()),
    }


def ticket_event(number: int, moment: datetime) -> Json:
    """The audit of a solution: a public comment and a change of status."""
    children: list[Json] = [
        {
            "event_type": "Comment",
            "type": "Comment",
            "author_id": number,
            "body": "This should help.",
            "public": True,
            "comment_present": True,
            "comment_public": True,
        },
        {"event_type": "Change", "status": "solved", "previous_value": "open"},
    ]
    for place, child in enumerate(children, 1):
        child |= {"id": number * 10 + place, "via": "Web form", "via_reference_id": None}
    return {
        "id": number,
        "ticket_id": number,
        "timestamp": int(moment.timestamp()),
        "created_at": stamp(moment),
        "updater_id": number,
        "via": "Web form",
        "system": {},
        "event_type": "Audit",
        "child_events": children,
    }


def user(number: int, moment: datetime) -> Json:
    """A customer nobody knows more about than the name."""
    return {
        "id": number,
        "url": f"{HOST}/users/{number}.json",
        "external_id": None,
        "name": f"User {number}",
        "email": f"user.{number}@example.com",
        "role": "end-user",
        "active": True,
        "locale": "en-GB",
        "organization_id": None,
        "tags": [],
        "suspended": False,
        "created_at": stamp(moment),
        "updated_at": stamp(moment),
        "user_fields": {},
    }


def organization(number: int, moment: datetime) -> Json:
    return {
        "id": number,
        "url": f"{HOST}/organizations/{number}.json",
        "external_id": None,
        "name": f"Organisation {number}",
        "domain_names": [f"org{number}.example"],
        "shared_tickets": False,
        "shared_comments": False,
        "tags": [],
        "created_at": stamp(moment),
        "updated_at": stamp(moment),
        "deleted_at": None,
        "organization_fields": {"segment": None, "monthly_revenue": None},
    }


def satisfaction_rating(number: int, moment: datetime) -> Json:
    return {
        "id": number,
        "url": f"{HOST}/satisfaction_ratings/{number}.json",
        "assignee_id": None,
        "group_id": None,
        "requester_id": number,
        "ticket_id": number,
        "score": "good",
        "comment": None,
        "reason": None,
        "reason_id": None,
        "created_at": stamp(moment),
        "updated_at": stamp(moment),
    }


MADE_UP = {
    "tickets": ticket,
    "ticket_events": ticket_event,
    "users": user,
    "organizations": organization,
    "satisfaction_ratings": satisfaction_rating,
}
