"""The support figures of a month: medians with their interval, rates, and no month missing."""

from __future__ import annotations

import duckdb
import pytest
from support_cases import TRUTH

from wellheard.settings import PROJECT

pytestmark = pytest.mark.dbt

Cell = dict[str, object]


def cell(
    support: duckdb.DuckDBPyConnection,
    metric: str,
    *,
    period: str = "2026-06",
    dimension: str = "all",
    member: str = "all",
    scope: str = "all",
) -> Cell:
    found = support.execute(
        "select n, successes, value_override, low_override, high_override, sum_w, sum_ww "
        "from marts.int_support_cells where (metric, period, dimension, member, scope) = "
        "(?, ?, ?, ?, ?)",
        [metric, period, dimension, member, scope],
    )
    rows = found.fetchall()
    assert len(rows) == 1
    return dict(zip([column[0] for column in found.description or []], rows[0], strict=True))


# Ranks by the binomial distribution: 6 and 16 of 21, 6 and 15 of 20.
@pytest.mark.parametrize(
    ("channel", "n", "median", "low", "high"),
    [
        ("chat", 21, 11, 6, 16),
        ("app", 20, 10.5, 6, 15),
        ("phone", 5, 3, 0, 5),
        ("email", 4, 2.5, None, None),
    ],
)
def test_a_time_is_a_median_between_two_of_its_own_values(
    support: duckdb.DuckDBPyConnection,
    channel: str,
    n: int,
    median: float,
    low: float | None,
    high: float | None,
) -> None:
    for metric in ("first_reply_minutes", "full_resolution_minutes"):
        found = cell(support, metric, dimension="channel", member=channel)
        assert found["n"] == n
        assert found["value_override"] == median
        assert (found["low_override"], found["high_override"]) == (low, high)


def test_the_interval_of_a_median_holds_at_least_95_percent_at_every_n(
    support: duckdb.DuckDBPyConnection,
) -> None:
    """The macro's formula, against the binomial distribution it stands for."""
    import jinja2
    import numpy as np
    from scipy.stats import binom

    macros = (PROJECT / "dbt_project/macros/business_time.sql").read_text()
    median_rank = jinja2.Template(macros + "{{ median_rank('n') }}").render().strip()
    ranks = support.execute(
        f"select n, {median_rank} as rank "
        "from (select unnest(range(6, 3001)) as n union all select 10 ** unnest(range(4, 7)))"
    ).fetchnumpy()
    n, rank = np.asarray(ranks["n"], dtype=float), np.asarray(ranks["rank"])
    covered = 1 - 2 * binom.cdf(rank - 1, n, 0.5)
    assert covered.min() >= 0.95
    narrower = 1 - 2 * binom.cdf(rank + 1, n, 0.5)  # two ranks further in is too narrow
    assert narrower.max() < 0.95


# The type-7 quantile of 1, 2, ... n; ranks by the binomial distribution: 29 and 37 of 37. Of 36,
# the longest lies below the 90th percentile with more than 2.5 %.
@pytest.mark.parametrize(
    ("n", "value", "low", "high"),
    [(36, None, None, None), (37, 33.4, 29, 37), (100, 90.1, 84, 97)],
)
def test_a_90th_percentile_lies_between_two_of_its_own_values_or_is_not_printed(
    support: duckdb.DuckDBPyConnection,
    n: int,
    value: float | None,
    low: float | None,
    high: float | None,
) -> None:
    for metric in ("first_reply_minutes", "first_resolution_minutes", "full_resolution_minutes"):
        where = {"period": "2026-08", "dimension": "channel", "member": f"of_{n}"}
        found = cell(support, f"{metric}_p90", **where)
        assert found["n"] == cell(support, metric, **where)["n"] == n
        assert found["value_override"] == (value if value is None else pytest.approx(value))
        assert (found["low_override"], found["high_override"]) == (low, high)


