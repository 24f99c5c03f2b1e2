"""How long customers stay: Kaplan-Meier curves, with customers who come into view late.

Kaplan and Meier (1958, doi:10.1080/01621459.1958.10501452); variance by Greenwood (1926), intervals
on the log(-log) scale (Kalbfleisch and Prentice 2002, section 1.4), as R's `survfit` with
`conf.type = "log-log"`. A customer counts from the day we can see them: those who joined before
losses were recorded enter late (left truncation, Klein and Moeschberger 2003, section 4.6), or the
curve would hold only the survivors of that time. Whoever is still a customer is censored.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellheard.statistics import Z, effective_n

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

DAYS_IN_MONTH = 365.25 / 12


class Curve(NamedTuple):
    """A survival curve by day: entry t is the state after day t, from day 0.

    `at_risk` are the customers in view who may be lost after day t; `variance` is Greenwood's sum,
    the variance of log survival.
    """

    at_risk: Ints
    survival: Floats
    variance: Floats
    low: Floats
    high: Floats


class LaterLoss(NamedTuple):
    """The share lost within a number of days, with the effective n of its variance."""

    share: float
    effective_n: float
    at_risk: int  # followed for the whole time and not lost


def kaplan_meier(start: Ints, end: Ints, is_lost: Bools, days: int) -> Curve:
    """The curve over `days` days of customers in view after day `start` up to day `end`.

    Days count from each customer's own day 0. `is_lost`: lost on day `end`, else censored then.
    Who enters on the day they end was never in view. Nobody in view: survival stays what it was.
    """
    seen = end > start
    begins = np.bincount(np.minimum(start[seen], days + 1), minlength=days + 2)
    # Censored on a day counts as at risk on that day, after its losses.
    ends = np.bincount(np.minimum(end[seen], days + 1), minlength=days + 2)
    lost = np.bincount(np.minimum(end[seen & is_lost], days + 1), minlength=days + 2)
    remaining = np.cumsum(begins) - np.cumsum(ends)
    exposed = np.concatenate([[0], remaining[:-1]])  # in view before the day's losses
    lost, exposed, remaining = lost[: days + 1], exposed[: days + 1], remaining[: days + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = np.where(lost > 0, 1.0 - lost / exposed, 1.0)
        survival = np.asarray(np.cumprod(kept), np.float64)
        each = np.where(lost > 0, lost / (exposed * (exposed - lost)), 0.0)
        variance = np.asarray(np.cumsum(each), np.float64)
    low, high = _log_log(survival, variance, np.maximum(exposed, remaining))
    return Curve(remaining, survival, variance, low, high)


def _log_log(survival: Floats, variance: Floats, n: Ints) -> tuple[Floats, Floats]:
    """95 % interval; where nobody or everybody is lost Wilson's, of those then in view."""
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.exp(Z * np.sqrt(variance) / np.abs(np.log(survival)))
        low, high = survival**reach, survival ** (1 / reach)
        edge = Z * Z / (n + Z * Z)
    low = np.where(survival >= 1, 1 - edge, np.where(survival <= 0, 0.0, low))
    high = np.where(survival >= 1, 1.0, np.where(survival <= 0, edge, high))
    return low, high


def lost_within(days: int, end: Ints, is_lost: Bools) -> LaterLoss | None:
    """The share lost within `days` days, censoring allowed for; None where nobody was followed.

    `effective_n` is the n of which a plain share would have this variance (Rothman 1978,
    doi:10.1016/0021-9681(78)90043-7), so that Wilson's and Newcombe's intervals apply. Where
    nobody is lost, or everybody, it is the number followed to the end (or lost).
    """
    curve = kaplan_meier(np.zeros_like(end), end, is_lost, days)
    # Censored on the last day was followed for the whole time, too.
    followed = int(np.count_nonzero(end >= days)) - int(np.count_nonzero(is_lost & (end == days)))
    kept = float(curve.survival[days])
    if followed == 0 and kept > 0:
        return None
    if 0 < kept < 1:
        effective = (1 - kept) / (kept * float(curve.variance[days]))
    else:
        effective = float(followed if kept == 1 else np.count_nonzero(is_lost))
    return LaterLoss(1 - kept, effective, followed)


def revenue_lost_within(days: int, end: Ints, is_lost: Bools, revenue: Floats) -> LaterLoss | None:
    """As `lost_within`, of the customers' revenue: each counts with what they pay.

    Its variance is the larger one of two: Greenwood's sum with Kish's effective n,
    `(sum w)^2 / sum w^2` of those in view (Xie and Liu 2005, doi:10.1002/sim.2174), and the
    infinitesimal jackknife over customers, which grows where those who pay much leave more often.
    Revenue that is unknown or 0 counts for nothing. With equal revenue it is `lost_within`.
    """
    pays = revenue > 0  # unknown revenue (nan) is not
    end, is_lost, weight = end[pays], is_lost[pays], revenue[pays]
    followed = (end > days) | ((end == days) & ~is_lost)
    share, by_kish, influence = 1.0, 0.0, np.zeros(len(weight))
    for day in np.unique(end[is_lost & (end > 0) & (end <= days)]):
        seen = end >= day
        lost = is_lost & (end == day)
        if (lost == seen).all():  # not by the sums, which differ in their last digits
            share = 0.0
            break
        total = weight[seen].sum()
        gone = float(weight[lost].sum() / total)
        share *= 1 - gone
        by_kish += gone / (1 - gone) / _kish(weight[seen])
        influence += weight / total * (lost - gone * seen) / (1 - gone)
    if share > 0 and not followed.any():
        return None
    if 0 < share < 1:
        variance = max(by_kish, float((influence**2).sum()))
        effective = (1 - share) / (share * variance)
    else:
        effective = _kish(weight[followed if share == 1 else is_lost])
    return LaterLoss(1 - share, effective, int(np.count_nonzero(followed)))


def _kish(weight: Floats) -> float:
    return float(effective_n(weight.sum(), (weight**2).sum()))
