"""An Intercom (version 2.15) that behaves like the real one in what it lets be searched."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import msgspec
from fastapi import FastAPI, Request, Response

from wellheard.connections import Connection
from wellheard.demo.simulators.intercom_records import MADE_UP
from wellheard.demo.simulators.shelf import Key
from wellheard.demo.simulators.vendor import Simulator, answer
from wellheard.demo.simulators.world import Json

TOKEN = "demo-intercom-token"
VERSION = "2.15"
MOST_PARTS = 500  # of a conversation; the earlier ones are never shown
SCROLL_LIFE = 60.0  # seconds
REQUEST_ID = "f93ecfa8-d08a-4325-8694-89aeb89c8f85"


def _updated(row: Json) -> float:
    return float(row["updated_at"])


class _Refused(Exception):
    """The vendor's refusal of a question."""

    def __init__(self, code: str, message: str, status: int = 400, field: str | None = None):
        super().__init__(message)
        self.status = status
        error = {"code": code, "message": message} | ({"field": field} if field else {})
        self.body = {"type": "error.list", "request_id": REQUEST_ID, "errors": [error]}


@dataclass
class _Scroll:
    waiting: list[Json]
    used: float  # the clock at its last use


class IntercomSimulator(Simulator):
    """Serves the records as `https://api.intercom.io` would; times are epoch seconds.

    `zone` is the workspace's own: a search for contacts counts its days.
    """

    NAME = "intercom"
    PAGE = 150
    CLOCKS: ClassVar[Mapping[str, Callable[[Json], float]]] = {
        "conversations": _updated,
        "contacts": _updated,
    }

    def __init__(
        self,
        now: datetime,
        records: Mapping[str, Iterable[Json]] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        requests_per_minute: int | None = None,
    ) -> None:
        self.definitions: dict[str, dict[str, Json]] = {"companies": {}, "admins": {}}
        self.zone = ZoneInfo("Pacific/Auckland")
        self.scrolls: dict[str, _Scroll] = {}
        self._clock, self._began, self._reset = clock, clock(), 0
        super().__init__(now, records, clock=clock, requests_per_minute=requests_per_minute)

    def connection(self, url: str) -> Connection:
        return Connection("intercom", host=url, password=TOKEN)

    def identify(self, record: Json) -> str:
        return str(record["id"])

    def add(self, stream: str, record: Json) -> None:
        if stream in self.definitions:
            self.definitions[stream][self.identify(record)] = record
        else:
            super().add(stream, record)

    def made_up(self, stream: str, number: int, moment: datetime) -> Json:
        return MADE_UP[stream](number, int(moment.timestamp()))

    def routes(self) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.exception_handler(_Refused)
        async def refused(request: Request, error: _Refused) -> Response:
            return answer(error.body, error.status, self._headers())

        @app.post("/conversations/search")
        async def conversations(request: Request) -> Response:
            asked = await self._asked(request)
            keys = [key for key in self._visible("conversations") if _matches(asked, key[0], None)]
            rows, pages = self._page(asked, keys, "conversations")
            for row in rows:
                row.pop("conversation_parts", None)
            body = {"type": "conversation.list", "conversations": rows, **pages}
            return answer(body, headers=self._headers())

        @app.post("/contacts/search")
        async def contacts(request: Request) -> Response:
            asked = await self._asked(request)
            keys = [key for key in self._visible("contacts") if _matches(asked, key[0], self.zone)]
            rows, pages = self._page(asked, keys, "contacts")
            return answer({"type": "list", "data": rows, **pages}, headers=self._headers())

        @app.get("/conversations/{conversation_id}")
        async def conversation(request: Request, conversation_id: str) -> Response:
            self._let_in(request)
            key = self.shelves["conversations"].place(conversation_id)
            if key is None:
                raise _Refused("not_found", "Resource Not Found", 404)
            row = self.shelves["conversations"].read(key)
            shown = row.get("conversation_parts")
            if isinstance(shown, dict) and isinstance(shown.get("conversation_parts"), list):
                shown["conversation_parts"] = shown["conversation_parts"][-MOST_PARTS:]
            return answer(row, headers=self._headers())

        @app.get("/companies/scroll")
        async def scroll(request: Request, scroll_param: str | None = None) -> Response:
            self._let_in(request)
            return answer(self._scrolled(scroll_param), headers=self._headers())

        @app.post("/companies/list")
        async def companies(request: Request) -> Response:
            self._let_in(request)
            rows = list(self.definitions["companies"].values())
            pages = {"type": "pages", "next": None, "page": 1, "per_page": 15, "total_pages": 1}
            body = {"type": "list", "data": rows[:15], "pages": pages, "total_count": len(rows)}
            return answer(body, headers=self._headers())

        @app.get("/admins")
        async def admins(request: Request) -> Response:
            self._let_in(request)
            rows = list(self.definitions["admins"].values())
            return answer({"type": "admin.list", "admins": rows}, headers=self._headers())

        return app

    def _let_in(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            raise _Refused("unauthorized", "Access Token Invalid", 401)
        if request.headers.get("intercom-version") != VERSION:
            raise _Refused("intercom_version_invalid", "The requested version could not be found")
        if (wait := self.quota.refused_for()) is not None:
            self._reset = int(self.now.timestamp() + self._clock() - self._began) + wait
            raise _Refused("rate_limit_exceeded", "Exceeded rate limit", 429)
        self._reset = 0

    def _headers(self) -> dict[str, str]:
        """The vendor's rate headers: the moment of the reset, and no Retry-After."""
        if not self._reset:
            return {}
        return {
            "X-RateLimit-Limit": str(self.quota.per_minute),
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": str(self._reset),
        }

    async def _asked(self, request: Request) -> Json:
        """The search asked for, when Intercom would understand it."""
        self._let_in(request)
        try:
            asked: Json = msgspec.json.decode(await request.body())
            filters, pagination = asked["query"]["value"], asked.get("pagination", {})
            known = {"query", "pagination", "sort"}
        except (msgspec.MsgspecError, KeyError, TypeError):
            raise _Refused("bad_request", "bad 'query' parameter") from None
        if set(asked) - known or asked["query"].get("operator") != "AND" or len(filters) > 15:
            raise _Refused("parameter_invalid", "query is invalid")
        for one in filters:
            if one.get("field") != "updated_at" or not str(one.get("value")).isdigit():
                raise _Refused("invalid_field", f"{one.get('field')} is invalid", field="field")
            if one.get("operator") not in (">", "<"):
                raise _Refused("invalid_operator", f"{one.get('operator')} is not supported")
        if not 1 <= int(pagination.get("per_page", 20)) <= 150:
            raise _Refused("parameter_invalid", "per_page must be between 1 and 150")
        return asked

    def _visible(self, stream: str) -> list[Key]:
        return self.shelves[stream].from_clock(0.0, self.now.timestamp())

    def _page(self, asked: Json, keys: list[Key], stream: str) -> tuple[list[Json], Json]:
        """The rows behind the cursor, and the vendor's words about the rest."""
        pagination = asked.get("pagination", {})
        total = len(keys)
        size = min(int(pagination.get("per_page", 20)), self.page_size)
        ascending = asked.get("sort", {}).get("order") == "ascending"
        keys = sorted(keys, reverse=not ascending)
        number = 1
        if (cursor := pagination.get("starting_after")) is not None:
            place, number = _read_cursor(cursor)
            keys = [key for key in keys if (key > place if ascending else key < place)]
        page = [] if self.hides_this_answer() else keys[:size]
        pages: Json = {
            "type": "pages",
            "page": number,
            "per_page": size,
            "total_pages": -(-total // size),
        }
        if len(page) < len(keys):
            after = page[-1] if page else _read_cursor(cursor)[0] if cursor else (0.0, "")
            pages["next"] = {"per_page": size, "starting_after": _write_cursor(after, number + 1)}
        rows = [self.shelves[stream].read(key) for key in page]
        return rows, {"total_count": total, "pages": pages}

    def _scrolled(self, scroll_param: str | None) -> Json:
        now = self._clock()
        self.scrolls = {k: s for k, s in self.scrolls.items() if s.used + SCROLL_LIFE > now}
        if scroll_param is None:
            if self.scrolls:
                raise _Refused("scroll_exists", "scroll already exists for this workspace")
            self.answers += 1
            scroll_param = f"25b649f7-4d33-4ef6-88f5-{self.answers:012}"
            self.scrolls[scroll_param] = _Scroll(list(self.definitions["companies"].values()), now)
        elif scroll_param not in self.scrolls:
            raise _Refused("not_found", "scroll parameter not found", 404)
        scroll = self.scrolls[scroll_param]
        scroll.used = now
        rows, scroll.waiting = scroll.waiting[: self.page_size], scroll.waiting[self.page_size :]
        if not rows:  # the end: the scroll is closed
            del self.scrolls[scroll_param]
        return {
            "type": "list",
            "data": rows,
            "pages": None,
            "total_count": None,
            "scroll_param": scroll_param,
        }


def _matches(asked: Json, moment: float, zone: ZoneInfo | None) -> bool:
    """Whether a time is in the bounds asked for: to the second, or (in a zone) by whole days."""
    for one in asked["query"]["value"]:
        bound = float(one["value"])
        low, high = bound, bound
        if zone is not None:
            day = datetime.fromtimestamp(bound, UTC).astimezone(zone)
            midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
            low, high = (midnight + timedelta(days=1)).timestamp(), midnight.timestamp() - 1
        if one["operator"] == ">" and moment < low:
            return False
        if one["operator"] == "<" and moment > high:
            return False
    return True


def _write_cursor(key: Key, page: int) -> str:
    return base64.b64encode(msgspec.json.encode([key[0], key[1], page])).decode()


def _read_cursor(cursor: Any) -> tuple[Key, int]:
    try:
        moment, identity, page = msgspec.json.decode(base64.b64decode(cursor, validate=True))
    except (ValueError, TypeError, binascii.Error, msgspec.MsgspecError):
        raise _Refused("parameter_invalid", "starting_after is invalid") from None
    return (moment, identity), page


SIMULATOR = IntercomSimulator
