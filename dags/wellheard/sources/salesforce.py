"""Salesforce Service Cloud: cases with their history and replies, accounts, contacts and users.

Connection: `host` the My Domain address https://<company>.my.salesforce.com, `login` the consumer
key and `password` the consumer secret of an external client app with the client credentials flow.
Its integration user needs API access and must be able to read what is asked for below.

Status changes are in the case's history only where Setup tracks the field Status. Subjects,
descriptions and the texts of replies are never asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, cast
from urllib.parse import urlsplit

import msgspec
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from wellheard.budgets import REAL_TIME, Pace
from wellheard.errors import AccessDenied, ConfigError
from wellheard.http import Client
from wellheard.sources.base import Page, Record, Request, Source, Stream

TITLE = "Salesforce"
BUDGET = (600, 60.0)  # there is no limit by the minute, only one of the day; this is good manners
STANDSTILL = 5  # answers in a row that lead nowhere before the window fails
RESTARTS = 20  # of one window, after its query locator went
MODIFIED, CREATED = "SystemModstamp", "CreatedDate"

# A change is dated when it is made and seen when its transaction ends, which may take minutes.
OVERLAP, SETTLE = timedelta(minutes=30), timedelta(minutes=15)
STREAMS = (
    Stream("cases", OVERLAP, SETTLE),
    Stream("case_history", OVERLAP, SETTLE),
    Stream("case_comments", OVERLAP, SETTLE),
    Stream("emails", OVERLAP, SETTLE),
    Stream("accounts", OVERLAP, SETTLE, whole=True),
    Stream("contacts", OVERLAP, SETTLE, whole=True),
    Stream("users", OVERLAP, SETTLE, whole=True),
    Stream("case_statuses", whole=True),  # as they are defined now
)
# Whom cases belong to may have been changed last years before the history begins: a window longer
# than this, as a first load's is, takes what is older, too.
FIRST_LOAD = timedelta(days=7)
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)

# A name that can stand in a query and mean nothing but a field.
FieldName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,79}$")]


class Options(BaseModel):
    """What differs between companies; each field is one of Account, by its API name.

    `monthly_revenue_field` is what the account pays a month, `annual_revenue_field` what it pays a
    year, in its stead (the standard AnnualRevenue is usually the customer's own turnover, so it is
    not taken unasked); `customer_id_field` the key that surveys know the customer by. `emails` is
    false where Email-to-Case is off.
    """

    model_config = ConfigDict(extra="forbid")

    api_version: str = Field(default="v62.0", pattern=r"^v[0-9]{2,3}\.0$")
    emails: bool = True
    customer_id_field: FieldName | None = None
    monthly_revenue_field: FieldName | None = None
    annual_revenue_field: FieldName | None = None
    segment_field: FieldName | None = None
    joined_field: FieldName | None = None
    churned_field: FieldName | None = None

    @property
    def account_fields(self) -> list[str]:
        named = [
            self.customer_id_field,
            self.monthly_revenue_field,
            self.annual_revenue_field,
            self.segment_field,
            self.joined_field,
            self.churned_field,
        ]
        return [name for name in named if name is not None]


@dataclass(frozen=True)
class _Query:
    """What is asked of one object; `where` narrows it beside the window."""

    object: str
    fields: Sequence[str]
    clock: str = MODIFIED
    where: str = ""
    windowed: bool = True
    older_too: bool = False  # at a first load

    def written(self, more: Sequence[str], start: datetime, end: datetime) -> str:
        """The query, every field once: Salesforce refuses a second mention."""
        names = {name.lower(): name for name in [*self.fields, self.clock, *more][::-1]}
        fields = [names[key] for key in reversed(names)]
        conditions = [self.where] if self.where else []
        if self.windowed:
            conditions += [f"{self.clock} >= {_literal(start)}", f"{self.clock} < {_literal(end)}"]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        order = f"{self.clock}, Id" if self.windowed else "Id"
        return f"SELECT {', '.join(fields)} FROM {self.object}{where} ORDER BY {order}"


QUERIES = {
    "cases": _Query(
        "Case",
        ("Id", "IsDeleted", "CaseNumber", "CreatedDate", "ClosedDate", "IsClosed", "Status",
         "Priority", "Origin", "ContactId", "AccountId"),
    ),
    # A history row is written once and has no other time. Other tracked fields are not needed.
    "case_history": _Query(
        "CaseHistory",
        ("Id", "IsDeleted", "CaseId", "Field", "OldValue", "NewValue", "CreatedById"),
        clock=CREATED,
        where="Field = 'Status'",
    ),
    "case_comments": _Query(
        "CaseComment", ("Id", "IsDeleted", "ParentId", "IsPublished", "CreatedById", "CreatedDate")
    ),
    "emails": _Query(
        "EmailMessage",
        ("Id", "IsDeleted", "ParentId", "Incoming", "Status", "MessageDate", "CreatedById"),
    ),
    "accounts": _Query(
        "Account", ("Id", "IsDeleted", "Name", "CreatedDate", "AnnualRevenue"), older_too=True
    ),
    "contacts": _Query(
        "Contact", ("Id", "IsDeleted", "AccountId", "Name", "Email", "CreatedDate"), older_too=True
    ),
    "users": _Query("User", ("Id", "UserType", "IsActive"), older_too=True),
    "case_statuses": _Query(
        "CaseStatus",
        ("Id", "ApiName", "MasterLabel", "IsClosed", "IsDefault", "SortOrder"),
        windowed=False,
    ),
}  # fmt: skip

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class _Modified(msgspec.Struct):
    id: str | int = msgspec.field(name="Id")
    clock: _Moment = msgspec.field(name=MODIFIED)


class _Created(msgspec.Struct):
    id: str | int = msgspec.field(name="Id")
    clock: _Moment = msgspec.field(name=CREATED)


class _Batch(msgspec.Struct):
    records: list[msgspec.Raw]
    done: bool
    total: int = msgspec.field(name="totalSize")
    following: str | None = msgspec.field(default=None, name="nextRecordsUrl")


class _Token(msgspec.Struct):
    access_token: str
    instance_url: str


class _Problem(msgspec.Struct):
    code: str = msgspec.field(name="errorCode")


class _LocatorGone(Exception):
    """The query's place was forgotten: after two days, or because ten newer ones are open."""


