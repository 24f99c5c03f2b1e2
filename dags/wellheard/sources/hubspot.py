"""HubSpot: survey answers, tickets, and the contacts and companies they come from.

Connection: `password` a private app's access token that may read feedback submissions, tickets,
contacts and companies; `host` only where it is not https://api.hubapi.com.

What changed is asked of the search, page 1 from the last row's time on: records that move or go
between two pages then make it skip none, and its ceiling of 10,000 hits is never reached. The
search leaves deleted (archived) records out; they are listed apart and landed, `archived: true`,
in the window that holds their `archivedAt`. A record erased for good is in neither.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec

from wellheard.budgets import REAL_TIME, Pace
from wellheard.endpoints import bearer
from wellheard.http import Client
from wellheard.sources.base import Page, Record, Request, Source, Stream
from wellheard.sources.hubspot_options import Options

HOST = "https://api.hubapi.com"
BUDGET = (5, 1.0)  # the search's own limit; other calls may come faster
PAGE_SIZE, PAGE_SIZE_ARCHIVED = 200, 100
STANDSTILL = 5  # answers in a row that lead nowhere before the window fails

# The search finds a change "a few moments" after it was made, later when HubSpot is busy: a window
# is read a quarter of an hour after its end, and the hour before its start once more. Associations
# bear no time: those of the tickets changed in a window are read, with the same overlap. Properties
# have no history: every window holds them as they were when it was read.
OVERLAP, SETTLE = timedelta(hours=1), timedelta(minutes=15)
OBJECTS = ("feedback_submissions", "tickets", "companies", "contacts")
STREAMS = (
    Stream("properties", whole=True),
    *(Stream(name, overlap=OVERLAP, settle=SETTLE) for name in OBJECTS),
    Stream("ticket_contacts", settle=SETTLE),
)
CLOCKS = dict.fromkeys(OBJECTS, "hs_lastmodifieddate") | {"contacts": "lastmodifieddate"}
NO_CONTACTS = "crm.associations.NO_ASSOCIATIONS_FOUND"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class _Clocks(msgspec.Struct):
    hs_lastmodifieddate: str | int | None = None
    lastmodifieddate: str | int | None = None


class _Object(msgspec.Struct):
    id: str | int
    properties: _Clocks
    archived_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = msgspec.field(
        default=None, name="archivedAt"
    )


class _Next(msgspec.Struct):
    after: str


class _Paging(msgspec.Struct):
    next: _Next | None = None


class _Objects(msgspec.Struct):
    results: list[msgspec.Raw]
    paging: _Paging | None = None
    total: int | None = None  # a search's alone


class _Property(msgspec.Struct):
    name: str


class _From(msgspec.Struct):
    id: str | int


class _Links(msgspec.Struct):
    of: _From = msgspec.field(name="from")


class _Problem(msgspec.Struct):
    sub_category: str = msgspec.field(default="", name="subCategory")
    message: str = ""


class _Batch(msgspec.Struct):
    results: list[msgspec.Raw]
    status: str = "COMPLETE"
    errors: list[_Problem] = []


@dataclass(frozen=True)
class _Answer:
    """One answer, understood. `after` is HubSpot's cursor to what follows, None at the end."""

    records: Sequence[Record]
    after: str | None


@dataclass
class _Reading:
    """A window of one kind of object being read, its pages numbered through."""

    request: Request
    client: Client
    object_type: str
    properties: Sequence[str]
    page: int = 0
    idle: int = field(default=0, init=False)

    @property
    def path(self) -> str:
        return f"/crm/v3/objects/{self.object_type}"

    def arrived(self, answer: _Answer, asked: str | None) -> None:
        """An answer may hold nothing and lead on; one after the other leads nowhere."""
        leads_on = answer.after is not None
        stuck = leads_on and (not answer.records or answer.after == asked)
        self.idle = self.idle + 1 if stuck else 0
        if self.idle > STANDSTILL:
            raise self.client.error(
                f"HubSpot stands still: {self.idle} answers in a row lead nowhere and promise "
                "more, so the end is not known; nothing of this window is kept: run it again later",
                self.page,
            )
        if self.idle > 1:
            self.client.pause(self.idle - 1)


class _InPart(Exception):
    """207: HubSpot's answer to a batch some of whose tickets have no contact."""

    def __init__(self, body: bytes) -> None:
        super().__init__("answered in part")
        self.body = body


