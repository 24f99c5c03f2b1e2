"""What `wellheard.demo.story` says is true can be found again in the records, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from math import sqrt
from statistics import correlation

import pytest
from larkfield_records import (
    STAGE_OF_FORM,
    Hours,
    answers,
    at,
    by_month,
    cases,
    change_in_mean,
    change_in_share,
    holm,
    mean,
    nps_values,
    scores,
)

from wellheard.demo import story
from wellheard.demo.company import make_world
from wellheard.demo.simulators.world import World
from wellheard.periods import Period

MONTHS = [str(Period(2025, 9).shift(step)) for step in range(14)]
Z = 3.0  # standard errors a finding may lie from the truth


def share_error(share: float, n: int) -> float:
    return Z * sqrt(share * (1 - share) / n)


@pytest.fixture(scope="module", params=[7, 20_261])
def any_world(request: pytest.FixtureRequest, world: World) -> World:
    """The demo's world and one of another seed: a truth does not hang on one lucky draw."""
    if request.param == 7:
        return world
    return make_world(request.param, datetime(2026, 11, 2, tzinfo=UTC))


def test_nps_of_every_month_lies_within_its_error_of_the_planted_level(any_world: World) -> None:
    found = by_month(scores(any_world, "nps", 0, 10))
    for month in MONTHS:
        values = nps_values(found[month])
        truth = story.nps(Period.parse(month)) / 100
        error = sqrt(1 - story.PASSIVES - truth**2) / sqrt(len(values))
        assert mean(values) == pytest.approx(truth, abs=Z * error), month


def test_nps_before_the_rise_is_the_planted_level_to_one_point(any_world: World) -> None:
    values = [a.value for a in scores(any_world, "nps", 0, 10) if a.month < "2026-08"]
    assert 100 * mean(nps_values(values)) == pytest.approx(story.NPS_BEFORE, abs=1.0)


def test_nps_really_rises_over_the_last_three_months(any_world: World) -> None:
    found = {m: nps_values(v) for m, v in by_month(scores(any_world, "nps", 0, 10)).items()}
    assert change_in_mean(found["2026-07"], found["2026-10"]) < 1e-5
    assert mean(found["2026-10"]) > mean(found["2026-07"])
    ps = holm([change_in_mean(found[a], found[b]) for a, b in pairwise(MONTHS)])
    assert ps[-1] < 0.05, "October alone is a change that a report may claim"
    assert min(ps[: MONTHS.index("2026-07")]) >= 0.05, "and nothing before the rise is"


def test_in_the_paradox_month_nps_rises_while_it_falls_in_every_channel(
    any_world: World, world: World
) -> None:
    def found(month: str, channel: str | None = None) -> list[int]:
        return nps_values(
            [
                a.value
                for a in scores(any_world, "nps", 0, 10)
                if a.month == month and channel in (None, a.channel)
            ]
        )

    for channel in story.NPS_BY_CHANNEL:
        for month in ("2026-04", "2026-05", "2026-06"):
            values = found(month, channel)
            truth = story.nps(Period.parse(month), channel=channel) / 100
            error = sqrt(1 - story.PASSIVES - truth**2) / sqrt(len(values))
            assert mean(values) == pytest.approx(truth, abs=Z * error), (month, channel)
    if any_world is world:  # where chance does not hide it
        assert mean(found("2026-05")) > mean(found("2026-04"))
        for channel in story.NPS_BY_CHANNEL:
            assert mean(found("2026-05", channel)) < mean(found("2026-04", channel))


def test_the_rise_is_planted_alike_in_every_segment(any_world: World) -> None:
    for segment, offset in story.NPS_BY_SEGMENT.items():
        mine = [a for a in scores(any_world, "nps", 0, 10) if a.segment == segment]
        before = nps_values([a.value for a in mine if a.month < "2026-08"])
        after = nps_values([a.value for a in mine if a.month == "2026-10"])
        assert 100 * mean(before) == pytest.approx(
            story.NPS_BEFORE + offset, abs=Z * 85 / sqrt(len(before))
        )
        assert 100 * mean(after) == pytest.approx(41 + offset, abs=Z * 80 / sqrt(len(after)))


