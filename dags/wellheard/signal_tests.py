"""When a mark on a control chart may be put into words.

The four rules of a control chart mark about 15 of 1,000 stable months, so of nine charts one is
marked in one month out of eight although nothing happened. A mark asks for a look. Only where a
test of the same departure passes, corrected together with all other tests of the month, may a
sentence say that a month is out of the ordinary.

The test compares the months that rules look at (the last one, three or seven) with those before
them. It takes the larger p of two, so that neither the variation from month to month nor that of
the answers explains the departure:

- Student's two-sample t over the months' figures. With one month against those before it is the
  prediction interval of a further observation (Hahn, Journal of the American Statistical
  Association 64, 1969, https://doi.org/10.1080/01621459.1969.10501015);
- the metric's own test of change over the pooled answers of both sides. Medians have none.

The smallest p of the three windows counts, three times over (Bonferroni).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

from wellheard.control_chart import Rule

Floats = NDArray[np.float64]

WINDOWS = (1, 3, 7)  # months that the rules of a control chart look at


def signal_p(
    values: Sequence[float], rule: Rule | None, answers_p: Callable[[int], float] | None
) -> float:
    """The p of the last point's mark; 1 without a mark, nan with fewer than three months.

    `values` are the months' figures in order of time. `answers_p(k)` gives the p of the last k
    months' answers against those before; None for figures that have no such test.
    """
    if len(values) < 3:
        return float("nan")
    if rule is None:
        return 1.0
    found = [_window_p(values, k, answers_p) for k in WINDOWS if k < len(values)]
    return min(1.0, len(WINDOWS) * min(found))


def _window_p(
    values: Sequence[float], window: int, answers_p: Callable[[int], float] | None
) -> float:
    months = _months_p(np.asarray(values[-window:]), np.asarray(values[:-window]))
    if answers_p is None:
        # Months that never differed say nothing of how far they may.
        return 1.0 if months == 0 else months
    answers = answers_p(window)
    return 1.0 if np.isnan(answers) else max(months, answers)


def _months_p(now: Floats, before: Floats) -> float:
    """Two-sided p of Student's t test; 0 where months of each side are all alike."""
    freedom = len(now) + len(before) - 2
    squares = float(((now - now.mean()) ** 2).sum() + ((before - before.mean()) ** 2).sum())
    difference = float(now.mean() - before.mean())
    # Rounding leaves about 1e-15 of the square where all months are alike.
    if squares <= 1e-12 * max(float(before.mean()) ** 2, 1.0):
        return 0.0 if abs(difference) > 1e-9 else 1.0
    error = np.sqrt(squares / freedom * (1 / len(now) + 1 / len(before)))
    return float(2 * special.stdtr(freedom, -abs(difference) / error))
