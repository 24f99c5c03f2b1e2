"""What a theme costs: the points by which the score would be higher if those who mention it scored
like those who do not.

With share s of the comments on the theme and scores `with` and `without`, the score of all is
s * with + (1 - s) * without, so `cost = s * (without - with) = without - all`: a share times a
difference, exactly. Positive where the theme goes with lower scores.

Interval and p: delta method for the product of a share and a difference of independent means
(Casella and Berger, Statistical Inference, 2nd ed. 2002, section 5.5.4): variance
s^2 (v1/n1 + v0/n0) + d^2 s(1-s)/n, and what several comments of one customer have in common
(`repeats`). The variances are those of the adjusted counts (NPS: plus 3/4,
3/2, 3/4 as for every change of NPS; CSAT: Agresti and Caffo's plus one success and one failure on
each side, 2000, doi:10.1080/00031305.2000.10474560), so no side without spread seems certain. p is
that of the cost itself, never below its interval's word, and is corrected by Holm over all themes
of a scope and month. It is an association: what else those customers had in common is in it too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from wellheard import statistics as st

Floats = st.Floats


class Side(NamedTuple):
    """Answers on one side: effective counts at the bottom, in the middle and at the top.

    For NPS detractors, passives, promoters; for CSAT dissatisfied, none, satisfied.
    """

    bottom: Floats
    middle: Floats
    top: Floats


class Cost(NamedTuple):
    """Fractions: NPS -1..1, CSAT 0..1. `cost` with its 95 % interval and two-sided p."""

    score_with: Floats
    score_without: Floats
    cost: Floats
    low: Floats
    high: Floats
    p: Floats


def cost(
    with_theme: Side,
    without: Side,
    metric: str,
    *,
    share: ArrayLike | None = None,
    repeated: ArrayLike = 0.0,
) -> Cost:
    """The cost of themes, element by element; nan where either side has no answers.

    `share` is that of the weights which the theme has, where the counts of the two sides, each its
    effective n, do not tell it. `repeated` is the variance that customers' several comments add,
    in squares of -1 to 1.
    """
    adjust = _ADJUSTMENT[metric]
    scale = 1.0 if metric == "nps" else 0.5  # CSAT: satisfied 1, others 0
    base = 0.0 if metric == "nps" else 0.5
    here, there = _moments(with_theme, (0, 0, 0)), _moments(without, (0, 0, 0))
    near, far = _moments(with_theme, adjust), _moments(without, adjust)
    with np.errstate(divide="ignore", invalid="ignore"):
        n = here.n + there.n
        share = here.n / n if share is None else np.asarray(share, dtype=np.float64)
        difference = near.score - far.score
        variance = (
            share**2 * (near.variance / near.n + far.variance / far.n)
            + difference**2 * share * (1 - share) / n
        )
        value = share * (there.score - here.score)
        error = np.sqrt(variance + np.asarray(repeated, dtype=np.float64))
        known = ~np.isnan(value)
        centre = share * (far.score - near.score)
        p = 2 * special.ndtr(-np.abs(centre / error))
    return Cost(
        here.score * scale + base,
        there.score * scale + base,
        value * scale,
        np.where(known, (centre - st.Z * error) * scale, np.nan),
        np.where(known, (centre + st.Z * error) * scale, np.nan),
        np.where(known, p, np.nan),
    )


_ADJUSTMENT = {"nps": (0.75, 1.5, 0.75), "csat": (1.0, 0.0, 1.0)}


def _moments(side: Side, added: tuple[float, float, float]) -> st.NpsMoments:
    return st.nps_moments(*(count + more for count, more in zip(side, added, strict=True)))


def side(sum_x: ArrayLike, sum_xx: ArrayLike, sum_w: ArrayLike, sum_ww: ArrayLike) -> Side:
    """Effective counts from weighted sums of x in -1, 0, 1 (CSAT: -1 and 1)."""
    x, xx, w = (np.asarray(each, dtype=np.float64) for each in (sum_x, sum_xx, sum_w))
    n = np.nan_to_num(st.effective_n(sum_w, sum_ww))
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(w > 0, n / w, 0.0)
    top, bottom = (xx + x) / 2 * each, (xx - x) / 2 * each
    return Side(bottom, np.maximum(n - top - bottom, 0.0), top)
