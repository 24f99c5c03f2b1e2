"""A Roundup tracker that behaves like the real one in what its REST interface does with lists.

Checked against Roundup 2.6, classic template (tests/sources/test_roundup_server.py runs that one).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import msgspec
from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp

from wellheard.connections import Connection
from wellheard.demo.simulators.shelf import Key, Shelf
from wellheard.demo.simulators.vendor import Simulator, answer
from wellheard.demo.simulators.world import Json
from wellheard.endpoints import basic

LOGIN, PASSWORD, TOKEN = "reporter", "demo-roundup-password", "demo.roundup.jwt"
ACCOUNT_ZONE = timedelta(hours=-5)  # what a time without an offset is taken for
STAMP = "%Y-%m-%d.%H:%M:%S"

# The classic template.
_COMMON = "id creation activity creator actor"
PROPERTIES = {
    "issue": f"{_COMMON} title messages files nosy superseder assignedto keyword priority status",
    "msg": f"{_COMMON} author recipients date summary files messageid inreplyto content type",
    "user": f"{_COMMON} username password address realname phone organisation "
    "alternate_addresses queries roles timezone",
}
# What @verbose=2 shows of an item unasked.
LABELS = {"issue": "title", "msg": "activity", "user": "username"}
STREAM_OF = {"issue": "issues", "msg": "messages", "user": "users"}
_RANGE = re.compile(r"from\s*(\S+)(?:\s*to\s*(\S+))?")
_DATE = re.compile(r"(\d{4}-\d\d-\d\d\.\d\d:\d\d:\d\d)(\.\d+)?([+-]\d{4})?")


def _activity(record: Json) -> float:
    """The clock as it is kept, with thousandths of a second where the record names them."""
    whole, thousandths = record["activity"][:19], record["activity"][19:]
    moment = datetime.strptime(whole, STAMP).replace(tzinfo=UTC).timestamp()
    return moment + float(thousandths or 0)


class RoundupSimulator(Simulator):
    """Serves its records as a tracker under `https://tracker.example.org/support` would.

    A record's `activity` may have a fraction (2026-10-02.12:00:00.250): it counts and is not shown.
    """

    NAME = "roundup"
    PAGE = 10_000_001  # the tracker's own limit on the rows of an answer
    CLOCKS: ClassVar[Mapping[str, Any]] = {
        "issues": _activity,
        "messages": _activity,
        "users": _activity,
    }
    EMPTY_PAGES = False  # a next page is named only when rows follow these

    def routes(self) -> ASGIApp:
        app = FastAPI(openapi_url=None)

        @app.get("/rest/data/{name}")
        async def collection(request: Request, name: str) -> Response:
            return self._refused(request) or self._collection(request, name)

        return app

    def connection(self, url: str) -> Connection:
        return Connection(id=self.NAME, host=url, login=LOGIN, password=PASSWORD)

    def made_up(self, stream: str, number: int, moment: datetime) -> Json:
        common = {
            "id": str(number),
            "creation": (moment - timedelta(hours=1)).astimezone(UTC).strftime(STAMP),
            "activity": moment.astimezone(UTC).strftime(STAMP),
            "creator": {"id": "3", "username": "kunde"},
            "actor": {"id": "1", "username": "admin"},
        }
        match stream:
            case "issues":
                return common | {
                    "title": f"Größe – 電話 {number}",
                    "status": {"id": "3", "name": "chatting"},
                    "priority": {"id": "3", "name": "bug"},
                    "assignedto": None,
                    "messages": [{"id": str(number)}],
                    "keyword": [],
                    "superseder": [],
                }
            case "messages":
                return common | {
                    "author": {"id": "3", "username": "kunde"},
                    "date": common["creation"],
                    "messageid": None,
                    "inreplyto": None,
                }
            case "users":
                return common | {
                    "username": f"kunde{number}",
                    "realname": f"Kundin {number}",
                    "address": f"kunde{number}@example.org",
                    "organisation": None,
                    "roles": "User",
                    "timezone": None,
                }
            case unknown:
                raise ValueError(f"Roundup has no stream {unknown!r}")

    def _refused(self, request: Request) -> Response | None:
        sent = request.headers.get("authorization")
        if sent not in (basic(LOGIN, PASSWORD)["Authorization"], f"Bearer {TOKEN}"):
            return Response("Invalid Login - Invalid login", 401, media_type="text/plain")
        if (wait := self.quota.refused_for()) is None:
            return None
        said = _error(429, f"Api rate limits exceeded. Please wait: {wait} seconds.")
        said.headers["Retry-After"] = str(wait)
        said.headers["X-RateLimit-Limit"] = str(self.quota.per_minute)
        said.headers["X-RateLimit-Limit-Period"] = "60"
        said.headers["X-RateLimit-Remaining"] = "0"
        said.headers["X-RateLimit-Reset"] = f"{float(wait):f}"
        return said

    def _collection(self, request: Request, name: str) -> Response:
        if name not in PROPERTIES:
            return _error(404, f"Class {name} not found")
        asked = dict(request.query_params)
        known = PROPERTIES[name].split()
        fields = [field for field in asked.get("@fields", "").split(",") if field]
        for field in fields:
            if field not in known:
                return _error(400, f"'Unknown property: {field}'")
        for key in asked:
            if not key.startswith("@") and key not in known:
                return _error(400, f"Field {key} is not valid for {name} class.")
        try:
            size = int(asked.get("@page_size", self.PAGE))
            index = int(asked.get("@page_index", 1))
            verbose = int(asked.get("@verbose", 1))
        except ValueError as error:
            return _error(400, f"When using @page_size: {error}")
        if "@page_size" in asked and size >= self.PAGE:
            return _error(
                400,
                f"Page size {size} must be less than admin limit on query result size: "
                f"{self.PAGE}.",
            )
        shelf = self.shelves[STREAM_OF[name]]
        keys = self._found(shelf, asked.get("activity", ""))
        order = asked.get("@sort", "id").split(",")
        if order not in (["activity", "id"], ["id"]):
            wrong = order[0].lstrip("+-")
            return _error(403, f'User does not have search permission on "{name}.{wrong}"')
        keys.sort(key=lambda key: (key[0] if order[0] == "activity" else 0, int(key[1])))
        size = min(size, self.page_size)
        rows = keys[(index - 1) * size :]
        if verbose > 1:
            fields.append(LABELS[name])
        base = f"{str(request.base_url).rstrip('/')}/rest/data/{name}"
        links = {}
        for rel, page, there in (
            ("next", index + 1, len(rows) > size),
            ("prev", index - 1, index > 1),
            ("self", index, True),
        ):
            if there:
                rest = "&".join(f"{k}={v}" for k, v in asked.items() if k != "@page_index")
                links[rel] = [{"rel": rel, "uri": f"{base}?@page_index={page}&{rest}"}]
        shown = [
            {"id": str(key[1]), "link": f"{base}/{key[1]}"}
            | _shown(shelf.read(key), fields, verbose)
            for key in rows[:size]
        ]
        data: Json = {"collection": shown}
        if "@page_size" in asked:
            data["@links"] = links
        data["@total_size"] = (index - 1) * size + len(rows)  # wrong past the end, as the real one
        return answer(msgspec.json.format(msgspec.json.encode({"data": data}), indent=4))

    def _found(self, shelf: Shelf, spec: str) -> list[Key]:
        """What a range of activity finds, both ends included; all when it is not understood."""
        now = self.now.timestamp()
        match = _RANGE.fullmatch(spec.strip())
        since = _moment(match[1]) if match else None
        if match is None or since is None:
            return shelf.from_clock(0, now)
        until = _moment(match[2]) if match[2] else now
        return shelf.from_clock(since, min(now, now if until is None else until))


def _moment(text: str) -> float | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    moment = datetime.strptime(found[1], STAMP).replace(tzinfo=UTC).timestamp()
    if found[3] is None:
        return moment + float(found[2] or 0) - ACCOUNT_ZONE.total_seconds()
    offset = datetime.strptime(found[3], "%z").utcoffset() or timedelta(0)
    return moment - offset.total_seconds()  # with an offset, the fraction is dropped


def _shown(record: Json, fields: list[str], verbose: int) -> Json:
    """The properties asked for; links without their labels below @verbose=2."""
    shown = {field: _linked(record.get(field), verbose) for field in sorted(fields)}
    if "activity" in shown:
        shown["activity"] = shown["activity"][:19]
    return shown


def _linked(value: Any, verbose: int) -> Any:
    if isinstance(value, list):
        return [_linked(item, verbose) for item in value]
    if isinstance(value, dict) and verbose < 2:
        return {key: part for key, part in value.items() if key in ("id", "link")}
    return value


def _error(status: int, words: str) -> Response:
    return answer({"error": {"status": status, "msg": words}}, status)


SIMULATOR = RoundupSimulator
