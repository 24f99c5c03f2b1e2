"""Land one window of a source: read its streams, write them to the lake."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from pydantic import BaseModel, ValidationError

from wellheard import slices, sources
from wellheard.connections import Connection
from wellheard.drift import union
from wellheard.errors import ConfigError, LandingError, NotSettled, QuotaSpent, WellheardError
from wellheard.lake import Lake, Manifest, as_lake, covered_until
from wellheard.periods import Window, as_utc
from wellheard.settings import Settings, SourceConfig, problems_of
from wellheard.sources.base import InputFile, Request, Source, Stream
from wellheard.sources.concurrent import ahead, as_they_come

STREAMS_AT_ONCE = 4


@dataclass(frozen=True)
class ConfiguredSource:
    """One source of `wellheard.yml` with its connector, checked options and streams."""

    name: str
    config: SourceConfig
    source: Source
    options: BaseModel
    streams: tuple[Stream, ...]

    @property
    def kind(self) -> str:
        return self.source.name

    @property
    def connection_id(self) -> str | None:
        """The Airflow connection to hand to `ingest`; None when the source needs none."""
        return (self.config.connection or self.name) if self.source.needs_connection else None

    @property
    def history_start(self) -> datetime:
        """The first moment to be landed: midnight UTC of the day in `wellheard.yml`."""
        return datetime.combine(self.config.history_start, time(), UTC)


def configured(settings: Settings, name: str) -> ConfiguredSource:
    """Look a source up. Raises ConfigError naming the file and the key that cannot be used."""
    company, file = settings.company, settings.company_file
    if name not in company.sources:
        known = ", ".join(sorted(company.sources)) or "none"
        raise ConfigError(f"{file} has no source {name!r}; known: {known}")
    config = company.sources[name]
    try:
        source = sources.get(config.kind or name)
    except ConfigError as error:
        raise ConfigError(f"{file}: sources.{name}.kind: {error}") from None
    try:
        options = source.options.model_validate(config.options, context={"folder": file.parent})
    except ValidationError as error:
        raise ConfigError(f"{file}: sources.{name}: {problems_of(error, source.options)}") from None
    return ConfiguredSource(name, config, source, options, source.streams(options))


def ingest(
    settings: Settings,
    source_name: str,
    window: Window,
    *,
    connection: Connection | None,
    extracted_at: datetime,
    streams: Sequence[str] | None = None,
    repair: bool = True,
    progress: Callable[[str], None] = print,
    notice: Callable[[str], None] | None = None,
) -> list[Manifest]:
    """Land a window of all streams of a source, or of those named; what was landed, by stream.

    Landing a window again replaces it. A window longer than the source's `history_slice_days` is
    landed in slices, one manifest each; when that ends early, the next call goes on behind the last
    whole slice. A `repair` reads all of the window again, and of every landing it touches;
    otherwise the beginning of a long window that is landed already is not read again.
    The streams are read at the same time, within the budget they share. One that fails leaves its
    earlier landing as it was and does not stop the others; the first error is raised when all have
    ended, with the others as its notes. `notice` is told, once, of each field that has changed its
    type (`progress` by default).
    Raises ConfigError, NotSettled (before anything is read), any SourceError of the connector -
    QuotaSpent only when nothing worse went wrong - or LandingError.
    """
    found = configured(settings, source_name)
    wanted = _wanted(found, streams)
    if found.source.needs_connection and connection is None:
        raise ConfigError(
            f"source {source_name!r} needs the connection {found.connection_id!r}: add it in "
            "Airflow (Admin, Connections), or name another under "
            f"sources.{source_name}.connection in {settings.company_file}"
        )
    for stream in wanted:
        _refuse_unsettled(source_name, stream, window, as_utc(extracted_at))
    say = _one_at_a_time(progress)
    job = _Job(
        lake=as_lake(settings),
        found=found,
        stream=wanted[0],
        window=window,
        connection=connection,
        extracted_at=as_utc(extracted_at),
        repair=repair,
        budgets=settings.var / "budgets",
        progress=say,
        notice=_one_at_a_time(notice) if notice else say,
    )
    landed: list[Manifest] = []
    errors: list[WellheardError] = []

    def landing_of(stream: Stream) -> Callable[[], Iterator[Manifest]]:
        def land() -> Iterator[Manifest]:
            try:
                yield from _land_stream(replace(job, stream=stream))
            except WellheardError as error:
                errors.append(error)

        return land

    for manifest in as_they_come([landing_of(stream) for stream in wanted], STREAMS_AT_ONCE):
        landed.append(manifest)
    if errors:
        worst = next((e for e in errors if not isinstance(e, QuotaSpent)), errors[0])
        for other in errors:
            if other is not worst:
                worst.add_note(str(other))
        raise worst
    order = {stream.name: number for number, stream in enumerate(wanted)}
    return sorted(landed, key=lambda m: (order[m.stream], m.window))


def _one_at_a_time(say: Callable[[str], None]) -> Callable[[str], None]:
    """The streams' threads must not write into each other's lines."""
    lock = threading.Lock()

    def locked(message: str) -> None:
        with lock:
            say(message)

    return locked


def _wanted(found: ConfiguredSource, names: Sequence[str] | None) -> list[Stream]:
    known = {stream.name: stream for stream in found.streams}
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise ConfigError(
            f"source {found.name!r} has no stream {unknown[0]!r}; known: {', '.join(known)}"
        )
    return [known[name] for name in dict.fromkeys(known if names is None else names)]


def _refuse_unsettled(source: str, stream: Stream, window: Window, now: datetime) -> None:
    settled_at = window.end + stream.settle
    if settled_at > now:
        raise NotSettled(
            f"the window can still change; read it from {settled_at:%Y-%m-%dT%H:%M:%SZ} on",
            source=source,
            stream=stream.name,
            window=window,
        )


@dataclass(frozen=True)
class _Job:
    """What the landing of one stream needs to know."""

    lake: Lake
    found: ConfiguredSource
    stream: Stream
    window: Window
    connection: Connection | None
    extracted_at: datetime
    repair: bool
    budgets: Path
    progress: Callable[[str], None]
    notice: Callable[[str], None]

    @property
    def name(self) -> str:
        return f"{self.found.name}/{self.stream.name}"


def _land_stream(job: _Job) -> Iterator[Manifest]:
    """Land the window, in slices where it is long; each landing as soon as it is visible."""
    lake, source, stream = job.lake, job.found.name, job.stream.name
    landed = _landed_before(job)
    if job.stream.contract is not None:  # files: what a window holds follows from the others
        yield _land(job, job.window, landed)
        return
    window = job.window
    if job.repair:
        window = slices.widened(window, [m.window for m in landed])
        if window != job.window:
            job.progress(
                f"{job.name} {job.window}: reading {window}, for that was landed in one piece and "
                "can be replaced only as a whole"
            )
    experience = job.budgets / f"{source}-{stream}-slices.budget"
    days = slices.slice_days(experience, job.found.config.history_slice_days)
    in_slices = not job.stream.whole and window.end - window.start > timedelta(days=days)
    done = _done_until(job, window, landed) if in_slices else window.start
    if done > window.start:
        job.progress(f"{job.name} {window}: landed up to {done:%Y-%m-%dT%H:%M:%SZ} already")
    fresh: list[Manifest] = []
    for piece in slices.cut(window, done, days) if in_slices else [window]:
        try:
            manifest = _land(job, piece, landed)
        except QuotaSpent:
            if not fresh and not job.stream.whole:
                slices.ran_out(experience, piece)
            raise
        fresh.append(manifest)
        landed = [*(m for m in landed if m.window != piece), manifest]
        if job.repair and in_slices:
            slices.keep_progress(lake, source, stream, window, piece.end, job.extracted_at)
        _retire_superseded(job, fresh)
        yield manifest


def _landed_before(job: _Job) -> list[Manifest]:
    try:
        return job.lake.manifests(job.found.name, job.stream.name)
    except LandingError as error:
        if job.stream.contract is not None:
            raise
        # Perhaps the very window that is landed now is what mends it.
        job.progress(f"{error}")
        return []


def _done_until(job: _Job, window: Window, landed: Sequence[Manifest]) -> datetime:
    if job.repair:
        return slices.done_until(
            job.lake, job.found.name, job.stream.name, window, job.extracted_at
        )
    return min(covered_until(landed, window.start) or window.start, window.end)


def _retire_superseded(job: _Job, fresh: Sequence[Manifest]) -> None:
    try:
        landed = job.lake.manifests(job.found.name, job.stream.name)
    except LandingError:
        return  # told when the lake is read; nothing is removed on a guess
    for old in slices.superseded(landed, {m.window for m in fresh}):
        job.lake.retire(old)


def _land(job: _Job, window: Window, landed: Sequence[Manifest]) -> Manifest:
    """Land one window. `landed` is what of the stream is visible."""
    where, stream = f"{job.name} {window}", job.stream
    inputs: dict[Window, Sequence[InputFile]] = {}
    if stream.contract is not None:
        inputs = {m.window: m.inputs for m in landed}
    request = Request(
        source=job.found.name,
        stream=stream,
        window=window,
        options=job.found.options,
        connection=job.connection,
        extracted_at=job.extracted_at,
        progress=job.progress,
        landed=inputs,
        budgets=job.budgets,
    )
    others = [m for m in landed if m.window != window]
    # What came later in time may have changed already: a window landed again tells it again.
    before = [m for m in others if m.window.start < window.start] or others
    with job.lake.landing(
        job.found.name,
        stream.name,
        window,
        extracted_at=job.extracted_at,
        contract=stream.contract,
        known_fields=union(m.fields for m in before),
    ) as landing:
        for page in ahead(lambda: job.found.source.read(request)):
            landing.add(page)
            if landing.pages <= 3 or landing.pages % 10 == 0:
                job.progress(f"{where}: page {landing.pages}, {landing.sent:,} records so far")
        landing.end_signal = True  # a connector's read returns only at the source's own end
    manifest = landing.manifest
    assert manifest is not None  # the block above ended normally
    job.progress(f"{where}: landed {manifest.landed:,} records ({manifest.distinct:,} different)")
    known = {(d.field, d.now) for m in landed for d in m.drift}
    for drift in manifest.drift:
        if (drift.field, drift.now) not in known:
            job.notice(f"{where}: {drift}")
    return manifest
