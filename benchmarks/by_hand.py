"""The reporting tables of the benchmark's company by one hand-written script: what a build is held
against.

    python benchmarks/by_hand.py LAKE SEEDS OUT WATERMARK
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from wellheard.metric_cells import judge

COLUMNS = (
    "scope, period, metric, dimension, member, n, sum_x, sum_xx, sum_w, sum_ww, successes, "
    "promoters, passives, detractors, value_override, low_override, high_override"
)
FIGURES = (
    "scope, period, metric, dimension, member, n, value, low, high, previous, change, p, "
    "p_adjusted, same_month_last_year, signal, suppressed"
)
REPORTS = """
create table rpt_metrics as
select statistics.*, metrics.unit, metrics.better, targets.target
from statistics
inner join metrics using (metric)
left join targets
    on statistics.metric = targets.metric and statistics.dimension = targets.dimension
    and statistics.member = targets.member
    and (statistics.period || '-01')::date
    between targets.valid_from and coalesce(targets.valid_to::date, date '9999-12-31');
create table rpt_distribution as
select
    scope, period, metric, dimension, member,
    unnest(['detractors', 'passives', 'promoters']) as bucket,
    unnest([cells.detractors, cells.passives, cells.promoters]) as n,
from feedback_cells as cells
semi join (from statistics where not suppressed) as shown
    using (scope, period, metric, dimension, member)
where metric = 'nps' and dimension in ('all', 'journey_stage', 'segment');
create table rpt_periods as
select
    period,
    (
        select count(*) from answers
        where reason is null and answers.period = periods.period
    ) as answers,
    (select count(*) from measured where created_period = periods.period) as cases,
from periods;
create table rpt_quarantine as
select period, source, reason, count(*) as n from answers where reason is not null group by all;
"""


def run(lake: Path, seeds: Path, out: Path, watermark: str) -> None:
    """Make the tables in a DuckDB file; raises what DuckDB raises."""
    sql = (Path(__file__).parent / "by_hand.sql").read_text()
    with duckdb.connect(str(out), config={"storage_compatibility_version": "latest"}) as db:
        db.execute("set TimeZone = 'UTC'; set threads = 2; set memory_limit = '2500MB'")
        db.execute(sql.format(lake=lake, seeds=seeds, watermark=watermark))
        cells = db.sql(f"select {COLUMNS} from feedback_cells")
        cells = cells.union(db.sql(f"select {COLUMNS} from support_cells"))
        stages = "select touchpoint, journey_stage from touchpoints where journey_stage is not null"
        statistics = judge(  # noqa: F841 - DuckDB reads it by its name
            cells.filter("metric in (select metric from metrics)").to_arrow_table(),
            units=dict(db.sql("select metric, unit from metrics").fetchall()),
            minimum_n=5,
            stages=dict(db.sql(stages).fetchall()),
        )
        db.execute("create table statistics as from statistics")
        db.execute(REPORTS)


def differing(out: Path, warehouse: Path) -> int:
    """How many figures of rpt_metrics the two do not agree on, the last digits of doubles aside."""
    with duckdb.connect() as db:
        db.execute(
            f"attach '{out}' as by_hand (read_only); attach '{warehouse}' as built (read_only)"
        )
        rounded = ", ".join(
            f"round({c}, 9) as {c}"
            if c in ("value", "low", "high", "previous", "change", "p", "p_adjusted")
            else c
            for c in FIGURES.split(", ")
        )
        sides = ("by_hand.main.rpt_metrics", "built.reporting.rpt_metrics")
        [(found,)] = db.execute(
            f"select count(*) from ((select {rounded} from {sides[0]} except select {rounded} from "
            f"{sides[1]}) union all (select {rounded} from {sides[1]} except select {rounded} from "
            f"{sides[0]}))"
        ).fetchall()
        return int(found)


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
