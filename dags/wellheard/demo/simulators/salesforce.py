"""A Salesforce that behaves like the real one in what its log-in and its queries do."""

from __future__ import annotations

import math
import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import msgspec
from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp

from wellheard.connections import Connection
from wellheard.demo.simulators.shelf import Key
from wellheard.demo.simulators.vendor import Simulator, answer, epoch
from wellheard.demo.simulators.world import Json

CONSUMER_KEY = "3MVG9larkfield.demo.consumer.key"
CONSUMER_SECRET = "demo-salesforce-consumer-secret"
VERSIONS = {f"v{number}.0" for number in range(50, 66)}
SESSION_SECONDS = 7200
LOCATOR_SECONDS = 2 * 86_400
ALL_IDS = 15  # digits of an id behind its three that tell the object

OBJECTS = {
    "cases": ("Case", "500"),
    "case_history": ("CaseHistory", "017"),
    "case_comments": ("CaseComment", "00a"),
    "emails": ("EmailMessage", "02s"),
    "accounts": ("Account", "001"),
    "contacts": ("Contact", "003"),
    "users": ("User", "005"),
    "case_statuses": ("CaseStatus", "01J"),
}
STREAM_OF = {name: stream for stream, (name, _) in OBJECTS.items()}
FIELDS = {
    "Case": "Id IsDeleted CaseNumber ContactId AccountId ParentId Type Status Reason Origin "
    "Subject Priority Description IsClosed ClosedDate OwnerId CreatedDate CreatedById "
    "LastModifiedDate SystemModstamp",
    "CaseHistory": "Id IsDeleted CaseId CreatedById CreatedDate Field DataType OldValue NewValue",
    "CaseComment": "Id ParentId IsPublished CommentBody CreatedById CreatedDate SystemModstamp "
    "IsDeleted",
    "EmailMessage": "Id ParentId CreatedById CreatedDate SystemModstamp TextBody Subject "
    "FromAddress ToAddress Incoming Status IsDeleted MessageDate",
    "Account": "Id IsDeleted Name Type AnnualRevenue AccountNumber CreatedDate SystemModstamp "
    "Customer_Number__c MRR__c ARR__c Segment__c Customer_Since__c Churned_On__c",
    "Contact": "Id IsDeleted AccountId Name Email Phone CreatedDate SystemModstamp",
    "User": "Id Name Email UserType IsActive CreatedDate SystemModstamp",
    "CaseStatus": "Id ApiName MasterLabel IsClosed IsDefault SortOrder SystemModstamp",
}
_QUERY = re.compile(
    r"SELECT (?P<fields>[\w, ]+) FROM (?P<object>\w+)"
    r"(?: WHERE (?P<where>.+?))? ORDER BY (?P<order>[\w, ]+)"
)
_CONDITION = re.compile(r"(?P<field>\w+) (?P<sign>>=|<|=) (?P<value>'[^']*'|[\dTZ:.+-]+)")


