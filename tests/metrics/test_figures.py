"""One small company through the whole dbt project: what is printed, hidden and put aside."""

from __future__ import annotations

from typing import Any

import pytest
from metrics_world import (
    READ_AT,
    Warehouse,
    answer,
    answers,
    build,
    moment,
    record,
)

pytestmark = pytest.mark.dbt

MONTHS = [f"2025-{m:02d}" for m in range(10, 13)] + [f"2026-{m:02d}" for m in range(1, 9)]


def nps(month: str, d: int, m: int, p: int) -> list[dict[str, Any]]:
    return answers("nps", [3] * d + [7] * m + [10] * p, f"{month}-10T12:00:00Z")


def csat(month: str, satisfied: int, n: int, **more: Any) -> list[dict[str, Any]]:
    scores = [4] * satisfied + [3] * (n - satisfied)
    return answers("csat", scores, f"{month}-11T12:00:00Z", **more)


def polls() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for i, month in enumerate(MONTHS):
        rows += nps(month, 30, 23 - 2 * (i % 2), 47 + 2 * (i % 2))
    rows += nps("2026-09", 150, 190, 260) + nps("2026-10", 120, 180, 300)
    rows += csat("2026-09", 56, 70) + csat("2026-10", 48, 80)
    rows += answers("ces", [7, 6, 5, 7, 4, 6, 3, 7, 5, 6, 2, 6], "2026-10-12T12:00:00Z")
    # June: a touchpoint with four answers, and the one that is hidden with it.
    rows += csat("2026-06", 3, 4, touchpoint="invoice") + csat(
        "2026-06", 5, 7, touchpoint="app_home"
    )
    rows += csat("2026-06", 15, 20, touchpoint="checkout", segment="enterprise")
    # April: weights. Ten answers weigh 1, ten weigh 3: n_eff 16, 75 % satisfied.
    rows += csat("2026-04", 0, 10, weight=1) + csat("2026-04", 10, 10, weight=3)
    # A reversed question: 1 and 2 are the good answers.
    rows += answers("csat", [1, 2, 3, 4, 5, 1], "2026-02-10T12:00:00Z", survey_id="turned")
    # The edges of a month in London, where October ends an hour after UTC's begins.
    rows += [
        answer("edge1", "ces", 7, "2026-03-31T22:59:59Z"),
        answer("edge2", "ces", 1, "2026-03-31T23:00:00Z"),
    ]
    # Late duplicates: the newest copy counts, wherever it was landed; blanks are no answers.
    rows += [
        answer("late", "csat", 1, "2026-05-05T12:00:00Z", changed_at=moment("2026-05-06 00:00")),
        answer("late", "csat", 5, "2026-05-05T12:00:00Z", changed_at=moment("2026-07-06 00:00")),
        answer("late", "csat", 1, "2026-05-05T12:00:00Z", changed_at=moment("2026-06-06 00:00")),
        answer("blank", "csat", None, "2026-05-05T12:00:00Z", comment="no score, but words"),
        answer("blank2", "csat", "", "2026-05-05T12:00:00Z"),
        answer("said", "csat", 2, "2026-05-05T12:00:00Z", comment="<b>bad</b> {{ 7 * 7 }}"),
    ]
    rows += [
        answer("q1", "nps", 11, "2026-05-05T12:00:00Z"),
        answer("q2", "nps", "n/a", "2026-05-05T12:00:00Z"),
        answer("q3", "csat", 3, "2026-05-05T12:00:00Z", touchpoint="fax"),
        answer("q4", "csat", 3, "2026-05-05T12:00:00Z", journey_stage="dream"),
        answer("q5", "csat", 3, "2026-05-05T12:00:00Z", channel="kiosk"),
        answer("q6", "csat", 3, "1970-01-01T00:00:00Z"),
        answer("q7", "favourite_colour", "call me on 555 0100", "2026-05-05T12:00:00Z"),
    ]
    return rows


def response(
    token: str, answered: dict[str, Any], at: str | None = "2026-05-20T08:00:00Z", **hidden: str
) -> dict[str, Any]:
    kinds = {str: "text", int: "number"}
    payload = {
        "response_id": token,
        "token": token,
        "response_type": "completed" if at else "partial",
        "landed_at": "2026-05-20T07:55:00Z",
        "submitted_at": at,
        "hidden": hidden,
        "answers": [
            {"field": {"id": ref, "ref": ref}, "type": kinds[type(v)], kinds[type(v)]: v}
            for ref, v in answered.items()
        ],
    }
    return record(
        "forms", "responses", f"F1/{token}", payload, changed_at=moment("2026-05-20 08:00")
    )


