"""Qualtrics: survey definitions, responses (export jobs), distributions and whom they reached.

Connection: `host` https://<datacenter>.qualtrics.com (Account Settings, Qualtrics IDs), `password`
an API token.

Responses come as a file that Qualtrics makes on request: start a job, ask for its progress, fetch a
zip. A response does not say which survey it answers, and a history row has no id: their record ids
are `<survey>/<response>` and `<distribution>/<contact>`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import IO, Annotated, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from wellheard.budgets import REAL_TIME, Pace
from wellheard.connections import Connection
from wellheard.http import Client
from wellheard.sources.base import Page, Record, Request, Source, Stream
from wellheard.sources.concurrent import interleave
from wellheard.sources.qualtrics_files import read_csv, read_json, spooled

BUDGET = (100, 60.0)  # the tightest of the limits: export jobs a brand may start in a minute
JOBS = 4  # export jobs started for one file before the window fails
POLLING = 3600.0  # seconds one job may take
PAGE = 1000  # responses handed on at a time
STANDSTILL = 5  # answers in a row that lead to a page already seen
API = "/API/v3"

# A response shows up in exports some time after it was recorded. Surveys and distributions have no
# history: every window holds them as they were when it was read. What becomes of an invitation
# (opened, answered) is decided for weeks after it was sent.
_SURVEYS = Stream("surveys", whole=True)
_RESPONSES = Stream("responses", overlap=timedelta(minutes=60), settle=timedelta(minutes=30))
_DISTRIBUTIONS = Stream("distributions", whole=True)
_HISTORY = Stream("distribution_history", overlap=timedelta(days=14), settle=timedelta(minutes=30))
STREAMS = (_SURVEYS, _RESPONSES, _DISTRIBUTIONS, _HISTORY)

SurveyId = Annotated[str, StringConstraints(pattern=r"^SV_[0-9A-Za-z]+$")]


class Options(BaseModel):
    """`surveys`: the ids to read (all when left out). `format`: of the export, json or csv.

    `days_per_file`: a survey with hundreds of thousands of responses a month needs fewer, so that
    a file stays within what one answer may hold. `invitations: false` is for accounts without XM
    Directory, for which Qualtrics keeps no history.
    """

    model_config = ConfigDict(extra="forbid")

    surveys: list[SurveyId] | None = Field(default=None, min_length=1)
    format: Literal["json", "csv"] = "json"
    days_per_file: int = Field(default=31, ge=1, le=366)
    invitations: bool = True


class _Elements(msgspec.Struct):
    elements: list[msgspec.Raw]
    nextPage: str | None  # noqa: N815  (the vendor's name)


class _List(msgspec.Struct):
    result: _Elements


class _Wrapped(msgspec.Struct):
    result: msgspec.Raw


class _Head(msgspec.Struct):
    id: str


class _Survey(_Head):
    changed: datetime = msgspec.field(name="lastModifiedDate")


class _Distribution(_Head):
    changed: datetime = msgspec.field(name="modifiedDate")
    kind: str = msgspec.field(name="requestType")
    sent: datetime | None = msgspec.field(name="sendDate", default=None)


class _Contacted(msgspec.Struct):
    contact: str = msgspec.field(name="contactId")
    distribution: str = msgspec.field(name="distributionId")
    sent: datetime | None = msgspec.field(name="sentAt", default=None)
    opened: datetime | None = msgspec.field(name="openedAt", default=None)
    started: datetime | None = msgspec.field(name="responseStartedAt", default=None)
    completed: datetime | None = msgspec.field(name="responseCompletedAt", default=None)


class _Job(msgspec.Struct):
    progress_id: str = msgspec.field(name="progressId")


class _Started(msgspec.Struct):
    result: _Job


class _Progress(msgspec.Struct):
    status: str
    file_id: str | None = msgspec.field(name="fileId", default=None)


class _Meta(msgspec.Struct):
    notice: str | None = None
    request_id: str | None = msgspec.field(name="requestId", default=None)
    error: Mapping[str, object] | None = None

    @property
    def words(self) -> str:
        said = (self.error or {}).get("errorMessage") or self.notice or "it does not say why"
        return f"{said} (request {self.request_id})" if self.request_id else str(said)


class _Polled(msgspec.Struct):
    result: _Progress
    meta: _Meta = msgspec.field(default_factory=_Meta)


@dataclass(frozen=True)
class _Ended:
    """How a job ended: with a file, or with the reason why there is none."""

    file_id: str | None
    reason: str = ""


def read(request: Request, pace: Pace = REAL_TIME) -> Iterator[Page]:
    """The pages of a window of a stream, survey by survey.

    Raises ConfigError (connection), AccessDenied, QuotaSpent and SourceError.
    """
    options = request.options
    assert isinstance(options, Options)
    with Client(
        request, title="Qualtrics", authorization=_authorization, budgets=[BUDGET], pace=pace
    ) as client:
        readers: dict[str, Callable[[Client, str], Iterator[Page]]] = {
            "surveys": _definition,
            "responses": partial(_responses, options),
            "distributions": _distributions,
            "distribution_history": _history,
        }
        reader = readers[request.stream.name]
        surveys = options.surveys or _all_surveys(client)
        yield from interleave([partial(reader, client, survey) for survey in surveys])


def _all_surveys(client: Client) -> list[str]:
    def understand(raw: msgspec.Raw) -> Record:
        return Record(_HEAD.decode(raw).id, client.request.extracted_at, b"")

    pages = _pages(client, f"{API}/surveys", {}, understand)
    found = list(dict.fromkeys(record.id for page in pages for record in page.records))
    if not found:
        raise client.error(
            "the account shows no surveys; check that the token of connection "
            f"{client.connection.id!r} belongs to a user who owns them or works on them"
        )
    return found


def _definition(client: Client, survey: str) -> Iterator[Page]:
    def understand(body: bytes) -> Record:
        raw = _WRAPPED.decode(body).result
        row = _SURVEY.decode(raw)
        if row.id != survey:
            raise ValueError(f"survey {survey} was asked for and {row.id} sent")
        return Record(survey, _utc(row.changed), bytes(raw))

    yield Page(1, [client.get(f"{API}/surveys/{survey}", {}, page=1, read=understand)])


def _distributions(client: Client, survey: str) -> Iterator[Page]:
    def understand(raw: msgspec.Raw) -> Record:
        row = _DISTRIBUTION.decode(raw)
        return Record(row.id, _utc(row.changed), bytes(raw))

    yield from _pages(client, f"{API}/distributions", {"surveyId": survey}, understand)


def _history(client: Client, survey: str) -> Iterator[Page]:
    """Whom each invitation of the window went to; reminders and thanks are no second invitation."""
    window, overlap = client.request.window, client.request.stream.overlap
    number = 0
    for page in _distributions(client, survey):
        for distribution in (_DISTRIBUTION.decode(record.payload) for record in page.records):
            sent = distribution.sent and _utc(distribution.sent)
            if distribution.kind != "Invite" or sent is None:
                continue
            if not window.start - overlap <= sent < window.end:
                continue
            path = f"{API}/distributions/{distribution.id}/history"
            understand = partial(_contacted, distribution.id, sent)
            for reached in _pages(client, path, {}, understand):
                number += 1
                yield Page(number, reached.records)


def _contacted(distribution: str, sent: datetime, raw: msgspec.Raw) -> Record:
    row = _CONTACTED.decode(raw)
    if row.distribution != distribution:
        raise ValueError(f"distributionId {distribution} was asked for, {row.distribution} sent")
    moments = [row.sent, row.opened, row.started, row.completed]
    changed_at = max((_utc(moment) for moment in moments if moment), default=sent)
    return Record(f"{distribution}/{row.contact}", changed_at, bytes(raw))


def _pages(
    client: Client,
    path: str,
    params: Mapping[str, str | int],
    understand: Callable[[msgspec.Raw], Record],
) -> Iterator[Page]:
    """A list to its end (`nextPage: null`), through the addresses Qualtrics gives."""

    def decoded(body: bytes) -> tuple[Sequence[Record], str | None]:
        result = _LIST.decode(body).result
        return [understand(raw) for raw in result.elements], result.nextPage

    number = standstill = 0
    seen: set[str] = set()
    while True:
        number += 1
        records, following = client.get(path, params, page=number, read=decoded)
        yield Page(number, records)
        if following is None:
            return
        standstill = standstill + 1 if following in seen else 0
        if standstill >= STANDSTILL:
            raise client.error(
                f"Qualtrics' list {path} stands still: {standstill + 1} answers in a row name a "
                "next page that was read before; nothing of this window is kept: run it again",
                number,
            )
        if standstill:
            client.pause(standstill)
        seen.add(following)
        path, params = client.following(following, number)


def _responses(options: Options, client: Client, survey: str) -> Iterator[Page]:
    """The window's responses, a file for each stretch of it, so that none grows without end."""
    form, stretch = options.format, timedelta(days=options.days_per_file)
    window = client.request.window
    start = window.start - client.request.stream.overlap
    unfold = read_json if form == "json" else read_csv
    number = 0
    while start < window.end:
        end = min(start + stretch, window.end)
        asked: dict[str, object] = {"startDate": _written(start), "endDate": _written(end)}
        asked |= {"format": form, "useLabels": False}
        if form == "csv":
            asked["breakoutSets"] = False  # in one column what was chosen together, as JSON has it
        with _exported(client, survey, asked, number + 1) as packed:
            try:
                for records in unfold(packed, survey, PAGE):
                    number += 1
                    yield Page(number, records)
            except (msgspec.MsgspecError, ValueError) as error:
                raise client.error(
                    f"the {form} file Qualtrics made of survey {survey} is not as promised "
                    f"({error}); nothing of this window is kept: run it again, and if that does "
                    "not help ask Qualtrics",
                    number + 1,
                ) from None
        # Whether a border belongs to the time before or after it, Qualtrics does not say.
        start = end if end == window.end else end - timedelta(seconds=1)


