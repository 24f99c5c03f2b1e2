"""A Trustpilot that behaves like the real one in how it lists a business unit's own reviews."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from fastapi import FastAPI, Request, Response

from wellheard.connections import Connection
from wellheard.demo.simulators.vendor import Simulator, answer, epoch, stamp
from wellheard.demo.simulators.world import Json

KEY, SECRET = "demo-trustpilot-key", "demo-trustpilot-secret"
UNIT = "5d0c6a1e0000ff0005a1b2c3"
TOKEN_LIFE = 359_999.0  # seconds; 100 hours
ORDERS = ("createdat.asc", "createdat.desc", "stars.asc", "stars.desc")


def _changed(record: Json) -> float:
    return max(epoch(record["createdAt"]), epoch(record.get("updatedAt") or record["createdAt"]))


class TrustpilotSimulator(Simulator):
    """Serves reviews as `https://api.trustpilot.com` would.

    A review belongs to the unit its `businessUnit` names, or to the first there is. `expire()`
    ends the tokens given out, as their life does.
    """

    NAME = "trustpilot"
    PAGE = 100
    CLOCKS: ClassVar[Mapping[str, Callable[[Json], float]]] = {"reviews": _changed}
    EMPTY_PAGES = False  # past the last page, an empty list is the end

    def __init__(
        self,
        now: datetime,
        records: Mapping[str, Iterable[Json]] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        requests_per_minute: int | None = None,
    ) -> None:
        self.units = [UNIT]
        self._clock = clock
        self._tokens: dict[str, float] = {}  # token -> when it ends
        self.tokens_given = 0
        super().__init__(now, records, clock=clock, requests_per_minute=requests_per_minute)

    def connection(self, url: str) -> Connection:
        return Connection("trustpilot", host=url, login=KEY, password=SECRET)

    def options(self) -> dict[str, Any]:
        return {"business_units": list(self.units)}

    def landed_id(self, stream: str, record: Json) -> str:
        return f"{self._unit_of(record)}/{record['id']}"

    def add(self, stream: str, record: Json) -> None:
        if self._unit_of(record) not in self.units:
            self.units.append(self._unit_of(record))
        super().add(stream, record)

    def put(self, stream: str, number: int, moment: datetime) -> str:
        """An edit leaves `createdAt`, by which reviews are listed, as it was."""
        record = self.made_up(stream, number, moment)
        shelf = self.shelves[stream]
        if (place := shelf.place(record["id"])) is not None:
            record |= {"createdAt": shelf.read(place)["createdAt"], "updatedAt": stamp(moment)}
        self.add(stream, record)
        return self.landed_id(stream, record)

    def made_up(self, stream: str, number: int, moment: datetime) -> Json:
        return {
            "id": f"{number:024x}",
            "consumer": {
                "id": f"{number + 0xC0000:024x}",
                "displayName": f"Reviewer {number}",
                "displayLocation": None,
                "numberOfReviews": 1,
            },
            "businessUnit": {
                "id": UNIT,
                "identifyingName": "larkfield.example",
                "displayName": "Larkfield",
            },
            "location": None,
            "stars": number % 5 + 1,
            "title": f"Größe {number}",
            "text": f"電話 answered at once, order {number}.",
            "language": "en",
            "createdAt": stamp(moment),
            "experiencedAt": stamp(moment),
            "updatedAt": None,
            "referralEmail": f"customer{number}@example.com",
            "referenceId": f"order-{number}",
            "source": "InvitationApi",
            "companyReply": None,
            "tags": [],
            "isVerified": True,
            "numberOfLikes": 0,
            "status": "active",
            "reportData": None,
            "complianceLabels": [],
            "countsTowardsTrustScore": True,
            "invitation": {"businessUnitId": UNIT},
            "reviewVerificationLevel": "invited",
        }

    def routes(self) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.post("/v1/oauth/oauth-business-users-for-applications/accesstoken")
        async def access_token(request: Request) -> Response:
            expected = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
            if request.headers.get("authorization") != f"Basic {expected}":
                return _error(401, "Invalid API key or secret")
            if (await request.body()) != b"grant_type=client_credentials":
                return _error(400, "Invalid grant_type")
            if (refusal := self._too_many()) is not None:
                return refusal
            self.tokens_given += 1
            token = f"demo-access-token-{self.tokens_given}"
            self._tokens[token] = self._clock() + TOKEN_LIFE
            return answer({"access_token": token, "expires_in": str(int(TOKEN_LIFE))})

        @app.get("/v1/private/business-units/{unit}/reviews")
        async def reviews(request: Request, unit: str) -> Response:
            return self._refused(request, unit) or self._list(unit, request.query_params)

        return app

    def expire(self) -> None:
        self._tokens.clear()

    def _refused(self, request: Request, unit: str) -> Response | None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, 0.0) <= self._clock():
            return _error(401, "Unauthorized")
        if request.headers.get("apikey") != KEY:
            return _error(401, "Invalid API key")
        if (refusal := self._too_many()) is not None:
            return refusal
        if unit not in self.units:
            return _error(403, "The user has no access to this business unit")
        return None

    def _too_many(self) -> Response | None:
        # Without Retry-After: Trustpilot does not say how long to wait.
        return _error(429, "Too many requests") if self.quota.refused_for() is not None else None

    def _list(self, unit: str, query: Mapping[str, str]) -> Response:
        try:
            size, page = int(query.get("perPage", "20")), int(query.get("page", "1"))
            low = epoch(query["startDateTime"]) if "startDateTime" in query else float("-inf")
            high = epoch(query["endDateTime"]) if "endDateTime" in query else float("inf")
        except ValueError:
            return _error(400, "Invalid value of page, perPage, startDateTime or endDateTime")
        order = query.get("orderBy", "createdat.desc")
        if not 1 <= size <= self.PAGE or page < 1 or order not in ORDERS:
            return _error(400, "Invalid value of page, perPage or orderBy")
        shelf = self.shelves["reviews"]
        rows = []
        for key in shelf.from_clock(low, float("inf")):  # nothing is changed before it is written
            row = shelf.read(key)
            written = epoch(row["createdAt"])
            if low <= written <= min(high, self.now.timestamp()) and self._unit_of(row) == unit:
                rows.append(
                    (row["stars"] if order.startswith("stars") else written, row["id"], row)
                )
        rows.sort(key=lambda item: item[:2], reverse=order.endswith(".desc"))
        size = min(size, self.page_size)
        self.answers += 1
        shown = rows[(page - 1) * size : page * size]
        return answer({"links": [], "reviews": [row for _, _, row in shown]})

    def _unit_of(self, record: Json) -> str:
        return str((record.get("businessUnit") or {}).get("id") or self.units[0])


def _error(status: int, message: str) -> Response:
    body = {"message": message, "errorCode": status, "correlationId": "0d4f1f0e-made-up"}
    return answer(body, status)


SIMULATOR = TrustpilotSimulator
