"""A seed as people saved it: bytes, separator, header and lines, told in words where they fail."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SAVE = "save it as 'CSV UTF-8 (comma delimited)'"


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong at a place of a file, and what to write there. `line` is 0 for all of it."""

    file: str
    line: int
    column: str
    told: str

    def __str__(self) -> str:
        line = f" line {self.line}" if self.line else ""
        column = f", column {self.column}" if self.column else ""
        return f"{self.file}{line}{column}: {self.told}" if self.file else self.told


@dataclass(frozen=True)
class Row:
    """A line's cells by column, empty ones as None; not `whole` where its values are too many or
    too few for the header, so that what stands in which column is a guess."""

    line: int
    cells: dict[str, str | None]
    whole: bool = True


@dataclass(frozen=True)
class Sheet:
    """What could be read of a file. Without `readable` nothing is known of its rows; of one whose
    encoding is guessed the words may be others than were written."""

    name: str
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    faults: list[Fault] = field(default_factory=list)
    readable: bool = True
    is_guessed: bool = False

    @property
    def file(self) -> str:
        return file_of(self.name)

    def values(self, column: str) -> list[str]:
        """The names a column gives, in the order of the file."""
        found = (row.cells.get(column) for row in self.rows)
        return list(dict.fromkeys(cell.strip() for cell in found if cell))


def file_of(name: str) -> str:
    """How a seed is called in what is told."""
    return f"seeds/{name}.csv"


def read(path: Path, wanted: Sequence[str], optional: Collection[str] = ()) -> Sheet:
    """Read a seed that should have the `wanted` columns; other columns are the company's own.

    What can be guessed (another encoding, another separator, a misspelt column) is told as a fault
    and read all the same, so that the faults behind it are told with it.
    """
    name = path.stem
    data = path.read_bytes()
    if data.startswith(_WORKBOOKS):
        told = f"this is an Excel workbook; in Excel, {_SAVE}"
        return Sheet(name, faults=[Fault(file_of(name), 0, "", told)], readable=False)
    faults: list[Fault] = []
    text = _decoded(name, data, faults)
    is_guessed = bool(faults)
    separator = _separator(name, text, wanted, faults)
    lines = list(_lines(name, text, separator, faults))
    if not lines:
        first = f"; write its first line: {','.join(wanted)}" if wanted else ""
        faults.append(Fault(file_of(name), 0, "", f"there is no header{first}"))
        return Sheet(name, faults=faults, readable=False)
    (at, header), *others = lines
    columns = _columns(name, at, header, wanted, optional, faults)
    rows = tuple(_rows(name, columns, others, faults))
    return Sheet(name, tuple(c for c in columns if c), rows, faults, is_guessed=is_guessed)


def _decoded(name: str, data: bytes, faults: list[Fault]) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        faults.append(Fault(file_of(name), 0, "", f"this is written in UTF-16; {_SAVE}"))
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        around = data[: error.start].rpartition(b"\n")[2] + data[error.start :].partition(b"\n")[0]
        guessed = around.decode("cp1252", errors="replace")
        at = error.start - data.rfind(b"\n", 0, error.start) - 1
        start = max(guessed.rfind(sign, 0, at) for sign in ' ,;|\t"') + 1
        end = min((e for sign in " ,;|\t\"\r" if (e := guessed.find(sign, at)) >= 0),
                  default=len(guessed))  # fmt: skip
        told = f"'{guessed[start:end]}' is not written in UTF-8; open the file anew and {_SAVE}"
        faults.append(Fault(file_of(name), line, "", told))
        return data.decode("cp1252", errors="replace")


def _separator(name: str, text: str, wanted: Sequence[str], faults: list[Fault]) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")

    def fits(separator: str) -> tuple[int, int]:
        cells = [cell.strip(' "') for cell in first.split(separator)]
        return len(set(cells) & set(wanted)), len(cells)

    found = max(_SEPARATORS, key=fits)  # the comma, where others fit no better
    if found != ",":
        told = (
            f"its columns are apart by {_SEPARATORS[found]}; save it with commas (Excel takes the "
            "list separator of the system's regional settings, LibreOffice asks)"
        )
        faults.append(Fault(file_of(name), 0, "", told))
    return found


def _lines(
    name: str, text: str, separator: str, faults: list[Fault]
) -> Iterator[tuple[int, list[str]]]:
    """Each line that is not blank, with its number in the file: a quoted text may hold breaks."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            told = (
                'a quotation mark opens a text and does not close it; end the text with " and '
                'write "" for a quotation mark within'
            )
            if "limit" in str(error):
                told = "a text is longer than 131,072 signs; shorten it"
            faults.append(Fault(file_of(name), line, "", told))
            continue
        if cells and cells != [""]:
            yield line, cells


def _columns(
    name: str,
    line: int,
    header: Sequence[str],
    wanted: Sequence[str],
    optional: Collection[str],
    faults: list[Fault],
) -> list[str]:
    """The header's columns, misspelt ones by the name they should have; "" where none stands."""
    missing = [column for column in wanted if column not in header]
    columns: list[str] = []
    for column in header:
        is_known = column in wanted or not column
        key = column.strip().lower().replace(" ", "_").replace("-", "_")
        near = [] if is_known else get_close_matches(key, missing, 1, 0.7)
        if near:
            missing.remove(near[0])
            told = f"there is no such column; write {near[0]}"
            faults.append(Fault(file_of(name), line, column, told))
        given = near[0] if near else column
        if given and given in columns:
            told = "the header has this column twice; delete one of the two"
            faults.append(Fault(file_of(name), line, given, told))
            given = ""
        columns.append(given)
    needed = [column for column in missing if column not in optional]
    if needed:
        them = ", ".join(needed)
        told = (
            f"{'columns' if len(needed) > 1 else 'column'} {them} "
            f"{'are' if len(needed) > 1 else 'is'} missing; the header is {','.join(wanted)}"
        )
        faults.append(Fault(file_of(name), line, "", told))
    return columns


def _rows(
    name: str,
    columns: Sequence[str],
    lines: Sequence[tuple[int, list[str]]],
    faults: list[Fault],
) -> Iterator[Row]:
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            told = "nothing but separators stands here; delete the line"
            faults.append(Fault(file_of(name), line, "", told))
            continue
        whole = len(cells) == len(columns)
        if not whole:
            faults.append(Fault(file_of(name), line, "", _width(cells, len(columns))))
        for cell in cells:
            if found := _CONTROL.search(cell):
                told = (
                    f"a sign that is none of a text (U+{ord(found[0]):04X}) stands in it; delete it"
                )
                faults.append(Fault(file_of(name), line, "", told))
                break
        kept = [_CONTROL.sub("", cell) or None for cell in cells[: len(columns)]]
        kept += [None] * (len(columns) - len(kept))
        yield Row(line, {c: v for c, v in zip(columns, kept, strict=True) if c}, whole)


def _width(cells: Sequence[str], wanted: int) -> str:
    count = f"{len(cells)} value{'s' if len(cells) > 1 else ''} for {wanted} columns"
    if len(cells) < wanted:
        return f"{count}; write a comma for each value that is left empty"
    if not any(cells[wanted:]):
        return f"{count}; delete the commas at its end"
    # A comma of a text is mostly followed by a space, a separator is not.
    split = next((f"{a},{b}" for a, b in pairwise(cells) if b.startswith(" ")), "Phone, support")
    return f'{count}; put a text that holds a comma into quotation marks ("{split}")'
