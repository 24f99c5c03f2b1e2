"""A customer who writes several comments is not as many customers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from metrics_world import Warehouse, answer, build, moment

from wellheard import statistics as st

pytestmark = pytest.mark.dbt

MONTHS = [f"{2020 + i // 12}-{i % 12 + 1:02d}" for i in range(74)]
CUSTOMERS = 60
LIKENESS = 0.8  # of what lies behind two comments of one customer in a month
SPAN = 3  # months a theme is counted over
THEMES = "theme,label,language,pattern,position\nwaiting,Waiting,en,queue*,1\n"
AT_A_TENTH = 0.1  # of the report's error, a theme named more or less often is tested


def alike(chance: np.random.Generator, who: np.ndarray) -> np.ndarray:
    """A number for each comment, as alike within a customer as LIKENESS says."""
    shared = chance.normal(size=CUSTOMERS)[who]
    return np.sqrt(LIKENESS) * shared + np.sqrt(1 - LIKENESS) * chance.normal(size=len(who))


@pytest.fixture(scope="module")
def comments() -> list[dict[str, Any]]:
    """Months in which nothing changes, of customers who write one to six comments in each."""
    chance = np.random.default_rng(23)
    made = []
    for month in MONTHS:
        who = np.repeat(np.arange(CUSTOMERS), chance.integers(1, 7, CUSTOMERS))
        of_queue, mood = alike(chance, who) > 0.4, alike(chance, who)
        weight = chance.integers(1, 4, len(who))
        made += [
            {"month": month, "customer": f"c{one}", "theme": bool(queue), "weight": int(each),
             "segment": "enterprise" if one % 3 else "consumer",
             "x": 1 if good > 0.3 else -1 if good < -0.7 else 0}
            for one, queue, good, each in zip(who, of_queue, mood, weight, strict=True)
        ]  # fmt: skip
    # Each another customer's; and a theme of which one customer alone writes.
    made += [
        {"month": "2026-06", "customer": f"once{i}", "theme": i % 4 == 0, "weight": 1,
         "segment": "consumer", "x": (-1, 1, 1)[i % 3]}
        for i in range(200)
    ]  # fmt: skip
    made += [
        {"month": "2026-09", "customer": f"z{i}" if i < 40 else "loud", "theme": i >= 40,
         "weight": 1, "segment": "consumer", "x": 1 if i < 20 else -1}
        for i in range(50)
    ]  # fmt: skip
    return made


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, comments: list[dict[str, Any]]) -> Warehouse:
    rows = [
        answer(i, "nps", {1: 10, 0: 8, -1: 2}[said["x"]], f"{said['month']}-10T12:00:00Z",
               comment="The queue." if said["theme"] else "The room.", language="en",
               customer_key=said["customer"], segment=said["segment"], weight=said["weight"])
        for i, said in enumerate(comments)
    ]  # fmt: skip
    built = build(
        tmp_path_factory.mktemp("world"),
        {"file__feedback": rows},
        seeds={"themes": THEMES},
        sources=[("polls", "file", moment("2020-01-01 00:00"), moment("2026-10-01 00:00"))],
        arguments=("build", "--exclude-resource-type", "unit_test", "--select", "+rpt_themes",
                   "--indirect-selection", "cautious"),
    )  # fmt: skip
    assert not built.problems, "\n".join(built.problems)
    return built


def theme(world: Warehouse, period: str, scope: str = "all") -> dict[str, Any]:
    columns = ("n", "share", "share_low", "share_high", "share_change_low", "share_change_high",
               "cost", "cost_low", "cost_high", "suppressed")  # fmt: skip
    [row] = world.rows(
        f"select {', '.join(columns)} from reporting.rpt_themes where theme = 'waiting' "
        f"and metric = 'nps' and period = '{period}' and scope = '{scope}'"
    )
    return dict(zip(columns, row, strict=True))


def of_span(
    comments: list[dict[str, Any]], period: str, scope: str, spans_before: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Weights, whether they name the theme, scores and customers of a span's comments."""
    last = MONTHS.index(period) - spans_before * SPAN
    months = MONTHS[last - SPAN + 1 : last + 1]
    found = [
        one for one in comments
        if one["month"] in months and scope in ("all", f"segment={one['segment']}")
    ]  # fmt: skip
    w, t, x = (np.array([float(one[k]) for one in found]) for k in ("weight", "theme", "x"))
    return w, t, x, [one["customer"] for one in found]


