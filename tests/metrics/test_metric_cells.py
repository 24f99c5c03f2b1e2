"""The library's part of the figures: from counted cells to what may be printed."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from wellheard import metric_cells

UNITS = {"nps": "points", "csat": "percent", "ces": "score", "wait": "minutes"}
COLUMNS = (
    "scope", "period", "metric", "dimension", "member", "n", "sum_x", "sum_xx", "sum_w", "sum_ww",
    "successes", "promoters", "passives", "detractors", "value_override", "low_override",
    "high_override", "scale_min", "scale_max",
)  # fmt: skip
COUNTS = {"n", "promoters", "passives", "detractors"}


def cell(metric: str, period: str, **more: Any) -> dict[str, Any]:
    n = more.get("n", 0)
    plain = {"scope": "all", "dimension": "all", "member": "all", "sum_w": n, "sum_ww": n}
    return {"metric": metric, "period": period, **plain, **more}


def nps(period: str, d: int, m: int, p: int, **more: Any) -> dict[str, Any]:
    counts = {"n": d + m + p, "promoters": p, "passives": m, "detractors": d}
    return cell("nps", period, sum_x=p - d, sum_xx=p + d, **counts, **more)


def csat(period: str, successes: int, n: int, **more: Any) -> dict[str, Any]:
    return cell("csat", period, n=n, successes=successes, **more)


def judged(
    *cells: dict[str, Any], minimum_n: int = 5, stages: dict[str, str] | None = None
) -> dict[tuple[str, ...], dict[str, Any]]:
    """The figures by (period, metric, member), or with the scope in front where it is not all."""
    schema = pa.schema(
        (name, pa.int64() if name in COUNTS else pa.float64() if i > 4 else pa.string())
        for i, name in enumerate(COLUMNS)
    )
    table = pa.Table.from_pylist([{c: row.get(c) for c in COLUMNS} for row in cells], schema)
    rows = metric_cells.judge(table, UNITS, minimum_n, stages).to_pylist()
    return {(row["period"], row["metric"], row["member"]): row for row in rows}


def test_changes_are_those_of_the_worked_examples_and_corrected_together() -> None:
    found = judged(
        nps("2026-09", 150, 190, 260),
        nps("2026-10", 120, 180, 300),
        csat("2026-09", 56, 70),
        csat("2026-10", 48, 80),
    )
    score, satisfied = found["2026-10", "nps", "all"], found["2026-10", "csat", "all"]
    assert (score["value"], score["previous"], score["previous_n"]) == pytest.approx(
        (30.0, 110 / 6, 600)
    )
    assert (score["change"], score["p"]) == pytest.approx((70 / 6, 0.0110693951))
    assert (score["change_low"], score["change_high"]) == pytest.approx((2.65271722, 20.56452988))
    assert (satisfied["change"], satisfied["p"]) == pytest.approx((-20.0, 0.0080453), rel=1e-4)
    assert (satisfied["change_low"], satisfied["change_high"]) == pytest.approx(
        (-33.3872654, -5.24314724)
    )
    assert score["family_size"] == satisfied["family_size"] == 2
    # Of 56/70 and 48/80 Fisher's test is the more careful one, and it also has the larger p of all.
    assert satisfied["p_exact"] == pytest.approx(0.0125211, abs=5e-7)
    assert score["p_exact"] is None
    adjusted = {score["p_adjusted"], satisfied["p_adjusted"]}
    assert adjusted == {2 * score["p"]}
    assert found["2026-09", "nps", "all"]["p_adjusted"] is None


def test_effort_has_the_t_interval_of_its_answers() -> None:
    scores = [7, 6, 5, 7, 4, 6, 3, 7, 5, 6, 2, 6]
    sums = {"sum_x": sum(scores), "sum_xx": sum(x * x for x in scores)}
    figure = judged(cell("ces", "2026-10", n=12, **sums))["2026-10", "ces", "all"]
    assert (figure["value"], figure["low"], figure["high"]) == pytest.approx(
        (5.3333333333, 4.3076371322, 6.3590295345)
    )


def test_effort_without_spread_has_no_interval_and_none_leaves_the_scale() -> None:
    def effort(period: str, scores: list[int]) -> dict[str, Any]:
        squares = sum(x * x for x in scores)
        ends = {"scale_min": 1.0, "scale_max": 7.0}
        return cell("ces", period, n=len(scores), sum_x=sum(scores), sum_xx=squares, **ends)

    found = judged(effort("2026-09", [7, 7, 7, 7, 7, 6]), effort("2026-10", [7] * 6))
    high, alike = found["2026-09", "ces", "all"], found["2026-10", "ces", "all"]
    assert (high["low"], high["high"]) == (pytest.approx(6.405, abs=1e-3), 7)
    assert (alike["n"], alike["value"], alike["low"], alike["high"]) == (6, 7, None, None)
    assert (alike["change"], alike["change_low"]) == (pytest.approx(1 / 6), None)
    assert alike["p_adjusted"] is None


def test_medians_keep_their_interval_and_get_no_test() -> None:
    found = judged(
        cell("wait", "2026-09", n=9, value_override=60.0, low_override=30.0, high_override=90.0),
        cell("wait", "2026-10", n=9, value_override=45.0, low_override=None, high_override=None),
    )
    figure = found["2026-10", "wait", "all"]
    assert (figure["value"], figure["low"], figure["change"]) == (45.0, None, -15.0)
    assert figure["p"] is figure["change_low"] is None
    assert figure["family_size"] == 0
    assert found["2026-09", "wait", "all"]["high"] == 90.0


def test_shares_of_cases_need_no_weights() -> None:
    figure = judged({**csat("2026-10", 81, 263), "sum_w": None, "sum_ww": None})
    assert figure["2026-10", "csat", "all"]["low"] == pytest.approx(25.52885199)


def test_weights_replace_n_by_the_effective_n() -> None:
    # Ten answers of weight 1 and ten of weight 3: n_eff 40^2 / 100 = 16, share 30/40.
    weighted = csat("2026-10", 30, 20, sum_w=40, sum_ww=100)
    plain = csat("2026-10", 12, 16)
    a, b = (judged(row)["2026-10", "csat", "all"] for row in (weighted, plain))
    assert (a["value"], a["low"], a["high"]) == pytest.approx((b["value"], b["low"], b["high"]))
    assert a["n"] == 20  # printed is how many answered
    heavy = nps("2026-10", 4, 4, 8, sum_w=40, sum_ww=100) | {"sum_x": 10, "sum_xx": 30}
    light = nps("2026-10", 4, 4, 8)
    a, b = (judged(row)["2026-10", "nps", "all"] for row in (heavy, light))
    assert (a["value"], a["low"]) == pytest.approx((25.0, b["low"]))


def test_answers_that_one_outweighs_are_hidden_like_a_single_one() -> None:
    def channel(member: str, n: int, heaviest: float = 1.0) -> dict[str, Any]:
        sums = {"sum_w": n - 1 + heaviest, "sum_ww": n - 1 + heaviest**2}
        where = {} if member == "all" else {"dimension": "channel", "member": member}
        return csat("2026-10", n // 2, n, **sums, **where)

    found = judged(channel("all", 60, 1e6), channel("web", 40, 1e6), channel("app", 20))
    assert {m: row["suppressed"] for (_, _, m), row in found.items()} == {
        "all": True, "web": True, "app": False,
    }  # fmt: skip
    assert found["2026-10", "csat", "web"]["n"] is None
    # What weighs less tells others' scores too, so it is given company; five alike are enough.
    found = judged(channel("all", 560, 35), channel("web", 40, 35), channel("app", 20),
                   channel("phone", 500))  # fmt: skip
    assert [m for (_, _, m), row in found.items() if row["suppressed"]] == ["app", "web"]
    alike = csat("2026-10", 3, 5, sum_w=1.0, sum_ww=0.2)
    assert not judged(alike)["2026-10", "csat", "all"]["suppressed"]


def test_a_few_cases_of_customers_without_a_segment_may_follow() -> None:
    def hidden(metric: str) -> list[str]:
        segments = [
            cell(
                metric,
                "2026-10",
                n=n,
                successes=n / 2,
                value_override=1.0,
                dimension="segment",
                member=m,
            )
            for m, n in (("x", 20), ("y", 30))
        ]
        whole = cell(metric, "2026-10", n=53, successes=20, value_override=1.0)
        found = judged(*segments, whole)
        return [m for (_, _, m), row in found.items() if row["suppressed"]]

    assert hidden("csat") == ["x"]
    assert hidden("wait") == []


def test_a_month_without_answers_prints_zero_and_no_figure() -> None:
    found = judged(csat("2026-08", 9, 10), csat("2026-09", 0, 0), csat("2026-10", 9, 10))
    empty = found["2026-09", "csat", "all"]
    assert (empty["n"], empty["value"], empty["suppressed"]) == (0, None, False)
    assert found["2026-10", "csat", "all"]["previous"] is None


def test_a_hidden_cell_shows_nothing_now_and_nothing_to_compare_with_later() -> None:
    found = judged(csat("2026-09", 3, 4), csat("2026-10", 30, 40), csat("2026-11", 30, 40))
    hidden, next_month = found["2026-09", "csat", "all"], found["2026-10", "csat", "all"]
    assert hidden["suppressed"]
    figures = set(hidden) - {"scope", "metric", "dimension", "member", "period"}
    assert {k for k in figures if hidden[k] not in (None, 0)} == {"suppressed"}
    assert hidden["n"] is None
    assert next_month["previous"] is next_month["previous_n"] is next_month["change"] is None
    assert found["2026-11", "csat", "all"]["previous_n"] == 40


def test_members_channels_and_segments_are_hidden_so_that_none_follows_by_subtraction() -> None:
    def stage(member: str, n: int) -> dict[str, Any]:
        return csat("2026-10", n, n, dimension="journey_stage", member=member)

    def cross(member: str, n: int) -> dict[str, Any]:
        return csat("2026-10", n, n, dimension="journey_stage|channel", member=member)

    found = judged(
        csat("2026-10", 40, 40),
        *(stage("buy", 4), stage("use", 6), stage("pay", 30)),
        *(cross("buy|web", 4), cross("use|web", 6), cross("pay|web", 18), cross("pay|app", 12)),
        csat("2026-10", 28, 28, dimension="channel", member="web"),
        csat("2026-10", 12, 12, dimension="channel", member="app"),
    )
    hidden = {member for (_, _, member), row in found.items() if row["suppressed"]}
    assert {"buy", "use", "buy|web", "use|web"} <= hidden
    assert {"all", "pay", "web", "app"}.isdisjoint(hidden)


def test_a_touchpoint_does_not_follow_from_the_others_of_its_stage() -> None:
    def touchpoint(member: str, n: int) -> dict[str, Any]:
        return csat("2026-10", n, n, dimension="touchpoint", member=member)

    cells = [
        csat("2026-10", 60, 60),
        csat("2026-10", 24, 24, dimension="journey_stage", member="use"),
        csat("2026-10", 36, 36, dimension="journey_stage", member="pay"),
        *(touchpoint("app", 4), touchpoint("outage", 20)),
        *(touchpoint("invoice", 6), touchpoint("card", 30)),
    ]
    stages = {"app": "use", "outage": "use", "invoice": "pay", "card": "pay"}
    alone, together = judged(*cells), judged(*cells, stages=stages)
    assert {m for (*_, m), row in alone.items() if row["suppressed"]} == {"app", "invoice"}
    # With `use` printed, 24 - 20 would give the 4 away, and `card` the 6.
    hidden = {m for (*_, m), row in together.items() if row["suppressed"]}
    assert hidden == {"app", "outage", "invoice", "card"}


def test_each_scope_and_month_is_a_family_of_its_own() -> None:
    def pair(scope: str) -> list[dict[str, Any]]:
        return [
            csat("2026-09", 30, 60, scope=scope, dimension="channel", member="web"),
            csat("2026-10", 40, 60, scope=scope, dimension="channel", member="web"),
        ]

    both = pa.Table.from_pylist(
        [{c: row.get(c) for c in COLUMNS} for row in pair("all") + pair("segment=x")]
    )
    rows = metric_cells.judge(both, UNITS, 5).to_pylist()
    assert [row["family_size"] for row in rows] == [0, 1, 0, 1]
    assert {row["p_exact"] for row in rows} == {row["p_adjusted"] for row in rows}


def test_a_chart_knows_only_the_months_before() -> None:
    months = [f"2025-{m:02d}" for m in range(1, 13)] + ["2026-01", "2026-02"]
    shares = [50, 52] * 6 + [70, 50]
    series = [csat(month, s, 100) for month, s in zip(months, shares, strict=True)]
    whole, cut = judged(*series), judged(*series[:-1])
    for month in months[:-1]:
        assert whole[month, "csat", "all"] == cut[month, "csat", "all"]
    assert whole["2026-01", "csat", "all"]["signal"] == "outside"
    assert whole["2026-02", "csat", "all"]["signal"] is None
    assert whole["2025-11", "csat", "all"]["provisional_limits"]
    assert not whole["2025-12", "csat", "all"]["provisional_limits"]


def test_a_chart_does_not_close_up_months_without_a_figure() -> None:
    """Hidden or without answers: rising before and after is no trend of seven months."""

    def series(shares: list[int | None]) -> list[dict[str, Any]]:
        return [
            csat(f"2026-{at:02d}", 0, 0) if s is None else csat(f"2026-{at:02d}", s * 40, 4000)
            for at, s in enumerate(shares, start=1)
        ]

    rising = judged(*series([55, 65, 75, 76, 77, 78, 79]))
    assert rising["2026-07", "csat", "all"]["signal"] == "trend"
    broken = judged(*series([55, 65, 75, None, None, None, 76, 77, 78, 79]))
    assert [row["signal"] for row in broken.values()] == [None] * 10
    # Limits are of neighbouring months alone, and stand from the first two of them on.
    limits = [row["limit_high"] is not None for row in broken.values()]
    assert limits == [False, True, True, False, False, False, True, True, True, True]
    last = broken["2026-10", "csat", "all"]
    assert last["limit_high"] - last["centre"] == pytest.approx(2.66 * 23 / 5)


def test_the_same_month_of_last_year_is_twelve_months_away() -> None:
    months = [f"2025-{m:02d}" for m in range(10, 13)] + [f"2026-{m:02d}" for m in range(1, 12)]
    found = judged(*(csat(m, i + 10, 100) for i, m in enumerate(months)))
    october = found["2026-10", "csat", "all"]
    assert (october["same_month_last_year"], october["same_month_last_year_n"]) == (10.0, 100)
    assert found["2026-11", "csat", "all"]["same_month_last_year"] == 11.0
    assert found["2026-09", "csat", "all"]["same_month_last_year"] is None


def test_the_order_of_the_cells_changes_nothing() -> None:
    rows = [csat("2026-09", 30, 60), nps("2026-10", 1, 9, 9), csat("2026-10", 40, 60)]
    assert list(judged(*rows).items()) == list(judged(*rows[::-1]).items())


def test_no_cells_give_no_figures() -> None:
    assert judged() == {}


def test_a_gap_a_repetition_and_an_unknown_metric_are_refused() -> None:
    with pytest.raises(ValueError, match="month before all csat all all 2026-10 is missing"):
        judged(csat("2026-08", 1, 9), csat("2026-10", 1, 9))
    with pytest.raises(ValueError, match="there twice"):
        judged(csat("2026-10", 1, 9), csat("2026-10", 1, 9))
    with pytest.raises(ValueError, match="no unit for metric sat: add a row"):
        judged(cell("sat", "2026-10"))
