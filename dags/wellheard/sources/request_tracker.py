"""Request Tracker (RT 5): tickets, their transactions and the users, through REST 2.

Connection: `host` the address of RT (https://rt.example.org), `password` an authentication token.
With a `login` the password is that user's own. The account needs to be privileged and to have the
right SuperUser, as RT says how many rows there are only to those who see all of them (ShowTicket on
all queues is enough for tickets, AdminUsers for users). Its time zone must be UTC: RT reads the
times of a search in the account's own zone, whatever they say themselves.

RT pages by number, and rows slip over the edge of a page when one is changed or deleted meanwhile.
So only first pages are read: from the last row's own second, and within one crowded second from
the last row's id. Users can neither be searched by time nor by id, but stay in the order of ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Annotated

import msgspec
from pydantic import BaseModel, ConfigDict

from wellheard.budgets import REAL_TIME, Pace
from wellheard.connections import Connection
from wellheard.endpoints import basic
from wellheard.http import Client
from wellheard.sources.base import Page, Record, Request, Source, Stream

BUDGET = (600, 60.0)  # RT has no limit of its own; this is no burden to it
PER_PAGE = 100  # RT's most
TURNS = 3  # readings of what changed every time
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # how RT writes a time that is not set

# A change is dated when it begins and shows once it is committed; mail may take a while.
_LATE = timedelta(minutes=5)
STREAMS = (
    Stream("tickets", overlap=_LATE, settle=_LATE),
    Stream("transactions", overlap=_LATE, settle=_LATE),
    Stream("users", overlap=_LATE, settle=_LATE, whole=True),
)
_AS_NUMBERS = {f"fields[{who}]": "id" for who in ("Owner", "Creator", "Requestor")}
_USE_UTC = "set the time zone of its account to UTC in Request Tracker (Preferences, About me)"


class Options(BaseModel):
    """Request Tracker needs no options in wellheard.yml."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class _List:
    """A list that is searched by time: where it is, its clock, what is always asked of it."""

    path: str
    clock: str
    condition: str
    asked: Mapping[str, str | int]


LISTS = {
    "tickets": _List(
        "/REST/2.0/tickets",
        "LastUpdated",
        "EffectiveId > 0",  # naming it brings the tickets that were merged into others too
        {
            "fields": "id,Subject,Status,Type,Created,LastUpdated,Started,Resolved,Told,Due,"
            "Priority,SLA,EffectiveId,Queue,Owner,Creator,Requestor,CustomFields",
            "fields[Queue]": "Name",
            **_AS_NUMBERS,
        },
    ),
    "transactions": _List(
        "/REST/2.0/transactions",
        "Created",
        "ObjectType = 'RT::Ticket'",
        {
            "fields": "id,Type,Field,OldValue,NewValue,Data,TimeTaken,Created,Creator,ObjectType,"
            "ObjectId",
            **_AS_NUMBERS,
        },
    ),
}

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class _Body(msgspec.Struct):
    items: list[msgspec.Raw]
    count: int
    per_page: int
    total: int | None = None  # null for those who may not see all


class _Row(msgspec.Struct):
    id: int | str
    LastUpdated: _Moment | None = None
    Created: _Moment | None = None


@dataclass(frozen=True)
class _Answer:
    records: Sequence[Record]
    total: int | None  # of the question
    more: bool


def read(request: Request, pace: Pace = REAL_TIME) -> Iterator[Page]:
    """The pages of a window of a stream, to the number of rows that RT promises.

    Raises ConfigError (connection), AccessDenied, QuotaSpent and SourceError.
    """
    with Client(
        request,
        title="Request Tracker",
        authorization=_authorization,
        budgets=[BUDGET],
        pace=pace,
    ) as client:
        if request.stream.name == "users":
            yield from _users(request, client)
        else:
            _check_zone(client, request.window.start)
            yield from _by_time(request, client, LISTS[request.stream.name])


def _by_time(request: Request, client: Client, wanted: _List) -> Iterator[Page]:
    since = request.window.start - request.stream.overlap
    until, numbers = request.window.end, count(1)
    while since < until:
        number = next(numbers)
        answer = _search(client, wanted, since, until, number)
        yield Page(number, answer.records)
        if not answer.more:
            return
        last = answer.records[-1].changed_at
        if last > since:
            since = last
            continue
        # More rows of this one second than a page holds: on by id.
        after, more = 0, True
        while more:
            number = next(numbers)
            answer = _search(client, wanted, since, since + SECOND, number, after)
            yield Page(number, answer.records)
            after = max((int(record.id) for record in answer.records), default=after)
            more = answer.more
        since += SECOND


def _search(
    client: Client,
    wanted: _List,
    since: datetime,
    until: datetime,
    number: int,
    after: int | None = None,
) -> _Answer:
    """The first rows of `[since, until)` in the order of their clock, or of ids behind one."""
    query = f"{_within(wanted.clock, since, until)} AND {wanted.condition}"
    question: dict[str, str | int] = {
        "query": query if after is None else f"{query} AND id > {after}",
        "orderby": wanted.clock if after is None else "id",
        "per_page": PER_PAGE,
        **wanted.asked,
    }

    def understand(body: bytes) -> _Answer:
        answer = _answer(body, wanted.clock)
        for record in answer.records:
            if not since <= record.changed_at < until or int(record.id) <= (after or 0):
                raise ValueError(
                    f"row {record.id}, {wanted.clock} {record.changed_at:%Y-%m-%dT%H:%M:%SZ}, was "
                    f"not asked for; if that stays so, {_USE_UTC}"
                )
        if answer.more and not answer.records:
            raise ValueError(f"it promises {answer.total:,} rows and holds none")
        return answer

    answer = client.get(wanted.path, question, page=number, read=understand)
    if answer.total is None:
        raise client.error(
            "Request Tracker does not say how many rows there are, as the account of connection "
            f"{client.connection.id!r} may not see all of them, so their end is not known; give it "
            "the right SuperUser (for tickets, ShowTicket on all queues is enough)",
            number,
        )
    return answer


