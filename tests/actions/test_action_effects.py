"""An action's effect is what a textbook's regression says, and is claimed only when it is there."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from wellheard.action_effects import (
    LEAST_AFTER,
    LEAST_BEFORE,
    MOST_AFTER,
    Action,
    Cell,
    Contrast,
    contrast,
    interruption,
    judge,
    judge_table,
    step,
)

JULY = date(2026, 7, 1)
START = 2026 * 12 + 6  # the month of July 2026
MODEL = Path(__file__).parents[2] / "dbt_project/models/marts/actions/int_action_effects.py"
ACTION_COLUMNS = {
    "action_id": pa.string(), "target_metric": pa.string(), "target_dimension": pa.string(),
    "target_member": pa.string(), "decided_on": pa.date32(),
}  # fmt: skip
ACTION = Action("A-1", "csat", "channel", "phone", JULY)
EVERYTHING = Action("A-2", "csat", "all", "all", JULY)


def series(
    values: list[float] | np.ndarray, weight: float = 100.0, error: float = 0.0, first: int = 0
) -> list[Cell]:
    """Months up to June before the action come first; `first` counts from July."""
    return [Cell(START + first + i, float(v), weight, error) for i, v in enumerate(values)]


def around(before: list[float], after: list[float], **more: float) -> list[Cell]:
    return series(before, first=-len(before), **more) + series(after, **more)


def halves(cells: list[Cell]) -> tuple[list[Cell], list[Cell]]:
    return [c for c in cells if c.month < START], [c for c in cells if c.month >= START]


def p_of(found: Contrast) -> float:
    return 2 * float(stats.t.sf(abs(found.value / found.error), found.freedom))


def test_independent_months_give_the_textbook_two_sample_t_test() -> None:
    # Deviations that alternate: the autocorrelation found is 0, so GLS is ordinary least squares.
    before, after = [50.0, 54, 50, 54, 50, 54, 50, 54], [60.0, 63, 60, 63]
    found = step(*halves(around(before, after)))
    textbook = stats.ttest_ind(after, before)
    assert found.autocorrelation == 0
    assert found.value == pytest.approx(np.mean(after) - np.mean(before))
    assert found.freedom == 10
    assert p_of(found) == pytest.approx(textbook.pvalue)


def test_an_interruption_is_the_distance_from_the_trend_continued() -> None:
    # Independent reckoning: a line through the months before, drawn on, against the months after.
    rng = np.random.default_rng(5)
    before = [40 + 0.5 * i + (-1) ** i * rng.uniform(0.5, 1) for i in range(12)]
    after = [55 + 0.3 * i + (-1) ** i * rng.uniform(0.5, 1) for i in range(6)]
    found = interruption(*halves(around(before, after)))
    slope, level = np.polyfit(np.arange(12), before, 1)
    expected = np.mean(after) - np.mean(level + slope * np.arange(12, 18))
    assert found.value == pytest.approx(expected)
    # Its error, by the formulas of two separate lines with one variance in common.
    rests = [
        np.polyfit(x, y, 1, full=True)[1][0]
        for x, y in ((np.arange(12), before), (np.arange(6), after))
    ]
    sigma2 = sum(rests) / (18 - 4)
    leverage = 1 / 6 + 1 / 12 + (14.5 - 5.5) ** 2 / sum((np.arange(12) - 5.5) ** 2)
    assert found.autocorrelation == 0
    assert found.error == pytest.approx(np.sqrt(sigma2 * leverage))


def test_a_month_counts_by_its_answers() -> None:
    cells = [
        Cell(i, v, w) for i, (v, w) in enumerate([(1, 10), (4, 30), (2, 10), (5, 50), (3, 20)])
    ]
    found = contrast(cells, np.ones((5, 1)), [1.0])
    assert found.value == pytest.approx(np.average([1, 4, 2, 5, 3], weights=[10, 30, 10, 50, 20]))


def test_months_that_go_together_are_not_counted_as_if_each_were_news() -> None:
    drifting = [50, 51, 53, 54, 54, 52, 50, 48, 47, 47, 49, 51]
    alternating = [50, 54, 47, 53, 48, 54, 49, 51, 47, 52, 50, 51]
    slow, fast = (step(*halves(around(v[:8], v[8:]))) for v in (drifting, alternating))
    assert slow.autocorrelation > 0.5
    assert slow.freedom < 10
    assert slow.error > fast.error


def test_the_estimate_of_autocorrelation_maximises_the_restricted_likelihood() -> None:
    # Written apart: the likelihood by plain matrices, over a finer grid.
    y = np.array([3.1, 3.9, 4.6, 4.0, 2.7, 2.2, 1.9, 2.8, 6.0, 6.9, 7.1, 6.3])
    x = np.column_stack([np.ones(12), np.arange(12) >= 8])

    def likelihood(rho: float) -> float:
        v = rho ** np.abs(np.subtract.outer(np.arange(12), np.arange(12)))
        inverse = np.linalg.inv(v)
        inside = x.T @ inverse @ x
        rest = y - x @ np.linalg.solve(inside, x.T @ inverse @ y)
        squares = rest @ inverse @ rest
        return -0.5 * (
            10 * np.log(squares) + np.linalg.slogdet(v)[1] + np.linalg.slogdet(inside)[1]
        )

    grid = np.arange(1, 950) / 1000
    best = grid[np.argmax([likelihood(r) for r in grid])]
    found = step(*halves(around(list(y[:8]), list(y[8:]))))
    assert found.autocorrelation == pytest.approx(best, abs=0.011)


def test_an_effect_is_never_surer_than_the_printed_intervals_of_its_months() -> None:
    lucky = around([50.0, 50.2] * 4, [50.1, 50.3] * 2, error=3.0)
    found = step(*halves(lucky))
    assert found.error == pytest.approx(3 * np.sqrt(1 / 8 + 1 / 4), rel=1e-6)


@pytest.mark.parametrize("rho", [0.0, 0.3])
@pytest.mark.parametrize(("method", "months"), [(step, (10, 4)), (interruption, (12, 6))])
def test_null_series_are_called_moved_about_as_often_as_stated(
    method: Callable[..., Any], months: tuple[int, int], rho: float
) -> None:
    rng, claimed, runs = np.random.default_rng(11), 0, 400
    for _ in range(runs):
        noise = rng.normal(size=sum(months) + 30)
        for i in range(1, len(noise)):
            noise[i] += rho * noise[i - 1]
        cells = around(list(noise[30 : 30 + months[0]]), list(noise[30 + months[0] :]))
        claimed += p_of(method(*halves(cells))) < 0.05
    # 5 % where months are independent; with months that go together and so few of them, up to 10 %.
    assert claimed / runs <= (0.075 if rho == 0 else 0.10)


def test_a_real_effect_is_found_and_a_shared_one_is_not_the_actions() -> None:
    rng = np.random.default_rng(3)

    def noisy(level: float) -> list[float]:
        return list(level + rng.normal(0, 1.5, 12))

    lift = np.repeat([0.0, 12.0], [8, 4])
    others = {("csat", "channel", name): noisy(70) for name in ("web", "app")}
    own = ("csat", "channel", "phone")

    def verdict(mine: float, everyones: float) -> tuple[str, str]:
        printed = {key: around(list(v[:8]), list(v[8:])) for key, v in (
            *((k, np.array(o) + everyones * lift) for k, o in others.items()),
            (own, np.array(noisy(55)) + (mine + everyones) * lift),
        )}  # fmt: skip
        (effect,) = judge([ACTION], printed, START + 3)
        return effect.method, effect.verdict

    assert verdict(1, 0) == ("difference_in_differences", "moved")
    assert verdict(0, 1) == ("difference_in_differences", "no_detectable_effect")


def test_a_trend_that_goes_on_is_no_effect() -> None:
    rng = np.random.default_rng(8)
    rising = 40 + 1.5 * np.arange(16) + rng.normal(0, 1, 16)
    key = ("csat", "all", "all")
    (effect,) = judge([EVERYTHING], {key: around(list(rising[:10]), list(rising[10:]))}, START + 5)
    assert effect.method == "interrupted_series"
    assert effect.verdict == "no_detectable_effect"
    assert effect.low < 0 < effect.high


def test_few_months_are_too_early_and_no_months_are_no_data() -> None:
    key = ("csat", "all", "all")
    noise = [50.0, 53, 51, 54, 49, 52, 50, 53, 51, 52]

    def verdict(before: int, after: int) -> str:
        printed = {key: around(noise[:before], noise[:after])}
        (effect,) = judge([EVERYTHING], printed, START + 9)
        assert (effect.p is None) == (effect.verdict in ("too_early", "no_data"))
        return effect.verdict

    assert verdict(LEAST_BEFORE, LEAST_AFTER - 1) == "too_early"
    assert verdict(LEAST_BEFORE - 1, LEAST_AFTER) == "no_data"
    assert verdict(LEAST_BEFORE, LEAST_AFTER) == "no_detectable_effect"
    (effect,) = judge([replace(EVERYTHING, metric="nps")], {}, START)
    assert effect.verdict == "no_data"


def test_the_same_figure_every_month_is_nothing_to_judge_a_change_by() -> None:
    (effect,) = judge([EVERYTHING], {("csat", "all", "all"): around([50.0] * 8, [60.0] * 4)}, START)
    assert effect.verdict == "too_early"
    (effect,) = judge(
        [EVERYTHING], {("csat", "all", "all"): around([50.0] * 8, [60.0] * 4)}, START + 3
    )
    assert (effect.verdict, effect.effect) == ("no_data", None)


def test_a_month_the_action_begins_in_counts_on_neither_side() -> None:
    key, noise = ("csat", "all", "all"), [50.0, 53, 51, 54, 49, 52, 50, 53]
    printed = {key: around(noise, noise[:5])}
    whole, part = (
        judge([replace(EVERYTHING, starts_on=day)], printed, START + 4)[0]
        for day in (JULY, date(2026, 7, 2))
    )
    assert (whole.months_before, whole.months_after) == (8, 5)
    assert (part.months_before, part.months_after) == (8, 4)


def test_later_months_never_change_what_an_earlier_report_said() -> None:
    rng = np.random.default_rng(2)
    key = ("csat", "all", "all")
    cells = around(list(rng.normal(50, 2, 10)), list(rng.normal(55, 2, 8)))
    early = judge([EVERYTHING], {key: [c for c in cells if c.month <= START + 4]}, START + 4)
    assert judge([EVERYTHING], {key: cells}, START + 4) == early


def test_the_measurement_is_closed_after_a_year() -> None:
    rng = np.random.default_rng(2)
    key = ("csat", "all", "all")
    cells = around(list(rng.normal(50, 2, 10)), list(rng.normal(55, 2, 20)))
    closed, later = (judge([EVERYTHING], {key: cells}, START + m)[0] for m in (11, 19))
    assert closed.months_after == MOST_AFTER
    assert later == closed


def test_verdicts_come_from_p_values_adjusted_over_all_actions_of_the_month() -> None:
    rng = np.random.default_rng(4)
    printed = {
        ("csat", "all", "all"): around(list(rng.normal(50, 2, 10)), list(rng.normal(56, 2, 4)))
    }
    alone = judge([EVERYTHING], printed, START + 3)[0]
    copies = [replace(EVERYTHING, action_id=f"A-{i}") for i in range(10)]
    together = judge(copies, printed, START + 3)
    assert alone.verdict == "moved"
    assert alone.p_adjusted == pytest.approx(alone.p)
    assert all(e.p_adjusted == pytest.approx(min(10 * alone.p, 1)) for e in together)
    assert {e.verdict for e in together} == {
        "moved" if 10 * alone.p < 0.05 else "no_detectable_effect"
    }


def test_another_actions_member_and_one_that_comes_and_goes_are_not_compared_with() -> None:
    rng = np.random.default_rng(6)
    noise = {name: list(rng.normal(60, 2, 14)) for name in ("phone", "web", "app", "store")}
    printed = {("csat", "channel", n): around(v[:10], v[10:]) for n, v in noise.items()}
    other = replace(ACTION, action_id="A-9", member="web")
    printed["csat", "channel", "store"] = printed["csat", "channel", "store"][:-1]
    both, _ = judge([ACTION, other], printed, START + 3)
    only_app = {k: v for k, v in printed.items() if k[2] in ("phone", "app")}
    assert both.effect == pytest.approx(judge([ACTION], only_app, START + 3)[0].effect)


def test_an_action_not_in_force_has_no_effect_whatever_its_figure_did() -> None:
    rng = np.random.default_rng(8)
    cells = around(list(rng.normal(50, 1, 10)), list(rng.normal(60, 1, 6)))
    printed = {("csat", "channel", "phone"): cells}
    decided = replace(ACTION, starts_on=None, decided_on=date(2026, 6, 8))
    (effect,) = judge([decided], printed, START + 5)
    assert (effect.verdict, effect.method, effect.effect, effect.p) == (
        "not_in_force", None, None, None,
    )  # fmt: skip
    assert (effect.months_before, effect.months_after, effect.n_after) == (0, 0, 0)
    (later,) = judge([replace(decided, starts_on=date(2026, 12, 2))], printed, START + 4)
    assert later.verdict == "not_in_force", "comes into force after the month"
    assert judge([decided], printed, START - 2) == [], "nobody had decided it in May"
    in_force = replace(ACTION, decided_on=decided.decided_on)
    assert judge([decided, in_force], printed, START + 5)[1].p_adjusted == pytest.approx(
        judge([in_force], printed, START + 5)[0].p
    ), "one that is not tested takes none of the others' error"


@pytest.mark.parametrize(
    ("more", "verdict", "starts_on"),
    [
        ({"effective_on": JULY}, "no_data", JULY),
        ({"effective_on": None}, "not_in_force", None),
        ({}, "no_data", date(2026, 6, 8)),  # an older file has no such column
    ],
)
def test_an_action_counts_from_the_day_it_came_into_force(
    more: dict[str, date | None], verdict: str, starts_on: date | None
) -> None:
    action = {"action_id": "A-1", "target_metric": "csat", "target_dimension": None,
              "target_member": None, "decided_on": date(2026, 6, 8)}  # fmt: skip
    figure = {"scope": "all", "metric": "csat", "dimension": "all", "member": "all",
              "period": "2026-08", "value": 50.0, "low": 45.0, "high": 55.0, "n": 90}  # fmt: skip
    tables = {
        "actions": pa.Table.from_pylist(
            [action | more], pa.schema({**ACTION_COLUMNS, **dict.fromkeys(more, pa.date32())})
        ),
        "int_metric_statistics": pa.Table.from_pylist([figure]),
        "metrics": pa.Table.from_pylist([{"metric": "csat", "unit": "percent"}]),
    }
    with duckdb.connect() as db:
        dbt = SimpleNamespace(config=lambda **_: None, ref=lambda name: db.from_arrow(tables[name]))
        (row,) = runpy.run_path(str(MODEL))["model"](dbt, db).to_pylist()
    assert (row["verdict"], row["starts_on"]) == (verdict, starts_on)


def test_every_month_has_its_table_rows_and_an_action_to_come_has_none() -> None:
    cells = [
        ("csat", "all", "all", f"2026-{m:02d}", 50.0 + m % 3, 100.0, 5.0) for m in range(1, 12)
    ]
    table = judge_table([replace(EVERYTHING, decided_on=date(2026, 6, 30))], cells)
    assert table["period"].to_pylist() == [f"2026-{m:02d}" for m in range(6, 12)]
    assert table["verdict"].to_pylist()[:3] == ["not_in_force", "too_early", "too_early"]
    assert table["starts_on"].to_pylist() == [JULY] * 6
    assert judge_table([], cells).num_rows == 0
    assert judge_table([], cells).schema == table.schema
