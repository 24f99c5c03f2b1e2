"""A Google Play that behaves like the real one in what its reviews call does.

It serves the token host, too, so that one address is enough.
"""

from __future__ import annotations

import base64
import binascii
import math
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import msgspec
from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp

from wellheard.connections import Connection
from wellheard.demo.simulators.shelf import Key
from wellheard.demo.simulators.vendor import Simulator, answer
from wellheard.demo.simulators.world import Json

EMAIL = "reviews@larkfield-play.iam.gserviceaccount.example"
PACKAGE = "com.example.larkfield"
SCOPE = "https://www.googleapis.com/auth/androidpublisher"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN_SECONDS = 3600
KEPT = timedelta(days=7)  # what changed earlier is not shown


def _changed(record: Json) -> float:
    """When the user or the developer last wrote."""
    times = [words["lastModified"] for comment in record["comments"] for words in comment.values()]
    return max(float(at["seconds"]) for at in times)


class GooglePlaySimulator(Simulator):
    """Serves reviews by package; a record's own key `package` says whose it is and is not sent."""

    NAME: ClassVar[str] = "google_play"
    PAGE: ClassVar[int] = 100
    CLOCKS: ClassVar[Mapping[str, Callable[[Json], float]]] = {"reviews": _changed}
    KEPT: ClassVar[timedelta] = KEPT

    def __init__(
        self,
        now: datetime,
        records: Mapping[str, Iterable[Json]] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        requests_per_minute: int | None = None,
    ) -> None:
        from cryptography.hazmat.primitives.asymmetric import rsa

        self._clock, self._began = clock, clock()
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._tokens: dict[str, float] = {}  # access token -> when it ends, by the clock
        self._package: dict[Any, str] = {}
        super().__init__(now, records, clock=clock, requests_per_minute=requests_per_minute)

    def identify(self, record: Json) -> Any:
        return record["reviewId"]

    def add(self, stream: str, record: Json) -> None:
        sent = {key: value for key, value in record.items() if key != "package"}
        self._package[self.identify(record)] = record.get("package", PACKAGE)
        super().add(stream, sent)

    def landed_id(self, stream: str, record: Json) -> str:
        package = self._package.get(self.identify(record), PACKAGE)
        return f"{package}/{self.identify(record)}"

    def options(self) -> dict[str, Any]:
        return {"packages": sorted({PACKAGE, *self._package.values()})}

    def connection(self, url: str) -> Connection:
        return Connection(
            id=self.NAME,
            host=url,
            login=EMAIL,
            password=self._pem(),
            extra={
                "token_uri": f"{url}/token",
                "requests_per_minute": 6000,
                "timeout_seconds": 10,
            },
        )

    def key_file(self, url: str) -> str:
        """The service account's key as it is downloaded; only its `token_uri` is this one's."""
        file = {
            "type": "service_account",
            "project_id": "larkfield-play",
            "private_key_id": "0" * 40,
            "private_key": self._pem(),
            "client_email": EMAIL,
            "token_uri": f"{url}/token",
        }
        return msgspec.json.encode(file).decode()

    def made_up(self, stream: str, number: int, moment: datetime) -> Json:
        seconds = str(int(moment.timestamp()))
        return {
            "reviewId": f"gp:{number:08d}",
            "authorName": f"Reviewer {number}",
            "comments": [
                {
                    "userComment": {
                        "text": f"Größe {number}\tLädt – 電話",
                        "lastModified": {"seconds": seconds, "nanos": 0},
                        "starRating": number % 5 + 1,
                        "reviewerLanguage": "de",
                        "device": "panther",
                        "androidOsVersion": 34,
                        "appVersionCode": 30100,
                        "appVersionName": "3.1.0",
                        "thumbsUpCount": 0,
                        "thumbsDownCount": 0,
                        "deviceMetadata": {"productName": "panther", "manufacturer": "Example"},
                    }
                }
            ],
        }

    def routes(self) -> ASGIApp:
        app = FastAPI(openapi_url=None)

        @app.post("/token")
        async def token(request: Request) -> Response:
            form = dict(parse_qsl((await request.body()).decode()))
            return self._grant(
                str(request.url), form.get("grant_type", ""), form.get("assertion", "")
            )

        @app.get("/androidpublisher/v3/applications/{package}/reviews")
        async def reviews(request: Request, package: str) -> Response:
            return self._refused(request) or self._page(package, dict(request.query_params))

        return app

    def _grant(self, url: str, grant_type: str, assertion: str) -> Response:
        import jwt

        def refuse(error: str, description: str) -> Response:
            return answer({"error": error, "error_description": description}, 400)

        if grant_type != GRANT:
            return refuse("unsupported_grant_type", f"Invalid grant_type: {grant_type}")
        try:
            claims = jwt.decode(
                assertion,
                self._key.public_key(),
                algorithms=["RS256"],
                audience=url,
                options={"verify_exp": False, "verify_iat": False},
            )
        except jwt.PyJWTError:
            return refuse("invalid_grant", "Invalid JWT Signature.")
        now = self._present()
        lasts = claims["exp"] - claims["iat"]
        if not (claims["iat"] <= now < claims["exp"] and 0 < lasts <= TOKEN_SECONDS):
            return refuse(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
                "timeframe. Check your iat and exp values in the JWT claim.",
            )
        if claims["iss"] != EMAIL or claims.get("scope") != SCOPE:
            return refuse("invalid_grant", "Invalid grant: account not found")
        granted = f"ya29.{secrets.token_urlsafe(24)}"
        self._tokens[granted] = self._clock() + TOKEN_SECONDS
        return answer(
            {"access_token": granted, "expires_in": TOKEN_SECONDS - 1, "token_type": "Bearer"}
        )

    def _refused(self, request: Request) -> Response | None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._tokens.get(given, -math.inf) <= self._clock():
            return _error(
                401,
                "UNAUTHENTICATED",
                "Request had invalid authentication credentials. Expected OAuth 2 access token, "
                "login cookie or other valid authentication credential.",
                "authError",
            )
        if self.quota.refused_for() is not None:
            return _error(
                429,
                "RESOURCE_EXHAUSTED",
                "Quota exceeded for quota metric 'Reviews requests' and limit 'Reviews requests "
                "per hour' of service 'androidpublisher.googleapis.com'",
                "rateLimitExceeded",
            )
        return None

    def _page(self, package: str, query: dict[str, str]) -> Response:
        if package not in self.options()["packages"]:
            return _error(404, "NOT_FOUND", f"No application was found for {package}.", "notFound")
        unknown = set(query) - {"maxResults", "token", "startIndex", "translationLanguage"}
        size = query.get("maxResults", "10")
        if unknown or not size.isdigit() or not 1 <= int(size) <= self.PAGE:
            return _error(
                400, "INVALID_ARGUMENT", "Request contains an invalid argument.", "badRequest"
            )
        try:
            place = _read_token(query["token"]) if "token" in query else None
        except (ValueError, binascii.Error, msgspec.MsgspecError):
            return _error(400, "INVALID_ARGUMENT", "Invalid pagination token.", "badRequest")
        shelf = self.shelves["reviews"]
        since = self._present() - KEPT.total_seconds()
        rows = [
            key
            for key in reversed(shelf.from_clock(since, self.now.timestamp()))
            if self._package[key[1]] == package and (place is None or key < place)
        ]
        page = [] if self.hides_this_answer() else rows[: min(int(size), self.page_size)]
        body: dict[str, Any] = {}
        if page:  # an empty list is left out altogether
            body["reviews"] = msgspec.Raw(b"[" + shelf.written(page) + b"]")
        if len(page) < len(rows):
            after = page[-1] if page else place or (math.inf, "")
            body["tokenPagination"] = {"nextPageToken": _write_token(after)}
        return answer(body)

    def _present(self) -> float:
        return self.now.timestamp() + self._clock() - self._began

    def _pem(self) -> str:
        from cryptography.hazmat.primitives import serialization

        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()


def _write_token(key: Key) -> str:
    moment = None if key[0] == math.inf else key[0]
    return base64.urlsafe_b64encode(msgspec.json.encode([moment, key[1]])).decode()


def _read_token(token: str) -> Key:
    moment, identity = msgspec.json.decode(base64.urlsafe_b64decode(token))
    return (math.inf if moment is None else float(moment)), identity


def _error(code: int, status: str, message: str, reason: str) -> Response:
    entry = {"message": message, "domain": "global", "reason": reason}
    return answer(
        {"error": {"code": code, "message": message, "errors": [entry], "status": status}}, code
    )


SIMULATOR = GooglePlaySimulator
