"""The statistics behind every printed score: intervals, tests of change, control limits.

Every function takes numbers or numpy arrays of one shape and answers element by element, so a whole
table of cells is one call. Shares and NPS are fractions (0..1 and -1..1) here; printing multiplies
by 100. `nan` means "cannot be computed" (no answers, one answer where a spread is needed).

Counts may be fractional: with weighted answers the effective sample size stands for n.
The definitions are those of docs/metrics.md; `DECISIONS.md` has the reasons.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]

CONFIDENCE = 0.95
Z = float(special.ndtri(0.5 + CONFIDENCE / 2))  # 1.959964


class Interval(NamedTuple):
    """A score and its 95 % interval."""

    value: Floats
    low: Floats
    high: Floats


class Change(NamedTuple):
    """A difference (now - before), its 95 % interval and the two-sided p of no difference."""

    value: Floats
    low: Floats
    high: Floats
    p: Floats


class NpsMoments(NamedTuple):
    """NPS as a fraction, the variance of one answer, the standard error and n."""

    score: Floats
    variance: Floats
    error: Floats
    n: Floats


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _two_sided(z: Floats) -> Floats:
    return np.asarray(2.0 * special.ndtr(-np.abs(z)))


def effective_n(sum_w: ArrayLike, sum_ww: ArrayLike) -> Floats:
    """Kish's effective sample size `(sum w)^2 / sum w^2`; n itself when all weights are equal."""
    w, ww = _floats(sum_w), _floats(sum_ww)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(ww > 0, w * w / ww, np.nan)


def outweighed(sum_w: ArrayLike, sum_ww: ArrayLike, minimum: int) -> NDArray[np.bool_]:
    """Whether weights leave fewer than `minimum` effective answers: the score is a few people's."""
    n = effective_n(sum_w, sum_ww)
    return np.asarray((n > 0) & (n < minimum - 1e-9))


# --- NPS ------------------------------------------------------------------------------------------


def nps_moments(detractors: ArrayLike, passives: ArrayLike, promoters: ArrayLike) -> NpsMoments:
    """Score `(P - D) / n` and variance `p + d - (p - d)^2` of the counts as they are."""
    d, m, p = _floats(detractors), _floats(passives), _floats(promoters)
    n = d + m + p
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.where(n > 0, (p - d) / n, np.nan)
        variance = (p + d) / n - score**2
        # All answers alike leave rounding dust below zero.
        variance = np.where(variance < 0, 0.0, variance)
        return NpsMoments(score, variance, np.sqrt(variance / n), n)


def _nps_adjusted(detractors: ArrayLike, passives: ArrayLike, promoters: ArrayLike) -> NpsMoments:
    """Moments after adding 3/4 detractor, 3/2 passives and 3/4 promoter (Rocks 2016)."""
    return nps_moments(
        _floats(detractors) + 0.75, _floats(passives) + 1.5, _floats(promoters) + 0.75
    )


def nps(detractors: ArrayLike, passives: ArrayLike, promoters: ArrayLike) -> Interval:
    """The raw NPS with the adjusted Wald interval, clipped to [-1, 1]."""
    raw = nps_moments(detractors, passives, promoters)
    adjusted = _nps_adjusted(detractors, passives, promoters)
    reach = Z * adjusted.error
    empty = raw.n <= 0
    return Interval(
        raw.score,
        np.where(empty, np.nan, np.maximum(adjusted.score - reach, -1.0)),
        np.where(empty, np.nan, np.minimum(adjusted.score + reach, 1.0)),
    )


def nps_change(
    now: tuple[ArrayLike, ArrayLike, ArrayLike], before: tuple[ArrayLike, ArrayLike, ArrayLike]
) -> Change:
    """Difference of two NPS; each side is (detractors, passives, promoters).

    The printed change is the raw one (it must equal the difference of the printed scores); interval
    and p are those of the adjusted counts.
    """
    a, b = nps_moments(*now), nps_moments(*before)
    return _normal_change(a.score - b.score, _nps_adjusted(*now), _nps_adjusted(*before))


