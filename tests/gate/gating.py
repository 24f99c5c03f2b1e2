"""A small company: contract tables with months of made-up records, and the gate's tables on them.

The gate's dbt models are rendered with their own macros and run in DuckDB directly, which takes
milliseconds where dbt takes seconds; the references are the planned schemas.
"""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import jinja2

from wellheard.settings import Settings
from wellheard.warehouse import Build

DBT = Path(__file__).resolve().parents[2] / "dbt_project"
BUILD = "b0123456789ab"
AS_OF = datetime(2026, 11, 2, 6, tzinfo=UTC)
LAST_DAY = date(2026, 11, 1)  # the last whole day before the watermark
FIRST_DAY = date(2026, 3, 1)

SCHEMA = """
create schema raw; create schema staging; create schema contracts; create schema reporting;
create schema gate;
create table raw.build (build_id varchar, inputs_sha256 varchar);
create table raw.sources
    (source varchar, kind varchar, history_start timestamptz, watermark timestamptz);
create table raw.landings
    (source varchar, kind varchar, stream varchar, sent bigint, landed bigint);
create table staging.int_feedback_judged (
    source varchar, survey_id varchar, question_id varchar, response_id varchar, channel varchar,
    responded_at timestamptz, seen_at timestamptz, reason varchar,
    stream varchar generated always as (cast(null as varchar)),
    record_hash ubigint generated always as (cast(null as ubigint)),
    response_hash ubigint generated always as (hash(source, survey_id, response_id)));
create table contracts.cases
    (source varchar, case_id varchar, channel varchar, created_at timestamptz);
create table contracts.case_events
    (source varchar, case_event_id varchar, occurred_at timestamptz);
create table contracts.interactions
    (source varchar, interaction_id varchar, channel varchar, occurred_at timestamptz);
create table contracts.invitations (
    source varchar, invitation_id varchar, survey_id varchar, channel varchar, sent_at timestamptz);
create view staging.int_cases_judged as
    select *, null::varchar as unknown_channel, null::varchar as stream,
        null::ubigint as record_hash, null::varchar as reason
    from contracts.cases;
create table contracts.fct_cases (
    source varchar, is_resolved boolean, handled_by varchar, count_public_agent_comments bigint,
    first_reply_at timestamptz, priority varchar, schedule varchar default 'office',
    is_known_from_start boolean default true);
create table status_words (case_event_id varchar, unknown_status varchar);
create view staging.int_case_events_judged as
    select *, null::varchar as stream, null::ubigint as record_hash, null::varchar as reason,
        hash(case_event_id) as case_hash
    from contracts.case_events left join status_words using (case_event_id);
create view staging.int_interactions_judged as
    select *, null::varchar as stream, null::ubigint as record_hash, null::varchar as reason
    from contracts.interactions;
create view staging.int_invitations_judged as
    select *, null::varchar as stream, null::ubigint as record_hash, null::varchar as reason
    from contracts.invitations;
create table staging.int_customers_judged (source varchar, stream varchar);
create table staging.int_file_records_again (
    contract varchar, source varchar, stream varchar, record_hash ubigint, copies bigint);
create table reporting.rpt_metrics (
    scope varchar, period varchar, metric varchar, dimension varchar, member varchar, unit varchar,
    n bigint, value double, low double, high double);
create table reporting.rpt_metric_catalogue as
    from (values ('nps', 'Net Promoter Score')) as catalogue (metric, label);
"""
SOURCES = ("typeform", "zendesk")
STREAMS = {
    "zendesk": ("tickets", "ticket_events", "users"),
    "typeform": ("forms", "responses"),
    "file": ("feedback", "cases", "case_events", "customers", "interactions", "invitations"),
}
MODELS = (
    "int_gate_records",
    "int_gate_counts",
    "int_gate_questions",
    "int_gate_readable",
    "gate_freshness",
    "int_gate_days",
    "gate_volume",
    "gate_weekly_volume",
    "gate_reconciliation",
    "gate_quarantine",
    "gate_channel_mix",
    "gate_statuses",
    "gate_replies",
    "gate_business_hours",
    "gate_shared_records",
    "gate_plausibility",
)
GATE_MACROS = ("gate_counts.sql", "periods.sql", "quarters.sql", "readable.sql", "typical.sql")
PARTED = {"ticket_events": "child_events", "forms": "fields"}  # streams of unfolded records
SCHEMAS = {"rpt": "reporting", "int": "staging", "stg": "staging"}


def run_models(connection: duckdb.DuckDBPyConnection, zone: str = "Europe/London") -> None:
    """Build every gate model, in order, as a table of schema `gate`."""
    macros = "".join(
        "{% macro period_of(moment) -%} strftime(timezone('" + zone + "', {{ moment }}), '%Y-%m')"
        " {%- endmacro %}"
        if path.name == "periods.sql"
        else path.read_text()
        for path in sorted((DBT / "macros").glob("*.sql"))
        if path.name in GATE_MACROS
    )
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    environment.globals |= {
        "config": lambda **settings: "",
        "is_increment": lambda: False,
        "only_touched": lambda rows, keys, columns: "",
        "keys_of": lambda contract: [],
        "contracts_with_judged_records": lambda: [s for s in STREAMS["file"] if s != "customers"],
        "is_of_a_file": lambda contract: "false",
        "is_kept_as_sent": lambda kind, part: kind == "file" and part != "customers",
        "ref": _ref,
        "source": lambda schema, table: f"{schema}.{table}",
        "var": {
            "reporting_zone": zone,
            "streams": [(kind, part) for kind, parts in STREAMS.items() for part in parts],
        }.__getitem__,
        "has_parts": lambda kind, part: (
            f"json_array_length(payload, '$.{PARTED[part]}') > 0" if part in PARTED else "true"
        ),
    }
    for model in MODELS:
        text = (DBT / "models" / "gate" / f"{model}.sql").read_text()
        sql = environment.from_string(macros + text).render()
        connection.execute(f"create or replace table gate.{model} as {sql}")


