"""A Freshdesk that behaves like the real one in what its listings do."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec
from fastapi import FastAPI, Request, Response

from wellheard.connections import Connection
from wellheard.demo.simulators.vendor import Simulator, answer, epoch, stamp
from wellheard.demo.simulators.world import Json

KEY = "demo-freshdesk-key"
MOST_PAGES = 300  # of tickets
A_MONTH = timedelta(days=30)  # what a listing of tickets goes back without `updated_since`
WRONG = "It should be a/an "
ALLOWED = {
    "tickets": {"filter", "requester_id", "company_id", "updated_since", "order_by", "order_type",
                "include"},
    "conversations": set(),
    "satisfaction_ratings": {"created_since", "user_id"},
    "surveys": {"state"},
    "contacts": {"_updated_since", "email", "company_id", "state"},
    "companies": set(),
}  # fmt: skip


def _updated(row: Json) -> float:
    return epoch(row["updated_at"])


def _created(row: Json) -> float:
    return epoch(row["created_at"])


class FreshdeskSimulator(Simulator):
    """Serves the records as `https://<company>.freshdesk.com` would.

    `most_pages` is how far a listing of tickets goes (tests make it less). `strictly_after` leaves
    the second `updated_since` names out of that listing: the documentation does not say whether it
    belongs to it.
    """

    NAME = "freshdesk"
    PAGE = 100
    CLOCKS: ClassVar[Mapping[str, Callable[[Json], float]]] = {
        "tickets": _updated,
        "conversations": _updated,
        "satisfaction_ratings": _created,
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
        self.definitions: dict[str, dict[int, Json]] = {"surveys": {}, "companies": {}}
        self.most_pages = MOST_PAGES
        self.strictly_after = False
        super().__init__(now, records, clock=clock, requests_per_minute=requests_per_minute)
        self._accepted = "Basic " + base64.b64encode(f"{KEY}:X".encode()).decode()

    def connection(self, url: str) -> Connection:
        return Connection("freshdesk", host=url, password=KEY)

    def identify(self, record: Json) -> int:
        return int(record["id"])

    def add(self, stream: str, record: Json) -> None:
        if stream in self.definitions:
            self.definitions[stream][self.identify(record)] = record
        else:
            super().add(stream, record)

    def put(self, stream: str, number: int, moment: datetime) -> str:
        """What is said in a ticket changes the ticket."""
        if stream == "conversations":
            self.add("tickets", self.made_up("tickets", number, moment))
        return super().put(stream, number, moment)

    def remove(self, stream: str, number: int) -> None:
        """A deleted ticket moves to the listing of the deleted; everything else is gone."""
        if stream != "tickets":
            super().remove(stream, number)
            return
        self.add(stream, self.made_up(stream, number, self.now) | {"deleted": True})

    def made_up(self, stream: str, number: int, moment: datetime) -> Json:
        return _MADE_UP[stream](number, stamp(moment))

    def routes(self) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.get("/api/v2/tickets")
        async def tickets(request: Request) -> Response:
            return self._refused(request, "tickets") or self._tickets(request)

        @app.get("/api/v2/tickets/{ticket_id}/conversations")
        async def conversations(request: Request, ticket_id: int) -> Response:
            if refusal := self._refused(request, "conversations"):
                return refusal
            ticket = self._find("tickets", ticket_id)
            if ticket is None or ticket.get("deleted"):
                return Response(status_code=404)  # as Freshdesk does, without a body
            rows = self._by_id("conversations", "", lambda row: row["ticket_id"] == ticket_id)
            return self._page(request, sorted(rows, key=_created))

        @app.get("/api/v2/surveys/satisfaction_ratings")
        async def ratings(request: Request) -> Response:
            stream, since = "satisfaction_ratings", request.query_params.get("created_since", "")
            refusal = self._refused(request, stream) or _bad_moment("created_since", since)
            return refusal or self._page(request, self._by_id(stream, since))

        @app.get("/api/v2/contacts")
        async def contacts(request: Request) -> Response:
            since = request.query_params.get("_updated_since", "")
            refusal = self._refused(request, "contacts") or _bad_moment("_updated_since", since)
            return refusal or self._page(request, self._by_id("contacts", since))

        @app.get("/api/v2/{stream}")
        async def definitions(request: Request, stream: str) -> Response:
            if stream not in self.definitions:
                return Response(status_code=404)
            rows = list(self.definitions[stream].values())
            return self._refused(request, stream) or self._page(request, rows)

        return app

    def _refused(self, request: Request, stream: str) -> Response | None:
        if request.headers.get("authorization") != self._accepted:
            message = "You have to be logged in to perform this action."
            return answer({"code": "invalid_credentials", "message": message}, 401)
        if (wait := self.quota.refused_for()) is not None:
            message = "You have exceeded the limit of requests per minute"
            return answer({"message": message}, 429, {"Retry-After": str(wait)})
        for name, value in request.query_params.items():
            if name not in ALLOWED[stream] | {"page", "per_page"}:
                return _invalid(name, "Unexpected/invalid field in request", "invalid_field")
            if name in ("page", "per_page") and not (value.isdigit() and int(value) > 0):
                return _invalid(name, f"{WRONG}Positive Integer", "datatype_mismatch")
        if int(request.query_params.get("per_page", 30)) > 100:
            return _invalid("per_page", f"{WRONG}Positive Integer less than or equal to 100")
        return None

    def _tickets(self, request: Request) -> Response:
        asked = request.query_params
        since = asked.get("updated_since", "")
        listing, include = asked.get("filter", ""), asked.get("include", "")
        if refusal := _bad_moment("updated_since", since):
            return refusal
        for name, allowed in {
            "order_by": ("created_at", "due_by", "updated_at", "status"),
            "order_type": ("asc", "desc"),
            "filter": ("new_and_my_open", "watching", "spam", "deleted"),
        }.items():
            if name in asked and asked[name] not in allowed:
                return _invalid(name, f"It should be one of these values: '{','.join(allowed)}'")
        if int(asked.get("page", 1)) > self.most_pages:
            words = f"You cannot access tickets beyond the {self.most_pages}th page"
            return _invalid("page", f"{words}. Please provide a smaller page number.")
        first = epoch(since) if since else (self.now - A_MONTH).timestamp()
        first += 1 if since and self.strictly_after else 0
        rows = [
            row
            for row in self._from("tickets", first)
            if (since or _created(row) >= first) and _listed_in(row) == listing
        ]
        by = _updated if asked.get("order_by") == "updated_at" else _created
        rows.sort(key=by, reverse=asked.get("order_type") != "asc")
        if "stats" not in include.split(","):
            rows = [{k: v for k, v in row.items() if k != "stats"} for row in rows]
        return self._page(request, rows, credits=3 if include else 1)

    def _page(self, request: Request, rows: list[Json], credits: int = 1) -> Response:
        """One page; only while there is another does the Link header name it."""
        page = int(request.query_params.get("page", 1))
        size = min(int(request.query_params.get("per_page", 30)), self.page_size)
        hidden = self.hides_this_answer()
        shown = [] if hidden else rows[(page - 1) * size : page * size]
        headers = {"X-RateLimit-Used-CurrentRequest": str(credits)}
        if self.quota.per_minute is not None:
            headers["X-RateLimit-Total"] = str(self.quota.per_minute)
        if hidden or page * size < len(rows):
            following = request.url.include_query_params(page=page + 1)
            headers["Link"] = f'<{following}>; rel="next"'
        return answer(msgspec.json.encode(shown), headers=headers)

    def _from(self, stream: str, since: float) -> list[Json]:
        shelf = self.shelves[stream]
        return [shelf.read(key) for key in shelf.from_clock(since, self.now.timestamp())]

    def _by_id(
        self, stream: str, since: str, of: Callable[[Json], bool] = lambda row: True
    ) -> list[Json]:
        rows = self._from(stream, epoch(since) if since else 0.0)
        return sorted(filter(of, rows), key=self.identify)

    def _find(self, stream: str, identity: int) -> Json | None:
        place = self.shelves[stream].place(identity)
        return None if place is None else self.shelves[stream].read(place)


def _listed_in(ticket: Json) -> str:
    return "deleted" if ticket.get("deleted") else "spam" if ticket.get("spam") else ""


def _bad_moment(name: str, text: str) -> Response | None:
    try:
        datetime.fromisoformat(text or "2026-01-01T00:00:00Z")
    except ValueError:
        return _invalid(name, f"{WRONG}valid date in the ISO8601 format", "invalid_date")
    return None


def _invalid(field: str, message: str, code: str = "invalid_value") -> Response:
    problem = {"field": field, "message": message, "code": code}
    return answer({"description": "Validation failed", "errors": [problem]}, 400)


def _ticket(number: int, moment: str) -> Json:
    never = ("agent_responded_at", "requester_responded_at", "first_responded_at", "reopened_at",
             "resolved_at", "closed_at", "pending_since")  # fmt: skip
    return {
        "id": number,
        "subject": f"Größe – 電話 {number}",
        "status": 2,
        "priority": 1 + number % 4,
        "source": 2,
        "requester_id": 5000 + number,
        "responder_id": None,
        "company_id": None,
        "type": "Question",
        "tags": [],
        "spam": False,
        "custom_fields": {},
        "fr_due_by": moment,
        "due_by": moment,
        "created_at": moment,
        "updated_at": moment,
        "stats": {**dict.fromkeys(never), "status_updated_at": moment},
    }


def _conversation(number: int, moment: str) -> Json:
    return {
        "id": 900_000 + number,
        "ticket_id": number,
        "user_id": 7001,
        "body_text": f"Wir schauen nach. {number}",
        "incoming": False,
        "private": False,
        "source": 0,
        "created_at": moment,
        "updated_at": moment,
    }


def _rating(number: int, moment: str) -> Json:
    return {
        "id": number,
        "survey_id": 1,
        "user_id": 5000 + number,
        "agent_id": 7001,
        "group_id": None,
        "ticket_id": number,
        "feedback": None,
        "ratings": {"default_question": (103, 100, -103)[number % 3]},
        "created_at": moment,
        "updated_at": moment,
    }


def _survey(number: int, moment: str) -> Json:
    question = {
        "id": "default_question",
        "label": "How would you rate our help?",
        "accepted_ratings": [103, 100, -103],
        "default": True,
    }
    return {
        "id": number,
        "title": f"Survey {number}",
        "active": True,
        "questions": [question],
        "created_at": moment,
        "updated_at": moment,
    }


def _contact(number: int, moment: str) -> Json:
    return {
        "id": 5000 + number,
        "active": True,
        "name": f"Contact {number}",
        "email": f"contact{number}@example.com",
        "unique_external_id": f"C{number:05}",
        "company_id": None,
        "language": "en",
        "custom_fields": {},
        "tags": [],
        "created_at": moment,
        "updated_at": moment,
    }


def _company(number: int, moment: str) -> Json:
    return {
        "id": number,
        "name": f"Company {number}",
        "domains": [],
        "custom_fields": {"monthly_revenue": 100 * number},
        "created_at": moment,
        "updated_at": moment,
    }


_MADE_UP: Mapping[str, Callable[[int, str], Json]] = {
    "tickets": _ticket,
    "conversations": _conversation,
    "satisfaction_ratings": _rating,
    "surveys": _survey,
    "contacts": _contact,
    "companies": _company,
}

SIMULATOR = FreshdeskSimulator