def _exported(client: Client, survey: str, asked: Mapping[str, object], page: int) -> IO[bytes]:
    """The zip of an export, on disk and whole. A job that comes to nothing is started again."""
    path = f"{API}/surveys/{survey}/export-responses"
    reason = ""
    for turn in range(1, JOBS + 1):
        job = client.post(path, asked, page=page, read=_STARTED.decode).result.progress_id
        ended = _ended(client, f"{path}/{job}", page)
        reason = ended.reason
        if ended.file_id is not None:
            file = client.call(
                "GET",
                f"{path}/{ended.file_id}/file",
                page=page,
                accept=("application/zip", "application/octet-stream"),
                read=lambda answer: spooled(answer.body),
                gone=lambda: None,
            )
            if file is not None:
                return file
            reason = "its file was gone before it could be fetched"
        if turn < JOBS:
            client.request.progress(
                f"{client.request.source}/{client.request.stream.name} page {page}: Qualtrics' "
                f"export of survey {survey} came to nothing ({reason}); starting it again"
            )
            client.pause(turn)
    raise client.error(
        f"Qualtrics' export of survey {survey} came to nothing {JOBS} times, at last: {reason}; "
        "nothing of this window is kept: run it again later",
        page,
    )


def _ended(client: Client, path: str, page: int) -> _Ended:
    """Wait for a job. Its status decides: a failed one may well show 100 percent."""

    def polled(body: bytes) -> _Ended | None:
        answer = _POLLED.decode(body)
        match answer.result.status:
            case "complete" if answer.result.file_id is None:
                raise ValueError("status is complete and fileId missing")
            case "complete":
                return _Ended(answer.result.file_id)
            case "failed":
                said = answer.meta.words.replace(client.connection.password.strip(), "***")
                return _Ended(None, f"it failed: {' '.join(said.split())[:200]}")
        return None

    began, turn = client.pace.clock(), 0
    while client.pace.clock() - began <= POLLING:
        turn += 1
        ended = client.call(
            "GET",
            path,
            page=page,
            read=lambda answer: polled(answer.body),
            gone=lambda: _Ended(None, "Qualtrics does not know the job any more (404)"),
        )
        if ended is not None:
            return ended
        client.pause(turn)
    return _Ended(None, f"it was not ready after {POLLING / 60:.0f} minutes")


def _authorization(connection: Connection) -> dict[str, str]:
    return {"X-API-TOKEN": connection.password.strip()}


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _streams(options: BaseModel) -> tuple[Stream, ...]:
    wanted = not isinstance(options, Options) or options.invitations
    return STREAMS if wanted else (_SURVEYS, _RESPONSES)


_LIST, _WRAPPED = msgspec.json.Decoder(_List), msgspec.json.Decoder(_Wrapped)
_HEAD, _SURVEY = msgspec.json.Decoder(_Head), msgspec.json.Decoder(_Survey)
_DISTRIBUTION = msgspec.json.Decoder(_Distribution)
_CONTACTED = msgspec.json.Decoder(_Contacted)
_STARTED, _POLLED = msgspec.json.Decoder(_Started), msgspec.json.Decoder(_Polled)

SOURCE = Source(
    name="qualtrics",
    title="Qualtrics",
    options=Options,
    streams=_streams,
    read=read,
)
