"""A small company through the whole dbt project: drivers and money as the report reads them."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from metrics_world import SEEDS, Warehouse, answer, build, record

pytestmark = pytest.mark.dbt

DRIVERS = ("service", "price")
QUESTIONS = SEEDS["survey_questions"].rstrip() + "".join(
    f"\npolls,*,{driver},rating,{driver}?,1,5,4,,,{driver},false," for driver in (*DRIVERS, "brand")
)


def customer(
    key: str, *, source: str = "book", joined: str | None = "2024-03-01", **more: Any
) -> dict[str, Any]:
    payload = {"customer_key": key, "joined_on": joined, "language": "en", **more}
    return record(source, "customers", key, payload)


def customers() -> list[dict[str, Any]]:
    rows = []
    for number in range(100):
        paying = {"account_value": 10, "segment": "consumer"}
        left = {"churned_on": "2026-04-15"} if number < 30 else {}
        rows.append(customer(f"unhappy{number}", **paying, **left))
        left = {"churned_on": "2026-05-01"} if number < 2 else {}
        rows.append(customer(f"happy{number}", **(paying | {"account_value": 20}), **left))
    rows.append(customer("gone", account_value=10, churned_on="2026-01-20"))
    # The same customer in another source, at another price: the first source by name counts.
    rows.append(customer("happy50", source="crm", account_value=999, segment="consumer"))
    # Known to a register, but no customer: no first day, or a last before it.
    rows.append(customer("walk-in", joined=None, account_value=5000))
    rows.append(customer("muddle", joined="2026-06-01", churned_on="2025-06-01"))
    rows.append(customer("in debt", account_value=-70))
    return rows


def contact(number: int, organization: int) -> dict[str, Any]:
    payload = {
        "id": number, "role": "end-user", "organization_id": organization, "locale": "en",
        "tags": [], "user_fields": {"joined_on": "2024-03-01"},
    }  # fmt: skip
    return record("desk", "users", str(number), payload)


def organization(number: int, pays: float) -> dict[str, Any]:
    payload = {"id": number, "organization_fields": {"monthly_revenue": pays}}
    return record("desk", "organizations", str(number), payload)


# Two contacts of one organisation, and six who are the only contacts of theirs.
CONTACTS = [contact(1, 7), contact(2, 7), *(contact(n, n + 5) for n in range(3, 9))]
ORGANIZATIONS = [organization(7, 500), *(organization(n + 5, 40) for n in range(3, 9))]


def feedback() -> list[dict[str, Any]]:
    rows = []
    for number in range(100):
        for kind, score in (("unhappy", 2), ("happy", 10)):
            key = {"customer_key": f"{kind}{number}"}
            rows.append(answer(f"{kind}{number}", "nps", score, "2026-02-10T12:00:00Z", **key))
    rows.append(answer("walk", "nps", 0, "2026-02-10T12:00:00Z", customer_key="walk-in"))
    # Ratings that move the score (service twice as much as price), in October.
    for number, (service, price, noise) in enumerate(product(range(1, 6), range(1, 6), range(8))):
        score = min(10, max(0, round(service * 1.3 + price * 0.65 + noise * 0.4 - 2)))
        at = "2026-10-10T12:00:00Z"
        rows += [
            answer(f"o{number}", "nps", score, at, customer_key=f"o{number}"),
            answer(f"o{number}", "service", service, at),
            answer(f"o{number}", "price", price, at),
        ]
    return rows


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    built = build(
        tmp_path_factory.mktemp("money"),
        {
            "file__feedback": feedback(),
            "file__customers": customers(),
            "zendesk__users": CONTACTS,
            "zendesk__organizations": ORGANIZATIONS,
        },
        seeds={"survey_questions": QUESTIONS},
    )
    assert not built.problems, "\n".join(built.problems)
    return built


def money(world: Warehouse, measure: str, member: str = "all", period: str = "2026-10") -> Any:
    (row,) = world.rows(
        "select n, value, low, high, is_significant, note from reporting.rpt_money "
        f"where scope = 'all' and period = '{period}' and measure = '{measure}' "
        f"and member = '{member}'"
    )
    return row


def test_customers_of_several_sources_are_one_and_walk_ins_none(world: Warehouse) -> None:
    n, value, *_ = money(world, "revenue")
    # What an organisation pays counts once, or for none of its contacts; not for each of them.
    assert (n, value) == (70 + 98 + 6, 70 * 10 + 98 * 20 + 6 * 40)
    n, value, *_ = money(world, "logo_churn", period="2026-04")
    # The one in debt is a customer whose revenue nobody knows, and so are two contacts.
    assert (n, value) == (209, pytest.approx(3000 / 209))


def test_the_planted_link_puts_revenue_at_risk_as_a_range(world: Warehouse) -> None:
    n, value, low, high, is_significant, note = money(world, "churn_link")
    assert (n, value, is_significant, note) == (200, pytest.approx(28), True, None)
    at_risk = money(world, "revenue_at_risk")
    assert at_risk[:4] == pytest.approx((70, 7 * value, 7 * low, 7 * high))
    assert 0 < low < 28 < high


def test_revenue_is_counted_by_band(world: Warehouse) -> None:
    rows = world.rows(
        "select member, n, value from reporting.rpt_money where scope = 'all' "
        "and period = '2026-10' and measure = 'revenue_by_band' order by member"
    )
    assert rows == [
        ("detractor", 70, 700.0),
        ("no_answer", 6, 240.0),
        ("passive", 0, 0.0),
        ("promoter", 98, 1960.0),
    ]


def test_the_curve_is_that_of_the_register(world: Warehouse) -> None:
    rows = world.rows(
        "select month, at_risk, survival, low, high from reporting.rpt_survival "
        "where scope = 'all' and period = '2026-10' and curve = 'detractor' order by month"
    )
    last = rows[-1]
    assert (last[1], last[2]) == (70, pytest.approx(70))
    assert last[3] < 70 < last[4]


def test_drivers_are_taken_up_from_the_seed_and_ranked(world: Warehouse) -> None:
    rows = world.rows(
        "select driver, label, position, n, is_significant, note, suppressed, performance "
        "from reporting.rpt_drivers where scope = 'all' and period = '2026-10' order by position"
    )
    assert [row[:7] for row in rows[:2]] == [
        ("service", "Service", 1, 200, True, None, False),
        ("price", "Price", 2, 200, True, None, False),
    ]
    assert rows[0][7] == pytest.approx(40)
    # Questions that nobody was asked: that of this company's seed, and another survey's.
    assert {row[0]: row[3:6] for row in rows[2:]} == {
        "brand": (0, False, "not_asked"),
        "usability": (0, False, "not_asked"),
    }


def test_shares_of_the_table_add_up_to_its_r_squared(world: Warehouse) -> None:
    ((total, r2),) = world.rows(
        "select sum(share), max(r2) from reporting.rpt_drivers "
        "where scope = 'all' and period = '2026-10'"
    )
    assert total == pytest.approx(r2)
    assert 60 < r2 < 100


def test_no_name_of_a_customer_leaves_the_marts(world: Warehouse) -> None:
    for table in ("rpt_drivers", "rpt_money", "rpt_survival"):
        text = str(world.rows(f"from reporting.{table}"))
        assert "happy" not in text
        assert "walk-in" not in text
