"""From counted cells to printed figures: scores, changes, tests, limits, and what stays hidden.

A cell is one metric of one member of one dimension in one month and scope, with the sums its
statistics need (see `int_metric_cells`). dbt counts the cells and calls `judge` once for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellheard import statistics as st
from wellheard.control_chart import last_point
from wellheard.share_test import p_of_difference
from wellheard.signal_tests import WINDOWS, signal_p
from wellheard.suppression import hidden_cells

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Columns = tuple[Floats, ...]

SERIES = ["scope", "metric", "dimension", "member"]
CHARTED = ("all", "journey_stage")  # dimensions whose series have a control chart
# Printed nowhere: they say which answers of a survey are those of a touchpoint, stage or channel.
BETWEEN = ("survey|touchpoint", "survey|journey_stage", "survey|channel")
# Dimensions that are described and never claimed of: their tests would only take from the others.
DESCRIBED = ("touchpoint|channel", "survey", *BETWEEN)
_YEAR = 12
# What each kind of test gets of the error of a report (one scope, one month); see DECISIONS.md.
ERROR_SHARES = {"whole": 0.60, "history": 0.20, "parts": 0.15, "crosses": 0.05}
# Metrics of the very same answers: what is hidden of one is hidden of the other.
_SAME_ANSWERS = {"ces_top2": "ces"}
# What customers said. Of all answers of an edition, those who name no segment, channel and so on
# must not follow from the others; of cases, and within a touchpoint or stage, they may.
_ANSWERS = ("nps", "csat", "ces", "case_csat")


def judge(
    cells: pa.Table,
    units: Mapping[str, str],
    minimum_n: int,
    stages: Mapping[str, str] | None = None,
) -> pa.Table:
    """One row for each cell, in order of scope, metric, dimension, member, period.

    `scale_min` and `scale_max` of the cells, the ends of their answers' scale, may be missing: an
    interval of a mean is then not clipped. `units` gives each metric's unit, which decides its
    statistics: points (NPS), percent (a share), score (a mean), minutes and cases (as counted, from
    the overrides). Figures come in printed units: points and percents out of 100. Comparisons are
    with the month before and the same month of the year before. `stages` gives each touchpoint's
    journey stage: a stage's answers are those of its touchpoints, so no hidden one may follow from
    the others.

    The change of a share has two tests: `p` by the z test of its definition, and `p_exact`, which
    also holds where few answered (see `share_test`). The larger one counts.

    All tests of one scope and month are one family of Holm's correction, weighted by ERROR_SHARES:
    of 100 months without a change at most 5 have a report that claims one. Cells that are only
    described (DESCRIBED) have no test. `test_weight` and `signal_weight` are the parts of the error
    a test starts with. Raises ValueError for a metric
    without a unit, and for a series that has a month twice or leaves one out.
    """
    frame = _frame(cells, units)
    n = frame["n"].to_numpy()
    value, low, high = _scores(frame)
    before, year_ago = _earlier(frame, 1), _earlier(frame, _YEAR)
    change, change_low, change_high, p = _changes(frame, value, before)

    secret = _secret(frame, minimum_n, stages or {})
    shown = ~secret & (n > 0)
    compared = shown & (before >= 0) & shown[before]
    compared_year = shown & (year_ago >= 0) & shown[year_ago]
    tested = compared & ~frame["dimension"].isin(DESCRIBED).to_numpy()
    p = np.where(tested, p, np.nan)
    p_exact = _exact(frame, before, tested)
    charts, history_p = _charts(frame, np.where(shown, value, np.nan))
    tests = _corrected(frame, np.fmax(p, p_exact), history_p)
    everywhere = np.ones(len(n), np.bool_)
    figures = {
        "n": (n, ~secret),
        "effective_n": (_worth(frame), shown),
        "value": (value, shown),
        "low": (low, shown),
        "high": (high, shown),
        "previous": (value[before], compared),
        "previous_n": (n[before], compared),
        "change": (change, compared),
        "change_low": (change_low, compared),
        "change_high": (change_high, compared),
        "p": (p, compared),
        "p_exact": (p_exact, compared),
        "p_adjusted": (tests.p_adjusted, compared),
        "test_weight": (tests.weight, compared),
        "family_size": (tests.family_size, everywhere),
        "same_month_last_year": (value[year_ago], compared_year),
        "same_month_last_year_n": (n[year_ago], compared_year),
        "signal_p": (history_p, shown),
        "signal_p_adjusted": (tests.history_p_adjusted, shown),
        "signal_weight": (tests.history_weight, shown),
        "suppressed": (secret, everywhere),
    }
    return _table(frame, figures, charts)


def _frame(cells: pa.Table, units: Mapping[str, str]) -> pd.DataFrame:
    """The cells sorted, checked, with `unit`, `month` (months since year 0) and `series`."""
    import pandas as pd

    frame = pd.DataFrame({name: cells[name].to_numpy() for name in cells.column_names})
    for end in {"scale_min", "scale_max"} - set(frame.columns):
        frame[end] = np.nan
    frame = frame.sort_values([*SERIES, "period"], ignore_index=True)
    frame["unit"] = frame["metric"].map(dict(units))
    if (unknown := frame["unit"].isna()).any():
        names = ", ".join(sorted(set(frame.loc[unknown, "metric"])))
        raise ValueError(f"no unit for metric {names}: add a row for it to seeds/metrics.csv")
    months = {p: int(p[:4]) * _YEAR + int(p[5:]) for p in frame["period"].unique()}
    frame["month"] = frame["period"].map(months).astype("int64")
    frame["series"] = _codes(frame, SERIES)
    steps = frame["month"].diff()[frame["series"].diff() == 0]
    if (wrong := steps[steps != 1]).size:
        where = " ".join(frame.loc[wrong.index[0], [*SERIES, "period"]])
        raise ValueError(f"the month before {where} is missing, or this one is there twice")
    return frame


def _codes(frame: pd.DataFrame, columns: list[str]) -> Ints:
    return frame.groupby(columns, sort=False, observed=True).ngroup().to_numpy().astype(np.int64)


def _earlier(frame: pd.DataFrame, months: int) -> Ints:
    """The position of the same cell so many months before; -1 where there is none."""
    series, at = frame["series"].to_numpy(), np.arange(len(frame)) - months
    same = series[np.maximum(at, 0)] == series
    return np.where((at >= 0) & same, at, -1)


def _sums(frame: pd.DataFrame, *names: str) -> Columns:
    return tuple(frame[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in names)


def _worth(frame: pd.DataFrame) -> Floats:
    """The effective n of every cell. Cases carry no weights: each counts 1."""
    n, w, ww = _sums(frame, "n", "sum_w", "sum_ww")
    return np.where(np.isnan(w), n, st.effective_n(w, ww))


def _effective_counts(frame: pd.DataFrame) -> Columns:
    """Detractors, passives and promoters; with weights, their shares of the effective n.

    `sum_x` of an NPS cell is promoters minus detractors, `sum_xx` both together.
    """
    x, xx, w = _sums(frame, "sum_x", "sum_xx", "sum_w")
    n = np.nan_to_num(_worth(frame))
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(w > 0, n / w, 0.0)
    promoters, detractors = (xx + x) / 2 * each, (xx - x) / 2 * each
    return detractors, np.maximum(n - promoters - detractors, 0.0), promoters


def _effective_shares(frame: pd.DataFrame) -> Columns:
    """Successes and n; with weights, effective ones."""
    successes, w = _sums(frame, "successes", "sum_w")
    n = _worth(frame)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.isnan(w), successes, successes / w * n), n


def _means(frame: pd.DataFrame) -> Columns:
    return st.mean_moments(*_sums(frame, "sum_w", "sum_ww", "sum_x", "sum_xx"))


def _scale(frame: pd.DataFrame) -> tuple[Floats, Floats]:
    """The ends of the scale that a cell's answers were given on."""
    (low,) = _sums(frame, "scale_min")
    (high,) = _sums(frame, "scale_max")
    return np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)


