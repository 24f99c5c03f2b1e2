"""What a case's status means where a company has words of its own for it."""

from __future__ import annotations

from typing import Any

import pytest
from metrics_world import Warehouse, build, moment, record, seed

pytestmark = pytest.mark.dbt

METRICS = """
    case_backlog,Open,cases,lower,Neither solved nor closed,,6
"""
STATUSES = """
    source,status,means
    *,Resolved,solved
    *,done,pending
    shop,Done,solved
    shop,6,hold
    kiosk,closed,solved
"""
# By case: its source, and the statuses it went through, a day apart.
CASES: dict[str, tuple[str, tuple[str | None, ...]]] = {
    "own_word": ("shop", ("open", "RESOLVED")),
    "capitals": ("shop", ("Open", " Closed ")),
    "of_the_source": ("shop", ("done",)),
    "of_any_source": ("kiosk", ("Done",)),
    "a_number": ("shop", ("6",)),
    "means_another": ("kiosk", ("closed",)),
    "nobody_knows": ("shop", ("new", "Parked", "Parked", "waiting for parts, " + 30 * "x")),
    "left_again": ("shop", ("Parked", "resolved")),
    "without_a_word": ("kiosk", (None,)),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    events: list[dict[str, Any]] = []
    for case, (source, statuses) in CASES.items():
        for day, status in enumerate(statuses, 5):
            told = {"case_id": case, "occurred_at": f"2026-05-{day:02}T10:00:00Z",
                    "event": "status", "value": status}  # fmt: skip
            events.append(record(source, "events", f"{case}-{day}", told))
    rated = {"case_id": "own_word", "event": "satisfaction", "value": "good"}
    events.append(record("shop", "events", "r", {**rated, "occurred_at": "2026-05-20T10:00:00Z"}))
    cases = [
        record(source, "cases", case, {"case_id": case, "created_at": "2026-05-04T09:00:00Z"})
        for case, (source, _) in CASES.items()
    ]
    known = (moment("2026-05-01 00:00"), moment("2026-11-01 00:00"))
    built = build(
        tmp_path_factory.mktemp("statuses"),
        {"file__cases": cases, "file__case_events": events},
        seeds={"metrics": seed("metrics", add=METRICS.strip()), "case_statuses": STATUSES},
        minimum_n=1,
        sources=[("shop", "file", *known), ("kiosk", "file", *known)],
    )
    assert not built.problems, "\n".join(built.problems)
    return built


def test_a_word_means_what_the_file_says_for_the_source_or_for_all(world: Warehouse) -> None:
    found = dict(world.rows("select case_id, status from marts.fct_cases"))
    assert {case: found[case] for case in CASES if case != "nobody_knows"} == {
        "own_word": "solved",
        "capitals": "closed",
        "of_the_source": "solved",
        "of_any_source": "pending",
        "a_number": "hold",
        "means_another": "solved",
        "left_again": "solved",
        "without_a_word": None,
    }
    assert world.one("select count(*) from contracts.case_events where value = 'good'") == 1


def test_a_case_in_a_status_nobody_explained_is_open_and_that_is_told(world: Warehouse) -> None:
    open_cases = world.figure(metric="case_backlog", period="2026-05")["value"]
    assert open_cases == 4  # of any source, a number, nobody knows, without a word
    put_aside = world.rows(
        "select record_id, value from contracts.quarantine where reason = 'unknown_status' "
        "order by all"
    )
    assert put_aside == [
        ("left_again-5", "parked"),
        ("nobody_knows-6", "parked"),
        ("nobody_knows-7", "parked"),
        ("nobody_knows-8", "waiting for parts, " + 21 * "x"),
        ("without_a_word-5", ""),
    ]
    assert world.rows("select * from gate.gate_statuses") == [
        ("kiosk", 1, 1, ""),
        ("shop", 2, 2, "parked, waiting for parts, " + 21 * "x"),
    ]
