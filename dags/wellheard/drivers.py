"""Key drivers: how much of a score's variance each driver explains (LMG, Shapley of R squared).

Lindeman, Merenda and Gold (1980), as in R's `relaimpo` (Grömping 2006, doi:10.18637/jss.v017.i01):
a driver's share is the R squared it adds, averaged over all orders in which drivers can enter the
regression. The shares sum to R squared. They say what goes with the score, not what causes it.

Everything is computed from cross-products, so millions of answers cost no more than hundreds. For
intervals and tests the answers are put into up to `GROUPS` random groups of whole customers (a
customer who answers every month is one source of chance, not twelve) and the groups are resampled:
the bootstrap over clusters (Davison and Hinkley 1997, section 3.8).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import factorial

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

MOST_DRIVERS = 12  # 2^12 regressions in each resample; beyond that a report would take hours
GROUPS = 400
FEWEST_GROUPS = 30  # below, resampling groups says little about chance
RESAMPLES = 999
_SEED = 20_061_127  # any constant: the same answers give the same intervals
_TAIL = 0.025
_NO_SPREAD = 1e-10  # of a driver's variance, what the other drivers leave when they tell it exactly


@dataclass(frozen=True)
class KeyDrivers:
    """Shares by driver (they sum to `r_squared`), over `n` complete rows."""

    shares: dict[str, float]
    r_squared: float
    n: int


@dataclass(frozen=True)
class DriverTests:
    """LMG shares with their intervals and tests; arrays have one entry for each driver.

    `p` is of "this driver goes with nothing": neither the score nor the other drivers. It is not
    adjusted. `told_by_others`: the other drivers tell this one exactly (collinear), so that its
    share cannot be parted from theirs.
    """

    n: int
    r_squared: float
    r_squared_low: float
    r_squared_high: float
    shares: Floats
    low: Floats
    high: Floats
    p: Floats
    told_by_others: NDArray[np.bool_]


def fewest_rows(drivers: int) -> int:
    """Complete rows needed: `50 + 8 k` (Green 1991, doi:10.1207/s15327906mbr2603_7)."""
    return 50 + 8 * drivers


def key_drivers(score: Sequence[float], drivers: Mapping[str, Sequence[float]]) -> KeyDrivers:
    """LMG shares of `drivers` in `score`, over the rows where none is missing (nan).

    Raises ValueError for no driver, more than 12, or fewer complete rows than drivers plus two.
    """
    names = list(drivers)
    if not 0 < len(names) <= MOST_DRIVERS:
        raise ValueError(f"1 to {MOST_DRIVERS} drivers can be compared, not {len(names)}")
    table = np.column_stack([np.asarray(c, np.float64) for c in (*drivers.values(), score)])
    table = table[~np.isnan(table).any(axis=1)]
    if len(table) < len(names) + 2:
        raise ValueError(f"{len(table)} complete rows are too few for {len(names)} drivers")
    table = table - table.mean(axis=0)
    r_squared = _r_squared((table.T @ table)[:, :, None])
    shares = _shapley(len(names)) @ r_squared
    found = {name: float(share) for name, share in zip(names, shares[:, 0], strict=True)}
    return KeyDrivers(found, float(r_squared[-1, 0]), len(table))


def cross_products(rows: Floats, group: NDArray[np.int64], groups: int) -> Floats:
    """Sums of products by group, shape (groups, k + 2, k + 2), of the columns 1, drivers, score.

    `rows` has a column for each driver and the score as its last; none may be missing. Sums of
    parts of the rows may be added up.
    """
    full = np.column_stack([np.ones(len(rows)), rows])
    width = full.shape[1]
    sums = np.empty((groups, width, width))
    for i in range(width):
        for j in range(i, width):
            product = np.bincount(group, weights=full[:, i] * full[:, j], minlength=groups)
            sums[:, i, j] = sums[:, j, i] = product
    return sums


def driver_tests(sums: Floats) -> DriverTests:
    """Shares, intervals and tests from `cross_products` of the complete rows.

    Intervals are BCa (Efron 1987, doi:10.1080/01621459.1987.10478410) with `RESAMPLES` resamples
    and the acceleration from leaving out each group: plain percentiles of an R squared lie too
    high. The test resamples under its null hypothesis (Hall and Wilson 1991, doi:10.2307/2532163):
    what a driver goes with is replaced by how much that varies by chance alone.

    Raises ValueError for a constant score or driver, fewer groups than `FEWEST_GROUPS`, or fewer
    rows than `fewest_rows`.
    """
    sums = sums[sums[:, 0, 0] > 0]
    drivers = sums.shape[1] - 2
    observed = _covariances(sums.sum(axis=0)[:, :, None])
    n = round(float(sums[:, 0, 0].sum()))
    if n < fewest_rows(drivers) or len(sums) < FEWEST_GROUPS:
        raise ValueError(f"{n} rows in {len(sums)} groups are too few for {drivers} drivers")
    if (observed[range(drivers + 1), range(drivers + 1), 0] <= 0).any():
        raise ValueError("a score or driver without any spread explains nothing: leave it out")
    weights = _shapley(drivers)
    r_squared = _r_squared(observed)
    estimate = np.append(weights @ r_squared, r_squared[-1:], axis=0)[:, 0]

    flat = sums.reshape(len(sums), -1)
    drawn = _covariances((_draws(len(sums)) @ flat).T.reshape(*sums.shape[1:], -1))
    left_out = _covariances((flat.sum(axis=0) - flat).T.reshape(*sums.shape[1:], -1))
    resampled, jackknife = (_shares_and_total(each, weights) for each in (drawn, left_out))
    low, high = _bca(estimate, resampled, jackknife)

    return DriverTests(
        n=n,
        r_squared=float(estimate[-1]),
        r_squared_low=float(low[-1]),
        r_squared_high=float(high[-1]),
        shares=estimate[:-1],
        low=low[:-1],
        high=high[:-1],
        p=np.array([_p(j, observed, drawn, weights) for j in range(drivers)]),
        told_by_others=np.array([_is_told(j, observed) for j in range(drivers)]),
    )


def _p(j: int, observed: Floats, drawn: Floats, weights: Floats) -> float:
    """The part of resamples in which chance alone gives driver j at least the share it has."""
    drivers = weights.shape[0]
    others = [i for i in range(drivers + 1) if i != j]
    null = np.repeat(observed, drawn.shape[2], axis=2)
    by_chance = drawn[j, others] - observed[j, others]
    null[j, others], null[others, j] = by_chance, by_chance
    reached = weights[j] @ _r_squared(null)
    share = weights[j] @ _r_squared(observed)
    return float((1 + np.count_nonzero(reached >= share[0])) / (1 + reached.shape[0]))


def _is_told(j: int, observed: Floats) -> bool:
    """Whether the other drivers give driver j exactly."""
    drivers = observed.shape[0] - 1
    order = [i for i in range(drivers) if i != j] + [j]
    return bool(_r_squared(observed[np.ix_(order, order)])[-1, 0] > 1 - 1e-9)


def _shares_and_total(covariances: Floats, weights: Floats) -> Floats:
    r_squared = _r_squared(covariances)
    return np.append(weights @ r_squared, r_squared[-1:], axis=0)


def _covariances(sums: Floats) -> Floats:
    """Covariances (divisor n) of drivers and score from sums of products; the last axis is free."""
    n = sums[0, 0]
    return np.asarray(sums[1:, 1:] / n - (sums[1:, :1] / n) * (sums[:1, 1:] / n))


def _r_squared(covariances: Floats) -> Floats:
    """R squared of every set of drivers, shape (2^k, ...); bit j of the position is driver j.

    `covariances` is (k + 1, k + 1, ...) with the score last. Gaussian elimination, one driver at a
    time, each taken in or left out. A driver that those taken in tell exactly adds nothing.
    """
    k = covariances.shape[0] - 1
    spread = np.sqrt(np.diagonal(covariances).T)
    scale = np.where(spread > 0, spread, 1.0)
    result = np.empty((2**k, covariances.shape[2]))

    def descend(left: Floats, chosen: int, driver: int) -> None:
        if driver == k:
            result[chosen] = 1.0 - left[0, 0]
            return
        descend(left[1:, 1:], chosen, driver + 1)
        pivot = left[0, 0]
        usable = pivot > _NO_SPREAD
        factor = np.where(usable, left[0, 1:] / np.where(usable, pivot, 1.0), 0.0)
        descend(left[1:, 1:] - factor[:, None] * left[0, 1:], chosen | 1 << driver, driver + 1)

    descend(covariances / (scale[:, None] * scale), 0, 0)
    # A score without spread: nothing to explain.
    result[:, spread[-1] == 0] = 0.0
    result[0] = 0.0
    return result


@cache
def _shapley(k: int) -> Floats:
    """What each set's R squared counts for in each driver's share, shape (k, 2^k)."""
    weights = np.zeros((k, 2**k))
    for chosen in range(2**k):
        size = chosen.bit_count()
        for j in range(k):
            others = size - (chosen >> j & 1)
            weight = factorial(others) * factorial(k - others - 1) / factorial(k)
            weights[j, chosen] = weight if chosen >> j & 1 else -weight
    return weights


@cache
def _draws(groups: int) -> Floats:
    """How often each resample draws each group, shape (resamples, groups)."""
    random = np.random.Generator(np.random.PCG64(_SEED))
    drawn = random.integers(0, groups, size=(RESAMPLES, groups))
    drawn += groups * np.arange(RESAMPLES)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=RESAMPLES * groups)
    return counts.reshape(RESAMPLES, groups).astype(np.float64)


def _bca(estimate: Floats, resampled: Floats, jackknife: Floats) -> tuple[Floats, Floats]:
    """Bias-corrected and accelerated 95 % intervals; one row for each figure."""
    size = resampled.shape[1]
    below = np.count_nonzero(resampled < estimate[:, None], axis=1) / size
    bias = special.ndtri(np.clip(below, 1 / (size + 1), size / (size + 1)))
    gap = jackknife.mean(axis=1, keepdims=True) - jackknife
    squares = (gap**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = np.where(squares > 0, (gap**3).sum(axis=1) / (6 * squares**1.5), 0.0)
    ordered = np.sort(resampled, axis=1)
    ends = []
    for tail in (_TAIL, 1 - _TAIL):
        z = bias + special.ndtri(tail)
        level = special.ndtr(bias + z / (1 - speed * z))
        at = np.clip(np.rint(level * (size + 1)).astype(np.int64) - 1, 0, size - 1)
        ends.append(ordered[np.arange(len(estimate)), at])
    return np.minimum(ends[0], estimate), np.maximum(ends[1], estimate)
