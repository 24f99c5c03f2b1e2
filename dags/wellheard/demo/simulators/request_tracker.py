"""A Request Tracker that behaves like the real one in what REST 2 does with lists and searches.

Checked by hand against Debian's request-tracker5 5.0.3. `zone` is the account's: RT takes the times
of a search for that zone's, and leaves out any offset they name. Where `sees_all` is False, RT does
not say how many rows there are. Deleted tickets are on the shelf and never found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import msgspec
from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp

from wellheard.connections import Connection
from wellheard.demo.simulators.shelf import Key, Shelf
from wellheard.demo.simulators.vendor import Simulator, answer, epoch, stamp
from wellheard.demo.simulators.world import Json

TOKEN = "1-14-demo0request0tracker0token"
NEVER = "1970-01-01T00:00:00Z"

_CONDITION = re.compile(r"\s*(\w+)\s*(>=|<=|!=|>|<|=)\s*(?:'([^']*)'|(\d+))\s*(AND\b|$)", re.I)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:Z| ?[+-]\d{4}| UTC)?")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    "=": lambda a, b: a == b,
}
# What can be searched for and sorted by here: as times, as numbers, as texts.
_TIMES, _NUMBERS = ("Created", "LastUpdated"), ("id", "EffectiveId", "ObjectId")
_TEXTS = ("Status", "Type", "ObjectType", "Field")
_FIELDS = {
    "tickets": ("id", "EffectiveId", "Created", "LastUpdated", "Status", "Type"),
    "transactions": ("id", "ObjectId", "Created", "ObjectType", "Type", "Field"),
    "users": ("id", "Created", "LastUpdated"),
}


class _Refused(Exception):
    """A search that RT cannot read, in its words."""


class RequestTrackerSimulator(Simulator):
    """Serves its records as `https://rt.example.org` would."""

    NAME = "request_tracker"
    PAGE = 100
    CLOCKS: ClassVar[Mapping[str, Any]] = {
        "tickets": lambda row: epoch(row["LastUpdated"]),
        "transactions": lambda row: epoch(row["Created"]),
        "users": lambda row: epoch(row["LastUpdated"]),
    }
    EMPTY_PAGES = False  # whoever is told the number of rows sees all of them
    zone = timedelta(0)
    sees_all = True

    def routes(self) -> ASGIApp:
        app = FastAPI(openapi_url=None)

        @app.get("/REST/2.0/user/{identity}")
        async def user(request: Request, identity: str) -> Response:
            return self._refused(request) or self._user(identity)

        @app.get("/REST/2.0/{stream}")
        async def collection(request: Request, stream: str) -> Response:
            if refusal := self._refused(request):
                return refusal
            if stream not in self.shelves:
                return _error(404, "Not Found")
            try:
                return self._collection(request, stream)
            except _Refused as refused:
                return _error(400, str(refused))

        return app

    def connection(self, url: str) -> Connection:
        return Connection(id=self.NAME, host=url, password=TOKEN)

    def identify(self, record: Json) -> Any:
        return int(record["id"])

    def made_up(self, stream: str, number: int, moment: datetime) -> Json:
        changed, created = stamp(moment), stamp(moment - timedelta(hours=1))
        match stream:
            case "tickets":
                return {
                    "id": number,
                    "type": "ticket",
                    "_url": f"https://rt.example.org/REST/2.0/ticket/{number}",
                    "Subject": f"Größe – 電話 {number}",
                    "Status": "open",
                    "Type": "ticket",
                    "Created": created,
                    "LastUpdated": changed,
                    "Started": NEVER,
                    "Resolved": NEVER,
                    "Told": NEVER,
                    "Due": NEVER,
                    "Priority": "0",
                    "SLA": "",
                    "EffectiveId": str(number),
                    "Queue": {
                        "type": "queue",
                        "id": "1",
                        "_url": "https://rt.example.org/REST/2.0/queue/1",
                        "Name": "General",
                    },
                    "Owner": _person(6, "Nobody"),
                    "Creator": _person(14, "root"),
                    "Requestor": [_person(27, "kunde@example.org")],
                    "CustomFields": "",
                }
            case "transactions":
                return {
                    "id": number,
                    "type": "transaction",
                    "_url": f"https://rt.example.org/REST/2.0/transaction/{number}",
                    "Type": "Correspond",
                    "Field": "",
                    "OldValue": "",
                    "NewValue": "",
                    "Data": "No Subject",
                    "TimeTaken": "0",
                    "Created": changed,
                    "Creator": _person(14, "root"),
                    "ObjectType": "RT::Ticket",
                    "ObjectId": "1",
                }
            case "users":
                return {
                    "id": number,
                    "Name": f"kunde{number}@example.org",
                    "RealName": f"Kundin {number}",
                    "EmailAddress": f"kunde{number}@example.org",
                    "Privileged": 0,
                    "Disabled": "0",
                    "Created": created,
                    "LastUpdated": changed,
                    "Memberships": [],
                    "CustomFields": [],
                }
            case unknown:
                raise ValueError(f"Request Tracker has no stream {unknown!r}")

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != f"token {TOKEN}":
            return _error(401, "Unauthorized")
        if (wait := self.quota.refused_for()) is None:
            return None
        # RT itself counts no calls; this is the server in front of it.
        return answer({"message": "Too Many Requests"}, 429, {"Retry-After": str(wait)})

    def _user(self, identity: str) -> Response:
        shelf = self.shelves["users"]
        key = shelf.place(int(identity)) if identity.isdigit() else None
        if key is None or key[0] > self.now.timestamp():
            return _error(404, "Not Found")
        return _pretty(shelf.read(key))

    def _collection(self, request: Request, stream: str) -> Response:
        asked = request.query_params
        shelf = self.shelves[stream]
        rows = [
            (key, shelf.read(key)) for key in self._found(shelf, stream, asked.get("query", ""))
        ]
        order = asked.get("orderby", "id")
        if order in _TIMES:
            rows.sort(key=lambda row: row[0])
        else:
            rows.sort(key=lambda row: int(row[1]["id"]))
        wanted = min(_number(asked.get("per_page"), 20), 100)
        per_page = min(wanted, self.page_size)
        page, total = _number(asked.get("page"), 1), len(rows)
        shown = [row for _, row in rows[(page - 1) * per_page : page * per_page]]
        if order not in _FIELDS[stream]:
            shown = []  # a column that is none fails in the database, and RT shows no rows
        fields = [field for field in asked.get("fields", "").split(",") if field]
        items = [_shown(row, fields, asked) for row in shown]
        counted = self.sees_all or stream == "users"
        body: Json = {
            "count": len(items),
            "total": total if counted else None,
            "per_page": wanted,
            "page": page,
            "pages": (-(-total // per_page) or 0.0) if counted else None,  # 0.0, as RT writes it
            "items": items,
        }
        if counted and page < body["pages"]:
            body["next_page"] = str(request.url.include_query_params(page=page + 1))
        return _pretty(body)

    def _found(self, shelf: Shelf, stream: str, query: str) -> list[Key]:
        now = self.now.timestamp()
        keys = shelf.from_clock(0, now)
        if stream == "users":
            return keys  # neither time nor id can be searched by: such a query is left out
        if not query:
            return []
        conditions = _parsed(query, stream)
        clock = "LastUpdated" if stream == "tickets" else "Created"
        for field, compare, value in conditions:
            if field in _TIMES:
                moment = self._moment(value)
                if field == clock:  # from the key: a second's worth of reading saved
                    keys = [key for key in keys if compare(key[0], moment)]
                else:
                    keys = [k for k in keys if compare(epoch(shelf.read(k)[field]), moment)]
            elif field == "id":
                keys = [key for key in keys if compare(int(key[1]), int(value))]
        rest = [c for c in conditions if c[0] not in (*_TIMES, "id")]
        named = {field for field, _, _ in conditions}
        return [key for key in keys if self._fits(stream, shelf.read(key), rest, named)]

    def _fits(self, stream: str, row: Json, conditions: list[Any], named: set[str]) -> bool:
        if stream == "tickets" and (
            row["Status"] == "deleted"
            or ("Type" not in named and row.get("Type", "ticket") != "ticket")
            or ("EffectiveId" not in named and str(row["EffectiveId"]) != str(row["id"]))
        ):
            return False
        for field, compare, value in conditions:
            kind = int if field in _NUMBERS else str
            if not compare(kind(row[field]), kind(value)):
                return False
        return True

    def _moment(self, text: str) -> float:
        found = _TIME.fullmatch(text)
        if found is None:
            return 0.0  # what RT cannot read as a time is 1970
        local = datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=UTC)
        return (local - self.zone).timestamp()


def _parsed(query: str, stream: str) -> list[tuple[str, Callable[[Any, Any], bool], str]]:
    conditions, at = [], 0
    while at < len(query):
        found = _CONDITION.match(query, at)
        if found is None:
            raise _Refused(f"Wrong query, expecting a VALUE in '{query[:at]}><--here {query[at:]}'")
        if found[1] not in _FIELDS[stream]:
            raise _Refused(f"Unknown field: {found[1]}")
        value = found[3] if found[3] is not None else found[4]
        conditions.append((found[1], _COMPARE[found[2]], value))
        at = found.end()
    return conditions


def _shown(row: Json, fields: list[str], asked: Mapping[str, str]) -> Json:
    """The fields asked for; people by name, and by id where `fields[...]` asks for that."""
    shown: Json = {"type": "user", "_url": f"https://rt.example.org/REST/2.0/user/{row['id']}"}
    shown |= {key: row[key] for key in ("type", "_url") if key in row}  # users alone lack them
    shown["id"] = str(row["id"])
    for field in fields:
        value = row.get(field, "")
        shown[field] = value if value is not None else ""
        by_number = asked.get(f"fields[{field}]") == "id"
        if not by_number and field in ("Owner", "Creator"):
            shown[field] = _named(value)
        if not by_number and field == "Requestor":
            shown[field] = [_named(person) for person in value or []]
    return shown


def _named(person: Any) -> Any:
    name = str(person.get("_url", "")).rpartition("/")[2] if isinstance(person, dict) else ""
    return person | {"id": name} if name else person


def _person(number: int, name: str) -> Json:
    return {"type": "user", "id": number, "_url": f"https://rt.example.org/REST/2.0/user/{name}"}


def _number(text: str | None, otherwise: int) -> int:
    """As RT reads a page's number or size: what is none is left out."""
    return int(text) if text and text.isdigit() and int(text) else otherwise


def _pretty(body: Json) -> Response:
    said = answer(msgspec.json.format(msgspec.json.encode(body), indent=3))
    said.headers["content-type"] = 'application/json; charset="utf-8"'
    return said


def _error(status: int, words: str) -> Response:
    return answer({"message": words}, status)


SIMULATOR = RequestTrackerSimulator
