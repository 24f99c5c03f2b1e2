"""A small company whose journey was worked out by hand."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from journey_company import BUILD, by_hand
from metrics_world import SEEDS, Warehouse, build

pytestmark = pytest.mark.dbt


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    built = build(
        tmp_path_factory.mktemp("journey"),
        by_hand(),
        seeds={"touchpoints": SEEDS["touchpoints"].rstrip() + "\n        card,Card,pay,4\n    "},
        arguments=BUILD,
    )
    assert not built.problems, "\n".join(built.problems)
    return built


def row(world: Warehouse, table: str, **key: Any) -> dict[str, Any]:
    key = {"scope": "all", **key}
    where = " and ".join(f"{name} = ?" for name in key)
    with duckdb.connect(str(world.path), read_only=True) as connection:
        found = connection.execute(f"from reporting.{table} where {where}", list(key.values()))
        names = [column[0] for column in found.description]
        (values,) = found.fetchall()
    return dict(zip(names, values, strict=True))


def moment(world: Warehouse, period: str, outcome: str, **key: Any) -> dict[str, Any]:
    key = {"touchpoint": "invoice", **key}
    return row(world, "rpt_moments", period=period, outcome=outcome, **key)


def test_recommendation_after_good_and_bad_experiences(world: Warehouse) -> None:
    june = moment(world, "2026-06", "recommendation")
    assert (june["n_good"], june["after_good"]) == (6, 100.0)
    assert (june["n_bad"], june["after_bad"]) == (6, -100.0)
    assert (june["difference"], june["is_significant"], june["position"]) == (200.0, True, 1)
    assert (june["label"], june["months"]) == ("Invoice", 4)


def test_an_outcome_counts_from_the_month_it_is_known(world: Warehouse) -> None:
    april = moment(world, "2026-04", "recommendation")
    # The six who were dissatisfied have answered; of the ten others it is too early to say.
    assert (april["n_bad"], april["n_good"], april["n_open"]) == (6, 0, 10)
    assert april["difference"] is april["p_adjusted"] is None
    assert moment(world, "2026-03", "recommendation")["n_open"] == 16
    assert moment(world, "2026-06", "recommendation")["n_open"] == 0


def test_an_answer_after_90_days_does_not_count(world: Warehouse) -> None:
    assert moment(world, "2026-10", "recommendation")["n_good"] == 6  # L's came on day 91


def test_retention_counts_after_180_days_those_who_were_customers(world: Warehouse) -> None:
    august, september = (moment(world, f"2026-0{m}", "retention") for m in (8, 9))
    # Twelve and L; not E (gone before), N (not yet there) and S (in no register).
    assert (august["n_good"], august["n_bad"], august["n_open"]) == (0, 0, 13)
    assert (september["n_good"], september["after_good"]) == (7, 100.0)
    assert (september["n_bad"], september["after_bad"]) == (6, pytest.approx(100 / 6))
    assert september["n_open"] == 0


def test_a_segment_sees_its_own_customers(world: Warehouse) -> None:
    of_consumers = {"scope": "segment=consumer", "period": "2026-09", "outcome": "retention"}
    found = row(world, "rpt_moments", touchpoint="invoice", **of_consumers)
    assert (found["n_good"], found["n_bad"]) == (6, 6)


def test_touchpoints_without_experiences_say_so(world: Warehouse) -> None:
    found = moment(world, "2026-10", "recommendation", touchpoint="app_home")
    assert (found["n_good"], found["n_bad"], found["suppressed"]) == (0, 0, False)
    assert found["difference"] is None


def test_paths_count_customers_once_a_day_and_within_30_days(world: Warehouse) -> None:
    found = world.rows(
        "select from_label, to_label, n, customers, share, median_days, months "
        "from reporting.rpt_paths where scope = 'all' and period = '2026-06'"
    )
    assert found == [("Checkout", "App home", 6, 6, 100.0, 3.5, 4)]


def test_the_emotion_curve_has_a_row_for_every_stage(world: Warehouse) -> None:
    march = world.rows(
        "select journey_stage, n, value, volume, interactions, pain_touchpoint, pain_value, "
        "pain_n, pain_cost from reporting.rpt_journey where scope = 'all' and period = '2026-03' "
        "order by position"
    )
    assert march == [
        ("buy", 0, None, 0, 0, None, None, None, None),
        ("use", 0, None, 0, 0, None, None, None, None),
        # The invoice is all there is of the stage: nothing it could lie below.
        ("pay", 16, 62.5, 16, 0, None, None, None, None),
    ]
    use = row(world, "rpt_journey", period="2026-05", journey_stage="use")
    # Six customers and two unknown visitors; P0 came twice on one day.
    assert (use["volume"], use["interactions"], use["n"]) == (8, 9, 0)


def test_a_meeting_has_the_channel_an_interaction_names_before_an_answer_s(
    world: Warehouse,
) -> None:
    found = world.rows(
        "select channel from marts.int_meetings "
        "where touchpoint = 'app_home' and channel is not null "
        "order by who = hash('P0') desc, who = hash('P2') desc"
    )
    assert found == [("phone",), ("app",)]


def test_every_touchpoint_has_a_cell_for_every_channel(world: Warehouse) -> None:
    march = world.rows(
        "select journey_stage, touchpoint, channel, n, volume, suppressed "
        "from reporting.rpt_journey_cells where scope = 'all' and period = '2026-03' "
        "and metric = 'csat' order by position"
    )
    channels = ["all", "web", "app", "phone", "chat", "bot", "email"]
    places = [
        ("buy", "all"), ("buy", "checkout"), ("use", "all"), ("use", "app_home"),
        ("pay", "all"), ("pay", "invoice"), ("pay", "card"),
    ]  # fmt: skip
    told = {("pay", "all", "all"), ("pay", "invoice", "all")}
    # Nobody said through which channel the sixteen answers about the invoice are.
    assert march == [
        (stage, part, channel, *((16, 16) if (stage, part, channel) in told else (0, 0)), False)
        for stage, part in places
        for channel in channels
    ]
    few = world.rows(
        "select n, value, volume, suppressed from reporting.rpt_journey_cells where scope = 'all' "
        "and period = '2026-05' and metric = 'ces' and touchpoint = 'app_home' and channel = 'web'"
    )
    assert few == [(None, None, 0, True)]


def test_the_pain_point_is_what_takes_most_from_its_stage_by_lying_below_the_rest(
    world: Warehouse,
) -> None:
    july = row(world, "rpt_journey", period="2026-07", journey_stage="pay")
    # The invoice has 9 of the 14 dissatisfied answers, and is the better place of the two.
    assert (july["n"], july["pain_touchpoint"], july["pain_n"]) == (36, "card", 6)
    assert july["pain_value"] == pytest.approx(100 / 6)
    assert july["pain_cost"] == pytest.approx(6 / 36 * (70 - 100 / 6))
    # The stage would stand at the invoice's 70 without it.
    assert july["value"] + july["pain_cost"] == pytest.approx(70)


def test_where_no_touchpoint_lies_below_the_rest_there_is_no_pain(world: Warehouse) -> None:
    august = row(world, "rpt_journey", period="2026-08", journey_stage="pay")
    assert (august["n"], august["value"], august["pain_touchpoint"]) == (12, 50.0, None)


def test_answers_about_a_touchpoint_in_another_stage_are_no_pain_of_its_own(
    world: Warehouse,
) -> None:
    september = row(world, "rpt_journey", period="2026-09", journey_stage="pay")
    assert (september["n"], september["value"]) == (30, 70.0)
    assert (september["pain_touchpoint"], september["pain_cost"]) == (None, None)


def test_a_stage_where_all_are_satisfied_has_no_pain(world: Warehouse) -> None:
    may = row(world, "rpt_journey", period="2026-05", journey_stage="buy")
    assert (may["n"], may["value"], may["pain_touchpoint"]) == (6, 100.0, None)


def test_without_channels_there_is_nothing_to_compare(world: Warehouse) -> None:
    # One answer about effort alone names a channel.
    assert world.one("select count(*) from reporting.rpt_consistency where metric = 'csat'") == 0
