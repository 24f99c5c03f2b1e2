"""Whether channels are alike: claimed by tests only, and never because nothing was found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from wellheard import equivalence, statistics

UNITS = {"csat": "percent", "ces": "score", "nps": "points", "wait": "minutes"}
MARGINS = {"csat": 10.0}
Row = dict[str, Any]


def side(satisfied: float, n: int, months_hidden: int = 0) -> dict[str, float]:
    return {"n": n, "sum_x": 0.0, "sum_xx": 0.0, "sum_w": float(n), "sum_ww": float(n),
            "successes": float(satisfied), "months_hidden": months_hidden}  # fmt: skip


def pair(a: dict[str, float], b: dict[str, float], **more: Any) -> Row:
    return {
        "scope": "all", "period": "2026-10", "months": 12, "metric": "csat",
        "journey_stage": "buy", "channel_a": "web", "channel_b": "app",
        **{f"{k}_a": v for k, v in a.items()}, **{f"{k}_b": v for k, v in b.items()}, **more,
    }  # fmt: skip


def compared(*pairs: Row, margins: dict[str, float] | None = None, minimum_n: int = 5) -> list[Row]:
    table = pa.Table.from_pylist(list(pairs))
    return equivalence.consistency(table, UNITS, margins or MARGINS, minimum_n).to_pylist()


def test_two_means_are_tested_as_welch_does() -> None:
    # Against SciPy's one-sided t tests, shifted by the margin.
    found = equivalence.means((5.2, 1.9, 120), (5.0, 2.4, 80), 0.5)
    shifted = stats.ttest_ind_from_stats(
        5.2 - 0.5, 1.9**0.5, 120, 5.0, 2.4**0.5, 80, equal_var=False, alternative="less"
    )
    raised = stats.ttest_ind_from_stats(
        5.2 + 0.5, 1.9**0.5, 120, 5.0, 2.4**0.5, 80, equal_var=False, alternative="greater"
    )
    plain = stats.ttest_ind_from_stats(5.2, 1.9**0.5, 120, 5.0, 2.4**0.5, 80, equal_var=False)
    assert found.p_equivalent == pytest.approx(max(shifted.pvalue, raised.pvalue))
    assert found.p_different == pytest.approx(plain.pvalue)
    a, b = 1.9 / 120, 2.4 / 80
    reach = stats.t.ppf(0.95, (a + b) ** 2 / (a**2 / 119 + b**2 / 79)) * (a + b) ** 0.5
    assert (found.low90, found.high90) == pytest.approx((0.2 - reach, 0.2 + reach))


def test_two_shares_have_newcombes_interval() -> None:
    # 56/70 and 48/80 with Wilson's 90 % limits as SciPy has them.
    a, b = (
        stats.binomtest(s, n).proportion_ci(0.9, method="wilson") for s, n in ((56, 70), (48, 80))
    )
    found = equivalence.shares((56, 70), (48, 80), 0.10)
    assert float(found.low90) == pytest.approx(0.2 - np.hypot(0.8 - a.low, b.high - 0.6))
    assert float(found.high90) == pytest.approx(0.2 + np.hypot(a.high - 0.8, 0.6 - b.low))
    assert float(found.p_equivalent) > 0.9
    # The larger one of Fisher's exact p and the interval's.
    assert float(found.p_different) == pytest.approx(
        stats.fisher_exact([[56, 14], [48, 32]]).pvalue
    )


def test_two_nps_use_the_adjusted_counts() -> None:
    found = equivalence.scores((120, 180, 300), (118, 182, 300), 0.10)
    change = statistics.nps_change((120, 180, 300), (118, 182, 300))
    assert found.p_different == change.p
    assert found.low90 > change.low
    assert found.p_equivalent < 0.05


counts = some.tuples(some.integers(5, 3000), some.floats(0, 1)).map(
    lambda drawn: (round(drawn[0] * drawn[1]), drawn[0])
)


@given(a=counts, b=counts, margin=some.floats(0.01, 0.5))
def test_likeness_is_claimed_exactly_where_the_interval_lies_within_the_margin(
    a: tuple[int, int], b: tuple[int, int], margin: float
) -> None:
    found = equivalence.shares(a, b, margin)
    inside = found.low90 > -margin and found.high90 < margin
    near = min(abs(found.low90 + margin), abs(found.high90 - margin)) < 1e-9
    assert near or inside == (found.p_equivalent < 0.05)
    assert found.low90 <= found.difference + 1e-12
    assert found.difference <= found.high90 + 1e-12
    other = equivalence.shares(b, a, margin)
    assert float(other.p_equivalent) == pytest.approx(float(found.p_equivalent), abs=1e-9)
    assert float(other.p_different) == pytest.approx(float(found.p_different), abs=1e-9)


def test_verdicts_by_hand() -> None:
    rows = compared(
        pair(side(800, 1000), side(805, 1000), journey_stage="alike"),
        pair(side(800, 1000), side(500, 1000), journey_stage="unlike"),
        pair(side(8, 10), side(8, 10), journey_stage="small"),
        pair(side(0, 0), side(8, 10), journey_stage="empty"),
        pair(side(8, 10), side(0, 0), journey_stage="alone", channel_b=None),
        pair(side(0, 0, 3), side(80, 100), journey_stage="hidden"),
    )
    found = {row["journey_stage"]: row for row in rows}
    assert {stage: row["verdict"] for stage, row in found.items()} == {
        "alike": "consistent", "unlike": "different", "small": "undecided", "empty": "no_data",
        "alone": "no_data", "hidden": "undecided",
    }  # fmt: skip
    assert found["unlike"]["difference"] == pytest.approx(30.0)
    assert found["small"]["difference"] == 0.0  # the same share, and yet no claim of likeness
    assert (found["empty"]["n_a"], found["empty"]["difference"]) == (0, None)
    assert (found["hidden"]["suppressed"], found["hidden"]["n_b"]) == (True, None)
    # Three pairs were tested: Holm counts those, not the ones without data.
    alike = found["alike"]
    assert alike["p_equivalent_adjusted"] == pytest.approx(3 * alike["p_equivalent"])
    assert found["unlike"]["p_different_adjusted"] < 1e-20


def test_a_certain_but_small_difference_is_still_alike() -> None:
    (row,) = compared(pair(side(80_000, 100_000), side(79_000, 100_000)))
    assert row["p_different_adjusted"] < 0.001
    assert row["verdict"] == "consistent"


def test_weights_replace_n_by_the_effective_n() -> None:
    weighted = {**side(1600, 1000), "sum_w": 2000.0, "sum_ww": 8000.0}  # n_eff 500
    (row,) = compared(pair(weighted, side(400, 500)))
    (plain,) = compared(pair(side(400, 500), side(400, 500)))
    assert row["low90"] == pytest.approx(plain["low90"])
    assert row["n_a"] == 1000


def test_channels_at_the_margin_are_rarely_called_alike() -> None:
    """Where the truth is a difference as large as the margin, every `consistent` is an error."""
    chance = np.random.default_rng(7)
    months = [f"{2000 + i // 12}-{i % 12 + 1:02d}" for i in range(200)]
    rows = [
        pair(
            side(chance.binomial(n, 0.80), n),
            side(chance.binomial(m, 0.70), m),
            period=month,
            journey_stage=f"s{stage}",
        )
        for month in months
        for stage, (n, m) in enumerate([(400, 90), (700, 700), (2500, 300), (60, 1500)] * 4)
    ]
    claims = {row["period"] for row in compared(*rows) if row["verdict"] == "consistent"}
    assert len(claims) <= 10  # of 200 families


def test_equal_channels_are_rarely_called_different() -> None:
    chance = np.random.default_rng(8)
    months = [f"{2000 + i // 12}-{i % 12 + 1:02d}" for i in range(200)]
    sizes = [(400, 90, 0.8), (12, 700, 0.95), (2500, 300, 0.6), (8, 40, 0.9)] * 5
    rows = [
        pair(
            side(chance.binomial(n, p), n),
            side(chance.binomial(m, p), m),
            period=month,
            journey_stage=f"s{stage}",
        )
        for month in months
        for stage, (n, m, p) in enumerate(sizes)
    ]
    claims = {row["period"] for row in compared(*rows) if row["verdict"] == "different"}
    assert len(claims) <= 10  # of 200 families of 20 pairs


def test_equal_efforts_are_rarely_called_different_however_few_answered() -> None:
    """Five answers are often all the same: that is no certainty."""
    chance = np.random.default_rng(10)
    months = [f"{2000 + i // 12}-{i % 12 + 1:02d}" for i in range(200)]
    likely = [0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.3]

    def efforts(n: int) -> dict[str, float]:
        scores = chance.choice(np.arange(1, 8), n, p=likely)
        sums = {"sum_x": float(scores.sum()), "sum_xx": float((scores**2).sum())}
        return {**side(0, n), **sums}

    rows = [
        pair(efforts(n), efforts(m), period=month, journey_stage=f"s{stage}", metric="ces")
        for month in months
        for stage, (n, m) in enumerate([(5, 700), (8, 40), (400, 90), (6, 6)] * 5)
    ]
    found = compared(*rows, margins={"ces": 0.5})
    assert len({row["period"] for row in found if row["verdict"] == "different"}) <= 10


def test_a_channel_that_is_worse_is_found() -> None:
    chance = np.random.default_rng(9)
    rows = [
        pair(
            side(chance.binomial(600, 0.80), 600),
            side(chance.binomial(300, 0.64), 300),
            period=f"2026-{month:02d}",
        )
        for month in range(1, 13)
    ]
    assert [row["verdict"] for row in compared(*rows)] == ["different"] * 12


def test_a_metric_without_a_margin_is_not_compared() -> None:
    assert compared(pair(side(8, 10), side(8, 10), metric="ces")) == []


@pytest.mark.parametrize(
    ("margins", "said"),
    [
        ({"csat": 0.0}, "the equivalence margin of csat is 0.0: it must be above 0"),
        ({"wait": 5.0}, "wait has no equivalence test, as its unit is minutes"),
    ],
)
def test_a_margin_that_cannot_be_is_refused(margins: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        compared(pair(side(8, 10), side(8, 10)), margins=margins)
