"""Whether two groups are alike: two one-sided tests against a margin declared beforehand.

That a difference was not found says nothing about likeness: a small sample finds none. Likeness is
claimed where a difference as large as the margin can be ruled out on both sides (TOST): Schuirmann,
'A comparison of the two one-sided tests procedure and the power approach', Journal of
Pharmacokinetics and Biopharmaceutics 15(6), 1987, https://doi.org/10.1007/BF01068419; margins and
Welch's form for means: Lakens, 'Equivalence tests', Social Psychological and Personality Science
8(4), 2017, https://doi.org/10.1177/1948550617697177. At 5 % it is the same as a 90 % interval that
lies within the margins.

Shares use Newcombe's hybrid score interval (Statistics in Medicine 17, 1998, 873-890, method 10),
the p being the level at which its limit meets the margin, so that p and interval never disagree;
means Welch's t; NPS the normal interval of the adjusted counts (as its change).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from wellheard import statistics as st
from wellheard.share_test import p_of_difference

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Floats = NDArray[np.float64]

ALPHA = 0.05
_Z90 = float(special.ndtri(1 - ALPHA))  # 1.644854
_FARTHEST = 40.0  # standard normal quantiles beyond which every p is 0


class Equivalence(NamedTuple):
    """A difference (a - b), its 90 % interval, and the p of two tests.

    `p_equivalent`: of a difference as large as the margin or larger; small means alike.
    `p_different`: of no difference; small means different.
    """

    difference: Floats
    low90: Floats
    high90: Floats
    p_equivalent: Floats
    p_different: Floats


# --- Shares ---------------------------------------------------------------------------------------


def _wilson(s: Floats, n: Floats, z: Floats) -> tuple[Floats, Floats]:
    """Wilson's limits of s / n at any z."""
    p, z2 = s / n, z * z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    reach = z * np.sqrt(np.maximum(p * (1 - p) / n + z2 / (4 * n * n), 0)) / (1 + z2 / n)
    return np.maximum(centre - reach, 0.0), np.minimum(centre + reach, 1.0)


def _newcombe(a: tuple[Floats, Floats], b: tuple[Floats, Floats], z: Floats) -> tuple[Floats, ...]:
    """The difference of two shares and its hybrid score limits at z."""
    (low_a, high_a), (low_b, high_b) = _wilson(*a, z), _wilson(*b, z)
    p_a, p_b = a[0] / a[1], b[0] / b[1]
    d = p_a - p_b
    return d, d - np.hypot(p_a - low_a, high_b - p_b), d + np.hypot(high_a - p_a, p_b - low_b)


def _z_at(a: tuple[Floats, Floats], b: tuple[Floats, Floats], bound: Floats) -> Floats:
    """The signed z at which a limit of the difference meets `bound`: negative where the difference
    lies above it. Found by bisection: a limit moves outwards as z grows."""
    d = _newcombe(a, b, np.zeros_like(bound))[0]
    is_above = d > bound
    near, far = np.zeros_like(bound), np.full_like(bound, _FARTHEST)
    for _ in range(60):
        middle = (near + far) / 2
        _, low, high = _newcombe(a, b, middle)
        inside = np.where(is_above, low > bound, high < bound)
        near, far = np.where(inside, middle, near), np.where(inside, far, middle)
    return np.where(is_above, -near, near)


def shares(
    a: tuple[ArrayLike, ArrayLike], b: tuple[ArrayLike, ArrayLike], margin: ArrayLike
) -> Equivalence:
    """Two shares, each side (successes, n) with n above 0; the margin as a fraction.

    `p_different` is the larger one of `share_test` and of Newcombe's interval at 0: a claim never
    contradicts the interval.
    """
    s_a, n_a, s_b, n_b, bound = (
        np.array(x, np.float64) for x in np.broadcast_arrays(*a, *b, margin)
    )
    pair = (s_a, n_a), (s_b, n_b)
    d, low, high = _newcombe(*pair, np.full_like(d_like := s_a / n_a, _Z90))
    below, above = _z_at(*pair, bound), _z_at(*pair, -bound)
    zero = _z_at(*pair, np.zeros_like(d_like))
    by_interval = 2 * special.ndtr(-np.abs(zero))
    return Equivalence(
        d,
        low,
        high,
        np.maximum(special.ndtr(-below), special.ndtr(above)),
        np.maximum(by_interval, p_of_difference(*pair).reshape(d.shape)),
    )


