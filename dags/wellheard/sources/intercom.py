"""Intercom: conversations with all their parts, contacts, companies and admins.

Connection: `password` an access token (Developer Hub, Configure, Authentication) that may read
conversations, contacts, companies and admins; `host` only where the workspace lives elsewhere than
https://api.intercom.io (https://api.eu.intercom.io or https://api.au.intercom.io).

A search shows no parts, and without them nobody can tell a bot's answer from a person's: each
conversation found is retrieved once more, a few at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import quote

import msgspec
from pydantic import BaseModel, ConfigDict

from wellheard.budgets import REAL_TIME, Pace
from wellheard.endpoints import bearer
from wellheard.http import Client
from wellheard.sources.base import Page, Record, Request, Source, Stream
from wellheard.sources.concurrent import as_they_come

HOST = "https://api.intercom.io"
VERSION = "2.15"
BUDGET = (160, 10.0)  # of the 1,000 a minute of the smallest allowance, counted in ten seconds
PAGE_SIZE = 150  # the vendor's cap
STANDSTILL = 5  # answers, or readings of the companies, that lead nowhere before the window fails
SCROLL_LIFE = 60.0  # seconds until a scroll nobody uses is closed
SETTLED = timedelta(minutes=10)  # what was just changed may take some minutes to be found
DAY = timedelta(days=1)

# A contact is found by the day of its change in the workspace's own zone, where `>` begins with the
# day after: two days make up for both. Companies and admins have no history: every window holds
# them as they were when it was read.
STREAMS = (
    Stream("conversations", overlap=timedelta(minutes=5), settle=SETTLED),
    Stream("contacts", overlap=2 * DAY, settle=SETTLED),
    Stream("companies", whole=True),
    Stream("admins", whole=True),
)


class Options(BaseModel):
    """Intercom needs no options in wellheard.yml."""

    model_config = ConfigDict(extra="forbid")


class _Changed(msgspec.Struct):
    id: str | int
    updated_at: int  # epoch seconds


class _Admin(msgspec.Struct):
    id: str | int


class _Next(msgspec.Struct):
    starting_after: str | None = None


class _Pages(msgspec.Struct):
    next: _Next | None = None


class _Conversations(msgspec.Struct):
    rows: list[msgspec.Raw] = msgspec.field(name="conversations")
    total_count: int
    pages: _Pages | None = None


class _Contacts(msgspec.Struct):
    rows: list[msgspec.Raw] = msgspec.field(name="data")
    total_count: int
    pages: _Pages | None = None


class _Scroll(msgspec.Struct):
    rows: list[msgspec.Raw] = msgspec.field(name="data")
    scroll_param: str | None = None


class _Total(msgspec.Struct):
    total_count: int


class _Admins(msgspec.Struct):
    rows: list[msgspec.Raw] = msgspec.field(name="admins")


class _Error(msgspec.Struct):
    code: str
    message: str | None = None


class _Errors(msgspec.Struct):
    errors: list[_Error]


@dataclass(frozen=True)
class _Found:
    records: Sequence[Record]
    total: int = 0
    cursor: str | None = None


class _ScrollBusy(Exception):
    """Another scroll over the companies is open; a workspace has one at a time."""


class _ScrollLost(Exception):
    """The scroll cannot be gone on with; only a new one reads everything."""


class _Numbers:
    """Numbers the requests of a window through."""

    last = 0

    def next(self) -> int:
        self.last += 1
        return self.last


def read(request: Request, pace: Pace = REAL_TIME) -> Iterator[Page]:
    """The pages of a window of a stream, to the end Intercom tells and the count it promises.

    Raises ConfigError (connection), AccessDenied, QuotaSpent and SourceError.
    """
    start, end = request.window.start - request.stream.overlap, request.window.end
    numbers = _Numbers()
    with Client(
        request,
        title="Intercom",
        host=HOST,
        authorization=bearer,
        headers={"Intercom-Version": VERSION},
        budgets=[BUDGET],
        refusal=_refusal,
        pace=pace,
    ) as client:
        match request.stream.name:
            case "conversations":
                # `>` and `<` include their own second here; one more on either side does no harm.
                for found in _search(client, numbers, _CONVERSATIONS, start, end):
                    number = numbers.last
                    readers = [partial(_retrieved, client, number, item) for item in found.records]
                    yield Page(number, list(as_they_come(readers)))
            case "contacts":
                for found in _search(client, numbers, _CONTACTS, start, end + 2 * DAY):
                    yield Page(numbers.last, found.records)
            case "companies":
                yield from _companies(client, numbers)
            case "admins":
                records = client.get("/admins", {}, page=numbers.next(), read=_admins(request))
                yield Page(numbers.last, records)
            case unknown:
                raise ValueError(f"Intercom has no stream {unknown!r}")


@dataclass(frozen=True)
class _Searched:
    """What is searched, and how its answers are read."""

    path: str
    what: str
    read: Callable[[bytes], _Found]


def _search(
    client: Client, numbers: _Numbers, searched: _Searched, since: datetime, until: datetime
) -> Iterator[_Found]:
    """What changed between two moments, in that order, along the cursor to where there is none."""
    bounds = ((">", int(since.timestamp()) - 1), ("<", int(until.timestamp())))
    fields = [{"field": "updated_at", "operator": sign, "value": at} for sign, at in bounds]
    pagination: dict[str, str | int] = {"per_page": PAGE_SIZE}
    question = {
        "query": {"operator": "AND", "value": fields},
        "sort": {"field": "updated_at", "order": "ascending"},
        "pagination": pagination,
    }
    seen: set[str] = set()
    standstill = 0
    while True:
        found = client.post(searched.path, question, page=numbers.next(), read=searched.read)
        seen.update(record.id for record in found.records)
        yield found
        if found.cursor is None:
            break
        standstill = standstill + 1 if found.cursor == pagination.get("starting_after") else 0
        if standstill >= STANDSTILL:
            raise client.error(
                f"Intercom's search stands still: {standstill + 1} answers in a row lead to the "
                "same place; nothing of this window is kept: run it again later",
                numbers.last,
            )
        if standstill:
            client.pause(standstill)
        pagination["starting_after"] = found.cursor
    if len(seen) < found.total:
        raise client.error(
            f"Intercom promises {found.total:,} {searched.what} and sent {len(seen):,}; nothing of "
            "this window is kept: run it again",
            numbers.last,
        )


def _retrieved(client: Client, number: int, item: Record) -> Iterator[Record]:
    """A conversation with its parts; as the search showed it where it was deleted meanwhile."""

    def understand(body: bytes) -> Record:
        record = _changed(body)
        if record.id != item.id:
            raise ValueError(f"conversation {item.id} was asked for and {record.id} sent")
        return record

    yield client.call(
        "GET",
        f"/conversations/{quote(item.id, safe='')}",
        page=number,
        read=lambda answer: understand(answer.body),
        gone=lambda: item,
    )


def _companies(client: Client, numbers: _Numbers) -> Iterator[Page]:
    """Every company, by scrolling to the empty answer that is the end.

    A scroll moves on at every call, so a page whose answer was lost on the way never comes again:
    it is begun anew until as many companies were seen as the list of companies counts.
    """
    seen: set[str] = set()
    promised = busy = 0
    for _ in range(STANDSTILL):
        scroll: str | None = None
        while True:
            params = {"scroll_param": scroll} if scroll else {}
            number = numbers.next()
            try:
                answer = client.get("/companies/scroll", params, page=number, read=_SCROLL.decode)
            except _ScrollBusy:
                busy += 1
                if busy >= STANDSTILL:
                    raise client.error(
                        "another program keeps a scroll over the companies open, and Intercom "
                        "allows one at a time; run it again when that program has ended",
                        number,
                    ) from None
                client.pace.sleep(SCROLL_LIFE + 1)
                continue
            except _ScrollLost:
                break
            records = [_changed(bytes(raw)) for raw in answer.rows]
            new = [record for record in records if record.id not in seen]
            seen.update(record.id for record in new)
            yield Page(number, new)
            if not records:
                break
            if answer.scroll_param is None:
                raise client.error(
                    "Intercom sends companies and no scroll parameter to go on with; nothing of "
                    "this window is kept: run it again",
                    number,
                )
            scroll = answer.scroll_param
        promised = client.post(
            "/companies/list", {}, page=numbers.next(), read=_TOTAL.decode
        ).total_count
        if len(seen) >= promised:
            return
    raise client.error(
        f"Intercom counts {promised:,} companies and {len(seen):,} came in {STANDSTILL} scrolls; "
        "nothing of this window is kept: run it again later",
        numbers.last,
    )


def _refusal(client: Client, status: int, body: bytes, page: int) -> Exception | None:
    """What an error of a scroll means; any other means what its status says."""
    try:
        errors = _ERRORS.decode(body).errors
    except (msgspec.MsgspecError, ValueError):
        return None
    if any(error.code == "scroll_exists" for error in errors):
        return _ScrollBusy()
    if any("scroll" in f"{error.code} {error.message}" for error in errors):
        return _ScrollLost()
    return None


def _changed(raw: bytes) -> Record:
    row = _CHANGED.decode(raw)
    return Record(str(row.id), datetime.fromtimestamp(row.updated_at, UTC), raw)


def _conversations_found(body: bytes) -> _Found:
    answer = _CONVERSATION_LIST.decode(body)
    return _Found(
        [_changed(bytes(raw)) for raw in answer.rows], answer.total_count, _cursor(answer.pages)
    )


def _contacts_found(body: bytes) -> _Found:
    answer = _CONTACT_LIST.decode(body)
    return _Found(
        [_changed(bytes(raw)) for raw in answer.rows], answer.total_count, _cursor(answer.pages)
    )


def _cursor(pages: _Pages | None) -> str | None:
    return pages.next.starting_after if pages and pages.next else None


def _admins(request: Request) -> Callable[[bytes], list[Record]]:
    """An admin shows no time of change: it is as it was when it was read."""

    def understand(body: bytes) -> list[Record]:
        rows = [bytes(raw) for raw in _ADMIN_LIST.decode(body).rows]
        return [Record(str(_ADMIN.decode(raw).id), request.extracted_at, raw) for raw in rows]

    return understand


_CHANGED, _ADMIN = msgspec.json.Decoder(_Changed), msgspec.json.Decoder(_Admin)
_CONVERSATION_LIST = msgspec.json.Decoder(_Conversations)
_CONTACT_LIST = msgspec.json.Decoder(_Contacts)
_SCROLL, _TOTAL = msgspec.json.Decoder(_Scroll), msgspec.json.Decoder(_Total)
_ADMIN_LIST, _ERRORS = msgspec.json.Decoder(_Admins), msgspec.json.Decoder(_Errors)
_CONVERSATIONS = _Searched("/conversations/search", "conversations", _conversations_found)
_CONTACTS = _Searched("/contacts/search", "contacts", _contacts_found)

SOURCE = Source(
    name="intercom",
    title="Intercom",
    options=Options,
    streams=lambda options: STREAMS,
    read=read,
    priorities=("priority", "not_priority"),
)
