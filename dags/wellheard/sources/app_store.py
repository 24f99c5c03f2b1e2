"""App Store Connect: customers' reviews of apps.

Connection: `login` the issuer id, `password` the private key (the whole .p8 file), and in the extra
`key_id`; the key's role needs no more than Customer Support. `host` only for a proxy.

A review does not carry its app's id, so the record id is `<app>/<review id>`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

import msgspec
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from wellheard.budgets import REAL_TIME, Pace
from wellheard.connections import Connection
from wellheard.endpoints import private_key
from wellheard.errors import ConfigError
from wellheard.http import Client
from wellheard.signing import signed
from wellheard.sources.base import Page, Record, Request, Source, Stream
from wellheard.sources.concurrent import interleave
from wellheard.sources.newest_first import Answer, newest_first

HOST = "https://api.appstoreconnect.apple.com"
TITLE = "App Store Connect"
BUDGET = (3000, 3600.0)  # the key's limit is 3,600 requests in any hour
VALIDITY = timedelta(minutes=19)  # of a token; Apple refuses more than 20
SKEW = timedelta(seconds=30)  # a clock ahead of Apple's would sign tokens of the future

# A review has one time, `createdDate`, and Apple does not say whether an edit moves it: the API has
# no time of change. Where it does, the review comes again at the top; where it does not, reading 30
# days again finds what was edited within a month of being written. Reviews are published up to a
# day after they are written, with the time they were written.
STREAMS = (Stream("reviews", overlap=timedelta(days=30), settle=timedelta(hours=1), whole=True),)

AppId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Options(BaseModel):
    """`apps`: their Apple ids (numbers); every app the key may see when left out."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    apps: list[AppId] | None = Field(default=None, min_length=1)


class _Links(msgspec.Struct):
    next: str | None = None


class _Paging(msgspec.Struct):
    total: int | None = None


class _Meta(msgspec.Struct):
    paging: _Paging | None = None


class _List(msgspec.Struct):
    data: list[msgspec.Raw]
    links: _Links  # no `next` in it is the end of the list, so it must be there
    meta: _Meta | None = None


class _Attributes(msgspec.Struct):
    created: _Moment = msgspec.field(name="createdDate")


class _Review(msgspec.Struct):
    id: str | int
    attributes: _Attributes


class _App(msgspec.Struct):
    id: str | int


def read(request: Request, pace: Pace = REAL_TIME) -> Iterator[Page]:
    """The reviews of every app, newest first, down to the window's start less the overlap.

    Raises ConfigError (connection), AccessDenied, QuotaSpent and SourceError.
    """
    options = request.options
    assert isinstance(options, Options)
    began = pace.clock()

    def login(client: Client) -> Mapping[str, str]:
        elapsed = timedelta(seconds=pace.clock() - began)
        return _authorization(client.connection, request.extracted_at + elapsed)

    with Client(
        request,
        title=TITLE,
        host=HOST,
        login=login,  # signed here, and once more when Apple finds it too old (401)
        secret=private_key,
        budgets=[BUDGET],
        pace=pace,
    ) as client:
        if request.stream.name != "reviews":
            raise ValueError(f"{TITLE} has no stream {request.stream.name!r}")
        apps = options.apps or _all_apps(client)
        yield from interleave([partial(_reviews, client, request, app) for app in apps])


def _reviews(client: Client, request: Request, app: str) -> Iterator[Page]:
    first = f"/v1/apps/{app}/customerReviews"

    def understand(body: bytes) -> Answer:
        answer = _LIST.decode(body)
        records = []
        for raw in answer.data:
            row = _REVIEW.decode(raw)
            changed_at = row.attributes.created.astimezone(UTC)
            records.append(Record(f"{app}/{row.id}", changed_at, bytes(raw)))
        return Answer(records, answer.links.next, _total(answer))

    def ask(url: str | None, page: int) -> Answer:
        path, params = _place(client, url, first, {"sort": "-createdDate", "limit": 200}, page)
        return client.get(path, params, page=page, read=understand)

    yield from newest_first(
        client,
        ask,
        name=f"app {app}",
        since=request.window.start - request.stream.overlap,
        end=request.window.end,
    )


def _all_apps(client: Client) -> Sequence[str]:
    """The apps the key may see, in Apple's order. Raises SourceError when there are none."""
    found: list[str] = []
    url: str | None = None
    page, promised = 0, 0
    while True:
        page += 1
        path, params = _place(client, url, "/v1/apps", {"limit": 200}, page)
        answer = client.get(path, params, page=page, read=_LIST.decode)
        found += [str(_APP.decode(raw).id) for raw in answer.data]
        promised = max(promised, _total(answer) or 0)
        if answer.links.next is None:
            break
        if answer.links.next == url:
            raise client.error("the list of apps stands still; run it again later", page)
        url = answer.links.next
    distinct = list(dict.fromkeys(found))
    if len(distinct) < promised:
        raise client.error(f"{TITLE} promised {promised} apps and listed {len(distinct)}")
    if not distinct:
        raise client.error(
            f"the key of connection {client.connection.id!r} sees no apps; give it access to them "
            "in App Store Connect (Users and Access, Integrations)"
        )
    return distinct


def _place(
    client: Client, url: str | None, path: str, params: dict[str, str | int], page: int
) -> tuple[str, Mapping[str, str | int]]:
    return (path, params) if url is None else client.following(url, page)


def _total(answer: _List) -> int | None:
    return answer.meta.paging.total if answer.meta and answer.meta.paging else None


def _authorization(connection: Connection, now: datetime) -> dict[str, str]:
    """A token of 19 minutes. Raises ConfigError for a connection that lacks a part."""
    issuer, key_id = connection.login.strip(), str(connection.extra.get("key_id") or "").strip()
    if not issuer or not key_id:
        raise ConfigError(
            f"connection {connection.id!r} has no {'key_id in its extra' if issuer else 'login'}: "
            "put the issuer id into the login and the key's id as key_id into the extra; both "
            "stand in App Store Connect (Users and Access, Integrations)"
        )
    issued = now - SKEW
    claims = {
        "iss": issuer,
        "iat": int(issued.timestamp()),
        "exp": int((issued + VALIDITY).timestamp()),
        "aud": "appstoreconnect-v1",
    }
    key = private_key(connection, TITLE)
    token = signed(connection, TITLE, key, claims, algorithm="ES256", headers={"kid": key_id})
    return {"Authorization": f"Bearer {token}"}


_LIST, _REVIEW = msgspec.json.Decoder(_List), msgspec.json.Decoder(_Review)
_APP = msgspec.json.Decoder(_App)

SOURCE = Source(
    name="app_store",
    title=TITLE,
    options=Options,
    streams=lambda options: STREAMS,
    read=read,
)
