"""A Qualtrics that behaves like the real one in what Wellheard asks of it.

Records are what the vendor sends; `_survey_id` of a response says which survey it answers and is
never sent.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import math
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

import msgspec
from fastapi import FastAPI, Request, Response

from wellheard.connections import Connection
from wellheard.demo.simulators import qualtrics_records as samples
from wellheard.demo.simulators.vendor import Simulator, answer, epoch, stamp
from wellheard.demo.simulators.world import Json

TOKEN = "demo-qualtrics-token"
EXPORT_OPTIONS = {
    "format", "startDate", "endDate", "useLabels", "breakoutSets", "compress", "limit", "timeZone",
    "allowContinuation", "continuationToken", "filterId", "questionIds", "embeddedDataIds",
    "surveyMetadataIds", "seenUnansweredRecode", "includeDisplayOrder", "formatDecimalAsComma",
    "newlineReplacement", "exportResponsesInProgress", "sortByLastModifiedDate",
}  # fmt: skip
META = {  # the import id of a column: its name in the first header row
    "startDate": "StartDate",
    "endDate": "EndDate",
    "status": "Status",
    "ipAddress": "IPAddress",
    "progress": "Progress",
    "duration": "Duration (in seconds)",
    "finished": "Finished",
    "recordedDate": "RecordedDate",
    "_recordId": "ResponseId",
    "recipientLastName": "RecipientLastName",
    "recipientFirstName": "RecipientFirstName",
    "recipientEmail": "RecipientEmail",
    "externalDataReference": "ExternalReference",
    "locationLatitude": "LocationLatitude",
    "locationLongitude": "LocationLongitude",
    "distributionChannel": "DistributionChannel",
    "userLanguage": "UserLanguage",
}
DATED_BY_DISTRIBUTION = "what has no moment of its own is dated by its distribution"
DATES = ("startDate", "endDate", "recordedDate")


@dataclass
class Job:
    """An export on its way."""

    survey: str
    asked: Json
    polls: int  # answers still to say inProgress
    fate: str = "complete"


class QualtricsSimulator(Simulator):
    """Serves what https://<datacenter>.qualtrics.com would. One survey is there from the start.

    `polls` is how often a job says inProgress. `fates` are those of the next jobs: complete,
    failed, forgotten (404 when asked about), lost (404 when its file is fetched), two_files.
    """

    NAME: ClassVar[str] = "qualtrics"
    PAGE: ClassVar[int] = 100
    CLOCKS: ClassVar[Mapping[str, Callable[[Json], float]]] = {
        "responses": lambda row: epoch(row["values"]["recordedDate"]),
        "distribution_history": lambda row: _last_moment(row),
    }
    NOT_APPLICABLE: ClassVar[Mapping[str, str]] = {
        "responses/empty page": "an export is one file and has no pages",
        "responses/page by page": "an export is one file, whole before its first record is known",
        "distribution_history/missing id or clock": DATED_BY_DISTRIBUTION,
        "distribution_history/null id or clock": DATED_BY_DISTRIBUTION,
    }

    def __init__(
        self,
        now: datetime,
        records: Mapping[str, Iterable[Json]] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        requests_per_minute: int | None = None,
    ) -> None:
        self.lists: dict[str, dict[str, Json]] = {"surveys": {}, "distributions": {}}
        self.survey_of: dict[str, str] = {}
        self.jobs: dict[str, Job] = {}
        self.polls, self.fates = 0, list[str]()
        super().__init__(now, records, clock=clock, requests_per_minute=requests_per_minute)
        if not self.lists["surveys"]:
            self.add("surveys", samples.survey(samples.SURVEY, "2026-01-06T09:00:00Z"))

    def connection(self, url: str) -> Connection:
        return Connection("qualtrics", host=url, password=TOKEN)

    def options(self) -> dict[str, Any]:
        return {"days_per_file": 1}

    def identify(self, record: Json) -> Any:
        if "responseId" in record and "values" in record:
            return record["responseId"]
        return f"{record['distributionId']}/{record['contactId']}"

    def landed_id(self, stream: str, record: Json) -> str:
        if stream == "distribution_history":
            return str(self.identify(record))
        if stream == "responses":
            survey = record.get("_survey_id") or self.survey_of.get(
                record["responseId"], samples.SURVEY
            )
            return f"{survey}/{record['responseId']}"
        return str(record["id"])

    def add(self, stream: str, record: Json) -> None:
        if stream == "responses":
            shown = {key: value for key, value in record.items() if not key.startswith("_")}
            self.survey_of[record["responseId"]] = record.get("_survey_id", samples.SURVEY)
            super().add(stream, shown)
        elif stream in self.shelves:
            super().add(stream, record)
        else:
            self.lists[stream][self.landed_id(stream, record)] = record

    def remove(self, stream: str, number: int) -> None:
        if stream in self.shelves:
            super().remove(stream, number)
        else:
            record = self.made_up(stream, number, self.now)
            del self.lists[stream][self.landed_id(stream, record)]

    def made_up(self, stream: str, number: int, moment: datetime) -> Json:
        changed = stamp(moment)
        match stream:
            case "surveys":
                return samples.survey(f"SV_0demo{number:010}", changed)
            case "distributions":
                return samples.distribution(f"EMD_0demo{number:09}", changed)
            case "distribution_history":
                known = self.lists["distributions"].get(samples.DISTRIBUTION)
                if known is None or known["sendDate"] > changed:
                    self.add("distributions", samples.distribution(samples.DISTRIBUTION, changed))
                return samples.contacted(number, changed)
            case "responses":
                return samples.response(number, changed)
        raise ValueError(f"Qualtrics has no stream {stream!r}")

    def routes(self) -> FastAPI:
        app = FastAPI(openapi_url=None)
        api = "/API/v3"

        @app.get(f"{api}/surveys")
        async def surveys(request: Request) -> Response:
            kept = ("id", "name", "ownerId", "isActive", "creationDate")
            rows = {
                key: {name: row[name] for name in kept if name in row}
                | {"lastModified": row.get("lastModifiedDate")}
                for key, row in self.lists["surveys"].items()
            }
            return self._listed(request, rows, ())

        @app.get(f"{api}/surveys/{{survey}}")
        async def definition(request: Request, survey: str) -> Response:
            if refused := self._refused(request):
                return refused
            found = self.lists["surveys"].get(survey)
            return _result(found) if found else _error(404, "Survey not found", "SV_2")

        @app.get(f"{api}/distributions")
        async def distributions(request: Request) -> Response:
            if not (survey := request.query_params.get("surveyId")):
                return _error(400, "Missing required parameter surveyId", "EDIST_1")
            rows = {
                key: row
                for key, row in self.lists["distributions"].items()
                if row["surveyLink"]["surveyId"] == survey
            }
            return self._listed(request, rows, ("surveyId",))

        @app.get(f"{api}/distributions/{{distribution}}/history")
        async def history(request: Request, distribution: str) -> Response:
            if distribution not in self.lists["distributions"]:
                return self._refused(request) or _error(404, "Distribution not found", "EDIST_2")
            shelf = self.shelves["distribution_history"]
            rows = {
                key[1]: shelf.read(key)
                for key in shelf.from_clock(0.0, self.now.timestamp())
                if key[1].startswith(f"{distribution}/")
            }
            return self._listed(request, rows, ())

        export = f"{api}/surveys/{{survey}}/export-responses"

        @app.post(export)
        async def start(request: Request, survey: str) -> Response:
            return self._refused(request) or self._start(survey, await request.body())

        @app.get(f"{export}/{{job}}")
        async def progress(request: Request, survey: str, job: str) -> Response:
            return self._refused(request) or self._progress(survey, job)

        @app.get(f"{export}/{{file}}/file")
        async def download(request: Request, survey: str, file: str) -> Response:
            return self._refused(request) or self._download(survey, file)

        return app

    def _listed(self, request: Request, rows: Mapping[str, Json], known: Sequence[str]) -> Response:
        """One page; the cursor stands behind a record, whether that is still there or not."""
        if refused := self._refused(request):
            return refused
        if unknown := set(request.query_params) - {*known, "skipToken", "pageSize", "offset"}:
            return _error(400, f"Unexpected parameter {min(unknown)}", "QVAL_1")
        names, begin = sorted(rows), ""
        if token := request.query_params.get("skipToken"):
            try:
                begin = base64.urlsafe_b64decode(token.encode()).decode()
            except (ValueError, binascii.Error):
                return _error(400, "The skipToken is not valid", "QVAL_2")
        left = [name for name in names if name > begin]
        hidden = self.hides_this_answer()
        part = [] if hidden else left[: self.page_size]
        following = None
        if hidden or len(part) < len(left):
            behind = base64.urlsafe_b64encode((part[-1] if part else begin).encode()).decode()
            asked = {name: request.query_params[name] for name in known} | {"skipToken": behind}
            following = str(request.url.replace(query=urlencode(asked)))
        return _result({"elements": [rows[name] for name in part], "nextPage": following})

    def _start(self, survey: str, body: bytes) -> Response:
        if survey not in self.lists["surveys"]:
            return _error(404, "Survey not found", "SV_2")
        try:
            asked = msgspec.json.decode(body, type=dict[str, Any])
            epoch(asked.get("startDate", "1970-01-01T00:00:00Z"))
            epoch(asked.get("endDate", "9999-01-01T00:00:00Z"))
        except (msgspec.MsgspecError, ValueError, TypeError):
            return _error(400, "Invalid request body", "RP_0.1")
        if unknown := set(asked) - EXPORT_OPTIONS:
            return _error(400, f"Unexpected json key provided: {min(unknown)}", "RP_0.2")
        if asked.get("format") not in ("json", "csv"):
            return _error(400, "Missing or invalid value for format", "RP_0.3")
        if "breakoutSets" in asked and asked["format"] == "json":
            return _error(400, "breakoutSets is not allowed for this format", "RP_0.4")
        job = f"ES_{len(self.jobs) + 1:011}"
        fate = self.fates.pop(0) if self.fates else "complete"
        self.jobs[job] = Job(survey, asked, self.polls, fate)
        return _result({"progressId": job, "percentComplete": 0.0, "status": "inProgress"})

    def _progress(self, survey: str, name: str) -> Response:
        job = self.jobs.get(name)
        if job is None or job.survey != survey or job.fate == "forgotten":
            return _error(404, "The export job was not found", "RP_1")
        if job.polls > 0:
            job.polls -= 1
            return _result({"percentComplete": 100.0 / (job.polls + 2), "status": "inProgress"})
        if job.fate == "failed":
            said = {"errorMessage": "The export could not be made", "errorCode": "ERF_1"}
            meta = {"error": said, "httpStatus": "200 - OK", "requestId": f"request-{name}"}
            return answer({"result": {"percentComplete": 100.0, "status": "failed"}, "meta": meta})
        done = {"fileId": f"file-{name}", "percentComplete": 100.0, "status": "complete"}
        return _result(done)

    def _download(self, survey: str, file: str) -> Response:
        job = self.jobs.get(file.removeprefix("file-"))
        if job is None or job.survey != survey or job.fate == "lost":
            return _error(404, "The file was not found", "RP_2")
        shelf = self.shelves["responses"]
        low = epoch(job.asked.get("startDate", "1970-01-01T00:00:00Z"))
        high = epoch(job.asked.get("endDate", "9999-01-01T00:00:00Z"))
        keys = [
            key
            for key in shelf.from_clock(low, self.now.timestamp())
            if key[0] < high and self.survey_of[key[1]] == survey
        ]
        definition, kind = self.lists["surveys"][survey], job.asked["format"]
        if kind == "json":
            content = b'{"responses":[%s]}' % shelf.written(keys)
        else:
            content = _as_csv([shelf.read(key) for key in keys], definition).encode()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{definition['name']}.{kind}", content)
            if job.fate == "two_files":
                archive.writestr("readme.txt", "not asked for")
        return Response(packed.getvalue(), media_type="application/zip")

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("x-api-token") != TOKEN:
            return _error(401, "Unrecognized X-API-TOKEN.", "AUTH_6")
        if (wait := self.quota.refused_for()) is not None:
            return _error(429, "Too many requests", "RL_1", {"Retry-After": str(wait)})
        return None


def _last_moment(contacted: Json) -> float:
    """When something last became of an invitation; 0 while nothing did."""
    names = ("sentAt", "openedAt", "responseStartedAt", "responseCompletedAt")
    return max((epoch(contacted[name]) for name in names if contacted.get(name)), default=0.0)


def _result(result: Json) -> Response:
    meta = {"requestId": "0demo000-0000-4000-8000-000000000000", "httpStatus": "200 - OK"}
    return answer({"result": result, "meta": meta})


def _error(
    status: int, message: str, code: str, headers: Mapping[str, str] | None = None
) -> Response:
    error = {"errorMessage": message, "errorCode": code}
    meta = {"httpStatus": f"{status} - Error", "error": error, "requestId": "0demo001"}
    return answer({"meta": meta}, status, headers)


def _as_csv(responses: Sequence[Json], definition: Json) -> str:
    """What the same responses look like as CSV: three header rows, all values as text."""
    asked = {column["question"]: name for name, column in definition["exportColumnMap"].items()}
    others = {key: None for row in responses for key in row["values"] if key not in META}
    ids = [*META, *others]
    text = io.StringIO()
    out = csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
    questions = {key: key.split("_")[0] for key in ids}
    out.writerow([META.get(key) or asked.get(questions[key], key) for key in ids])
    out.writerow(
        [
            META.get(key) or definition["questions"].get(questions[key], {}).get("questionText", "")
            for key in ids
        ]
    )
    for_dates = [{"timeZone": "Z"} if key in DATES else {} for key in ids]
    out.writerow(
        msgspec.json.encode({"ImportId": key, **zone}).decode()
        for key, zone in zip(ids, for_dates, strict=True)
    )
    for row in responses:
        values = row["values"] | {"_recordId": row["responseId"]}
        out.writerow(_cell(key, values.get(key)) for key in ids)
    return text.getvalue()


def _cell(key: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ",".join(str(part) for part in value)
    if isinstance(value, bool):
        return "True" if value else "False"
    if key in DATES:
        return datetime.fromtimestamp(math.floor(epoch(value)), UTC).strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


SIMULATOR = QualtricsSimulator
