"""Whether two shares differ: exact where few answered, as everywhere else where many did."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from wellheard import statistics
from wellheard.share_test import fisher, p_of_difference


def test_fishers_test_is_scipys() -> None:
    assert fisher(3, 4, 1, 4) == pytest.approx(34 / 70)  # the lady tasting tea
    chance = np.random.default_rng(3)
    for _ in range(60):
        n, m = (int(x) for x in chance.integers(1, 200, 2))
        a, b = int(chance.binomial(n, 0.9)), int(chance.binomial(m, 0.8))
        expected = stats.fisher_exact([[a, n - a], [b, m - b]]).pvalue
        assert fisher(a, n, b, m) == pytest.approx(expected, abs=1e-9)


def test_many_answers_are_tested_as_a_change_is() -> None:
    now, before = (4000, 6000), (3900, 6100)
    assert p_of_difference(now, before)[0] == statistics.share_change(now, before).p
    exact = stats.fisher_exact([[4000, 2000], [3900, 2200]]).pvalue
    assert p_of_difference(now, before)[0] == pytest.approx(exact, rel=0.1)


def test_weighted_answers_count_by_their_effective_number() -> None:
    assert p_of_difference((7.6, 9.5), (20.2, 40.4))[0] == fisher(8, 10, 20, 40)


def test_a_side_without_anybody_has_no_test() -> None:
    found = p_of_difference(([0, 3], [0, 4]), ([5, 1], [9, 4]))
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(34 / 70)
