"""Roundup: issues, their messages and the users of an issue tracker, through its REST API.

Connection: `host` the tracker's address (https://tracker.example.org/support), `login` and
`password` of an account whose role has `Rest Access` and may view issues, messages and users.
Without a login the password is sent as a JSON Web Token.

Roundup tells when an item was last active, in whole seconds although it keeps more, and sorts by
that clock. Its pages are numbered, and an item that is changed moves behind all others: the rows
after it slip one place forward, over the edge of the page before. So only first pages are read,
each from the last row's own second; page numbers serve within one crowded second alone, and there
the total tells whether a row left it meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Annotated

import msgspec
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from wellheard.budgets import REAL_TIME, Pace
from wellheard.connections import Connection
from wellheard.endpoints import basic, bearer
from wellheard.http import Client
from wellheard.sources.base import Page, Record, Request, Source, Stream

BUDGET = (300, 60.0)  # a tracker has no limit unless its owner sets one; this is no burden to any
TURNS = 5  # readings of one crowded second that changed every time
SECOND = timedelta(seconds=1)

# The clock is set when a change begins and shows once it is committed; mail may take a while.
STREAMS = tuple(
    Stream(name, overlap=timedelta(minutes=5), settle=timedelta(minutes=5))
    for name in ("issues", "messages", "users")
)
# What every tracker's classes have. A message's text and a user's password stay where they are.
_CLASSES = {"issues": "issue", "messages": "msg", "users": "user"}
_ALWAYS = ("creation", "activity", "creator", "actor")
_FIELDS = {
    "issues": ("title", "messages", "superseder"),
    "messages": ("author", "date", "messageid", "inreplyto"),
    "users": ("username", "realname", "address", "organisation", "roles", "timezone"),
}

Property = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Options(BaseModel):
    """What a tracker's schema has beyond the common classes, and how much to ask at once.

    `issue_properties`: further properties of an issue, as the classic template names them.
    `user_properties`: further properties of a user (a customer number, for one).
    """

    model_config = ConfigDict(extra="forbid")

    issue_properties: list[Property] = ["status", "priority", "assignedto", "keyword"]
    user_properties: list[Property] = []
    page_size: int = Field(default=100, ge=1, le=1000)


class _Link(msgspec.Struct):
    uri: str


class _Links(msgspec.Struct):
    next: list[_Link] = []


class _Data(msgspec.Struct):
    collection: list[msgspec.Raw]
    total: int = msgspec.field(name="@total_size")
    links: _Links = msgspec.field(name="@links")


class _Body(msgspec.Struct):
    data: _Data


class _Row(msgspec.Struct):
    id: str | int
    activity: str


@dataclass(frozen=True)
class _Answer:
    records: Sequence[Record]
    total: int  # of the question, not of the page; -1 where Roundup does not know
    more: bool


def read(request: Request, pace: Pace = REAL_TIME) -> Iterator[Page]:
    """The pages of a window of a stream, in the order of activity, until no next page is named.

    Raises ConfigError (connection), AccessDenied, QuotaSpent and SourceError.
    """
    with Client(
        request,
        title="Roundup",
        authorization=_authorization,
        headers={"X-Requested-With": "rest"},
        budgets=[BUDGET],
        pace=pace,
    ) as client:
        since = request.window.start - request.stream.overlap
        numbers = count(1)
        while since < request.window.end:
            number = next(numbers)
            answer = _ask(client, since, request.window.end, 1, number)
            yield Page(number, answer.records)
            if not answer.more:
                return
            last = answer.records[-1].changed_at
            if last > since:
                since = last
                continue
            # More rows of this one second than a page holds.
            yield from _crowded(client, since, numbers)
            since += SECOND


def _crowded(client: Client, second: datetime, numbers: Iterator[int]) -> Iterator[Page]:
    """All items last active in one second, page by page, until a reading in which none left it."""
    for turn in range(1, TURNS + 1):
        seen: set[str] = set()
        totals: set[int] = set()
        for index in count(1):
            number = next(numbers)
            answer = _ask(client, second, second + SECOND, index, number)
            yield Page(number, answer.records)
            seen.update(record.id for record in answer.records)
            totals.add(answer.total)
            if not answer.more:
                break
        if totals == {len(seen)}:
            return
        client.pause(turn)
    raise client.error(
        f"the items last active at {second:%Y-%m-%dT%H:%M:%SZ} were read {TURNS} times and changed "
        "every time; nothing of this window is kept: run it again later"
    )


def _ask(client: Client, since: datetime, until: datetime, index: int, number: int) -> _Answer:
    """One page of the items active from one moment to another, which both count."""
    name, options = client.request.stream.name, client.request.options
    assert isinstance(options, Options)
    further = {"issues": options.issue_properties, "users": options.user_properties}
    fields = dict.fromkeys((*_ALWAYS, *_FIELDS[name], *further.get(name, [])))
    question: dict[str, str | int] = {
        # With the offset, as Roundup takes a time without one for the account's own zone (and, with
        # it, a time in whole seconds alone). A range holds both its ends.
        "activity": f"from {since:%Y-%m-%d.%H:%M:%S}+0000 to {until:%Y-%m-%d.%H:%M:%S}+0000",
        "@fields": ",".join(fields),
        "@sort": "activity,id",
        "@verbose": 2 if name == "issues" else 1,  # 2: with the names of statuses and priorities
        "@page_size": options.page_size,
        "@page_index": index,
    }

    def understand(body: bytes) -> _Answer:
        data = _BODY.decode(body).data
        records = [_record(raw) for raw in data.collection]
        for record in records:  # Roundup leaves out a filter that it does not understand
            if not since <= record.changed_at <= until:
                raise ValueError(
                    f"item {record.id} was last active at {record.changed_at:%Y-%m-%dT%H:%M:%SZ}, "
                    "not when asked for"
                )
        more = bool(data.links.next)
        if more and not records:
            raise ValueError("it names a next page and holds no rows")
        if not more and index == 1 and len(records) < data.total:
            raise ValueError(f"it promises {data.total:,} rows, holds {len(records):,} and ends")
        return _Answer(records, data.total, more)

    return client.get(f"/rest/data/{_CLASSES[name]}", question, page=number, read=understand)


def _record(raw: msgspec.Raw) -> Record:
    row = _ROW.decode(raw)
    try:
        moment = datetime.strptime(row.activity, "%Y-%m-%d.%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"item {row.id}: activity is no time: {row.activity!r}") from None
    return Record(str(row.id), moment, bytes(raw))


def _authorization(connection: Connection) -> dict[str, str]:
    login = connection.login.strip()
    return basic(login, connection.password.strip()) if login else bearer(connection)


_BODY, _ROW = msgspec.json.Decoder(_Body), msgspec.json.Decoder(_Row)

SOURCE = Source(
    name="roundup",
    title="Roundup",
    options=Options,
    streams=lambda options: STREAMS,
    read=read,
)