def read(request: Request, pace: Pace = REAL_TIME) -> Iterator[Page]:
    """The rows of a window of a stream, deleted ones too, to the last batch (`done`).

    Raises ConfigError (connection), AccessDenied, QuotaSpent and SourceError.
    """
    options = request.options
    assert isinstance(options, Options)
    query = QUERIES[request.stream.name]
    with Client(
        request,
        title=TITLE,
        login=_log_in,  # once more when the session has expired (401 INVALID_SESSION_ID)
        refusal=_meant,
        budgets=[BUDGET],
        pace=pace,
    ) as client:
        yield from _rows(client, request, query, options)


def _rows(client: Client, request: Request, query: _Query, options: Options) -> Iterator[Page]:
    """Batch by batch; from the last row's time again when Salesforce has forgotten the place."""
    more = options.account_fields if query.object == "Account" else []
    decoder: msgspec.json.Decoder[_Modified] | msgspec.json.Decoder[_Created]
    decoder = _CREATED if query.clock == CREATED else _MODIFIED
    number, restarts = 0, 0
    start = request.window.start - request.stream.overlap
    if query.older_too and request.window.end - request.window.start > FIRST_LOAD:
        start = BEGINNING

    def understand(body: bytes) -> tuple[_Batch, list[Record]]:
        batch = _BATCH.decode(body)
        records = []
        for raw in batch.records:
            row = decoder.decode(raw)
            records.append(Record(str(row.id), row.clock.astimezone(UTC), bytes(raw)))
        return batch, records

    while True:
        path: str = f"/services/data/{options.api_version}/queryAll"
        params: Mapping[str, str | int]
        params = {"q": query.written(more, start, request.window.end)}
        got, standstill, last = 0, 0, start
        try:
            while True:
                number += 1
                batch, records = client.get(path, params, page=number, read=understand)
                yield Page(number, records)
                got += len(records)
                last = max([last, *(record.changed_at for record in records)])
                if batch.done:
                    break
                if not batch.following:
                    raise client.error(
                        f"{TITLE} says there is more (done: false) and gives no nextRecordsUrl; "
                        "nothing of this window is kept: run it again",
                        number,
                    )
                following = client.following(batch.following, number)
                standstill = standstill + 1 if following == (path, params) else 0
                _check_standstill(client, standstill, number)
                path, params = following
        except _LocatorGone:
            restarts += 1
            if restarts > RESTARTS:
                raise client.error(
                    f"{TITLE} forgot the place in the query {restarts} times (INVALID_QUERY_"
                    "LOCATOR); nothing of this window is kept: read it in shorter windows",
                    number,
                ) from None
            # Rows come by time, so none before the last one's is missing; its second comes again.
            start = last.replace(microsecond=0) if query.windowed else start
            continue
        if got < batch.total:
            raise client.error(
                f"{TITLE} promised {batch.total:,} rows of {query.object} and sent {got:,}; "
                "nothing of this window is kept: run it again",
                number,
            )
        return


