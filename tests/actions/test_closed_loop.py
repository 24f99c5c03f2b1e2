"""Who was followed up after an unhappy answer, when, and what the next answer was."""

from __future__ import annotations

from typing import Any

import pytest
from metrics_world import SEEDS, Warehouse, answer, answers, build, record
from scipy import stats

DAY = "2026-08-10T12:00:00Z"  # of the unhappy answers
SOON, LATE = "2026-08-12T12:00:00Z", "2026-08-20T12:00:00Z"
NEXT = "2026-09-20T12:00:00Z"


def nps(customer: str, score: int, at: str = DAY, **more: Any) -> dict[str, Any]:
    return answer(f"{customer}-{at}", "nps", score, at, customer_key=customer, **more)


def called(customer: str, at: str) -> dict[str, Any]:
    payload = {
        "interaction_id": f"{customer}-{at}", "customer_key": customer, "touchpoint": "follow_up",
        "occurred_at": at,
    }  # fmt: skip
    return record("calls", "calls", payload["interaction_id"], payload)


def case(customer: str, created: str, replied: str | None, by: str = "agent") -> list[Any]:
    name = f"{customer}-{created}"
    head = {"case_id": name, "created_at": created, "customer_key": customer}
    rows = [("file__cases", record("desk", "cases", name, head))]
    if replied:
        said = {
            "case_event_id": f"{name}-1", "case_id": name, "occurred_at": replied, "sequence": 1,
            "event": "comment", "actor_role": by, "is_public": True,
        }  # fmt: skip
        rows.append(("file__case_events", record("desk", "events", f"{name}-1", said)))
    return rows


def company(told: list[dict[str, Any]], calls: list[Any], cases: list[Any]) -> dict[str, list[Any]]:
    landings: dict[str, list[Any]] = {"file__feedback": told, "file__interactions": calls}
    for stream, row in cases:
        landings.setdefault(stream, []).append(row)
    return landings


