"""The files Qualtrics makes of responses: a zip that holds one JSON or CSV file.

A JSON file is `{"responses": [{"responseId", "values": {...}, "labels", ...}, ...]}`; each response
is kept byte for byte. A CSV file has three header rows: column names, question texts, and import
ids (`{"ImportId": "QID1"}`); the last are the names the JSON file uses, so a row is kept as an
object under those. Both are read piece by piece, whatever their size. Neither says which survey
it is about, so the record id is `<survey>/<response>`.

Functions raise ValueError (or msgspec's) for a file that is not as promised.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import IO

import msgspec

from wellheard.sources.base import Record

CHUNK = 2**20  # bytes unpacked at a time
MOST_RECORD = 16 * 2**20  # characters of one response
UTC_NAMES = (None, "Z", "UTC", "Etc/UTC", "GMT")
_OPENING = re.compile(r'\s*\{\s*"responses"\s*:\s*\[\s*')
_BLANKS = re.compile(r"\s*")


class _Values(msgspec.Struct):
    recorded: datetime = msgspec.field(name="recordedDate")


class _Response(msgspec.Struct):
    id: str = msgspec.field(name="responseId")
    values: _Values


class _Row(msgspec.Struct):
    id: str = msgspec.field(name="_recordId")
    recorded: datetime = msgspec.field(name="recordedDate")


class _Heading(msgspec.Struct):
    import_id: str = msgspec.field(name="ImportId")
    zone: str | None = msgspec.field(name="timeZone", default=None)


def spooled(body: bytes) -> IO[bytes]:
    """A zip kept in a temporary file, once it is known to be whole and to hold one file."""
    if not body.startswith(b"PK"):  # a reader of zips skips whatever stands before
        raise ValueError("it does not begin as a zip does")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            names = packed.namelist()
            if len(names) != 1:
                raise ValueError(f"the zip holds {len(names)} files instead of one")
            if packed.testzip() is not None:
                raise ValueError("the file in the zip is damaged")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"the zip is cut off or damaged: {error}") from None
    file = tempfile.TemporaryFile()  # noqa: SIM115  (the caller closes it)
    file.write(body)
    file.seek(0)
    return file


def read_json(packed: IO[bytes], survey: str, size: int) -> Iterator[list[Record]]:
    """The responses of a JSON file, `size` at a time."""
    with _unpacked(packed) as file:
        yield from _batches(map(partial(_response, survey), _elements(file)), size)


def read_csv(packed: IO[bytes], survey: str, size: int) -> Iterator[list[Record]]:
    """The rows of a CSV file with three header rows, `size` at a time."""
    csv.field_size_limit(MOST_RECORD)
    with _unpacked(packed) as file:
        # An answer may hold line ends of its own, so the csv reader must see them as they are.
        lines = csv.reader(io.TextIOWrapper(file, "utf-8-sig", newline=""), strict=True)
        try:
            yield from _batches(_rows(survey, lines), size)
        except csv.Error as error:
            raise ValueError(f"line {lines.line_num}: {error}") from None


@contextmanager
def _unpacked(packed: IO[bytes]) -> Iterator[IO[bytes]]:
    with zipfile.ZipFile(packed) as opened, opened.open(opened.namelist()[0]) as file:
        yield file


def _batches(records: Iterable[Record], size: int) -> Iterator[list[Record]]:
    rows = iter(records)
    # A file without responses is one empty page: it was asked for, and that is its answer.
    batch = list(islice(rows, size))
    yield batch
    while batch := list(islice(rows, size)):
        yield batch


def _response(survey: str, raw: bytes) -> Record:
    row = _RESPONSE.decode(raw)
    return Record(f"{survey}/{row.id}", _utc(row.values.recorded), raw)


def _elements(file: IO[bytes]) -> Iterator[bytes]:
    """The elements of `responses`, each as it stands in the file."""
    decode, scan = codecs.getincrementaldecoder("utf-8-sig")(), json.JSONDecoder().raw_decode
    text, at, ended = "", 0, False

    def more() -> None:
        nonlocal text, at, ended
        if ended:
            raise ValueError("it ends in the middle of the responses")
        if len(text) - at > MOST_RECORD:
            raise ValueError(f"what stands at character {at:,} of a response is no JSON")
        chunk = file.read(CHUNK)
        ended = not chunk
        text, at = text[at:] + decode.decode(chunk, ended), 0

    more()
    while (opening := _OPENING.match(text)) is None:
        if len(text) > 1000:
            raise ValueError('it does not begin with {"responses": [')
        more()
    at = opening.end()
    if not text[at:]:
        more()
    if text[at : at + 1] == "]":
        return
    while True:
        try:
            found, end = scan(text, at)
        except json.JSONDecodeError:
            more()
            continue
        if not isinstance(found, dict):
            raise ValueError("a response is not an object")
        yield text[at:end].encode()
        at = end
        while not (rest := text[(after := _blank(text, at)) : after + 1]):
            at = after
            more()
        if rest == "]":
            return
        if rest != ",":
            raise ValueError(f"{rest!r} stands where a comma belongs")
        at = after + 1
        while not text[(at := _blank(text, at)) : at + 1]:
            more()


def _blank(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def _rows(survey: str, lines: Iterator[list[str]]) -> Iterator[Record]:
    headings = list(islice(lines, 3))
    if len(headings) < 3:
        raise ValueError(f"it has {len(headings)} of its 3 header rows")
    try:
        ids = [_HEADING.decode(cell) for cell in headings[2]]
    except msgspec.MsgspecError as error:
        raise ValueError(f"the third header row holds no import ids: {error}") from None
    names = [heading.import_id for heading in ids]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"two columns have the import id {twice!r}")
    if zones := {heading.zone for heading in ids if heading.zone not in UTC_NAMES}:
        raise ValueError(f"its times are in {sorted(map(str, zones))[0]} instead of UTC")
    for number, cells in enumerate(lines, start=1):
        if cells:
            yield _row(survey, names, cells, number)


def _row(survey: str, names: Sequence[str], cells: Sequence[str], number: int) -> Record:
    if len(cells) != len(names):
        raise ValueError(f"row {number} has {len(cells)} cells instead of {len(names)}")
    payload = msgspec.json.encode(dict(zip(names, cells, strict=True)))
    row = _ROW.decode(payload)
    if not row.id:
        raise ValueError(f"row {number} has an empty _recordId")
    return Record(f"{survey}/{row.id}", _utc(row.recorded), payload)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


_RESPONSE, _ROW = msgspec.json.Decoder(_Response), msgspec.json.Decoder(_Row)
_HEADING = msgspec.json.Decoder(_Heading)