def _check_zone(client: Client, start: datetime) -> None:
    """Raise SourceError where RT takes the times of a search for another zone's than UTC.

    A transaction never changes: one from about the window's start must be found by its own time.
    """

    def search(query: str) -> Sequence[Record]:
        asked = {"query": query, "fields": "id,Created", "orderby": "id", "per_page": "1"}
        return client.get(
            "/REST/2.0/transactions", asked, page=1, read=lambda body: _answer(body, "Created", 1)
        ).records

    recent = f"ObjectType = 'RT::Ticket' AND Created >= '{_written(start - DAY)}'"
    for turn in range(1, TURNS + 1):
        for known in search(recent):
            then = known.changed_at
            if not search(f"{_within('Created', then, then + SECOND)} AND id = {int(known.id)}"):
                break
        else:
            return
        client.pause(turn)  # unless it was removed just now
    raise client.error(
        f"Request Tracker does not find transaction {known.id} by its own time, so it reads times "
        f"in another zone than UTC; for connection {client.connection.id!r}, {_USE_UTC}"
    )


def _users(request: Request, client: Client) -> Iterator[Page]:
    """The users changed in the window, each in full, from the list of all of them."""
    since = request.window.start - request.stream.overlap
    numbers = count(1)
    for turn in range(1, TURNS + 1):
        last = seen = 0
        totals: list[int] = []
        for index in count(1):
            number = next(numbers)
            listed = _listed(client, index, last, number)
            changed = [r for r in listed.records if since <= r.changed_at < request.window.end]
            yield Page(number, [u for r in changed if (u := _user(client, r.id, number))])
            if listed.total is None:
                raise client.error("Request Tracker does not say how many users there are", number)
            totals.append(listed.total)
            seen += len(listed.records)
            if seen >= listed.total or not listed.records:
                break
            last = int(listed.records[-1].id)
        # New ones come last; but where some went, others slipped over a page's edge.
        if seen >= totals[-1] == max(totals):
            return
        client.pause(turn)
    raise client.error(
        f"users were removed during each of {TURNS} readings; nothing of this window is kept: run "
        "it again later"
    )


def _listed(client: Client, index: int, last: int, number: int) -> _Answer:
    """A page of the list of all users, in the order of ids, behind the last one of the page before.

    RT leaves out silently what it cannot search users by: time and id, for two.
    """

    def understand(body: bytes) -> _Answer:
        answer = _answer(body, "LastUpdated")
        if any(int(record.id) <= last for record in answer.records):
            raise ValueError("it sends users of the page before once more")
        return answer

    question: dict[str, str | int] = {
        "fields": "id,LastUpdated",
        "orderby": "id",
        "find_disabled_rows": 1,
        "per_page": PER_PAGE,
        "page": index,
    }
    return client.get("/REST/2.0/users", question, page=number, read=understand)


def _user(client: Client, identity: str, number: int) -> Record | None:
    """A user in full, as the list does not tell agents from customers; None once removed."""

    def understand(body: bytes) -> Record | None:
        record = _record(msgspec.Raw(body), "LastUpdated")
        if record.id != identity:
            raise ValueError(f"user {identity} was asked for and {record.id} sent")
        return record

    return client.call(
        "GET",
        f"/REST/2.0/user/{identity}",
        page=number,
        read=lambda answer: understand(answer.body),
        gone=lambda: None,
    )


def _answer(body: bytes, clock: str, per_page: int = PER_PAGE) -> _Answer:
    answer = _BODY.decode(body)
    if answer.per_page != per_page:
        raise ValueError(
            f"it answers with pages of {answer.per_page}, not the {per_page} asked for"
        )
    if answer.count != len(answer.items):
        raise ValueError(f"it says count {answer.count:,} and holds {len(answer.items):,} rows")
    records = [_record(raw, clock) for raw in answer.items]
    return _Answer(records, answer.total, more=(answer.total or 0) > len(records))


def _record(raw: msgspec.Raw, clock: str) -> Record:
    row = _ROW.decode(raw)
    moment: datetime | None = getattr(row, clock)
    if moment is None or moment <= NEVER or not str(row.id).isdigit():
        # RT shows 1970 for what the account may not see.
        raise ValueError(
            f"row {row.id} has no {clock}, or its id is no number; if {clock} shows in Request "
            "Tracker, the account lacks a right (AdminUsers, for users)"
        )
    return Record(str(row.id), moment.astimezone(UTC), bytes(raw))


def _within(clock: str, since: datetime, until: datetime) -> str:
    return f"{clock} >= '{_written(since)}' AND {clock} < '{_written(until)}'"


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _authorization(connection: Connection) -> dict[str, str]:
    login, secret = connection.login.strip(), connection.password.strip()
    return basic(login, secret) if login else {"Authorization": f"token {secret}"}


_BODY, _ROW = msgspec.json.Decoder(_Body), msgspec.json.Decoder(_Row)

SOURCE = Source(
    name="request_tracker",
    title="Request Tracker",
    options=Options,
    streams=lambda options: STREAMS,
    read=read,
)
