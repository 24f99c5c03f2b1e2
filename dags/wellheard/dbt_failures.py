"""What failed in a dbt run, in words for whoever must mend it.

Values are shown only from seeds, which the company itself writes, and from tests that put them in a
column named `problem`: other rows may hold what customers said or their names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from wellheard.errors import BuildError

if TYPE_CHECKING:
    import duckdb

_FAILED = {"error", "fail", "runtime error"}
_SHOWN_NODES, _SHOWN_ROWS, _NAMING_COLUMNS = 10, 5, 3


class Failure(NamedTuple):
    """One node that failed: its entry in dbt's manifest, dbt's message, the SQL that was run."""

    node: Mapping[str, Any]
    message: str
    sql: str

    @property
    def kind(self) -> str:
        """model, seed or test."""
        return str(self.node.get("resource_type", "node"))

    @property
    def name(self) -> str:
        return str(self.node.get("name", "?"))


def failures(target: Path) -> list[Failure]:
    """The failed nodes of the run whose artefacts are in `target`, in the order they ran.

    Empty when dbt stopped before running anything. Raises BuildError for damaged artefacts.
    """
    try:
        results = json.loads((target / "run_results.json").read_text())["results"]
        nodes = _nodes(target)
    except FileNotFoundError:
        return []
    except (ValueError, KeyError):
        raise BuildError(
            f"dbt left a damaged run_results.json or manifest.json in {target}"
        ) from None
    return [
        Failure(
            node=nodes.get(result["unique_id"], {}),
            message=plain(result.get("message") or result["status"]),
            sql=result.get("compiled_code") or "",
        )
        for result in results
        if result["status"] in _FAILED
    ]


def explain(target: Path, warehouse: Path) -> list[str]:
    """A line or a few per failed node: the file to look at, what is wrong there, what is known.

    `warehouse` is the half-made DuckDB file, in which the rows a failed test found are looked up.
    """
    import duckdb

    found = failures(target)
    nodes = _nodes(target) if found else {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        lines = [
            line for failure in found[:_SHOWN_NODES] for line in _told(failure, nodes, connection)
        ]
    if len(found) > _SHOWN_NODES:
        lines.append(f"... and {len(found) - _SHOWN_NODES} more")
    return lines


def plain(message: str) -> str:
    """The message without terminal colours and empty lines."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", message)
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


def _nodes(target: Path) -> dict[str, dict[str, Any]]:
    nodes: dict[str, dict[str, Any]] = json.loads((target / "manifest.json").read_text())["nodes"]
    return nodes


def _told(
    failure: Failure,
    nodes: Mapping[str, Mapping[str, Any]],
    connection: duckdb.DuckDBPyConnection,
) -> list[str]:
    file = failure.node.get("original_file_path", "?")
    if failure.kind != "test" or not failure.sql:
        return [f"{file}: {failure.kind} {failure.name}: {failure.message}"]
    import duckdb

    try:
        rows = connection.execute(failure.sql)
        columns = [column[0] for column in rows.description or []]
        if "problem" in columns:
            at = columns.index("problem")
            problems = sorted({str(row[at]) for row in rows.fetchall()})
            return _short(problems, "problems")
        parent = nodes.get(str(failure.node.get("attached_node")), {})
        if parent.get("resource_type") == "seed":
            return _short(_of_seed(failure, parent, nodes, rows.fetchall(), connection), "rows")
    except duckdb.Error:
        pass  # dbt's own words will do
    return [f"{file}: test {failure.name}: {failure.message}"]


def _of_seed(
    failure: Failure,
    seed: Mapping[str, Any],
    nodes: Mapping[str, Mapping[str, Any]],
    rows: Sequence[tuple[Any, ...]],
    connection: duckdb.DuckDBPyConnection,
) -> list[str]:
    """Sentences for dbt's four generic tests on a column of a seed."""
    file, column = f"seeds/{Path(seed['original_file_path']).name}", failure.node.get("column_name")
    metadata = failure.node.get("test_metadata") or {}
    test, arguments = metadata.get("name"), metadata.get("kwargs") or {}
    arguments = {**arguments, **(arguments.get("arguments") or {})}
    if column is None or test not in {"accepted_values", "relationships", "not_null", "unique"}:
        return [f"{file}: test {failure.name}: {failure.message}"]
    if test == "unique":
        return [f"{file}: {column} {row[0]!r} is given more than once" for row in rows]
    relation = seed["relation_name"]
    if test == "not_null":
        return [
            f"{file}: {column} is empty{of}"
            for of in _rows_with(connection, relation, column, None)
        ]
    known = arguments.get("values") or _known(failure, seed, nodes, arguments, connection)
    return [
        f"{file}: {column} {row[0]!r}{of} is unknown; known: {', '.join(map(str, known))}"
        for row in rows
        for of in _rows_with(connection, relation, column, row[0])
    ]


def _known(
    failure: Failure,
    seed: Mapping[str, Any],
    nodes: Mapping[str, Mapping[str, Any]],
    arguments: Mapping[str, Any],
    connection: duckdb.DuckDBPyConnection,
) -> list[Any]:
    """The values a `relationships` test allows: the column of the table it points to."""
    others = [
        nodes[unique_id]["relation_name"]
        for unique_id in failure.node["depends_on"]["nodes"]
        if unique_id != seed["unique_id"]
    ]
    relation = others[0] if others else seed["relation_name"]
    query = f"select distinct {arguments['field']} as known from {relation} order by known"
    return [row[0] for row in connection.execute(query).fetchall()]


def _rows_with(
    connection: duckdb.DuckDBPyConnection, relation: str, column: str, value: object
) -> list[str]:
    """' of a/b/c' for each row of the seed that holds the value: its first other columns."""
    names = [row[0] for row in connection.execute(f"describe {relation}").fetchall()]
    naming = [f'"{name}"' for name in names if name != column][:_NAMING_COLUMNS]
    if not naming:
        return [""]
    rows = connection.execute(
        f'select {", ".join(naming)} from {relation} where "{column}" is not distinct from ?',
        [value],
    ).fetchall()
    return [" of " + "/".join("" if cell is None else str(cell) for cell in row) for row in rows]


def _short(lines: list[str], what: str) -> list[str]:
    rest = len(lines) - _SHOWN_ROWS
    return lines[:_SHOWN_ROWS] + ([f"... and {rest} more such {what}"] if rest > 0 else [])
