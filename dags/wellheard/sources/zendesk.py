"""Zendesk: support tickets, their events, and users, through the incremental exports.

Connection: `host` https://<company>.zendesk.com, `login` the agent's e-mail address, `password` an
API token. Without a login the password is sent as an OAuth access token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

import msgspec
from pydantic import BaseModel, ConfigDict

from wellheard.budgets import REAL_TIME, Pace
from wellheard.connections import Connection
from wellheard.endpoints import basic, bearer
from wellheard.http import Client
from wellheard.sources.base import Page, Record, Request, Source, Stream

BUDGET = (10, 60.0)  # the incremental exports' own limit: 10 calls a minute
STANDSTILL = 5  # answers in a row that lead nowhere before the window fails

# Tickets are indexed with some delay and the last minute of events is never sent: read five
# minutes again, and no window before ten minutes have passed since its end. Zendesk itself refuses
# a start less than five minutes back.
STREAMS = tuple(
    Stream(name, overlap=timedelta(minutes=5), settle=timedelta(minutes=10))
    for name in ("tickets", "ticket_events", "users")
)


class Options(BaseModel):
    """Zendesk needs no options in wellheard.yml."""

    model_config = ConfigDict(extra="forbid")


class _Ticket(msgspec.Struct):
    id: int
    generated_timestamp: int  # epoch seconds; system changes move it, but not `updated_at`


class _Event(msgspec.Struct):
    id: int
    timestamp: int


class _User(msgspec.Struct):
    id: int
    updated_at: Annotated[datetime, msgspec.Meta(tz=True)]


class _Tickets(msgspec.Struct):
    rows: list[msgspec.Raw] = msgspec.field(name="tickets")
    end_of_stream: bool | None = None
    after_cursor: str | None = None


class _Users(msgspec.Struct):
    rows: list[msgspec.Raw] = msgspec.field(name="users")
    end_of_stream: bool | None = None
    after_cursor: str | None = None


class _Events(msgspec.Struct):
    rows: list[msgspec.Raw] = msgspec.field(name="ticket_events")
    end_of_stream: bool | None = None
    next_page: str | None = None
    end_time: int | None = None
    count: int | None = None


@dataclass(frozen=True)
class _Answer:
    """One answer, understood: its records and what Zendesk says about going on."""

    records: Sequence[Record]
    end_of_stream: bool | None
    after_cursor: str | None = None
    next_start: int | None = None  # epoch seconds


class _Clock:
    """Follows the export's own clock over the pages."""

    def __init__(self, end: datetime) -> None:
        self._end, self._last, self._sorted = end, datetime.min.replace(tzinfo=UTC), True

    def passed_end(self, records: Sequence[Record]) -> bool:
        """Whether all rows of the window have been seen.

        The exports are sorted by their clock, so a row at or past the window's end says so - unless
        a row ever came out of order: then only the vendor's end flag counts.
        """
        for record in records:
            self._sorted &= self._last <= record.changed_at
            self._last = record.changed_at
        return self._sorted and bool(records) and self._last >= self._end


def read(request: Request, pace: Pace = REAL_TIME) -> Iterator[Page]:
    """The pages of a window of a stream, until the export's own end or past the window's end.

    Raises ConfigError (connection), AccessDenied, QuotaSpent and SourceError.
    """
    with Client(
        request, title="Zendesk", authorization=_authorization, budgets=[BUDGET], pace=pace
    ) as client:
        match request.stream.name:
            case "tickets":
                yield from _by_cursor(request, client, "/api/v2/incremental/tickets", _tickets)
            case "users":
                yield from _by_cursor(request, client, "/api/v2/incremental/users", _users)
            case "ticket_events":
                yield from _by_time(request, client)
            case unknown:
                raise ValueError(f"Zendesk has no stream {unknown!r}")


def _by_cursor(
    request: Request, client: Client, path: str, understand: Callable[[bytes], _Answer]
) -> Iterator[Page]:
    clock, number, standstill = _Clock(request.window.end), 0, 0
    cursor: str | None = None
    params: dict[str, str | int] = {"start_time": _start(request), "per_page": 1000}
    while True:
        number += 1
        answer = client.get(f"{path}/cursor.json", params, page=number, read=understand)
        yield Page(number, answer.records)
        if answer.end_of_stream or clock.passed_end(answer.records):
            return
        if answer.after_cursor is None:
            if answer.end_of_stream is None:
                return  # no flag at all: the missing cursor is the end
            raise client.error(
                "Zendesk says there is more (end_of_stream: false) and gives no cursor to it; "
                "nothing of this window is kept: run it again",
                number,
            )
        standstill = standstill + 1 if answer.after_cursor == cursor else 0
        _check_standstill(client, standstill, number)
        cursor = answer.after_cursor
        params = {"cursor": cursor}


