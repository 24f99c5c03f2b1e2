"""Rows of a CSV, JSON, JSON Lines or Parquet file, one by one, in bounded memory.

Nothing is guessed: what is not plainly a row of the format is a `BadFileError` that says where it
is and what to do. Lines, records and rows count from 1.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from wellheard.sources.file_mapping import Format

UNITS: dict[Format, str] = {"csv": "line", "jsonl": "line", "json": "record", "parquet": "row"}
_LONGEST_FIELD = 16 * 2**20  # characters; a longer one is an unclosed quote or bracket
_CHUNK = 2**16
_SPACE = re.compile(r"[ \t\r\n]*")


class BadFileError(Exception):
    """The file cannot be read as what it is said to be. The message names no file; callers do."""


class Row(NamedTuple):
    """One row: the line, record or row it starts on, and its fields by column name.

    Fields are text in CSV; in JSON and Parquet they keep their type, nested objects are spread as
    `outer.inner` and lists are JSON text.
    """

    place: int
    fields: dict[str, Any]


def read_rows(
    path: Path, kind: Format, *, encoding: str, delimiter: str, needed: frozenset[str]
) -> Iterator[Row]:
    """The rows of a file in order. Raises BadFileError, also when a needed column is missing."""
    if path.stat().st_size == 0:
        raise BadFileError(
            "the file is empty (0 bytes); put the whole file in its place, or remove it"
        )
    if kind == "csv":
        return _csv_rows(path, encoding, delimiter, needed)
    if kind == "parquet":
        return _parquet_rows(path, needed)
    return _json_rows(path, kind, encoding, needed)


# How files begin that are often dropped under another suffix, and what to do about each.
_OTHERS = {
    b"PK\x03\x04": "an Excel workbook or a zip archive; in Excel, save it as 'CSV UTF-8 (comma "
    "delimited)', or unpack it",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save it as 'CSV UTF-8 (comma delimited)'",
    b"%PDF": "a PDF; export the table itself",
}


def refuse_what_is_no_table(path: Path) -> None:
    """Raise BadFileError for a file whose first bytes say that no format here can read it."""
    with path.open("rb") as file:
        start = file.read(4)
    for begins, told in _OTHERS.items():
        if start.startswith(begins):
            raise BadFileError(f"the file is {told}")
    if start.startswith(b"\x1f\x8b") and not path.name.lower().endswith(".gz"):
        raise BadFileError("the file is packed by gzip; let its name end in .gz")


def as_text(value: Any) -> str | None:
    """A raw field as text; None for a null. True is `true`, 7.0 is `7.0`, a list is JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value != value:  # NaN: how tables of numbers write a null
        return None
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _csv_rows(path: Path, encoding: str, delimiter: str, needed: frozenset[str]) -> Iterator[Row]:
    csv.field_size_limit(_LONGEST_FIELD)
    with _text(path, encoding) as text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            header = next((cells for cells in reader if cells), None)
            if header is None:
                raise BadFileError("the file has no header line; put the whole file in its place")
            columns = _column_names(header, needed)
            _require(needed, columns, _delimiter_hint(header, delimiter))
            start = reader.line_num + 1
            for cells in reader:
                if cells:
                    if len(cells) != len(columns):
                        many = "1 field" if len(cells) == 1 else f"{len(cells)} fields"
                        raise BadFileError(
                            f"line {start}: {many}, but the header has {len(columns)}; look for a "
                            f"stray delimiter ({delimiter!r}) or quote there, or set `delimiter` "
                            "in the mapping"
                        )
                    yield Row(start, dict(zip(columns, cells, strict=True)))
                start = reader.line_num + 1
        except csv.Error as error:
            raise BadFileError(
                f"line {reader.line_num}: {error}; look for a quote that is not closed or not "
                'doubled ("") there or before, or a file cut off in the middle'
            ) from None


def _column_names(header: list[str], needed: frozenset[str]) -> list[str]:
    names: list[str] = []
    for cell in header:
        name = cell.strip()
        if name in names:
            if name in needed:
                raise BadFileError(
                    f"the column {name!r} stands twice in the header; rename one in the file"
                )
            name = f"{name} ({len(names) + 1})"
        names.append(name)
    return names


def _require(needed: frozenset[str], found: list[str], hint: str = "") -> None:
    lacking = sorted(needed - set(found))
    if lacking:
        raise BadFileError(
            f"there is no column {', '.join(map(repr, lacking))}; the file has "
            f"{', '.join(map(repr, found))}. Correct the name under `columns` or `id` in the "
            f"mapping, or the file{hint}"
        )


def _delimiter_hint(header: list[str], delimiter: str) -> str:
    if len(header) == 1:
        for other in ";\t|,":
            if other != delimiter and other in header[0]:
                written = "tab" if other == "\t" else f'"{other}"'
                return f"; if its fields are parted by {written}, write `delimiter: {written}`"
    return ""


def _json_rows(path: Path, kind: Format, encoding: str, needed: frozenset[str]) -> Iterator[Row]:
    seen: dict[str, None] = {}  # columns in the order met; a record may leave some out
    rows = 0
    with _text(path, encoding) as text:
        for place, record in _lines(text) if kind == "jsonl" else _elements(text):
            if not isinstance(record, dict):
                raise BadFileError(
                    f"{UNITS[kind]} {place} is {type(record).__name__}, not an object; "
                    "every record must be an object of columns"
                )
            fields: dict[str, Any] = {}
            _spread(record, "", fields)
            seen.update(dict.fromkeys(fields))
            rows += 1
            yield Row(place, fields)
    if rows:
        _require(needed, list(seen))


