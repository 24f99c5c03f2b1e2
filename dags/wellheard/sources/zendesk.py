"""Zendesk: tickets, their events, users and organisations from the exports, and the ratings.

Connection: `host` https://<company>.zendesk.com, `login` the agent's e-mail address, `password` an
API token. Without a login the password is sent as an OAuth access token. Zendesk shows the exports
and the list of ratings to administrators alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from operator import le
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from wellheard.budgets import REAL_TIME, Pace
from wellheard.connections import Connection
from wellheard.endpoints import basic, bearer
from wellheard.errors import AccessDenied
from wellheard.http import Client
from wellheard.http_answers import Answer
from wellheard.sources.base import Page, Request, Source, Stream, microseconds
from wellheard.sources.concurrent import begun
from wellheard.sources.zendesk_answers import (
    Answered,
    events,
    organizations,
    ratings,
    ticket_cursor,
    tickets,
    users,
)

BUDGET = (10, 60.0)  # the incremental exports' own limit: 10 calls a minute
RATINGS_BUDGET = (200, 60.0)  # the rest of the API: 200 calls a minute in the smallest plan
STANDSTILL = 5  # answers in a row that lead nowhere before the window fails

# Tickets are indexed with some delay and the last minute of events is never sent: read five
# minutes again, and no window before ten minutes have passed since its end. Zendesk itself refuses
# a start less than five minutes back.
_EXPORTS = tuple(
    Stream(name, overlap=timedelta(minutes=5), settle=timedelta(minutes=10))
    for name in ("tickets", "ticket_events", "users", "organizations")
)
# Zendesk does not say whether it lists ratings by when they were offered or by when they were last
# changed. A ticket can be rated until it closes, at most 28 days after it was solved: so far back a
# rating is read again, and its change is found either way.
_RATINGS = Stream("satisfaction_ratings", overlap=timedelta(days=30), settle=timedelta(minutes=10))
STREAMS = (*_EXPORTS, _RATINGS)
_Optional = Literal["organizations", "satisfaction_ratings"]
OPTIONAL: tuple[str, ...] = get_args(_Optional)


class Options(BaseModel):
    """`without`: streams the account does not have or the token may not read."""

    model_config = ConfigDict(extra="forbid")

    without: list[_Optional] = []


class _Clock:
    """Follows the export's own clock over the pages."""

    def __init__(self, end: datetime) -> None:
        self._end, self._last, self._sorted = microseconds(end), 0, True

    def passed_end(self, changes: Sequence[int]) -> bool:
        """Whether all rows of the window have been seen.

        The exports are sorted by their clock, so a row at or past the window's end says so - unless
        a row ever came out of order: then only the vendor's end flag counts.
        """
        if not changes:
            return False
        self._sorted &= all(map(le, (self._last, *changes), changes))
        self._last = changes[-1]
        return self._sorted and self._last >= self._end


def read(request: Request, pace: Pace = REAL_TIME) -> Iterator[Page]:
    """The pages of a window of a stream, until the vendor's own end or past the window's end.

    Raises ConfigError (connection), AccessDenied, QuotaSpent and SourceError.
    """
    stream = request.stream.name
    budget = RATINGS_BUDGET if stream == _RATINGS.name else BUDGET
    with Client(
        request, title="Zendesk", authorization=_authorization, budgets=[budget], pace=pace
    ) as client:
        try:
            match stream:
                case "tickets":
                    yield from _by_cursor(request, client, tickets, ticket_cursor)
                case "users":
                    yield from _by_cursor(request, client, users)
                case "ticket_events":
                    yield from _by_time(request, client, events, {"include": "comment_events"})
                case "organizations":
                    yield from _by_time(request, client, organizations, {})
                case "satisfaction_ratings":
                    yield from _ratings(request, client)
                case unknown:
                    raise ValueError(f"Zendesk has no stream {unknown!r}")
        except AccessDenied as denied:
            if stream not in OPTIONAL or "(403)" not in denied.problem:
                raise
            raise AccessDenied(
                f"{denied.problem}; or do without them: `without: [{stream}]` under "
                f"{request.source} in wellheard.yml",
                source=request.source,
                stream=stream,
                window=request.window,
                page=denied.page,
            ) from None


