"""Who a month's answers should speak for: the customers of its last day."""

from __future__ import annotations

from pathlib import Path

import pytest
from metrics_world import answer, build, record

pytestmark = pytest.mark.dbt


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/Sao_Paulo"])
def test_the_customers_of_a_month_are_those_of_its_last_day_everywhere(
    tmp_path: Path, zone: str
) -> None:
    known = {
        "new": {"joined_on": "2026-06-30"},
        "newer": {"joined_on": "2026-06-30"},
        "lost": {"joined_on": "2025-01-01", "churned_on": "2026-06-30"},
        "stays": {"joined_on": "2025-01-01", "churned_on": "2026-07-01"},
        "next": {"joined_on": "2026-07-01"},
    }
    people = [
        record("crm", "customers", key, {"customer_key": key, "segment": "consumer", **dates})
        for key, dates in known.items()
    ]
    built = build(
        tmp_path,
        {"file__customers": people,
         "file__feedback": [answer(1, "nps", 9, "2026-06-10T12:00:00Z")]},
        zone=zone,
        arguments=("build", "--exclude-resource-type", "unit_test", "--select",
                   "+int_customer_base", "--indirect-selection", "cautious"),
    )  # fmt: skip
    assert not built.problems, built.problems
    assert built.rows("select * from marts.int_customer_base") == [("2026-06", "consumer", 3)]
