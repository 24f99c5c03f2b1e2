"""What two warehouses hold, compared table by table, row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb


def content(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All tables and views dbt made in a warehouse, their rows sorted, columns in order of name."""
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        tables = connection.execute(
            "select table_schema, table_name, list(column_name order by column_name) "
            "from information_schema.columns where table_schema not in ('raw', 'main') "
            "and table_catalog = current_database() group by all order by all"
        ).fetchall()
        return {
            f"{schema}.{table}": connection.execute(
                f'select {", ".join(columns)} from "{schema}"."{table}" order by all'
            ).fetchall()
            for schema, table, columns in tables
        }


def differences(one: Path, other: Path) -> list[str]:
    """The tables of two warehouses that differ, with some rows."""
    first, second = content(one), content(other)
    found = [f"only one has {name}" for name in sorted(first.keys() ^ second.keys())]
    for name in sorted(first.keys() & second.keys()):
        a, b = map(repr, first[name]), map(repr, second[name])
        left, right = list(a), list(b)
        if left != right:
            more = [row for row in left if row not in right][:2]
            less = [row for row in right if row not in left][:2]
            found.append(f"{name}: {len(left)} rows, not {len(right)}: {more} instead of {less}")
    return found