def _by_cursor(
    request: Request,
    client: Client,
    understand: Callable[[bytes], Answered],
    guess: Callable[[bytes, datetime], str | None] = lambda body, end: None,
) -> Iterator[Page]:
    """The pages of a cursor export.

    `guess` finds the cursor that surely is asked for next before an answer is understood, so that
    Zendesk is at work meanwhile; it may find none. What it found is taken if it proves right.
    """
    path = f"/api/v2/incremental/{request.stream.name}/cursor.json"
    clock, number, standstill = _Clock(request.window.end), 0, 0
    cursor: str | None = None
    params: dict[str, str | int] = {"start_time": _start(request), "per_page": 1000}
    coming: Callable[[], Answer] | None = None

    def ask(params: Mapping[str, str | int], number: int) -> Answer:
        return client.call("GET", path, params=params, page=number, read=lambda answer: answer)

    while True:
        number += 1
        sent = coming() if coming else ask(params, number)
        coming, guessed = None, guess(sent.body, request.window.end)
        if guessed is not None and guessed != cursor:
            coming = begun(partial(ask, {"cursor": guessed}, number + 1))
        answer = client.call(
            "GET", path, params=params, page=number, read=lambda a: understand(a.body), answer=sent
        )
        if answer.after_cursor != guessed:
            coming = None
        yield Page(number, answer.records)
        if answer.end_of_stream or clock.passed_end(answer.changes):
            return
        if answer.after_cursor is None:
            if answer.end_of_stream is None:
                return  # no flag at all: the missing cursor is the end
            raise client.error(
                "Zendesk says there is more (end_of_stream: false) and gives no cursor to it; "
                "nothing of this window is kept: run it again",
                number,
            )
        standstill = standstill + 1 if answer.after_cursor == cursor else 0
        _check_standstill(client, standstill, number)
        cursor = answer.after_cursor
        params = {"cursor": cursor}


def _by_time(
    request: Request,
    client: Client,
    understand: Callable[[bytes], Answered],
    also: Mapping[str, str],
) -> Iterator[Page]:
    clock, number, standstill = _Clock(request.window.end), 0, 0
    start, end = _start(request), int(request.window.end.timestamp())
    while True:
        number += 1
        answer = client.get(
            f"/api/v2/incremental/{request.stream.name}.json",
            {"start_time": start, **also},
            page=number,
            read=understand,
        )
        yield Page(number, answer.records)
        if answer.end_of_stream or clock.passed_end(answer.changes):
            return
        following = answer.next_start
        if following is None:
            if answer.end_of_stream is None:
                return
            raise client.error(
                "Zendesk says there is more (end_of_stream: false) and gives no next page; "
                "nothing of this window is kept: run it again",
                number,
            )
        if following <= start and answer.records:
            # A page holds all rows of its last second, so a second too full to be left behind
            # (next page = this page) has been read whole.
            following = max(start, int(answer.records[-1].changed_at.timestamp())) + 1
        standstill = standstill + 1 if following <= start else 0
        _check_standstill(client, standstill, number)
        if following >= end:
            return  # rows come by time: none of the window's is left
        start = following


def _ratings(request: Request, client: Client) -> Iterator[Page]:
    """The list goes by the ratings' ids, so its cursor loses none whatever changes meanwhile."""
    number, standstill, cursor = 0, 0, ""
    params: dict[str, str | int] = {
        "start_time": _start(request),
        "end_time": int(request.window.end.timestamp()),
        "page[size]": 100,
    }
    while True:
        number += 1
        records, more, following = client.get(
            "/api/v2/satisfaction_ratings.json", params, page=number, read=ratings
        )
        yield Page(number, records)
        if not more:
            return
        if not following:
            raise client.error(
                "Zendesk says there are more ratings (has_more: true) and gives no link to them; "
                "nothing of this window is kept: run it again",
                number,
            )
        standstill = standstill + 1 if following == cursor else 0
        _check_standstill(client, standstill, number)
        cursor = params["page[after]"] = following


def _check_standstill(client: Client, standstill: int, page: int) -> None:
    if standstill >= STANDSTILL:
        raise client.error(
            f"Zendesk's answers stand still: {standstill + 1} of them in a row lead to the same "
            "place without saying it is the end, so its end is not known; nothing of this window "
            "is kept: run it again later",
            page,
        )
    if standstill:
        client.pause(standstill)


def _start(request: Request) -> int:
    return int((request.window.start - request.stream.overlap).timestamp())


def _authorization(connection: Connection) -> dict[str, str]:
    login = connection.login.strip()
    if not login:
        return bearer(connection)
    return basic(f"{login.removesuffix('/token')}/token", connection.password.strip())


def _streams(options: BaseModel) -> tuple[Stream, ...]:
    assert isinstance(options, Options)
    return tuple(stream for stream in STREAMS if stream.name not in options.without)


SOURCE = Source(
    name="zendesk",
    title="Zendesk",
    options=Options,
    streams=_streams,
    read=read,
    priorities=("urgent", "high", "normal", "low"),
)