def _scores(frame: pd.DataFrame) -> Columns:
    """Value, low and high of every cell in printed units."""
    found = tuple(c.copy() for c in _sums(frame, "value_override", "low_override", "high_override"))
    mean, variance, n = _means(frame)
    intervals = {
        "points": (100, st.nps(*_effective_counts(frame))),
        "percent": (100, st.share(*_effective_shares(frame))),
        "score": (1, st.mean(mean, variance, n, _scale(frame))),
    }
    for unit, (scale, interval) in intervals.items():
        for column, numbers in zip(found, interval, strict=True):
            np.copyto(column, numbers * scale, where=(frame["unit"] == unit).to_numpy())
    return found


def _changes(frame: pd.DataFrame, value: Floats, before: Ints) -> Columns:
    """Change since the month before, its interval and p; medians and volumes have no test."""
    counts, shares, means = _effective_counts(frame), _effective_shares(frame), _means(frame)

    def then(columns: Columns) -> Columns:
        return tuple(c[before] for c in columns)

    found = (value - value[before], *(np.full(len(value), np.nan) for _ in range(3)))
    changes = {
        "points": (100, st.nps_change(counts, then(counts))),  # type: ignore[arg-type]
        "percent": (100, st.share_change(shares, then(shares))),  # type: ignore[arg-type]
        "score": (1, st.mean_change(means, then(means))),  # type: ignore[arg-type]
    }
    for unit, (scale, change) in changes.items():
        printed = (*(c * scale for c in change[:3]), change.p)
        for column, numbers in zip(found, printed, strict=True):
            np.copyto(column, numbers, where=(frame["unit"] == unit).to_numpy())
    return found


