"""A HubSpot that behaves like the real one in what its CRM search, lists and batches do."""

from __future__ import annotations

import base64
import binascii
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeVar

import msgspec
from fastapi import FastAPI, Request, Response

from wellheard.connections import Connection
from wellheard.demo.simulators import hubspot_records as made
from wellheard.demo.simulators.shelf import Key
from wellheard.demo.simulators.vendor import Simulator, answer, epoch
from wellheard.demo.simulators.world import Json

T = TypeVar("T")

TOKEN = "demo-hubspot-token"
CEILING = 10_000  # hits a search shows at most
INDEXED_AFTER = 30.0  # seconds until the search knows of a change
MOST_IN_BATCH = 1000
COMMON = ("hs_object_id", "hs_createdate", "createdate", "hs_lastmodifieddate", "lastmodifieddate")
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "EQ": lambda have, want: have == want,
    "NEQ": lambda have, want: have != want,
    "LT": lambda have, want: have < want,
    "LTE": lambda have, want: have <= want,
    "GT": lambda have, want: have > want,
    "GTE": lambda have, want: have >= want,
}


def _clock(name: str) -> Callable[[Json], float]:
    return lambda record: _number(record["properties"][name])


class HubspotSimulator(Simulator):
    """Serves records as `https://api.hubapi.com` would.

    An object with `archived: true` is a deleted one: no search finds it, the archived list does.
    `properties` are definitions; those whose group begins with "company" are companies'.
    `ticket_contacts` are the associations of tickets. `daily_limit` is how many calls the account
    has left today, `searches_per_second` the search's own limit (HubSpot's is 5); None for any.
    """

    NAME = "hubspot"
    PAGE = 200
    CLOCKS: ClassVar[Mapping[str, Callable[[Json], float]]] = {
        "feedback_submissions": _clock("hs_lastmodifieddate"),
        "tickets": _clock("hs_lastmodifieddate"),
        "companies": _clock("hs_lastmodifieddate"),
        "contacts": _clock("lastmodifieddate"),
    }

    def __init__(
        self,
        now: datetime,
        records: Mapping[str, Iterable[Json]] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        requests_per_minute: int | None = None,
    ) -> None:
        self.archived: dict[str, dict[str, Json]] = {stream: {} for stream in self.CLOCKS}
        self.definitions: dict[str, Json] = {}
        self.links: dict[str, Json] = {}
        self.daily_limit: int | None = None
        self.searches_per_second: int | None = None
        self.ceiling = CEILING
        self._clock, self._searched = clock, deque[float]()
        super().__init__(now, records, clock=clock, requests_per_minute=requests_per_minute)

    def connection(self, url: str) -> Connection:
        return Connection("hubspot", host=url, password=TOKEN)

    def identify(self, record: Json) -> Any:
        # Ids are numbers to the search's sort; a record may be broken on purpose.
        return int(record["id"]) if str(record["id"]).isdigit() else record["id"]

    def landed_id(self, stream: str, record: Json) -> str:
        match stream:
            case "ticket_contacts":
                return str(record["from"]["id"])
            case "properties":
                return f"{_owner(record)}/{record['name']}"
            case _:
                return str(record["id"])

    def add(self, stream: str, record: Json) -> None:
        match stream:
            case "properties":
                self.definitions[self.landed_id(stream, record)] = record
            case "ticket_contacts":
                self.links[self.landed_id(stream, record)] = record
            case _ if record.get("archived"):
                self._take_off(stream, record["id"])
                self.archived[stream][str(record["id"])] = record
            case _:
                self.archived[stream].pop(str(record["id"]), None)
                super().add(stream, record)

    def remove(self, stream: str, number: int) -> None:
        """Archive the record, as its deletion does; it can be listed for 90 days."""
        gone = self.made_up(stream, number, self.now)
        gone |= {"archived": True, "archivedAt": made.stamp_ms(self.now)}
        self.add(stream, gone)

    def made_up(self, stream: str, number: int, moment: datetime) -> Json:
        return made.made_up(stream, number, moment, self._clock_name(stream))

    def _clock_name(self, stream: str) -> str:
        return "lastmodifieddate" if stream == "contacts" else "hs_lastmodifieddate"

    def routes(self) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.post("/crm/v3/objects/{kind}/search")
        async def search(request: Request, kind: str) -> Response:
            refusal = self._refused(request, kind) or self._too_fast()
            return refusal or self._search(kind, await request.body())

        @app.get("/crm/v3/objects/{kind}")
        async def list_objects(request: Request, kind: str) -> Response:
            return self._refused(request, kind) or self._list(kind, request.query_params)

        @app.get("/crm/v3/properties/{kind}")
        async def properties(request: Request, kind: str) -> Response:
            if refusal := self._refused(request, kind):
                return refusal
            found = [row for row in self.definitions.values() if _owner(row) == kind]
            return answer({"results": found})

        @app.post("/crm/v4/associations/tickets/contacts/batch/read")
        async def associations(request: Request) -> Response:
            return self._refused(request, "tickets") or self._batch(await request.body())

        return app

    def _refused(self, request: Request, kind: str) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(
                401,
                "Authentication credentials not found. This API supports OAuth 2.0 authentication "
                "and you can find more details at https://developers.hubspot.com/docs",
                category="INVALID_AUTHENTICATION",
            )
        if self.daily_limit is not None and self.daily_limit <= 0:
            return self._limited("You have reached your daily limit.", "DAILY")
        if self.quota.refused_for() is not None:
            return self._limited(
                "You have reached your ten_secondly_rolling limit.", "TEN_SECONDLY_ROLLING"
            )
        if self.daily_limit is not None:
            self.daily_limit -= 1
        if kind not in self.CLOCKS:
            return _error(400, f"Unable to infer object type from: {kind}")
        return None

    def _too_fast(self) -> Response | None:
        now = self._clock()
        while self._searched and self._searched[0] <= now - 1:
            self._searched.popleft()
        self._searched.append(now)
        if self.searches_per_second and len(self._searched) > self.searches_per_second:
            return self._limited("You have reached your secondly limit.", "SECONDLY")
        return None

    def _limited(self, message: str, policy: str) -> Response:
        """429 without Retry-After; the headers say what is left, not when there is more."""
        left = {"X-HubSpot-RateLimit-Interval-Milliseconds": "10000"}
        if self.daily_limit is not None:
            left["X-HubSpot-RateLimit-Daily"] = "250000"
            left["X-HubSpot-RateLimit-Daily-Remaining"] = str(self.daily_limit)
        body = {"errorType": "RATE_LIMIT", "policyName": policy}
        return _error(429, message, headers=left, **body)

    def _search(self, kind: str, body: bytes) -> Response:
        try:
            question = msgspec.json.decode(body)
            limit, offset = int(question.get("limit", 10)), int(question.get("after", 0))
        except (msgspec.MsgspecError, ValueError, AttributeError):
            return _error(400, "Invalid input JSON")
        groups, sorts = question.get("filterGroups", []), question.get("sorts", [])
        if not 1 <= limit <= self.PAGE:
            return _error(400, f"Page size must be between 1 and {self.PAGE}")
        if len(sorts) > 1:
            return _error(400, "There can be at most one sort")
        if len(groups) > 5 or any(len(group["filters"]) > 6 for group in groups):
            return _error(400, "There can be at most 5 filter groups of 6 filters each")
        if offset + limit > self.ceiling:
            return _error(400, f"Cannot page beyond {self.ceiling} results; narrow the search")
        filters = [row for group in groups for row in group["filters"]]
        if bad := [row for row in filters if row.get("operator") not in OPERATORS]:
            return _error(400, f"Invalid filter operator: {bad[0].get('operator')}")
        try:
            rows = self._found(kind, groups, sorts)
        except (KeyError, ValueError) as error:
            return _error(400, f"There was a problem with the request: {error}")
        page = self._page(rows[offset:], limit)
        shown = _shown([self.shelves[kind].read(key) for key in page], question.get("properties"))
        found: Json = {"total": len(rows), "results": shown}
        if offset + len(page) < len(rows):
            following = str(offset + len(page))
            found["paging"] = {"next": {"after": following, "link": f"?after={following}"}}
        return answer(found)

    def _found(self, kind: str, groups: Sequence[Json], sorts: Sequence[Json]) -> list[Key]:
        """The keys of what a search finds, in its order; by the clock unless it says otherwise."""
        shelf, clock = self.shelves[kind], self._clock_name(kind)
        keys = shelf.from_clock(float("-inf"), self.now.timestamp() - INDEXED_AFTER)

        def value(key: Key, name: str) -> float:
            if name == clock:
                return key[0]
            return float(key[1]) if name == "hs_object_id" else _value(shelf.read(key), name)

        if groups:
            keys = [
                key
                for key in keys
                if any(
                    all(
                        OPERATORS[f["operator"]](value(key, f["propertyName"]), _number(f["value"]))
                        for f in group["filters"]
                    )
                    for group in groups
                )
            ]
        for sort in sorts:
            down = sort.get("direction") == "DESCENDING"
            keys.sort(key=lambda key: value(key, sort["propertyName"]), reverse=down)
        return keys

    def _list(self, kind: str, query: Mapping[str, str]) -> Response:
        try:
            limit = int(query.get("limit", "10"))
            last = int(base64.b64decode(query.get("after", "")).decode() or 0)
        except (ValueError, binascii.Error):
            return _error(400, "The paging cursor or the limit is invalid")
        if not 1 <= limit <= 100:
            return _error(400, "limit must be between 1 and 100")
        if query.get("archived", "false") == "true":
            rows = list(self.archived[kind].values())
        else:
            shelf = self.shelves[kind]
            keys = shelf.from_clock(float("-inf"), self.now.timestamp())
            rows = msgspec.json.decode(b"[" + shelf.written(keys) + b"]")
        rows = sorted((row for row in rows if int(row["id"]) > last), key=lambda r: int(r["id"]))
        page = self._page(rows, limit)
        wanted = [name for name in query.get("properties", "").split(",") if name]
        body: Json = {"results": _shown(page, wanted)}
        if len(page) < len(rows):
            reached = page[-1]["id"] if page else last
            after = base64.b64encode(str(reached).encode()).decode()
            body["paging"] = {"next": {"after": after, "link": f"?after={after}"}}
        return answer(body)

    def _page(self, rows: list[T], limit: int) -> list[T]:
        return [] if self.hides_this_answer() and rows else rows[: min(limit, self.page_size)]

    def _batch(self, body: bytes) -> Response:
        try:
            asked = [str(row["id"]) for row in msgspec.json.decode(body)["inputs"]]
        except (msgspec.MsgspecError, KeyError, TypeError):
            return _error(400, "Invalid input JSON")
        if len(asked) > MOST_IN_BATCH:
            return _error(400, f"The maximum batch size is {MOST_IN_BATCH}")
        linked = [self.links[ticket] for ticket in asked if ticket in self.links]
        found: Json = {"status": "COMPLETE", "results": linked}
        problems = [
            {
                "status": "error",
                "category": "OBJECT_NOT_FOUND",
                "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
                "message": f"No contact is associated with ticket {ticket}.",
                "context": {"fromObjectId": [ticket], "toObjectType": ["contact"]},
            }
            for ticket in asked
            if ticket not in self.links
        ]
        if problems:
            found |= {"numErrors": len(problems), "errors": problems}
        return answer(found, 207 if problems else 200)

    def _take_off(self, stream: str, identity: object) -> None:
        key = int(str(identity)) if str(identity).isdigit() else identity
        if self.shelves[stream].place(key) is not None:
            self.shelves[stream].remove(key)


