"""What a build reads: the lake's visible landings, as the warehouse's schema `raw`.

Views over exactly the Parquet files the manifests list, so a landing that is being replaced, or one
left half-written, is never read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from wellheard.settings import Settings

if TYPE_CHECKING:
    import duckdb

    from wellheard.lake import Lake, Manifest

FILE_KIND = "file"
FILE_CONTRACTS = (
    "feedback",
    "cases",
    "case_events",
    "customers",
    "interactions",
    "invitations",
)
_COLUMNS = {
    "source": "varchar",
    "stream": "varchar",
    "record_id": "varchar",
    "changed_at": "timestamptz",
    "payload": "varchar",
    "window_start": "timestamptz",
    "window_end": "timestamptz",
    "extracted_at": "timestamptz",
    "page": "integer",
}


@dataclass(frozen=True)
class SourceInput:
    """One enabled source: what is landed of it, and how far it is complete (UTC)."""

    name: str
    kind: str
    history_start: datetime
    watermark: datetime | None
    manifests: tuple[Manifest, ...]
    options: Mapping[str, Any] = field(default_factory=dict)  # as wellheard.yml has them; no file's

    def fingerprint(self) -> str:
        """Text that differs whenever what the build reads of this source differs."""
        manifests = [json.loads(manifest.model_dump_json()) for manifest in self.manifests]
        # The watermark is no function of the landings alone: a new stream takes it away.
        watermark = self.watermark.isoformat() if self.watermark else None
        return json.dumps(
            [
                self.name,
                self.kind,
                self.history_start.isoformat(),
                watermark,
                manifests,
                dict(self.options),
            ],
            sort_keys=True,
        )


def collect(settings: Settings, lake: Lake) -> list[SourceInput]:
    """The lake's visible landings of every enabled source, sorted by name.

    A source's watermark is the earliest of its streams' (None until each stream has one).
    Raises ConfigError for an unknown kind, LandingError for a damaged manifest.
    """
    from wellheard.coverage import watermark_of
    from wellheard.ingest import configured

    found = []
    for name in sorted(settings.company.enabled_sources):
        source = configured(settings, name)
        # Listed once: a landing that finishes meanwhile is in both, or in neither.
        manifests = tuple(lake.manifests(name))
        found.append(
            SourceInput(
                name=name,
                kind=source.kind,
                history_start=source.history_start,
                watermark=watermark_of(source, manifests),
                manifests=manifests,
                # A file source has one, the mapping's path: its content is in the landed records.
                options={}
                if source.kind == FILE_KIND
                else source.options.model_dump(mode="json", exclude_none=True),
            )
        )
    return found


def write(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    inputs: Sequence[SourceInput],
    *,
    build_id: str,
    inputs_sha256: str,
    recipe_sha256: str,
    known: Container[str] | None = None,
) -> None:
    """Create schema `raw`: a view per stream, and the tables landings, sources, options and build.

    `raw.<kind>__<stream>` holds a vendor's records, `raw.file__<contract>` those of all file
    sources for one contract table; both exist, empty, before anything is landed.

    With `known`, the fingerprints of the landings a copied warehouse was made from, schema
    `touched` holds for each of these views what landed since and `touched.before__<view>` the rest,
    until the project drops it when all its models are made.
    """
    connection.execute("drop schema if exists raw cascade; create schema raw")
    _create_views(connection, "raw.", _files(lake, inputs))
    if known is not None:
        connection.execute("create schema touched")
        _create_views(connection, "touched.", _files(lake, inputs, but=known))
        _create_views(connection, "touched.before__", _files(lake, inputs, of=known))
    _write_landings(connection, inputs)
    connection.execute(
        "create table raw.sources "
        "(source varchar, kind varchar, history_start timestamptz, watermark timestamptz)"
    )
    _insert(
        connection, "raw.sources", ([s.name, s.kind, s.history_start, s.watermark] for s in inputs)
    )
    connection.execute("create table raw.options (source varchar, option varchar, value varchar)")
    _insert(connection, "raw.options", option_rows(inputs))
    connection.execute(
        "create table raw.build (build_id varchar, inputs_sha256 varchar, recipe_sha256 varchar)"
    )
    _insert(connection, "raw.build", [[build_id, inputs_sha256, recipe_sha256]])


def option_rows(inputs: Sequence[SourceInput]) -> list[tuple[str, str, str]]:
    """The rows of raw.options: what `wellheard.yml` sets for each source, as text or JSON."""
    return [
        (source.name, option, value if isinstance(value, str) else json.dumps(value))
        for source in inputs
        for option, value in source.options.items()
    ]


def fingerprint(manifest: Manifest) -> str:
    """SHA-256 of all that the manifest says of a landing, its files' hashes among it."""
    return hashlib.sha256(manifest.model_dump_json().encode()).hexdigest()


def _expected_views() -> list[str]:
    from wellheard.sources import registry

    views = [f"{FILE_KIND}__{contract}" for contract in FILE_CONTRACTS]
    for kind, source in registry().items():
        if kind != FILE_KIND:
            views += [f"{kind}__{s.name}" for s in source.streams(source.options())]
    return views


def _select(paths: Sequence[str]) -> str:
    columns = ", ".join(f"{name}::{kind} as {name}" for name, kind in _COLUMNS.items())
    if not paths:
        empty = ", ".join(f"null::{kind} as {name}" for name, kind in _COLUMNS.items())
        return f"select {empty} where false"
    listed = ", ".join("'" + path.replace("'", "''") + "'" for path in sorted(paths))
    return f"select {columns} from read_parquet([{listed}], hive_partitioning = false)"


def _files(
    lake: Lake,
    inputs: Sequence[SourceInput],
    *,
    of: Container[str] | None = None,
    but: Container[str] = (),
) -> dict[str, list[str]]:
    """The files of each view: of the landings with these fingerprints, or of all `but` some."""
    files: dict[str, list[str]] = {view: [] for view in _expected_views()}
    for source in inputs:
        for manifest in source.manifests:
            part = manifest.contract if source.kind == FILE_KIND else manifest.stream
            paths = files.setdefault(f"{source.kind}__{part}", [])
            mark = fingerprint(manifest)
            if mark not in but and (of is None or mark in of):
                paths += [str(path) for path in lake.local_paths(manifest)]
    return files


def _create_views(
    connection: duckdb.DuckDBPyConnection, prefix: str, files: Mapping[str, Sequence[str]]
) -> None:
    schema, _, start = prefix.partition(".")
    for view, paths in files.items():
        connection.execute(
            f"create or replace view {schema}.{_quoted(start + view)} as {_select(paths)}"
        )


def _write_landings(connection: duckdb.DuckDBPyConnection, inputs: Sequence[SourceInput]) -> None:
    connection.execute(
        "create table raw.landings (source varchar, kind varchar, stream varchar, "
        "contract varchar, window_start timestamptz, window_end timestamptz, "
        "extracted_at timestamptz, pages bigint, sent bigint, landed bigint, "
        "distinct_ids bigint, first_change timestamptz, last_change timestamptz, "
        "fingerprint varchar)"
    )
    _insert(
        connection,
        "raw.landings",
        (
            [source.name, source.kind, m.stream, m.contract, m.window_start, m.window_end,
             m.extracted_at, m.pages, m.sent, m.landed, m.distinct, m.first_change, m.last_change,
             fingerprint(m)]
            for source in inputs
            for m in source.manifests
        ),
    )  # fmt: skip


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Sequence[object]]
) -> None:
    values = [list(row) for row in rows]
    if values:
        marks = ", ".join("?" * len(values[0]))
        connection.executemany(f"insert into {table} values ({marks})", values)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