def over_customers(influence: np.ndarray, customers: list[str]) -> float:
    """The variance of a sum over comments, those of a customer taken together."""
    sums: dict[str, float] = {}
    for customer, each in zip(customers, influence, strict=True):
        sums[customer] = sums.get(customer, 0.0) + each
    return sum(one * one for one in sums.values())


def worth(w: np.ndarray, t: np.ndarray, customers: list[str]) -> tuple[float, float]:
    """The comments with the theme and all comments, as shares of what they are worth."""
    share = (w * t).sum() / w.sum()
    apart = w * (t - share)
    in_common = (over_customers(apart, customers) - (apart**2).sum()) / (share * (1 - share))
    n = w.sum() ** 2 / ((w * w).sum() + in_common)
    return share * n, n


# As if each comment were another customer's, it is 16 of 69.
def test_where_nothing_changes_no_more_shares_change_than_stated(world: Warehouse) -> None:
    [(found, months)] = world.rows(
        f"select count(*) filter (where share_p_adjusted < {0.05 / AT_A_TENTH}), "
        "count(share_p_adjusted) from reporting.rpt_themes where scope = 'all' "
        f"and metric = 'nps' and theme = 'waiting' and period between '{MONTHS[5]}' "
        f"and '{MONTHS[-1]}'"
    )
    assert months == len(MONTHS) - 5
    assert found / months <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / (months / SPAN))


# ... and 12 of 72.
def test_where_nothing_costs_no_more_costs_are_found_than_stated(world: Warehouse) -> None:
    [(found, months)] = world.rows(
        "select count(*) filter (where p_adjusted < 0.05), count(p_adjusted) "
        "from reporting.rpt_themes where scope = 'all' and metric = 'nps' "
        f"and theme = 'waiting' and period between '{MONTHS[2]}' and '{MONTHS[-1]}'"
    )
    assert months == len(MONTHS) - 2
    assert found / months <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / (months / SPAN))


@pytest.mark.parametrize("scope", ["all", "segment=enterprise"])
def test_a_shares_interval_is_that_of_what_the_comments_are_worth(
    world: Warehouse, comments: list[dict[str, Any]], scope: str
) -> None:
    printed = theme(world, "2024-06", scope)
    w, t, _, customers = of_span(comments, "2024-06", scope)
    now = worth(w, t, customers)
    assert now[1] < 0.8 * w.sum() ** 2 / (w * w).sum()
    expected = st.share(*now)
    assert printed["n"] == t.sum()
    for name, end in (("share", expected.value), ("share_low", expected.low),
                      ("share_high", expected.high)):  # fmt: skip
        assert printed[name] == pytest.approx(float(end) * 100, abs=1e-6)

    w, t, _, customers = of_span(comments, "2024-06", scope, spans_before=1)
    change = st.share_change(now, worth(w, t, customers))
    assert printed["share_change_low"] == pytest.approx(float(change.low) * 100, abs=1e-6)
    assert printed["share_change_high"] == pytest.approx(float(change.high) * 100, abs=1e-6)


@pytest.mark.parametrize("scope", ["all", "segment=consumer"])
def test_a_costs_interval_is_that_of_sums_over_customers(
    world: Warehouse, comments: list[dict[str, Any]], scope: str
) -> None:
    printed = theme(world, "2024-06", scope)
    w, t, x, customers = of_span(comments, "2024-06", scope)
    share = (w * t).sum() / w.sum()
    mean, others = (w * x).sum() / w.sum(), (w * (1 - t) * x).sum() / (w * (1 - t)).sum()
    assert printed["cost"] == pytest.approx((others - mean) * 100, abs=1e-6)
    influence = w * ((1 - t) * (x - others) / (1 - share) - (x - mean)) / w.sum()
    # Many comments, so what is added to the counts hardly matters.
    error = np.sqrt(over_customers(influence, customers)) * 100
    assert (printed["cost_high"] - printed["cost_low"]) / 2 == pytest.approx(st.Z * error, rel=0.03)
    assert error > 1.1 * np.sqrt((influence**2).sum()) * 100


def test_comments_of_as_many_customers_count_each(world: Warehouse) -> None:
    printed = theme(world, "2026-06")
    expected = st.share(50, 200)
    assert printed["share_low"] == pytest.approx(float(expected.low) * 100)
    assert printed["share_high"] == pytest.approx(float(expected.high) * 100)


def test_what_one_customer_alone_writes_of_is_hidden(world: Warehouse) -> None:
    printed = theme(world, "2026-09")
    assert printed["suppressed"]
    assert printed["n"] is printed["share"] is printed["cost"] is None
