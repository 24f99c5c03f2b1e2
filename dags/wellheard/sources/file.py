"""Files as a source: any CSV, JSON or Parquet drop, through a mapping onto a contract table.

A window lands every matching file whose content no other window of the stream has landed, whatever
the file's time: one copied late is never missed, and a window run again lands the same. The file's
time of change is the records' change clock, so of two files with the same record the newer wins.
"""

from __future__ import annotations

import glob
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from wellheard.errors import LandingError, SourceError
from wellheard.sources.base import InputFile, Page, Record, Request, Source, Stream
from wellheard.sources.file_mapping import Mapping, StreamMapping, load
from wellheard.sources.file_readers import (
    UNITS,
    BadFileError,
    read_rows,
    refuse_what_is_no_table,
)
from wellheard.sources.file_rows import BadValueError, RowShape, digest

ROWS_PER_PAGE = 1000
BYTES_PER_PAGE = 4 * 2**20


class FileOptions(BaseModel):
    """The options of a file source in `wellheard.yml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mapping: Path  # from the folder of wellheard.yml, or absolute

    @field_validator("mapping")
    @classmethod
    def _below_the_company_file(cls, path: Path, info: ValidationInfo) -> Path:
        return Path((info.context or {}).get("folder", ".")) / path


def _streams(options: BaseModel) -> tuple[Stream, ...]:
    mapping = load(_options(options).mapping)
    return tuple(
        Stream(name=name, contract=stream.contract) for name, stream in mapping.streams.items()
    )


def _options(options: BaseModel) -> FileOptions:
    if not isinstance(options, FileOptions):
        raise TypeError(f"options of another source: {type(options).__name__}")
    return options


def _read(request: Request) -> Iterator[Page]:
    mapping_file = _options(request.options).mapping
    mapping: Mapping = load(mapping_file)
    stream = mapping.streams[request.stream.name]
    shape = RowShape(stream, mapping_file, request.stream.name)
    number = 0
    for path, name, content in _to_land(request, stream, mapping_file.parent):
        request.progress(f"{request.source}/{request.stream.name}: reading {name}")
        try:
            for records, is_last in _batches(path, name, stream, shape):
                number += 1
                if is_last:
                    _refuse_changed(path, content)
                yield Page(number, records, (content,) if is_last else ())
        except (BadFileError, BadValueError) as error:
            raise _problem(request, f"{name}: {error}", number + 1) from None
        except OSError as error:
            raise _problem(
                request, f"{name} cannot be read: {error.strerror or error}", number + 1
            ) from error
        except sqlite3.OperationalError as error:
            raise _problem(
                request, f"{name}: no room for temporary files (TMPDIR): {error}", number + 1
            ) from error


def _problem(request: Request, problem: str, page: int | None = None) -> SourceError:
    return SourceError(
        problem,
        source=request.source,
        stream=request.stream.name,
        window=request.window,
        page=page,
    )


def _to_land(
    request: Request, stream: StreamMapping, folder: Path
) -> list[tuple[Path, str, InputFile]]:
    """The files this window lands, by name.

    Raises LandingError when one it landed before is gone: landing without it would lose answers.
    """
    found: dict[str, tuple[Path, str, InputFile]] = {}
    for path in _matching(request, stream, folder):
        name = _name(path, folder)
        try:
            with path.open("rb") as content:
                sha256 = hashlib.file_digest(content, "sha256").hexdigest()
            size = path.stat().st_size
        except OSError as error:
            raise _problem(request, f"{name} cannot be read: {error.strerror}") from error
        found.setdefault(sha256, (path, name, InputFile(name, sha256, size)))
    elsewhere = {
        file.sha256
        for window, files in request.landed.items()
        if window != request.window
        for file in files
    }
    for file in request.landed.get(request.window, ()):
        if file.sha256 not in found and file.sha256 not in elsewhere:
            raise LandingError(
                f"{request.source}/{request.stream.name} {request.window}: {file.name} was landed "
                "by this window and is gone or has other content now; landing again would lose "
                "its records. Put the file back as it was (SHA-256 "
                f"{file.sha256[:12]}…), or leave the window as it is"
            )
    return sorted(
        (entry for sha256, entry in found.items() if sha256 not in elsewhere),
        key=lambda entry: entry[1],
    )


def _matching(request: Request, stream: StreamMapping, folder: Path) -> list[Path]:
    paths: set[Path] = set()
    landed_before = {file.name for files in request.landed.values() for file in files}
    key = f"streams.{request.stream.name}.files in the mapping"
    for pattern in stream.files:
        # Joined after escaping: the folder's own name may hold a * or a [.
        whole = pattern if os.path.isabs(pattern) else f"{glob.escape(str(folder))}/{pattern}"
        matches = [Path(match) for match in glob.glob(whole, recursive=True)]
        files = {Path(os.path.abspath(match)) for match in matches if match.is_file()}
        paths |= files
        if files:
            continue
        if not glob.has_magic(pattern):
            exact = Path(os.path.abspath(folder / pattern))
            if _name(exact, folder) not in landed_before:
                raise _problem(
                    request, f"{exact} does not exist; put the file there, or correct {key}"
                )
        else:
            below = _fixed_part(folder, pattern)
            if not below.is_dir():
                raise _problem(
                    request, f"the folder {below} does not exist; make it, or correct {key}"
                )
            request.progress(
                f"{request.source}/{request.stream.name}: no file matches {pattern} in {folder}"
            )
    return sorted(paths)


def _fixed_part(folder: Path, pattern: str) -> Path:
    """The folders a pattern names before its first wildcard."""
    fixed = folder
    for part in Path(pattern).parts[:-1]:
        if glob.has_magic(part):
            break
        fixed = fixed / part
    return fixed


def _name(path: Path, folder: Path) -> str:
    """The file as messages and records name it: from the mapping's folder, where it lies below."""
    folder = Path(os.path.abspath(folder))
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _refuse_changed(path: Path, content: InputFile) -> None:
    """A file still being written when it was read would land as a part of itself."""
    with path.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != content.sha256:
            raise BadFileError(
                "the file changed while it was read; run the window again once it is whole "
                "(copy files under another name, then rename them)"
            )


