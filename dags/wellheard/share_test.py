"""Whether two shares differ, also where one of them is near 0 or 1 or rests on a handful.

The normal test claims too much there, most of all where several tests are corrected and small p
count: with 12 and 700 answers and a true share of 95 % in both, it finds p < 0.001 seven times in a
thousand. Fisher's exact test ('The Design of Experiments', 1935) never claims more than it says;
where all expected counts are large, both agree.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from wellheard import statistics as st

Floats = NDArray[np.float64]

_LARGE = 200  # the smallest expected count from which on the normal test serves


def fisher(a: int, n_a: int, b: int, n_b: int) -> float:
    """Two-sided p of Fisher's exact test of a of n_a against b of n_b.

    The sum of the probabilities of all tables not likelier than the one found, as in R.
    """
    chances, place = _tables(a, n_a, b, n_b)
    # The same table reckoned in another order differs in its last digits.
    return float(chances[chances <= chances[place] * (1 + 1e-7)].sum() / chances.sum())


def fisher_more(a: int, n_a: int, b: int, n_b: int) -> float:
    """One-sided p of Fisher's exact test: a of n_a is a larger share than b of n_b."""
    chances, place = _tables(a, n_a, b, n_b)
    return float(chances[place:].sum() / chances.sum())


def _tables(a: int, n_a: int, b: int, n_b: int) -> tuple[Floats, int]:
    """How likely each table with these sums is, up to a factor, and which of them was found."""
    k = np.arange(max(0, a + b - n_b), min(n_a, a + b) + 1)
    log = (
        -special.gammaln(k + 1)
        - special.gammaln(n_a - k + 1)
        - special.gammaln(a + b - k + 1)
        - special.gammaln(n_b - a - b + k + 1)
    )
    return np.exp(log - log.max()), a - k[0]


def p_of_difference(
    now: tuple[ArrayLike, ArrayLike], before: tuple[ArrayLike, ArrayLike]
) -> Floats:
    """Two-sided p of no difference of two shares, each side (successes, n), element by element.

    Fisher's test where an expected count is below 200, else the z test with pooled variance. Counts
    of weighted answers (effective ones, fractional) are taken to the nearest whole for the former.
    nan where a side has nobody.
    """
    s_a, n_a, s_b, n_b = (
        np.atleast_1d(np.asarray(x, np.float64)) for x in np.broadcast_arrays(*now, *before)
    )
    p = np.asarray(st.share_change((s_a, n_a), (s_b, n_b)).p, np.float64).copy()
    total, hits = n_a + n_b, s_a + s_b
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.minimum(n_a, n_b) * np.minimum(hits, total - hits) / total
    for i in np.flatnonzero(~np.isnan(p) & (expected < _LARGE)):
        n, m = max(round(n_a[i]), 1), max(round(n_b[i]), 1)
        p[i] = fisher(min(round(s_a[i]), n), n, min(round(s_b[i]), m), m)
    return p