FOLLOWED = [f"F{i}" for i in range(20)]
LEFT = [f"L{i}" for i in range(30)]
SEED = {
    "touchpoints": SEEDS["touchpoints"].rstrip() + "\n        follow_up,Follow-up,use,4\n    ",
    "actions": """
        action_id,title,owner,due_on,status,target_metric,target_dimension,target_member,decided_on
        A-1,"Shorter form, fewer fields",CX,2026-12-01,on_track,csat,touchpoint,checkout,2026-09-01
        A-2,No figure named,CX,2026-12-01,on_track,,,,2026-09-01
    """,
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    told = [nps(c, 2) for c in FOLLOWED + LEFT]
    # Of those followed up 16 of 20 are detractors no longer; of the others 12 of 30.
    told += [nps(c, 9 if i < 16 else 3, NEXT) for i, c in enumerate(FOLLOWED)]
    told += [nps(c, 9 if i < 12 else 3, NEXT) for i, c in enumerate(LEFT)]
    told += [nps("P1", 10), nps("N1", 7)]
    told += answers("nps", [1, 2, 3], DAY)  # nobody knows who
    # An answer given while the follow-up could still come says nothing about it.
    told += [nps("F0", 10, "2026-08-14T12:00:00Z", survey_id="other")]
    # Satisfaction: 1 and 2 of five are unhappy, 3 is not; a response unhappy twice counts once.
    told += [
        answer(f"c{score}", "csat", score, "2026-07-10T12:00:00Z", customer_key=f"C{score}")
        for score in (1, 2, 3, 4)
    ]
    told += [nps(f"D{i}", 0, "2026-07-10T12:00:00Z") for i in range(4)]
    told += [
        answer("D0-2026-07-10T12:00:00Z", "csat", 1, "2026-07-10T12:00:00Z", customer_key="D0")
    ]
    # The days for a follow-up of these are not over when the sources were read.
    told += [nps(f"W{i}", 0, "2026-10-30T12:00:00Z") for i in range(6)]
    calls = [called(c, SOON) for c in FOLLOWED[:10]] + [called(c, LATE) for c in LEFT]
    # Called already; beside the others, who still may be, it would make the share too high.
    calls.append(called("W0", "2026-10-31T12:00:00Z"))
    cases = [
        e for c in FOLLOWED[10:] for e in case(c, "2026-08-11T00:00:00Z", "2026-08-11T12:00:00Z")
    ]
    # None of these is a follow-up: raised before the answer, answered too late, by a bot, never.
    cases += case("L0", "2026-08-01T00:00:00Z", SOON) + case("L1", "2026-08-11T00:00:00Z", LATE)
    cases += case("L2", "2026-08-11T00:00:00Z", SOON, by="bot")
    cases += case("L3", "2026-08-11T00:00:00Z", None)
    folder = tmp_path_factory.mktemp("loop")
    found = build(folder, company(told, calls, cases), seeds=SEED)
    assert found.problems == []
    return found


def loop(world: Warehouse, period: str, *columns: str) -> Any:
    (row,) = world.rows(
        f"select {', '.join(columns)} from reporting.rpt_closed_loop "
        f"where scope = 'all' and period = '{period}'"
    )
    return row


def test_a_follow_up_is_a_call_or_an_agents_word_on_a_new_case_within_seven_days(
    world: Warehouse,
) -> None:
    found = loop(world, "2026-08", "detractors", "unknown_customer", "waiting", "n", "followed_up")
    assert found == (53, 3, 0, 50, 20)
    share, low, high = loop(world, "2026-08", "followed_up_share", "low", "high")
    wilson = stats.binomtest(20, 50).proportion_ci(method="wilson")
    assert (share, low, high) == pytest.approx((40, 100 * wilson.low, 100 * wilson.high))


def test_the_time_to_follow_up_is_the_median_in_hours_with_its_interval(world: Warehouse) -> None:
    # Ten after 24 hours and ten after 48.
    found = loop(world, "2026-08", "median_hours", "hours_low", "hours_high")
    assert found == pytest.approx((36, 24, 48))


def test_the_next_answer_is_set_against_that_of_those_nobody_followed_up(world: Warehouse) -> None:
    assert loop(world, "2026-09", "outcomes", "improved", "other_outcomes") == (20, 16, 30)
    shares = loop(world, "2026-09", "improved_share", "other_improved_share", "difference")
    assert shares == pytest.approx((80, 40, 40))
    p, significant = loop(world, "2026-09", "p", "is_significant")
    assert p == pytest.approx(stats.fisher_exact([[16, 4], [12, 18]]).pvalue)
    assert significant
    assert loop(world, "2026-10", "outcomes", "improved") == (20, 16), "twelve months long"
    assert loop(world, "2026-08", "outcomes", "is_significant") == (None, False)


def test_unhappy_is_a_detractor_or_the_lowest_quarter_of_the_scale_once_per_response(
    world: Warehouse,
) -> None:
    assert loop(world, "2026-07", "detractors") == (6,)


def test_answers_whose_days_are_not_over_wait(world: Warehouse) -> None:
    assert loop(world, "2026-10", "waiting", "n", "followed_up", "followed_up_share") == (
        6, 0, None, None,
    )  # fmt: skip


def test_where_nobody_knows_of_contacts_nothing_is_said_and_a_figure_named_late_is_refused(
    tmp_path: Any,
) -> None:
    told = [nps(c, 2) for c in LEFT]
    world = build(tmp_path, company(told, [], []), seeds=SEED | {"actions": OLD_AND_NEW})
    (problem,) = (line for line in world.problems if "actions.csv" in line)
    assert "A-2 took effect before it was decided" in problem
    found = loop(world, "2026-08", "detractors", "n", "followed_up", "followed_up_share", "low")
    assert found == (30, 0, None, None, None)


OLD_AND_NEW = """
    action_id,title,owner,due_on,status,target_metric,target_dimension,target_member,decided_on,effective_on
    A-1,Fine,CX,2026-12-01,done,csat,all,all,2026-03-01,2026-03-01
    A-2,Named afterwards,CX,2026-12-01,done,csat,all,all,2026-09-01,2026-08-01
"""


def test_an_action_without_a_figure_has_no_effect_and_an_older_files_decision_counts(
    world: Warehouse,
) -> None:
    found = world.rows(
        "select distinct action_id, method, verdict, effect from reporting.rpt_action_effects"
    )
    assert found == [("A-1", "interrupted_series", "no_data", None)]
