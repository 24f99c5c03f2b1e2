"""A simulated survey vendor on a real socket, and the connector that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

from wellheard.connections import Connection
from wellheard.demo.simulators import registry
from wellheard.demo.simulators.clock import SimulatedClock
from wellheard.demo.simulators.serving import serve
from wellheard.periods import Window
from wellheard.sources.base import Page, Record, Request

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
OCTOBER = Window(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
FIRST = datetime(2026, 10, 2, 12, tzinfo=UTC)
HOUR, SECOND, DAY = timedelta(hours=1), timedelta(seconds=1), timedelta(days=1)


@dataclass
class Vendor:
    """The connector `module` against its simulator `api`; nothing waits in real time."""

    module: ModuleType
    api: Any
    url: str
    clock: SimulatedClock
    said: list[str] = field(default_factory=list)

    def connection(self, **extra: Any) -> Connection:
        free = {"requests_per_minute": 10**6, "requests_per_day": 10**9, "timeout_seconds": 10}
        return replace(self.api.connection(self.url), extra=extra or free)

    def pages(
        self,
        stream: str,
        window: Window = OCTOBER,
        connection: Connection | None = None,
        **options: Any,
    ) -> Iterator[Page]:
        request = Request(
            source=self.module.SOURCE.name,
            stream=next(s for s in self.module.STREAMS if s.name == stream),
            window=window,
            options=self.module.Options(**options),
            connection=connection or self.connection(),
            extracted_at=NOW,
            progress=self.said.append,
        )
        yield from self.module.read(request, self.clock.pace())

    def records(self, stream: str, *args: Any, **kwargs: Any) -> list[Record]:
        return [r for page in self.pages(stream, *args, **kwargs) for r in page.records]

    def ids(self, stream: str, *args: Any, **kwargs: Any) -> list[str]:
        return [record.id for record in self.records(stream, *args, **kwargs)]

    def fill(self, count: int, moment: datetime = FIRST, step: timedelta = HOUR) -> set[str]:
        """As many responses; their ids. One moment for all with a step of 0."""
        known = len(self.api.shelves["responses"])
        numbers = range(known + 1, known + count + 1)
        return {self.api.put("responses", n, moment + (n - 1) * step) for n in numbers}

    def calls(self, ending: str) -> list[dict[str, str]]:
        return [call.query for call in self.api.app.calls if call.path.endswith(ending)]


@contextmanager
def serving(module: ModuleType, **made: Any) -> Iterator[Vendor]:
    """A vendor with one survey and nothing in it; its quota goes by the same simulated clock."""
    clock = SimulatedClock()
    api = registry()[module.SOURCE.name](NOW, clock=clock.read, **made)
    with serve(api.app) as url:
        yield Vendor(module, api, url, clock)
