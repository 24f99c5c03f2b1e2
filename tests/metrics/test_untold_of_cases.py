"""Cases of sources that do not tell of every reply or of every solution."""

from __future__ import annotations

from typing import Any

import pytest
from metrics_world import Warehouse, build, moment, record, seed

pytestmark = pytest.mark.dbt

METRICS = """
    first_reply_in_target,In target,percent,higher,Share,,7
    one_touch_rate,One touch,percent,higher,Share,,8
    reopen_rate,Reopened,percent,lower,Share,,9
    first_contact_resolution,First contact,percent,higher,Share,,10
    first_resolution_minutes,First resolution,minutes,lower,Median,,11
    full_resolution_minutes,Full resolution,minutes,lower,Median,,12
"""
POLICIES = """
    source,priority,schedule,first_reply_target_minutes
    all,*,office,60
    latest,*,office,60
    mute,*,office,60
"""
# What the cases of a source say of themselves; nothing where all is told.
TOLD: dict[str, dict[str, bool]] = {
    "all": {},
    "latest": {"tells_all_replies": False, "tells_reopenings": False},
    "mute": {"tells_first_reply": False},
}
CASES = 6


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Six cases a source, opened on a Monday at nine, replied to at half past, solved at ten."""
    cases, events = [], []
    for source, told in TOLD.items():
        for number in range(CASES):
            name, customer = f"{source}-{number}", f"{source}-C{number}"
            opened = {"case_id": name, "created_at": "2026-05-11T08:00:00Z", **told}
            cases.append(record(source, "cases", name, {**opened, "customer_key": customer}))
            story: list[dict[str, Any]] = [
                {"event": "status", "value": "solved", "occurred_at": "2026-05-11T09:00:00Z"}
            ]
            if source != "mute":
                story.append({"event": "comment", "actor_role": "agent", "is_public": True,
                              "occurred_at": "2026-05-11T08:30:00Z"})  # fmt: skip
            events += [
                record(source, "events", f"{name}-{i}", {"case_id": name, **event})
                for i, event in enumerate(story)
            ]
    known = (moment("2026-05-01 00:00"), moment("2026-11-01 00:00"))
    built = build(
        tmp_path_factory.mktemp("untold"),
        {"file__cases": cases, "file__case_events": events},
        seeds={"metrics": seed("metrics", add=METRICS.strip()), "case_policies": POLICIES},
        minimum_n=1,
        sources=[(source, "file", *known) for source in TOLD],
    )
    assert not built.problems, "\n".join(built.problems)
    return built


def test_a_source_is_in_the_figures_that_it_tells_enough_for(world: Warehouse) -> None:
    counted = dict(
        world.rows(
            "select metric, n from reporting.rpt_metrics where scope = 'all' and dimension = 'all' "
            "and period = '2026-05' and unit != 'points'"
        )
    )
    assert counted == {
        "case_volume": 3 * CASES,
        "first_reply_in_target": 2 * CASES,
        "one_touch_rate": CASES,
        "reopen_rate": 2 * CASES,
        "first_contact_resolution": 2 * CASES,
        "first_resolution_minutes": 2 * CASES,
        "full_resolution_minutes": 3 * CASES,
    }


def test_what_is_not_told_is_null_for_each_case(world: Warehouse) -> None:
    found = world.rows(
        "select source, any_value(count_public_agent_comments), "
        "bool_or(is_one_touch_resolution), any_value(count_reopens), "
        "bool_or(is_first_reply_breach), any_value(first_resolution_business_minutes), "
        "any_value(full_resolution_business_minutes) "
        "from marts.fct_cases group by source order by source"
    )
    assert found == [
        ("all", 1, True, 0, False, 60.0, 60.0),
        ("latest", None, None, None, False, None, 60.0),
        ("mute", None, None, 0, None, 60.0, 60.0),
    ]


def test_a_source_that_says_it_tells_no_replies_is_not_warned_of(world: Warehouse) -> None:
    assert world.rows("select source, cases, replied from gate.gate_replies") == [
        ("all", CASES, CASES)
    ]
