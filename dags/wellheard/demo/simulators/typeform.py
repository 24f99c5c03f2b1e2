"""A Typeform that behaves like the real one in what its forms and responses calls do."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from wellheard.connections import Connection
from wellheard.demo.simulators.shelf import Key
from wellheard.demo.simulators.vendor import Simulator, answer, epoch, stamp
from wellheard.demo.simulators.world import Json

TOKEN = "demo-typeform-token"
DELAY = 1800  # seconds until a response can be read
KINDS = ("completed", "partial", "started")
SORTS = (None, "submitted_at,asc", "submitted_at,desc")
NEVER = "0001-01-01T00:00:00Z"  # how older accounts show that something has not happened


@dataclass
class Oddities:
    """What the real API does now and then; none of it happens by default."""

    total_before_token: bool = True  # `total_items` counts what is left, else all that match


def _kind(item: Json) -> str:
    if (item.get("submitted_at") or NEVER) > NEVER:
        return "completed"
    return "partial" if item.get("answers") else "started"


def _clock(item: Json) -> float:
    """What Typeform finds a response by: its submission, its last saved step, or its beginning."""
    for name in ("submitted_at", "staged_at"):
        if (item.get(name) or NEVER) > NEVER:
            return epoch(item[name])
    return epoch(item["landed_at"])


class TypeformSimulator(Simulator):
    """Serves the records as `https://api.typeform.com` would.

    A response is taken with the id of its form under `form_id`, which Typeform itself does not
    send. One with a submission is completed, one with answers alone partial, any other started.
    """

    NAME = "typeform"
    PAGE = 1000
    CLOCKS: ClassVar[Mapping[str, Callable[[Json], float]]] = {"responses": _clock}

    def __init__(
        self,
        now: datetime,
        records: Mapping[str, Iterable[Json]] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        requests_per_minute: int | None = None,
    ) -> None:
        self.oddities = Oddities()
        self.forms: dict[str, Json] = {}
        self._place: dict[str, tuple[str, str]] = {}  # token -> form, kind
        super().__init__(now, records, clock=clock, requests_per_minute=requests_per_minute)

    def connection(self, url: str) -> Connection:
        return Connection("typeform", host=url, password=TOKEN)

    def identify(self, record: Json) -> str:
        return str(record["token"])

    def landed_id(self, stream: str, record: Json) -> str:
        if stream == "forms":
            return str(record["id"])
        form = record.get("form_id") or self._place[self.identify(record)][0]
        return f"{form}/{record.get('response_id') or record['token']}"

    def add(self, stream: str, record: Json) -> None:
        if stream == "forms":
            self.forms[record["id"]] = record
            return
        item = {key: value for key, value in record.items() if key != "form_id"}
        form = record["form_id"]
        self.forms.setdefault(form, _made_up_form(form))
        self._place[self.identify(item)] = (form, _kind(item))
        super().add(stream, item)

    def remove(self, stream: str, number: int) -> None:
        if stream == "forms":
            del self.forms[self.made_up(stream, number, self.now)["id"]]
        else:
            super().remove(stream, number)

    def made_up(self, stream: str, number: int, moment: datetime) -> Json:
        """The responses lie in two forms, odd and even ones."""
        form = f"MadeUp{2 - number % 2}" if stream == "responses" else f"MadeUp{number}"
        return (
            _made_up_response(form, number, moment)
            if stream == "responses"
            else _made_up_form(form, moment)
        )

    def routes(self) -> FastAPI:
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
            return self._refused(request, form_id) or answer(self.forms[form_id])

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
            if sort not in SORTS:
                return _invalid("sort takes submitted_at,asc or submitted_at,desc")
            wanted = {(form_id, kind) for kind in kinds}
            high = min(high, self.now.timestamp() - DELAY)
            found = [
                key
                for key in self.shelves["responses"].from_clock(low, high)
                if self._place[key[1]] in wanted
            ]
            if sort != "submitted_at,asc":
                found.reverse()
            return self._page(form_id, found, before, after, page_size)

        return app

    def _page(
        self,
        form_id: str,
        found: list[Key],
        before: str | None,
        after: str | None,
        page_size: int,
    ) -> Response:
        shelf, all_matching = self.shelves["responses"], len(found)
        for token, keep_lower in ((before, True), (after, False)):
            if token is not None:
                place = shelf.place(token)
                if place is None or self._place[token][0] != form_id:
                    return _invalid("no response with that token")
                found = [key for key in found if key != place and (key < place) == keep_lower]
        page = [] if self.hides_this_answer() else found[: min(page_size, self.page_size)]
        total = len(found) if self.oddities.total_before_token else all_matching
        pages = math.ceil(total / page_size)
        items = shelf.written(page)
        return answer(b'{"total_items":%d,"page_count":%d,"items":[%s]}' % (total, pages, items))

    def _form_list(self, page: int, page_size: int) -> Response:
        forms = list(self.forms.values())[(page - 1) * page_size : page * page_size]
        items = [
            {key: form[key] for key in ("id", "title", "last_updated_at") if key in form}
            for form in forms
        ]
        total = len(self.forms)
        pages = math.ceil(total / page_size)
        return answer({"total_items": total, "page_count": pages, "items": items})

    def _refused(self, request: Request, form_id: str | None = None) -> Response | None:
        given = request.headers.get("authorization")
        if given != f"Bearer {TOKEN}":
            code, status = ("AUTHENTICATION_FAILED", 403) if given else ("UNAUTHORIZED", 401)
            return answer(
                {"code": code, "description": "Authentication credentials not accepted"}, status
            )
        if self.quota.refused_for() is not None:
            # Without Retry-After: Typeform does not say how long to wait.
            said = "Request limit reached"
            return answer({"code": "TOO_MANY_REQUESTS", "description": said}, 429)
        if form_id is not None and form_id not in self.forms:
            said = f"Non existing form with uid {form_id}"
            return answer({"code": "FORM_NOT_FOUND", "description": said}, 404)
        return None


def _made_up_form(form: str, moment: datetime | None = None) -> Json:
    return {
        "id": form,
        "type": "quiz",
        "title": f"Form {form}",
        "created_at": "2025-08-18T09:00:00Z",
        "last_updated_at": stamp(moment) if moment else "2025-08-18T09:00:00Z",
        "settings": {"language": "en", "is_public": True},
        "hidden": ["customer_id"],
        "fields": [
            {
                "id": "f1",
                "ref": "nps",
                "title": "How likely are you to recommend us?",
                "type": "nps",
                "properties": {"steps": 11, "start_at_one": False},
                "validations": {"required": True},
            }
        ],
        "_links": {"display": f"https://typeform.example/to/{form}"},
    }


def _made_up_response(form: str, number: int, moment: datetime) -> Json:
    field = {"id": "f1", "type": "nps", "ref": "nps"}
    return {
        "form_id": form,
        "landing_id": f"r{number}",
        "token": f"r{number}",
        "response_id": f"r{number}",
        "response_type": "completed",
        "landed_at": stamp(moment - timedelta(minutes=3)),
        "submitted_at": stamp(moment),
        "metadata": {
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/143.0",
            "platform": "other",
            "referer": f"https://typeform.example/to/{form}",
            "network_id": f"{number:010x}",
            "browser": "firefox",
        },
        "hidden": {"customer_id": f"C{number}"},
        "calculated": {"score": 0},
        "variables": [{"key": "score", "type": "number", "number": 0}],
        "answers": [{"field": field, "type": "number", "number": number % 11}],
    }


def _moment(text: str | None, default: float) -> float:
    if text is None:
        return default
    return float(text) if text.isdigit() else epoch(text)


def _invalid(description: str) -> Response:
    return answer({"code": "VALIDATION_ERROR", "description": description}, 400)


SIMULATOR = TypeformSimulator