RESPONSES = [
    response("t1", {"nps": 10, "why": "easy"}, customer_id="C1", channel="web"),
    response("t2", {"csat": 5, "driver_usability": 4}, customer_id="C1", channel="app"),
    response("t2", {"csat": 5, "driver_usability": 4}, customer_id="C1", channel="app"),
    response("t3", {"nps": 0}, at=None, customer_id="C1"),
    response("t4", {"csat": 2}, customer_id="desk:9", touchpoint="invoice"),
    response("t5", {"csat": 3}, customer_id="", channel=""),
]


def user(number: int, role: str, external: str | None = None, **more: Any) -> dict[str, Any]:
    payload = {
        "id": number, "external_id": external, "role": role, "locale": "en-GB", "tags": [],
        "name": "Jane Doe", "email": "jane@example.org", **more,
    }  # fmt: skip
    return record("desk", "users", str(number), payload)


def fields(segment: str | None, **more: Any) -> dict[str, Any]:
    return {"user_fields": {"segment": segment, "monthly_revenue": 49.5, **more}}


USERS = [
    user(
        1, "end-user", "C1", **fields("enterprise", joined_on="2024-02-03", zone_schedule="night")
    ),
    user(9, "end-user", None, **fields("royal")),
    user(20, "agent"),
    user(21, "agent", tags=["bot"]),
]


def ticket(number: int, via: str, status: str = "solved", **more: Any) -> dict[str, Any]:
    payload = {
        "id": number, "created_at": "2026-07-01T10:00:00Z", "updated_at": "2026-07-02T10:00:00Z",
        "priority": "urgent", "status": status, "requester_id": 9, "via": {"channel": via},
        "subject": "My card 4111", "satisfaction_rating": {"score": "unoffered"}, **more,
    }  # fmt: skip
    return record("desk", "tickets", str(number), payload)


def audit(
    number: int, ticket_id: int, at: str, by: int, *children: dict[str, Any]
) -> dict[str, Any]:
    payload = {
        "id": number, "ticket_id": ticket_id, "created_at": at, "updater_id": by,
        "event_type": "Audit", "child_events": [{"id": number * 10 + i, **c} for i, c in
                                                enumerate(children)],
    }  # fmt: skip
    return record("desk", "ticket_events", str(number), payload)


def change(**what: Any) -> dict[str, Any]:
    return {"event_type": "Change", **what}


def said(author: int, public: bool = True) -> dict[str, Any]:
    text = {"body": "hello", "comment_present": True, "comment_public": public}
    return {"event_type": "Comment", "author_id": author, **text}


RATING = {"score": "good_with_comment", "comment": "quick!"}
TICKETS = [
    ticket(1, "email", requester_id=1, satisfaction_rating=RATING),
    ticket(2, "carrier_pigeon", priority="low"),
    ticket(3, "answer_bot_for_web_widget", status="deleted"),
    ticket(4, "voice", satisfaction_rating={"score": "bad"}),
]
EVENTS = [
    audit(100, 1, "2026-07-01T10:00:00Z", 1, change(event_type="Create", status="new"), said(1)),
    audit(101, 1, "2026-07-01T10:00:05Z", 21, said(21)),
    audit(102, 1, "2026-07-01T11:00:00Z", 20, said(20), change(status="solved")),
    audit(103, 1, "2026-07-03T11:00:00Z", -1, change(satisfaction_score="offered")),
    audit(104, 1, "2026-07-03T12:00:00Z", 1, change(satisfaction_score="good_with_comment")),
    audit(105, 1, "2026-07-05T12:00:00Z", -1, change(status="closed", assignee_id=20)),
    audit(900, 77, "2026-07-05T12:00:00Z", -1, change(status="closed")),
]


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
    # Effort was not asked before: two tests in the family, not four.
    assert score["family_size"] == 2
    assert score["p_adjusted"] == pytest.approx(2 * satisfied["p"])
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


def test_a_reversed_scale_is_turned(world: Warehouse) -> None:
    assert world.figure(metric="csat", period="2026-02")["value"] == 50  # 1, 2 and 1 of six
    assert world.one(
        "select list(score order by score) from contracts.feedback where survey_id = 'turned'"
    ) == [1, 2, 3, 4, 5, 5]


def test_a_month_ends_at_midnight_in_london(world: Warehouse) -> None:
    rows = world.rows(
        "select period, n from marts.int_metric_cells where metric = 'ces' and n > 0 "
        "and scope = 'all' and dimension = 'all' and period < '2026-10' order by period"
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
    assert july == [(3, 2)]


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


assert READ_AT  # the world is read after all that happens in it
