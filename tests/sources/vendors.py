"""Small worlds behind the simulators, and what is needed to read and land them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from wellheard.connections import Connection
from wellheard.demo.simulators.clock import SimulatedClock
from wellheard.demo.simulators.faults import Fault
from wellheard.demo.simulators.server import simulator
from wellheard.demo.simulators.serving import serve
from wellheard.demo.simulators.vendor import Simulator
from wellheard.demo.simulators.world import Json, World
from wellheard.lake import Lake, Manifest
from wellheard.periods import Window
from wellheard.sources.base import Page, Request

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
OCTOBER = Window(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
FIRST = datetime(2026, 10, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

# What goes wrong for good, and what the message then says.
LASTING_FAULTS = {
    "error": (Fault("error", 99), "answered 500 and says 'InternalError'; gave up after 6"),
    "unavailable": (Fault("unavailable", 99), "answered 503 (not available) and says 'Down'"),
    "html": (Fault("html", 99), "answered 200 with text/html ('Scheduled maintenance') instead"),
    "cut off": (Fault("cut", 99), "the answer was cut off"),
    "truncated": (Fault("truncated", 99), "is cut off or not the JSON promised"),
    "empty body": (Fault("empty_body", 99), "answer of 0 bytes is cut off or not the JSON"),
    "wrong type": (Fault("wrong_type", 99), "answered 200 with text/plain instead of JSON"),
    "reset": (Fault("reset", 99), "the answer was cut off"),
    "slow": (Fault("slow", 99, seconds=0.5), "did not answer within 0.15 s; gave up after 6"),
    "rate limited": (Fault("rate_limited", 99), "answered 429 (too many requests)"),
    "rate limited, told to wait": (
        Fault("rate_limited", 99, retry_after="7"),
        "answered 429 (too many requests) and says 'TooManyRequests'; gave up after 12",
    ),
}
# What goes wrong twice and then is fine.
PASSING_FAULTS = {
    name: Fault(fault.kind, 2, retry_after=fault.retry_after, seconds=fault.seconds)
    for name, (fault, _) in LASTING_FAULTS.items()
}


class Vendor:
    """A simulated vendor on a real socket, and the connector that reads it."""

    def __init__(
        self,
        module: ModuleType,
        simulator: Simulator,
        url: str,
        clock: SimulatedClock,
        connection: Connection,
    ) -> None:
        self.module, self.simulator, self.url = module, simulator, url
        self.clock, self.connection = clock, connection
        self.said: list[str] = []

    @property
    def api(self) -> Any:
        return self.simulator

    def request(
        self,
        stream: str,
        window: Window = OCTOBER,
        *,
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

    def ids(self, stream: str, window: Window = OCTOBER, **kwargs: Any) -> list[str]:
        pages = self.pages(stream, window, **kwargs)
        return [record.id for page in pages for record in page.records]

    def land(self, lake: Lake, stream: str, window: Window = OCTOBER, **kwargs: Any) -> Manifest:
        name = self.module.SOURCE.name
        with lake.landing(name, stream, window, extracted_at=NOW) as landing:
            for page in self.pages(stream, window, **kwargs):
                landing.add(page)
            landing.end_signal = True
        assert landing.manifest is not None
        return landing.manifest


def account(module: ModuleType, url: str, **changes: Any) -> Connection:
    """The connection the simulator accepts; nobody waits long for an answer in a test."""
    given = simulator(module.SOURCE.name)(NOW).connection(url)
    extra = {"requests_per_minute": 6000, "timeout_seconds": 10}
    return replace(given, **({"extra": extra} | changes))


@contextmanager
def serving(module: ModuleType, world: World, **options: Any) -> Iterator[Vendor]:
    """Serve a world for one connector; the simulator's quota goes by the same simulated clock."""
    clock = SimulatedClock()
    name = module.SOURCE.name
    made = simulator(name)(world.now, world.records()[name], clock=clock.read, **options)
    with serve(made.app) as url:
        yield Vendor(module, made, url, clock, account(module, url))


def in_a_hurry(vendor: Vendor) -> Connection:
    extra = {"requests_per_minute": 6000, "timeout_seconds": 0.15}
    return account(vendor.module, vendor.url, extra=extra)


def everything_below(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its content, to see that nothing changed."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ticket(number: int, moment: datetime, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "subject": f"Größe – 電話 {number}",
        "status": "open",
        "created_at": stamp(moment),
        "updated_at": stamp(moment),
        "generated_timestamp": int(moment.timestamp()),
        **more,
    }


def event(number: int, moment: datetime, *children: str) -> dict[str, Any]:
    return {
        "id": number,
        "ticket_id": 1,
        "timestamp": int(moment.timestamp()),
        "child_events": [{"event_type": child} for child in children or ("Change",)],
    }


def user(number: int, moment: datetime) -> dict[str, Any]:
    return {"id": number, "name": f"User {number}", "updated_at": stamp(moment)}


def organization(number: int, moment: datetime) -> Json:
    return {"id": number, "name": f"Organisation {number}", "updated_at": stamp(moment)}


def rating(number: int, moment: datetime, **more: Any) -> Json:
    return {
        "id": number,
        "ticket_id": number,
        "score": "good",
        "created_at": stamp(moment),
        "updated_at": stamp(moment),
        **more,
    }


def desk(moments: Iterable[datetime]) -> World:
    """A Zendesk with one record of every stream for each moment, numbered from 1."""
    numbered = list(enumerate(moments, 1))
    return World(
        now=NOW,
        tickets=[ticket(n, moment) for n, moment in numbered],
        ticket_events=[event(n, moment) for n, moment in numbered],
        users=[user(n, moment) for n, moment in numbered],
        organizations=[organization(n, moment) for n, moment in numbered],
        satisfaction_ratings=[rating(n, moment) for n, moment in numbered],
    )


def response(name: str, moment: datetime, **more: Any) -> dict[str, Any]:
    return {
        "landing_id": name,
        "token": name,
        "response_id": name,
        "landed_at": stamp(moment - timedelta(minutes=3)),
        "submitted_at": stamp(moment),
        "hidden": {"customer_id": "C00001"},
        "answers": [{"field": {"id": "f1", "ref": "nps"}, "type": "number", "number": 9}],
        **more,
    }


def form(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "title": f"Form {name}",
        "last_updated_at": "2025-08-18T09:00:00Z",
        "fields": [{"id": "f1", "ref": "nps", "title": "How likely?", "type": "nps"}],
    }


def surveys(**moments: Iterable[datetime]) -> World:
    """A Typeform account with a form for each keyword and a completed response for each moment."""
    return World(
        now=NOW,
        forms=[form(name) for name in moments],
        responses={
            name: [response(f"{name}{n}", moment) for n, moment in enumerate(times, 1)]
            for name, times in moments.items()
        },
    )


def hourly(count: int, start: datetime = FIRST) -> list[datetime]:
    return [start + HOUR * n for n in range(count)]
