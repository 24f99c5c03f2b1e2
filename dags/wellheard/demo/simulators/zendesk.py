"""A Zendesk that behaves like the real one in what its exports and its list of ratings do."""

from __future__ import annotations

import base64
import binascii
import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlencode

import msgspec
from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from wellheard.connections import Connection
from wellheard.demo.simulators.faults import Quota
from wellheard.demo.simulators.shelf import Key
from wellheard.demo.simulators.vendor import Simulator, answer, epoch
from wellheard.demo.simulators.world import Json
from wellheard.demo.simulators.zendesk_records import MADE_UP, deleted

EMAIL = "agent@larkfield.example"
TOKEN = "demo-zendesk-token"
TOO_RECENT = 300  # seconds a start_time must lie back
EVENTS_LAG = 60  # the last minute of the time-based exports is never included
PAGE_OF_RATINGS = 100
RATINGS = "/api/v2/satisfaction_ratings.json"
PerPage = Annotated[int, Query(ge=1, le=1000)]
Moment = Annotated[int, Query(ge=0)]


def _generated(row: Json) -> float:
    return float(row["generated_timestamp"])


def _timestamp(row: Json) -> float:
    return float(row["timestamp"])


def _updated(row: Json) -> float:
    return float(int(epoch(row["updated_at"])))


@dataclass
class Oddities:
    """What the real API does now and then; none of it happens by default."""

    end_flag: bool = True  # leave `end_of_stream` out
    last_cursor: bool = True  # the last page still has a cursor; with False it is null
    next_page: bool = True  # time-based: leave `next_page` out even though there is more
    miscount: int = 0  # time-based: `count` is wrong by so much
    is_administrator: bool = True  # the account's ratings are not for everyone
    ratings_by: Literal["updated_at", "created_at"] = "updated_at"  # what the bounds look at


