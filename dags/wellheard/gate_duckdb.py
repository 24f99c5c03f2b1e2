"""Great Expectations on DuckDB: one session that runs all checks of the gate.

Great Expectations reads a result after its connection has gone back to the pool, by which time
DuckDB has dropped the rows (its issue 11579). The dialect here keeps them: it reads every result
to its end as soon as the statement has run.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, cast

_DIALECT = "wellheard_duckdb"
_SITE = "gate"
SHOWN_ROWS = 20


@dataclass(frozen=True)
class Outcome:
    """What Great Expectations said of one expectation.

    `rows` failing rows (at most `SHOWN_ROWS`) as column -> value, `unexpected` their full number;
    `error` is set, and nothing else, when the expectation could not be evaluated.
    """

    success: bool
    looked_at: int | None = None
    unexpected: int | None = None
    observed: Any = None
    rows: tuple[dict[str, Any], ...] = ()
    error: str | None = None


class Session:
    """One Great Expectations context over one warehouse, opened read-only."""

    def __init__(self, warehouse: Path) -> None:
        import great_expectations as gx
        from sqlalchemy.engine import URL

        _register_dialect()
        self._gx = gx
        # Typed loosely: its annotations refuse what its documentation shows.
        self._context = cast("Any", gx.get_context(mode="ephemeral"))
        self._context.enable_analytics(enable=False)
        self._context.variables.progress_bars = {"globally": False}
        for site in list(self._context.get_docs_sites_urls()):
            self._context.delete_data_docs_site(site["site_name"])
        url = URL.create(_DIALECT, database=str(warehouse))
        self._source = self._context.data_sources.add_sql(
            name="warehouse",
            connection_string=url.render_as_string(hide_password=False),
            create_temp_table=False,
            kwargs={"connect_args": {"read_only": True}},
        )

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Two engines: one looks the tables up, the other evaluates.
        self._source.get_execution_engine().close()
        self._source.get_engine().dispose()

    def run(
        self,
        name: str,
        sql: str,
        expectation: Any,
        *,
        show: Sequence[str],
        run_name: str,
        run_time: datetime,
    ) -> Outcome:
        """Evaluate one expectation on the rows of a query; never raises for a bad query."""
        from great_expectations.core.run_identifier import RunIdentifier

        try:
            batch = self._source.add_query_asset(name=name, query=sql)
            suite = self._context.suites.add(
                self._gx.ExpectationSuite(name=name, expectations=[expectation])
            )
            definition = self._context.validation_definitions.add(
                self._gx.ValidationDefinition(
                    name=name, data=batch.add_batch_definition_whole_table("all"), suite=suite
                )
            )
            report = definition.run(
                result_format={
                    "result_format": "SUMMARY",
                    "unexpected_index_column_names": list(show),
                    "partial_unexpected_count": SHOWN_ROWS,
                },
                run_id=RunIdentifier(run_name=run_name, run_time=run_time),
            )
        except Exception as problem:  # whatever it is, the check has not been made
            return Outcome(success=False, error=_first_line(problem))
        return _outcome(report.results)

    def write_data_docs(self, folder: Path) -> None:
        """Write the results of all runs as a site of HTML pages, replacing what is there."""
        aside = folder.with_name(f".{folder.name}.writing")
        shutil.rmtree(aside, ignore_errors=True)
        self._context.add_data_docs_site(
            _SITE,
            {
                "class_name": "SiteBuilder",
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
                "store_backend": {
                    "class_name": "TupleFilesystemStoreBackend",
                    "base_directory": str(aside),
                },
            },
        )
        self._context.build_data_docs(site_names=[_SITE])
        shutil.rmtree(folder, ignore_errors=True)
        aside.rename(folder)


def make_expectation(name: str, arguments: dict[str, Any], *, severity: str, why: str) -> Any:
    """The expectation called `name` (without its leading `expect_`).

    Raises ValueError saying what is wrong: an unknown name, or arguments it does not take.
    """
    import great_expectations.expectations  # noqa: F401, registers the expectations
    from great_expectations.exceptions.exceptions import ExpectationNotFoundError
    from great_expectations.expectations.registry import get_expectation_impl

    try:
        cls: Any = get_expectation_impl(f"expect_{name}")
    except ExpectationNotFoundError:
        raise ValueError(f"Great Expectations has no expectation expect_{name}") from None
    level = {"hold": "critical", "warn": "warning"}[severity]
    return cls(**arguments, notes=why, severity=level)


def _outcome(results: Sequence[Any]) -> Outcome:
    if len(results) != 1:
        return Outcome(success=False, error="Great Expectations gave no result for it")
    result = results[0]
    error = _error_of(result.exception_info)
    if error is not None:
        return Outcome(success=False, error=error)
    found = result.result
    rows = found.get("partial_unexpected_index_list")
    if rows is None:  # uniqueness of several columns lists the rows themselves
        rows = [row for row in found.get("partial_unexpected_list", []) if isinstance(row, dict)]
    return Outcome(
        success=bool(result.success),
        looked_at=found.get("element_count"),
        unexpected=found.get("unexpected_count"),
        observed=found.get("observed_value"),
        rows=tuple(rows),
    )


def _error_of(info: dict[str, Any] | None) -> str | None:
    """The message in an exception_info: one of its own, or one for each failed metric."""
    if not info:
        return None
    entries = [info] if "raised_exception" in info else list(info.values())
    for entry in entries:
        if isinstance(entry, dict) and entry.get("raised_exception"):
            return _first_line(entry.get("exception_message"))
    return None


def _first_line(problem: object) -> str:
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    return lines[0] if lines else type(problem).__name__


def _register_dialect() -> None:
    from duckdb_sqlalchemy import Dialect, DuckDBExecutionContext
    from sqlalchemy.dialects import registry
    from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

    class Buffering(DuckDBExecutionContext):
        def post_exec(self) -> None:
            super().post_exec()  # type: ignore[no-untyped-call]
            if self.cursor is not None and self.cursor.description:
                self.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
                    self.cursor, initial_buffer=self.cursor.fetchall()
                )

    class BufferingDialect(Dialect):
        execution_ctx_cls = Buffering
        supports_statement_cache = True

        def connect(self, *arguments: Any, **options: Any) -> Any:
            connection = super().connect(*arguments, **options)
            connection.execute("set global TimeZone = 'UTC'")
            return connection

    registry.impls[_DIALECT] = lambda: BufferingDialect
