"""Google Play: customers' reviews of apps, of the last week alone.

Connection: `password` the service account's JSON key as it was downloaded; or its private key, with
the account's address as `login`. The account needs "Reply to reviews" in the Play Console. `host`
and the extra's `token_uri` only for a proxy.

The API shows what changed in the last seven days and nothing else. So a window that begins earlier
is refused instead of being landed with a hole in it; `history_start` is a day of the last week when
the source is set up, and a week without a run is gone: see `Options.lost_until`.

A review does not carry its app's package name, so the record id is `<package>/<review id>`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from wellheard.budgets import REAL_TIME, Pace
from wellheard.connections import Connection
from wellheard.endpoints import private_key
from wellheard.errors import AccessDenied, ConfigError, QuotaSpent
from wellheard.http import Client
from wellheard.signing import signed
from wellheard.sources.base import Page, Record, Request, Source, Stream
from wellheard.sources.concurrent import interleave
from wellheard.sources.newest_first import Answer, newest_first

HOST = "https://androidpublisher.googleapis.com"
TOKEN_URI = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/androidpublisher"
TITLE = "Google Play"
BUDGET = (200, 3600.0)  # reading reviews: 200 requests an hour
TOKEN_BUDGET = (60, 60.0)
KEPT = timedelta(days=7)  # what the API still shows
EMPTY = {"pageInfo", "kind"}  # an app without reviews is answered with {}
VALIDITY, SKEW = timedelta(hours=1), timedelta(seconds=30)

# All that the API still shows is read at every run, so no overlap is needed.
STREAMS = (Stream("reviews", settle=timedelta(minutes=10), whole=True),)

Package = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+$")
]


class Options(BaseModel):
    """`packages`: the apps' package names, such as com.example.shop.

    `lost_until`: reviews last changed before this day that were not landed in time are known to be
    lost to the API (their months can come from the Play Console's CSV reports, as a file source);
    windows may begin earlier again, up to it.
    """

    model_config = ConfigDict(extra="forbid")

    packages: list[Package] = Field(default_factory=list)
    lost_until: date | None = None


class _Time(msgspec.Struct):
    seconds: str | int


class _Words(msgspec.Struct):
    changed: _Time = msgspec.field(name="lastModified")


class _Answered(msgspec.Struct):
    changed: _Time | None = msgspec.field(default=None, name="lastModified")


class _Comment(msgspec.Struct):
    user: _Words | None = msgspec.field(default=None, name="userComment")
    developer: _Answered | None = msgspec.field(default=None, name="developerComment")


class _Review(msgspec.Struct):
    id: str | int = msgspec.field(name="reviewId")
    comments: list[_Comment]


class _TokenPagination(msgspec.Struct):
    next: str | None = msgspec.field(default=None, name="nextPageToken")


class _Reviews(msgspec.Struct):
    reviews: list[msgspec.Raw] | None = None
    paging: _TokenPagination | None = msgspec.field(default=None, name="tokenPagination")


class _Token(msgspec.Struct):
    access_token: str


class _Refusal(msgspec.Struct):
    class Inner(msgspec.Struct):
        class Reason(msgspec.Struct):
            reason: str = ""

        errors: list[Reason] = []
        message: str = ""

    error: Inner


@dataclass(frozen=True)
class _Account:
    """A service account: its address, its private key (PEM), and where it gets its tokens."""

    email: str
    key: str
    token_uri: str


def read(request: Request, pace: Pace = REAL_TIME) -> Iterator[Page]:
    """The reviews of every package that the API still shows, to its own end.

    Raises ConfigError (connection, options), AccessDenied, QuotaSpent, and SourceError, also for a
    window of which the API does not show the beginning any more.
    """
    options = request.options
    assert isinstance(options, Options)
    if not options.packages:
        raise ConfigError(
            f"sources.{request.source}.packages in wellheard.yml is missing: list the package "
            "names of the apps, such as com.example.shop"
        )
    began = pace.clock()

    def login(client: Client) -> Mapping[str, str]:
        now = request.extracted_at + timedelta(seconds=pace.clock() - began)
        return _authorization(client, now)

    with Client(
        request,
        title=TITLE,
        host=HOST,
        login=login,
        secret=_key,
        refusal=_meant,
        budgets=[BUDGET],
        pace=pace,
    ) as client:
        if request.stream.name != "reviews":
            raise ValueError(f"{TITLE} has no stream {request.stream.name!r}")
        _refuse_what_is_gone(client, options)
        yield from interleave(
            [partial(_reviews, client, request, package) for package in options.packages]
        )


def _refuse_what_is_gone(client: Client, options: Options) -> None:
    """A window is landed whole or not at all; landed again too late it would lose its reviews."""
    request = client.request
    oldest = request.extracted_at - KEPT
    start, known_lost = request.window.start, options.lost_until
    if known_lost is not None:
        start = max(start, datetime.combine(known_lost, time(), UTC))
    if start >= oldest and request.window.end > oldest:
        return
    first_day = oldest.date() + timedelta(days=1)
    where = f"sources.{request.source}"
    raise client.error(
        f"{TITLE} shows only reviews changed in the last {KEPT.days} days, since "
        f"{oldest:%Y-%m-%dT%H:%M:%SZ}, so this window cannot be read whole any more. At a first "
        f"load set {where}.history_start in wellheard.yml to {first_day}; after a week without a "
        f"run set {where}.lost_until to {first_day}, to go on without the reviews missed. What is "
        "older comes from the Play Console's monthly review reports (CSV) as a file source"
    )


def _reviews(client: Client, request: Request, package: str) -> Iterator[Page]:
    def understand(body: bytes) -> Answer:
        answer = _REVIEWS.decode(body)
        if answer.reviews is None and answer.paging is None and _KEYS.decode(body).keys() - EMPTY:
            raise ValueError("it holds neither reviews nor what an empty list of them is")
        records = []
        for raw in answer.reviews or ():
            row = _REVIEW.decode(raw)
            records.append(Record(f"{package}/{row.id}", _changed_at(row), bytes(raw)))
        return Answer(records, (answer.paging.next if answer.paging else None) or None)

    def ask(token: str | None, page: int) -> Answer:
        params: dict[str, str | int] = {"maxResults": 100}
        if token is not None:
            params["token"] = token
        path = f"/androidpublisher/v3/applications/{package}/reviews"
        return client.get(path, params, page=page, read=understand)

    # Down to the end, whatever the window: a week is little, and none of it can be had again.
    yield from newest_first(
        client, ask, name=package, since=None, end=datetime.max.replace(tzinfo=UTC)
    )


def _changed_at(row: _Review) -> datetime:
    """The second in which the user, or the developer in answer, last wrote."""
    written = [comment.user.changed for comment in row.comments if comment.user]
    if not written:
        raise ValueError(f"review {row.id} has no userComment")
    answered = [c.developer.changed for c in row.comments if c.developer and c.developer.changed]
    return datetime.fromtimestamp(max(int(at.seconds) for at in [*written, *answered]), UTC)


def _authorization(client: Client, now: datetime) -> dict[str, str]:
    """An access token for a signed assertion, from Google's token host.

    That host is asked through a client of its own: what is sent there is the assertion alone.
    """
    account = _account(client.connection)
    issued = now - SKEW
    claims = {
        "iss": account.email,
        "scope": SCOPE,
        "aud": account.token_uri,
        "iat": int(issued.timestamp()),
        "exp": int((issued + VALIDITY).timestamp()),
    }
    assertion = signed(client.connection, TITLE, account.key, claims, algorithm="RS256")
    uri = urlsplit(account.token_uri)
    there = replace(client.connection, host=f"{uri.scheme}://{uri.netloc}", port=None)
    with Client(
        replace(client.request, connection=there),
        title="Google's token service",
        secret=_key,
        refusal=_refused_account,
        budgets=[TOKEN_BUDGET],
        pace=client.pace,
    ) as tokens:
        answer = tokens.call(
            "POST",
            uri.path,
            form={
                "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
                "assertion": assertion,
            },
            page=1,
            read=lambda got: _TOKEN.decode(got.body),
        )
    client.mask(answer.access_token)
    return {"Authorization": f"Bearer {answer.access_token}"}


def _account(connection: Connection) -> _Account:
    """The service account a connection holds. Raises ConfigError that says what is missing."""
    given = connection.password.strip()
    email, key, token_uri = connection.login.strip(), given, ""
    if given.startswith("{"):
        try:
            file = msgspec.json.decode(given, type=dict[str, object], strict=False)
        except msgspec.MsgspecError:
            raise ConfigError(
                f"the password of connection {connection.id!r} begins like a service account's "
                "JSON key and is not JSON; copy the whole file again"
            ) from None
        email, key = str(file.get("client_email") or email), str(file.get("private_key") or "")
        token_uri = str(file.get("token_uri") or "")
    if not email:
        raise ConfigError(
            f"connection {connection.id!r} has no login: put the service account's address there, "
            "or its whole JSON key into the password"
        )
    return _Account(
        email=email,
        key=private_key(replace(connection, password=key), TITLE),
        token_uri=str(connection.extra.get("token_uri") or token_uri or TOKEN_URI),
    )


def _key(connection: Connection, title: str) -> str:
    return _account(connection).key


def _refused_account(client: Client, status: int, body: bytes, page: int) -> Exception | None:
    """The token host answers 400 to an account, key or clock it does not accept."""
    if status != 400:
        return None
    said = client.words(body)
    return AccessDenied(
        f"Google does not accept the service account{f' and says {said!r}' if said else ''}; check "
        f"that the key in the password of connection {client.connection.id!r} still exists, and "
        "this machine's clock",
        source=client.request.source,
        stream=client.request.stream.name,
        window=client.request.window,
        page=page,
    )


def _meant(client: Client, status: int, body: bytes, page: int) -> Exception | None:
    """Google answers 403, too, to an account whose requests of the hour are used up."""
    if status != 403:
        return None
    try:
        refusal = _REFUSAL.decode(body).error
    except (msgspec.MsgspecError, ValueError):
        return None
    reasons = {entry.reason for entry in refusal.errors}
    if not reasons & {"quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded"}:
        return None
    request = client.request
    resume_at = request.extracted_at + timedelta(hours=1)
    return QuotaSpent(
        f"the hour's requests to {TITLE} are used up and it says {client.words(body)!r}; nothing "
        f"of this window is kept: run it again after {resume_at:%Y-%m-%dT%H:%M:%SZ}",
        resume_at=resume_at,
        source=request.source,
        stream=request.stream.name,
        window=request.window,
        page=page,
    )


_REVIEWS, _REVIEW = msgspec.json.Decoder(_Reviews), msgspec.json.Decoder(_Review)
_KEYS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TOKEN, _REFUSAL = msgspec.json.Decoder(_Token), msgspec.json.Decoder(_Refusal)

SOURCE = Source(
    name="google_play",
    title=TITLE,
    options=Options,
    streams=lambda options: STREAMS,
    read=read,
)
