"""Cases and events put straight into the contract tables, and the support models built on them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from wellheard import dbt_failures, dbt_process
from wellheard.settings import PROJECT

BEGINNING = datetime(2016, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 12, 1, tzinfo=UTC)  # as far as the source is known

# The nodes of dbt that are built on those contract tables.
NODES = ("path:models/marts/support", "int_periods", "business_hours", "holidays")
HOURS = """schedule,zone,weekday,opens,closes
office,Europe/London,1,09:00,17:00
office,Europe/London,2,09:00,17:00
office,Europe/London,3,09:00,17:00
office,Europe/London,4,09:00,17:00
office,Europe/London,5,09:00,17:00
night,Europe/London,1,22:00,06:00
night,Europe/London,2,22:00,06:00
night,Europe/London,3,22:00,06:00
night,Europe/London,4,22:00,06:00
night,Europe/London,5,22:00,06:00
night,Europe/London,6,22:00,06:00
night,Europe/London,7,22:00,06:00
always,America/Santiago,1,00:00,24:00
always,America/Santiago,2,00:00,24:00
always,America/Santiago,3,00:00,24:00
always,America/Santiago,4,00:00,24:00
always,America/Santiago,5,00:00,24:00
always,America/Santiago,6,00:00,24:00
always,America/Santiago,7,00:00,24:00
new_york_8_20,America/New_York,1,08:00,20:00
new_york_8_20,America/New_York,2,08:00,20:00
new_york_8_20,America/New_York,3,08:00,20:00
new_york_8_20,America/New_York,4,08:00,20:00
new_york_8_20,America/New_York,5,08:00,20:00
utc_9_17,UTC,1,09:00,17:00
utc_9_17,UTC,2,09:00,17:00
utc_9_17,UTC,3,09:00,17:00
utc_9_17,UTC,4,09:00,17:00
utc_9_17,UTC,5,09:00,17:00
lunch,Asia/Kolkata,2,09:30,12:45
lunch,Asia/Kolkata,2,13:15,18:00
lunch,Asia/Kolkata,6,10:00,14:00
"""
HOLIDAYS = """schedule,holiday
office,2026-04-03
office,2026-04-06
night,2026-10-21
lunch,2026-10-20
new_york_8_20,2016-05-30
utc_9_17,2016-03-25
utc_9_17,2016-03-28
utc_9_17,2016-05-02
utc_9_17,2016-05-03
"""


@dataclass
class Case:
    """One case and its events, written as in a test: `at` times are ISO, no zone means UTC."""

    id: str
    created: str
    schedule: str | None = "office"
    target: int | None = 60
    channel: str | None = "email"
    customer: str | None = None
    deleted: bool = False
    source: str = "desk"
    events: list[tuple[str, str, str | None, bool | None, str | None]] = field(default_factory=list)

    def status(self, at: str, value: str) -> Case:
        self.events.append((at, "status", None, None, value))
        return self

    def comment(self, at: str, role: str = "agent", public: bool = True) -> Case:
        self.events.append((at, "comment", role, public, None))
        return self

    def rated(self, at: str, value: str) -> Case:
        self.events.append((at, "satisfaction", None, None, value))
        return self


def moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def write_contracts(
    path: Path, cases: Iterable[Case], customers: dict[str, str] | None = None
) -> None:
    """Make the DuckDB file with what the support models read: contracts, customers, sources."""
    cases = list(cases)
    with duckdb.connect(str(path)) as db:
        db.execute("set TimeZone = 'UTC'")
        db.execute("""
            create schema raw; create schema contracts; create schema marts; create schema gate;
            create table raw.sources (source varchar, kind varchar,
                history_start timestamptz, watermark timestamptz);
            create table marts.int_feedback_sums (period varchar);
            create table contracts.cases (case_key varchar, source varchar, case_id varchar,
                created_at timestamptz, priority varchar, customer_key varchar, channel varchar,
                schedule varchar, first_reply_target_minutes integer, is_deleted boolean);
            create table contracts.case_events (case_event_id varchar, case_key varchar,
                source varchar, occurred_at timestamptz, sequence bigint, event varchar,
                actor_role varchar, is_public boolean, value varchar);
            create table marts.dim_customers (customer_key varchar, segment varchar);
            create view gate.int_gate_counts as
                select source, 'cases' as contract,
                    cast(timezone('Europe/London', created_at) as date) as day
                from contracts.cases
                union all
                select source, 'case_events' as contract,
                    cast(timezone('Europe/London', occurred_at) as date) as day
                from contracts.case_events;
        """)
        sources = {case.source for case in cases}
        _insert(db, "raw.sources", [[source, "file", BEGINNING, NOW] for source in sources])
        _insert(db, "marts.dim_customers", [list(row) for row in (customers or {}).items()])
        _insert(
            db,
            "contracts.cases",
            [
                [f"{c.source}|{c.id}", c.source, c.id, moment(c.created), "normal", c.customer,
                 c.channel, c.schedule, c.target, c.deleted]
                for c in cases
            ],
        )  # fmt: skip
        _insert(
            db,
            "contracts.case_events",
            [
                [f"{c.source}|{c.id}|{n}", f"{c.source}|{c.id}", c.source, moment(at), n, *rest]
                for c in cases
                for n, (at, *rest) in enumerate(
                    [(c.created, "created", "customer", True, None), *c.events]
                )
            ],
        )
        db.execute("""
            create or replace table contracts.cases as
                select *, true as tells_first_reply, true as tells_all_replies,
                    true as tells_reopenings, hash(case_key) as case_hash,
                    case when customer_key is not null then hash(customer_key) end as customer_hash
                from contracts.cases;
            create or replace table contracts.case_events as
                select *, hash(case_key) as case_hash from contracts.case_events;
            create or replace table marts.dim_customers as
                select *, hash(customer_key) as customer_hash from marts.dim_customers;
        """)


def _insert(db: duckdb.DuckDBPyConnection, table: str, rows: list[list[object]]) -> None:
    """Through Arrow: row by row takes seconds for a few thousand."""
    if not rows:
        return
    import pyarrow as pa

    names = [name for name, *_ in db.execute(f"describe {table}").fetchall()]
    columns = [pa.array(column) for column in zip(*rows, strict=True)]
    arrow = pa.Table.from_arrays(columns, names=names)
    db.register("incoming", arrow)
    db.execute(f"insert into {table} by name select * from incoming")
    db.unregister("incoming")


def copy_project(folder: Path) -> Path:
    """The project's dbt files in a folder, with the schedules and holidays above."""
    project = folder / "dbt_project"
    ignored = shutil.ignore_patterns("target", "logs", ".*")
    shutil.copytree(PROJECT / "dbt_project", project, ignore=ignored)
    (project / "seeds" / "business_hours.csv").write_text(HOURS)
    (project / "seeds" / "holidays.csv").write_text(HOLIDAYS)
    return project


def run_dbt(project: Path, *arguments: str) -> dbt_process.Outcome:
    """Run dbt on the copied project and the warehouse.duckdb beside it."""
    return dbt_process.run(
        [*arguments, "--indirect-selection", "cautious", "--exclude-resource-type", "unit_test"],
        project=project,
        work=project.parent / "work",
        variables={"reporting_zone": "Europe/London", "minimum_n": 5},
        environment={"WELLHEARD_WAREHOUSE": str(project.parent / "warehouse.duckdb")},
        progress=lambda line: None,
    )


def explained(outcome: dbt_process.Outcome, project: Path) -> list[str]:
    """What failed, in words; empty after a run that succeeded."""
    if outcome.succeeded:
        return []
    found = dbt_failures.explain(outcome.target, project.parent / "warehouse.duckdb")
    return found or outcome.errors