def _batches(
    path: Path, name: str, stream: StreamMapping, shape: RowShape
) -> Iterator[tuple[list[Record], bool]]:
    """The records of a file, some at a time, each batch with whether it is the file's last."""
    kind = stream.format_of(name)
    refuse_what_is_no_table(path)
    if kind is None:
        raise BadFileError(
            "its suffix tells no format; write `format: csv` (or json, jsonl, parquet) under the "
            "stream in the mapping"
        )
    unit = UNITS[kind]
    changed_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    rows = read_rows(
        path,
        kind,
        encoding=stream.encoding,
        delimiter=stream.delimiter_of(name),
        needed=stream.needed,
    )
    batch: list[Record] = []
    size = 0
    with closing(_Seen(unit)) as seen:
        for row in rows:
            record, raw = shape.shape(row, unit)
            own_id = shape.record_id(raw, row, unit)
            record_id = seen.row_id(raw) if own_id is None else seen.checked(own_id, raw, row.place)
            payload = shape.payload(record, raw, record_id=record_id, file=name, line=row.place)
            if len(batch) >= ROWS_PER_PAGE or size >= BYTES_PER_PAGE:
                yield batch, False
                batch, size = [], 0
            batch.append(Record(record_id, changed_at, payload))
            size += len(payload)
    yield batch, True


class _Seen:
    """The ids of one file, kept outside memory: SQLite spills a temporary database to disk."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("pragma journal_mode = off")
        self._db.execute("pragma cache_size = -16000")
        self._db.execute(
            "create table seen (id blob primary key, n integer, row blob) without rowid"
        )
        self._db.execute("begin")

    def row_id(self, raw: dict[str, str | None]) -> str:
        """The row's hash and how often it has come: two equal rows are two answers."""
        content = digest(raw)
        (times,) = self._one(
            "insert into seen values (?, 1, null) on conflict (id) do update set n = n + 1 "
            "returning n",
            content,
        )
        return f"{content.hex()}-{times}"

    def checked(self, record_id: str, raw: dict[str, str | None], place: int) -> str:
        """The id given, refused when an earlier row of other content has it.

        Of two records with one id only the newer is counted, so the other would be lost unseen.
        """
        key = hashlib.blake2b(record_id.encode("utf-8", "replace"), digest_size=16).digest()
        content = digest(raw)
        first, known = self._one(
            "insert into seen values (?, ?, ?) on conflict (id) do update set n = n "
            "returning n, row",
            key,
            place,
            content,
        )
        if known != content:
            raise BadValueError(
                f"{self._unit} {place}: it has the id of {self._unit} {first} but other content; "
                "one of the two would be lost. Mend the file, or add a column to the mapping's "
                "`id` that tells them apart"
            )
        return record_id

    def _one(self, sql: str, *values: object) -> tuple[Any, ...]:
        # returning is stepped to its end, or the statement stays open
        rows: list[tuple[Any, ...]] = self._db.execute(sql, values).fetchall()
        return rows[0]

    def close(self) -> None:
        self._db.close()


SOURCE = Source(
    name="file",
    title="Files (CSV, JSON, Parquet) through a mapping",
    options=FileOptions,
    streams=_streams,
    read=_read,
    needs_connection=False,
)