def _refusal(client: Client, status: int, body: bytes, page: int) -> Exception | None:
    return _InPart(body) if status == 207 else None


def read(request: Request, pace: Pace = REAL_TIME) -> Iterator[Page]:
    """The pages of a window of a stream: what changed in it, then what was deleted in it.

    Raises ConfigError (connection), AccessDenied, QuotaSpent and SourceError.
    """
    options, name = request.options, request.stream.name
    assert isinstance(options, Options)
    with Client(
        request,
        title="HubSpot",
        host=HOST,
        authorization=bearer,
        budgets=[BUDGET],
        refusal=_refusal,
        pace=pace,
    ) as client:
        if name == "properties":
            yield from _meanings(request, client, options)
        elif name == "ticket_contacts":
            clock = CLOCKS["tickets"]
            for tickets in _changed(_Reading(request, client, "tickets", [clock])):
                yield Page(tickets.number, _contacts(client, tickets))
        elif name in OBJECTS:
            reading = _Reading(request, client, name, options.properties(name))
            yield from _changed(reading)
            yield from _deleted(reading)
        else:
            raise ValueError(f"HubSpot has no stream {name!r}")


def _changed(reading: _Reading) -> Iterator[Page]:
    """What changed from the overlap's start to the window's end, oldest change first."""
    clock = CLOCKS[reading.object_type]
    since = _milliseconds(reading.request.window.start - OVERLAP)
    end = _milliseconds(reading.request.window.end)
    after: str | None = None
    while True:
        filters = [_filter(clock, "GTE", since), _filter(clock, "LT", end)]
        answer = yield from _search(reading, clock, filters, after)
        if answer.after is None:
            return
        changes = [_milliseconds(record.changed_at) for record in answer.records]
        after = None
        if not changes or changes != sorted(changes):
            after = answer.after  # no row tells how far this answer reached; HubSpot's cursor does
        elif changes[-1] > since:
            since = changes[-1]
        else:
            # More records of one millisecond than a page holds, as an import leaves them.
            yield from _of_one_moment(reading, _filter(clock, "EQ", since))
            since += 1


def _of_one_moment(reading: _Reading, moment: dict[str, str]) -> Iterator[Page]:
    """All records of one millisecond by their id, for a search is sorted by one property only."""
    last = 0
    after: str | None = None
    while True:
        filters = [moment, _filter("hs_object_id", "GT", last)]
        answer = yield from _search(reading, "hs_object_id", filters, after)
        if answer.after is None:
            return
        try:
            ids = [int(record.id) for record in answer.records]
        except ValueError as error:
            raise reading.client.error(f"HubSpot sent an id: {error}", reading.page) from None
        after = answer.after if not ids or ids != sorted(ids) else None
        last = max([last, *ids])


def _search(
    reading: _Reading, sort: str, filters: Sequence[dict[str, str]], after: str | None
) -> Generator[Page, None, _Answer]:
    """One answer of the search, as a page and as what it says."""
    question: dict[str, Any] = {
        "filterGroups": [{"filters": filters}],
        "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
        "properties": list(reading.properties),
        "limit": PAGE_SIZE,
    }
    if after is not None:
        question["after"] = after
    clock = CLOCKS[reading.object_type]

    def understand(body: bytes) -> _Answer:
        found = _OBJECTS.decode(body)
        following = found.paging.next if found.paging else None
        if following is None and after is None and (found.total or 0) > len(found.results):
            raise ValueError(
                f"it promises {found.total:,} {reading.object_type}, holds {len(found.results):,} "
                "and says there are no more"
            )
        records = []
        for raw in found.results:
            row = _OBJECT.decode(raw)
            changed_at = _moment(getattr(row.properties, clock), clock, row.id)
            records.append(Record(str(row.id), changed_at, bytes(raw)))
        return _Answer(records, following.after if following else None)

    reading.page += 1
    answer = reading.client.post(
        f"{reading.path}/search", question, page=reading.page, read=understand
    )
    yield Page(reading.page, answer.records)
    reading.arrived(answer, after)
    return answer


