"""Kaplan-Meier curves: published digits, late entries, edges."""

from __future__ import annotations

import numpy as np
import pytest

from wellheard.survival import kaplan_meier, lost_within, revenue_lost_within

# Weeks of remission of 21 + 21 leukaemia patients (Freireich and others 1963; Cox and Oakes 1984,
# table 1.1). Estimates, standard errors and log-log intervals as printed by Stata's `sts list` in
# https://data.princeton.edu/eco572/KaplanMeier and by R's survfit(conf.type = "log-log").
TREATED = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
CONTROL = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
PUBLISHED = {  # week: survivors' share, standard error, low, high
    6: (0.8571, 0.0764, 0.6197, 0.9516),
    7: (0.8067, 0.0869, 0.5631, 0.9228),
    10: (0.7529, 0.0963, 0.5032, 0.8894),
    13: (0.6902, 0.1068, 0.4316, 0.8491),
    16: (0.6275, 0.1141, 0.3675, 0.8049),
    22: (0.5378, 0.1282, 0.2678, 0.7468),
    23: (0.4482, 0.1346, 0.1881, 0.6801),
}


def days(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def treated():
    return kaplan_meier(days(*[0] * 21), days(*TREATED), np.array(RELAPSED, bool), 35)


@pytest.mark.parametrize("week", PUBLISHED)
def test_the_curve_reproduces_the_published_remissions_to_four_digits(week: int) -> None:
    curve = treated()
    share = curve.survival[week]
    error = share * np.sqrt(curve.variance[week])
    found = (share, error, curve.low[week], curve.high[week])
    assert found == pytest.approx(PUBLISHED[week], abs=5e-5)


def test_a_curve_without_censoring_is_the_share_left() -> None:
    curve = kaplan_meier(days(*[0] * 21), days(*CONTROL), np.ones(21, bool), 23)
    assert (curve.survival[1], curve.low[1], curve.high[1]) == pytest.approx(
        (0.9048, 0.6700, 0.9753), abs=5e-5
    )
    left = [sum(week > at for week in CONTROL) / 21 for at in range(24)]
    assert curve.survival.tolist() == pytest.approx(left)
    assert curve.at_risk.tolist() == [sum(week > at for week in CONTROL) for at in range(24)]
    # Everybody is lost: the interval still has an upper end, Wilson's of the last one in view.
    assert (curve.low[23], curve.high[23]) == pytest.approx((0.0, 3.841459 / 4.841459), abs=1e-6)


def test_before_the_first_loss_the_interval_is_wilsons_of_those_in_view() -> None:
    curve = treated()
    assert (curve.survival[5], curve.high[5]) == (1.0, 1.0)
    assert curve.low[5] == pytest.approx(21 / (21 + 3.841459), abs=1e-6)


def test_who_comes_into_view_late_counts_from_then_on_only() -> None:
    # By hand: day 2 one of two in view is lost, day 5 one of four (two entered on day 3).
    curve = kaplan_meier(
        days(0, 0, 3, 3, 3), days(2, 9, 5, 9, 9), np.array([True, False, True, False, False]), 9
    )
    assert curve.survival[2] == pytest.approx(1 / 2)
    assert curve.survival[5] == pytest.approx(1 / 2 * 3 / 4)
    assert curve.variance[5] == pytest.approx(1 / (2 * 1) + 1 / (4 * 3))
    assert curve.at_risk.tolist() == [2, 2, 1, 4, 4, 3, 3, 3, 3, 0]


def test_who_enters_on_the_day_they_leave_was_never_in_view() -> None:
    curve = kaplan_meier(days(0, 4), days(9, 4), np.array([False, True]), 9)
    assert curve.survival.tolist() == [1.0] * 10


def test_left_truncation_removes_the_bias_of_a_register_of_survivors() -> None:
    """Joined years before losses were written down: only the survivors of that time are there."""
    random = np.random.default_rng(5)
    joined = random.integers(0, 1500, 6000)
    lost = joined + 1 + random.exponential(600, 6000).astype(np.int64)
    seen = lost > 1000  # the register begins on day 1000
    joined, lost = joined[seen], lost[seen]
    end, is_lost = np.minimum(lost, 1500), lost < 1500
    entry = np.maximum(joined, 1000)
    honest = kaplan_meier(entry - joined, end - joined, is_lost, 700)
    naive = kaplan_meier(np.zeros_like(joined), end - joined, is_lost, 700)
    truth = np.exp(-600 / 600)
    assert honest.survival[600] == pytest.approx(truth, abs=0.03)
    assert honest.low[600] <= truth <= honest.high[600]
    assert naive.survival[600] > truth + 0.15


def test_a_later_loss_without_censoring_is_a_plain_share_of_its_n() -> None:
    found = lost_within(10, days(*[3] * 4, *[10] * 16), np.array([True] * 4 + [False] * 16))
    assert found is not None
    assert (found.share, found.effective_n, found.at_risk) == pytest.approx((0.2, 20, 16))


def test_a_later_loss_with_censoring_has_a_smaller_effective_n() -> None:
    whole, cut = [10] * 80, [5] * 80
    lost = [3] * 20 + [7] * 20
    end = days(*lost, *whole, *cut)
    found = lost_within(10, end, np.array([True] * 40 + [False] * 160))
    assert found is not None
    assert found.share == pytest.approx(1 - (1 - 20 / 200) * (1 - 20 / 100))
    assert 100 < found.effective_n < 200


def test_nobody_lost_leaves_the_n_of_those_followed_to_the_end() -> None:
    found = lost_within(10, days(10, 12, 4), np.zeros(3, bool))
    assert found is not None
    assert (found.share, found.effective_n, found.at_risk) == (0.0, 2.0, 2)


def test_nobody_followed_to_the_end_tells_nothing() -> None:
    assert lost_within(10, days(9, 9, 4), np.array([False, False, True])) is None
    assert lost_within(10, days(), np.zeros(0, bool)) is None


def test_revenue_lost_is_the_plain_share_where_all_pay_alike() -> None:
    end = np.array([2] * 20 + [4] * 100 + [6] * 20 + [10] * 60)
    is_lost = np.array([True] * 20 + [False] * 100 + [True] * 20 + [False] * 60)
    plain = lost_within(10, end, is_lost)
    weighted = revenue_lost_within(10, end, is_lost, np.full(200, 35.0))
    assert plain is not None
    assert weighted == pytest.approx(plain)
    unknown = np.concatenate([np.full(200, 35.0), [np.nan, 0.0]])
    more = revenue_lost_within(
        10, np.append(end, [3, 3]), np.append(is_lost, [True, True]), unknown
    )
    assert more == pytest.approx(plain)


def test_few_who_pay_most_leave_little_known_of_revenue() -> None:
    end, is_lost = np.array([5] * 20 + [10] * 80), np.array([True] * 20 + [False] * 80)
    revenue = np.array([10.0] * 97 + [5000.0] * 3)
    found = revenue_lost_within(10, end, is_lost, revenue)
    assert found is not None
    assert found.share == pytest.approx(200 / 15970)
    assert found.effective_n == pytest.approx(15970**2 / (97 * 100 + 3 * 25e6))
    # One of the three leaves: the others say little of how often that happens.
    is_lost[-1], end[-1] = True, 5
    lost = revenue_lost_within(10, end, is_lost, revenue)
    assert lost is not None
    assert lost.effective_n < 3.4


def test_all_or_none_of_the_revenue_lost_has_its_payers_as_n() -> None:
    pays = np.array([0.1, 0.2, 0.3])
    none = revenue_lost_within(10, days(10, 12, 4), np.zeros(3, bool), pays)
    assert none is not None
    assert (none.share, none.at_risk) == (0, 2)
    assert none.effective_n == pytest.approx(0.3**2 / 0.05)
    everyone = revenue_lost_within(10, days(3, 3, 4), np.ones(3, bool), pays)
    assert everyone is not None
    assert everyone.share == 1
    assert revenue_lost_within(10, days(9, 9, 4), np.array([False, False, True]), pays) is None
    assert revenue_lost_within(10, days(10, 10), np.zeros(2, bool), np.full(2, np.nan)) is None
