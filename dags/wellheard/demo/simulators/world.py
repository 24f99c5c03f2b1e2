"""What the simulators serve: a company's records, in the vendors' own shapes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


@dataclass(kw_only=True)
class World:
    """Vendor-shaped records; order does not matter, each simulator sorts by its own clock.

    `tickets`, `ticket_events` and `users` are Zendesk's. A ticket's clock is
    `generated_timestamp` and an event's `timestamp` (epoch seconds), a user's `updated_at` (ISO).
    `forms` are Typeform definitions; `responses` holds response items by form id, whose clock is
    the first they have of `submitted_at`, `staged_at` and `landed_at`. `now` (UTC) is the
    simulated present: rows that lie later are invisible.
    """

    now: datetime
    tickets: list[Json] = field(default_factory=list)
    ticket_events: list[Json] = field(default_factory=list)
    users: list[Json] = field(default_factory=list)
    forms: list[Json] = field(default_factory=list)
    responses: dict[str, list[Json]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("World.now needs a time zone")
        self.now = self.now.astimezone(UTC)
