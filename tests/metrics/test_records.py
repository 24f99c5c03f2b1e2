"""What becomes of records that come twice, are withdrawn, or are older than the history."""

from __future__ import annotations

from typing import Any

import pytest
from metrics_world import Warehouse, answer, answers, build, moment, record, seed
from small_company import USERS, audit, change, response, said, ticket

pytestmark = pytest.mark.dbt

MAY, JUNE = "2026-05-05T12:00:00Z", moment("2026-06-01 00:00")


def event(row: int, at: str, what: str, value: str | None, **more: Any) -> dict[str, Any]:
    """A line of the file of case events; lines of another file may have the same number."""
    landed = {k: more.pop(k) for k in ("changed_at",) if k in more}
    payload = {"case_id": "9", "occurred_at": at, "event": what, "value": value, "_line": row}
    record_id = f"{row}-{what}-{value}"
    return record("shop", "events", record_id, {**payload, **more}, **landed)


FEEDBACK = [
    # The newest copy has no score any more.
    answer("gone", "csat", 5, MAY),
    record(
        "polls",
        "answers",
        "gone-again",
        {
            "response_id": "rgone",
            "survey_id": "monthly",
            "question_id": "csat",
            "responded_at": MAY,
            "comment": "I take that back",
        },
        changed_at=moment("2026-11-03 00:00"),
    ),
    # The same answer in two drops under two ids, its words corrected.
    *(
        record(
            "polls",
            "answers",
            f"twice-{day}",
            {
                "response_id": "rtwice",
                "survey_id": "monthly",
                "question_id": "csat",
                "score": 4,
                "responded_at": MAY,
                "comment": text,
            },
            changed_at=moment(f"2026-06-0{day} 00:00"),
        )
        for day, text in ((1, "godo"), (2, "good"))
    ),
    # Weights as a survey institute writes them, and two that are none.
    *answers("ces", [7] * 3, MAY, weight=0.2847177143),
    *answers("ces", [1] * 3, MAY, weight=0.9440823789),
    answer("light", "ces", 7, MAY, weight=0.0000001),
    answer("heavy", "ces", 7, MAY, weight=5e12),
]
CASES = [
    record("shop", "cases", "9", {"case_id": "9", "created_at": "2026-05-04T09:00:00Z"}),
]
CASE_EVENTS = [
    # Two files, each with this in line 4; what is told last in the order of ids counts.
    event(4, "2026-05-04T10:00:00Z", "status", "solved"),
    event(4, "2026-05-04T10:00:00Z", "status", "open"),
    # One event, corrected.
    event(5, "2026-05-06T10:00:00Z", "satisfaction", "bad", case_event_id="e5"),
    event(
        6, "2026-05-06T10:00:00Z", "satisfaction", "good", case_event_id="e5",
        changed_at=moment("2026-11-03 00:00"),
    ),
    # Ratings in a tool's own words, which the mapping did not translate.
    event(7, "2026-05-07T10:00:00Z", "satisfaction", "Very satisfied"),
    event(8, "2026-05-07T10:00:00Z", "satisfaction", None),
]  # fmt: skip
INVITATIONS = [
    record("polls", "sent", f"i{n}", {"invitation_id": name, "survey_id": "m", "sent_at": at})
    for n, (name, at) in enumerate(
        [("a", MAY), ("a", MAY), ("b", MAY), ("c", None), ("d", "2036-05-05T12:00:00Z")]
    )
]
INTERACTIONS = [
    record(
        "polls", "met", f"m{n}", {"interaction_id": name, "customer_key": "C", "occurred_at": at}
    )
    for n, (name, at) in enumerate([("a", MAY), ("a", MAY), ("b", "2036-05-05T12:00:00Z")])
]
# The history of `desk` begins in July 2026. Ticket 50 is from before; its solution is not known.
OLD = {"created_at": "2025-03-03T10:00:00Z", "updated_at": "2026-07-08T10:00:00Z"}
TICKETS = [
    ticket(50, "email", status="closed", **OLD),
    ticket(51, "email", created_at="2026-07-01T10:00:00Z"),
]
# The overlap of the first window, by the clock of London: half past midnight is July.
RESPONSES = [
    response("before", {"csat": 5}, "2026-06-30T22:30:00Z"),
    response("after", {"csat": 5}, "2026-06-30T23:30:00Z"),
]
EVENTS = [
    audit(500, 50, "2026-07-02T10:00:00Z", 20, said(20), change(status="closed")),
    audit(501, 50, "2026-07-03T10:00:00Z", 9, change(satisfaction_score="good")),
    audit(510, 51, "2026-07-01T10:00:00Z", 9, change(event_type="Create", status="new"), said(9)),
    audit(511, 51, "2026-07-01T12:00:00Z", 20, said(20), change(status="solved")),
]
METRICS = """
    reopen_rate,Reopened,percent,lower,Share reopened,,6
    case_csat,Case CSAT,percent,higher,Share good,,7
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    built = build(
        tmp_path_factory.mktemp("records"),
        {
            "file__feedback": FEEDBACK,
            "file__cases": CASES,
            "file__case_events": CASE_EVENTS,
            "file__invitations": INVITATIONS,
            "file__interactions": INTERACTIONS,
            "typeform__responses": RESPONSES,
            "zendesk__users": USERS,
            "zendesk__tickets": TICKETS,
            "zendesk__ticket_events": EVENTS,
        },
        seeds={"metrics": seed("metrics", add=METRICS.strip())},
        minimum_n=1,
        sources=[
            ("polls", "file", JUNE, moment("2026-11-01 00:00")),
            ("shop", "file", JUNE, moment("2026-11-01 00:00")),
            ("desk", "zendesk", moment("2026-07-01 00:00"), moment("2026-11-01 00:00")),
            ("forms", "typeform", moment("2026-07-01 00:00"), moment("2026-11-01 00:00")),
        ],
    )
    assert not built.problems, "\n".join(built.problems)
    return built


def test_a_score_that_was_withdrawn_is_not_counted(world: Warehouse) -> None:
    assert world.rows("select score from contracts.feedback where response_id = 'rgone'") == []
    assert world.rows(
        "select reason, record_id from contracts.quarantine where question_id = 'csat' order by all"
    ) == [("superseded", "monthly-gone-csat"), ("superseded", "twice-1")]


def test_words_that_were_corrected_are_kept_once(world: Warehouse) -> None:
    assert world.rows("select feedback_id, text from contracts.comments order by text") == [
        (None, "I take that back"),
        ("polls|monthly|rtwice|csat", "good"),
    ]


def test_weights_count_to_the_last_digit_and_impossible_ones_are_put_aside(
    world: Warehouse,
) -> None:
    light, heavy = 3 * 0.2847177143, 3 * 0.9440823789
    found = world.figure(metric="ces", period="2026-05")
    assert found["n"] == 6
    assert found["value"] == pytest.approx((7 * light + heavy) / (light + heavy), rel=1e-12)
    assert world.rows(
        "select response_id from staging.int_feedback_judged where reason = 'bad_weight' "
        "order by all"
    ) == [("rheavy",), ("rlight",)]


def test_an_event_that_comes_twice_counts_once_in_its_newest_copy(world: Warehouse) -> None:
    assert world.rows(
        "select value from contracts.case_events where source = 'shop' and event = 'satisfaction'"
    ) == [("good",)]
    assert world.one("select status from marts.fct_cases where source = 'shop'") == "solved"


def test_invitations_and_interactions_are_kept_once_or_put_aside(world: Warehouse) -> None:
    assert world.rows("select invitation_id from contracts.invitations order by all") == [
        ("polls|a",), ("polls|b",)
    ]  # fmt: skip
    assert world.rows("select interaction_id from contracts.interactions") == [("polls|a",)]
    assert world.rows(
        "select stream, reason from contracts.quarantine where stream in ('sent', 'met') "
        "order by all"
    ) == [
        ("met", "implausible_time"),
        ("met", "superseded"),
        ("sent", "implausible_time"),
        ("sent", "no_time"),
        ("sent", "superseded"),
    ]


def test_a_case_older_than_its_sources_history_makes_no_month_and_no_measure(
    world: Warehouse,
) -> None:
    """A vendor sends an old case because it changed, without its month and its first events."""
    assert world.one("select min(period) from reporting.rpt_periods") == "2026-05"
    assert world.rows(
        "select period, n from reporting.rpt_metrics where metric = 'case_volume' and n > 0 "
        "and scope = 'all' and dimension = 'all' order by period"
    ) == [("2026-05", 1), ("2026-07", 1)]
    assert world.figure(metric="reopen_rate", period="2026-07")["n"] == 1
    assert world.figure(metric="case_csat", period="2026-07")["n"] == 1
    assert world.rows(
        "select period, cases from reporting.rpt_periods where cases > 0 order by period"
    ) == [("2026-05", 1), ("2026-07", 1)]
    assert world.rows(
        "select records from reporting.rpt_sources where source = 'desk' and period = '2026-07'"
    ) == [(1,)]
    assert world.one("select count(*) from contracts.cases where source = 'desk'") == 2


def test_an_answer_older_than_its_sources_history_is_in_no_month(world: Warehouse) -> None:
    assert world.rows(
        "select response_id, period from marts.fct_feedback where source = 'forms'"
    ) == [("after", "2026-07")]
    assert world.one("select count(*) from contracts.feedback where source = 'forms'") == 2


def test_a_rating_in_words_nobody_mapped_is_put_aside_and_the_known_one_counts(
    world: Warehouse,
) -> None:
    found = world.rows(
        "select value from contracts.quarantine where reason = 'unknown_rating' order by all"
    )
    assert found == [("Very satisfied",), (None,)]
    rated = "select ticket_satisfaction_score from marts.fct_cases where case_key = 'shop|9'"
    assert world.one(rated) == "good"
