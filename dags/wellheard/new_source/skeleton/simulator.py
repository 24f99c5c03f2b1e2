"""VendorTitle's list of vendorstream, as strict as the vendor's."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import ClassVar

import msgspec
from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp

from wellheard.connections import Connection
from wellheard.demo.simulators.shelf import Key
from wellheard.demo.simulators.vendor import Simulator, answer, epoch, stamp
from wellheard.demo.simulators.world import Json

TOKEN = "demo-vendorname-token"
PATH = "/v1/vendorstream"
PARAMETERS = {"updated_since", "updated_until", "limit", "cursor"}
ROWS, NEXT = "vendorstream", "next_cursor"
# What a refusal holds: the vendor's own words for it.
UNAUTHORIZED: Json = {}
TOO_MANY: Json = {"error": "too_many_requests", "message": "Too many requests"}

# A record as the vendor's documentation shows it; ids and times are put in.
EXAMPLE: Json = {}


class VendorClassSimulator(Simulator):
    """Serves VendorTitle's records as its own host would."""

    NAME = "vendorname"
    PAGE = 100
    CLOCKS: ClassVar = {"vendorstream": lambda record: epoch(record["updated_at"])}

    def connection(self, url: str) -> Connection:
        return Connection(id=self.NAME, host=url, password=TOKEN)

    def made_up(self, stream: str, number: int, moment: datetime) -> Json:
        times = {"created_at": stamp(moment), "updated_at": stamp(moment)}
        return {**EXAMPLE, "id": str(number), **times}

    def routes(self) -> ASGIApp:
        app = FastAPI(openapi_url=None)

        @app.get(PATH)
        async def listing(request: Request) -> Response:
            return self._refused(request) or self._listed(dict(request.query_params))

        return app

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return answer(UNAUTHORIZED, 401)
        if (wait := self.quota.refused_for()) is not None:
            return answer(TOO_MANY, 429, {"Retry-After": str(wait)})
        if unknown := set(request.query_params) - PARAMETERS:
            return _bad(f"unknown parameter {min(unknown)}")
        return None

    def _listed(self, asked: dict[str, str]) -> Response:
        try:
            limit = int(asked.get("limit", "20"))
            if "cursor" in asked:
                after, until = _opened(asked["cursor"])
            else:
                after = (epoch(asked["updated_since"]), "")
                until = epoch(asked["updated_until"])
        except (ValueError, KeyError, msgspec.MsgspecError) as problem:
            return _bad(f"{problem}")
        if not 1 <= limit <= self.PAGE:
            return _bad(f"limit must be 1 to {self.PAGE}")
        shelf = self.shelves[ROWS]
        rows = shelf.after(after, min(until, self.now.timestamp()))
        hidden = self.hides_this_answer()
        page = [] if hidden else rows[: min(limit, self.page_size)]
        more = hidden or len(page) < len(rows)
        following = _sealed(page[-1] if page else after, until) if more else None
        return answer(
            b'{"%s":[%s],%s'
            % (ROWS.encode(), shelf.written(page), msgspec.json.encode({NEXT: following})[1:])
        )


def _sealed(last: Key, until: float) -> str:
    """A cursor: opaque to clients, in the order of the change clock and then the id."""
    return base64.urlsafe_b64encode(msgspec.json.encode((last, until))).decode()


def _opened(cursor: str) -> tuple[Key, float]:
    try:
        content = base64.urlsafe_b64decode(cursor)
    except binascii.Error:
        raise ValueError("invalid cursor") from None
    return msgspec.json.decode(content, type=tuple[tuple[float, str], float])


def _bad(problem: str) -> Response:
    return answer({"error": "invalid_request", "message": problem}, 400)


SIMULATOR = VendorClassSimulator