def _spread(record: dict[str, Any], prefix: str, into: dict[str, Any]) -> None:
    for key, value in record.items():
        if isinstance(value, dict):
            _spread(value, f"{prefix}{key}.", into)
        else:
            into[f"{prefix}{key}"] = value


def _lines(text: IO[str]) -> Iterator[tuple[int, Any]]:
    empty = True
    for number, line in enumerate(text, start=1):
        if line.strip():
            empty = False
            try:
                yield number, json.loads(line, parse_constant=_no_constant)
            except (ValueError, RecursionError) as error:
                raise BadFileError(
                    f"line {number} is not JSON ({error}); one whole object must stand on each "
                    "line (write `format: json` for a file that is one array)"
                ) from None
    if empty:
        raise BadFileError("the file holds no line; put the whole file in its place, or remove it")


def _elements(text: IO[str]) -> Iterator[tuple[int, Any]]:
    """The elements of one JSON array, decoded as they come: the array is never held whole."""
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    buffer = text.read(_CHUNK).lstrip()
    if not buffer.startswith("["):
        found = "is empty" if not buffer else f"begins with {buffer[0]!r}"
        raise BadFileError(
            f"the file {found}; a JSON file must be one array of objects, [{{...}}, {{...}}] "
            "(write `format: jsonl` for one object per line)"
        )
    at, number, ended = 1, 0, False
    while True:
        before = at
        at = _after_space(buffer, at)
        if number and buffer.startswith(",", at):
            at = _after_space(buffer, at + 1)
        elif buffer.startswith("]", at):
            if buffer[at + 1 :].strip() or text.read(_CHUNK).strip():
                raise BadFileError(f"something follows the array's end, after record {number}")
            return
        elif number and at < len(buffer):
            raise BadFileError(f"after record {number}: expected a comma or the array's end")
        problem = "it ends too early"
        if at < len(buffer):
            try:
                element, at = decoder.raw_decode(buffer, at)
                number += 1
                yield number, element
                continue
            except (ValueError, RecursionError) as error:
                problem = str(error)
        if ended or len(buffer) - before > _LONGEST_FIELD:
            raise BadFileError(
                f"record {number + 1} is not whole JSON ({problem}); "
                "mend the file, or copy it again if it was cut off"
            )
        more = text.read(max(_CHUNK, len(buffer) - before))
        ended = not more
        buffer, at = buffer[before:] + more, 0


def _after_space(buffer: str, at: int) -> int:
    space = _SPACE.match(buffer, at)
    return space.end() if space else at


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _parquet_rows(path: Path, needed: frozenset[str]) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            leaves = [file.schema.column(i).path for i in range(len(file.schema))]
            _require(needed, list(dict.fromkeys([*file.schema_arrow.names, *leaves])))
            number = 0
            for batch in file.iter_batches(batch_size=1000):
                for record in batch.to_pylist():
                    number += 1
                    fields: dict[str, Any] = {}
                    _spread(record, "", fields)
                    yield Row(number, fields)
    except (pa.ArrowException, OSError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadFileError(f"the file is not whole Parquet ({first})") from None


@contextmanager
def _text(path: Path, encoding: str) -> Iterator[IO[str]]:
    """The file as text, unpacked when its name ends in .gz, without a byte order mark."""
    name = "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding
    zipped = path.name.lower().endswith(".gz")
    try:
        with (
            cast("IO[bytes]", gzip.open(path, "rb") if zipped else path.open("rb")) as raw,
            io.TextIOWrapper(raw, encoding=name, errors="strict", newline="") as text,
        ):
            yield text
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BadFileError(f"the file is not a whole gzip file ({error}); copy it again") from None
    except UnicodeError:
        raise BadFileError(_where_undecodable(path, zipped, encoding)) from None


def _where_undecodable(path: Path, zipped: bool, encoding: str) -> str:
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = line = 0
    with cast("IO[bytes]", gzip.open(path, "rb") if zipped else path.open("rb")) as raw:
        start = raw.read(4)
        raw.seek(0)
        while True:
            block = raw.read(_CHUNK)
            held = len(decoder.getstate()[0])  # bytes of a character begun in the last block
            try:
                line += decoder.decode(block, final=not block).count("\n")
            except UnicodeDecodeError as error:
                line += error.object[: error.start].decode(encoding, "ignore").count("\n")
                at, found = offset - held + error.start, error.object[error.start]
                break
            except UnicodeError as error:  # a codec that tells no place
                return f"the file is not {encoding} ({error}); set `encoding` in the mapping"
            if not block:
                return f"the file is not {encoding}; set `encoding` in the mapping"
            offset += len(block)
    wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    advice = (
        "it begins like UTF-16: write `encoding: utf-16`"
        if wide
        else "write the encoding it was saved in, for example `encoding: cp1252` (Windows, Excel) "
        "or `encoding: latin-1`"
    )
    return (
        f"line {line + 1}: byte 0x{found:02x} at offset {at} is not {encoding}; "
        f"under this stream in the mapping {advice}"
    )
