"""One small company through the whole dbt project: what is printed, hidden and put aside."""

from __future__ import annotations

from typing import Any

import pytest
from metrics_world import Warehouse, build, moment
from small_company import EVENTS, RESPONSES, TICKETS, USERS, polls

pytestmark = pytest.mark.dbt


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The company, built with every test of the dbt project, its unit tests included."""
    built = build(
        tmp_path_factory.mktemp("world"),
        {
            "file__feedback": polls(),
            "typeform__responses": RESPONSES,
            "zendesk__users": USERS,
            "zendesk__tickets": TICKETS,
            "zendesk__ticket_events": EVENTS,
        },
        arguments=["build"],
        sources=[
            ("polls", "file", moment("2025-10-01 00:00"), moment("2026-11-01 00:00")),
            ("forms", "typeform", moment("2025-10-01 00:00"), moment("2026-10-31 23:59")),
            ("desk", "zendesk", moment("2025-10-01 00:00"), None),
        ],
    )
    assert not built.problems, "\n".join(built.problems)
    return built


def test_scores_changes_and_tests_are_those_of_the_worked_examples(world: Warehouse) -> None:
    score, satisfied = (world.figure(metric=m, period="2026-10") for m in ("nps", "csat"))
    assert (score["n"], score["previous_n"]) == (600, 600)
    assert (score["value"], score["change"], score["p"]) == pytest.approx(
        (30.0, 70 / 6, 0.0110693951)
    )
    assert (satisfied["value"], satisfied["previous"]) == pytest.approx((60.0, 80.0))
    assert (satisfied["change_low"], satisfied["change_high"]) == pytest.approx(
        (-33.3872654, -5.24314724)
    )
    # Effort was not asked before: two changes in the family, not four, and two histories. The
    # changes have 60 parts of the error, the histories 20.
    assert score["family_size"] == 4
    assert score["test_weight"] == pytest.approx(0.375)
    assert score["p_adjusted"] == pytest.approx(score["p"] / 0.375)
    effort = world.figure(metric="ces", period="2026-10")
    assert (effort["value"], effort["low"], effort["high"]) == pytest.approx(
        (5.3333333333, 4.3076371322, 6.3590295345)
    )
    assert world.figure(metric="ces_top2", period="2026-10")["value"] == pytest.approx(700 / 12)


def test_figures_come_with_label_unit_target_and_last_year(world: Warehouse) -> None:
    october = world.figure(metric="nps", period="2026-10")
    assert (october["label"], october["unit"], october["better"]) == ("All", "points", "higher")
    assert (october["target"], october["same_month_last_year"]) == (30, 17)
    assert world.figure(metric="nps", period="2026-09")["target"] == 20
    checkout = world.figure(
        metric="csat", period="2026-06", dimension="touchpoint", member="checkout"
    )
    assert (checkout["label"], checkout["position"], checkout["target"]) == ("Checkout", 1, 80)


def test_a_segment_has_its_own_target_in_every_edition(world: Warehouse) -> None:
    key = {"metric": "csat", "period": "2026-06"}
    row = world.figure(**key, dimension="segment", member="enterprise")
    assert world.figure(**key)["target"] == 70
    assert (row["target"], world.figure(**key, scope="segment=enterprise")["target"]) == (55, 55)
    # Where it has none of its own, the company's holds for it.
    assert world.figure(metric="nps", period="2026-10", scope="segment=enterprise")["target"] == 30


def test_an_extraordinary_month_is_signalled_and_ordinary_ones_are_not(world: Warehouse) -> None:
    signals = world.rows(
        "select period, signal, provisional_limits from reporting.rpt_metrics where metric = 'nps' "
        "and scope = 'all' and dimension = 'all' order by period"
    )
    assert [s for s in signals if s[1]] == [("2026-10", "outside", False)]
    assert [p for p, _, provisional in signals if provisional][-1] == "2026-08"


def test_a_touchpoint_with_four_answers_is_hidden_with_the_next_smallest(world: Warehouse) -> None:
    rows = world.rows(
        "select member, n, value, suppressed from reporting.rpt_metrics where metric = 'csat' "
        "and period = '2026-06' and scope = 'all' and dimension = 'touchpoint' order by member"
    )
    assert rows == [
        ("app_home", None, None, True),
        ("checkout", 20, 75, False),
        ("invoice", None, None, True),
    ]
    stages = world.rows(
        "select count(*) filter (suppressed) from reporting.rpt_metrics where metric = 'csat' "
        "and period = '2026-06' and dimension = 'journey_stage' and scope = 'all'"
    )
    assert stages == [(2,)]


def test_weighted_answers_count_by_weight_and_are_printed_by_head(world: Warehouse) -> None:
    april = world.figure(metric="csat", period="2026-04")
    assert (april["n"], april["value"]) == (20, 75)
    # Wilson of 12 out of n_eff 16
    assert (april["low"], april["high"]) == pytest.approx((50.500, 89.817), abs=0.02)


def test_the_heaviest_weights_have_room(world: Warehouse) -> None:
    december = world.figure(metric="ces", period="2025-12")
    assert (december["n"], december["value"]) == (10, pytest.approx(5.8))


def test_a_reversed_scale_is_turned(world: Warehouse) -> None:
    assert world.figure(metric="csat", period="2026-02")["value"] == 50  # 1, 2 and 1 of six
    assert world.one(
        "select list(score order by score) from contracts.feedback where survey_id = 'turned'"
    ) == [1, 2, 3, 4, 5, 5]


def test_a_month_ends_at_midnight_in_london(world: Warehouse) -> None:
    rows = world.rows(
        "select period, n from marts.int_metric_cells where metric = 'ces' and n > 0 "
        "and scope = 'all' and dimension = 'all' and period between '2026-01' and '2026-09' "
        "order by period"
    )
    assert rows == [("2026-03", 1), ("2026-04", 1)]
    assert world.rows(
        "select starts_at::varchar, ends_at::varchar from reporting.rpt_periods "
        "where period = '2026-10'"
    ) == [("2026-09-30 23:00:00+00", "2026-11-01 00:00:00+00")]


def test_the_newest_copy_of_an_answer_counts_once(world: Warehouse) -> None:
    assert world.rows("select score from contracts.feedback where response_id = 'rlate'") == [(5,)]
    assert world.one("select count(*) from contracts.feedback where response_id = 't2'") == 2


def test_every_month_is_there_also_without_answers(world: Warehouse) -> None:
    assert world.one("select count(*) from reporting.rpt_periods") == 13
    empty = world.figure(metric="csat", period="2026-01")
    assert (empty["n"], empty["value"], empty["suppressed"]) == (0, None, False)
    assert (
        world.one(
            "select count(distinct n) from (select count(*) as n from reporting.rpt_metrics "
            "group by scope, metric, dimension, member)"
        )
        == 1
    )


def test_what_cannot_be_used_is_put_aside_with_a_reason(world: Warehouse) -> None:
    rows = world.rows(
        "select source, reason, value from contracts.quarantine where reason != 'superseded' "
        "order by all"
    )
    assert rows == [
        ("desk", "unknown_case", "77"),
        ("desk", "unknown_channel", "carrier_pigeon"),
        ("desk", "unknown_segment", "royal"),
        ("forms", "not_submitted", "0.0"),
        ("polls", "implausible_time", "3.0"),
        ("polls", "not_a_number", "n/a"),
        ("polls", "out_of_scale", "11.0"),
        ("polls", "unknown_channel", "kiosk"),
        ("polls", "unknown_stage", "dream"),
        ("polls", "unknown_touchpoint", "fax"),
        ("polls", "unmapped_question", None),
    ]
    assert world.one("select sum(n) from reporting.rpt_quarantine") == 11
    assert (
        world.one("select n from reporting.rpt_quarantine where reason = 'implausible_time'") == 1
    ), "it counts in the month the record was changed"


def test_words_are_kept_with_what_they_are_about(world: Warehouse) -> None:
    rows = world.rows(
        "select source, feedback_id, case_id, text from contracts.comments order by all"
    )
    assert rows == [
        ("desk", None, "1", "quick!"),
        ("forms", "forms|F1|t1|nps", None, "easy"),
        ("polls", "polls|monthly|rsaid|csat", None, "<b>bad</b> {{ 7 * 7 }}"),
        ("polls", None, None, "no score, but words"),
    ]


def test_a_segment_follows_the_customer_over_sources(world: Warehouse) -> None:
    rows = world.rows(
        "select response_id, metric, segment, channel, touchpoint, journey_stage "
        "from marts.fct_feedback where source = 'forms' order by all"
    )
    assert rows == [
        ("t1", "nps", "enterprise", "web", None, "use"),
        ("t2", "csat", "enterprise", "app", "checkout", "buy"),
        ("t2", "rating", "enterprise", "app", None, None),
        ("t4", "csat", None, None, "invoice", "pay"),
        ("t5", "csat", None, None, "checkout", "buy"),
    ]
    scopes = world.rows("select distinct scope from reporting.rpt_metrics order by scope")
    assert scopes == [("all",), ("segment=enterprise",)]
    june = world.figure(metric="csat", period="2026-06", scope="segment=enterprise")
    assert june["n"] == 20


def test_tickets_become_cases_in_the_words_of_the_contract(world: Warehouse) -> None:
    rows = world.rows(
        "select case_key, customer_key, channel, priority, schedule, first_reply_target_minutes, "
        "is_deleted from contracts.cases order by case_key"
    )
    assert rows == [
        ("desk|1", "C1", "email", "urgent", "night", 30, False),
        ("desk|2", "desk:9", None, "low", "office", 240, False),
        ("desk|3", "desk:9", "bot", "urgent", "office", 30, True),
        ("desk|4", "desk:9", "phone", "urgent", "office", 30, False),
    ]


def test_audits_become_events_in_order(world: Warehouse) -> None:
    rows = world.rows(
        "select sequence, event, actor_role, is_public, value from contracts.case_events "
        "where case_key = 'desk|1' order by sequence"
    )
    assert rows == [
        (1, "created", "customer", True, None),
        (2, "status", "customer", None, "new"),
        (3, "comment", "customer", True, None),
        (4, "comment", "bot", True, None),
        (5, "comment", "agent", True, None),
        (6, "status", "agent", None, "solved"),
        (7, "satisfaction", None, None, "offered"),
        (8, "satisfaction", None, None, "good"),
        (9, "status", "system", None, "closed"),
    ]
    rating = world.rows(
        "select value, occurred_at::varchar from contracts.case_events "
        "where case_key = 'desk|4' and event = 'satisfaction'"
    )
    assert rating == [("bad", "2026-07-02 10:00:00+00")]


def test_names_and_addresses_stay_in_the_restricted_schema(world: Warehouse) -> None:
    columns = world.rows(
        "select table_schema || '.' || table_name, column_name from information_schema.columns "
        "where table_schema not in ('raw', 'restricted') and data_type = 'VARCHAR'"
    )
    for table, column in columns:
        found = world.one(
            f"select count(*) from {table} where \"{column}\" like '%Jane Doe%' "
            f"or \"{column}\" like '%@example.org%' or \"{column}\" like '%555 0100%'"
        )
        # The answer to a question nobody has mapped stays where the answers are judged.
        allowed = {
            ("staging.int_feedback__file", "value"),
            ("staging.int_feedback_judged", "value"),
            ("staging.stg_file__feedback", "score"),
        }
        assert not found or (table, column) in allowed, f"{table}.{column}"
    assert world.rows(
        "select name, email from restricted.customer_identities where customer_key = 'C1'"
    ) == [("Jane Doe", "jane@example.org")]


def test_the_distribution_adds_up_to_the_answers(world: Warehouse) -> None:
    rows = world.rows(
        "select bucket, n, share from reporting.rpt_distribution where period = '2026-10' "
        "and scope = 'all' and dimension = 'all' order by position"
    )
    assert rows == [("detractors", 120, 20), ("passives", 180, 30), ("promoters", 300, 50)]
    hidden = world.rows(
        "select distinct n, share from reporting.rpt_distribution "
        "where dimension = 'journey_stage' and member = 'use' and period = '2026-05'"
    )
    assert hidden == [(None, None)]


def test_sources_say_how_far_they_reach(world: Warehouse) -> None:
    rows = world.rows(
        "select source, kind, records, covers_period from reporting.rpt_sources "
        "where period = '2026-10' order by source"
    )
    assert rows == [
        ("desk", "zendesk", 0, False),
        ("forms", "typeform", 0, False),
        ("polls", "file", 692, True),
    ]
    july = world.rows(
        "select records, quarantined from reporting.rpt_sources "
        "where period = '2026-07' and source = 'desk'"
    )
    assert july == [(None, 2)]  # three cases are too few to print


def test_no_total_gives_a_hidden_count_away(world: Warehouse) -> None:
    """What is left of a month's records without the metrics that are printed is none, or enough."""
    printed: dict[str, dict[str, int | None]] = {}
    for period, metric, n in world.rows(
        "select period, metric, n from reporting.rpt_metrics where scope = 'all' "
        "and dimension = 'all' and metric in ('nps', 'csat', 'ces', 'case_volume')"
    ):
        printed.setdefault(period, {})[metric] = n
    sources: dict[str, list[int | None]] = {}
    for period, records in world.rows("select period, records from reporting.rpt_sources"):
        sources.setdefault(period, []).append(records)
    totals = world.rows("select period, answers, cases from reporting.rpt_periods")
    untold = 0
    for period, answers, cases in totals:
        found = dict(printed.get(period, {}))
        told_cases = found.pop("case_volume", 0)
        assert cases == told_cases
        if answers is not None:
            assert None not in found.values(), period
            rest = answers - sum(n or 0 for n in found.values())
            assert not 0 < rest < 5, period
        untold += answers is None
        records = sources[period]
        assert not any(n and n < 5 for n in records)
        hidden = [n for n in records if n is None]
        if not hidden:
            assert answers is not None
            assert cases is not None
        elif None not in (answers, cases):
            assert len(hidden) > 1 or answers + cases == 0
    assert 0 < untold < len(totals)


