"""The cells' types, and the project's own tests of seeds, asked of the files before dbt starts.

Types are DuckDB's, as dbt loads them. The tests are dbt's very `tests/seeds/*.sql`, run on tables
of what was read; a row is named by its line where the test names it with the macro `seed_row`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellheard import written
from wellheard.seeds.declared import Declared
from wellheard.seeds.sheets import Fault, Sheet, file_of

if TYPE_CHECKING:
    import duckdb

RULES = "tests/seeds"
_LINE = "line_in_file"
_MACROS = "macros/problems.sql"  # what the tests write in common, beside seed_row
_FIRST_YEAR, _YEARS_AHEAD = 1900, 10
_MAY_NEVER_END = "valid_to"


def load(
    connection: duckdb.DuckDBPyConnection, sheet: Sheet, seed: Declared, today: date | None
) -> Iterator[Fault]:
    """Make a table of the sheet, yield its cells that are not of their type (null in the table)."""
    import pyarrow as pa

    columns = [column for column in sheet.columns if column in seed.types]
    rows = [row for row in sheet.rows if row.whole]
    texts = pa.table(
        {
            _LINE: pa.array([row.line for row in rows], pa.int64()),
            **{c: pa.array([row.cells.get(c) for row in rows], pa.string()) for c in columns},
        }
    )
    connection.register("texts", texts)
    casts = "".join(f', try_cast("{c}" as {seed.types[c]}) as "{c}"' for c in columns)
    connection.execute(f'create table "{sheet.name}" as select {_LINE}{casts} from texts')
    connection.unregister("texts")
    for column in columns:
        if seed.types[column] == "varchar":
            continue
        found = connection.execute(f'select "{column}" from "{sheet.name}" order by {_LINE}')
        for row, (value,) in zip(rows, found.fetchall(), strict=True):
            text = row.cells.get(column)
            if text is not None and (told := _told(seed.types[column], column, text, value, today)):
                yield Fault(sheet.file, row.line, column, told)


def _told(kind: str, column: str, text: str, value: Any, today: date | None) -> str:
    if value is None or (kind == "double" and not math.isfinite(value)):
        return written.none_of(kind, text)
    if kind == "integer" and "." in text and float(text) != value:
        return written.none_of(kind, text)  # which DuckDB would round
    if kind != "date":
        return ""
    if value.year < 100 and not text.strip().startswith("00"):
        return written.none_of(kind, text)  # 14-09-26 is no day of the year 14
    if value.year < _FIRST_YEAR:
        return f"'{text}' is long past; write the year that is meant"
    ahead = today is not None and value.year > today.year + _YEARS_AHEAD
    if ahead and column != _MAY_NEVER_END:
        return f"'{text}' is more than {_YEARS_AHEAD} years ahead; write the year that is meant"
    return ""


def broken(
    connection: duckdb.DuckDBPyConnection,
    project: Path,
    sheets: Mapping[str, Sheet],
    doubted: set[tuple[str, int]],
) -> Iterator[Fault]:
    """What the project's tests of seeds find, but of the `doubted` lines (file, line).

    A test whose files cannot be read, or that needs more of dbt than is known here, is left to it.
    """
    import duckdb
    from jinja2 import TemplateError

    for path in sorted((project / RULES).glob("*.sql")):
        try:
            query = _rendered(path, project, sheets)
            problems = {str(row[0]) for row in connection.execute(query).fetchall()}
        except (duckdb.Error, TemplateError):
            continue
        for problem in sorted(problems):
            file, line, told = _taken_apart(problem, sheets)
            if (file, line) not in doubted:
                yield Fault(file, line, "", told)


def _rendered(path: Path, project: Path, sheets: Mapping[str, Sheet]) -> str:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(undefined=StrictUndefined, autoescape=False)
    environment.globals |= {
        "ref": lambda name: f'"{name}"',
        "seed_row": _seed_row,
        "adapter": _Adapter(sheets),
    }
    macros = project / _MACROS
    before = macros.read_text(encoding="utf-8") if macros.exists() else ""
    return environment.from_string(before + path.read_text(encoding="utf-8")).render()


class _Adapter:
    """Of dbt's adapter what the tests ask: which columns a seed has."""

    def __init__(self, sheets: Mapping[str, Sheet]) -> None:
        self._sheets = sheets

    def get_columns_in_relation(self, relation: str) -> Sequence[Mapping[str, str]]:
        sheet = self._sheets.get(relation.strip('"'))
        return [{"name": column} for column in (sheet.columns if sheet else ())]


def _seed_row(seed: str, key: str, table: str = "") -> str:
    """As the macro of that name, with the row's line before its key."""
    line = f"{table}.{_LINE}" if table else _LINE
    return f"'{file_of(seed)} line ' || {line} || ': ' || concat_ws('/', {key})"


def _taken_apart(problem: str, sheets: Mapping[str, Sheet]) -> tuple[str, int, str]:
    """File and line of a problem, and what is told of them."""
    place, _, told = problem.partition(": ")
    file, _, line = place.partition(" line ")
    if file not in {sheet.file for sheet in sheets.values()}:
        return "", 0, problem
    return file, int(line) if line.isdigit() else 0, told
