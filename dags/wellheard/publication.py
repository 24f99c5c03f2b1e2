"""Publications: the frozen reporting tables of a build that passed the gate.

A publication is a folder `var/publications/<id>/` of Parquet files and a manifest. It never
changes; `latest.json` beside the folders names the newest. Everything downstream of the gate reads
publications and nothing else; `wellheard.publish` makes them.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
from pydantic import BaseModel, ConfigDict, ValidationError

from wellheard.errors import PublicationError
from wellheard.gate_sentences import Finding
from wellheard.periods import Period
from wellheard.settings import Settings

_ID = re.compile(r"p[0-9a-f]{12}")


class TableFile(BaseModel):
    """One reporting table as frozen: `<name>.parquet` beside the manifest."""

    model_config = ConfigDict(frozen=True)

    rows: int
    bytes: int
    sha256: str


class CheckLine(BaseModel):
    """What the gate said of one expectation, as the report prints it."""

    model_config = ConfigDict(frozen=True)

    name: str
    table: str
    severity: str
    success: bool
    message: str
    why: str
    says: str = ""  # the sentence of a failing row, with `{column}` for its values
    findings: list[Finding] = []


class PublicationManifest(BaseModel):
    """The content of `manifest.json`.

    `watermarks` and `history` have one entry per source enabled when the build was made, in UTC:
    up to where its landings reach without a gap (null: nothing landed), and from where.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    build_id: str
    inputs_sha256: str
    content_sha256: str
    previous: str | None
    published_at: datetime
    verdict: str
    warnings: list[str]
    checks: list[CheckLine]
    tables: dict[str, TableFile]
    watermarks: dict[str, datetime | None]
    history: dict[str, datetime]
    wellheard: str


@dataclass(frozen=True)
class Publication:
    """A frozen set of reporting tables."""

    id: str
    folder: Path
    manifest: PublicationManifest

    def missing(self, period: Period, zone: ZoneInfo) -> dict[str, datetime | None]:
        """The sources that do not reach the period's end, each with its watermark (UTC or null).

        A source whose history begins after the period has nothing to say about it and is left out.
        """
        return missing_sources(self.manifest.watermarks, self.manifest.history, period, zone)

    def covers(self, period: Period, zone: ZoneInfo) -> bool:
        """Whether every enabled source has been landed up to the period's end."""
        return not self.missing(period, zone)

    def path(self, table: str) -> Path:
        """The Parquet file of a table. Raises PublicationError for a table it does not hold."""
        if table not in self.manifest.tables:
            known = ", ".join(sorted(self.manifest.tables))
            raise PublicationError(f"publication {self.id} has no table {table}; it has {known}")
        return self.folder / f"{table}.parquet"

    def verify(self) -> None:
        """Compare every file with its hash.

        Raises PublicationError naming the first file that is missing or changed.
        """
        for table, expected in self.manifest.tables.items():
            path = self.path(table)
            if not path.is_file():
                raise damaged(self.id, f"{path} is missing")
            if file_sha256(path) != expected.sha256:
                raise damaged(self.id, f"{path} is not the file that was published")

    def connect(self) -> duckdb.DuckDBPyConnection:
        """An in-memory DuckDB with one view per table, `rpt_metrics` and so on; times in UTC.

        Raises PublicationError when a file is missing or changed.
        """
        self.verify()
        connection = open_duckdb()
        for table in self.manifest.tables:
            connection.execute(
                f'create view "{table}" as select * from read_parquet({quoted(self.path(table))})'
            )
        return connection


def latest(settings: Settings) -> Publication:
    """The publication `latest.json` names. Raises PublicationError when there is none."""
    path = pointer(settings)
    try:
        publication_id = str(json.loads(path.read_text(encoding="utf-8"))["id"])
    except FileNotFoundError:
        raise PublicationError(
            f"there is no publication in {settings.publications} yet: "
            "run `wellheard build`, `wellheard gate` and `wellheard publish` first"
        ) from None
    except (ValueError, KeyError, TypeError):
        raise PublicationError(
            f'{path} is damaged: it should read {{"id": "p..."}}, naming one of the folders '
            "beside it; write the newest one's name, or remove the file and publish again"
        ) from None
    return load(settings, publication_id)


def load(settings: Settings, publication_id: str) -> Publication:
    """One publication by its id.

    Raises PublicationError when it does not exist or its manifest cannot be read.
    """
    folder = settings.publications / publication_id
    if not _ID.fullmatch(publication_id) or not folder.is_dir():
        known = sorted(p.name for p in settings.publications.glob("p*") if _ID.fullmatch(p.name))
        raise PublicationError(
            f"there is no publication {publication_id!r} in {settings.publications}; "
            f"it has {', '.join(known) or 'none'}"
        )
    try:
        text = (folder / "manifest.json").read_text(encoding="utf-8")
        manifest = PublicationManifest.model_validate_json(text)
    except (OSError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise damaged(publication_id, f"its manifest.json is unreadable ({reason})") from None
    if manifest.id != publication_id:
        raise damaged(publication_id, f"its manifest.json is that of {manifest.id}")
    return Publication(publication_id, folder, manifest)


def missing_sources(
    watermarks: dict[str, datetime | None],
    history: dict[str, datetime],
    period: Period,
    zone: ZoneInfo,
) -> dict[str, datetime | None]:
    """The sources that have data from before the period's end and are not landed up to it."""
    end = period.window(zone).end
    return {
        source: watermark
        for source, watermark in watermarks.items()
        if (watermark is None or watermark < end) and history[source] < end
    }


def pointer(settings: Settings) -> Path:
    """The file that names the latest publication."""
    return settings.publications / "latest.json"


def damaged(publication_id: str, problem: str) -> PublicationError:
    """The error about a publication that is not as it was written."""
    return PublicationError(
        f"publication {publication_id} is damaged: {problem}. Restore the folder from a backup; "
        "or remove latest.json to publish anew, which forgets what was printed before"
    )


def open_duckdb(path: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory, or a file read-only, that repeats itself: one thread, times in UTC."""
    connection = duckdb.connect(str(path or ":memory:"), read_only=path is not None)
    connection.execute("set threads = 1; set TimeZone = 'UTC'")
    return connection


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def quoted(path: Path) -> str:
    """A path as a literal of DuckDB's SQL."""
    return "'" + str(path).replace("'", "''") + "'"
