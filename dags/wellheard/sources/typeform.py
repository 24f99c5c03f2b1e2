"""Typeform: form definitions and their responses.

Connection: `password` a personal access token that may read forms and responses; `host` only where
the account lives elsewhere than https://api.typeform.com (the EU data centre, for one).

A response does not carry its form's id, so the record id is `<form_id>/<response_id>`.

Submitted and partial responses are read. Started ones hold no answer, and are no invitations
either: Typeform does not know who was asked and never opened the form.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Annotated

import msgspec
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from wellheard.budgets import REAL_TIME, Pace
from wellheard.endpoints import bearer
from wellheard.http import Client
from wellheard.sources.base import Page, Record, Request, Source, Stream
from wellheard.sources.concurrent import interleave

HOST = "https://api.typeform.com"
BUDGET = (2, 1.0)  # two requests a second
PAGE_SIZE = 1000

# Responses of the last half hour may be missing and show up later. A form's definition has no
# history: every window holds the forms as they were when it was read.
STREAMS = (
    Stream("forms", whole=True),
    Stream("responses", overlap=timedelta(minutes=60), settle=timedelta(minutes=30)),
)
# A partial response is found by the time of its last saved step, which the item does not show and
# which may lie well after it was begun.
PARTIAL_OVERLAP = timedelta(days=1)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # some accounts write year 1 for "not submitted"

FormId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$")]
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Options(BaseModel):
    """`forms`: the ids to read; every form of the account when left out.

    `started`: keep responses that were begun and hold no answer, too.
    """

    model_config = ConfigDict(extra="forbid")

    forms: list[FormId] | None = Field(default=None, min_length=1)
    started: bool = False


class _FormHead(msgspec.Struct):
    id: str


class _FormList(msgspec.Struct):
    items: list[_FormHead]
    page_count: int
    total_items: int


class _Form(msgspec.Struct):
    id: str
    fields: list[msgspec.Raw] = []
    last_updated_at: _Moment | None = None


class _Responses(msgspec.Struct):
    total_items: int
    items: list[msgspec.Raw]


class _Response(msgspec.Struct):
    token: int | str
    response_id: int | str | None = None
    landed_at: _Moment | None = None
    submitted_at: _Moment | None = None


@dataclass(frozen=True)
class _Answer:
    """One answer: how many responses match the question asked, the records sent, their tokens."""

    total: int
    records: Sequence[Record]
    tokens: Sequence[str]


def read(request: Request, pace: Pace = REAL_TIME) -> Iterator[Page]:
    """The pages of a window of a stream: of each form to the count the vendor promised.

    Raises ConfigError (connection), AccessDenied, QuotaSpent and SourceError.
    """
    options = request.options
    assert isinstance(options, Options)
    with Client(
        request,
        title="Typeform",
        host=HOST,
        authorization=bearer,
        budgets=[BUDGET],
        pace=pace,
    ) as client:
        readers = {"forms": _definition, "responses": _responses}
        if request.stream.name not in readers:
            raise ValueError(f"Typeform has no stream {request.stream.name!r}")
        read_form = readers[request.stream.name]
        form_ids = options.forms or _all_forms(client)
        yield from interleave([partial(read_form, client, form_id) for form_id in form_ids])


def _all_forms(client: Client) -> list[str]:
    found: list[str] = []
    page = promised = 0
    while True:
        page += 1
        answer = client.get(
            "/forms", {"page": page, "page_size": 200}, page=page, read=_FORM_LIST.decode
        )
        found += [form.id for form in answer.items]
        # A form deleted between two pages moves another one out of sight: the highest count tells.
        promised = max(promised, answer.total_items)
        if page >= answer.page_count:
            break
    distinct = list(dict.fromkeys(found))
    if len(distinct) < promised:
        raise client.error(
            f"Typeform promised {promised} forms and listed {len(distinct)}; run it again"
        )
    if not distinct:
        raise client.error(
            "the account shows no forms; check that the token of connection "
            f"{client.connection.id!r} belongs to the account that owns the surveys"
        )
    return distinct


def _definition(client: Client, form_id: str) -> Iterator[Page]:
    def understand(body: bytes) -> Record:
        form = _FORM.decode(body)
        if form.id != form_id:
            raise ValueError(f"form {form_id!r} was asked for and {form.id!r} sent")
        return Record(form_id, form.last_updated_at or client.request.extracted_at, body)

    yield Page(1, [client.get(f"/forms/{form_id}", {}, page=1, read=understand)])


def _responses(client: Client, form_id: str) -> Iterator[Page]:
    options, numbers = client.request.options, count(1)
    assert isinstance(options, Options)
    yield from _completed(client, form_id, numbers)
    # Each kind is found by a time of its own, so each is asked for by itself.
    for kind in ("partial", "started") if options.started else ("partial",):
        yield from _unfinished(client, form_id, numbers, kind)


def _completed(client: Client, form_id: str, numbers: Iterator[int]) -> Iterator[Page]:
    """Submitted responses, oldest first; each page begins at the last one's last second."""
    request = client.request
    since = request.window.start - request.stream.overlap
    until = request.window.end
    while True:
        question: dict[str, str | int] = {
            "page_size": PAGE_SIZE,
            "since": _written(since),
            "until": _written(until),
            "sort": "submitted_at,asc",
            "response_type": "completed",
        }
        number = next(numbers)
        answer = _ask(client, form_id, question, number)
        yield Page(number, answer.records)
        if answer.total <= len(answer.records):
            return
        last = max(record.changed_at for record in answer.records).replace(microsecond=0)
        if last <= since:
            # More responses in this second than a page holds: `since` cannot get past them.
            yield from _newest_first(
                client, form_id, numbers, last, last + timedelta(seconds=1), "completed"
            )
            last += timedelta(seconds=1)
        if last > until:
            return
        since = last


