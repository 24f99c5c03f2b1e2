"""What the simulators serve: a company's records, in the vendors' own shapes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


@dataclass(kw_only=True)
class World:
    """Vendor-shaped records; order does not matter, each simulator sorts by its own clock.

    `tickets`, `ticket_events`, `users`, `organizations` and `satisfaction_ratings` are Zendesk's.
    `forms` are Typeform definitions; `responses` holds response items by form id. `requests` are
    the rows of the messaging platform's log, which is a file. `now` (UTC) is the simulated
    present: rows that lie later are invisible.
    """

    now: datetime
    tickets: list[Json] = field(default_factory=list)
    ticket_events: list[Json] = field(default_factory=list)
    users: list[Json] = field(default_factory=list)
    organizations: list[Json] = field(default_factory=list)
    satisfaction_ratings: list[Json] = field(default_factory=list)
    forms: list[Json] = field(default_factory=list)
    responses: dict[str, list[Json]] = field(default_factory=dict)
    requests: list[Json] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("World.now needs a time zone")
        self.now = self.now.astimezone(UTC)

    def records(self) -> dict[str, dict[str, list[Json]]]:
        """The records by vendor and stream, as the simulators take them; files are none."""
        return {
            "zendesk": {
                "tickets": self.tickets,
                "ticket_events": self.ticket_events,
                "users": self.users,
                "organizations": self.organizations,
                "satisfaction_ratings": self.satisfaction_ratings,
            },
            "typeform": {
                "forms": self.forms,
                "responses": [
                    {"form_id": form, **item}
                    for form, items in self.responses.items()
                    for item in items
                ],
            },
        }
