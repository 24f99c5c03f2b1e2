"""Any vendor of the registry on a real socket, and its connector with time that costs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from wellheard import sources
from wellheard.connections import Connection
from wellheard.demo import simulators
from wellheard.demo.simulators.clock import SimulatedClock
from wellheard.demo.simulators.serving import serve
from wellheard.demo.simulators.vendor import Simulator
from wellheard.periods import Window
from wellheard.sources.base import Page, Record, Request

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
WINDOW = Window(datetime(2026, 10, 29, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC))
FIRST = WINDOW.start + timedelta(hours=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class SimulatedVendor:
    """A simulator being served; `said` is what its reader reported."""

    def __init__(self, simulator: Any, url: str, clock: SimulatedClock) -> None:
        self.api, self.url, self.clock = simulator, url, clock
        self.source = sources.get(simulator.NAME)
        self.connection: Connection = simulator.connection(url)
        self.said: list[str] = []

    def fill(self, stream: str, count: int, start: datetime = FIRST) -> list[str]:
        """That many records, an hour apart, numbered from 1; the ids they are landed under."""
        return [self.api.put(stream, n + 1, start + n * HOUR) for n in range(count)]

    def options(self, **options: Any) -> Any:
        return self.source.options.model_validate({**self.api.options(), **options})

    def pages(
        self,
        stream: str,
        window: Window = WINDOW,
        *,
        connection: Connection | None = None,
        extracted_at: datetime = NOW,
        **options: Any,
    ) -> Iterator[Page]:
        chosen = self.options(**options)
        request = Request(
            source=self.source.name,
            stream=next(s for s in self.source.streams(chosen) if s.name == stream),
            window=window,
            options=chosen,
            connection=connection or self.connection,
            extracted_at=extracted_at,
            progress=self.said.append,
        )
        yield from self.source.read(request, self.clock.pace())

    def records(self, stream: str, window: Window = WINDOW, **more: Any) -> list[Record]:
        return [record for page in self.pages(stream, window, **more) for record in page.records]

    def ids(self, stream: str, window: Window = WINDOW, **more: Any) -> list[str]:
        return [record.id for record in self.records(stream, window, **more)]

    def changed(self, **fields: Any) -> Connection:
        """The connection with other fields; those of `extra` are added."""
        extra = {**self.connection.extra, **fields.pop("extra", {})}
        return replace(self.connection, **fields, extra=extra)

    def calls(self, path: str) -> list[dict[str, str]]:
        """The queries of the calls whose path ends so."""
        return [call.query for call in self.api.app.calls if call.path.endswith(path)]


@contextmanager
def simulated(name: str, *, page_size: int | None = None, **more: Any) -> Iterator[SimulatedVendor]:
    clock = SimulatedClock()
    simulator: Simulator = simulators.registry()[name](NOW, clock=clock.read, **more)
    if page_size:
        simulator.page_size = page_size
    with serve(simulator.app) as url:
        yield SimulatedVendor(simulator, url, clock)
