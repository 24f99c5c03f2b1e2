"""What every simulated vendor is: records on shelves, a quota, a fault switch in front.

A vendor is one module of this package that ends in `SIMULATOR = <its class>`, a subclass of
`Simulator` with the name of its connector. Tests and the demo treat all of them alike through it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec
from fastapi import Response
from starlette.types import ASGIApp

from wellheard.connections import Connection
from wellheard.demo.simulators.faults import FaultSwitch, Quota
from wellheard.demo.simulators.shelf import Shelf
from wellheard.demo.simulators.world import Json
from wellheard.periods import as_utc


class Simulator:
    """One vendor's API over made-up records; `app` is the ASGI application to serve.

    `now` (UTC) is the simulated present: records whose clock lies later are invisible.
    `page_size` is how many records an answer holds at most (the vendor's cap; tests make it less).
    `empty_answers` are the answers (numbered from 1 over all calls that list records) that hold
    none although more follow. A subclass whose vendor never sends such a page says so in
    `EMPTY_PAGES`.
    """

    NAME: ClassVar[str]  # the connector's
    PAGE: ClassVar[int]  # the vendor's own cap on a page
    CLOCKS: ClassVar[Mapping[str, Callable[[Json], float]]]  # stream -> its change clock, epoch s
    EMPTY_PAGES: ClassVar[bool] = True
    # What cannot happen with this vendor, and why: a case of tests/torture, or stream/case.
    NOT_APPLICABLE: ClassVar[Mapping[str, str]] = {}
    # stream -> fields (dotted) a record cannot be landed without, beside its id and the clock above
    NEEDED: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def __init__(
        self,
        now: datetime,
        records: Mapping[str, Iterable[Json]] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        requests_per_minute: int | None = None,
    ) -> None:
        self.now = as_utc(now)
        self.page_size = self.PAGE
        self.empty_answers: set[int] = set()
        self.answers = 0
        self.quota = Quota(requests_per_minute, clock)
        self.shelves = {
            stream: Shelf([], identify=self.identify, clock=changed)
            for stream, changed in self.CLOCKS.items()
        }
        for stream, rows in (records or {}).items():
            for row in rows:
                self.add(stream, row)
        self.app = FaultSwitch(self.routes())

    def routes(self) -> ASGIApp:
        """The vendor's endpoints."""
        raise NotImplementedError

    def connection(self, url: str) -> Connection:
        """A connection this vendor accepts when it is served at `url`."""
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        """What stands under the source in wellheard.yml so that all records are read."""
        return {}

    def made_up(self, stream: str, number: int, moment: datetime) -> Json:
        """The n-th (from 1) made-up record of a stream, last changed at a moment, as sent."""
        raise NotImplementedError

    def identify(self, record: Json) -> Any:
        """What tells a record from all others of its stream."""
        return record["id"]

    def landed_id(self, stream: str, record: Json) -> str:
        """The record id the connector lands it under."""
        return str(self.identify(record))

    def add(self, stream: str, record: Json) -> None:
        """Take a record as the vendor would send it, or replace the one of the same id."""
        self.shelves[stream].put(record)

    def put(self, stream: str, number: int, moment: datetime) -> str:
        """Add the n-th made-up record, or change it at that moment; the id it is landed under."""
        record = self.made_up(stream, number, moment)
        self.add(stream, record)
        return self.landed_id(stream, record)

    def remove(self, stream: str, number: int) -> None:
        """Delete the n-th made-up record as this vendor does: here, it is simply gone."""
        self.shelves[stream].remove(self.identify(self.made_up(stream, number, self.now)))

    def records_in(self, stream: str, content: Any) -> list[Json]:
        """The records of a stream in a decoded answer: the outermost objects known by their id."""
        if isinstance(content, dict):
            if self._is_record(stream, content):
                return [content]
            content = list(content.values())
        if not isinstance(content, list):
            return []
        return [record for part in content for record in self.records_in(stream, part)]

    def _is_record(self, stream: str, content: Json) -> bool:
        try:
            self.CLOCKS[stream](content)
            return self.shelves[stream].place(self.identify(content)) is not None
        except (LookupError, TypeError, ValueError, AttributeError):
            return False

    def hides_this_answer(self) -> bool:
        """Count one answer that lists records; whether it is one of the empty ones."""
        self.answers += 1
        return self.answers in self.empty_answers


def epoch(moment: str) -> float:
    """An ISO time as epoch seconds; without a zone it is UTC."""
    parsed = datetime.fromisoformat(moment)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def stamp(moment: datetime) -> str:
    """A moment as most vendors write it: 2026-10-02T12:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer; bytes are taken as JSON already written."""
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Response(content, status, dict(headers or {}), media_type="application/json")