def _deleted(reading: _Reading) -> Iterator[Page]:
    """What was deleted in the window: HubSpot lists all deleted records, by id."""
    since = reading.request.window.start - OVERLAP
    question: dict[str, str | int] = {
        "archived": "true",
        "limit": PAGE_SIZE_ARCHIVED,
        "properties": ",".join(reading.properties),
    }

    def understand(body: bytes) -> _Answer:
        found = _OBJECTS.decode(body)
        records = []
        for raw in found.results:
            row = _OBJECT.decode(raw)
            if row.archived_at is None:
                raise ValueError(f"deleted record {row.id} has no archivedAt")
            records.append(Record(str(row.id), row.archived_at.astimezone(UTC), bytes(raw)))
        following = found.paging.next if found.paging else None
        return _Answer(records, following.after if following else None)

    after: str | None = None
    while True:
        reading.page += 1
        answer = reading.client.get(reading.path, question, page=reading.page, read=understand)
        end = reading.request.window.end
        yield Page(reading.page, [r for r in answer.records if since <= r.changed_at < end])
        reading.arrived(answer, after)
        if answer.after is None:
            return
        after = question["after"] = answer.after


def _contacts(client: Client, tickets: Page) -> Sequence[Record]:
    """The contacts of a page of tickets, a record for each ticket that has any."""
    changes = {ticket.id: ticket.changed_at for ticket in tickets.records}
    if not changes:
        return []

    def understand(body: bytes) -> Sequence[Record]:
        batch = _BATCH.decode(body)
        if batch.status != "COMPLETE":
            raise ValueError(f"the batch is {batch.status}")
        for problem in batch.errors:
            if problem.sub_category != NO_CONTACTS:
                raise ValueError(problem.message or "an error without a message")
        found = [(str(_LINKS.decode(raw).of.id), bytes(raw)) for raw in batch.results]
        if strangers := {ticket for ticket, _ in found} - changes.keys():
            raise ValueError(f"it holds ticket {min(strangers)}, which was not asked for")
        return [Record(ticket, changes[ticket], raw) for ticket, raw in found]

    question = {"inputs": [{"id": ticket} for ticket in changes]}
    path = "/crm/v4/associations/tickets/contacts/batch/read"
    try:
        return client.post(path, question, page=tickets.number, read=understand)
    except _InPart as answer:
        try:
            return understand(answer.body)
        except (msgspec.MsgspecError, ValueError) as error:
            raise client.error(
                f"HubSpot answered a batch in part (207): {error}; nothing of this window is kept: "
                "run it again",
                tickets.number,
            ) from None


def _meanings(request: Request, client: Client, options: Options) -> Iterator[Page]:
    """The definition of each property the options name, under the meaning they give it."""

    def understand(body: bytes) -> dict[str, bytes]:
        return {_PROPERTY.decode(raw).name: bytes(raw) for raw in _OBJECTS.decode(body).results}

    for page, object_type in enumerate(("companies", "contacts"), start=1):
        known = client.get(f"/crm/v3/properties/{object_type}", {}, page=page, read=understand)
        records = []
        for meaning, name in options.mapped(object_type).items():
            if name in known:
                identity = f"{object_type}/{meaning}"
                records.append(Record(identity, request.extracted_at, known[name]))
            elif meaning in options.insisted(object_type):
                kind = {"companies": "company", "contacts": "contact"}[object_type]
                raise client.error(
                    f"the account has no {kind} property {name!r}: write the internal name of the "
                    f"property that holds it into {kind}_properties.{meaning} of the source's "
                    "options, or null if there is none",
                    page,
                )
        yield Page(page, records)


def _filter(name: str, operator: str, value: int) -> dict[str, str]:
    return {"propertyName": name, "operator": operator, "value": str(value)}


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND


def _moment(value: str | int | None, clock: str, identity: str | int) -> datetime:
    """A property's time: milliseconds or ISO. Raises ValueError that names property and record."""
    text = "" if value is None else str(value)
    try:
        if text.isdigit():
            return _EPOCH + int(text) * _MILLISECOND
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ValueError(f"record {identity} has {clock} {value!r}, which is no time") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


_OBJECTS, _OBJECT = msgspec.json.Decoder(_Objects), msgspec.json.Decoder(_Object)
_BATCH, _LINKS = msgspec.json.Decoder(_Batch), msgspec.json.Decoder(_Links)
_PROPERTY = msgspec.json.Decoder(_Property)

SOURCE = Source(
    name="hubspot",
    title="HubSpot",
    options=Options,
    streams=lambda options: STREAMS,
    read=read,
)
