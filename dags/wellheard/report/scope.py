"""Run a report's queries over a publication already cut to what an audience may see."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

import duckdb

from wellheard.errors import ReportError
from wellheard.publication import Publication

Row = dict[str, Any]

# Tables about the company as a whole. Cut to one segment, only what says nothing of other customers
# is left of them: how far sources reach and how metrics are defined, but no counts.
_WHOLE_COMPANY = {
    "rpt_sources": "select * replace (null::bigint as records, null::bigint as quarantined)",
    "rpt_periods": "select * replace (null::bigint as answers, null::bigint as cases)",
    "rpt_metric_catalogue": "select *",
    "rpt_actions": "select *",
}


_TABLE = re.compile(r"\brpt_\w+")


def run(
    publication: Publication,
    scope: str,
    queries: Mapping[str, str],
    values: Mapping[str, str],
    optional: Collection[str] = (),
    optional_columns: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> dict[str, list[Row]]:
    """The rows of each query, by its name.

    A query of an `optional` table that the publication does not have (an older one) is left out;
    `optional_columns` that a table does not have are null.

    A query sees the publication's `rpt_` tables without the `scope` column and with the rows of the
    scope alone; `getvariable(...)` gives it the `values`. It can read and write nothing else.

    Raises ReportError naming the query that fails, and when the scope has no row at all.
    """
    with duckdb.connect(config={"threads": 1}) as reader:
        reader.execute("set TimeZone = 'UTC'")
        _copy_visible(publication, scope, reader)
        for table, columns in optional_columns.items():
            for column in columns:
                reader.execute(
                    f'alter table if exists "{table}" add column if not exists "{column}" double'
                )
        for name, value in values.items():
            reader.execute(f"set variable {name} = $value", {"value": value})
        reader.execute("set enable_external_access = false")
        reader.execute("set lock_configuration = true")
        results = {}
        absent = set(optional) - set(publication.manifest.tables)
        for name, sql in queries.items():
            if absent & set(_TABLE.findall(sql)):
                continue
            try:
                cursor = reader.execute(sql)
            except duckdb.Error as error:
                raise ReportError(
                    f"query {name}.sql failed on publication {publication.id}: {error}"
                ) from None
            columns = [column[0] for column in cursor.description or []]
            results[name] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return results


def _copy_visible(publication: Publication, scope: str, reader: duckdb.DuckDBPyConnection) -> None:
    with publication.connect() as whole:
        _check_scope(publication, scope, whole)
        columns: dict[str, list[str]] = {}
        for table, column in whole.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = 'main'"
            " and table_name like 'rpt\\_%' escape '\\' order by table_name, column_index"
        ).fetchall():
            columns.setdefault(table, []).append(column)
        for table in columns:
            if "scope" in columns[table]:
                query = f'select * exclude (scope) from "{table}" where scope = $scope'
                visible = whole.execute(query, {"scope": scope}).to_arrow_table()
            elif scope == "all":
                visible = whole.execute(f'from "{table}"').to_arrow_table()
            else:
                kept = _WHOLE_COMPANY.get(table, "select *")
                nothing = "" if table in _WHOLE_COMPANY else " where false"
                visible = whole.execute(f'{kept} from "{table}"{nothing}').to_arrow_table()
            reader.register("arriving", visible)
            reader.execute(f'create table "{table}" as from arriving')
            reader.unregister("arriving")


def _check_scope(publication: Publication, scope: str, whole: duckdb.DuckDBPyConnection) -> None:
    known = [
        str(row[0])
        for row in whole.execute("select distinct scope from rpt_metrics order by all").fetchall()
    ]
    if scope not in known:
        raise ReportError(
            f"publication {publication.id} has nothing of scope {scope!r}; "
            f"it has {', '.join(known) or 'no metrics at all'}. "
            "Correct the audience's scope in audiences.yml, or the segments in seeds/segments.csv"
        )
