"""A Typeform that behaves like the real one in what its forms and responses calls do."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from wellheard.demo.simulators.faults import FaultSwitch, Quota
from wellheard.demo.simulators.shelf import Key, Shelf
from wellheard.demo.simulators.world import World

TOKEN = "demo-typeform-token"
DELAY = 1800  # seconds until a response can be read
KINDS = ("completed", "partial", "started")


@dataclass
class Oddities:
    """What the real API does now and then; none of it happens by default."""

    page_size: int = 1000  # smaller pages than asked for
    total_before_token: bool = True  # `total_items` counts what is left, else all that match
    empty_answers: set[int] = field(default_factory=set)  # these answers (from 1) hold no items


class TypeformSimulator:
    """Serves `world` as `https://api.typeform.com` would; `app` is the ASGI application.

    A response with `submitted_at` is completed, one with answers alone partial, any other started.
    They are found by `submitted_at`, `staged_at` (`landed_at` where absent) and `landed_at`.
    """

    def __init__(
        self,
        world: World,
        *,
        token: str = TOKEN,
        requests_per_minute: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.now = world.now
        self.oddities = Oddities()
        self.forms = {form["id"]: form for form in world.forms}
        self.responses: dict[tuple[str, str], Shelf] = {}
        for form_id in self.forms:
            items = world.responses.get(form_id, [])
            for kind in KINDS:
                rows = [item for item in items if _kind(item) == kind]
                self.responses[form_id, kind] = Shelf(rows, identify=_token, clock=_clock)
        self.quota = Quota(requests_per_minute, clock)
        self._answers = 0
        self._accepted = f"Bearer {token}"
        self.app = FaultSwitch(self._routes())

    def put(self, form_id: str, item: dict[str, Any]) -> None:
        """A response comes in, or goes on to its next state."""
        for kind in KINDS:
            shelf = self.responses[form_id, kind]
            if kind == _kind(item):
                shelf.put(item)
            elif shelf.place(item["token"]) is not None:
                shelf.remove(item["token"])

    def _routes(self) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.exception_handler(RequestValidationError)
        async def invalid(request: Request, error: RequestValidationError) -> Response:
            return _invalid("; ".join(f"{e['loc'][-1]}: {e['msg']}" for e in error.errors()))

        @app.get("/forms")
        async def forms(
            request: Request,
            page: Annotated[int, Query(ge=1)] = 1,
            page_size: Annotated[int, Query(ge=1, le=200)] = 10,
        ) -> Response:
            return self._refused(request) or self._form_list(page, page_size)

        @app.get("/forms/{form_id}")
        async def form(request: Request, form_id: str) -> Response:
            return self._refused(request, form_id) or _json(self.forms[form_id])

        @app.get("/forms/{form_id}/responses")
        async def responses(
            request: Request,
            form_id: str,
            page_size: Annotated[int, Query(ge=1, le=1000)] = 25,
            since: str | None = None,
            until: str | None = None,
            before: str | None = None,
            after: str | None = None,
            sort: str | None = None,
            response_type: str = "completed",
        ) -> Response:
            if refusal := self._refused(request, form_id):
                return refusal
            if (before or after) and sort:
                return _invalid("before and after cannot be combined with sort")
            try:
                low, high = _moment(since, -math.inf), _moment(until, math.inf)
            except ValueError:
                return _invalid("since and until take seconds or ISO 8601 times")
            kinds = response_type.split(",")
            if set(kinds) - set(KINDS):
                return _invalid("response_type takes completed, partial and started")
            high = min(high, self.now.timestamp() - DELAY)
            found = [
                (key, kind)
                for kind in kinds
                for key in self.responses[form_id, kind].from_clock(low, high)
            ]
            found.sort(reverse=sort != "submitted_at,asc")
            if sort not in (None, "submitted_at,asc", "submitted_at,desc"):
                return _invalid("sort takes submitted_at,asc or submitted_at,desc")
            return self._page(form_id, found, before, after, page_size)

        return app

    def _page(
        self,
        form_id: str,
        found: list[tuple[Key, str]],
        before: str | None,
        after: str | None,
        page_size: int,
    ) -> Response:
        all_matching = len(found)
        for token, keep_lower in ((before, True), (after, False)):
            if token is not None:
                place = self._place(form_id, token)
                if place is None:
                    return _invalid("no response with that token")
                found = [row for row in found if row[0] != place and (row[0] < place) == keep_lower]
        self._answers += 1
        empty = self._answers in self.oddities.empty_answers
        page = [] if empty else found[: min(page_size, self.oddities.page_size)]
        total = len(found) if self.oddities.total_before_token else all_matching
        items = b",".join(self.responses[form_id, kind].written([key]) for key, kind in page)
        body = b'{"total_items":%d,"page_count":%d,"items":[%s]}' % (
            total,
            math.ceil(total / page_size),
            items,
        )
        return Response(body, media_type="application/json; charset=utf-8")

    def _place(self, form_id: str, token: str) -> Key | None:
        places = (self.responses[form_id, kind].place(token) for kind in KINDS)
        return next((place for place in places if place is not None), None)

    def _form_list(self, page: int, page_size: int) -> Response:
        forms = list(self.forms.values())[(page - 1) * page_size : page * page_size]
        items = [
            {key: form[key] for key in ("id", "title", "last_updated_at") if key in form}
            for form in forms
        ]
        total = len(self.forms)
        pages = math.ceil(total / page_size)
        return _json({"total_items": total, "page_count": pages, "items": items})

    def _refused(self, request: Request, form_id: str | None = None) -> Response | None:
        given = request.headers.get("authorization")
        if given != self._accepted:
            code, status = ("AUTHENTICATION_FAILED", 403) if given else ("UNAUTHORIZED", 401)
            return _json(
                {"code": code, "description": "Authentication credentials not accepted"}, status
            )
        if self.quota.refused_for() is not None:
            # Without Retry-After: Typeform does not say how long to wait.
            return _json({"code": "TOO_MANY_REQUESTS", "description": "Request limit reached"}, 429)
        if form_id is not None and form_id not in self.forms:
            return _json(
                {"code": "FORM_NOT_FOUND", "description": f"Non existing form with uid {form_id}"},
                404,
            )
        return None


def _kind(item: dict[str, Any]) -> str:
    if item.get("submitted_at"):
        return "completed"
    return "partial" if item.get("answers") else "started"


def _token(item: dict[str, Any]) -> Any:
    return item["token"]


def _clock(item: dict[str, Any]) -> float:
    moment = item.get("submitted_at") or item.get("staged_at") or item["landed_at"]
    return datetime.fromisoformat(moment).timestamp()


def _moment(text: str | None, default: float) -> float:
    if text is None:
        return default
    if text.isdigit():
        return float(text)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json; charset=utf-8")


def _invalid(description: str) -> Response:
    return _json({"code": "VALIDATION_ERROR", "description": description}, 400)