def test_satisfaction_of_every_stage_and_month_lies_within_its_error_of_the_truth(
    any_world: World,
) -> None:
    found: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for a in scores(any_world, "csat", 1, 5):
        found[STAGE_OF_FORM[a.form], a.month].append(a.value >= 4)
    misses = [
        key
        for key, values in found.items()
        if key[1] in MONTHS
        and abs(mean(values) - (truth := story.csat(key[0], Period.parse(key[1]))))
        > share_error(truth, len(values))
    ]
    assert len(found) >= 8 * 14
    assert misses == []


def test_the_incident_month_hurts_use_through_the_app_and_nothing_else(any_world: World) -> None:
    cells: dict[tuple[str, str], dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for a in scores(any_world, "csat", 1, 5):
        cells[STAGE_OF_FORM[a.form], a.channel][a.month].append(a.value >= 4)
    use_app = cells.pop(("use", "app"))
    assert mean(use_app["2026-02"]) - mean(use_app["2026-03"]) == pytest.approx(0.35, abs=0.17)
    assert change_in_share(use_app["2026-02"], use_app["2026-03"]) < 1e-4
    assert change_in_share(use_app["2026-03"], use_app["2026-04"]) < 1e-4
    others = [
        change_in_share(months["2026-02"], months["2026-03"])
        for months in cells.values()
        if min(len(months["2026-02"]), len(months["2026-03"])) >= 5
    ]
    assert min(holm(others)) >= 0.05


def test_get_help_and_onboard_are_the_two_lowest_stages_in_satisfaction_and_effort(
    any_world: World,
) -> None:
    for ref, top in (("csat", 5), ("ces", 7)):
        found: dict[str, list[int]] = defaultdict(list)
        for a in scores(any_world, ref, 1, top):
            found[STAGE_OF_FORM[a.form]].append(a.value)
        ranked = sorted(found, key=lambda stage: mean(found[stage]))
        assert set(ranked[:2]) == {"get_help", "onboard"}, ref
        assert mean(found[ranked[2]]) - mean(found[ranked[1]]) > 0.2, ref


def test_enterprise_is_unhappy_with_invoices_alone(any_world: World) -> None:
    found: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    for a in scores(any_world, "csat", 1, 5):
        if a.segment and STAGE_OF_FORM[a.form] == "pay":
            found[a.touchpoint, a.segment == "enterprise"].append(a.value >= 4)
    gap = mean(found["invoice", False]) - mean(found["invoice", True])
    assert gap == pytest.approx(0.40, abs=0.12)
    card = mean(found["card_payment", False]) - mean(found["card_payment", True])
    assert card == pytest.approx(0, abs=0.15)


@pytest.mark.parametrize("stage", ["compare", "buy", "onboard", "pay", "renew"])
def test_the_phone_satisfies_less_than_the_web_at_the_same_stage(
    any_world: World, stage: str
) -> None:
    found: dict[str, list[bool]] = defaultdict(list)
    for a in scores(any_world, "csat", 1, 5):
        # Enterprise is left out: its trouble with invoices does not come by phone.
        if STAGE_OF_FORM[a.form] == stage and a.segment in ("consumer", "small_business"):
            found[a.channel].append(a.value >= 4)
    gap = mean(found["web"]) - mean(found["phone"])
    error = Z * sqrt(0.25 / len(found["web"]) + 0.25 / len(found["phone"]))
    assert gap == pytest.approx(0.16, abs=error)
    assert gap > 0


def test_customer_service_goes_with_recommendation_most_and_emotional_connection_least(
    any_world: World,
) -> None:
    responses: dict[str, dict[str, int]] = defaultdict(dict)
    for a in answers(any_world):
        if a.form == story.RELATION_FORM and isinstance(a.value, int):
            responses[a.response][a.ref] = a.value
    complete = [r for r in responses.values() if r.get("nps", 11) <= 10 and len(r) == 6]
    strength = {
        driver: correlation([r["nps"] for r in complete], [r[f"driver_{driver}"] for r in complete])
        for driver in story.DRIVERS
    }
    ranked = sorted(strength, key=lambda driver: strength[driver])
    assert ranked[-1] == "customer_service"
    assert ranked[0] == "emotional_connection"


def test_effort_of_every_stage_is_the_planted_level(any_world: World) -> None:
    found: dict[str, list[int]] = defaultdict(list)
    for a in scores(any_world, "ces", 1, 7):
        found[STAGE_OF_FORM[a.form]].append(a.value)
    for stage, values in found.items():
        assert mean(values) == pytest.approx(story.ces(stage), abs=Z * 1.5 / sqrt(len(values)))


def test_first_replies_come_in_target_as_often_as_planted_before_and_after_the_desk(
    any_world: World,
) -> None:
    hours, in_target = Hours(), defaultdict(list)
    schedules = {u["id"]: u["user_fields"]["zone_schedule"] for u in any_world.users}
    for case in cases(any_world):
        if case.replies and case.month in MONTHS:
            waited = hours.between(schedules[case.requester], case.created, case.replies[0])
            target = story.FIRST_REPLY_TARGETS[case.priority]
            in_target[case.month >= "2026-07"].append(waited <= target * 60)
    for after, share in ((False, 0.72), (True, 0.84)):
        found = in_target[after]
        assert mean(found) == pytest.approx(share, abs=share_error(share, len(found)))
    assert change_in_share(in_target[False], in_target[True]) < 1e-6


def test_support_shares_that_do_not_change_are_the_planted_ones(any_world: World) -> None:
    finished = [c for c in cases(any_world) if c.finished and c.month < "2026-10"]
    reopened = [len(c.solved) > 1 for c in finished]
    rated = [c.score.startswith("good") for c in finished if c.score]
    assert mean(reopened) == pytest.approx(story.REOPENED, abs=share_error(0.08, len(reopened)))
    assert mean(rated) == pytest.approx(story.RATED_GOOD, abs=share_error(0.84, len(rated)))
    one_touch = mean([len(c.replies) == 1 for c in finished])
    truth = story.ONE_REPLY * (1 - story.REOPENED)
    assert one_touch == pytest.approx(truth, abs=share_error(truth, len(finished)) + 0.01)


def test_metrics_without_a_planted_change_show_none_in_any_month(
    any_world: World, world: World
) -> None:
    effort = by_month(scores(any_world, "ces", 1, 7))
    stages: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for a in scores(any_world, "ces", 1, 7):
        stages[STAGE_OF_FORM[a.form]][a.month].append(a.value)
    shares: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for case in cases(any_world):
        if case.finished:
            shares["reopened"][case.month].append(len(case.solved) > 1)
            shares["one touch"][case.month].append(len(case.replies) == 1)
        if case.score:
            shares["rated good"][case.month].append(case.score.startswith("good"))
    for month, values in effort.items():
        shares["easy"][month] = [value >= 6 for value in values]
    claimed = []
    for before, after in pairwise(MONTHS):
        family = {"effort": change_in_mean(effort[before], effort[after])}
        family |= {name: change_in_share(m[before], m[after]) for name, m in shares.items()}
        by_stage = {s: change_in_mean(m[before], m[after]) for s, m in stages.items()}
        for tests in (family, by_stage):
            if min(holm(list(tests.values()))) < 0.05:
                claimed.append((after, tests))
    # Chance alone claims in one family of twenty. In the demo's own world it does not; of the 26
    # families of another world, more than four would be no chance (p = 0.01).
    assert len(claimed) <= (0 if any_world is world else 4), claimed


def test_answers_fall_into_the_month_they_have_in_london(world: World) -> None:
    # A summer evening's answer after 23:00 UTC is the next day's, and sometimes the next month's.
    late = [
        r["submitted_at"]
        for responses in world.responses.values()
        for r in responses
        if r["response_type"] == "completed" and at(r["submitted_at"]).hour == 23
    ]
    assert late, "some answers come late enough for the time zone to matter"
