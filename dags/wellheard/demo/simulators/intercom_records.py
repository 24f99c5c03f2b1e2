"""Made-up records as Intercom sends them; times are epoch seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from wellheard.demo.simulators.world import Json

APP = "larkfld1"
FIN = {
    "type": "bot",
    "id": "8001",
    "name": "Fin",
    "email": "operator+larkfld1@intercom.io",
    "from_ai_agent": True,
    "is_ai_answer": True,
}
ADMIN = {"type": "admin", "id": "9001", "name": "Robin Example", "email": "robin@example.com"}


def contact_of(number: int) -> Json:
    return {"type": "contact", "id": f"c{number:07}", "external_id": f"C{number:05}"}


def part(number: int, kind: str, author: Json, moment: int, body: str | None = None) -> Json:
    """One part of a conversation; `kind` is its part_type."""
    return {
        "type": "conversation_part",
        "id": str(number),
        "part_type": kind,
        "body": body,
        "created_at": moment,
        "updated_at": moment,
        "notified_at": moment,
        "author": author,
        "attachments": [],
        "external_id": None,
        "redacted": False,
        "state": "closed" if kind == "close" else "open",
        "tags": [],
        "app_package_code": None,
    }


def parts(listed: list[Json]) -> Json:
    return {
        "type": "conversation_part.list",
        "conversation_parts": listed,
        "total_count": len(listed),
    }


def _conversation(number: int, moment: int) -> Json:
    asked = {
        "type": "user",
        "id": f"c{number:07}",
        "name": f"Contact {number}",
        "email": f"contact{number}@example.com",
    }
    return {
        "type": "conversation",
        "id": str(1000 + number),
        "title": None,
        "created_at": moment - 600,
        "updated_at": moment,
        "waiting_since": None,
        "snoozed_until": None,
        "open": True,
        "state": "open",
        "read": False,
        "priority": "not_priority",
        "admin_assignee_id": 9001,
        "team_assignee_id": None,
        "tags": {"type": "tag.list", "tags": []},
        "conversation_rating": None,
        "source": {
            "type": "conversation",
            "id": str(400_000 + number),
            "delivered_as": "customer_initiated",
            "subject": "",
            "body": f"<p>Größe – 電話 {number}</p>",
            "author": asked,
            "attachments": [],
            "url": None,
            "redacted": False,
        },
        "contacts": {"type": "contact.list", "contacts": [contact_of(number)]},
        "teammates": None,
        "custom_attributes": {},
        "first_contact_reply": None,
        "sla_applied": None,
        "statistics": None,
        "conversation_parts": parts(
            [part(10_000 + number, "comment", ADMIN, moment, "<p>We are looking into it.</p>")]
        ),
        "linked_objects": {"type": "list", "data": [], "total_count": 0, "has_more": False},
        "ai_agent_participated": False,
        "ai_agent": None,
    }


def _contact(number: int, moment: int) -> Json:
    return {
        "type": "contact",
        "id": f"c{number:07}",
        "external_id": f"C{number:05}",
        "workspace_id": APP,
        "role": "user",
        "email": f"contact{number}@example.com",
        "phone": None,
        "name": f"Contact {number}",
        "owner_id": None,
        "has_hard_bounced": False,
        "marked_email_as_spam": False,
        "unsubscribed_from_emails": False,
        "created_at": moment,
        "updated_at": moment,
        "signed_up_at": moment,
        "last_seen_at": None,
        "language_override": None,
        "browser_language": "en-GB",
        "custom_attributes": {},
        "avatar": None,
        "tags": None,
        "companies": {
            "data": [],
            "url": f"/contacts/c{number:07}/companies",
            "total_count": 0,
            "has_more": False,
        },
    }


def _company(number: int, moment: int) -> Json:
    return {
        "type": "company",
        "id": f"k{number:07}",
        "company_id": f"K{number:05}",
        "app_id": APP,
        "name": f"Company {number}",
        "remote_created_at": moment,
        "created_at": moment,
        "updated_at": moment,
        "monthly_spend": 100 * number,
        "session_count": 0,
        "user_count": 1,
        "tags": {"type": "tag.list", "tags": []},
        "segments": {"type": "segment.list", "segments": []},
        "plan": {},
        "custom_attributes": {},
    }


def _admin(number: int, moment: int) -> Json:
    return {
        "type": "admin",
        "id": str(9000 + number),
        "name": f"Admin {number}",
        "email": f"admin{number}@example.com",
        "away_mode_enabled": False,
        "away_mode_reassign": False,
        "has_inbox_seat": True,
        "team_ids": [],
    }


MADE_UP: Mapping[str, Callable[[int, int], Json]] = {
    "conversations": _conversation,
    "contacts": _contact,
    "companies": _company,
    "admins": _admin,
}