def test_the_interval_of_a_90th_percentile_leaves_out_2_5_percent_at_most_on_each_side(
    support: duckdb.DuckDBPyConnection,
) -> None:
    """The macros' formula, against the binomial distribution it stands for."""
    import jinja2
    import numpy as np
    from scipy.stats import binom

    macros = (PROJECT / "dbt_project/macros/support.sql").read_text()
    low, high = (
        jinja2.Template(macros + f"{{{{ quantile_rank_{end}('n', 0.9) }}}}").render().strip()
        for end in ("low", "high")
    )
    ranks = support.execute(
        f"select n, {low} as low, {high} as high "
        "from (select unnest(range(5, 3001)) as n union all select 10 ** unnest(range(4, 8)))"
    ).fetchnumpy()
    n, low_rank, high_rank = (np.asarray(ranks[name], dtype=float) for name in ranks)
    known = high_rank <= n
    assert (known == (n >= 37)).all()
    n, low_rank, high_rank = n[known], low_rank[known], high_rank[known]
    assert low_rank.min() >= 1
    below, above = binom.cdf(low_rank - 1, n, 0.9), binom.sf(high_rank - 1, n, 0.9)
    assert max(below.max(), above.max()) <= 0.025
    # One rank further in on either side is the most that could be had.
    assert binom.cdf(low_rank + 1, n, 0.9).min() > 0.025
    assert binom.sf(high_rank - 3, n, 0.9).min() > 0.025


@pytest.mark.parametrize(
    ("kind", "fewest", "macros", "ranks"),
    [
        ("minutes", 6, "business_time",
         ("median_rank('n', 's')", "n + 1 - {{ median_rank('n', 's') }}")),
        ("minutes_p90", 37, "support",
         ("quantile_rank_low('n', 0.9, 's')", "{{ quantile_rank_high('n', 0.9, 's') }}")),
    ],
)  # fmt: skip
def test_the_printed_formula_of_an_interval_gives_the_ranks_of_the_code(
    kind: str, fewest: int, macros: str, ranks: tuple[str, str]
) -> None:
    """Evaluated as it stands on the method page, from the fewest cases it names on."""
    import math
    import re

    import jinja2

    from wellheard import metric_catalogue

    (said,) = (one.interval for one in metric_catalogue.kinds() if one.unit == kind)
    assert f"none below {fewest} cases" in said
    sql = (PROJECT / f"dbt_project/macros/{macros}.sql").read_text()
    low, high = (
        jinja2.Template(sql + (rank if "{{" in rank else f"{{{{ {rank} }}}}")).render().strip()
        for rank in ranks
    )
    found = duckdb.sql(
        f"select n, s, {low}, {high} from (select unnest(range(5, 2000)) as n) "
        "cross join (select unnest([1.0, 1.7]) as design_effect) "
        "cross join lateral (select n * design_effect::double as s)"
    )

    def value(formula: str, n: int, **names: float) -> float:
        python = re.sub(r"√(\(.+?\)|\w)", r"math.sqrt(\1)", formula)
        python = re.sub(r"\b(floor|ceil)\(", r"math.\1(", python)
        python = python.replace("²", "**2").replace("−", "-")
        python = re.sub(r"(\d|\)) (?=n|s|\()", r"\1 * ", python)
        python = re.sub(r"\bz (?=math)", "z * ", python)
        return float(eval(python, {"math": math, "n": n, "z": 1.959964, **names}))

    def where(name: str) -> str:
        (formula,) = re.findall(rf"\b{name} = ([^,;]+)", said)
        return str(formula)

    for n, s, first, last in found.fetchall():
        if kind == "minutes":
            k = value(where("k"), n, s=s)
            expected, is_known = (k, n + 1 - k), k >= 1
        else:
            parts = {name: value(where(name), n, s=s) for name in ("c", "d")}
            ends = re.findall(r"(?:floor|ceil)\([^)]+\)", said)
            expected = tuple(value(end, n, **parts) for end in ends)
            is_known = expected[1] <= n
        assert s > n or is_known == (n >= fewest)
        assert not is_known or (first, last) == expected


