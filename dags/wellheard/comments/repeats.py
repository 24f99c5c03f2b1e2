"""What several comments of one customer are worth together, for themes.

A customer's comments say much the same, so the variance of what is summed over comments has, beside
each comment's own share, that of every two of one customer (the sandwich over customers: Liang and
Zeger, Biometrika 73, 1986, doi:10.1093/biomet/73.1.13; the design effect: Kish, Survey Sampling,
1965). Comments of which customers have in common less than nothing count as independent ones.

A frame here has a row per theme, with the sums of `int_theme_sums` and `int_theme_pairs`; those of
all comments, whatever their theme, end in `_all`. Pairs count in both directions: `pair_wu` is the
sum of `w_i u_j` over i != j, w a weight, x a weighted score, t and u the same of the comments that
name the theme and 0 for the others. In `_all` t and u are w and x.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wellheard import statistics as st

if TYPE_CHECKING:
    import pandas as pd

PAIRS = [f"pair_{two}" for two in ("wt", "wu", "xt", "xu", "tt", "tu", "uu")]
_KEY = ["scope", "period", "metric", "is_emerging", "is_before", "theme"]
_OF_SIDE = ("sum_w", "sum_x", "sum_xx", "pair_tt", "pair_tu", "pair_uu")
_NOTHING = 1e-9


def with_pairs(sums: pd.DataFrame, pairs: pd.DataFrame | None) -> pd.DataFrame:
    """The rows of `int_theme_sums` with their PAIRS, 0 where nobody commented twice."""
    if pairs is None:
        return sums.assign(**dict.fromkeys(PAIRS, 0.0))
    return sums.merge(pairs[[*_KEY, *PAIRS]], on=_KEY, how="left").fillna(dict.fromkeys(PAIRS, 0.0))


def squares_of_share(frame: pd.DataFrame, span: str = "") -> st.Floats:
    """What the squares of all weights grow by for the share of comments that name the theme."""
    w, all_w, ww, wt, tt = _columns(
        frame, f"sum_w{span}", f"sum_w{span}_all",
        f"pair_tt{span}_all", f"pair_wt{span}", f"pair_tt{span}",
    )  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        share = w / all_w
    return _in_common(share, share, ww, wt, tt)


def squares_of_sides(frame: pd.DataFrame) -> tuple[st.Floats, st.Floats, st.Floats]:
    """The same for the scores: of the comments with the theme, of the others, and of all."""
    w, x, xx, tt, tu, uu = _columns(frame, *_OF_SIDE)
    all_w, all_x, all_xx, ww, wx, all_uu = _columns(frame, *(f"{name}_all" for name in _OF_SIDE))
    wt, wu, xt, xu = _columns(frame, "pair_wt", "pair_wu", "pair_xt", "pair_xu")
    with np.errstate(divide="ignore", invalid="ignore"):
        theme = _in_common(x / w, xx / w, tt, tu, uu)
        everyone = _in_common(all_x / all_w, all_xx / all_w, ww, wx, all_uu)
        # Two comments without the theme: all pairs less those of which the one or the other has it.
        others = _in_common(
            (all_x - x) / (all_w - w),
            (all_xx - xx) / (all_w - w),
            ww - 2 * wt + tt,
            wx - wu - xt + tu,
            all_uu - 2 * xu + uu,
        )
    return theme, others, everyone


def variance_of_cost(frame: pd.DataFrame) -> st.Floats:
    """What is added to the variance of a theme's cost, in squares of the score's -1 to 1.

    The cost, the mean of those without the theme less the mean of all, moves with each comment by
    `w ((1 - t) (x - m0) / (1 - s) - (x - m)) / sum w`, s the theme's share, m0 and m these means.
    """
    w, x, _, tt, tu, uu = _columns(frame, *_OF_SIDE)
    all_w, all_x, _, ww, wx, xx = _columns(frame, *(f"{name}_all" for name in _OF_SIDE))
    wt, wu, xt, xu = _columns(frame, "pair_wt", "pair_wu", "pair_xt", "pair_xu")
    with np.errstate(divide="ignore", invalid="ignore"):
        share, mean, others = w / all_w, all_x / all_w, (all_x - x) / (all_w - w)
        # By how much each of the four moves it.
        by_w, by_x = mean - others / (1 - share), share / (1 - share)
        by_t, by_u = others / (1 - share), -1 / (1 - share)
        found = (
            by_w**2 * ww + by_x**2 * xx + by_t**2 * tt + by_u**2 * uu
            + 2 * by_w * (by_x * wx + by_t * wt + by_u * wu)
            + 2 * by_x * (by_t * xt + by_u * xu)
            + 2 * by_t * by_u * tu
        )  # fmt: skip
        return np.nan_to_num(np.maximum(found, 0.0) / all_w**2)


def _in_common(
    mean: st.Floats, square: st.Floats,
    pair_w: st.Floats, pair_x: st.Floats, pair_xx: st.Floats,
) -> st.Floats:  # fmt: skip
    """The pairs' weights, times how alike the two of a pair are (0 to 1; 1 where all are alike).

    `mean` and `square` are the means of the values and of their squares over all comments.
    """
    variance = square - mean * mean
    with np.errstate(divide="ignore", invalid="ignore"):
        common = (pair_xx - 2 * mean * pair_x + mean * mean * pair_w) / variance
    alike = np.clip(common, 0.0, pair_w)
    return np.nan_to_num(np.where(variance > _NOTHING, alike, pair_w))


def _columns(frame: pd.DataFrame, *names: str) -> list[st.Floats]:
    return [frame[name].to_numpy(np.float64) for name in names]
