"""The reporting tables find what is planted at Larkfield, by about as much, and nothing else.

`story` says what is true; `test_larkfield_truths` that the records say so. Here the whole way to
the tables is in between.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import timedelta
from statistics import median
from typing import Any

import numpy as np
import pytest
from built_world import Built
from larkfield_drivers import true_driver_shares
from larkfield_records import Case, answers, cases, nps_values, unhappy_answers

from wellheard.demo import story
from wellheard.demo.simulators.world import World
from wellheard.periods import Period

pytestmark = [pytest.mark.dbt, pytest.mark.timeout(900)]

REPORTED = "2026-10"
MONTHS = [str(Period(2025, 9).shift(step)) for step in range(14)]


# --- Drivers --------------------------------------------------------------------------------------


def test_every_drivers_weight_is_found_to_two_points(built: Built) -> None:
    truth, r2 = true_driver_shares(MONTHS[-12:])
    found = built.rows("from reporting.rpt_drivers where scope = 'all' and period = ?", REPORTED)
    assert {row["driver"] for row in found} == set(truth)
    for row in found:
        assert row["share"] == pytest.approx(truth[row["driver"]], abs=2), row["driver"]
        assert row["r2"] == pytest.approx(r2, abs=2)
        assert row["is_significant"]
    ranked = sorted(found, key=lambda row: row["position"])
    assert [row["driver"] for row in ranked] == sorted(truth, key=lambda d: -truth[d])
    assert ranked[0]["driver"] == "customer_service"
    assert ranked[-1]["driver"] == "emotional_connection"


# --- What moved, and the months in which nothing did ----------------------------------------------


def claims(built: Built, scope: str = "all") -> list[dict[str, Any]]:
    return built.rows(
        "select period, metric, dimension, member, change from reporting.rpt_metrics "
        "where p_adjusted < 0.05 and scope = ?",
        scope,
    )


def test_the_incident_its_recovery_and_the_rise_are_claimed_and_nothing_else_is(
    built: Built,
) -> None:
    found = {(row["period"], row["metric"]) for row in claims(built)}
    assert found == {("2026-03", "csat"), ("2026-04", "csat"), ("2026-10", "nps")}
    for row in claims(built):
        if row["metric"] == "csat":
            # Whatever is claimed of it has to do with using the service, or with the app.
            assert set(row["member"].split("|")) & {"use", "app", "app_home", "all"}, row
            assert row["change"] * (-1 if row["period"] == "2026-03" else 1) > 0


def test_the_incident_is_found_where_it_was_and_as_large_as_it_was(built: Built) -> None:
    row = built.row(
        "from reporting.rpt_metrics where scope = 'all' and period = '2026-03' "
        "and dimension = 'journey_stage|channel' and member = 'use|app' and metric = 'csat'"
    )
    assert row["p_adjusted"] < 0.05
    assert row["change"] == pytest.approx(100 * story.INCIDENT_EFFECT, abs=15)
    assert row["change_low"] < 100 * story.INCIDENT_EFFECT < row["change_high"]


def test_months_without_change_are_claimed_by_no_more_segments_than_chance_allows(
    built: Built,
) -> None:
    planted = {str(story.INCIDENT), str(story.INCIDENT.shift(1)), str(story.PARADOX), REPORTED}
    planted |= {str(story.PARADOX.shift(1)), str(story.REPLY_DESK)}
    quiet = set(MONTHS[1:]) - planted
    reports = [
        (scope, row["period"])
        for scope in (f"segment={name}" for name in story.SEGMENTS)
        for row in claims(built, scope)
        if row["period"] in quiet
    ]
    # A report claims something by chance in one case of twenty; of these 21, more than four would
    # be no chance (p < 0.01).
    assert len(quiet) * len(story.SEGMENTS) == 21
    assert len(set(reports)) <= 4, reports


def test_the_paradox_comes_apart_into_a_mix_that_lifts_and_channels_that_all_fall(
    built: Built,
) -> None:
    period, before = story.PARADOX, story.PARADOX.shift(-1)
    rows = built.rows(
        "from reporting.rpt_movement where scope = 'all' and period = ? and metric = 'nps' "
        "and dimension = 'channel'",
        str(period),
    )
    assert {row["member"] for row in rows} == set(story.NPS_BY_CHANNEL)
    assert all(row["within_effect"] < 0 for row in rows)
    assert all(row["value_now"] < row["value_before"] for row in rows)
    mix, within = (sum(row[name] for row in rows) for name in ("mix_effect", "within_effect"))
    true_mix = sum(
        (story.relation_channels(period)[c] - share)
        * (story.nps(period, channel=c) + story.nps(before, channel=c)) / 2
        for c, share in story.relation_channels(before).items()
    )  # fmt: skip
    assert mix == pytest.approx(true_mix, abs=5)
    assert within == pytest.approx(story.PARADOX_EFFECT, abs=7)
    figure = built.row(
        "from reporting.rpt_metrics where scope = 'all' and dimension = 'all' and metric = 'nps' "
        "and period = ?",
        str(period),
    )
    assert figure["change"] > 0, "up, though every channel is down"
    assert round(mix + within, 6) == pytest.approx(round(figure["change"], 1), abs=0.051)


# --- Channels, moments, themes, money -------------------------------------------------------------


def test_the_phone_differs_from_the_web_at_every_stage_and_the_app_at_none(built: Built) -> None:
    rows = built.rows(
        "from reporting.rpt_consistency where scope = 'all' and period = ? and metric = 'csat'",
        REPORTED,
    )
    pairs = {(r["journey_stage"], frozenset((r["channel_a"], r["channel_b"]))): r for r in rows}
    phone = [row for (_, pair), row in pairs.items() if pair == {"web", "phone"}]
    app = [row for (_, pair), row in pairs.items() if pair == {"web", "app"}]
    assert len(phone) == 6
    assert {row["verdict"] for row in phone} == {"different"}
    gap = np.average([abs(r["difference"]) for r in phone], weights=[r["n_a"] for r in phone])
    assert gap == pytest.approx(16, abs=3)
    assert len(app) == 6
    assert {row["verdict"] for row in app} <= {"consistent", "undecided"}
    assert "consistent" in {row["verdict"] for row in app}


def test_phone_support_is_the_one_moment_of_truth(built: Built) -> None:
    rows = built.rows(
        "from reporting.rpt_moments where scope = 'all' and period = ? and is_significant", REPORTED
    )
    assert [(row["touchpoint"], row["outcome"]) for row in rows] == [
        (story.MOMENT_OF_TRUTH, "recommendation")
    ]
    assert rows[0]["difference"] > 10


def test_being_handed_on_is_the_theme_that_costs_most_and_its_cost_is_found(
    built: Built, world: World
) -> None:
    row = built.row(
        "from reporting.rpt_themes where scope = 'all' and period = ? and position = 1", REPORTED
    )
    assert (row["theme"], row["is_significant"]) == ("handovers", True)
    # Read again without any taxonomy, by the sentences customers were given to say.
    said = re.compile("another department|explain my problem four|nobody owns a problem")
    window = MONTHS[MONTHS.index(REPORTED) - row["months"] + 1 :]
    responses: dict[str, dict[str, Any]] = defaultdict(dict)
    for a in answers(world):
        if a.form == story.RELATION_FORM and a.month in window:
            responses[a.response][a.ref] = a.value
    values: dict[bool, list[int]] = {True: [], False: []}
    for response in responses.values():
        if isinstance(score := response.get("nps"), int) and score <= 10 and "nps_why" in response:
            values[bool(said.search(response["nps_why"]))] += nps_values([score])
    share = len(values[True]) / (len(values[True]) + len(values[False]))
    cost = 100 * share * (np.mean(values[False]) - np.mean(values[True]))
    assert row["cost"] == pytest.approx(cost, abs=2.5)
    assert row["cost_low"] < cost < row["cost_high"]
    in_all = built.rows(
        "select period from reporting.rpt_themes where scope = 'all' and position = 1 "
        "and theme = 'handovers' and period <= ?",
        REPORTED,
    )
    assert len(in_all) == len(MONTHS)


def test_detractors_are_found_to_leave_more_often_as_soon_as_it_can_be_told(built: Built) -> None:
    link = "from reporting.rpt_money where scope = 'all' and measure = 'churn_link' and period = ?"
    found = built.row(link, REPORTED)
    assert found["is_significant"]
    assert 3 < found["value"] < 10
    bands = {
        row["member"]: row
        for row in built.rows(
            "from reporting.rpt_money where scope = 'all' and measure = 'churn_by_band' "
            "and period = ?",
            REPORTED,
        )
    }
    assert bands["promoter"]["high"] < bands["detractor"]["low"]
    at_risk = (
        "from reporting.rpt_money where scope = ? and measure = 'revenue_at_risk' and period = ?"
    )
    # Few companies pay most of it, and theirs is not shown to leave with their answers.
    assert built.row(at_risk, "all", REPORTED)["low"] is None
    consumers = built.row(at_risk, "segment=consumer", REPORTED)
    assert 0 < consumers["low"] < consumers["high"], "a range, never one number"
    early = built.row(link, MONTHS[0])
    assert (early["value"], early["is_significant"]) == (None, False)


def test_customers_leave_as_often_as_planted(built: Built) -> None:
    rows = built.rows(
        "select value from reporting.rpt_money where scope = 'all' and measure = 'logo_churn' "
        "and period > ? and period <= ?",
        MONTHS[2],
        REPORTED,
    )
    truth = 100 * sum(share * loss for share, loss in story.LEAVING)
    # The least loyal leave first, so those who are left leave a little less often.
    assert truth * 0.7 < np.mean([row["value"] for row in rows]) < truth * 1.1


# --- Actions and the closed loop ------------------------------------------------------------------


def test_the_action_that_worked_is_found_and_the_others_are_not(built: Built) -> None:
    rows = built.rows("from reporting.rpt_action_effects where period <= ?", REPORTED)
    moved = [row for row in rows if row["verdict"] == "moved"]
    assert {row["action_id"] for row in moved} == {"A-03"}
    assert min(row["period"] for row in moved) == "2026-09", "the third month with the desk"
    now = {row["action_id"]: row for row in rows if row["period"] == REPORTED}
    desk = now["A-03"]
    before, after = (
        100 * story.first_reply_in_target(Period.parse(month)) for month in ("2026-06", "2026-07")
    )
    assert desk["effect"] == pytest.approx(after - before, abs=6)
    assert desk["low"] < after - before < desk["high"]
    assert desk["p_adjusted"] < 0.05
    assert {name: now[name]["verdict"] for name in now if name != "A-03"} == {
        "A-01": "not_in_force",
        "A-02": "no_detectable_effect",
        "A-04": "not_in_force",
        "A-05": "not_in_force",
        "A-06": "no_detectable_effect",
    }
    for name in ("A-02", "A-06"):
        assert now[name]["low"] < 0 < now[name]["high"]


def test_as_many_unhappy_customers_are_found_followed_up_as_are(built: Built) -> None:
    rows = built.rows(
        "from reporting.rpt_closed_loop where scope = 'all' and period <= ?", REPORTED
    )
    n, followed_up = (sum(row[name] for row in rows) for name in ("n", "followed_up"))
    # Not all find a case in time, and some of the others have one by chance.
    assert followed_up / n == pytest.approx(story.FOLLOWED_UP, abs=0.04)


def test_a_month_of_follow_ups_is_what_the_records_say_read_apart(
    built: Built, world: World
) -> None:
    people = {u["external_id"]: u["id"] for u in world.users if u["external_id"]}
    contacts: dict[int, list[Case]] = defaultdict(list)
    for case in cases(world):
        if case.replies:
            contacts[case.requester].append(case)
    for month in ("2025-12", "2026-06"):
        mine = unhappy_answers(world, month)
        hours = []
        for said, who in mine:
            spoken = [
                case.replies[0]
                for case in contacts[people.get(who or "", -9)]
                if case.created > said and case.replies[0] < said + timedelta(days=7)
            ]
            if spoken:
                hours.append((min(spoken) - said).total_seconds() / 3600)
        found = built.row(
            "from reporting.rpt_closed_loop where scope = 'all' and period = ?", month
        )
        assert found["detractors"] == len(mine)
        assert found["unknown_customer"] == sum(who is None for _, who in mine)
        assert found["followed_up"] == len(hours)
        assert found["median_hours"] == pytest.approx(median(hours))
        assert found["hours_low"] < found["median_hours"] < found["hours_high"]


def test_those_followed_up_answer_better_next_time_than_the_others(built: Built) -> None:
    row = built.row("from reporting.rpt_closed_loop where scope = 'all' and period = ?", REPORTED)
    assert row["is_significant"]
    assert row["difference"] == pytest.approx(row["improved_share"] - row["other_improved_share"])
    assert row["difference_low"] > 5
    first = built.row(
        "from reporting.rpt_closed_loop where scope = 'all' and period = ?", MONTHS[0]
    )
    assert (first["difference"], first["is_significant"]) == (None, False), "nobody asked again yet"


# --- Trust in the sample --------------------------------------------------------------------------


def test_the_planted_response_rate_of_case_ratings_is_found(built: Built) -> None:
    rows = built.rows(
        "from reporting.rpt_sample where scope = 'all' and source = 'zendesk' and period <= ? "
        "and invited > 0",
        MONTHS[-2],
    )
    invited, complete = (sum(row[name] for row in rows) for name in ("invited", "complete"))
    assert len(rows) == len(MONTHS) - 1
    assert invited > 1000
    assert complete / invited == pytest.approx(story.RATED, abs=3 * (0.25 / invited) ** 0.5)
    for row in rows:
        assert row["rr1_low"] <= row["rr1"] <= row["rr1_high"]
        assert row["metric"] == "case_csat"
        assert row["bound_low"] < row["raw"] < row["bound_high"]
        assert row["post_stratified"] is not None


def test_each_segments_response_rate_to_the_relation_survey_is_found(built: Built) -> None:
    for segment, truth in story.RESPONSE_RATES.items():
        rows = built.rows(
            "from reporting.rpt_sample where source = 'typeform' and survey_id = ? and scope = ?"
            " and period <= ? order by period",
            story.RELATION_FORM,
            f"segment={segment}",
            REPORTED,
        )
        assert [row["period"] for row in rows] == MONTHS
        for row in rows:
            assert row["rr1"] == pytest.approx(100 * truth, rel=story.RESPONSE_SPREAD + 0.01), row
        invited, complete = (sum(row[name] for row in rows) for name in ("invited", "complete"))
        assert complete / invited == pytest.approx(truth, abs=0.015)


def test_the_recommendation_of_all_customers_is_found_from_those_who_answered(
    built: Built,
) -> None:
    rows = built.rows(
        "from reporting.rpt_sample where source = 'typeform' and survey_id = ? and scope = 'all'"
        " and period <= ? order by period",
        story.RELATION_FORM,
        REPORTED,
    )
    misses = []
    for row in rows:
        # A segment weighs what its customers do, not what its answers do.
        truth = story.nps(Period.parse(row["period"]))
        assert row["metric"] == "nps"
        assert row["post_low"] < truth < row["post_high"], row
        if row["partial"]:  # else too few to be told, and what would tell them is not printed
            assert row["bound_low"] < row["raw"] < row["bound_high"]
            assert row["rr1"] < row["rr2"]
        misses.append(row["post_stratified"] - truth)
    assert len(misses) == len(MONTHS)
    assert abs(np.mean(misses)) < 1
    october = rows[-1]
    assert october["bound_low"] is not None
    parts = ("complete", "partial", "refused", "no_contact", "other", "unknown")
    assert sum(october[name] or 0 for name in parts) == october["invited"]


def test_a_source_that_only_asks_brought_as_many_records_as_it_asked(
    built: Built, world: World
) -> None:
    rows = built.rows(
        "select source, records from reporting.rpt_sources where period = ?", REPORTED
    )
    asked = sum(row["request"].startswith(REPORTED) for row in world.requests)
    assert {row["source"]: row["records"] for row in rows}["messaging"] == asked > 1000


def test_a_90th_percentile_of_too_few_cases_says_so(built: Built) -> None:
    rows = built.rows(
        "select n, effective_n, missing from reporting.rpt_metrics "
        "where metric like '%_p90' and not suppressed"
    )
    said = {row["missing"] for row in rows if 0 < row["n"] < 37}
    assert said == {"too_few"}
    enough = [row for row in rows if row["n"] >= 37]
    assert {row["missing"] for row in enough if row["effective_n"] == row["n"]} == {None}
    # Of some, customers had several, which are worth fewer.
    worth = [row["effective_n"] for row in enough if row["missing"]]
    assert worth
    assert max(worth) < 40
    assert {row["missing"] for row in rows if row["n"] == 0} == {"no_data"}


def test_the_journey_has_a_cell_for_every_touchpoint_and_channel(built: Built) -> None:
    row = built.row(
        "select count(*) as cells, count(*) filter (where n > 0) as told, "
        "count(*) filter (where n = 0 and value is null) as without "
        "from reporting.rpt_journey_cells where scope = 'all' and period = '2026-10' "
        "and metric = 'csat' and touchpoint != 'all' and channel != 'all'"
    )
    assert row["cells"] == 12 * 7
    # Customers are asked about each touchpoint through some channels only.
    assert row["told"] > 25
    assert row["without"] > 40


# --- Names ----------------------------------------------------------------------------------------


def test_a_survey_is_called_what_its_source_calls_it(built: Built) -> None:
    rows = built.rows(
        "select distinct source, survey_id, label from reporting.rpt_sample where scope = 'all'"
    )
    labels = {row["survey_id"]: row["label"] for row in rows if row["source"] == "typeform"}
    assert labels[story.RELATION_FORM] == "Your relationship with Larkfield"
    assert not set(labels) & set(labels.values())


def test_the_quotes_of_a_proven_theme_go_the_way_of_its_cost(built: Built) -> None:
    rows = built.rows(
        "select themes.cost, quotes.score_band, quotes.sentiment, from reporting.rpt_quotes quotes"
        " inner join reporting.rpt_themes themes using (scope, period, theme)"
        " where themes.is_significant"
    )
    assert {row["cost"] > 0 for row in rows} == {True, False}
    for row in rows:
        unhappy = row["score_band"] in ("detractor", "dissatisfied")
        assert unhappy == (row["cost"] > 0), row
        assert row["sentiment"] != ("positive" if unhappy else "negative"), row
