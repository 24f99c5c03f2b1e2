"""The reporting tables of the benchmark's company by one hand-written script: what a build is held
against.

    python benchmarks/by_hand.py LAKE SEEDS OUT WATERMARK

The heavy SQL is written for this company's tables alone (by_hand*.sql); the statistics of the
counted cells are the library's, for anybody would use one. Left out are the tables that are empty
or a few rows of seeds here: rpt_drivers, rpt_themes, rpt_quotes and rpt_comments (no question about
a driver, no comment), rpt_sources, rpt_actions and rpt_metric_catalogue. Nobody left the company
and nobody was invited, so nothing is counted of either; a case's channel, schedule and events are
taken for well-formed (rpt_quarantine has answers alone).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from wellheard import closed_loop, metric_cells, money_panel, sample_trust, survival_panel
from wellheard.action_effects import Action, judge_table
from wellheard.equivalence import consistency
from wellheard.moments_of_truth import moments
from wellheard.movement import movements
from wellheard.paths import paths, stage_volumes
from wellheard.statistics import Z

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = 16
NOISE = 1e-9  # by how much doubles may differ that were summed in another order
MINIMUM_N = 5
MARGINS = {"csat": 10.0, "ces": 0.5}
YEARLY_DISCOUNT = 0.10
COLUMNS = (
    "scope, period, metric, dimension, member, n, sum_x, sum_xx, sum_w, sum_ww, successes, "
    "promoters, passives, detractors, value_override, low_override, high_override"
)


def run(lake: Path, seeds: Path, out: Path, watermark: str) -> None:
    """Make the tables in a new DuckDB file; raises what DuckDB raises."""
    with tempfile.TemporaryDirectory(dir=out.parent) as spill, duckdb.connect() as db:
        db.execute("set TimeZone = 'UTC'; set threads = 2; set memory_limit = '2500MB'")
        db.execute(f"set preserve_insertion_order = false; set temp_directory = '{spill}'")
        db.execute(f"attach '{out}' as out (storage_version 'latest')")
        for name, value in (("lake", lake), ("seeds", seeds), ("watermark", watermark)):
            db.execute(f"set variable {name} = '{value}'")
        for part in ("", "_support", "_cases", "_feedback", "_journey"):
            _execute(db, part)
        _judge(db)
        _execute(db, "_reports")


def _execute(db: duckdb.DuckDBPyConnection, part: str) -> None:
    db.execute((Path(__file__).parent / f"by_hand{part}.sql").read_text())


def _judge(db: duckdb.DuckDBPyConnection) -> None:
    """Put the library's judgements of the counted cells beside them."""

    def told(sql: str) -> pa.Table:
        return db.sql(sql).to_arrow_table()

    def keep(name: str, judged: pa.Table) -> None:  # DuckDB reads `judged` by its name
        db.execute(f"create table {name} as from judged")

    units: dict[str, str] = dict(db.sql("select metric, unit from metrics").fetchall())
    cells = db.sql(
        f"select {COLUMNS}, scale_min, scale_max from feedback_cells "
        f"union all select {COLUMNS}, null, null from support_cells"
    )
    stages: dict[str, str] = dict(
        db.sql(
            "select touchpoint, journey_stage from touchpoint_seed where journey_stage is not null"
        ).fetchall()
    )
    statistics = metric_cells.judge(
        cells.filter("metric in (select metric from metrics)").to_arrow_table(),
        units=units,
        minimum_n=MINIMUM_N,
        stages=stages,
    )
    keep("statistics", statistics)
    _execute(db, "_windows")

    least: dict[str, Any] = {"minimum_n": MINIMUM_N}
    positions = dict(db.sql("select touchpoint, position from touchpoint_seed").fetchall())
    keep("movement", movements(told("from movement_tests"), units=units, **least))
    keep("volumes_printed", stage_volumes(told("from stage_volumes"), stages=stages, **least))
    keep("paths", paths(told("from path_windows"), **least))
    keep("moments", moments(told("from moment_windows"), positions=positions, **least))
    keep("consistency", consistency(told("from channel_pairs"), units=units, margins=MARGINS,
                                    **least))  # fmt: skip
    keep("loop", closed_loop.judge(told("from loop_counts order by scope, period"), **least))
    # Nobody was invited.
    counts = ", ".join(f"0 as {outcome}" for outcome in sample_trust.OUTCOMES)
    invitations = f"select period, source, survey_id, segment, {counts}, 0.0 as sum_ww"
    keep("sample", sample_trust.sample_panel(
        told(f"{invitations} from sample_answers limit 0"), told("from sample_answers"),
        told("from customer_base"), **least))  # fmt: skip
    keep("gaming", sample_trust.gaming_signals(told("from gaming_counts"),
                                               told("from gaming_hours"), **least))  # fmt: skip
    keep("effects", _effects(db))

    [(until,)] = db.sql("select getvariable('watermark')::date - date '1970-01-01'").fetchall()
    periods = db.sql("select period from periods").fetchall()
    known = {"periods": [period for (period,) in periods], "known_until": until, **least}
    register = told(
        "select number::bigint as customer_number, customer_key, segment::varchar as segment, "
        "monthly as monthly_revenue, joined_on - date '1970-01-01' as joined_day, "
        "churned_on - date '1970-01-01' as lost_day from customers order by number"
    )
    bands = told("from bands order by customer_number, answered_day")
    keep("money", money_panel.judge(register, bands, **known,
                                    yearly_discount=YEARLY_DISCOUNT))  # fmt: skip
    keep("survival", survival_panel.judge(register, bands, **known))