def _exact(frame: pd.DataFrame, before: Ints, tested: Bools) -> Floats:
    """The p of a share's change that holds for few answers too; nan for all other units."""
    found = np.full(len(frame), np.nan)
    at = np.flatnonzero(tested & (frame["unit"] == "percent").to_numpy())
    successes, n = _effective_shares(frame)
    then = before[at]
    found[at] = p_of_difference((successes[at], n[at]), (successes[then], n[then]))
    return found


def _secret(frame: pd.DataFrame, minimum_n: int, stages: Mapping[str, str]) -> Bools:
    import pyarrow as pa

    columns = ["scope", "period", "metric", "dimension", "member", "n"]
    told = ~frame["dimension"].isin(BETWEEN)
    metric = frame["metric"].replace(_SAME_ANSWERS)
    sum_w, sum_ww = _sums(frame, "sum_w", "sum_ww")
    cells = frame[columns].assign(
        metric=metric, printed=told, guarded=told,
        unnamed=metric.isin(_ANSWERS) & (frame["dimension"] == "all"),
        few=st.outweighed(sum_w, sum_ww, minimum_n),
        spared=frame["dimension"] != "survey",
    )  # fmt: skip
    table = pa.Table.from_pandas(cells, preserve_index=False)
    return hidden_cells(table, minimum_n, {"touchpoint": ("journey_stage", stages)})


@dataclass(frozen=True)
class _Tests:
    """The corrected tests of change and of history (see `signal_tests`), with their weights."""

    p_adjusted: Floats
    weight: Floats
    history_p_adjusted: Floats
    history_weight: Floats
    family_size: Ints


def _corrected(frame: pd.DataFrame, p: Floats, history_p: Floats) -> _Tests:
    """Both kinds of tests of one scope and month as one family."""
    size = len(frame)
    family = np.tile(_codes(frame, ["scope", "period"]), 2)
    every = np.concatenate([p, history_p])
    tested = ~np.isnan(every)
    dimension = frame["dimension"]
    crossed = dimension.str.contains("|", regex=False)
    changes = np.select([dimension == "all", ~crossed], [0, 2], 3)
    kind = np.concatenate([changes, np.ones(size, np.int64)])
    label = family * len(ERROR_SHARES) + kind
    count = np.bincount(label, weights=tested)
    share = np.array(list(ERROR_SHARES.values()))[kind] / np.maximum(count[label], 1)
    whole = np.bincount(family, weights=np.where(tested, share, 0.0))
    weight = np.where(tested, share / np.where(tested, whole[family], 1.0), np.nan)
    adjusted = st.holm(every, family, np.where(tested, weight, 1.0))
    family_size = np.bincount(family, weights=tested).astype(np.int64)[family]
    return _Tests(
        adjusted[:size], weight[:size], adjusted[size:], weight[size:], family_size[:size]
    )


