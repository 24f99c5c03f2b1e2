"""One stream of one simulated vendor on a real socket, its connector, and a lake of its own."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from wellheard import sources
from wellheard.connections import Connection
from wellheard.demo import simulators
from wellheard.demo.simulators.clock import SimulatedClock
from wellheard.demo.simulators.vendor import Simulator
from wellheard.errors import SourceError
from wellheard.lake import Lake, Manifest
from wellheard.periods import Window
from wellheard.sources.base import Page, Request

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
WINDOW = Window(datetime(2026, 10, 29, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC))
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
PAGE_SIZE = 3
Path_ = tuple[Any, ...]  # keys and positions that lead to a part of a record

# What can go wrong. A simulator's NOT_APPLICABLE says by these names what cannot, and why.
CASES = (
    "every record",
    "empty page",
    "stale page",
    "passing faults",
    "lasting faults",
    "wrong credentials",
    "unknown fields",
    "missing id or clock",
    "missing field",
    "null id or clock",
    "null",
    "id as string or number",
    "clock skew",
    "edited",
    "deleted",
    "boundary second",
    "crowded second",
    "empty window",
    "volume",
    "page by page",
    "killed",
)


def streams() -> list[tuple[str, str]]:
    """Every windowed stream of every simulated vendor."""
    return [
        (name, stream) for name, vendor in simulators.registry().items() for stream in vendor.CLOCKS
    ]


def reason_against(name: str, stream: str, case: str) -> str | None:
    """Why a case cannot happen to a stream; None where it can."""
    vendor = simulators.registry()[name]
    if case == "empty page" and not vendor.EMPTY_PAGES:
        return "the vendor never sends an empty page before its end"
    reasons = vendor.NOT_APPLICABLE
    return reasons.get(f"{stream}/{case}", reasons.get(case))


@dataclass(frozen=True)
class Put:
    """A record the vendor holds: the id it is landed under, and its change clock."""

    id: str
    changed_at: datetime


class TortureWorld:
    """A stream to be read. What the vendor was given to hold is remembered here, by number."""

    def __init__(self, simulator: Simulator, stream: str, url: str, folder: Path) -> None:
        self.simulator, self.app, self.url = simulator, simulator.app, url
        self.source = sources.get(simulator.NAME)
        self.name, self.clock = simulator.NAME, SimulatedClock()
        self.options = self.source.options.model_validate(
            simulator.options(), context={"folder": folder}
        )
        self.stream = next(s for s in self.source.streams(self.options) if s.name == stream)
        self.folder, self.lake = folder / "lake", Lake(str(folder / "lake"))
        self.held: dict[int, Put] = {}
        self.ever: set[str] = set()
        self.said: list[str] = []
        self.connection = in_no_hurry(simulator.connection(url))

    def put(self, number: int, moment: datetime) -> None:
        identity = self.simulator.put(self.stream.name, number, moment)
        record = self.simulator.made_up(self.stream.name, number, moment)
        seconds = self.simulator.CLOCKS[self.stream.name](record)
        self.held[number] = Put(identity, datetime.fromtimestamp(seconds, UTC))
        self.ever.add(identity)

    def remove(self, number: int) -> None:
        self.simulator.remove(self.stream.name, number)
        del self.held[number]

    def fill(self, count: int = 8, start: datetime = WINDOW.start + HOUR, step: timedelta = HOUR):
        for number in range(1, count + 1):
            self.put(number, start + (number - 1) * step)

    def request(self, window: Window = WINDOW, connection: Connection | None = None) -> Request:
        return Request(
            source=self.name,
            stream=self.stream,
            window=window,
            options=self.options,
            connection=connection or self.connection,
            extracted_at=NOW,
            progress=self.said.append,
        )

    def pages(self, window: Window = WINDOW, **changes: Any) -> Iterator[Page]:
        # A clock for each read, as each run of a window has; they share no budget then.
        self.clock = SimulatedClock()
        yield from self.source.read(self.request(window, **changes), self.clock.pace())

    def land(self, window: Window = WINDOW, **changes: Any) -> Manifest:
        """Land a window, with no claim about it but that it ended well."""
        with self.lake.landing(self.name, self.stream.name, window, extracted_at=NOW) as landing:
            for page in self.pages(window, **changes):
                landing.add(page)
            landing.end_signal = True
        assert landing.manifest is not None
        return landing.manifest

    def land_whole(self, window: Window = WINDOW, **changes: Any) -> Manifest:
        """Land a window that must hold what the vendor holds of it."""
        manifest = self.land(window, **changes)
        self.check(manifest)
        return manifest

    def check(self, manifest: Manifest) -> None:
        """Nothing lost, nothing made up, nothing counted wrongly, nothing left lying about."""
        landed = self.rows(manifest)
        ids = {row["record_id"] for row in landed}
        due = {put.id for put in self.held.values() if manifest.window.contains(put.changed_at)}
        assert not due - ids, f"lost: {sorted(due - ids)} of {len(due)}"
        assert not ids - self.ever, f"never sent by the vendor: {sorted(ids - self.ever)}"
        assert manifest.sent == manifest.landed == len(landed)
        assert manifest.distinct == len(ids)
        assert manifest.end_signal
        self.lake.verify(manifest)
        below = self.folder / self.name / self.stream.name / f"window={manifest.window.key}"
        assert {path.name for path in below.iterdir()} == {
            "manifest.json",
            *(file.name for file in manifest.files),
        }

    def fails(self, window: Window = WINDOW, **changes: Any) -> SourceError:
        """Reading a window fails: in words that name it, and the lake stays as it was."""
        before = everything_below(self.folder)
        with pytest.raises(SourceError) as caught:
            self.land(window, **changes)
        self.check_message(caught.value, window)
        assert everything_below(self.folder) == before, "something of a failed window is visible"
        return caught.value

    def whole_or_told(self, window: Window = WINDOW) -> None:
        """A window is landed whole, or fails as it should; half of it never passes for all."""
        before = everything_below(self.folder)
        try:
            manifest = self.land(window)
        except SourceError as error:
            self.check_message(error, window)
            assert everything_below(self.folder) == before
        else:
            self.check(manifest)

    def check_message(self, error: SourceError, window: Window) -> None:
        message = str(error)
        for part in (self.name, self.stream.name, str(window)):
            assert part in message, f"{part} is not named in {message!r}"
        assert self.connection.password not in message + "".join(self.said)

    def rows(self, manifest: Manifest) -> list[dict[str, Any]]:
        paths = self.lake.local_paths(manifest)
        return [row for path in paths for row in pq.read_table(path).to_pylist()]

    def newest(self) -> dict[str, datetime]:
        """Of each record in the lake, the change clock of its newest copy."""
        found: dict[str, datetime] = {}
        for manifest in self.lake.manifests(self.name, self.stream.name):
            for row in self.rows(manifest):
                known = found.setdefault(row["record_id"], row["changed_at"])
                found[row["record_id"]] = max(known, row["changed_at"])
        return found

    def calls_of(self, window: Window = WINDOW) -> int:
        """How many requests a good read of the window takes."""
        before = len(self.app.calls)
        self.land_whole(window)
        return len(self.app.calls) - before

    def listing_calls(self) -> list[int]:
        """The numbers of the requests, in a good read of the window, that were given records."""
        found, before = [], len(self.app.calls)

        def look(content: Any) -> Any:
            if self.simulator.records_in(self.stream.name, content):
                found.append(len(self.app.calls) - before)
            return content

        with self.rewriting(look):
            self.land_whole()
        return found

    @contextmanager
    def rewriting(self, rewrite: Callable[[Any], Any]) -> Iterator[None]:
        """All JSON the vendor answers goes through `rewrite` meanwhile."""
        self.app.rewrite = rewrite
        try:
            yield
        finally:
            self.app.rewrite = None

    @contextmanager
    def rewriting_records(self, change: Callable[[dict[str, Any]], None]) -> Iterator[None]:
        """`change` alters every record of the stream on its way."""

        def rewrite(content: Any) -> Any:
            for record in self.simulator.records_in(self.stream.name, content):
                change(record)
            return content

        with self.rewriting(rewrite):
            yield

    def as_sent(self) -> dict[str, Any]:
        """A record as it stands in the vendor's answer."""
        seen: list[dict[str, Any]] = []
        with self.rewriting_records(lambda record: seen.append(copy.deepcopy(record))):
            list(self.pages())
        assert seen, (
            f"no answer held a record of {self.stream.name} that the simulator knows by its id; "
            "let its records_in find them"
        )
        return seen[0]

    def identity(self, record: dict[str, Any]) -> tuple[Any, str]:
        return self.simulator.identify(record), self.simulator.landed_id(self.stream.name, record)

    def parts(self, record: dict[str, Any]) -> dict[str, list[Path_]]:
        """The paths of a record by what they are to it: "id", "clock", or neither ("other").

        A part is its id or clock when they cannot be told without it, or the simulator says that it
        is NEEDED; what merely changes them (something else takes its place) is a "fallback".
        """
        found: dict[str, list[Path_]] = {"id": [], "clock": [], "fallback": [], "other": []}
        clock = self.simulator.CLOCKS[self.stream.name]
        needed = self.simulator.NEEDED.get(self.stream.name, ())
        identity, moment = self.identity(record), clock(record)
        for path in all_paths(record):
            without = copy.deepcopy(record)
            drop(without, path)
            kind = "clock" if ".".join(map(str, path)) in needed else "other"
            for what, tell, known in (("id", self.identity, identity), ("clock", clock, moment)):
                try:
                    if tell(without) != known and kind == "other":
                        kind = "fallback"
                except Exception:  # whatever a simulator's own reading of its record raises
                    kind = what
                    break
            found[kind].append(path)
        return found

    def is_number(self, number: int, record: dict[str, Any]) -> bool:
        """Whether a record of an answer is the n-th made-up one."""
        made_up = self.simulator.made_up(self.stream.name, number, WINDOW.start + HOUR)
        return bool(self.simulator.identify(record) == self.simulator.identify(made_up))


