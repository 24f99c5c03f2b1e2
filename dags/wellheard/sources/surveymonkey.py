"""SurveyMonkey: surveys as they are defined, responses, collectors, and who was invited.

Connection: `password` the access token of an app that may view surveys, responses and collectors
(scopes View Surveys, View Responses, View Response Details, View Collectors); `host` only where
the account lives elsewhere than https://api.surveymonkey.com (https://api.eu.surveymonkey.com for
one). An app with a larger allowance than 120 requests a minute and 500 a day says so in the extra.

Neither a collector nor a recipient says which survey it belongs to, so their record ids do:
`<survey>/<collector>` and `<survey>/<collector>/<message>/<recipient>`. A recipient carries no time
either; the time of change is the one at which its invitation was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from wellheard.budgets import REAL_TIME, Pace
from wellheard.endpoints import bearer
from wellheard.http import Client
from wellheard.sources.base import Page, Record, Request, Source, Stream
from wellheard.sources.concurrent import interleave

HOST = "https://api.surveymonkey.com"
BUDGETS = ((120, 60.0), (500, 86_400.0))  # of draft and private apps
BULK_PAGE = 100  # the vendor's cap for responses
LIST_PAGE = 50  # for recipients and what else is listed; the vendor's default, allowed everywhere
STANDSTILL = 5  # readings of a crowded second, or of a list, that keep changing meanwhile
SECOND = timedelta(seconds=1)

# Surveys and collectors have no history: every window holds them as they were when it was read.
STREAMS = (
    Stream("surveys", whole=True),
    Stream("responses", overlap=timedelta(minutes=60), settle=timedelta(minutes=15)),
    Stream("collectors", whole=True),
    Stream("recipients", settle=timedelta(minutes=15)),
)
# A recipient has no clock: what becomes of an invitation (bounced, answered) is read again with
# every window that begins within so long of its sending.
FOLLOWED = timedelta(days=14)

SurveyId = Annotated[str, StringConstraints(pattern=r"^[0-9]+$")]
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_Id = str | int


class Options(BaseModel):
    """`surveys`: the ids to read; every survey the account shows when left out."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    surveys: list[SurveyId] | None = Field(default=None, min_length=1)


class _Links(msgspec.Struct):
    next: str | None = None


class _List(msgspec.Struct):
    data: list[msgspec.Raw]
    total: int
    page: int
    per_page: int
    links: _Links


class _Named(msgspec.Struct):
    id: _Id


N = TypeVar("N", bound=_Named)


class _Survey(_Named):
    date_modified: datetime  # without a zone: UTC


class _Response(_Named):
    date_modified: _Moment
    survey_id: _Id | None = None


class _Collector(_Named):
    type: str
    date_modified: datetime


class _Message(_Named):
    type: str | None = None
    status: str | None = None
    scheduled_date: datetime | None = None
    date_created: datetime | None = None

    @property
    def sent_at(self) -> datetime | None:
        return self.scheduled_date or self.date_created


@dataclass(frozen=True)
class _Answer:
    """One answer of a list: its records, how many match in all, whether another page follows."""

    records: Sequence[Record]
    total: int
    more: bool


def read(request: Request, pace: Pace = REAL_TIME) -> Iterator[Page]:
    """The pages of a window of a stream, survey by survey, each to the vendor's own end.

    Raises ConfigError (connection), AccessDenied, QuotaSpent and SourceError.
    """
    options = request.options
    assert isinstance(options, Options)
    with Client(
        request,
        title="SurveyMonkey",
        host=HOST,
        authorization=bearer,
        budgets=BUDGETS,
        pace=pace,
    ) as client:
        readers = {
            "surveys": _definition,
            "responses": _responses,
            "collectors": _collectors,
            "recipients": _recipients,
        }
        reader = readers[request.stream.name]
        surveys = options.surveys or _all_surveys(client)
        yield from interleave([partial(reader, client, survey) for survey in surveys])


def _all_surveys(client: Client) -> list[str]:
    found = [row.id for row in _whole_list(client, "/v3/surveys", {}, _NAMED)]
    if not found:
        raise client.error(
            "the account shows no surveys; check that the token of connection "
            f"{client.connection.id!r} belongs to the account that owns them"
        )
    return [str(survey) for survey in found]