def _effects(db: duckdb.DuckDBPyConnection) -> pa.Table:
    named = db.sql(
        "select action_id, target_metric, coalesce(target_dimension, 'all'), "
        "coalesce(target_member, 'all'), effective_on, decided_on "
        "from actions where target_metric is not null"
    )
    printed = db.sql(
        "select metric, dimension, member, period, value, "
        f"case unit when 'cases' then 1 else n end, coalesce((high - low) / {2 * Z}, 0) "
        "from statistics inner join metrics using (metric) "
        "where scope = 'all' and value is not null and n > 0 order by all"
    )
    return judge_table([Action(*row) for row in named.fetchall()], printed.fetchall())


def differing(out: Path, warehouse: Path) -> int:
    """How many rows the two do not agree on, over all tables; the NOISE of doubles aside.

    Raises ValueError for a script that did not come to its end.
    """
    found = 0
    with duckdb.connect() as db:
        db.execute("set TimeZone = 'UTC'")
        db.execute(
            f"attach '{out}' as by_hand (read_only); attach '{warehouse}' as built (read_only)"
        )
        tables = "select table_name from duckdb_tables() where database_name = 'by_hand' order by 1"
        made = db.execute(tables).fetchall()
        if len(made) != TABLES:
            raise ValueError(f"{out} holds {len(made)} of {TABLES} tables")
        for (table,) in made:
            before = found
            described = db.execute(f"describe built.reporting.{table}").fetchall()
            same = " and ".join(
                _alike(f'ours."{name}"', f'theirs."{name}"', kind) for name, kind, *_ in described
            )
            tables = (f"by_hand.main.{table}", f"built.reporting.{table}")
            for ours, theirs in (tables, tables[::-1]):
                [(apart,)] = db.execute(
                    f"select count(*) from {ours} as ours anti join {theirs} as theirs on {same}"
                ).fetchall()
                found += int(apart)
            # A row that one of them has twice has its like in the other.
            sizes = " - ".join(f"(select count(*) from {table})" for table in tables)
            [(more,)] = db.execute(f"select abs({sizes})").fetchall()
            found = max(found, before + int(more))
    return found


def _alike(a: str, b: str, kind: str) -> str:
    """Each part compares one side with the other, or the join would look at all pairs of rows."""
    if kind != "DOUBLE":
        return f"{a} is not distinct from {b}"
    a, b = f"coalesce({a}, 1e300)", f"coalesce({b}, 1e300)"
    return f"{a} <= {b} + {NOISE} and {a} >= {b} - {NOISE}"


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