def test_the_backlog_is_what_was_open_when_the_month_ended(
    support: duckdb.DuckDBPyConnection,
) -> None:
    for period, open_cases in {"2026-08": 4, "2026-09": 3, "2026-10": 2, "2026-11": 2}.items():
        found = cell(support, "case_backlog", period=period, dimension="channel", member="counter")
        assert (found["n"], found["value_override"]) == (open_cases, open_cases)
        assert (found["low_override"], found["high_override"]) == (None, None)
    in_scope = cell(
        support, "case_backlog", period="2026-08", dimension="channel", member="counter",
        scope="segment=trade",
    )  # fmt: skip
    assert in_scope["n"] == 4
    before = cell(support, "case_backlog", period="2026-07", dimension="channel", member="counter")
    assert (before["n"], before["value_override"]) == (0, 0)


def test_rates_count_successes_among_the_cases_they_apply_to(
    support: duckdb.DuckDBPyConnection,
) -> None:
    in_target = cell(support, "first_reply_in_target", dimension="channel", member="chat")
    assert (in_target["n"], in_target["successes"]) == (21, 15)
    one_touch = cell(support, "one_touch_rate", dimension="channel", member="chat")
    assert (one_touch["n"], one_touch["successes"]) == (21, 21)
    reopened = cell(support, "reopen_rate", dimension="channel", member="chat")
    assert (reopened["n"], reopened["successes"]) == (21, 0)
    # Eleven of the 21 are one customer's; as none of the month's 50 was opened again, nothing tells
    # how alike they are.
    assert (reopened["sum_w"], reopened["sum_ww"]) == (21, 21 + 11 * 10)
    good = cell(support, "case_csat")
    assert (good["n"], good["successes"]) == (50, 50)


def test_the_volume_of_a_month_is_its_value(support: duckdb.DuckDBPyConnection) -> None:
    found = cell(support, "case_volume")
    assert (found["n"], found["value_override"], found["low_override"]) == (50, 50, None)
    empty = cell(support, "case_volume", period="2026-07")
    assert (empty["n"], empty["value_override"]) == (0, 0)


def test_a_segments_scope_holds_its_own_cases_alone(support: duckdb.DuckDBPyConnection) -> None:
    enterprise = cell(support, "case_volume", scope="segment=enterprise")
    consumer = cell(support, "case_volume", scope="segment=consumer")
    assert (enterprise["n"], consumer["n"]) == (5, 11 + 2 + 10)
    by_segment = cell(support, "case_volume", dimension="segment", member="enterprise")
    assert by_segment["n"] == 5
    found = support.execute(
        "select distinct member from marts.int_support_cells "
        "where scope = 'segment=enterprise' and dimension = 'channel'"
    ).fetchall()
    assert found == [("phone",)]


def test_cases_count_in_the_month_of_what_is_measured(
    support: duckdb.DuckDBPyConnection,
) -> None:
    query = (
        "select metric, period from marts.int_support_measures where case_hash = hash(?) "
        "order by all"
    )
    assert support.execute(query, ["desk|rated_next_month"]).fetchall() == [
        ("case_backlog", "2026-10"),
        ("case_backlog", "2026-11"),
        ("case_csat", "2026-11"),
        ("case_volume", "2026-10"),
        ("first_reply_in_target", "2026-10"),
    ]


def test_a_case_that_is_open_again_is_in_no_resolution_figure(
    support: duckdb.DuckDBPyConnection,
) -> None:
    query = (
        "select metric from marts.int_support_measures where case_hash = hash(?) order by metric"
    )
    assert support.execute(query, ["desk|open_again"]).fetchall() == [
        ("case_backlog",),
        ("case_backlog",),
        ("case_volume",),
        ("first_reply_in_target",),
        ("first_reply_minutes",),
        ("first_resolution_minutes",),  # it was resolved once, whatever came of it
    ]


def test_every_series_has_every_month(support: duckdb.DuckDBPyConnection) -> None:
    months = support.execute("select count(*) from marts.int_periods").fetchone()
    series = support.execute(
        "select distinct count(*), count(distinct period) from marts.int_support_cells "
        "group by scope, metric, dimension, member"
    ).fetchall()
    assert months is not None
    assert series == [(months[0], months[0])]
    if not TRUTH.is_dir():  # with the real cases the months begin in 2016
        assert months == (9,)
