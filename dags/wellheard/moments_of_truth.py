"""Moments of truth: where a good or a bad experience goes with what the customer does later.

For every touchpoint the customers with a good experience there are compared with those with a bad
one: how many recommend the company in their next answer, how many are customers half a year later.
The difference is an association. Who has a bad experience may differ in other ways.

The term is Normann's ('Service Management', 1984) and Carlzon's ('Moments of Truth', 1987). NPS is
compared as a change of NPS is (adjusted Wald); shares by Newcombe's interval and an exact test
(`share_test`), because nearly everybody stays and the normal test claims too much there; Holm over
all touchpoints and outcomes of a scope and month.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellheard import statistics as st
from wellheard.share_test import p_of_difference
from wellheard.suppression import hidden_cells

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ALPHA = 0.05
RECOMMENDATION, RETENTION = "recommendation", "retention"
_KEY = ["scope", "period", "outcome", "touchpoint"]


def moments(windows: pa.Table, positions: Mapping[str, int], minimum_n: int) -> pa.Table:
    """One row per scope, period, outcome and touchpoint.

    `windows` holds per row how many customers had a `good_` or `bad_` experience and a `positive`,
    `neutral` (recommendation only) or `negative` outcome, and in `n_open` how many had one of
    which it is too early to say. `positions` orders the touchpoints. Recommendation is in points,
    retention in percent. A row is suppressed where either side has some but fewer than `minimum_n`
    customers, or would follow from other rows; a side without anybody has no figures. `position`
    ranks by the difference, the claims first.
    """
    frame = _frame(windows, positions)
    good, bad = _side(frame, "good"), _side(frame, "bad")
    n_good, n_bad = good[0] + good[1] + good[2], bad[0] + bad[1] + bad[2]
    secret = _hidden(frame, n_good, n_bad, minimum_n)
    compared = ~secret & (n_good > 0) & (n_bad > 0)
    figures = {name: np.full(len(frame), np.nan) for name in _FIGURES}
    outcome = frame["outcome"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        _fill(figures, outcome == RECOMMENDATION, st.nps(*good), st.nps(*bad))
        _fill_change(figures, outcome == RECOMMENDATION, st.nps_change(good, bad))
        kept, lost = (good[2], n_good), (bad[2], n_bad)
        _fill(figures, outcome == RETENTION, st.share(*kept), st.share(*lost))
        _fill_change(figures, outcome == RETENTION, st.share_change(kept, lost))
    tested = np.flatnonzero(compared & (outcome == RETENTION))
    figures["p"][tested] = p_of_difference(
        (kept[0][tested], n_good[tested]), (lost[0][tested], n_bad[tested])
    )
    figures["p"] = np.where(compared, figures["p"], np.nan)
    family = frame.groupby(["scope", "period"], sort=False).ngroup().to_numpy(np.int64)
    figures["p_adjusted"] = st.holm(figures["p"], family)
    shown = {name: ~secret & ~np.isnan(numbers) for name, numbers in figures.items()}
    for name in ("difference", "low", "high"):
        shown[name] &= compared
    # The exact test and the interval can differ by a hair: both must speak.
    significant = compared & (figures["p_adjusted"] < ALPHA)
    significant &= (figures["low"] > 0) | (figures["high"] < 0)
    rank = _rank(frame, np.where(compared, figures["difference"], np.nan), significant)
    n_open = frame["n_open"].to_numpy(np.int64)
    too_few = hidden_cells(_counts(frame, "open", n_open, ~secret), minimum_n)
    counts_shown = {
        "n_good": (n_good, secret),
        "n_bad": (n_bad, secret),
        "n_open": (n_open, too_few | secret),
    }
    return _table(frame, figures, shown, rank, counts_shown, significant, secret)


_FIGURES = (
    "after_good", "after_good_low", "after_good_high", "after_bad", "after_bad_low",
    "after_bad_high", "difference", "low", "high", "p",
)  # fmt: skip


def _frame(windows: pa.Table, positions: Mapping[str, int]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame({name: windows[name].to_numpy() for name in windows.column_names})
    frame["place"] = frame["touchpoint"].map(dict(positions)).fillna(len(positions))
    return frame.sort_values(
        ["scope", "period", "outcome", "place", "touchpoint"], ignore_index=True
    )


def _side(frame: pd.DataFrame, side: str) -> tuple[Ints, Ints, Ints]:
    """Negative, neutral and positive outcomes after good or bad experiences."""
    negative, neutral, positive = (
        frame[f"{side}_{kind}"].to_numpy(np.int64) for kind in ("negative", "neutral", "positive")
    )
    return negative, neutral, positive


def _fill(figures: dict[str, Floats], where: Bools, good: st.Interval, bad: st.Interval) -> None:
    for side, interval in (("after_good", good), ("after_bad", bad)):
        for name, numbers in zip(("", "_low", "_high"), interval, strict=True):
            np.copyto(figures[side + name], 100 * numbers, where=where)


def _fill_change(figures: dict[str, Floats], where: Bools, change: st.Change) -> None:
    for name, numbers in zip(("difference", "low", "high"), change[:3], strict=True):
        np.copyto(figures[name], 100 * numbers, where=where)
    np.copyto(figures["p"], change.p, where=where)


def _hidden(frame: pd.DataFrame, n_good: Ints, n_bad: Ints, minimum_n: int) -> Bools:
    """Rows with a small side, or with one that follows from scope `all` and the other scopes."""
    secret = np.zeros(len(frame), np.bool_)
    while True:
        # A row is hidden with both its sides, which may leave another one lonely.
        found = secret.copy()
        for side, n in (("good", n_good), ("bad", n_bad)):
            found |= hidden_cells(_counts(frame, side, n, ~secret), minimum_n) & (n > 0)
        if (found == secret).all():
            return found
        secret = found


def _counts(frame: pd.DataFrame, side: str, n: Ints, printed: Bools) -> pa.Table:
    """The customers of one side as counts that add up over scopes."""
    import pyarrow as pa

    return pa.table(
        {
            "scope": frame["scope"].tolist(),
            "period": frame["period"].tolist(),
            "metric": [f"{outcome} {side}" for outcome in frame["outcome"]],
            "dimension": ["touchpoint"] * len(frame),
            "member": frame["touchpoint"].tolist(),
            "n": n,
            "printed": printed,
        }
    )


def _rank(frame: pd.DataFrame, difference: Floats, significant: Bools) -> Ints:
    """1 for the largest difference of a scope, period and outcome; claims before the others, those
    without a difference last."""
    order = frame.assign(
        unclaimed=~significant, smaller=np.where(np.isnan(difference), np.inf, -difference)
    )
    order["row"] = np.arange(len(order))
    group = ["scope", "period", "outcome"]
    order = order.sort_values([*group, "unclaimed", "smaller", "place", "row"])
    order["rank"] = order.groupby(group, sort=False).cumcount() + 1
    return order.sort_values("row")["rank"].to_numpy(np.int64)


def _table(
    frame: pd.DataFrame,
    figures: Mapping[str, Floats],
    shown: Mapping[str, Bools],
    rank: Ints,
    counts: Mapping[str, tuple[Ints, Bools]],
    significant: Bools,
    secret: Bools,
) -> pa.Table:
    import pyarrow as pa

    columns: dict[str, Any] = {name: pa.array(frame[name].tolist(), pa.string()) for name in _KEY}
    columns["months"] = pa.array(frame["months"].to_numpy(), pa.int32())
    columns["position"] = pa.array(rank, pa.int32())
    for name, (n, mask) in counts.items():
        columns[name] = pa.array(n, pa.int64(), mask=mask)
    for name, numbers in figures.items():
        columns[name] = pa.array(numbers, pa.float64(), mask=~shown[name])
    columns["is_significant"] = pa.array(significant)
    columns["suppressed"] = pa.array(secret)
    return pa.table(columns)