def _definition(client: Client, survey: str) -> Iterator[Page]:
    def understand(body: bytes) -> Record:
        row = _SURVEY.decode(body)
        if str(row.id) != survey:
            raise ValueError(f"survey {survey} was asked for and {row.id} sent")
        return Record(survey, _utc(row.date_modified), body)

    yield Page(1, [client.get(f"/v3/surveys/{survey}/details", {}, page=1, read=understand)])


def _responses(client: Client, survey: str) -> Iterator[Page]:
    """Oldest change first; every question begins a second before the last row seen.

    An edit moves a response to the end and all behind it one place up, so page numbers would pass
    over rows: they are left to seconds that hold more of them than a page.
    """
    window = client.request.window
    since, number = window.start - client.request.stream.overlap, 0
    while since < window.end:
        number += 1
        answer = _ask_responses(client, survey, since, window.end, 1, number)
        yield Page(number, answer.records)
        if not answer.more:
            return
        # Whether a start is meant with or without its own second, SurveyMonkey does not say.
        onward = max(r.changed_at for r in answer.records).replace(microsecond=0) - SECOND
        if onward <= since:
            for page in _crowd(client, survey, since, min(since + 2 * SECOND, window.end)):
                number += 1
                yield Page(number, page.records)
            onward = since + SECOND
        since = onward


def _crowd(client: Client, survey: str, since: datetime, until: datetime) -> Iterator[Page]:
    """Some seconds page by page; once more when a response left them meanwhile."""
    for _ in range(STANDSTILL):
        page, seen, totals = 0, set[str](), set[int]()
        while True:
            page += 1
            answer = _ask_responses(client, survey, since, until, page, page)
            yield Page(page, answer.records)
            seen.update(record.id for record in answer.records)
            totals.add(answer.total)
            if not answer.more:
                break
        if len(totals) == 1 and len(seen) >= answer.total:
            return
    raise client.error(
        f"survey {survey}: the responses of {since:%Y-%m-%dT%H:%M:%SZ} keep changing while they "
        "are read; nothing of this window is kept: run it again later",
        page,
    )


def _ask_responses(
    client: Client, survey: str, since: datetime, until: datetime, page: int, number: int
) -> _Answer:
    def understand(raw: msgspec.Raw) -> Record:
        row = _RESPONSE.decode(raw)
        changed_at = _utc(row.date_modified)
        # A proxy's answer to an earlier question would lead past rows that were never seen.
        if not since <= changed_at < until + SECOND or str(row.survey_id or survey) != survey:
            raise ValueError(f"response {row.id} is none of those asked for")
        return Record(str(row.id), changed_at, bytes(raw))

    asked: dict[str, str | int] = {
        "per_page": BULK_PAGE,
        "page": page,
        "start_modified_at": _written(since),
        "end_modified_at": _written(until),
        "sort_by": "date_modified",
        "sort_order": "ASC",
    }
    path = f"/v3/surveys/{survey}/responses/bulk"
    return _ask(client, path, asked, number, understand)


def _collectors(client: Client, survey: str) -> Iterator[Page]:
    def understand(raw: msgspec.Raw) -> Record:
        row = _COLLECTOR.decode(raw)
        return Record(f"{survey}/{row.id}", _utc(row.date_modified), bytes(raw))

    yield from _whole_pages(client, *_collectors_of(survey), understand)


def _collectors_of(survey: str) -> tuple[str, dict[str, str | int]]:
    fields = "type,status,response_count,date_created,date_modified,url"
    return f"/v3/surveys/{survey}/collectors", {"include": fields}


def _recipients(client: Client, survey: str) -> Iterator[Page]:
    """Those whom the invitations sent in the window, or not long before it, went to."""
    window = client.request.window
    number = 0
    for path, sent_at in _invitations(client, survey):
        if not window.start - FOLLOWED <= sent_at < window.end:
            continue
        _, _, _, collector, _, message = path.split("/")

        def understand(
            raw: msgspec.Raw,
            place: str = f"{survey}/{collector}/{message}",
            sent_at: datetime = sent_at,
        ) -> Record:
            return Record(f"{place}/{_NAMED.decode(raw).id}", sent_at, bytes(raw))

        fields = "survey_response_status,mail_status,extra_fields"
        for page in _whole_pages(client, f"{path}/recipients", {"include": fields}, understand):
            number += 1
            yield Page(number, page.records)


