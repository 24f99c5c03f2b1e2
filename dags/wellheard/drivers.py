"""Key drivers: how much of a score's variance each driver explains (LMG, Shapley of R squared).

Lindeman, Merenda and Gold (1980), as in R's `relaimpo`: a driver's share is the R squared it adds,
averaged over all orders in which drivers can enter the regression. The shares sum to R squared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np

_MOST_DRIVERS = 15  # 2^15 regressions; beyond that the exact shares take minutes


@dataclass(frozen=True)
class KeyDrivers:
    """Shares by driver (they sum to `r_squared`), over `n` complete rows."""

    shares: dict[str, float]
    r_squared: float
    n: int


def key_drivers(score: Sequence[float], drivers: Mapping[str, Sequence[float]]) -> KeyDrivers:
    """LMG shares of `drivers` in `score`, over the rows where none is missing (nan).

    Raises ValueError for no driver, more than 15, or fewer complete rows than drivers plus two.
    """
    names = list(drivers)
    if not 0 < len(names) <= _MOST_DRIVERS:
        raise ValueError(f"1 to {_MOST_DRIVERS} drivers can be compared, not {len(names)}")
    table = np.column_stack([np.asarray(c, np.float64) for c in (score, *drivers.values())])
    table = table[~np.isnan(table).any(axis=1)]
    if len(table) < len(names) + 2:
        raise ValueError(f"{len(table)} complete rows are too few for {len(names)} drivers")
    table = table - table.mean(axis=0)
    y, x = table[:, 0], table[:, 1:]
    total = float(y @ y)

    def r_squared(chosen: tuple[int, ...]) -> float:
        if not chosen or total == 0:
            return 0.0
        columns = x[:, chosen]
        # Least squares, not the normal equations: drivers of a survey are nearly collinear.
        fitted = columns @ np.linalg.lstsq(columns, y, rcond=None)[0]
        return float(fitted @ fitted) / total

    k = len(names)
    explained = {c: r_squared(c) for size in range(k + 1) for c in combinations(range(k), size)}
    shares = dict.fromkeys(names, 0.0)
    for chosen, without in explained.items():
        weight = factorial(len(chosen)) * factorial(k - len(chosen) - 1) if len(chosen) < k else 0
        for i in set(range(k)) - set(chosen):
            gain = explained[tuple(sorted((*chosen, i)))] - without
            shares[names[i]] += weight / factorial(k) * gain
    return KeyDrivers(shares, explained[tuple(range(k))], len(table))
