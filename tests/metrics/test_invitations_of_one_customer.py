"""A customer who is asked several times in a month is not as many customers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from metrics_world import Warehouse, build, moment, record

from wellheard import statistics as st

pytestmark = pytest.mark.dbt

MONTHS = [f"{2018 + i // 12}-{i % 12 + 1:02d}" for i in range(100)]
CUSTOMERS = 60
LIKENESS = 0.8  # of what lies behind two answers, or silences, of one customer
TRUTH = 30.85  # percent: a normal value above 0.5
GUESTS = 200


@pytest.fixture(scope="module")
def asked() -> list[dict[str, Any]]:
    """A hundred months in which nothing changes, of customers who are asked one to six times."""
    chance = np.random.default_rng(29)
    made = []
    for month in MONTHS:
        who = np.repeat(np.arange(CUSTOMERS), chance.integers(1, 7, CUSTOMERS))
        leaning = np.sqrt(LIKENESS) * chance.normal(size=CUSTOMERS)[who]
        leaning += np.sqrt(1 - LIKENESS) * chance.normal(size=len(who))
        made += [
            {"month": month, "customer": f"c{customer}", "answered": bool(value > 0.5),
             "segment": "consumer" if customer % 3 else "enterprise"}
            for customer, value in zip(who, leaning, strict=True)
        ]  # fmt: skip
    # Nobody knows who these were.
    made += [
        {"month": "2026-08", "customer": None, "answered": i % 4 == 0, "segment": None}
        for i in range(GUESTS)
    ]
    # One customer alone was asked, and was silent each time.
    made += [
        {"month": "2026-07", "customer": "c1", "answered": False, "segment": "consumer"}
        for _ in range(20)
    ]
    return made


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, asked: list[dict[str, Any]]) -> Warehouse:
    sent = [
        record("polls", "invitations", f"i{i}", {
            "invitation_id": f"i{i}", "survey_id": "pulse", "channel": "email",
            "sent_at": f"{one['month']}-10T09:00:00Z",
            "outcome": "answered" if one["answered"] else None,
            **({"customer_key": one["customer"]} if one["customer"] else {}),
        })
        for i, one in enumerate(asked)
    ]  # fmt: skip
    customers = [
        record("polls", "customers", f"c{i}", {
            "customer_key": f"c{i}", "segment": "consumer" if i % 3 else "enterprise",
        })
        for i in range(CUSTOMERS)
    ]  # fmt: skip
    built = build(
        tmp_path_factory.mktemp("world"),
        {"file__invitations": sent, "file__customers": customers},
        sources=[("polls", "file", moment("2018-01-01 00:00"), moment("2026-09-01 00:00"))],
        arguments=("build", "--exclude-resource-type", "unit_test", "--select", "+rpt_sample",
                   "--indirect-selection", "cautious"),
    )  # fmt: skip
    assert not built.problems, "\n".join(built.problems)
    return built


def printed(world: Warehouse, period: str, scope: str = "all") -> tuple[Any, ...]:
    [row] = world.rows(
        "select invited, rr1, rr1_low, rr1_high from reporting.rpt_sample "
        f"where scope = '{scope}' and period = '{period}' and survey_id = 'pulse'"
    )
    return row


# As if each invitation were another customer's, it holds for 73 of a hundred.
def test_the_interval_of_a_response_rate_holds_as_often_as_it_says(world: Warehouse) -> None:
    [(held, months)] = world.rows(
        f"select count(*) filter (where {TRUTH} between rr1_low and rr1_high), count(rr1_low) "
        f"from reporting.rpt_sample where scope = 'all' and period <= '{MONTHS[-1]}'"
    )
    assert months == len(MONTHS)
    assert held / months >= 0.95 - 2 * np.sqrt(0.05 * 0.95 / months)


@pytest.mark.parametrize("segment", [None, "enterprise"])
def test_the_interval_is_that_of_the_invitations_a_customer_is_worth(
    world: Warehouse, asked: list[dict[str, Any]], segment: str | None
) -> None:
    of_month = [one for one in asked if one["month"] == "2020-03"]
    mean = np.mean([one["answered"] for one in of_month])
    by_customer: dict[str, list[float]] = {}
    for one in of_month:
        by_customer.setdefault(one["customer"], []).append(one["answered"] - mean)
    # Two of one customer by each other, against one by itself: as alike as in the whole survey.
    pairs = sum(len(some) * (len(some) - 1) for some in by_customer.values())
    products = sum(sum(some) ** 2 - sum(x * x for x in some) for some in by_customer.values())
    likeness = products / pairs / (mean * (1 - mean))
    counted = [one for one in of_month if segment in (None, one["segment"])]
    n, answered = len(counted), sum(one["answered"] for one in counted)
    sizes = np.unique([one["customer"] for one in counted], return_counts=True)[1]
    worth = n / (1 + likeness * (sizes * (sizes - 1)).sum() / n)
    assert worth < 0.7 * n

    found = printed(world, "2020-03", f"segment={segment}" if segment else "all")

    wanted = [100 * float(part) for part in st.share(answered / n * worth, worth)]
    assert found == (n, *(pytest.approx(part) for part in wanted))


def test_invitations_of_nobody_take_nothing_off(world: Warehouse) -> None:
    wanted = [100 * float(part) for part in st.share(GUESTS / 4, GUESTS)]
    assert printed(world, "2026-08") == (GUESTS, *(pytest.approx(part) for part in wanted))


def test_the_silence_of_one_customer_is_not_printed(world: Warehouse) -> None:
    assert printed(world, "2026-07") == (None, None, None, None)
