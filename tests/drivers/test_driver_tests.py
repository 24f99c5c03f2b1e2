"""Key drivers: published shares, intervals that hold, and no claims where nothing was planted."""

from __future__ import annotations

import numpy as np
import pytest

from wellheard import drivers as kd
from wellheard.statistics import holm

# Attitude survey of Chatterjee and Price (1977), as R's data set `attitude`: rating, complaints,
# privileges, learning, raises, critical, advance. LMG shares as printed by relaimpo's calc.relimp.
ATTITUDE = np.array([
    (43, 51, 30, 39, 61, 92, 45), (63, 64, 51, 54, 63, 73, 47), (71, 70, 68, 69, 76, 86, 48),
    (61, 63, 45, 47, 54, 84, 35), (81, 78, 56, 66, 71, 83, 47), (43, 55, 49, 44, 54, 49, 34),
    (58, 67, 42, 56, 66, 68, 35), (71, 75, 50, 55, 70, 66, 41), (72, 82, 72, 67, 71, 83, 31),
    (67, 61, 45, 47, 62, 80, 41), (64, 53, 53, 58, 58, 67, 34), (67, 60, 47, 39, 59, 74, 41),
    (69, 62, 57, 42, 55, 63, 25), (68, 83, 83, 45, 59, 77, 35), (77, 77, 54, 72, 79, 77, 46),
    (81, 90, 50, 72, 60, 54, 36), (74, 85, 64, 69, 79, 79, 63), (65, 60, 65, 75, 55, 80, 60),
    (65, 70, 46, 57, 75, 85, 46), (50, 58, 68, 54, 64, 78, 52), (50, 40, 33, 34, 43, 64, 33),
    (64, 61, 52, 62, 66, 80, 41), (53, 66, 52, 50, 63, 80, 37), (40, 37, 42, 58, 50, 57, 49),
    (63, 54, 42, 48, 66, 75, 33), (66, 77, 66, 63, 88, 76, 72), (78, 75, 58, 74, 80, 78, 49),
    (48, 57, 44, 45, 51, 83, 38), (85, 85, 71, 71, 77, 74, 55), (82, 82, 39, 59, 64, 78, 39),
], dtype=np.float64)  # fmt: skip
SLOPES = np.array([0.5, 0.3, 0.1, 0.0, 0.2])


def drawn(random: np.random.Generator, n: int, slopes: np.ndarray, together: float) -> np.ndarray:
    """Drivers that go together to this degree, and a score they move by these slopes."""
    common = random.standard_normal((n, 1))
    own = random.standard_normal((n, len(slopes)))
    drivers = np.sqrt(together) * common + np.sqrt(1 - together) * own
    return np.column_stack([drivers, drivers @ slopes + random.standard_normal(n)])


def figures_of(rows: np.ndarray, group: np.ndarray | None = None) -> kd.DriverTests:
    groups = np.arange(len(rows)) % kd.GROUPS if group is None else group
    return kd.driver_tests(kd.cross_products(rows, groups, kd.GROUPS))


def true_shares(slopes: np.ndarray, together: float) -> np.ndarray:
    """The LMG shares of the population, from its covariances."""
    k = len(slopes)
    of_drivers = np.full((k, k), together) + (1 - together) * np.eye(k)
    with_score = of_drivers @ slopes
    covariances = np.zeros((k + 1, k + 1))
    covariances[:k, :k] = of_drivers
    covariances[:k, k] = covariances[k, :k] = with_score
    covariances[k, k] = slopes @ with_score + 1
    return (kd._shapley(k) @ kd._r_squared(covariances[:, :, None]))[:, 0]


def test_shares_are_those_of_the_published_example() -> None:
    names = ("complaints", "privileges", "learning", "raises", "critical", "advance")
    found = kd.key_drivers(ATTITUDE[:, 0], dict(zip(names, ATTITUDE.T[1:], strict=True)))
    assert found.r_squared == pytest.approx(0.732602, abs=5e-7)
    printed = {
        "complaints": 0.370816,
        "learning": 0.155766,
        "raises": 0.120345,
        "privileges": 0.050904,
    }
    assert {name: found.shares[name] for name in printed} == pytest.approx(printed, abs=5e-7)
    assert sum(found.shares.values()) == pytest.approx(found.r_squared)


def test_two_drivers_by_hand() -> None:
    """r(y,a) = .6, r(y,b) = .5, r(a,b) = .4."""
    r_squared = (0.36 + 0.25 - 2 * 0.6 * 0.5 * 0.4) / (1 - 0.16)
    covariances = np.array([[1, 0.4, 0.6], [0.4, 1, 0.5], [0.6, 0.5, 1]])[:, :, None]
    shares = (kd._shapley(2) @ kd._r_squared(covariances))[:, 0]
    assert shares == pytest.approx(
        [(0.36 + r_squared - 0.25) / 2, (0.25 + r_squared - 0.36) / 2], abs=1e-12
    )