class Stage:
    """What answers at the one address of a test process; each test puts its own vendor on it."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


def on_stage(stage: Stage, url: str, name: str, stream: str, folder: Path) -> TortureWorld:
    """A vendor with nothing in it yet, on pages of three."""
    simulator = simulators.registry()[name](NOW)
    simulator.page_size = PAGE_SIZE
    stage.app = simulator.app
    return TortureWorld(simulator, stream, url, folder)


def in_no_hurry(connection: Connection, timeout_seconds: float = 3600) -> Connection:
    """The connection without a limit of requests.

    Where several are read at once, one's simulated wait is time that passes for all.
    """
    extra = {"requests_per_minute": 10**6, "requests_per_day": 10**9}
    return replace(
        connection, extra={**connection.extra, **extra, "timeout_seconds": timeout_seconds}
    )


def everything_below(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def all_paths(part: Any, at: Path_ = ()) -> list[Path_]:
    """The way to every field of a record, however deep."""
    children = part.items() if isinstance(part, dict) else ()
    if isinstance(part, list):
        children = enumerate(part)
    found = [at] if at and not isinstance(at[-1], int) else []
    return found + [path for key, child in children for path in all_paths(child, (*at, key))]


def look_up(record: Any, path: Path_) -> Any:
    for key in path:
        record = record[key]
    return record


def drop(record: Any, path: Path_) -> None:
    del look_up(record, path[:-1])[path[-1]]


def assign(record: Any, path: Path_, value: Any) -> None:
    look_up(record, path[:-1])[path[-1]] = value


def payloads(rows: list[dict[str, Any]]) -> list[Any]:
    return [json.loads(row["payload"]) for row in rows]