def test_actions_and_definitions_are_printed_as_written(world: Warehouse) -> None:
    assert world.rows("select action_id, title, due_on::varchar from reporting.rpt_actions") == [
        ("A-1", "Shorter form, fewer fields", "2026-12-01")
    ]
    assert world.one("select count(*) from reporting.rpt_metric_catalogue") == 5


def test_every_model_says_what_one_row_is() -> None:
    import yaml
    from metrics_world import PROJECT

    described: dict[str, str] = {}
    for path in PROJECT.glob("models/**/*.yml"):
        for model in yaml.safe_load(path.read_text()).get("models", []):
            described[model["name"]] = model.get("description", "")
    built = {p.stem for p in PROJECT.glob("models/**/*") if p.suffix in (".sql", ".py")}
    assert built - set(described) == set()
    wrong = [name for name, text in described.items() if not text.startswith("One row per")]
    assert wrong == []


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    """The reporting tables of the same company, its records landed in another order."""
    rows = polls()
    built = build(
        tmp_path_factory.mktemp("again"),
        {
            "file__feedback": rows[::-1],
            "typeform__responses": RESPONSES[::-1],
            "zendesk__users": USERS[::-1],
            "zendesk__tickets": TICKETS[::-1],
            "zendesk__ticket_events": EVENTS[::-1],
        },
        arguments=["build", "--select", "+path:models/reporting", "--resource-type", "seed",
                   "--resource-type", "model"],
    )  # fmt: skip
    assert not built.problems, "\n".join(built.problems)
    names = ("rpt_metrics", "rpt_distribution", "rpt_quarantine", "rpt_periods")
    return {name: built.rows(f"from reporting.{name} order by all") for name in names}


def test_the_order_of_landing_changes_no_bit(
    world: Warehouse, figures: dict[str, list[tuple[Any, ...]]]
) -> None:
    for name, rows in figures.items():
        assert world.rows(f"from reporting.{name} order by all") == rows, name


def test_nothing_landed_gives_empty_tables(tmp_path: Any) -> None:
    built = build(tmp_path / "empty", {}, arguments=["build", "--exclude-resource-type",
                                                     "unit_test"])  # fmt: skip
    assert not built.problems, "\n".join(built.problems)
    for table in ("rpt_metrics", "rpt_periods", "rpt_sources", "rpt_quarantine"):
        assert built.one(f"select count(*) from reporting.{table}") == 0
