"""Land one window of a source: read its streams, write them to the lake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from pydantic import BaseModel, ValidationError

from wellheard import sources
from wellheard.connections import Connection
from wellheard.errors import ConfigError, NotSettled
from wellheard.lake import Lake, Manifest, as_lake
from wellheard.periods import Window, as_utc
from wellheard.settings import Settings, SourceConfig, problems_of
from wellheard.sources.base import InputFile, Request, Source, Stream


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
        raise ConfigError(f"{file}: sources.{name}: {problems_of(error)}") from None
    return ConfiguredSource(name, config, source, options, source.streams(options))


def ingest(
    settings: Settings,
    source_name: str,
    window: Window,
    *,
    connection: Connection | None,
    extracted_at: datetime,
    streams: Sequence[str] | None = None,
    progress: Callable[[str], None] = print,
) -> list[Manifest]:
    """Land a window of all streams of a source, or of those named; one manifest per stream.

    Landing a window again replaces it. A stream that fails leaves its earlier landing as it was;
    streams landed before it in the same call stay landed. Raises ConfigError, NotSettled (before
    anything is read), any SourceError of the connector, or LandingError.
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
    lake = as_lake(settings)
    return [
        _land(lake, found, stream, window, connection, as_utc(extracted_at), progress)
        for stream in wanted
    ]


def _wanted(found: ConfiguredSource, names: Sequence[str] | None) -> list[Stream]:
    known = {stream.name: stream for stream in found.streams}
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise ConfigError(
            f"source {found.name!r} has no stream {unknown[0]!r}; known: {', '.join(known)}"
        )
    return list(known.values()) if names is None else [known[name] for name in names]


def _refuse_unsettled(source: str, stream: Stream, window: Window, now: datetime) -> None:
    settled_at = window.end + stream.settle
    if settled_at > now:
        raise NotSettled(
            f"the window can still change; read it from {settled_at:%Y-%m-%dT%H:%M:%SZ} on",
            source=source,
            stream=stream.name,
            window=window,
        )


def _land(
    lake: Lake,
    found: ConfiguredSource,
    stream: Stream,
    window: Window,
    connection: Connection | None,
    extracted_at: datetime,
    progress: Callable[[str], None],
) -> Manifest:
    where = f"{found.name}/{stream.name} {window}"
    landed: dict[Window, Sequence[InputFile]] = {}
    if stream.contract is not None:
        landed = {m.window: m.inputs for m in lake.manifests(found.name, stream.name)}
    request = Request(
        source=found.name,
        stream=stream,
        window=window,
        options=found.options,
        connection=connection,
        extracted_at=extracted_at,
        progress=progress,
        landed=landed,
    )
    with lake.landing(
        found.name, stream.name, window, extracted_at=extracted_at, contract=stream.contract
    ) as landing:
        for page in found.source.read(request):
            landing.add(page)
            if landing.pages <= 3 or landing.pages % 10 == 0:
                progress(f"{where}: page {landing.pages}, {landing.sent:,} records so far")
        landing.end_signal = True  # a connector's read returns only at the source's own end
    manifest = landing.manifest
    assert manifest is not None  # the block above ended normally
    progress(f"{where}: landed {manifest.landed:,} records ({manifest.distinct:,} different)")
    return manifest