def _invitations(client: Client, survey: str) -> Iterator[tuple[str, datetime]]:
    """The path of each invitation that went out, and when. A reminder is no second invitation."""
    for collector in _whole_list(client, *_collectors_of(survey), _COLLECTOR):
        if collector.type not in ("email", "sms"):
            continue  # nobody is invited by a link on a page
        messages = f"/v3/collectors/{collector.id}/messages"
        for listed in _whole_list(client, messages, {}, _MESSAGE):
            path, message = f"{messages}/{listed.id}", listed
            if listed.type not in (None, "invite") or listed.status == "not_sent":
                continue
            if None in (listed.type, listed.status, listed.sent_at):
                message = client.get(path, {}, page=1, read=_MESSAGE.decode)
            if message.type != "invite" or message.status == "not_sent":
                continue
            if message.sent_at is None:
                raise client.error(
                    f"invitation {path} has neither scheduled_date nor date_created, so nobody "
                    "knows when it was sent; nothing of this window is kept: ask SurveyMonkey"
                )
            yield path, _utc(message.sent_at)


def _whole_list(
    client: Client,
    path: str,
    params: Mapping[str, str | int],
    decoder: msgspec.json.Decoder[N],
) -> list[N]:
    rows: dict[str, N] = {}

    def understand(raw: msgspec.Raw) -> Record:
        row = decoder.decode(raw)
        rows[str(row.id)] = row
        return Record(str(row.id), client.request.extracted_at, b"")

    for _ in _whole_pages(client, path, params, understand, begin=rows.clear):
        pass
    return list(rows.values())


def _whole_pages(
    client: Client,
    path: str,
    params: Mapping[str, str | int],
    understand: Callable[[msgspec.Raw], Record],
    begin: Callable[[], None] = lambda: None,
) -> Iterator[Page]:
    """A list that knows no order by time, page by page.

    What is deleted meanwhile moves the rest up and one row out of sight: the highest count the
    vendor gave says so, and the list is then read once more.
    """
    number, promised, seen = 0, 0, set[str]()
    for _ in range(STANDSTILL):
        page = promised = 0
        seen.clear()
        begin()
        while True:
            number, page = number + 1, page + 1
            asked = {**params, "page": page, "per_page": LIST_PAGE}
            answer = _ask(client, path, asked, number, understand)
            yield Page(number, answer.records)
            seen.update(record.id for record in answer.records)
            promised = max(promised, answer.total)
            if not answer.more:
                break
        if len(seen) >= promised:
            return
    raise client.error(
        f"SurveyMonkey promises {promised:,} entries of {path} and lists {len(seen):,}; nothing of "
        "this window is kept: run it again",
        number,
    )


def _ask(
    client: Client,
    path: str,
    params: Mapping[str, str | int],
    number: int,
    understand: Callable[[msgspec.Raw], Record],
) -> _Answer:
    def decoded(body: bytes) -> _Answer:
        answer = _LIST.decode(body)
        if answer.page != params["page"]:
            raise ValueError(f"page {params['page']} was asked for and {answer.page} sent")
        ahead = answer.total - (answer.page - 1) * answer.per_page
        if not answer.data and (answer.links.next or ahead > 0):
            raise ValueError(f"it promises {max(ahead, 1):,} entries more, none sent")
        if answer.links.next is None and len(answer.data) < ahead:
            raise ValueError(
                f"it promises {ahead:,} entries more, sends {len(answer.data):,} and "
                "names no next page"
            )
        records = [understand(raw) for raw in answer.data]
        return _Answer(records, answer.total, answer.links.next is not None)

    return client.get(path, params, page=number, read=decoded)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


_LIST, _NAMED = msgspec.json.Decoder(_List), msgspec.json.Decoder(_Named)
_SURVEY, _RESPONSE = msgspec.json.Decoder(_Survey), msgspec.json.Decoder(_Response)
_COLLECTOR, _MESSAGE = msgspec.json.Decoder(_Collector), msgspec.json.Decoder(_Message)

SOURCE = Source(
    name="surveymonkey",
    title="SurveyMonkey",
    options=Options,
    streams=lambda options: STREAMS,
    read=read,
)
