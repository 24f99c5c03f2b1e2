"""Churn, lifetime value and the link to later churn: by hand, and over repeated worlds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from wellheard import money
from wellheard.money import NEVER, Customers
from wellheard.survival import lost_within, revenue_lost_within


def register(*customers: tuple[int, int | None, float | None]) -> Customers:
    """Customers as (day joined, day lost, revenue)."""
    joined, lost, revenue = zip(*customers, strict=True)
    return Customers(
        np.array(joined, np.int64),
        np.array([NEVER if day is None else day for day in lost], np.int64),
        np.array([np.nan if r is None else r for r in revenue]),
    )


# The month is the days 100 to 130.
BOOK = register(
    (1, None, 10), (1, None, 20), (1, 100, 30), (1, 129, 40),  # there at the start; two are lost
    (1, 130, 50),  # lost on the first day of the next month
    (1, 99, 1000),  # lost before
    (100, None, 2000),  # joins on the first day
    (110, 120, 3000),  # joins and is lost within the month
    (1, None, None),  # nobody knows what they pay
)  # fmt: skip


def test_churn_leaves_out_joiners_and_those_lost_before() -> None:
    found = money.churn(BOOK, 100, 130)
    assert (found.n, found.value) == (6, pytest.approx(2 / 6))
    # Wilson's interval of 2 out of 6.
    assert (found.low, found.high) == pytest.approx((0.0967714, 0.7000067), abs=1e-6)
    stays = money.kept(found)
    assert (stays.value, stays.low, stays.high) == pytest.approx(
        (4 / 6, 1 - found.high, 1 - found.low)
    )


def test_revenue_churn_weighs_customers_by_what_they_pay() -> None:
    found = money.revenue_churn(BOOK, 100, 130)
    assert (found.n, found.value) == (5, pytest.approx(70 / 150))
    # Kish's effective n is 150^2 / (10^2 + ... + 50^2) = 22500 / 5500.
    effective, z2 = 22500 / 5500, 3.8414588
    centre = (70 / 150 + z2 / (2 * effective)) / (1 + z2 / effective)
    assert (found.low + found.high) / 2 == pytest.approx(centre, abs=1e-6)


def test_revenue_churn_of_equal_revenues_is_the_churn_of_customers() -> None:
    alike = Customers(BOOK.joined, BOOK.lost, np.full(len(BOOK.joined), 7.0))
    assert money.revenue_churn(alike, 100, 130) == pytest.approx(money.churn(alike, 100, 130))


def test_nothing_is_known_of_no_customers_and_no_revenue() -> None:
    nobody = money.churn(BOOK, 0, 1)
    assert nobody.n == 0
    assert np.isnan([nobody.value, nobody.low, nobody.high]).all()
    unpaid = money.revenue_churn(register((1, None, None), (1, 5, 0.0)), 3, 9)
    assert unpaid.n == 1
    assert np.isnan(unpaid.value)


def test_a_lifetime_is_the_mean_revenue_over_losses_and_discount() -> None:
    # Twelve months of 30 days; 100 customers, one is lost in each month.
    months = [(30 * m, 30 * m + 30) for m in range(12)]
    book = register(*[(-1, 30 * m + 5, 50.0) for m in range(12)], *[(-1, None, 50.0)] * 88)
    found = money.value_of_a_customer(book, months, 0.0)
    assert found is not None
    rate = 12 / sum(100 - m for m in range(12))
    assert (found.n, found.value) == (88, pytest.approx(50 * (1 - rate) / rate))
    discounted = money.value_of_a_customer(book, months, 0.10)
    assert discounted is not None
    assert discounted.value == pytest.approx(50 * (1 - rate) / (1.1 ** (1 / 12) - 1 + rate))
    # Nobody pays more than another: the interval is that of the losses alone.
    assert found.high / found.value == pytest.approx(found.value / found.low)


def test_too_few_losses_make_no_lifetime() -> None:
    book = register(*[(-1, 5, 50.0)] * 9, *[(-1, None, 50.0)] * 100)
    assert money.value_of_a_customer(book, [(0, 30)], 0.1) is None


def test_the_lifetime_interval_holds_the_truth_where_those_who_pay_more_leave_less() -> None:
    random = np.random.default_rng(11)
    months = [(30 * m, 30 * m + 30) for m in range(12)]
    size, hits = 800, 0
    true_mean, true_rate = _true_lifetime()
    truth = true_mean * (1 - true_rate) / (0.01 + true_rate)
    for _ in range(200):
        large = random.random(size) < 0.2
        month = random.geometric(np.where(large, 0.01, 0.03)) - 1
        lost = np.where(month < 12, 30 * month + 7, NEVER)
        book = Customers(np.full(size, -1), lost, np.where(large, 500.0, 50.0))
        found = money.value_of_a_customer(book, months, 1.01**12 - 1)
        assert found is not None
        hits += found.low <= truth <= found.high
    assert hits / 200 == pytest.approx(0.95, abs=0.04)


def _true_lifetime() -> tuple[float, float]:
    """Mean revenue of those left after a year, and losses by customer-months, as they are."""
    kinds = ((0.2, 0.01, 500.0), (0.8, 0.03, 50.0))
    left = [(share * (1 - rate) ** 12, pays) for share, rate, pays in kinds]
    exposure = [share * sum((1 - rate) ** m for m in range(12)) for share, rate, _ in kinds]
    losses = sum(e * rate for e, (_, rate, _) in zip(exposure, kinds, strict=True))
    return sum(s * p for s, p in left) / sum(s for s, _ in left), losses / sum(exposure)


def linked(random: np.random.Generator, sizes: Sequence[int], rates: Sequence[float]) -> money.Link:
    """Two groups with answers spread over 540 days, followed to day 540, lost at these rates."""
    found = []
    for size, rate in zip(sizes, rates, strict=True):
        answered = random.integers(0, 540, size)
        # `rate` is the share lost within 180 days.
        life = 1 + random.exponential(-180 / np.log(1 - rate), size).astype(np.int64)
        left = 540 - answered
        found.append(lost_within(180, np.minimum(life, left), life < left))
    assert found[0] is not None
    assert found[1] is not None
    return money.link(found[0], found[1], sum(sizes))


def is_claimed(link: money.Link) -> bool:
    return link.p < 0.05 and (link.low > 0 or link.high < 0)


@pytest.mark.parametrize(
    ("sizes", "rate"), [((60, 90), 0.10), ((400, 700), 0.06), ((150, 150), 0.30)]
)
def test_no_planted_link_is_claimed_at_most_as_often_as_stated(
    sizes: tuple[int, int], rate: float
) -> None:
    random = np.random.default_rng(2026)
    claims = sum(is_claimed(linked(random, sizes, (rate, rate))) for _ in range(200))
    # 5 % of 200, and what chance adds to that in one seeded run of 200 (three standard errors).
    assert claims <= 10 + 3 * np.sqrt(200 * 0.05 * 0.95)


def test_a_planted_link_is_found_and_lies_in_its_interval() -> None:
    random = np.random.default_rng(7)
    links = [linked(random, (400, 700), (0.20, 0.08)) for _ in range(200)]
    assert sum(is_claimed(link) for link in links) > 180
    assert np.mean([link.low <= 0.12 <= link.high for link in links]) == pytest.approx(
        0.95, abs=0.04
    )
    assert np.mean([link.difference for link in links]) == pytest.approx(0.12, abs=0.01)


def test_a_link_without_censoring_is_newcombes_interval_of_two_shares() -> None:
    one = lost_within(10, np.array([5] * 56 + [10] * 14), np.array([True] * 56 + [False] * 14))
    other = lost_within(10, np.array([5] * 48 + [10] * 32), np.array([True] * 48 + [False] * 32))
    assert one is not None
    assert other is not None
    found = money.link(one, other, 150)
    # Newcombe (1998), example (a): 56/70 against 48/80.
    assert (found.low, found.high) == pytest.approx((0.052431, 0.333873), abs=1e-6)


def revenue_linked(
    random: np.random.Generator, sizes: Sequence[int], rates: Sequence[float], tail: float
) -> money.Link:
    """As `linked`, weighted by lognormal revenue; who pays more leaves more often."""
    found = []
    for size, rate in zip(sizes, rates, strict=True):
        standing = random.normal(0, 1, size)
        shares = np.minimum(rate * np.exp(standing / 3), 0.9)
        answered = random.integers(0, 540, size)
        life = 1 + random.exponential(-180 / np.log(1 - shares)).astype(np.int64)
        left = 540 - answered
        revenue = np.exp(tail * standing)
        found.append(revenue_lost_within(180, np.minimum(life, left), life < left, revenue))
    assert found[0] is not None
    assert found[1] is not None
    return money.link(found[0], found[1], sum(sizes))


@pytest.mark.parametrize(
    ("sizes", "rate", "tail"),
    [((90, 120), 0.12, 1.5), ((400, 700), 0.06, 1.5), ((400, 700), 0.06, 2)],
)
def test_revenue_without_a_link_is_claimed_at_most_as_often_as_stated(
    sizes: tuple[int, int], rate: float, tail: float
) -> None:
    random = np.random.default_rng(2026)
    links = [revenue_linked(random, sizes, (rate, rate), tail) for _ in range(200)]
    assert sum(is_claimed(link) for link in links) <= 10 + 3 * np.sqrt(200 * 0.05 * 0.95)


def test_a_planted_link_of_revenue_is_found() -> None:
    random = np.random.default_rng(7)
    links = [revenue_linked(random, (800, 1400), (0.25, 0.08), 1.0) for _ in range(100)]
    assert sum(is_claimed(link) and link.low > 0 for link in links) > 90
