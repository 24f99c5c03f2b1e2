"""Moments of truth: differences by hand, nothing claimed where nothing is, nothing given away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from wellheard import statistics
from wellheard.moments_of_truth import moments

Row = dict[str, Any]
Counts = tuple[int, int, int]  # negative, neutral, positive


def window(touchpoint: str, good: Counts, bad: Counts, **more: Any) -> Row:
    kinds = ("negative", "neutral", "positive")
    return {
        "scope": "all", "period": "2026-10", "months": 12, "outcome": "recommendation",
        "touchpoint": touchpoint, "n_open": 0,
        **{f"good_{k}": n for k, n in zip(kinds, good, strict=True)},
        **{f"bad_{k}": n for k, n in zip(kinds, bad, strict=True)}, **more,
    }  # fmt: skip


def judged(*windows: Row, minimum_n: int = 5) -> list[Row]:
    places = {name: i for i, name in enumerate(dict.fromkeys(w["touchpoint"] for w in windows))}
    return moments(pa.Table.from_pylist(list(windows)), places, minimum_n).to_pylist()


def test_recommendation_by_hand() -> None:
    good, bad = (10, 30, 60), (30, 20, 10)
    (row,) = judged(window("invoice", good, bad, n_open=12))
    assert (row["n_good"], row["n_bad"], row["n_open"]) == (100, 60, 12)
    assert (row["after_good"], row["after_bad"]) == pytest.approx((50.0, -100 / 3))
    change = statistics.nps_change(good, bad)
    assert (row["difference"], row["low"], row["high"], row["p"]) == pytest.approx(
        (250 / 3, 100 * change.low, 100 * change.high, float(change.p))
    )
    assert row["is_significant"]


def test_retention_by_hand() -> None:
    (row,) = judged(window("invoice", (5, 0, 95), (12, 0, 28), outcome="retention"))
    assert (row["after_good"], row["after_bad"], row["difference"]) == pytest.approx((95, 70, 25))
    assert row["p"] == pytest.approx(stats.fisher_exact([[95, 5], [28, 12]]).pvalue)
    low, high = statistics.share_change((95, 100), (28, 40))[1:3]
    assert (row["low"], row["high"]) == pytest.approx((100 * low, 100 * high))


def test_the_claims_come_first_and_then_the_larger_differences() -> None:
    rows = judged(
        window("none", (0, 0, 0), (0, 0, 0)),
        window("small", (30, 40, 30), (3, 2, 1)),
        window("large", (20, 30, 150), (60, 30, 10)),
        window("larger", (2, 3, 15), (6, 1, 0)),
    )
    ranks = {row["touchpoint"]: row["position"] for row in rows}
    assert sorted(ranks, key=ranks.__getitem__) == ["larger", "large", "small", "none"]
    assert {row["touchpoint"] for row in rows if row["is_significant"]} == {"large", "larger"}


def test_a_moment_without_anybody_says_so_and_is_no_test() -> None:
    lone, empty, full = judged(
        window("lone", (1, 2, 9), (0, 0, 0)),
        window("empty", (0, 0, 0), (0, 0, 0)),
        window("full", (10, 30, 60), (30, 20, 10)),
    )
    assert (lone["n_good"], lone["n_bad"], lone["suppressed"]) == (12, 0, False)
    assert lone["after_good"] == pytest.approx(100 * 8 / 12)
    assert lone["difference"] is lone["p_adjusted"] is lone["after_bad"] is None
    assert (empty["n_good"], empty["after_good"], empty["suppressed"]) == (0, None, False)
    assert full["p_adjusted"] == full["p"]


def test_a_small_side_hides_the_whole_row() -> None:
    (row,) = judged(window("invoice", (10, 30, 60), (1, 2, 1), n_open=30))
    shown = {name for name, value in row.items() if value is not None}
    assert shown == {
        "scope", "period", "months", "outcome", "touchpoint", "position", "is_significant",
        "suppressed",
    }  # fmt: skip
    assert row["suppressed"]
    assert not row["is_significant"]


def test_a_few_open_customers_are_not_counted_out() -> None:
    (row,) = judged(window("invoice", (10, 30, 60), (30, 20, 10), n_open=3))
    assert (row["n_open"], row["suppressed"]) == (None, False)


def test_a_segments_row_does_not_follow_from_the_whole_and_the_other_segments() -> None:
    rows = judged(
        window("invoice", (10, 30, 60), (30, 20, 14)),
        window("invoice", (5, 15, 30), (1, 2, 1), scope="segment=enterprise"),
        window("invoice", (3, 10, 20), (14, 10, 6), scope="segment=consumer"),
        window("invoice", (2, 5, 10), (15, 8, 7), scope="segment=small"),
    )
    hidden = {row["scope"] for row in rows if row["suppressed"]}
    assert "segment=enterprise" in hidden
    assert len(hidden & {"segment=consumer", "segment=small", "all"}) == 1


def simulated(seed: int, effect: float) -> list[Row]:
    """200 months of twelve touchpoints and two outcomes; `effect` lowers it all after bad ones."""
    chance = np.random.default_rng(seed)
    rows = []
    for month in range(200):
        for i in range(12):
            n_good, n_bad = int(chance.integers(40, 600)), int(chance.integers(5, 150))
            shares = np.array([0.3, 0.3, 0.4]) if i % 2 else np.array([0.02, 0.08, 0.9])
            worse = shares + np.array([effect, 0, -effect])
            stays = 0.9 if i % 3 else 0.99
            more = {"period": f"{2000 + month // 12}-{month % 12 + 1:02d}"}
            good, bad = chance.multinomial(n_good, shares), chance.multinomial(n_bad, worse)
            rows.append(window(f"t{i:02d}", tuple(good.tolist()), tuple(bad.tolist()), **more))
            kept, left = chance.binomial(n_good, stays), chance.binomial(n_bad, stays - effect)
            rows.append(
                window(
                    f"t{i:02d}",
                    (n_good - int(kept), 0, int(kept)),
                    (n_bad - int(left), 0, int(left)),
                    outcome="retention",
                    **more,
                )
            )
    return rows


def test_without_an_effect_at_least_95_of_100_months_claim_nothing() -> None:
    claiming = {row["period"] for row in judged(*simulated(11, 0.0)) if row["is_significant"]}
    assert len(claiming) <= 10  # of 200


def test_a_planted_effect_is_found_in_its_direction() -> None:
    rows = [row for row in judged(*simulated(12, 0.25)) if row["n_bad"] and row["n_bad"] >= 60]
    found = [row for row in rows if row["is_significant"]]
    assert len(found) > 0.9 * len(rows)
    assert all(row["difference"] > 0 for row in found)


def test_the_order_of_the_windows_changes_nothing() -> None:
    rows = [window("b", (1, 2, 9), (5, 5, 5)), window("a", (9, 2, 9), (5, 9, 5))]
    one = moments(pa.Table.from_pylist(rows), {"a": 1, "b": 2}, 5)
    other = moments(pa.Table.from_pylist(rows[::-1]), {"a": 1, "b": 2}, 5)
    assert one.equals(other)
