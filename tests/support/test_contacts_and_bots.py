"""Whether one contact was enough, and what a bot did alone: each case worked by hand."""

from __future__ import annotations

import duckdb
import pytest
from test_support_cells import cell

pytestmark = pytest.mark.dbt


def contact(support: duckdb.DuckDBPyConnection, case_id: str) -> tuple[object, ...]:
    """First-contact resolution and its month; a bot's outcome and its month."""
    found = support.execute(
        "select is_first_contact_resolution, contact_period, bot_outcome, bot_period "
        "from marts.int_case_contacts where case_hash = hash(?)",
        [f"desk|{case_id}"],
    ).fetchall()
    return found[0] if found else (None, None, None, None)


def measures(support: duckdb.DuckDBPyConnection, case_id: str) -> set[str]:
    found = support.execute(
        "select metric from marts.int_support_measures where case_hash = hash(?)",
        [f"desk|{case_id}"],
    ).fetchall()
    return {metric for (metric,) in found}


@pytest.mark.parametrize(
    ("case_id", "resolved", "period"),
    [
        ("kept", True, "2026-08"),
        ("reopened", False, "2026-08"),
        ("reopened_in_time", False, "2026-08"),
        ("reopened_later", True, "2026-08"),
        ("back", False, "2026-08"),
        ("back_again", True, "2026-08"),
        ("back_later", True, "2026-08"),
        ("back_later_again", None, None),
        ("two_at_once", False, "2026-08"),
        ("twice_by_mistake", True, "2026-08"),
        ("its_copy", None, None),
        ("of_nobody", None, None),
        ("never_solved", None, None),
        ("only_closed", True, "2026-08"),
        ("over_the_month", True, "2026-09"),
        ("over_the_clocks", True, "2026-10"),
        ("known_just_now", True, "2026-11"),
        ("not_known_yet", None, None),
        ("failed_but_not_known_yet", None, None),
    ],
)
def test_a_first_contact_resolves_when_seven_days_bring_nothing_more(
    support: duckdb.DuckDBPyConnection, case_id: str, resolved: bool | None, period: str | None
) -> None:
    assert contact(support, f"first_{case_id}")[:2] == (resolved, period)


def test_first_contact_resolution_is_a_share_of_the_cases_judged_in_the_month(
    support: duckdb.DuckDBPyConnection,
) -> None:
    found = cell(
        support, "first_contact_resolution", period="2026-08", dimension="channel", member="kiosk"
    )
    assert (found["n"], found["successes"]) == (10, 6)


@pytest.mark.parametrize(
    ("case_id", "handled_by", "first_resolved_by", "outcome"),
    [
        ("alone", "bot", "bot", "resolved"),
        ("alone_by_letter", "bot", "bot", None),
        ("without_a_word", "bot", "bot", "resolved"),
        ("then_human", "people", "people", "handed_over"),
        ("then_a_note", "people", "people", "handed_over"),
        ("left_open", "people", None, "unresolved"),
        ("opened_again", "people", "bot", "unresolved"),
        ("then_human_after_all", "people", "bot", "handed_over"),
        ("then_human_a_week_on", "people", "bot", "resolved"),
        ("resolved_late", "bot", "bot", "unresolved"),
        ("not_known_yet", "bot", "bot", None),
    ],
)
def test_a_case_is_the_bots_while_no_person_has_done_anything_in_it(
    support: duckdb.DuckDBPyConnection,
    case_id: str,
    handled_by: str,
    first_resolved_by: str | None,
    outcome: str | None,
) -> None:
    found = support.execute(
        "select handled_by, first_resolved_by from marts.fct_cases where case_id = ?",
        [f"bot_{case_id}"],
    ).fetchall()
    assert found == [(handled_by, first_resolved_by)]
    assert contact(support, f"bot_{case_id}")[2:] == (outcome, "2026-08" if outcome else None)


def test_a_case_a_bot_only_answered_first_is_peoples(support: duckdb.DuckDBPyConnection) -> None:
    query = "select case_id, handled_by from marts.fct_cases where case_id in (?, ?, ?)"
    found = support.execute(query, ["first_a_bot", "only_a_bot", "solved_unanswered_in_time"])
    assert dict(found.fetchall()) == {
        "first_a_bot": "people", "only_a_bot": "bot", "solved_unanswered_in_time": "people",
    }  # fmt: skip


def test_what_a_bot_resolves_alone_flatters_no_figure_of_people(
    support: duckdb.DuckDBPyConnection,
) -> None:
    assert measures(support, "bot_alone") == {
        "case_volume", "bot_resolution_rate", "bot_handover_rate"
    }  # fmt: skip
    assert measures(support, "bot_alone_by_letter") == {"case_volume"}
    assert measures(support, "bot_merged") == set()


def test_a_bots_conversation_that_waits_for_a_person_counts_against_people(
    support: duckdb.DuckDBPyConnection,
) -> None:
    assert measures(support, "bot_left_open") == {
        "case_volume", "case_backlog", "first_reply_in_target",
        "bot_resolution_rate", "bot_handover_rate",
    }  # fmt: skip
    missed = support.execute(
        "select is_success from marts.int_support_measures "
        "where case_hash = hash('desk|bot_left_open') and metric = 'first_reply_in_target'"
    ).fetchall()
    assert missed == [(False,)]


def test_a_case_handed_over_is_in_all_figures_of_people(
    support: duckdb.DuckDBPyConnection,
) -> None:
    people = {
        "case_volume", "first_reply_minutes", "first_reply_in_target", "full_resolution_minutes",
        "one_touch_rate", "bot_resolution_rate", "bot_handover_rate",
    }  # fmt: skip
    first = {"first_resolution_minutes", "reopen_rate", "first_contact_resolution"}
    assert measures(support, "bot_then_human") == people | first
    # The bot resolved it first, so its reopening is the bot's and not people's.
    assert measures(support, "bot_then_human_after_all") == people


def test_the_rates_of_a_bot_rest_on_all_its_conversations(
    support: duckdb.DuckDBPyConnection,
) -> None:
    for metric, successes in {"bot_resolution_rate": 3, "bot_handover_rate": 3}.items():
        found = cell(support, metric, period="2026-08", dimension="channel", member="bot")
        assert (found["n"], found["successes"]) == (9, successes)
    elsewhere = support.execute(
        "select count(*) from marts.int_support_cells "
        "where metric like 'bot\\_%' escape '\\' and dimension = 'channel' and member != 'bot'"
    ).fetchone()
    assert elsewhere == (0,)
