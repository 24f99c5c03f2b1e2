"""What customers are worth and what is lost: churn, retention, lifetime value, revenue at risk.

Days are whole numbers from 1970-01-01, in the reporting zone. Revenue is monthly and recurring, as
the customer register says it now: it keeps no history, so a price change is in no figure here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellheard import statistics as st
from wellheard.rates import lifetime_value
from wellheard.share_test import p_of_difference
from wellheard.survival import LaterLoss

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NEVER = np.iinfo(np.int64).max  # the day a customer who is still one was lost
FEWEST_LOSSES = 10  # below, a lifetime is little but a guess


@dataclass(frozen=True)
class Customers:
    """One entry per customer: the days they joined and were lost, and revenue (nan: unknown)."""

    joined: Ints
    lost: Ints
    revenue: Floats

    def on(self, day: int) -> Bools:
        """Who was a customer as the day began; who is lost that day still was."""
        return (self.joined < day) & (self.lost >= day)


class Figure(NamedTuple):
    """A figure with its 95 % interval, over n customers; nan where it cannot be known."""

    n: int
    value: float
    low: float
    high: float


class Link(NamedTuple):
    """How much more of one group is lost later than of another, as fractions."""

    n: int
    difference: float
    low: float
    high: float
    p: float


def churn(customers: Customers, start: int, end: int) -> Figure:
    """Share of the customers of day `start` who are lost before day `end`; joiners do not count.

    Wilson's interval (1927).
    """
    base = customers.on(start)
    n = int(np.count_nonzero(base))
    lost = int(np.count_nonzero(base & (customers.lost < end)))
    return _figure(n, st.share(lost, n))


def revenue_churn(customers: Customers, start: int, end: int) -> Figure:
    """Share of the revenue of day `start` whose customers are lost before day `end`.

    A share weighted by revenue: Kish's effective n, `(sum w)^2 / sum w^2`, stands in Wilson's
    interval for n, so few large customers make it as wide as it should be.
    """
    base = customers.on(start) & ~np.isnan(customers.revenue)
    weight = customers.revenue[base]
    gone = customers.lost[base] < end
    n = int(np.count_nonzero(base))
    total = float(weight.sum())
    if total <= 0:
        return Figure(n, np.nan, np.nan, np.nan)
    effective = float(st.effective_n(total, float((weight**2).sum())))
    return _figure(n, st.share(float(weight[gone].sum()) / total * effective, effective))


def kept(lost: Figure) -> Figure:
    """The share that stays where `lost` leaves."""
    return Figure(lost.n, 1 - lost.value, 1 - lost.high, 1 - lost.low)


def _figure(n: int, interval: st.Interval) -> Figure:
    value, low, high = (float(each) for each in interval)
    # Where nobody is lost, rounding leaves Wilson's lower end a hair above zero.
    return Figure(n, value, min(low, value), max(high, value))


def value_of_a_customer(
    customers: Customers, months: list[tuple[int, int]], yearly_discount: float
) -> Figure | None:
    """Revenue still to come from a customer, on average: `m r / (1 + d - r)` a customer.

    Gupta and Lehmann (2003, doi:10.1002/dir.10045), with revenue in the place of margin: `m` is the
    mean revenue of the customers at the end of the last month, `r` one minus the share lost a month
    over `months` (start and end days), `d` the discount a month. It supposes that customers go on
    leaving at that rate. The interval is that of the logarithm by the infinitesimal jackknife over
    customers (Efron 1982, doi:10.1137/1.9781611970319), so it holds when those who pay more leave
    less.

    None under `FEWEST_LOSSES` losses, or where no revenue is known.
    """
    exposure, losses = np.zeros(len(customers.joined)), np.zeros(len(customers.joined))
    for start, end in months:
        base = customers.on(start)
        exposure += base
        losses += base & (customers.lost < end)
    here = customers.on(months[-1][1]) & ~np.isnan(customers.revenue)
    n = int(np.count_nonzero(here))
    revenue = np.where(here, np.nan_to_num(customers.revenue), 0.0)
    if losses.sum() < FEWEST_LOSSES or revenue.sum() <= 0:
        return None
    mean, rate = revenue.sum() / n, losses.sum() / exposure.sum()
    discount = (1 + yearly_discount) ** (1 / 12) - 1
    if rate >= 1:
        return None
    value = lifetime_value(mean, 1 - rate, discount)
    of_mean = (revenue - here * mean) / n / mean
    of_rate = (losses - rate * exposure) / exposure.sum()
    influence = of_mean - of_rate * (1 / (1 - rate) + 1 / (discount + rate))
    reach = float(np.exp(st.Z * np.sqrt((influence**2).sum())))
    return Figure(n, value, value / reach, value * reach)


def link(one: LaterLoss, other: LaterLoss, n: int) -> Link:
    """How much more of `one` is lost than of `other`.

    Newcombe's hybrid score interval (1998) and a test that holds for few losses too (`share_test`),
    on the effective n of each Kaplan-Meier share.
    """
    sides = [(each.share * each.effective_n, each.effective_n) for each in (one, other)]
    found = st.share_change(*sides)
    p = p_of_difference(*sides)[0]
    return Link(n, float(found.value), float(found.low), float(found.high), float(p))


def later_loss(loss: LaterLoss, n: int) -> Figure:
    """A Kaplan-Meier share with Wilson's interval on its effective n (Rothman 1978)."""
    return _figure(n, st.share(loss.share * loss.effective_n, loss.effective_n))