def _charts(frame: pd.DataFrame, value: Floats) -> tuple[dict[str, list[Any]], Floats]:
    """The control chart of every series as it stood in each month, from the months printed.

    A month's limits rest on that month and those before, so a later month never changes them. Also
    the p of each mark on a series over everything (dimension `all`): the only ones told in words.
    """
    size = len(value)
    charts: dict[str, list[Any]] = {
        name: [None] * size
        for name in ("signal", "provisional_limits", "limit_low", "limit_high", "centre")
    }
    history_p = np.full(size, np.nan)
    points: list[Ints] = []
    charted = np.flatnonzero(frame["dimension"].isin(CHARTED).to_numpy() & ~np.isnan(value))
    whole = (frame["dimension"] == "all").to_numpy()
    series = frame["series"].to_numpy()[charted]
    for months in np.split(charted, np.flatnonzero(np.diff(series)) + 1):
        for end, at in enumerate(months.tolist(), start=1):
            chart = last_point(_with_gaps(value[months[0] : at + 1]))
            charts["signal"][at] = chart.signals[0]
            charts["provisional_limits"][at] = chart.provisional
            charts["limit_low"][at], charts["limit_high"][at] = chart.low, chart.high
            charts["centre"][at] = chart.centre
            if whole[at]:
                points.append(months[:end])
    answers = _answers_p(frame, [months for months in points if charts["signal"][months[-1]]])
    for months in points:
        at = int(months[-1])
        history_p[at] = signal_p(value[months].tolist(), charts["signal"][at], answers.get(at))
    return charts, history_p


def _with_gaps(values: Floats) -> list[float | None]:
    """Figures month by month: one that is not printed, or not there, is a gap."""
    return [None if np.isnan(value) else float(value) for value in values]


def _answers_p(frame: pd.DataFrame, points: list[Ints]) -> dict[int, Callable[[int], float]]:
    """The metric's test of change between a point's last k months and those before, pooled.

    `points` are the rows of a series up to that of the point, by which the tests are known; one of
    a unit without a test has none. All are tested at once.
    """
    unit = frame["unit"].to_numpy()
    asked = [(months, k) for months in points if unit[months[0]] in _TESTED_UNITS
             for k in WINDOWS if k < len(months)]  # fmt: skip
    if not asked:
        return {}
    sides = [side for months, k in asked for side in (months[:-k], months[-k:])]
    pooled = frame.iloc[[side[0] for side in sides]].reset_index(drop=True)
    for name in _SUMMED:
        column = frame[name].to_numpy(np.float64)
        pooled[name] = [_sum_of_known(column[side]) for side in sides]
    row = np.arange(len(sides))
    before = np.where(row % 2, row - 1, -1)
    *_, found = _changes(pooled, np.zeros(len(sides)), before)
    p = np.fmax(found, _exact(pooled, before, before >= 0))[1::2].tolist()
    tests: dict[int, dict[int, float]] = {}
    for (months, k), one in zip(asked, p, strict=True):
        tests.setdefault(int(months[-1]), {})[k] = one
    return {at: by_window.__getitem__ for at, by_window in tests.items()}


def _sum_of_known(numbers: Floats) -> float:
    known = numbers[~np.isnan(numbers)]
    return float(known.sum()) if len(known) else float("nan")


_TESTED_UNITS = ("points", "percent", "score")
_SUMMED = ("n", "sum_x", "sum_xx", "sum_w", "sum_ww", "successes")


def _table(
    frame: pd.DataFrame,
    figures: Mapping[str, tuple[NDArray[Any], Bools]],
    charts: Mapping[str, list[Any]],
) -> pa.Table:
    """Figures and charts as one table with types of its own: nothing is left to inference."""
    import pyarrow as pa

    types = {"signal": pa.string(), "provisional_limits": pa.bool_()}
    columns: dict[str, pa.Array] = {
        name: pa.array(frame[name].tolist(), pa.string()) for name in (*SERIES, "period")
    }
    for name, (numbers, known) in figures.items():
        if numbers.dtype.kind == "f":
            known = known & ~np.isnan(numbers)
        kind = {"f": pa.float64(), "i": pa.int64(), "b": pa.bool_()}[numbers.dtype.kind]
        columns[name] = pa.array(numbers, kind, mask=~known)
    for name, values in charts.items():
        columns[name] = pa.array(values, types.get(name, pa.float64()))
    return pa.table(columns)
