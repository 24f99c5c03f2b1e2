"""Trustpilot: the service reviews of business units, with what only their owner may see.

Connection: `login` the API key, `password` the API secret (client credentials); `host` only where
it is not https://api.trustpilot.com.

Reviews are listed by the time they were written; an edit does not move them and there is no list
of edits. So every window reads the reviews of the `look_back_days` before it once more: nearly all
edits follow within days, after the company's reply or Trustpilot's own request for proof, and a
month of reviews costs a page per hundred. A later edit arrives when its window is landed again.
A deleted review is gone without a word. Sent invitations cannot be listed: there is no stream of
them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

import msgspec
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from wellheard.budgets import REAL_TIME, Pace
from wellheard.connections import Connection
from wellheard.endpoints import basic
from wellheard.errors import ConfigError
from wellheard.http import Client
from wellheard.sources.base import Page, Record, Request, Source, Stream
from wellheard.sources.concurrent import interleave

HOST = "https://api.trustpilot.com"
TOKENS = "/v1/oauth/oauth-business-users-for-applications/accesstoken"
BUDGETS = [(833, 300.0), (10_000, 3600.0)]  # what Trustpilot asks its users to stay below
PAGE_SIZE = 100
PASSES = 5  # over the reviews of one second, until one brings nothing new

LOOK_BACK = 30  # days
SETTLE = timedelta(hours=1)  # a new review shows up within minutes
SECOND = timedelta(seconds=1)

UnitId = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{24}$")]
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Options(BaseModel):
    """`business_units`: the ids of those to read, found by `/v1/business-units/find?name=<domain>`.

    `look_back_days`: how long after it was written an edit of a review is noticed.
    """

    model_config = ConfigDict(extra="forbid")

    business_units: list[UnitId] = []
    look_back_days: int = Field(default=LOOK_BACK, ge=1, le=3650)


class _Review(msgspec.Struct):
    id: str | int
    created_at: _Moment = msgspec.field(name="createdAt")
    updated_at: _Moment | None = msgspec.field(default=None, name="updatedAt")


class _Reviews(msgspec.Struct):
    reviews: list[msgspec.Raw]


class _Token(msgspec.Struct):
    access_token: str


@dataclass(frozen=True)
class _Listed:
    """The reviews of an answer, and the second each was written in, by which they are sorted."""

    records: Sequence[Record]
    seconds: Sequence[datetime]

    def of(self, second: datetime) -> set[str]:
        """The ids of the reviews written in a second."""
        pairs = zip(self.records, self.seconds, strict=True)
        return {record.id for record, written in pairs if written == second}


def streams(options: BaseModel) -> tuple[Stream, ...]:
    assert isinstance(options, Options)
    return (Stream("reviews", overlap=timedelta(days=options.look_back_days), settle=SETTLE),)


STREAMS = streams(Options())


def read(request: Request, pace: Pace = REAL_TIME) -> Iterator[Page]:
    """The pages of a window, of all business units as they come.

    Raises ConfigError (connection, no business unit), AccessDenied, QuotaSpent and SourceError.
    """
    options = request.options
    assert isinstance(options, Options)
    if request.stream.name != "reviews":
        raise ValueError(f"Trustpilot has no stream {request.stream.name!r}")
    if not options.business_units:
        raise ConfigError(
            f"source {request.source!r} reads no business unit: write their ids into its "
            "business_units in wellheard.yml; GET /v1/business-units/find?name=<your domain> with "
            "the header apikey tells an id"
        )
    with Client(
        request,
        title="Trustpilot",
        host=HOST,
        budgets=BUDGETS,
        login=partial(_log_in, request, pace),
        headers={"apikey": _key(request.connection)} if request.connection else None,
        pace=pace,
    ) as client:
        units = list(dict.fromkeys(options.business_units))
        yield from interleave([partial(_reviews, request, client, unit) for unit in units])


def _reviews(request: Request, client: Client, unit: str) -> Iterator[Page]:
    """A unit's reviews, oldest first; each question begins at the second the last answer reached.

    A review deleted between two pages then moves none out of sight: a page 2 is asked only within
    one second, which is read again until that brings nothing new.
    """
    since = request.window.start - request.stream.overlap
    number, page, passes = 0, 1, 1
    seen: set[str] = set()  # of the second `since`
    fresh = False  # whether this pass over it brought anything new
    while True:
        number += 1
        listed = _ask(client, unit, since, request.window.end, page, number)
        yield Page(number, listed.records)
        if page == 1 and not listed.records:
            return  # past the last page, an empty list is the end
        reached = max(listed.seconds, default=since)
        if page == 1 and reached > since:
            since, seen, fresh = reached, listed.of(reached), False
            continue
        fresh |= not listed.of(since) <= seen
        seen |= listed.of(since)
        if listed.records and reached <= since:
            page += 1
        elif not fresh:
            since, page, passes, seen = since + SECOND, 1, 1, set()
        elif passes < PASSES:
            page, passes, fresh = 1, passes + 1, False
        else:
            raise client.error(
                f"business unit {unit}: the reviews of {_written(since)} come out differently at "
                f"each of {PASSES} readings; nothing of this window is kept: run it again later",
                number,
            )


def _ask(
    client: Client, unit: str, since: datetime, until: datetime, page: int, number: int
) -> _Listed:
    def understand(body: bytes) -> _Listed:
        records, seconds = [], []
        for raw in _REVIEWS.decode(body).reviews:
            row = _REVIEW.decode(raw)
            changed_at = max(row.created_at, row.updated_at or row.created_at).astimezone(UTC)
            # The review's own copy of its unit may be missing, so the id says whose it is.
            records.append(Record(f"{unit}/{row.id}", changed_at, bytes(raw)))
            seconds.append(row.created_at.astimezone(UTC).replace(microsecond=0))
        return _Listed(records, seconds)

    return client.get(
        f"/v1/private/business-units/{unit}/reviews",
        {
            "orderBy": "createdat.asc",
            "startDateTime": _written(since),
            "endDateTime": _written(until),
            "perPage": PAGE_SIZE,
            "page": page,
        },
        page=number,
        read=understand,
    )


def _log_in(request: Request, pace: Pace, client: Client) -> dict[str, str]:
    """Ask for an access token, as a client of its own: it takes key and secret, not a token."""
    connection = client.connection
    with Client(
        request,
        title="Trustpilot",
        host=HOST,
        authorization=lambda c: basic(_key(c), c.password.strip()),
        budgets=BUDGETS,
        pace=pace,
    ) as door:
        token = door.call(
            "POST",
            TOKENS,
            form={"grant_type": "client_credentials"},
            page=1,
            read=lambda answer: _TOKEN.decode(answer.body).access_token,
        )
    client.mask(token)
    client.mask(connection.password.strip())
    return {"Authorization": f"Bearer {token}"}


def _key(connection: Connection) -> str:
    key = connection.login.strip()
    if not key or not (key.isascii() and key.isprintable()):
        raise ConfigError(
            f"connection {connection.id!r} has no usable login: put Trustpilot's API key there, "
            "and the API secret into the password"
        )
    return key


def _written(moment: datetime) -> str:
    """As Trustpilot's documentation writes a time; it is UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


_REVIEWS, _REVIEW = msgspec.json.Decoder(_Reviews), msgspec.json.Decoder(_Review)
_TOKEN = msgspec.json.Decoder(_Token)

SOURCE = Source(
    name="trustpilot",
    title="Trustpilot",
    options=Options,
    streams=streams,
    read=read,
)
