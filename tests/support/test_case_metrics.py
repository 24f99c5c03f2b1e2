"""What a case is measured by, worked by hand, by brute force, and against 600 real cases."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import accumulate, groupby
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import jinja2
import pytest
from support_cases import TRUTH, drawn_cases
from support_world import HOLIDAYS, HOURS, moment

from wellheard.settings import PROJECT

pytestmark = pytest.mark.dbt

REPLY = "first_reply_time_business_minutes"


def case(support: duckdb.DuckDBPyConnection, case_id: str) -> Mapping[str, object]:
    found = support.execute("select * from marts.fct_cases where case_id = ?", [case_id])
    rows = found.fetchall()
    assert len(rows) == 1
    return dict(zip([column[0] for column in found.description or []], rows[0], strict=True))


@pytest.mark.parametrize(
    ("case_id", "minutes"),
    [
        ("within_a_day", 42.5),
        ("over_a_weekend", 30 + 15),
        ("all_on_a_weekend", 0),
        ("before_opening", 1),
        ("at_opening", 0),
        ("over_easter", 30 + 30),
        ("on_a_holiday", 0),
        ("over_the_longer_sunday", 60 + 60),
        ("over_the_shorter_sunday", 60 + 60),
        ("night_of_the_skipped_hour", 6 * 60),
        ("night_of_the_repeated_hour", 8 * 60),
        ("nights_around_a_holiday", 2 * 60 + 6 * 60),
        ("over_lunch", 45 + 45),
        ("day_that_begins_at_one", 23 * 60),
        ("without_schedule", None),
        ("unknown_schedule", None),
    ],
)
def test_business_minutes_are_those_of_the_schedule(
    support: duckdb.DuckDBPyConnection, case_id: str, minutes: float | None
) -> None:
    assert case(support, case_id)[REPLY] == minutes


def test_resolutions_skip_holidays_and_the_repeated_hour(
    support: duckdb.DuckDBPyConnection,
) -> None:
    easter = case(support, "solved_over_easter")
    assert easter["first_resolution_business_minutes"] == 30 + 30
    assert easter["full_resolution_business_minutes"] == 30 + 30
    autumn = case(support, "solved_over_the_longer_sunday")
    assert autumn["first_resolution_business_minutes"] == 30
    assert autumn["full_resolution_business_minutes"] == 60 + 60
    assert autumn["final_resolution_calendar_minutes"] == (3 * 24 - 6 + 1) * 60


def test_a_reopened_case_has_a_first_and_a_last_resolution(
    support: duckdb.DuckDBPyConnection,
) -> None:
    found = case(support, "reopened")
    assert found["count_reopens"] == 1
    assert found["first_resolution_calendar_minutes"] == 60  # boundaries: 10:00:30 counts as 10:00
    assert found["first_resolution_business_minutes"] == 60.5
    assert found["final_resolution_calendar_minutes"] == 24 * 60
    assert found["full_resolution_business_minutes"] == 7 * 60 + 60  # 10:00 to 17:00, 9:00 to 10:00
    assert found["solved_at"] == moment("2026-10-08T09:00")  # the later `closed` does not count
    assert found["is_resolved"] is True
    assert found["is_one_touch_resolution"] is False


def test_a_case_that_is_open_again_is_not_resolved(support: duckdb.DuckDBPyConnection) -> None:
    found = case(support, "open_again")
    assert found["status"] == "open"
    assert found["is_resolved"] is False
    assert found["is_one_touch_resolution"] is False
    assert found["first_resolution_calendar_minutes"] == 60


def test_closing_counts_as_resolution_where_a_case_was_never_solved(
    support: duckdb.DuckDBPyConnection,
) -> None:
    found = case(support, "closed_never_solved")
    assert found["first_resolution_calendar_minutes"] == 180
    assert found["final_resolution_calendar_minutes"] == 180
    assert found["count_reopens"] == 0
    assert found["is_one_touch_resolution"] is True


def test_only_an_agents_public_comment_is_a_reply(support: duckdb.DuckDBPyConnection) -> None:
    found = case(support, "first_a_bot")
    assert found["first_reply_time_calendar_minutes"] == 30
    assert found["count_public_agent_comments"] == 1
    assert found["is_one_touch_resolution"] is True
    alone = case(support, "only_a_bot")
    assert alone["first_reply_at"] is None
    assert alone["count_public_agent_comments"] == 0
    assert alone["is_one_touch_resolution"] is False


def test_a_comment_dated_before_the_case_is_no_reply_to_it(
    support: duckdb.DuckDBPyConnection,
) -> None:
    found = case(support, "answered_before_it_began")
    assert found["first_reply_time_calendar_minutes"] == 40
    assert found["count_public_agent_comments"] == 1


@pytest.mark.parametrize(
    ("case_id", "breach"),
    [
        ("on_the_target", False),
        ("past_the_target", True),
        ("without_target", None),
        ("without_schedule", None),
        ("never_replied", True),
        ("without_events", True),
        ("not_due_yet", None),
        ("solved_unanswered_in_time", None),
        ("solved_unanswered_too_late", True),
    ],
)
def test_a_breach_is_strictly_more_than_the_target_and_silence_breaches_too(
    support: duckdb.DuckDBPyConnection, case_id: str, breach: bool | None
) -> None:
    assert case(support, case_id)["is_first_reply_breach"] is breach


def test_a_case_never_replied_to_has_no_reply_time(support: duckdb.DuckDBPyConnection) -> None:
    found = case(support, "never_replied")
    assert found["first_reply_at"] is None
    assert found["first_reply_time_calendar_minutes"] is None
    assert found[REPLY] is None
    assert found["final_resolution_calendar_minutes"] is None
    assert found["solved_period"] is None


def test_a_deleted_case_is_in_no_measure(support: duckdb.DuckDBPyConnection) -> None:
    for table in ("fct_cases", "int_case_milestones", "int_support_measures"):
        query = f"select count(*) from marts.{table} where case_hash = hash('desk|deleted')"
        assert support.execute(query).fetchone() == (0,)


@pytest.mark.parametrize(
    ("case_id", "score", "period"),
    [
        ("rated_twice", "good", "2026-10"),
        ("rated_next_month", "bad", "2026-11"),
        ("only_offered", None, None),
    ],
)
def test_the_latest_score_counts_in_the_month_it_was_given(
    support: duckdb.DuckDBPyConnection, case_id: str, score: str | None, period: str | None
) -> None:
    found = case(support, case_id)
    assert (found["ticket_satisfaction_score"], found["rated_period"]) == (score, period)


def test_two_changes_in_one_second_are_told_apart_by_their_order(
    support: duckdb.DuckDBPyConnection,
) -> None:
    assert case(support, "solved_and_opened_in_a_second")["status"] == "open"


def test_the_month_of_a_case_is_that_of_the_reporting_zone(
    support: duckdb.DuckDBPyConnection,
) -> None:
    assert case(support, "late_on_the_last_of_october")["created_period"] == "2026-10"
    assert case(support, "early_on_the_first_of_october")["created_period"] == "2026-10"


def open_minutes(schedule: str, first: datetime, last: datetime) -> list[int]:
    """How many of the minutes from `first` are open before each one: the clock on the wall, read
    every minute."""
    rows = [row for row in csv.DictReader(HOURS.splitlines()) if row["schedule"] == schedule]
    zone = ZoneInfo(rows[0]["zone"])
    closed = {
        row["holiday"]
        for row in csv.DictReader(HOLIDAYS.splitlines())
        if row["schedule"] == schedule
    }
    spans: dict[int, list[tuple[str, str]]] = {day: [] for day in range(1, 8)}
    for row in rows:
        day, opens, closes = int(row["weekday"]), row["opens"], row["closes"]
        if opens < closes:
            spans[day].append((opens, closes))
        else:
            spans[day].append((opens, "24:00"))
            spans[day % 7 + 1].append(("00:00", closes))
    is_open, at = [], first
    while at < last:
        wall = at.astimezone(zone)
        clock, day = f"{wall:%H:%M}", wall.isoweekday()
        on_duty = any(opens <= clock < closes for opens, closes in spans[day])
        is_open.append(int(on_duty and f"{wall:%Y-%m-%d}" not in closed))
        at += timedelta(minutes=1)
    return [0, *accumulate(is_open)]


def test_business_minutes_agree_with_a_clock_read_every_minute(
    support: duckdb.DuckDBPyConnection,
) -> None:
    query = f"select case_id, {REPLY} from marts.fct_cases where source = 'drawn'"
    found = dict(support.execute(query).fetchall())
    cases = drawn_cases()
    assert len(found) == len(cases) == 270

    def group(case_id: str) -> str:
        return case_id.rsplit("_", 1)[0]

    differing = []
    for _, members in groupby(cases, key=lambda c: group(c.id)):
        same = list(members)
        first = min(moment(c.created) for c in same)
        last = max(moment(c.events[0][0]) for c in same)
        elapsed = open_minutes(str(same[0].schedule), first, last)
        for c in same:
            begin = round((moment(c.created) - first).total_seconds() / 60)
            end = round((moment(c.events[0][0]) - first).total_seconds() / 60)
            if found[c.id] != elapsed[end] - elapsed[begin]:
                differing.append((c, found[c.id], elapsed[end] - elapsed[begin]))
    assert not differing


@pytest.mark.skipif(not TRUTH.is_dir(), reason=f"the real cases are not there ({TRUTH})")
def test_all_measures_of_600_real_cases_are_the_expected_ones(
    support: duckdb.DuckDBPyConnection,
) -> None:
    expected = f"read_csv('{TRUTH / 'expected_case_metrics.csv'}', header = true)"
    columns = [row[0] for row in support.execute(f"describe select * from {expected}").fetchall()]
    assert len(columns) == 12
    wanted = support.execute(f"select * from {expected} order by case_id").fetchall()
    found = support.execute(
        f"select * replace (case_id::bigint as case_id) from "
        f"(select {', '.join(columns)} from marts.fct_cases where source = 'truth') "
        "order by case_id"
    ).fetchall()
    assert len(wanted) == 600
    assert found == wanted


def test_an_unknown_schedule_fails_the_build_and_is_named(support_world: Any) -> None:
    assert support_world.told_of_schedules == [
        "seeds/business_hours.csv: schedule 'martian' of desk cases is unknown; add its hours"
    ]


def test_opening_hours_that_cannot_be_counted_are_told_by_schedule() -> None:
    claim = PROJECT / "dbt_project/tests/seeds/assert_opening_hours_can_be_counted.sql"
    query = jinja2.Template(claim.read_text()).render(ref=lambda name: name)
    with duckdb.connect() as db:
        db.execute(
            "create table business_hours "
            "(schedule varchar, zone varchar, weekday integer, opens time, closes time)"
        )
        db.execute("""
            insert into business_hours values
                ('double', 'UTC', 1, '09:00', '12:00'), ('double', 'UTC', 1, '11:00', '17:00'),
                ('late', 'UTC', 7, '20:00', '02:00'), ('late', 'UTC', 1, '01:00', '09:00'),
                ('mars', 'Mars/Olympus', 1, '09:00', '17:00'),
                ('split', 'UTC', 1, '09:00', '17:00'),
                ('split', 'Europe/London', 2, '09:00', '17:00'),
                ('fine', 'UTC', 1, '09:00', '12:00'), ('fine', 'UTC', 1, '12:00', '00:00')
        """)
        told = sorted(row[0] for row in db.execute(query).fetchall())
    assert told == [
        "seeds/business_hours.csv: schedule 'double' has hours that overlap on weekday 1 at "
        "11:00:00; join them into one row",
        "seeds/business_hours.csv: schedule 'late' has hours that overlap on weekday 1 at "
        "01:00:00; join them into one row",
        "seeds/business_hours.csv: schedule 'split' is in several zones (Europe/London, UTC); "
        "make a schedule for each",
        "seeds/business_hours.csv: zone 'Mars/Olympus' of schedule 'mars' is unknown; write one "
        "like Europe/London",
    ]
