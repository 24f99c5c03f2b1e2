"""Freshdesk: tickets and what was said in them, ratings, surveys, contacts and companies.

Connection: `host` https://<company>.freshdesk.com, `password` the API key of an agent who sees all
tickets (Profile settings, View API key). Freshdesk's own limit depends on the plan: 100 requests a
minute are kept to unless the extra says otherwise (`requests_per_minute`).

Who answered in public, and how often, only the conversations of a ticket tell: one call for each
ticket that changed in the window. `conversations: false` in wellheard.yml saves those calls; the
times of the first and the latest reply then come from the ticket's `stats`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

import msgspec
from pydantic import BaseModel, ConfigDict

from wellheard.budgets import REAL_TIME, Pace
from wellheard.connections import Connection
from wellheard.endpoints import basic
from wellheard.http import Client
from wellheard.http_answers import Answer
from wellheard.sources.base import Page, Record, Request, Source, Stream
from wellheard.sources.concurrent import as_they_come

BUDGET = (100, 60.0)  # a listing with `include` costs three of the smallest plan's 200 credits
PAGE_SIZE = 100
MOST_PAGES = 300  # of one listing of tickets; Freshdesk refuses the next
READINGS = 5  # of a list that changes while it is read, before the window fails
SECOND = timedelta(seconds=1)

# Listings show changes at once, but a long transaction may commit a little late. Ratings are
# found by their creation alone, so two weeks are read again for what was changed since. Surveys
# and companies have no history: every window holds them as they were when it was read.
LATE, SETTLED = timedelta(minutes=5), timedelta(minutes=10)
STREAMS = (
    Stream("tickets", overlap=LATE, settle=SETTLED),
    Stream("conversations", overlap=LATE, settle=SETTLED),
    Stream("satisfaction_ratings", overlap=timedelta(days=14), settle=SETTLED),
    Stream("surveys", whole=True),
    Stream("contacts", overlap=LATE, settle=SETTLED),
    Stream("companies", whole=True),
)
# A plain listing leaves deleted tickets and spam out; each has a listing of its own.
LISTINGS = (None, "deleted", "spam")

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Options(BaseModel):
    """`conversations`: read what was said in each changed ticket, at one call per ticket."""

    model_config = ConfigDict(extra="forbid")

    conversations: bool = True


class _Changed(msgspec.Struct):
    id: int | str
    updated_at: _Moment


class _Created(msgspec.Struct):
    id: int | str
    created_at: _Moment
    updated_at: _Moment | None = None


class _Said(msgspec.Struct):
    ticket_id: int | str | None = None


@dataclass(frozen=True)
class _Row:
    """A record, and the time by which Freshdesk finds it."""

    record: Record
    found_by: datetime


@dataclass(frozen=True)
class _Listed:
    rows: Sequence[_Row]
    more: bool


class _Numbers:
    """Numbers the pages of several listings through."""

    last = 0

    def next(self) -> int:
        self.last += 1
        return self.last


def read(request: Request, pace: Pace = REAL_TIME) -> Iterator[Page]:
    """The pages of a window of a stream, each listing to its last page.

    Raises ConfigError (connection), AccessDenied, QuotaSpent and SourceError.
    """
    since = request.window.start - request.stream.overlap
    end = request.window.end
    numbers = _Numbers()
    with Client(
        request, title="Freshdesk", authorization=_authorization, budgets=[BUDGET], pace=pace
    ) as client:
        whole = partial(_whole_list, client, numbers)
        match request.stream.name:
            case "tickets":
                for listing in LISTINGS:
                    for rows in _tickets(client, numbers, since, end, listing):
                        yield Page(numbers.last, [row.record for row in rows])
            case "conversations":
                yield from _conversations(client, numbers, since, end)
            case "satisfaction_ratings":
                path = "/api/v2/surveys/satisfaction_ratings"
                yield from whole(path, {"created_since": _written(since)}, _by_creation, until=end)
            case "contacts":
                path = "/api/v2/contacts"
                yield from whole(path, {"_updated_since": _written(since)}, _by_update, until=end)
            case "surveys" | "companies" as name:
                yield from whole(f"/api/v2/{name}", {}, _by_update, until=None)
            case unknown:
                raise ValueError(f"Freshdesk has no stream {unknown!r}")


def _tickets(
    client: Client, numbers: _Numbers, since: datetime, end: datetime, listing: str | None
) -> Iterator[Sequence[_Row]]:
    """Tickets in the order of their change, page by page, to the last or past the window's end.

    Page numbers shift when a ticket is edited: what comes next is asked for by time. It is asked
    for from a second before the last row's, in case `updated_since` leaves its own second out.
    """
    following: datetime | None = since
    while following is not None:
        following = yield from _span(client, numbers, following, end, listing)


def _span(
    client: Client, numbers: _Numbers, since: datetime, end: datetime, listing: str | None
) -> Generator[Sequence[_Row], None, datetime | None]:
    """The pages from a moment on until one leads to a later moment, which is returned.

    That is one page, unless many tickets changed in the same second: those are read by page number,
    and again until a reading brings none that is new.
    """
    question: dict[str, str | int] = {
        "updated_since": _written(since),
        "order_by": "updated_at",
        "order_type": "asc",
        "include": "stats",
        **({"filter": listing} if listing else {}),
    }
    seen: set[str] = set()
    for reading in range(READINGS):
        fresh, page = 0, 0
        while True:
            page += 1
            if page > MOST_PAGES:
                raise client.error(
                    f"more than {MOST_PAGES * PAGE_SIZE:,} tickets changed within the second after "
                    f"{_written(since)}, and Freshdesk lists no more of them; ask Freshdesk's "
                    "support to export that second, and land it as a file",
                    numbers.last,
                )
            understand = partial(_not_before, since)
            answer = _ask(client, numbers, "/api/v2/tickets", question, page, understand)
            times = [row.found_by for row in answer.rows]
            if times != sorted(times):
                raise client.error(
                    "Freshdesk lists tickets in another order than by updated_at, as asked for; "
                    "without it none can be told to be missing: run it again later",
                    numbers.last,
                )
            new = [row for row in answer.rows if row.record.id not in seen]
            seen.update(row.record.id for row in new)
            fresh += sum(row.found_by <= since + SECOND for row in new)
            if new or not reading:
                yield new
            ended = not answer.more or (bool(times) and times[-1] >= end)
            following = times[-1].replace(microsecond=0) - SECOND if times else since
            if ended or following > since:
                break
        if page == 1 or (reading and not fresh):
            return None if ended else following
    raise _keeps_changing(client, numbers)


def _conversations(
    client: Client, numbers: _Numbers, since: datetime, end: datetime
) -> Iterator[Page]:
    """What was said in every ticket that changed; a page holds that of one page of tickets."""
    for rows in _tickets(client, numbers, since, end, None):
        number = numbers.last
        readers = [
            partial(
                _whole_list,
                client,
                _Numbers(),
                f"/api/v2/tickets/{row.record.id}/conversations",
                {},
                partial(_said_in, row.record.id),
                until=None,
                may_be_gone=True,  # a ticket deleted since it was listed
            )
            for row in rows
        ]
        said = [record for page in as_they_come(readers) for record in page.records]
        yield Page(number, said)


def _whole_list(
    client: Client,
    numbers: _Numbers,
    path: str,
    question: Mapping[str, str | int],
    understand: Callable[[bytes], _Row],
    *,
    until: datetime | None,
    may_be_gone: bool = False,
) -> Iterator[Page]:
    """A list that is in no order of time; what came after `until` is left to the later windows.

    Its page numbers shift when a row is deleted, and another is then skipped: a list of several
    pages is read again until a reading brings none that is new.
    """
    seen: dict[str, datetime] = {}
    for reading in range(READINGS):
        fresh, page = False, 0
        more = True
        while more:
            page += 1
            answer = _ask(client, numbers, path, question, page, understand, may_be_gone)
            more = answer.more
            new = [
                row.record
                for row in answer.rows
                if (until is None or row.found_by < until)
                and seen.get(row.record.id) != row.record.changed_at
            ]
            # What changed while it was read says nothing about what was skipped.
            fresh |= any(
                record.id not in seen and record.changed_at < client.request.extracted_at
                for record in new
            )
            seen.update((record.id, record.changed_at) for record in new)
            if new or not reading:
                yield Page(numbers.last, new)
        if page == 1 or (reading and not fresh):
            return
    raise _keeps_changing(client, numbers)


def _ask(
    client: Client,
    numbers: _Numbers,
    path: str,
    question: Mapping[str, str | int],
    page: int,
    understand: Callable[[bytes], _Row],
    may_be_gone: bool = False,
) -> _Listed:
    def listed(answer: Answer) -> _Listed:
        rows = [understand(bytes(raw)) for raw in _LIST.decode(answer.body)]
        return _Listed(rows, more=answer.has_next)

    return client.call(
        "GET",
        path,
        params={**question, "per_page": PAGE_SIZE, "page": page},
        page=numbers.next(),
        read=listed,
        gone=(lambda: _Listed([], more=False)) if may_be_gone else None,
    )


def _keeps_changing(client: Client, numbers: _Numbers) -> Exception:
    return client.error(
        f"the list changes while it is read: {READINGS} readings in a row each brought records the "
        "ones before had skipped; nothing of this window is kept: run it again at a quieter time",
        numbers.last,
    )


def _by_update(raw: bytes) -> _Row:
    row = _CHANGED.decode(raw)
    moment = row.updated_at.astimezone(UTC)
    return _Row(Record(str(row.id), moment, raw), moment)


def _not_before(since: datetime, raw: bytes) -> _Row:
    row = _by_update(raw)
    if row.found_by < since:  # an answer to another question, out of a cache
        raise ValueError(f"ticket {row.record.id} changed before {_written(since)}, the time asked")
    return row


def _said_in(ticket_id: str, raw: bytes) -> _Row:
    of = _SAID.decode(raw).ticket_id
    if of is not None and str(of) != ticket_id:
        raise ValueError(f"ticket {ticket_id} was asked for and {of} sent")
    return _by_update(raw)


def _by_creation(raw: bytes) -> _Row:
    row = _CREATED.decode(raw)
    record = Record(str(row.id), (row.updated_at or row.created_at).astimezone(UTC), raw)
    return _Row(record, row.created_at.astimezone(UTC))


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _authorization(connection: Connection) -> dict[str, str]:
    return basic(connection.password.strip(), "X")


def _streams(options: BaseModel) -> tuple[Stream, ...]:
    assert isinstance(options, Options)
    return tuple(s for s in STREAMS if options.conversations or s.name != "conversations")


_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_CHANGED, _CREATED = msgspec.json.Decoder(_Changed), msgspec.json.Decoder(_Created)
_SAID = msgspec.json.Decoder(_Said)

SOURCE = Source(
    name="freshdesk",
    title="Freshdesk",
    options=Options,
    streams=_streams,
    read=read,
    priorities=("urgent", "high", "medium", "low"),
)
