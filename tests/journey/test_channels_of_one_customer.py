"""A customer who answers through a channel month after month is not as many customers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pytest
from metrics_world import Warehouse, answer, build, moment

from wellheard import equivalence

pytestmark = pytest.mark.dbt

MONTHS = [f"{2024 + i // 12}-{i % 12 + 1:02d}" for i in range(24)]
LAST = MONTHS[-1]
WINDOW = MONTHS[-12:]
CUSTOMERS = 30  # of each channel
FEW = "2025-03"  # three answered by phone: neither channel's cell is printed
MARGIN = 10
GUESTS, GUESTS_CAME = 120, ("2025-06", "2025-07")


@dataclass(frozen=True)
class Said:
    month: str
    customer: str
    channel: str
    segment: str
    satisfied: bool
    weight: int


@pytest.fixture(scope="module")
def said() -> list[Said]:
    """Two channels that serve alike; who is content once is so nearly always."""
    chance = np.random.default_rng(12)
    made = []
    for channel in ("web", "phone"):
        leaning = chance.normal(size=CUSTOMERS)
        for month in MONTHS:
            own = chance.normal(size=CUSTOMERS)
            is_there = chance.random(CUSTOMERS) < 0.8
            for i in np.flatnonzero(is_there)[: 3 if (month, channel) == (FEW, "phone") else None]:
                made.append(Said(
                    month, f"{channel}{i}", channel, "consumer" if i % 2 else "enterprise",
                    bool(0.9 * leaning[i] + 0.3 * own[i] > -0.5), 2 if i % 5 == 0 else 1,
                ))  # fmt: skip
    return made


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, said: list[Said]) -> Warehouse:
    answers = [
        answer(i, "csat", 5 if one.satisfied else 1, f"{one.month}-10T12:00:00Z",
               customer_key=one.customer, channel=one.channel, segment=one.segment,
               touchpoint="checkout", weight=one.weight)
        for i, one in enumerate(said)
    ]  # fmt: skip
    # Nobody knows whose these are, in a month of their own.
    answers += [
        answer(f"n{i}", "csat", 5 if i % 2 else 1, "2026-01-10T12:00:00Z", channel="app",
               touchpoint="checkout")
        for i in range(40)
    ]  # fmt: skip
    # One key for all who do not say who they are.
    answers += [
        answer(f"g{month}-{i}", "csat", 5 if i % 2 else 1, f"{month}-10T12:00:00Z",
               channel="chat", touchpoint="checkout", customer_key="guest")
        for month in GUESTS_CAME for i in range(GUESTS)
    ]  # fmt: skip
    built = build(
        tmp_path_factory.mktemp("world"),
        {"file__feedback": answers},
        sources=[("polls", "file", moment("2024-01-01 00:00"), moment("2026-02-01 00:00"))],
        arguments=("build", "--exclude-resource-type", "unit_test", "--select",
                   "+rpt_consistency", "--indirect-selection", "cautious"),
    )  # fmt: skip
    assert not built.problems, "\n".join(built.problems)
    return built


def worth(answers: list[Said]) -> tuple[float, float]:
    """Successes and n that this many independent answers would have."""
    w = np.array([one.weight for one in answers], dtype=float)
    x = np.array([one.satisfied for one in answers], dtype=float)
    mean = (w * x).sum() / w.sum()
    by_customer: dict[str, list[int]] = {}
    for i, one in enumerate(answers):
        by_customer.setdefault(one.customer, []).append(i)
    pairs = [pair for some in by_customer.values() for pair in combinations(some, 2)]
    weights = sum(w[i] * w[j] for i, j in pairs)
    common = sum(w[i] * w[j] * (x[i] - mean) * (x[j] - mean) for i, j in pairs)
    likeness = common / weights / (mean * (1 - mean))
    n = w.sum() ** 2 / ((w**2).sum() + 2 * likeness * weights)
    return mean * n, n


@pytest.mark.parametrize("segment", [None, "consumer"])
def test_the_interval_is_that_of_the_answers_a_customer_is_worth(
    world: Warehouse, said: list[Said], segment: str | None
) -> None:
    counted = {
        channel: [
            one for one in said
            if one.channel == channel and one.month in WINDOW and segment in (None, one.segment)
            and one.month != FEW
        ]
        for channel in ("web", "phone")
    }  # fmt: skip
    sides = [worth(counted[channel]) for channel in ("web", "phone")]
    assert all(n < 0.3 * len(counted[c]) for (_, n), c in zip(sides, counted, strict=True))
    wanted = equivalence.shares(*sides, MARGIN / 100)

    scope = f"segment={segment}" if segment else "all"
    [row] = world.rows(
        "select n_a, n_b, difference, low90, high90, p_equivalent, verdict "
        f"from reporting.rpt_consistency where scope = '{scope}' and period = '{LAST}' "
        "and metric = 'csat' and channel_a = 'web' and channel_b = 'phone'"
    )

    assert row[:2] == (len(counted["web"]), len(counted["phone"]))
    assert row[2:5] == tuple(
        pytest.approx(100 * float(part))
        for part in (wanted.difference, wanted.low90, wanted.high90)
    )
    assert row[5:] == (pytest.approx(float(wanted.p_equivalent)), "undecided")


def test_as_if_each_answer_were_another_customers_a_difference_would_be_claimed(
    said: list[Said],
) -> None:
    recent = [one for one in said if one.month in WINDOW]
    sides = []
    for channel in ("web", "phone"):
        satisfied = [one.satisfied for one in recent if one.channel == channel]
        sides.append((sum(satisfied), len(satisfied)))
    assert equivalence.shares(*sides, MARGIN / 100).p_different < 0.05


def test_answers_of_nobody_take_nothing_off(world: Warehouse) -> None:
    [(worth,)] = world.rows(
        "select sum_w * sum_w / sum_ww from marts.int_channel_windows "
        "where scope = 'all' and period = '2026-01' and channel = 'app'"
    )
    assert worth == pytest.approx(40)


def test_a_key_that_many_share_takes_nothing_off(world: Warehouse) -> None:
    [pairs] = world.rows(
        "select period, earlier_period, pair_w, pair_top, pair_tops "
        "from marts.int_channel_repeats where channel = 'chat'"
    )
    half, every = GUESTS**2 / 2, GUESTS**2
    assert pairs == ("2025-07", "2025-06", every, 2 * half, half / 2)
    [(worth,)] = world.rows(
        "select sum_w * sum_w / sum_ww from marts.int_channel_windows "
        "where scope = 'all' and period = '2025-07' and channel = 'chat'"
    )
    assert worth == pytest.approx(2 * GUESTS)