def _normal_change(value: Floats, a: NpsMoments, b: NpsMoments) -> Change:
    difference = a.score - b.score
    error = np.sqrt(a.error**2 + b.error**2)
    known = ~np.isnan(value)
    return Change(
        value,
        np.where(known, np.maximum(difference - Z * error, -2.0), np.nan),
        np.where(known, np.minimum(difference + Z * error, 2.0), np.nan),
        np.where(known, _two_sided(difference / error), np.nan),
    )


def required_n(variance: float, margin: float) -> int:
    """Answers needed for a 95 % interval of plus or minus `margin` (both as fractions)."""
    return math.ceil(Z * Z * variance / (margin * margin))


# --- Shares ---------------------------------------------------------------------------------------


def share(successes: ArrayLike, n: ArrayLike) -> Interval:
    """A share with Wilson's interval (Wilson 1927, without continuity correction)."""
    s, total = _floats(successes), _floats(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(total > 0, s / total, np.nan)
        z2 = Z * Z
        centre = (p + z2 / (2 * total)) / (1 + z2 / total)
        spread = p * (1 - p) / total + z2 / (4 * total**2)
        reach = Z * np.sqrt(np.maximum(spread, 0.0)) / (1 + z2 / total)
    return Interval(p, np.maximum(centre - reach, 0.0), np.minimum(centre + reach, 1.0))


def share_change(now: tuple[ArrayLike, ArrayLike], before: tuple[ArrayLike, ArrayLike]) -> Change:
    """Difference of two shares, each side (successes, n).

    Newcombe's hybrid score interval (1998, method 10); p of the z test with pooled variance.
    """
    a, b = share(*now), share(*before)
    n_a, n_b = _floats(now[1]), _floats(before[1])
    difference = a.value - b.value
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (_floats(now[0]) + _floats(before[0])) / (n_a + n_b)
        error = np.sqrt(np.maximum(pooled * (1 - pooled), 0.0) * (1 / n_a + 1 / n_b))
        # Nobody, or everybody, on both sides: no difference to test.
        p = np.where(error > 0, _two_sided(difference / error), 1.0)
    return Change(
        difference,
        difference - np.hypot(a.value - a.low, b.high - b.value),
        difference + np.hypot(a.high - a.value, b.value - b.low),
        np.where(np.isnan(difference), np.nan, p),
    )


# --- Means ----------------------------------------------------------------------------------------


def mean_moments(
    sum_w: ArrayLike, sum_ww: ArrayLike, sum_x: ArrayLike, sum_xx: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Mean, sample variance and n_eff from `sum w`, `sum w^2`, `sum wx`, `sum wx^2`.

    With all weights 1 these are the plain mean and the variance with divisor n - 1.
    """
    w, x, xx = _floats(sum_w), _floats(sum_x), _floats(sum_xx)
    n = effective_n(sum_w, sum_ww)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(w > 0, x / w, np.nan)
        spread = np.maximum(xx / w - mean**2, 0.0)
        # Cancellation leaves about 1e-15 of the square where all answers are alike.
        spread = np.where(spread < 1e-12 * np.maximum(mean**2, 1.0), 0.0, spread)
        variance = np.where(n > 1, spread * n / (n - 1), np.nan)
    return mean, variance, n


def mean(
    mean: ArrayLike,
    variance: ArrayLike,
    n: ArrayLike,
    scale: tuple[ArrayLike, ArrayLike] = (-np.inf, np.inf),
) -> Interval:
    """A mean with its t interval, `n - 1` degrees of freedom, clipped to the answers' `scale`.

    No interval below two answers, nor where all are alike: they tell nothing of the spread, and the
    formula would call six answers certain.
    """
    m, v, total = _floats(mean), _floats(variance), _floats(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = special.stdtrit(np.where(total > 1, total - 1, np.nan), 0.5 + CONFIDENCE / 2)
        reach = t * np.sqrt(np.where(v > 0, v, np.nan) / total)
    return Interval(m, np.maximum(m - reach, scale[0]), np.minimum(m + reach, scale[1]))


def mean_change(
    now: tuple[ArrayLike, ArrayLike, ArrayLike], before: tuple[ArrayLike, ArrayLike, ArrayLike]
) -> Change:
    """Difference of two means, each side (mean, variance, n): Welch's interval and test.

    Where a side has no spread there is nothing to test against: interval and p are nan. (Welch's
    error would be the other side's alone: six answers alike against a hundred, and all is certain.)
    """
    (m_a, v_a, n_a), (m_b, v_b, n_b) = (tuple(map(_floats, side)) for side in (now, before))
    with np.errstate(divide="ignore", invalid="ignore"):
        e_a, e_b = v_a / n_a, v_b / n_b
        error = np.where((e_a > 0) & (e_b > 0), np.sqrt(e_a + e_b), np.nan)
        freedom = (e_a + e_b) ** 2 / (e_a**2 / (n_a - 1) + e_b**2 / (n_b - 1))
        reach = special.stdtrit(freedom, 0.5 + CONFIDENCE / 2) * error
        difference = m_a - m_b
        p = 2 * special.stdtr(freedom, -np.abs(difference / error))
    return Change(difference, difference - reach, difference + reach, np.asarray(p))


# --- Medians --------------------------------------------------------------------------------------


def median_ranks(n: ArrayLike) -> tuple[Floats, Floats]:
    """The order statistics (from 1) that bound the median with at least 95 % confidence.

    nan below six answers, where no pair of order statistics is enough.
    """
    total = np.atleast_1d(_floats(n)).astype(np.int64)
    known = total >= 6
    size = np.where(known, total, 6)
    tail = (1 - CONFIDENCE) / 2
    # The normal approximation is off by one at most; the exact binomial tail settles it.
    rank = np.maximum(np.floor(size / 2 - Z * np.sqrt(size) / 2).astype(np.int64), 1)
    for _ in range(3):
        rank = np.where(special.bdtr(rank, size, 0.5) <= tail, rank + 1, rank)
    for _ in range(3):
        too_high = (rank > 1) & (special.bdtr(rank - 1, size, 0.5) > tail)
        rank = np.where(too_high, rank - 1, rank)
    low = np.where(known, rank, np.nan).reshape(np.shape(n))
    return low, _floats(n) - low + 1


def median(values: Sequence[float] | Floats) -> Interval:
    """The median of the values with its order-statistic interval (nan below six values)."""
    ordered = np.sort(_floats(values))
    if not len(ordered):
        return Interval(*(_floats(np.nan),) * 3)
    low, high = median_ranks(len(ordered))
    if np.isnan(low):
        return Interval(_floats(np.median(ordered)), _floats(np.nan), _floats(np.nan))
    return Interval(_floats(np.median(ordered)), ordered[int(low) - 1], ordered[int(high) - 1])


# --- Several tests at once ------------------------------------------------------------------------


def holm(p: ArrayLike, family: ArrayLike | None = None, weight: ArrayLike | None = None) -> Floats:
    """Holm's adjusted p within each family (integer labels; one family when not given).

    `weight` shares a family's error out unevenly (Holm, Scandinavian Journal of Statistics 6, 1979,
    https://www.jstor.org/stable/4615733): a test starts with its weight's part of the error, and
    what is rejected passes its part on to the rest. Equal weights are the plain procedure. The
    chance of any false rejection in a family stays within the error however tests hang together.

    nan is not a test: it stays nan and does not count. A weight must be above 0.
    """
    values = _floats(p)
    adjusted = np.full(values.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(values))
    if not len(tested):
        return adjusted
    labels = np.zeros(len(values), np.int64) if family is None else np.asarray(family)
    share = np.ones(len(values)) if weight is None else _floats(weight)
    if not (share[tested] > 0).all():
        raise ValueError("every test needs a weight above 0")
    each = values / share
    order = tested[np.lexsort((each[tested], labels[tested]))]
    edges = np.flatnonzero(np.diff(labels[order])) + 1
    for members in np.split(order, edges):
        remaining = np.cumsum(share[members][::-1])[::-1]
        raised = values[members] * (remaining / share[members])
        adjusted[members] = np.minimum(np.maximum.accumulate(raised), 1.0)
    return adjusted


def benjamini_hochberg(p: Sequence[float]) -> Floats:
    """Benjamini and Hochberg's adjusted p: bounds the share of false claims, not their chance."""
    values = _floats(p)
    order = np.argsort(-values, kind="stable")
    rank = len(values) - np.arange(len(values))
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(np.minimum.accumulate(values[order] * len(values) / rank), 1.0)
    return adjusted