def test_elimination_gives_what_regressions_give() -> None:
    random = np.random.default_rng(3)
    rows = drawn(random, 300, SLOPES, 0.6)
    centred = rows - rows.mean(axis=0)
    found = kd._r_squared((centred.T @ centred)[:, :, None])[:, 0]
    for chosen in range(1, 2**5):
        columns = centred[:, [j for j in range(5) if chosen >> j & 1]]
        fitted = columns @ np.linalg.lstsq(columns, centred[:, -1], rcond=None)[0]
        expected = (fitted @ fitted) / (centred[:, -1] @ centred[:, -1])
        assert found[chosen] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("n", [300, 1000])
def test_intervals_hold_the_true_shares_as_often_as_stated(n: int) -> None:
    random = np.random.default_rng(1)
    truth = true_shares(SLOPES, 0.3)
    hits, total_hits = np.zeros(5), 0
    for _ in range(150):
        found = figures_of(drawn(random, n, SLOPES, 0.3))
        hits += (found.low <= truth) & (truth <= found.high)
        total_hits += found.r_squared_low <= truth.sum() <= found.r_squared_high
    # 95 %, within three standard errors of 150 draws; the driver that moves nothing by itself has
    # a share near nil, whose interval is known to be short.
    assert hits / 150 == pytest.approx(0.95, abs=0.055)
    assert total_hits / 150 == pytest.approx(0.95, abs=0.055)


def test_no_planted_driver_is_claimed_at_most_as_often_as_stated() -> None:
    random = np.random.default_rng(2026)
    claims = 0
    for _ in range(200):
        found = figures_of(drawn(random, 150, np.zeros(5), 0.0))
        claims += bool((holm(found.p) < 0.05).any())
    assert claims <= 10 + 3 * np.sqrt(200 * 0.05 * 0.95)


def test_answers_of_the_same_customers_are_one_source_of_chance() -> None:
    """Each customer answers ten times alike: 600 answers, but only 60 customers."""
    random = np.random.default_rng(9)
    naive, honest = 0, 0
    for _ in range(200):
        people = drawn(random, 60, np.zeros(2), 0.0)
        rows = np.repeat(people, 10, axis=0) + 0.1 * random.standard_normal((600, 3))
        naive += bool((holm(figures_of(rows).p) < 0.05).any())
        honest += bool((holm(figures_of(rows, np.repeat(np.arange(60), 10)).p) < 0.05).any())
    assert honest <= 10 + 3 * np.sqrt(200 * 0.05 * 0.95)
    assert naive > 100


def test_planted_drivers_are_found_among_others_that_do_nothing() -> None:
    random = np.random.default_rng(4)
    found = [
        figures_of(drawn(random, 400, np.array([0.4, 0.0, 0.25, 0.0]), 0.0)) for _ in range(50)
    ]
    claimed = np.mean([holm(each.p) < 0.05 for each in found], axis=0)
    assert claimed[[0, 2]].min() > 0.95
    assert claimed[[1, 3]].max() < 0.1
    assert all(each.shares[0] > each.shares[2] for each in found[:5])
    assert found[0].shares.sum() == pytest.approx(found[0].r_squared)


def test_drivers_that_tell_each_other_share_what_they_explain() -> None:
    random = np.random.default_rng(6)
    one, other = random.standard_normal((2, 200))
    score = one + 0.5 * other + random.standard_normal(200)
    found = figures_of(np.column_stack([one, 2 * one + 1, other, score]))
    assert found.told_by_others.tolist() == [True, True, False]
    assert found.shares[0] == pytest.approx(found.shares[1])
    assert found.shares.sum() == pytest.approx(found.r_squared)


def test_the_same_answers_give_the_same_figures() -> None:
    rows = drawn(np.random.default_rng(8), 120, SLOPES, 0.2)
    first, second = figures_of(rows), figures_of(rows)
    assert first.low.tolist() == second.low.tolist()
    assert first.p.tolist() == second.p.tolist()


def test_what_cannot_be_compared_is_an_error() -> None:
    rows = drawn(np.random.default_rng(8), 120, SLOPES, 0.2)
    with pytest.raises(ValueError, match="too few"):
        figures_of(rows[:89])  # 50 + 8 x 5 is 90
    with pytest.raises(ValueError, match="120 rows in 20 groups are too few"):
        figures_of(rows, np.arange(120) % 20)
    with pytest.raises(ValueError, match="without any spread"):
        figures_of(np.column_stack([np.ones(120), rows]))
    with pytest.raises(ValueError, match="1 to 12 drivers"):
        kd.key_drivers([1.0], {str(i): [1.0] for i in range(13)})


def test_sums_of_parts_are_those_of_the_whole() -> None:
    rows = drawn(np.random.default_rng(8), 120, SLOPES, 0.2)
    group = np.arange(120) % 7
    parts = [kd.cross_products(rows[at], group[at], 7) for at in (slice(50), slice(50, 120))]
    assert sum(parts) == pytest.approx(kd.cross_products(rows, group, 7))
