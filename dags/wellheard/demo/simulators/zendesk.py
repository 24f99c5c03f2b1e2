"""A Zendesk that behaves like the real one in what its incremental exports do."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from fastapi import FastAPI, Query, Request, Response

from wellheard.demo.simulators.faults import FaultSwitch, Quota
from wellheard.demo.simulators.shelf import Key, Shelf
from wellheard.demo.simulators.world import World

EMAIL = "agent@larkfield.example"
TOKEN = "demo-zendesk-token"
TOO_RECENT = 300  # seconds a start_time must lie back
PerPage = Annotated[int, Query(ge=1, le=1000)]
EVENTS_LAG = 60  # the last minute of events is never included


@dataclass
class Oddities:
    """What the real API does now and then; none of it happens by default."""

    page_size: int = 1000  # smaller pages than asked for
    end_flag: bool = True  # leave `end_of_stream` out
    last_cursor: bool = True  # the last page still has a cursor; with False it is null
    empty_answers: set[int] = field(default_factory=set)  # these answers (from 1) hold no rows
    next_page: bool = True  # events: leave `next_page` out even though there is more
    miscount: int = 0  # events: `count` is wrong by so much


class ZendeskSimulator:
    """Serves `world` as `https://<company>.zendesk.com` would; `app` is the ASGI application."""

    def __init__(
        self,
        world: World,
        *,
        email: str = EMAIL,
        token: str = TOKEN,
        requests_per_minute: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.now = world.now
        self.oddities = Oddities()
        self.tickets = Shelf(world.tickets, identify=_id, clock=_generated)
        self.events = Shelf(world.ticket_events, identify=_id, clock=_timestamp)
        self.users = Shelf(world.users, identify=_id, clock=_updated)
        self.quota = Quota(requests_per_minute, clock)
        self._answers = 0
        pair = base64.b64encode(f"{email}/token:{token}".encode()).decode()
        self._accepted = {f"Basic {pair}", f"Bearer {token}"}
        self.app = FaultSwitch(self._routes())

    def _routes(self) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.get("/api/v2/incremental/tickets/cursor.json")
        async def tickets(
            request: Request,
            start_time: int | None = None,
            cursor: str | None = None,
            per_page: PerPage = 1000,
        ) -> Response:
            return self._cursor_page(request, "tickets", self.tickets, start_time, cursor, per_page)

        @app.get("/api/v2/incremental/users/cursor.json")
        async def users(
            request: Request,
            start_time: int | None = None,
            cursor: str | None = None,
            per_page: PerPage = 1000,
        ) -> Response:
            return self._cursor_page(request, "users", self.users, start_time, cursor, per_page)

        @app.get("/api/v2/incremental/ticket_events.json")
        async def ticket_events(
            request: Request, start_time: int | None = None, include: str = ""
        ) -> Response:
            return self._time_page(request, start_time, include)

        return app

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("authorization") not in self._accepted:
            return _json({"error": "Couldn't authenticate you"}, 401)
        if (wait := self.quota.refused_for()) is not None:
            body = {
                "error": "APIRateLimitExceeded",
                "description": "Number of allowed incremental export API requests per minute "
                "exceeded",
            }
            return _json(body, 429, {"Retry-After": str(wait)})
        return None

    def _bad_start(self, start_time: int | None) -> Response | None:
        if start_time is None:
            return _json({"error": "InvalidValue", "description": "start_time is missing"}, 400)
        if start_time > self.now.timestamp() - TOO_RECENT:
            body = {
                "error": "InvalidValue",
                "description": "Too recent start_time. Use a start_time older than 5 minutes",
            }
            return _json(body, 422)
        return None

    def _cursor_page(
        self,
        request: Request,
        name: str,
        shelf: Shelf,
        start_time: int | None,
        cursor: str | None,
        per_page: int,
    ) -> Response:
        if refusal := self._refused(request):
            return refusal
        now = self.now.timestamp()
        if cursor is not None:
            try:
                place = _read_cursor(cursor)
            except (ValueError, binascii.Error):
                return _json({"error": "InvalidValue", "description": "Invalid cursor"}, 400)
            rows = shelf.after(place, now)
        else:
            if refusal := self._bad_start(start_time):
                return refusal
            rows = shelf.from_clock(float(start_time or 0), now)
            place = (float(start_time or 0), 0)
        self._answers += 1
        hidden = self._answers in self.oddities.empty_answers
        page = [] if hidden else rows[: min(per_page, self.oddities.page_size)]
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
        return _page(name, shelf.written(page), tail)

    def _time_page(self, request: Request, start_time: int | None, include: str) -> Response:
        if (refusal := self._refused(request)) or (refusal := self._bad_start(start_time)):
            return refusal
        rows = self.events.from_clock(float(start_time or 0), self.now.timestamp() - EVENTS_LAG)
        self._answers += 1
        size = self.oddities.page_size
        page = [] if self._answers in self.oddities.empty_answers else rows[:size]
        full = len(page) == size
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
        written = self.events.written(page)
        if "comment_events" not in include.split(","):
            written = _without_comments(written)
        return _page("ticket_events", written, tail)


def _id(row: dict[str, Any]) -> Any:
    return row["id"]


def _generated(row: dict[str, Any]) -> float:
    return float(row["generated_timestamp"])


def _timestamp(row: dict[str, Any]) -> float:
    return float(row["timestamp"])


def _updated(row: dict[str, Any]) -> float:
    return float(int(datetime.fromisoformat(row["updated_at"]).timestamp()))


def _write_cursor(key: Key) -> str | None:
    return base64.b64encode(f"{int(key[0])}.0||{key[1]}|".encode()).decode()


def _read_cursor(cursor: str) -> Key:
    moment, _, identity = base64.b64decode(cursor, validate=True).decode().partition("||")
    return float(moment), int(identity.removesuffix("|"))


def _without_comments(rows: bytes) -> bytes:
    events = msgspec.json.decode(b"[" + rows + b"]")
    for event in events:
        children = event.get("child_events", [])
        event["child_events"] = [c for c in children if c.get("event_type") != "Comment"]
    return msgspec.json.encode(events)[1:-1]


def _page(name: str, rows: bytes, tail: dict[str, Any]) -> Response:
    body = b'{"%s":[%s],%s' % (name.encode(), rows, msgspec.json.encode(tail)[1:])
    return Response(body, media_type="application/json; charset=utf-8")


def _json(body: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(
        msgspec.json.encode(body), status, headers, media_type="application/json; charset=utf-8"
    )