def _check_standstill(client: Client, standstill: int, page: int) -> None:
    if standstill >= STANDSTILL:
        raise client.error(
            f"{TITLE}'s query stands still: {standstill + 1} answers in a row lead to the same "
            "place; nothing of this window is kept: run it again later",
            page,
        )
    if standstill:
        client.pause(standstill)


def _literal(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _log_in(client: Client) -> Mapping[str, str]:
    """The header of a new session, through a client of its own that needs none."""
    connection = client.connection
    if not connection.login.strip():
        raise ConfigError(
            f"connection {connection.id!r} has no login: put the consumer key of the external "
            "client app there, and its consumer secret into the password"
        )
    with Client(
        client.request, title=TITLE, refusal=_refused_app, budgets=[], pace=client.pace
    ) as anonymous:
        token = anonymous.call(
            "POST",
            "/services/oauth2/token",
            form={
                "grant_type": "client_credentials",
                "client_id": connection.login.strip(),
                "client_secret": connection.password.strip(),
            },
            page=1,
            read=lambda answer: _TOKEN.decode(answer.body),
        )
    client.mask(token.access_token)
    if urlsplit(token.instance_url).netloc != urlsplit(client.base_url).netloc:
        raise client.error(
            f"{TITLE} serves this company at {token.instance_url}, and credentials go to the "
            f"connection's host alone; put that address into the host of connection "
            f"{connection.id!r}"
        )
    return {"Authorization": f"Bearer {token.access_token}"}


def _refused_app(client: Client, status: int, body: bytes, page: int) -> Exception | None:
    """The token endpoint answers 400 where others answer 401."""
    if status not in (400, 401):
        return None
    said, request = client.words(body), client.request
    return AccessDenied(
        f"{TITLE} does not accept the client app ({status}){f' and says {said!r}' if said else ''};"
        f" check connection {client.connection.id!r}: the login is the consumer key, the password "
        "the consumer secret, the host the My Domain address (not login.salesforce.com), and the "
        "app's client credentials flow has a user to run as",
        source=request.source,
        stream=request.stream.name,
        window=request.window,
        page=page,
    )


def _meant(client: Client, status: int, body: bytes, page: int) -> Exception | None:
    """What errors mean here that others have no word for: [{"errorCode": ..., "message": ...}]."""
    try:
        codes = {problem.code for problem in _PROBLEMS.decode(body)}
    except (msgspec.MsgspecError, ValueError):
        return None
    if "INVALID_QUERY_LOCATOR" in codes:
        return _LocatorGone()
    if codes & {"INVALID_FIELD", "INVALID_TYPE"}:
        options = cast(Options, client.request.options)
        where = f"sources.{client.request.source} in wellheard.yml"
        step = f"set emails to false under {where} if Email-to-Case is off"
        if client.request.stream.name != "emails":
            named = ", ".join(options.account_fields)
            step = f"check the fields named under {where}{f' ({named})' if named else ''}"
        return client.error(
            f"{TITLE} refused the query and says {client.words(body)!r}; {step}, and that the "
            "integration user may read object and field",
            page,
        )
    return None


def _streams(options: BaseModel) -> tuple[Stream, ...]:
    with_emails = isinstance(options, Options) and options.emails
    return tuple(stream for stream in STREAMS if with_emails or stream.name != "emails")


_BATCH, _TOKEN = msgspec.json.Decoder(_Batch), msgspec.json.Decoder(_Token)
_MODIFIED, _CREATED = msgspec.json.Decoder(_Modified), msgspec.json.Decoder(_Created)
_PROBLEMS = msgspec.json.Decoder(list[_Problem])

SOURCE = Source(
    name="salesforce",
    title=TITLE,
    options=Options,
    streams=_streams,
    read=read,
)