class _Refused(Exception):
    """A query Salesforce does not accept, with its own code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass
class _Cursor:
    """The result of a query as it was when it was asked: ids, of which some were sent."""

    stream: str
    fields: list[str]
    keys: list[Key]
    began: float


class SalesforceSimulator(Simulator):
    """Serves rows by object; rows keep all their fields and a query gets those it asks for."""

    NAME: ClassVar[str] = "salesforce"
    PAGE: ClassVar[int] = 2000
    CLOCKS: ClassVar[Mapping[str, Callable[[Json], float]]] = {
        **{
            stream: lambda row: epoch(row["SystemModstamp"])
            for stream in ("cases", "case_comments", "emails", "accounts", "contacts", "users")
        },
        "case_history": lambda row: epoch(row["CreatedDate"]),
    }

    def __init__(
        self,
        now: datetime,
        records: Mapping[str, Iterable[Json]] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        requests_per_minute: int | None = None,
        requests_per_day: int = 15_000,
    ) -> None:
        self._clock = clock
        self.requests_per_day, self.requests = requests_per_day, 0
        self.instance_url: str | None = None  # another than the log-in's own, if any
        self.case_statuses: dict[str, Json] = {}
        self._sessions: dict[str, float] = {}  # token -> when it ends, by the clock
        self._cursors: dict[str, _Cursor] = {}
        super().__init__(now, records, clock=clock, requests_per_minute=requests_per_minute)

    def identify(self, record: Json) -> Any:
        return record["Id"]

    def add(self, stream: str, record: Json) -> None:
        if stream == "case_statuses":
            self.case_statuses[record["Id"]] = record
        else:
            super().add(stream, record)

    def remove(self, stream: str, number: int) -> None:
        """To the recycle bin, where /queryAll still finds it; a user is made inactive instead."""
        identity = self.identify(self.made_up(stream, number, self.now))
        if stream == "case_statuses":
            del self.case_statuses[identity]
            return
        record = self._row(stream, identity)
        gone: Json = {"IsActive": False} if stream == "users" else {"IsDeleted": True}
        if stream != "case_history":  # which has no time of change
            gone["SystemModstamp"] = _written(self.now)
        self.add(stream, record | gone)

    def connection(self, url: str) -> Connection:
        return Connection(
            id=self.NAME,
            host=url,
            login=CONSUMER_KEY,
            password=CONSUMER_SECRET,
            extra={"requests_per_minute": 6000, "timeout_seconds": 10},
        )

    def end_sessions(self) -> None:
        """As after a change of the session settings: every token is refused from now on."""
        self._sessions.clear()

    def forget_cursors(self) -> None:
        """As after two days, or when a user opens more than ten."""
        self._cursors.clear()

    def made_up(self, stream: str, number: int, moment: datetime) -> Json:
        at = _written(moment)
        name = OBJECTS[stream][0]
        own = identity(stream, number)
        head = {
            "attributes": {"type": name, "url": f"/services/data/v62.0/sobjects/{name}/{own}"},
            "Id": own,
        }
        case, account = identity("cases", number), identity("accounts", number)
        user = identity("users", 1)
        match stream:
            case "cases":
                body: Json = {
                    "IsDeleted": False, "CaseNumber": f"{number:08d}", "CreatedDate": at,
                    "ClosedDate": None, "IsClosed": False, "Status": "New", "Priority": "Medium",
                    "Origin": "Web", "ContactId": identity("contacts", number),
                    "AccountId": account,
                }  # fmt: skip
            case "case_history":
                return head | {
                    "IsDeleted": False, "CaseId": case, "Field": "Status", "OldValue": "New",
                    "NewValue": "Größe – 電話", "CreatedById": user, "CreatedDate": at,
                }  # fmt: skip
            case "case_comments":
                body = {"IsDeleted": False, "ParentId": case, "IsPublished": True,
                        "CreatedById": user, "CreatedDate": at}  # fmt: skip
            case "emails":
                body = {"IsDeleted": False, "ParentId": case, "Incoming": False, "Status": "3",
                        "MessageDate": at, "CreatedById": user}  # fmt: skip
            case "accounts":
                body = {"IsDeleted": False, "Name": f"Größe – 電話 {number}", "CreatedDate": at,
                        "AnnualRevenue": None}  # fmt: skip
            case "contacts":
                body = {"IsDeleted": False, "AccountId": account, "Name": f"Kontakt {number}",
                        "Email": f"k{number}@example.org", "CreatedDate": at}  # fmt: skip
            case "users":
                body = {"UserType": "Standard", "IsActive": True}
            case _:
                body = {"ApiName": f"S{number}", "MasterLabel": f"S{number}", "IsClosed": False,
                        "IsDefault": number == 1, "SortOrder": number}  # fmt: skip
        return head | body | {"SystemModstamp": at}

    def routes(self) -> ASGIApp:
        app = FastAPI(openapi_url=None)

        @app.post("/services/oauth2/token")
        async def token(request: Request) -> Response:
            form = dict(parse_qsl((await request.body()).decode()))
            return self._grant(form, str(request.base_url).rstrip("/"))

        @app.get("/services/data/{version}/queryAll")
        async def query_all(request: Request, version: str) -> Response:
            return self._refused(request, version) or self._query(
                request.query_params.get("q", ""), version
            )

        @app.get("/services/data/{version}/query/{locator}")
        @app.get("/services/data/{version}/queryAll/{locator}")
        async def more(request: Request, version: str, locator: str) -> Response:
            return self._refused(request, version) or self._batch(locator, version)

        return app

    def _grant(self, form: Mapping[str, str], own: str) -> Response:
        if form.get("grant_type") != "client_credentials":
            return _no_grant("unsupported_grant_type", "grant type not supported")
        if form.get("client_id") != CONSUMER_KEY:
            return _no_grant("invalid_client_id", "client identifier invalid")
        if form.get("client_secret") != CONSUMER_SECRET:
            return _no_grant("invalid_client", "invalid client credentials")
        granted = f"00Ddemo!{secrets.token_urlsafe(48)}"
        self._sessions[granted] = self._clock() + SESSION_SECONDS
        return answer(
            {
                "access_token": granted,
                "signature": secrets.token_urlsafe(32),
                "scope": "api",
                "instance_url": self.instance_url or own,
                "id": "https://login.salesforce.example/id/00D000000000001EAA/005000000000001AAA",
                "token_type": "Bearer",
                "issued_at": str(int(self.now.timestamp() * 1000)),
            }
        )

    def _refused(self, request: Request, version: str) -> Response | None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._sessions.get(given, -math.inf) <= self._clock():
            return _error(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if self.requests >= self.requests_per_day:
            return _error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        self.requests += 1
        if (wait := self.quota.refused_for()) is not None:
            return _error(
                503, "SERVER_UNAVAILABLE", "Server temporarily unavailable",
                {"Retry-After": str(wait)},
            )  # fmt: skip
        if version not in VERSIONS:
            return _error(404, "NOT_FOUND", "The requested resource does not exist")
        return None

    def _query(self, text: str, version: str) -> Response:
        try:
            stream, fields, keys = self._found(text)
        except _Refused as refused:
            return _error(400, refused.code, refused.message)
        locator = f"01g{secrets.token_hex(7)}AA"
        cursor = _Cursor(stream, fields, keys, self._clock())
        self._cursors[locator] = cursor
        return self._batch(f"{locator}-0", version)

    def _found(self, text: str) -> tuple[str, list[str], list[Key]]:
        """What a query asks for, of rows visible now. Raises _Refused as Salesforce does."""
        parts = _QUERY.fullmatch(text)
        if parts is None:
            raise _Refused("MALFORMED_QUERY", f"unexpected token: {text[:20]!r}")
        name = parts["object"]
        if name not in STREAM_OF:
            raise _Refused("INVALID_TYPE", f"sObject type '{name}' is not supported.")
        fields = parts["fields"].split(", ")
        known = FIELDS[name].split()
        conditions = (parts["where"] or "").split(" AND ") if parts["where"] else []
        matches = [_CONDITION.fullmatch(condition) for condition in conditions]
        if None in matches:
            raise _Refused("MALFORMED_QUERY", "unexpected token in WHERE")
        asked = [m["field"] for m in matches if m]
        for field in [*fields, *asked, *parts["order"].split(", ")]:
            if field not in known:
                raise _Refused(
                    "INVALID_FIELD",
                    f"No such column '{field}' on entity '{name}'. If you are attempting to use a "
                    "custom field, be sure to append the '__c' after the custom field name.",
                )
        if len(set(fields)) != len(fields):
            raise _Refused("INVALID_FIELD", "duplicate field selected")
        stream = STREAM_OF[name]
        if stream == "case_statuses":
            return stream, fields, [(0.0, key) for key in sorted(self.case_statuses)]
        low, high, equal = -math.inf, math.inf, {}
        for match in matches:
            assert match is not None
            value = match["value"].strip("'")
            if match["sign"] == "=":
                equal[match["field"]] = value
            elif match["sign"] == ">=":
                low = epoch(value)
            else:
                high = epoch(value)
        keys = self.shelves[stream].from_clock(low, self.now.timestamp())
        return (
            stream,
            fields,
            [
                key
                for key in keys
                if key[0] < high
                and all(self._row(stream, key[1]).get(f) == v for f, v in equal.items())
            ],
        )

    def _batch(self, place: str, version: str) -> Response:
        locator, _, offset = place.partition("-")
        cursor = self._cursors.get(locator)
        if (
            cursor is None
            or not offset.isdigit()
            or int(offset) > len(cursor.keys)
            or cursor.began + LOCATOR_SECONDS <= self._clock()
        ):
            return _error(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        low = int(offset)
        high = low if self.hides_this_answer() else low + self.page_size
        rows = [self._sent(cursor, key) for key in cursor.keys[low:high]]
        done = high >= len(cursor.keys)
        body: Json = {"totalSize": len(cursor.keys), "done": done}
        if not done:
            # Of a /queryAll, too, what follows is found under /query.
            body["nextRecordsUrl"] = f"/services/data/{version}/query/{locator}-{high}"
        body["records"] = rows
        used = f"api-usage={self.requests}/{self.requests_per_day}"
        return answer(body, headers={"Sforce-Limit-Info": used})

    def _sent(self, cursor: _Cursor, key: Key) -> Json:
        """The row as it is now; which rows there are was settled when the query was asked."""
        row = self._row(cursor.stream, key[1])
        attributes = {"attributes": row["attributes"]} if "attributes" in row else {}
        return attributes | {field: row.get(field) for field in cursor.fields}

    def _row(self, stream: str, key: Any) -> Json:
        if stream == "case_statuses":
            return self.case_statuses[key]
        shelf = self.shelves[stream]
        place = shelf.place(key)
        assert place is not None  # nothing is ever gone for good here
        row: Json = msgspec.json.decode(shelf.written([place]))
        return row


def identity(stream: str, number: int) -> str:
    """An id of 18 characters, whose first three tell the object."""
    return f"{OBJECTS[stream][1]}{number:0{ALL_IDS}d}"


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _no_grant(error: str, description: str) -> Response:
    return answer({"error": error, "error_description": description}, 400)


def _error(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> Response:
    return answer([{"message": message, "errorCode": code}], status, headers)


SIMULATOR = SalesforceSimulator
