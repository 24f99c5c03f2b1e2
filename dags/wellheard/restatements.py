"""Which months a publication prints with other numbers than were printed before.

Two tables of a publication, both about the headline figures (dimension `all`) of each scope: the
whole company's editions show its own, a segment's edition those of the segment.

- `rpt_printed`: one row per (scope, period, metric) that was ever published with its month
  complete, with the numbers of the first such publication;
- `rpt_restatements`: the rows of the former whose numbers are different now. A row goes away only
  should the numbers return to what was printed first.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

PRINTED = "rpt_printed"
RESTATEMENTS = "rpt_restatements"

_EMPTY = {
    PRINTED: (
        "scope varchar, period varchar, metric varchar, value double, n bigint, publication varchar"
    ),
    RESTATEMENTS: (
        "scope varchar, period varchar, metric varchar, printed_value double, printed_n bigint,"
        " value double, n bigint, first_publication varchar, publication varchar"
    ),
}

# Sums of doubles may differ in their last digits from one run to the next; that restates nothing.
_SAME = """
create macro same(value, n, other_value, other_n) as
    n is not distinct from other_n
    and (
        value is not distinct from other_value
        or coalesce(
            abs(value - other_value) <= 1e-9 * greatest(1, abs(value), abs(other_value)), false
        )
    )
"""

_NEWLY_PRINTED = """
insert into rpt_printed
select
    scope,
    period,
    metric,
    value,
    n,
    $publication_id as publication,
from current_metrics
anti join previous_printed using (scope, period, metric)
where list_contains($complete, period)
"""

# `publication` names where the present numbers appeared first: here, or in an earlier restatement.
_RESTATED = """
insert into rpt_restatements
select
    printed.scope,
    printed.period,
    printed.metric,
    printed.value as printed_value,
    printed.n as printed_n,
    metrics.value,
    present_n as n,
    printed.publication as first_publication,
    case
        when earlier.period is not null
            and same(metrics.value, present_n, earlier.value, earlier.n)
            then earlier.publication
        else $publication_id
    end as publication,
from previous_printed as printed
left join current_metrics as metrics using (scope, period, metric)
left join previous_restatements as earlier using (scope, period, metric)
cross join lateral (
    -- A figure without a row is made of nothing; one that is hidden has a row that tells no n.
    select case when metrics.metric is null then 0 else metrics.n end as present_n
) as present
where not same(metrics.value, present_n, printed.value, printed.n)
"""


def write_restatements(
    folder: Path, *, publication_id: str, previous: Path | None, complete: list[str]
) -> None:
    """Write both tables as Parquet into the folder of the publication being made.

    `folder` holds its `rpt_metrics.parquet` already; `previous` is the folder of the publication
    before it; `complete` are the months (`2026-10`, ...) that all sources have covered by now.
    """
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(_SAME)
        metrics = connection.read_parquet(str(folder / "rpt_metrics.parquet"))
        metrics.filter("dimension = 'all'").create_view("current_metrics")
        for table, columns in _EMPTY.items():
            connection.execute(f"create table {table} ({columns})")
            kept = f"previous_{table.removeprefix('rpt_')}"
            connection.execute(f"create table {kept} ({columns})")
            if previous is not None:
                earlier = connection.read_parquet(str(previous / f"{table}.parquet"))
                # Publications of before hold the whole company's rows alone and name no scope.
                scope = "" if "scope" in earlier.columns else "'all' as scope, "
                earlier.select(f"{scope}*").insert_into(kept)
        connection.execute("insert into rpt_printed from previous_printed")
        connection.execute(_NEWLY_PRINTED, {"publication_id": publication_id, "complete": complete})
        connection.execute(_RESTATED, {"publication_id": publication_id})
        for table in _EMPTY:
            rows = connection.table(table).order("scope, period, metric")
            rows.write_parquet(str(folder / f"{table}.parquet"), compression="zstd")