def _unfinished(client: Client, form_id: str, numbers: Iterator[int], kind: str) -> Iterator[Page]:
    request = client.request
    since = request.window.start - max(request.stream.overlap, PARTIAL_OVERLAP)
    yield from _newest_first(client, form_id, numbers, since, request.window.end, kind)


def _newest_first(
    client: Client,
    form_id: str,
    numbers: Iterator[int],
    since: datetime,
    until: datetime,
    kind: str,
) -> Iterator[Page]:
    """Responses page by page through the last one's token: exact, but without an order by time."""
    seen: set[str] = set()
    promised: int | None = None
    question: dict[str, str | int] = {
        "page_size": PAGE_SIZE,
        "since": _written(since),
        "until": _written(until),
        "response_type": kind,
    }
    while True:
        number = next(numbers)
        answer = _ask(client, form_id, question, number, seen)
        yield Page(number, answer.records)
        fresh = len(seen)
        seen.update(answer.tokens)
        # The total may count all responses or only those before the token; both end here.
        promised = answer.total if promised is None else promised
        if answer.total <= len(answer.records) or len(seen) >= promised:
            return
        if answer.total <= len(seen) and not answer.records:
            return
        if len(seen) == fresh:
            raise client.error(
                f"form {form_id}: Typeform promises {promised:,} {kind} responses and sends the "
                f"same {len(seen):,} again; nothing of this window is kept: run it again",
                number,
            )
        question["before"] = answer.tokens[-1]


def _ask(
    client: Client,
    form_id: str,
    question: dict[str, str | int],
    number: int,
    seen: Sequence[str] | set[str] = (),
) -> _Answer:
    def understand(body: bytes) -> _Answer:
        answer = _RESPONSES.decode(body)
        if not answer.items and answer.total_items > len(seen):
            raise ValueError(f"form {form_id}: it promises {answer.total_items:,} items, none sent")
        rows = [_RESPONSE.decode(raw) for raw in answer.items]
        records = [
            Record(
                f"{form_id}/{row.response_id or row.token}",
                _changed_at(row, question["response_type"] == "completed"),
                bytes(raw),
            )
            for row, raw in zip(rows, answer.items, strict=True)
        ]
        return _Answer(answer.total_items, records, [str(row.token) for row in rows])

    return client.get(f"/forms/{form_id}/responses", question, page=number, read=understand)


def _changed_at(row: _Response, is_completed: bool) -> datetime:
    for moment in (row.submitted_at, None if is_completed else row.landed_at):
        if moment is not None and moment > NEVER:
            return moment.astimezone(UTC)
    missing = "submitted_at" if is_completed else "submitted_at or landed_at"
    raise ValueError(f"response {row.token} has no {missing}")


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_FORM_LIST, _FORM = msgspec.json.Decoder(_FormList), msgspec.json.Decoder(_Form)
_RESPONSES, _RESPONSE = msgspec.json.Decoder(_Responses), msgspec.json.Decoder(_Response)

SOURCE = Source(
    name="typeform",
    title="Typeform",
    options=Options,
    streams=lambda options: STREAMS,
    read=read,
)