# --- Means and NPS --------------------------------------------------------------------------------


def means(
    a: tuple[ArrayLike, ArrayLike, ArrayLike],
    b: tuple[ArrayLike, ArrayLike, ArrayLike],
    margin: ArrayLike,
) -> Equivalence:
    """Two means, each side (mean, variance, n); margin in the score's unit. Welch's degrees.

    The standard error is the larger one of Welch's and of the pooled: a handful of answers is
    often without spread by chance, and Welch's alone would take it for certain. Without spread on
    both sides there is nothing to test against: interval and p are nan.
    """
    (m_a, v_a, n_a), (m_b, v_b, n_b) = (
        tuple(np.asarray(x, np.float64) for x in side) for side in (a, b)
    )
    bound = np.asarray(margin, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        e_a, e_b = v_a / n_a, v_b / n_b
        pooled = ((n_a - 1) * v_a + (n_b - 1) * v_b) / (n_a + n_b - 2) * (1 / n_a + 1 / n_b)
        error = np.sqrt(np.maximum(e_a + e_b, pooled))
        error = np.where(error > 0, error, np.nan)
        freedom = (e_a + e_b) ** 2 / (e_a**2 / (n_a - 1) + e_b**2 / (n_b - 1))
        d = m_a - m_b
        reach = special.stdtrit(freedom, 1 - ALPHA) * error
        p_high = special.stdtr(freedom, (d - bound) / error)
        p_low = special.stdtr(freedom, -(d + bound) / error)
        p_different = 2 * special.stdtr(freedom, -np.abs(d / error))
    return Equivalence(d, d - reach, d + reach, np.maximum(p_high, p_low), np.asarray(p_different))


def scores(
    a: tuple[ArrayLike, ArrayLike, ArrayLike],
    b: tuple[ArrayLike, ArrayLike, ArrayLike],
    margin: ArrayLike,
) -> Equivalence:
    """Two NPS, each side (detractors, passives, promoters); NPS and margin as fractions."""
    change = st.nps_change(a, b)
    bound = np.asarray(margin, np.float64)
    centre, error = (change.high + change.low) / 2, (change.high - change.low) / (2 * st.Z)
    return Equivalence(
        change.value,
        centre - _Z90 * error,
        centre + _Z90 * error,
        np.maximum(special.ndtr((centre - bound) / error), special.ndtr(-(centre + bound) / error)),
        change.p,
    )


# --- Channels of a stage --------------------------------------------------------------------------


def consistency(
    pairs: pa.Table, units: Mapping[str, str], margins: Mapping[str, float], minimum_n: int
) -> pa.Table:
    """One row for every row of `pairs`: two channels of a stage, compared over a window.

    `pairs` holds scope, period, months, metric, journey_stage, `channel_a` and `channel_b` (null
    where a stage has none to compare with) and for each side, `_a` and `_b`, the sums of the
    answers of the months that are printed and how many months are hidden (`months_hidden`).
    `margins` gives per metric the largest difference that makes none, in printed units; metrics
    without one are left out. Both p are adjusted by Holm over all pairs of a scope, period and
    metric; a verdict needs the adjusted one below 5 %:

    - `consistent`: alike within the margin, also where a smaller difference is certain;
    - `different`: a difference, and likeness is not shown;
    - `undecided`: neither could be shown, or too few answers to look (`suppressed`);
    - `no_data`: one of the channels has no answers.

    Raises ValueError for a margin that is not above 0 or belongs to a metric that cannot be tested.
    """
    for metric, margin in margins.items():
        if not margin > 0:
            raise ValueError(
                f"the equivalence margin of {metric} is {margin}: it must be above 0 "
                "(equivalence_margins in dbt_project.yml)"
            )
        if units.get(metric) not in ("points", "percent", "score"):
            raise ValueError(
                f"{metric} has no equivalence test, as its unit is {units.get(metric)}: take its "
                "margin out (equivalence_margins in dbt_project.yml)"
            )
    frame = _frame(pairs, margins)
    small = np.zeros(len(frame), np.bool_)
    for side in ("a", "b"):
        n, hidden = (frame[f"{c}_{side}"].to_numpy(np.int64) for c in ("n", "months_hidden"))
        small |= ((n == 0) & (hidden > 0)) | ((n > 0) & (n < minimum_n))
    is_tested = ~small & (frame["n_a"] > 0).to_numpy() & (frame["n_b"] > 0).to_numpy()
    found = _tested(frame, np.flatnonzero(is_tested), units, margins)
    family = frame.groupby(["scope", "period", "metric"], sort=False).ngroup().to_numpy()
    for name in ("equivalent", "different"):
        found[f"p_{name}_adjusted"] = st.holm(found[f"p_{name}"], family)
    alike, unlike = (found[f"p_{name}_adjusted"] < ALPHA for name in ("equivalent", "different"))
    verdict = np.select(
        [small, ~is_tested, alike, unlike],
        ["undecided", "no_data", "consistent", "different"],
        default="undecided",
    )
    return _table(frame, found, verdict, small)


_SUMS = ("sum_x", "sum_xx", "sum_w", "sum_ww", "successes")


def _frame(pairs: pa.Table, margins: Mapping[str, float]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame({name: pairs[name].to_numpy() for name in pairs.column_names})
    frame = frame[frame["metric"].isin(list(margins))]
    key = ["scope", "period", "metric", "journey_stage", "channel_a", "channel_b"]
    return frame.sort_values(key, ignore_index=True)


def _tested(
    frame: pd.DataFrame,
    rows: NDArray[np.int64],
    units: Mapping[str, str],
    margins: Mapping[str, float],
) -> dict[str, Floats]:
    """The tests of these rows in printed units; nan elsewhere."""
    found = {name: np.full(len(frame), np.nan) for name in (*Equivalence._fields, "margin")}
    metric = frame["metric"].to_numpy()
    found["margin"] = np.array([margins[name] for name in metric], np.float64)
    for name in sorted(set(metric[rows])):
        at = rows[metric[rows] == name]
        unit, margin = units[name], margins[name]
        a, b = ({c: frame[f"{c}_{s}"].to_numpy(np.float64)[at] for c in _SUMS} for s in "ab")
        scale = 1.0 if unit == "score" else 100.0
        if unit == "percent":
            test = shares(_shares(a), _shares(b), margin / scale)
        elif unit == "points":
            test = scores(_counts(a), _counts(b), margin / scale)
        else:
            test = means(_moments(a), _moments(b), margin)
        for field, numbers in zip(Equivalence._fields, test, strict=True):
            found[field][at] = numbers if field.startswith("p_") else numbers * scale
    return found


def _shares(sums: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    n = st.effective_n(sums["sum_w"], sums["sum_ww"])
    return sums["successes"] / sums["sum_w"] * n, n


def _counts(sums: Mapping[str, Floats]) -> tuple[Floats, Floats, Floats]:
    n = st.effective_n(sums["sum_w"], sums["sum_ww"])
    each = n / sums["sum_w"]
    promoters = (sums["sum_xx"] + sums["sum_x"]) / 2 * each
    detractors = (sums["sum_xx"] - sums["sum_x"]) / 2 * each
    return detractors, np.maximum(n - promoters - detractors, 0.0), promoters


def _moments(sums: Mapping[str, Floats]) -> tuple[Floats, Floats, Floats]:
    return st.mean_moments(*(sums[c] for c in ("sum_w", "sum_ww", "sum_x", "sum_xx")))


def _table(
    frame: pd.DataFrame, found: Mapping[str, Floats], verdict: NDArray[np.str_], small: Any
) -> pa.Table:
    import pyarrow as pa

    def words(name: str) -> pa.Array:
        return pa.array([v if isinstance(v, str) else None for v in frame[name]], pa.string())

    columns = {name: words(name) for name in ("scope", "period", "metric", "journey_stage")}
    columns |= {name: words(name) for name in ("channel_a", "channel_b")}
    columns["months"] = pa.array(frame["months"].astype("int64"), pa.int32())
    for side in ("n_a", "n_b"):
        columns[side] = pa.array(frame[side].to_numpy().astype(np.int64), mask=small)
    for name, numbers in found.items():
        columns[name] = pa.array(numbers, pa.float64(), mask=np.isnan(numbers))
    columns["verdict"] = pa.array(verdict.tolist(), pa.string())
    columns["suppressed"] = pa.array(np.asarray(small, np.bool_))
    return pa.table(columns)
