"""A SurveyMonkey that behaves like the real one in what Wellheard asks of it.

Records are what the vendor sends. Where it sends no reference to what a record hangs on, keys that
begin with an underscore say so and are never sent: `_survey_id` of a collector, `_collector_id` of
a message, `_collector_id` and `_message_id` of a recipient.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response

from wellheard.connections import Connection
from wellheard.demo.simulators import surveymonkey_records as samples
from wellheard.demo.simulators.vendor import Simulator, answer, epoch
from wellheard.demo.simulators.world import Json

TOKEN = "demo-surveymonkey-token"
STATUSES = ("completed", "partial", "overquota", "disqualified")
PAGING = ("page", "per_page")
ERRORS = {  # code: name, message
    1003: ("Bad Request", "Invalid URL parameters."),
    1010: ("Authorization Error", "The authorization token was not provided."),
    1011: ("Authorization Error", "The authorization token provided was invalid."),
    1020: ("Resource Not Found", "There was an error retrieving the requested resource."),
    1040: ("Rate limit reached", "Too many requests were made, try again later."),
}


class Allowance:
    """So many requests in each span that begins with the first one; None counts nothing."""

    def __init__(self, limit: int | None, seconds: int, clock: Callable[[], float]) -> None:
        self.limit, self._seconds, self._clock = limit, seconds, clock
        self._began, self._used = -math.inf, 0

    def take(self) -> bool:
        """Count a request; whether it is allowed."""
        if self._clock() >= self._began + self._seconds:
            self._began, self._used = self._clock(), 0
        self._used += 1
        return self.limit is None or self._used <= self.limit

    def headers(self, span: str) -> dict[str, str]:
        if self.limit is None:
            return {}
        left = self._began + self._seconds - self._clock()
        name = f"X-Ratelimit-App-Global-{span}"
        return {
            f"{name}-Limit": str(self.limit),
            f"{name}-Remaining": str(max(0, self.limit - self._used)),
            f"{name}-Reset": str(max(1, math.ceil(left))),
        }


class SurveyMonkeySimulator(Simulator):
    """Serves what https://api.surveymonkey.com would. There is a survey unless some are given."""

    NAME: ClassVar[str] = "surveymonkey"
    PAGE: ClassVar[int] = 100
    CLOCKS: ClassVar[Mapping[str, Callable[[Json], float]]] = {
        "responses": lambda row: epoch(row["date_modified"])
    }

    def __init__(
        self,
        now: datetime,
        records: Mapping[str, Iterable[Json]] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        requests_per_minute: int | None = None,
        requests_per_day: int | None = None,
    ) -> None:
        self.lists: dict[str, dict[tuple[str, ...], Json]] = {
            stream: {} for stream in ("surveys", "collectors", "messages", "recipients")
        }
        self.minute = Allowance(requests_per_minute, 60, clock)
        self.day = Allowance(requests_per_day, 86_400, clock)
        super().__init__(now, records, clock=clock)
        if not self.lists["surveys"]:
            self.add("surveys", samples.survey(samples.SURVEY))

    def connection(self, url: str) -> Connection:
        return Connection("surveymonkey", host=url, password=TOKEN)

    def identify(self, record: Json) -> Any:
        return (str(record.get("survey_id", "")), record["id"])

    def landed_id(self, stream: str, record: Json) -> str:
        survey = record.get("_survey_id")
        match stream:
            case "collectors":
                return f"{survey}/{record['id']}"
            case "recipients":
                place = (record["_collector_id"], record["_message_id"])
                survey = self._collector(place[0]).get("_survey_id")
                return "/".join([str(survey), *place, str(record["id"])])
        return str(record["id"])

    def add(self, stream: str, record: Json) -> None:
        if stream in self.shelves:
            super().add(stream, record)
        else:
            self.lists[stream][_place(record)] = record

    def remove(self, stream: str, number: int) -> None:
        if stream in self.shelves:
            super().remove(stream, number)
        else:
            del self.lists[stream][_place(self.made_up(stream, number, self.now))]

    def made_up(self, stream: str, number: int, moment: datetime) -> Json:
        changed = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        match stream:
            case "surveys":
                return {**samples.survey(str(305400000 + number)), "date_modified": changed[:19]}
            case "collectors":
                return samples.collector(str(410200000 + number), "email", changed)
            case "messages":
                return samples.message(str(520300000 + number), changed)
            case "recipients":
                for parent, record in (
                    ("collectors", samples.collector(samples.COLLECTOR, "email", changed)),
                    ("messages", samples.message(samples.MESSAGE, changed)),
                ):
                    self.lists[parent].setdefault(_place(record), record)
                return samples.recipient(number)
            case "responses":
                return samples.response(number, changed)
        raise ValueError(f"SurveyMonkey has no stream {stream!r}")

    def routes(self) -> FastAPI:
        app = FastAPI(openapi_url=None)
        collectors = ("name", "start_date", "end_date", "sort_by", "sort_order", "include")

        @app.get("/v3/surveys")
        async def surveys(request: Request) -> Response:
            kept = ("id", "title", "nickname", "href")
            rows = [
                {key: row[key] for key in kept if key in row}
                for row in self.lists["surveys"].values()
            ]
            return self._listed(request, rows, 1000, ("include", "title", *collectors))

        @app.get("/v3/surveys/{survey}/details")
        async def details(request: Request, survey: str) -> Response:
            return self._one(request, self.lists["surveys"].get((survey,)))

        @app.get("/v3/surveys/{survey}/collectors")
        async def of_survey(request: Request, survey: str) -> Response:
            if (survey,) not in self.lists["surveys"]:
                return self._one(request, None)
            return self._listed(request, self._children("collectors", survey), 1000, collectors)

        @app.get("/v3/collectors/{collector}/messages")
        async def messages(request: Request, collector: str) -> Response:
            kept = ("id", "href", "type", "status", "_collector_id")
            rows = [
                {key: row[key] for key in kept if key in row}
                for row in self._children("messages", collector)
            ]
            return self._listed(request, rows, 1000, ())

        @app.get("/v3/collectors/{collector}/messages/{message}")
        async def message(request: Request, collector: str, message: str) -> Response:
            return self._one(request, self.lists["messages"].get((collector, message)))

        @app.get("/v3/collectors/{collector}/messages/{message}/recipients")
        async def recipients(request: Request, collector: str, message: str) -> Response:
            rows = self._children("recipients", collector, message)
            shown = request.query_params.get("include", "").split(",")
            extra = ("survey_response_status", "mail_status", "custom_fields", "extra_fields")
            rows = [
                {key: value for key, value in row.items() if key not in extra or key in shown}
                for row in rows
            ]
            return self._listed(request, rows, 1000, ("include",))

        @app.get("/v3/surveys/{survey}/responses/bulk")
        async def bulk(request: Request, survey: str) -> Response:
            return self._bulk(request, survey)

        return app

    def _collector(self, collector: str) -> Json:
        return next(r for r in self.lists["collectors"].values() if str(r["id"]) == collector)

    def _children(self, stream: str, *parents: str) -> list[Json]:
        return [row for place, row in self.lists[stream].items() if place[:-1] == parents]

    def _one(self, request: Request, record: Json | None) -> Response:
        if refused := self._refused(request, ()):
            return refused
        if record is None:
            return self._error(404, 1020)
        return answer(_shown(record), headers=self._headers())

    def _listed(
        self, request: Request, rows: Sequence[Json], most: int, known: Sequence[str]
    ) -> Response:
        if refused := self._refused(request, known, most):
            return refused
        page, size = self._paging(request, 50)
        part = [_shown(row) for row in rows[(page - 1) * size : page * size]]
        return self._page(request, part, len(rows), page, size)

    def _bulk(self, request: Request, survey: str) -> Response:
        times = [f"{end}_{what}_at" for end in ("start", "end") for what in ("modified", "created")]
        known = ("sort_by", "sort_order", "status", "collector_ids", *times)
        if refused := self._refused(request, known, 100):
            return refused
        query = request.query_params
        if (survey,) not in self.lists["surveys"]:
            return self._error(404, 1020)
        try:
            low = epoch(query.get("start_modified_at", "1970-01-01T00:00:00"))
            high = epoch(query.get("end_modified_at", "9999-01-01T00:00:00"))
        except ValueError:
            return self._error(400, 1003)
        sorted_by = (query.get("sort_by", "date_modified"), query.get("sort_order", "ASC"))
        wanted = query.get("status", ",".join(STATUSES)).split(",")
        if sorted_by not in (("date_modified", "ASC"), ("date_modified", "DESC")):
            return self._error(400, 1003)
        if not set(wanted) <= set(STATUSES):
            return self._error(400, 1003)
        shelf = self.shelves["responses"]
        keys = [
            key
            for key in shelf.from_clock(low, min(high, self.now.timestamp()))
            if key[1][0] == survey
        ]
        if "status" in query:
            keys = [k for k in keys if shelf.read(k)["response_status"] in wanted]
        if sorted_by[1] == "DESC":
            keys.reverse()
        page, size = self._paging(request, 50)
        part = [shelf.read(key) for key in keys[(page - 1) * size : page * size]]
        return self._page(request, part, len(keys), page, size)

    def _paging(self, request: Request, usual: int) -> tuple[int, int]:
        query = request.query_params
        size = int(query.get("per_page", usual))
        return int(query.get("page", 1)), min(size, self.page_size)

    def _page(
        self, request: Request, part: Sequence[Json], total: int, page: int, size: int
    ) -> Response:
        def link(number: int) -> str:
            asked = {**request.query_params, "page": number, "per_page": size}
            return str(request.url.replace(query=urlencode(asked)))

        last = max(1, math.ceil(total / size))
        hidden = self.hides_this_answer()
        links = {"self": link(page)}
        if page < last or hidden:
            links |= {"next": link(page + 1), "last": link(last)}
        if page > 1:
            links |= {"prev": link(page - 1), "first": link(1)}
        body = {
            "data": [] if hidden else part,
            "per_page": size,
            "page": page,
            "total": total,
            "links": links,
        }
        return answer(body, headers=self._headers())

    def _refused(
        self, request: Request, known: Sequence[str], most: int | None = None
    ) -> Response | None:
        if (given := request.headers.get("authorization", "")).lower() != f"bearer {TOKEN}":
            return self._error(401, 1011 if given else 1010)
        if not all([self.minute.take(), self.day.take()]):
            return self._error(429, 1040)  # without Retry-After: the headers tell
        query = request.query_params
        paging = PAGING if most else ()
        numbers = [query[name] for name in paging if name in query]
        if set(query) - {*known, *paging} or not all(n.isdigit() and int(n) for n in numbers):
            return self._error(400, 1003)
        if most and int(query.get("per_page", 1)) > most:
            return self._error(400, 1003)
        return None

    def _headers(self) -> dict[str, str]:
        return self.minute.headers("Minute") | self.day.headers("Day")

    def _error(self, status: int, code: int) -> Response:
        name, message = ERRORS[code]
        error = {
            "id": str(code),
            "name": name,
            "docs": "https://developer.surveymonkey.com/api/v3/#error-codes",
            "message": message,
            "http_status_code": status,
        }
        return answer({"error": error}, status, self._headers())


def _place(record: Json) -> tuple[str, ...]:
    """Where a record of a list hangs, and its id."""
    parents = ("_survey_id", "_collector_id", "_message_id")
    return (*[str(record[key]) for key in parents if key in record], str(record["id"]))


def _shown(record: Json) -> Json:
    return {key: value for key, value in record.items() if not key.startswith("_")}


SIMULATOR = SurveyMonkeySimulator