def _by_time(request: Request, client: Client) -> Iterator[Page]:
    clock, number, standstill = _Clock(request.window.end), 0, 0
    start, end = _start(request), int(request.window.end.timestamp())
    while True:
        number += 1
        answer = client.get(
            "/api/v2/incremental/ticket_events.json",
            {"start_time": start, "include": "comment_events"},
            page=number,
            read=_events,
        )
        yield Page(number, answer.records)
        if answer.end_of_stream or clock.passed_end(answer.records):
            return
        following = answer.next_start
        if following is None:
            if answer.end_of_stream is None:
                return
            raise client.error(
                "Zendesk says there is more (end_of_stream: false) and gives no next page; "
                "nothing of this window is kept: run it again",
                number,
            )
        if following <= start and answer.records:
            # A page holds all rows of its last second, so a second too full to be left behind
            # (next page = this page) has been read whole.
            following = max(start, int(answer.records[-1].changed_at.timestamp())) + 1
        standstill = standstill + 1 if following <= start else 0
        _check_standstill(client, standstill, number)
        if following >= end:
            return  # rows come by time: none of the window's is left
        start = following


def _check_standstill(client: Client, standstill: int, page: int) -> None:
    if standstill >= STANDSTILL:
        raise client.error(
            f"Zendesk's export stands still: {standstill + 1} answers in a row lead to the same "
            "place without end_of_stream, so its end is not known; nothing of this window is kept: "
            "run it again later",
            page,
        )
    if standstill:
        client.pause(standstill)


def _start(request: Request) -> int:
    return int((request.window.start - request.stream.overlap).timestamp())


def _tickets(body: bytes) -> _Answer:
    answer = _TICKETS.decode(body)
    records = []
    for raw in answer.rows:
        row = _TICKET.decode(raw)
        records.append(Record(str(row.id), _moment(row.generated_timestamp), bytes(raw)))
    return _Answer(records, answer.end_of_stream, after_cursor=answer.after_cursor)


def _users(body: bytes) -> _Answer:
    answer = _USERS.decode(body)
    records = []
    for raw in answer.rows:
        row = _USER.decode(raw)
        records.append(Record(str(row.id), row.updated_at.astimezone(UTC), bytes(raw)))
    return _Answer(records, answer.end_of_stream, after_cursor=answer.after_cursor)


def _events(body: bytes) -> _Answer:
    answer = _EVENTS.decode(body)
    if answer.count is not None and answer.count != len(answer.rows):
        raise ValueError(f"it says count {answer.count:,} and holds {len(answer.rows):,} rows")
    records = []
    for raw in answer.rows:
        row = _EVENT.decode(raw)
        records.append(Record(str(row.id), _moment(row.timestamp), bytes(raw)))
    # `next_page` leads on; without it a plain "not the end" still leaves the time reached.
    following = answer.end_time if answer.end_of_stream is False else None
    if answer.next_page:
        # Only the time is taken from the URL: credentials go to the connection's host alone.
        text = parse_qs(urlsplit(answer.next_page).query).get("start_time", [""])[0]
        following = int(text) if text.isdigit() else answer.end_time
    return _Answer(records, answer.end_of_stream, next_start=following)


def _moment(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)


def _authorization(connection: Connection) -> dict[str, str]:
    login = connection.login.strip()
    if not login:
        return bearer(connection)
    return basic(f"{login.removesuffix('/token')}/token", connection.password.strip())


_TICKETS, _TICKET = msgspec.json.Decoder(_Tickets), msgspec.json.Decoder(_Ticket)
_EVENTS, _EVENT = msgspec.json.Decoder(_Events), msgspec.json.Decoder(_Event)
_USERS, _USER = msgspec.json.Decoder(_Users), msgspec.json.Decoder(_User)

SOURCE = Source(
    name="zendesk",
    title="Zendesk",
    options=Options,
    streams=lambda options: STREAMS,
    read=read,
)