class ZendeskSimulator(Simulator):
    """Serves the records as `https://<company>.zendesk.com` would.

    A ticket's clock is `generated_timestamp` and an event's `timestamp` (epoch seconds), that of
    everything else `updated_at` (ISO).
    """

    NAME = "zendesk"
    PAGE = 1000
    CLOCKS: ClassVar[Mapping[str, Callable[[Json], float]]] = {
        "tickets": _generated,
        "ticket_events": _timestamp,
        "users": _updated,
        "organizations": _updated,
        "satisfaction_ratings": _updated,
    }

    def __init__(
        self,
        now: datetime,
        records: Mapping[str, Iterable[Json]] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        requests_per_minute: int | None = None,
    ) -> None:
        super().__init__(now, records, clock=clock, requests_per_minute=requests_per_minute)
        self.oddities = Oddities()
        # The exports have a limit of their own; the rest of the API has another.
        self.quota_of_the_rest = Quota(requests_per_minute, clock)
        pair = base64.b64encode(f"{EMAIL}/token:{TOKEN}".encode()).decode()
        self._accepted = {f"Basic {pair}", f"Bearer {TOKEN}"}

    def connection(self, url: str) -> Connection:
        return Connection("zendesk", host=url, login=EMAIL, password=TOKEN)

    def made_up(self, stream: str, number: int, moment: datetime) -> Json:
        return MADE_UP[stream](number, moment)

    def identify(self, record: Json) -> int:
        return int(record["id"])

    def remove(self, stream: str, number: int) -> None:
        """A deleted ticket comes again, scrubbed; everything else is gone."""
        if stream == "tickets":
            self.add(stream, deleted(self.made_up(stream, number, self.now), self.now))
        else:
            super().remove(stream, number)

    def routes(self) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.exception_handler(RequestValidationError)
        async def invalid(request: Request, error: RequestValidationError) -> Response:
            said = "; ".join(
                f"{problem['loc'][-1]}: {problem['msg']}" for problem in error.errors()
            )
            return _invalid(said)

        @app.get("/api/v2/incremental/{stream}/cursor.json")
        async def by_cursor(
            request: Request,
            stream: Literal["tickets", "users"],
            start_time: Moment | None = None,
            cursor: str | None = None,
            per_page: PerPage = 1000,
        ) -> Response:
            return self._refused(request, self.quota) or self._cursor_page(
                request, stream, start_time, cursor, per_page
            )

        @app.get("/api/v2/incremental/{stream}.json")
        async def by_time(
            request: Request,
            stream: Literal["ticket_events", "organizations"],
            start_time: Moment | None = None,
            include: str = "",
        ) -> Response:
            return self._refused(request, self.quota) or self._time_page(
                request, stream, start_time, include
            )

        @app.get(RATINGS)
        async def ratings(
            request: Request,
            start_time: Moment = 0,
            end_time: Moment | None = None,
            size: Annotated[int, Query(alias="page[size]", ge=1)] = PAGE_OF_RATINGS,
            after: Annotated[str | None, Query(alias="page[after]")] = None,
        ) -> Response:
            return self._refused(request, self.quota_of_the_rest) or self._ratings_page(
                request, start_time, end_time, size, after
            )

        return app

    def _refused(self, request: Request, quota: Quota) -> Response | None:
        if request.headers.get("authorization") not in self._accepted:
            return answer({"error": "Couldn't authenticate you"}, 401)
        if (wait := quota.refused_for()) is None:
            return None
        body = {
            "error": "APIRateLimitExceeded",
            "description": "Number of allowed incremental export API requests per minute exceeded"
            if quota is self.quota
            else "Number of allowed API requests per minute exceeded",
        }
        limit = str(quota.per_minute)
        return answer(
            body, 429, {"Retry-After": str(wait), "X-Rate-Limit": limit, "ratelimit-limit": limit}
        )

    def _bad_start(self, start_time: int | None) -> Response | None:
        if start_time is None:
            return _invalid("start_time is missing")
        if start_time > self.now.timestamp() - TOO_RECENT:
            said = "Too recent start_time. Use a start_time older than 5 minutes"
            return _invalid(said, 422)
        return None

    def _cursor_page(
        self,
        request: Request,
        stream: str,
        start_time: int | None,
        cursor: str | None,
        per_page: int,
    ) -> Response:
        shelf, now = self.shelves[stream], self.now.timestamp()
        if cursor is not None:
            try:
                place = _read_cursor(cursor)
            except (ValueError, binascii.Error):
                return _invalid("Invalid cursor")
            rows = shelf.after(place, now)
        else:
            if refusal := self._bad_start(start_time):
                return refusal
            place = (float(start_time or 0), 0)
            rows = shelf.from_clock(place[0], now)
        hidden = self.hides_this_answer()
        page = [] if hidden else rows[: min(per_page, self.page_size)]
        end = not hidden and len(page) == len(rows)
        after = _write_cursor(page[-1] if page else place)
        if end and not self.oddities.last_cursor:
            after = None
        url = str(request.url.replace(query=urlencode({"cursor": after}))) if after else None
        tail: dict[str, Any] = {
            "after_url": url,
            "after_cursor": after,
            "before_url": None,
            "before_cursor": None,
        }
        if self.oddities.end_flag:
            tail["end_of_stream"] = end
        return _page(stream, shelf.written(page), tail)

    def _time_page(
        self, request: Request, stream: str, start_time: int | None, include: str
    ) -> Response:
        if refusal := self._bad_start(start_time):
            return refusal
        shelf = self.shelves[stream]
        rows = shelf.from_clock(float(start_time or 0), self.now.timestamp() - EVENTS_LAG)
        page = [] if self.hides_this_answer() else rows[: self.page_size]
        full = len(page) == self.page_size
        if page:  # stretched to hold every row of its last second
            last = page[-1][0]
            page += [key for key in rows[len(page) :] if key[0] == last]
        end_time = int(page[-1][0]) if page else start_time
        query = urlencode({"start_time": end_time, "include": include})
        tail: dict[str, Any] = {
            "next_page": str(request.url.replace(query=query)) if self.oddities.next_page else None,
            "end_time": end_time,
            "count": len(page) + self.oddities.miscount,
        }
        if self.oddities.end_flag:
            tail["end_of_stream"] = not full and len(page) == len(rows)
        written = shelf.written(page)
        if stream == "ticket_events" and "comment_events" not in include.split(","):
            written = _without_comments(written)
        return _page(stream, written, tail)

    def _ratings_page(
        self, request: Request, start_time: int, end_time: int | None, size: int, after: str | None
    ) -> Response:
        """By id: a rating that changes keeps its place, unless it leaves the bounds."""
        if not self.oddities.is_administrator:
            said = "You do not have access to this page."
            return answer({"error": {"title": "Forbidden", "message": said}}, 403)
        if size > PAGE_OF_RATINGS:
            return _bad_paging("page[size] must be at most 100")
        try:
            seen = _read_place(after) if after is not None else -1
        except (ValueError, binascii.Error):
            return _bad_paging("page[after] is not valid")
        shelf, now = self.shelves["satisfaction_ratings"], self.now.timestamp()
        high = now if end_time is None else min(now, end_time)
        if self.oddities.ratings_by == "updated_at":
            found = shelf.from_clock(start_time, high)
        else:
            found = [
                key
                for key in shelf.from_clock(-math.inf, now)
                if start_time <= epoch(shelf.read(key)["created_at"]) <= high
            ]
        rows = sorted((key for key in found if key[1] > seen), key=lambda key: int(key[1]))
        page = [] if self.hides_this_answer() else rows[: min(size, self.page_size)]
        cursor = _write_place(page[-1][1] if page else seen)
        query = {**request.query_params, "page[after]": cursor}
        more = len(page) < len(rows)
        tail = {
            "meta": {"has_more": more, "after_cursor": cursor, "before_cursor": None},
            "links": {
                "next": str(request.url.replace(query=urlencode(query))) if more else None,
                "prev": None,
            },
        }
        return _page("satisfaction_ratings", shelf.written(page), tail)


def _write_cursor(key: Key) -> str | None:
    return base64.b64encode(f"{int(key[0])}.0||{key[1]}|".encode()).decode()


def _read_cursor(cursor: str) -> Key:
    moment, _, identity = base64.b64decode(cursor, validate=True).decode().partition("||")
    return float(moment), int(identity.removesuffix("|"))


def _write_place(identity: int) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode({"o": "id", "v": identity})).decode()


def _read_place(cursor: str) -> int:
    place = msgspec.json.decode(base64.b64decode(cursor, altchars=b"-_", validate=True))
    return int(place["v"])


def _without_comments(rows: bytes) -> bytes:
    events = msgspec.json.decode(b"[" + rows + b"]")
    for event in events:
        children = event.get("child_events", [])
        event["child_events"] = [c for c in children if c.get("event_type") != "Comment"]
    return msgspec.json.encode(events)[1:-1]


def _page(name: str, rows: bytes, tail: dict[str, Any]) -> Response:
    return answer(b'{"%s":[%s],%s' % (name.encode(), rows, msgspec.json.encode(tail)[1:]))


def _invalid(description: str, status: int = 400) -> Response:
    return answer({"error": "InvalidValue", "description": description}, status)


def _bad_paging(detail: str) -> Response:
    title = "Invalid pagination parameter"
    body = {"errors": [{"code": "InvalidPaginationParameter", "title": title, "detail": detail}]}
    return answer(body, 400)


SIMULATOR = ZendeskSimulator
