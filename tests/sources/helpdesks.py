"""A simulated help desk on a real socket, and the connector that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

from wellheard.connections import Connection
from wellheard.demo.simulators.clock import SimulatedClock
from wellheard.demo.simulators.serving import serve
from wellheard.demo.simulators.vendor import Simulator
from wellheard.periods import Window
from wellheard.sources.base import Page, Record, Request

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
OCTOBER = Window(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
FIRST = datetime(2026, 10, 2, 12, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@dataclass
class Desk:
    """The connector `module` against its simulator `api`; nothing waits in real time."""

    module: ModuleType
    api: Any
    url: str
    clock: SimulatedClock
    said: list[str] = field(default_factory=list)

    @property
    def connection(self) -> Connection:
        extra = {"requests_per_minute": 60_000, "timeout_seconds": 10}
        return replace(self.api.connection(self.url), extra=extra)

    def request(
        self,
        stream: str,
        window: Window = OCTOBER,
        connection: Connection | None = None,
        **options: Any,
    ) -> Request:
        return Request(
            source=self.module.SOURCE.name,
            stream=next(s for s in self.module.STREAMS if s.name == stream),
            window=window,
            options=self.module.Options(**options),
            connection=connection or self.connection,
            extracted_at=NOW,
            progress=self.said.append,
        )

    def pages(self, stream: str, window: Window = OCTOBER, **kwargs: Any) -> Iterator[Page]:
        yield from self.module.read(self.request(stream, window, **kwargs), self.clock.pace())

    def records(self, stream: str, window: Window = OCTOBER, **kwargs: Any) -> list[Record]:
        return [r for page in self.pages(stream, window, **kwargs) for r in page.records]

    def ids(self, stream: str, window: Window = OCTOBER, **kwargs: Any) -> list[str]:
        return [record.id for record in self.records(stream, window, **kwargs)]

    def fill(self, stream: str, moments: list[datetime], start: int = 1) -> list[str]:
        return [self.api.put(stream, n, moment) for n, moment in enumerate(moments, start)]

    def calls(self, path: str) -> list[dict[str, str]]:
        return [call.query for call in self.api.app.calls if call.path == path]


@contextmanager
def serving(module: ModuleType, make: type[Simulator], **options: Any) -> Iterator[Desk]:
    clock = SimulatedClock()
    api = make(NOW, clock=clock.read, **options)
    with serve(api.app) as url:
        yield Desk(module, api, url, clock)


def hourly(count: int, start: datetime = FIRST) -> list[datetime]:
    return [start + HOUR * n for n in range(count)]