def _shown(rows: Sequence[Json], wanted: Sequence[str] | None) -> list[Json]:
    """The rows with the properties asked for, and those HubSpot always sends."""
    keep = {*(wanted or ()), *COMMON}
    return [
        row | {"properties": {k: v for k, v in row["properties"].items() if k in keep}}
        if isinstance(row.get("properties"), dict)
        else row
        for row in rows
    ]


def _value(row: Json, name: str) -> float:
    if name not in row["properties"]:
        raise ValueError(f"Property {name!r} does not exist")
    return _number(row["properties"][name])


def _number(value: object) -> float:
    """A number, or a time in epoch seconds: milliseconds and ISO times are both understood."""
    text = str(value)
    if text.lstrip("-").isdigit():
        number = int(text)
        return number / 1000 if abs(number) >= 10**11 else float(number)
    return epoch(text)


def _owner(record: Json) -> str:
    return "companies" if str(record.get("groupName", "")).startswith("company") else "contacts"


def _error(
    status: int,
    message: str,
    *,
    category: str = "VALIDATION_ERROR",
    headers: Mapping[str, str] | None = None,
    **more: str,
) -> Response:
    body = {"status": "error", "message": message, "correlationId": "0d4f1f0e-made-up", **more}
    if status != 429:
        body["category"] = category
    return answer(body, status, headers)


SIMULATOR = HubspotSimulator
