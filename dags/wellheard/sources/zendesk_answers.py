"""What Zendesk's answers say: the records they hold and where to go on.

All functions raise msgspec's errors or ValueError for an answer that is not as promised.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

import msgspec

from wellheard.sources.base import Record, Split, microseconds
from wellheard.sources.cutting import cut


class _Ticket(msgspec.Struct, gc=False):
    id: int | str
    # Epoch seconds; system changes move it, but not `updated_at`.
    generated_timestamp: Annotated[int, msgspec.Meta(ge=0, lt=2**37)]
    url: msgspec.Raw = msgspec.Raw()  # the first of a ticket: where it begins


class _Event(msgspec.Struct):
    id: int | str
    timestamp: int


class _Dated(msgspec.Struct):
    """A user, an organisation or a rating."""

    id: int | str
    updated_at: Annotated[datetime, msgspec.Meta(tz=True)]


class _ByCursor(msgspec.Struct, kw_only=True):
    end_of_stream: bool | None = None
    after_cursor: str | None = None


class _Tickets(_ByCursor, kw_only=True):
    rows: list[_Ticket] = msgspec.field(name="tickets")


class _TicketTexts(msgspec.Struct):
    rows: list[msgspec.Raw] = msgspec.field(name="tickets")


class _Users(_ByCursor, kw_only=True):
    rows: list[msgspec.Raw] = msgspec.field(name="users")


class _ByTime(msgspec.Struct, kw_only=True):
    end_of_stream: bool | None = None
    next_page: str | None = None
    end_time: int | None = None
    count: int | None = None


class _Events(_ByTime, kw_only=True):
    rows: list[msgspec.Raw] = msgspec.field(name="ticket_events")


class _Organizations(_ByTime, kw_only=True):
    rows: list[msgspec.Raw] = msgspec.field(name="organizations")


class _Meta(msgspec.Struct):
    has_more: bool


class _Links(msgspec.Struct):
    next: str | None = None


class _Ratings(msgspec.Struct):
    rows: list[msgspec.Raw] = msgspec.field(name="satisfaction_ratings")
    meta: _Meta
    links: _Links = msgspec.field(default_factory=_Links)


@dataclass(frozen=True)
class Answered:
    """One answer, understood: its records and what Zendesk says about going on."""

    records: Sequence[Record]
    end_of_stream: bool | None
    after_cursor: str | None = None
    next_start: int | None = None  # epoch seconds

    @property
    def changes(self) -> Sequence[int]:
        if isinstance(self.records, Split):
            return self.records.changes
        return [microseconds(record.changed_at) for record in self.records]


def tickets(body: bytes) -> Answered:
    answer = _TICKETS.decode(body)
    records = Split(
        [str(row.id) for row in answer.rows],
        [row.generated_timestamp * 1_000_000 for row in answer.rows],
        lambda: cut(
            body,
            [row.url for row in answer.rows],
            within="tickets",
            key="url",
            texts=lambda answer: _TICKET_TEXTS.decode(answer).rows,
        ),
    )
    return Answered(records, answer.end_of_stream, after_cursor=answer.after_cursor)


def ticket_cursor(body: bytes, end: datetime) -> str | None:
    """The cursor to more tickets of a window, if an answer's last bytes tell of some."""
    last = body.rfind(_TICKET_CLOCK)
    more = _MORE.search(body, last) if last >= 0 else None
    if more is None or b'"end_of_stream":true' in body[more.start() :]:
        return None
    clock = _WHOLE.match(body, last + len(_TICKET_CLOCK))
    before_end = clock is not None and int(clock[0]) < end.timestamp()
    return more[1].decode() if before_end else None


def users(body: bytes) -> Answered:
    answer = _USERS.decode(body)
    return Answered(_dated(answer.rows), answer.end_of_stream, after_cursor=answer.after_cursor)


def events(body: bytes) -> Answered:
    answer = _EVENTS.decode(body)
    records = []
    for raw in answer.rows:
        row = _EVENT.decode(raw)
        records.append(Record(str(row.id), _moment(row.timestamp), raw))
    return _timed(answer, records)


def organizations(body: bytes) -> Answered:
    answer = _ORGANIZATIONS.decode(body)
    return _timed(answer, _dated(answer.rows))


def ratings(body: bytes) -> tuple[Sequence[Record], bool, str | None]:
    """The ratings of an answer, whether there are more, and the cursor to them."""
    answer = _RATED.decode(body)
    # Only the cursor is taken from the link: credentials go to the connection's host alone.
    query = parse_qs(urlsplit(answer.links.next or "").query)
    return _dated(answer.rows), answer.meta.has_more, query.get("page[after]", [None])[0]


def _dated(rows: Sequence[msgspec.Raw]) -> list[Record]:
    records = []
    for raw in rows:
        row = _DATED.decode(raw)
        records.append(Record(str(row.id), row.updated_at.astimezone(UTC), raw))
    return records


def _timed(answer: _ByTime, records: Sequence[Record]) -> Answered:
    if answer.count is not None and answer.count != len(records):
        raise ValueError(f"it says count {answer.count:,} and holds {len(records):,} rows")
    # `next_page` leads on; without it a plain "not the end" still leaves the time reached.
    following = answer.end_time if answer.end_of_stream is False else None
    if answer.next_page:
        # Only the time is taken from the URL: credentials go to the connection's host alone.
        text = parse_qs(urlsplit(answer.next_page).query).get("start_time", [""])[0]
        following = int(text) if text.isdigit() else answer.end_time
    return Answered(records, answer.end_of_stream, next_start=following)


def _moment(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)


# How the vendor writes an answer; one written in another way is read all the same, only later.
_TICKET_CLOCK = b'"generated_timestamp":'
_WHOLE, _MORE = re.compile(rb"[0-9]{1,12}"), re.compile(rb'"after_cursor":"([A-Za-z0-9+/=_.-]+)"')
_TICKETS, _TICKET_TEXTS = msgspec.json.Decoder(_Tickets), msgspec.json.Decoder(_TicketTexts)
_EVENTS, _EVENT = msgspec.json.Decoder(_Events), msgspec.json.Decoder(_Event)
_USERS, _DATED = msgspec.json.Decoder(_Users), msgspec.json.Decoder(_Dated)
_ORGANIZATIONS, _RATED = msgspec.json.Decoder(_Organizations), msgspec.json.Decoder(_Ratings)
