"""An App Store Connect that behaves like the real one in what its lists of reviews and apps do."""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

import msgspec
from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp

from wellheard.connections import Connection
from wellheard.demo.simulators.vendor import Simulator, answer, epoch
from wellheard.demo.simulators.world import Json

ISSUER = "57246542-96fe-1a63-e053-0824d011072a"
KEY_ID = "2X9R4HXF34"
APP = "6446901002"
LONGEST = 1200  # seconds a token may last
PER_HOUR = 3600
SORTS = {"createdDate", "-createdDate", "rating", "-rating"}


def _created(record: Json) -> float:
    return epoch(record["attributes"]["createdDate"])


class AppStoreSimulator(Simulator):
    """Serves reviews by app; a record's own key `app` says whose it is and is not sent.

    As Apple's, a cursor is opaque and holds a place counted from the list's top: what is written or
    removed meanwhile moves all that follows.
    """

    NAME: ClassVar[str] = "app_store"
    PAGE: ClassVar[int] = 200
    CLOCKS: ClassVar[Mapping[str, Callable[[Json], float]]] = {"reviews": _created}

    def __init__(
        self,
        now: datetime,
        records: Mapping[str, Iterable[Json]] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        requests_per_minute: int | None = None,
    ) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec

        self._clock, self._began = clock, clock()
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._app: dict[Any, str] = {}
        super().__init__(now, records, clock=clock, requests_per_minute=requests_per_minute)

    def add(self, stream: str, record: Json) -> None:
        sent = {key: value for key, value in record.items() if key != "app"}
        self._app[self.identify(record)] = record.get("app", APP)
        super().add(stream, sent)

    def landed_id(self, stream: str, record: Json) -> str:
        return f"{self._app.get(self.identify(record), APP)}/{self.identify(record)}"

    @property
    def apps(self) -> list[str]:
        return sorted({APP, *self._app.values()})

    def options(self) -> dict[str, Any]:
        return {"apps": self.apps}

    def connection(self, url: str) -> Connection:
        from cryptography.hazmat.primitives import serialization

        pem = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        return Connection(
            id=self.NAME,
            host=url,
            login=ISSUER,
            password=pem,
            extra={"key_id": KEY_ID, "requests_per_minute": 6000, "timeout_seconds": 10},
        )

    def made_up(self, stream: str, number: int, moment: datetime) -> Json:
        identity = f"00000039-8b7b-5d20-3a8c-{number:012d}"
        own = f"https://api.appstoreconnect.example/v1/customerReviews/{identity}"
        return {
            "type": "customerReviews",
            "id": identity,
            "attributes": {
                "rating": number % 5 + 1,
                "title": f"Größe {number}",
                "body": "Lädt – 電話",
                "reviewerNickname": f"Reviewer {number}",
                "createdDate": moment.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
                "territory": "DEU",
            },
            "relationships": {"response": {"links": {"related": f"{own}/response"}}},
            "links": {"self": own},
        }

    def routes(self) -> ASGIApp:
        app = FastAPI(openapi_url=None)

        @app.get("/v1/apps")
        async def apps(request: Request) -> Response:
            refusal = self._refused(request, {"limit", "cursor"})
            return refusal or self._apps(request)

        @app.get("/v1/apps/{app_id}/customerReviews")
        async def reviews(request: Request, app_id: str) -> Response:
            refusal = self._refused(request, {"limit", "cursor", "sort"})
            return refusal or self._reviews(request, app_id)

        return app

    def _refused(self, request: Request, known: set[str]) -> Response | None:
        if not self._is_signed(request.headers.get("authorization", "")):
            return _error(
                401,
                "NOT_AUTHORIZED",
                "Authentication credentials are missing or invalid.",
                "Provide a properly configured and signed bearer token, and make sure that it has "
                "not expired.",
            )
        if self.quota.refused_for() is not None:
            return _error(
                429,
                "RATE_LIMIT_EXCEEDED",
                "The request rate limit has been reached.",
                "We've received too many requests for this API. Please wait and try again or slow "
                "down your request rate.",
                {"X-Rate-Limit": f"user-hour-lim:{PER_HOUR};user-hour-rem:0;"},
            )
        query = request.query_params
        for name in set(query) - known:
            return _invalid(name, f"The parameter '{name}' can not be used with this request")
        limit = query.get("limit", "50")
        if not limit.isdigit() or not 1 <= int(limit) <= self.PAGE:
            return _invalid("limit", f"The limit '{limit}' is not valid; it may be 1 to 200")
        if query.get("sort", "createdDate") not in SORTS:
            return _invalid("sort", f"'{query['sort']}' is not a valid sort key")
        return None

    def _is_signed(self, header: str) -> bool:
        import jwt

        token = header.removeprefix("Bearer ")
        try:
            claims = jwt.decode(
                token,
                self._key.public_key(),
                algorithms=["ES256"],
                audience="appstoreconnect-v1",
                issuer=ISSUER,
                options={"verify_exp": False, "verify_iat": False},
            )
            key_id = jwt.get_unverified_header(token).get("kid")
        except jwt.PyJWTError:
            return False
        now = self.now.timestamp() + self._clock() - self._began
        lasts = claims["exp"] - claims["iat"]
        return key_id == KEY_ID and claims["iat"] <= now < claims["exp"] and 0 < lasts <= LONGEST

    def _apps(self, request: Request) -> Response:
        rows = [
            msgspec.json.encode({"type": "apps", "id": app, "attributes": {"name": f"App {app}"}})
            for app in self.apps
        ]
        return self._list(request, len(rows), lambda low, high: b",".join(rows[low:high]))

    def _reviews(self, request: Request, app: str) -> Response:
        if app not in self.apps:
            return _error(
                404,
                "NOT_FOUND",
                "The specified resource does not exist",
                f"There is no resource of type 'apps' with id '{app}'",
            )
        shelf = self.shelves["reviews"]
        visible = shelf.from_clock(float("-inf"), self.now.timestamp())
        keys = [key for key in visible if self._app[key[1]] == app]
        sort = request.query_params.get("sort", "createdDate")
        if sort.endswith("rating"):
            rated = msgspec.json.decode(b"[" + shelf.written(keys) + b"]")
            ratings = {row["id"]: row["attributes"]["rating"] for row in rated}
            keys.sort(key=lambda key: ratings[key[1]])
        if sort.startswith("-"):
            keys.reverse()
        hidden = self.hides_this_answer()

        return self._list(
            request, len(keys), lambda low, high: shelf.written(keys[low:high]), hidden=hidden
        )

    def _list(
        self,
        request: Request,
        total: int,
        written: Callable[[int, int], bytes],
        hidden: bool = False,
    ) -> Response:
        query = request.query_params
        limit = min(int(query.get("limit", "50")), self.page_size)
        try:
            low = _read_cursor(query["cursor"]) if "cursor" in query else 0
        except (ValueError, binascii.Error, UnicodeDecodeError):
            return _invalid("cursor", "The cursor is not valid for this request")
        high = low if hidden else low + limit
        links = {"self": str(request.url)}
        if high < total:
            more = urlencode({**query, "cursor": _write_cursor(high, request.url.path)})
            links["next"] = str(request.url.replace(query=more))
        body = {
            "data": msgspec.Raw(b"[" + written(low, high) + b"]"),
            "links": links,
            "meta": {"paging": {"total": total, "limit": int(query.get("limit", "50"))}},
        }
        left = {"X-Rate-Limit": f"user-hour-lim:{PER_HOUR};user-hour-rem:{PER_HOUR - 1};"}
        return answer(body, headers=left)


def _write_cursor(place: int, path: str) -> str:
    """The place, and a mark of the list it is a place in."""
    mark = hashlib.sha256(path.encode()).digest()[:4]
    parts = [str(place).encode(), mark]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def _read_cursor(cursor: str) -> int:
    place = cursor.partition(".")[0]
    return int(base64.urlsafe_b64decode(place + "=" * (-len(place) % 4)).decode())


def _invalid(parameter: str, detail: str) -> Response:
    return _error(
        400,
        "PARAMETER_ERROR.INVALID",
        "A parameter has an invalid value",
        detail,
        source={"parameter": parameter},
    )


def _error(
    status: int,
    code: str,
    title: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    source: Mapping[str, str] | None = None,
) -> Response:
    entry: Json = {
        "id": "6a6a9d2c-0a2c-4f63-8f4e-3a4dfd1b8e0f",
        "status": str(status),
        "code": code,
        "title": title,
        "detail": detail,
    }
    if source:
        entry["source"] = dict(source)
    return answer({"errors": [entry]}, status, headers)


SIMULATOR = AppStoreSimulator