def _ref(name: str) -> str:
    if "gate_" in name:
        return f"gate.{name}"
    schema = next((s for prefix, s in SCHEMAS.items() if name.startswith(prefix)), "contracts")
    return f"{schema}.{name}"


@dataclass
class World:
    """A warehouse that the gate passes, until a test plants something in it."""

    settings: Settings
    template: Path | None = None  # a healthy warehouse, to be copied instead of made
    build: Build = field(init=False)

    def __post_init__(self) -> None:
        watermark = datetime(2026, 11, 2, tzinfo=UTC)
        self.build = Build(
            BUILD, "abc", self.settings.builds / BUILD, dict.fromkeys(SOURCES, watermark)
        )
        folder = self.settings.company_dir
        assert folder is not None
        folder.mkdir(parents=True, exist_ok=True)
        sources = "".join(f"  {name}: {{history_start: {FIRST_DAY}}}\n" for name in SOURCES)
        (folder / "wellheard.yml").write_text(
            f"company: Larkfield\nreporting_zone: Europe/London\nsources:\n{sources}"
        )

    def make(self, *changes: str, models: bool = True) -> Build:
        """Write the warehouse; `changes` are SQL run on it before the gate's models are."""
        self.settings.var.mkdir(parents=True, exist_ok=True)
        self.settings.warehouse.unlink(missing_ok=True)
        if self.template:
            shutil.copy(self.template, self.settings.warehouse)
        with duckdb.connect(str(self.settings.warehouse)) as connection:
            connection.execute("set TimeZone = 'UTC'; set threads = 1")
            if not self.template:
                connection.execute(SCHEMA)
                self._fill(connection)
            for change in changes:
                connection.execute(change)
            if models:
                run_models(connection)
        return self.build

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.warehouse), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(sql).fetchall()

    def _fill(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(f"insert into raw.build values ('{BUILD}', 'abc')")
        chance = random.Random(7)
        feedback, cases = [], []
        day = FIRST_DAY
        while day <= LAST_DAY:
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            weekend = day.weekday() >= 5
            for number in range(chance.randint(16, 24) if weekend else chance.randint(36, 48)):
                form = "relationship" if number % 3 else "onboarding"
                channel = chance.choices(("email", "web", "app"), (5, 3, 2))[0]
                feedback.append(
                    ("typeform", form, "nps", f"{day}-{number}", channel,
                     noon + timedelta(seconds=number), None, None)
                )  # fmt: skip
            for number in range(chance.randint(8, 12)):
                channel = chance.choices(("phone", "chat"), (6, 4))[0]
                cases.append(("zendesk", f"{day}-{number}", channel, noon))
            day += timedelta(days=1)
        _insert(connection, "staging.int_feedback_judged", feedback)
        _insert(connection, "contracts.cases", cases)
        start = datetime(2026, 3, 1, tzinfo=UTC)
        sources = [(name, name, start, self.build.watermarks[name]) for name in SOURCES]
        connection.executemany("insert into raw.sources values (?, ?, ?, ?)", sources)
        self._land(connection)
        metrics = [
            ("all", f"2026-{month:02d}", metric, "all", "all", unit, n, value, value - 2, value + 2)
            for month in range(3, 12)
            for metric, unit, n, value in (
                ("nps", "points", 1200, 20.0 + month % 3),
                ("csat", "percent", 900, 71.0 + month % 2),
                ("first_reply_minutes", "minutes", 300, 95.0 + month),
            )
        ]
        _insert(connection, "reporting.rpt_metrics", metrics)

    def _land(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Two overlapping windows a stream: 60 records sent, 50 of them different."""
        for kind, parts in STREAMS.items():
            for part in parts:
                rows = "false" if kind == "file" else "true"
                parted = PARTED.get(part)
                payload = f'{{"{parted}": [1, 2]}}' if parted else "{}"
                connection.execute(
                    f"create table raw.{kind}__{part} as select '{kind}' as source,"
                    f" '{part}' as stream, 'r' || (range % 50) as record_id,"
                    f" '{payload}' as payload from range(60) where {rows}"
                )
                stream = "" if parted == "fields" else "stream,"
                connection.execute(
                    f"create table staging.stg_{kind}__{part} as"
                    f" select distinct source, {stream} record_id from raw.{kind}__{part}"
                )
                if kind != "file":
                    connection.execute(
                        f"insert into raw.landings values ('{kind}', '{kind}', '{part}', 35, 35),"
                        f" ('{kind}', '{kind}', '{part}', 25, 25)"
                    )


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
    """Insert by way of one literal list: a thousand times faster than row by row."""
    width = len(rows[0])
    marks = ", ".join(f"row[{index + 1}]" for index in range(width))
    text = [[None if value is None else str(value) for value in row] for row in rows]
    connection.execute(
        f"insert into {table} select {marks} from (select unnest($1) as row)", [text]
    )
