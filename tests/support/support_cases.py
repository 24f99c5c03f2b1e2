"""The cases the support tests are about: worked by hand, drawn at random, and the true ones."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from support_world import Case

from wellheard.settings import PROJECT

CALLERS = [f"C1{n}" for n in range(5)]
CUSTOMERS = {"C2": "consumer", "C3": "trade", **dict.fromkeys(CALLERS, "enterprise")}
TRUTH = PROJECT.parent / "shared" / "truth" / "support"

# 2026 in London: clocks forward on Sunday 29 March, back on Sunday 25 October; Good Friday is
# 3 April. 7 October is a Wednesday, at UTC + 1.


def desk_cases() -> list[Case]:
    """Cases whose measures are worked out by hand in the tests."""
    return [
        *_in_business_time(),
        *_in_their_story(),
        *_in_june(),
        *_at_first_contact(),
        *_with_a_bot(),
        *_open_at_the_months_end(),
        *_up_to_the_90th_percentile(),
    ]


def _in_business_time() -> list[Case]:
    return [
        Case("within_a_day", "2026-10-07T10:00+01:00").comment("2026-10-07T10:42:30+01:00"),
        Case("over_a_weekend", "2026-10-09T16:30+01:00").comment("2026-10-12T09:15+01:00"),
        Case("all_on_a_weekend", "2026-10-10T11:00+01:00").comment("2026-10-11T15:00+01:00"),
        Case("before_opening", "2026-10-07T06:00+01:00").comment("2026-10-07T09:01+01:00"),
        Case("at_opening", "2026-10-07T09:00+01:00").comment("2026-10-07T09:00+01:00"),
        Case("over_easter", "2026-04-02T16:30+01:00").comment("2026-04-07T09:30+01:00"),
        Case("on_a_holiday", "2026-04-03T10:00+01:00").comment("2026-04-03T12:00+01:00"),
        Case("over_the_longer_sunday", "2026-10-23T16:00+01:00").comment("2026-10-26T10:00+00:00"),
        Case("over_the_shorter_sunday", "2026-03-27T16:00+00:00").comment("2026-03-30T10:00+01:00"),
        Case("night_of_the_skipped_hour", "2026-03-28T23:00+00:00", "night").comment(
            "2026-03-29T06:00+01:00"
        ),
        Case("night_of_the_repeated_hour", "2026-10-24T23:00+01:00", "night").comment(
            "2026-10-25T06:00+00:00"
        ),
        # The holiday is 21 October: closed from midnight to midnight, not the night that follows.
        Case("nights_around_a_holiday", "2026-10-20T21:00+01:00", "night").comment(
            "2026-10-22T07:00+01:00"
        ),
        Case("over_lunch", "2026-10-13T12:00+05:30", "lunch").comment("2026-10-13T14:00+05:30"),
        # In Santiago the clocks go forward at midnight of 6 September: the day begins at one.
        Case("day_that_begins_at_one", "2026-09-05T12:00-04:00", "always").comment(
            "2026-09-06T12:00-03:00"
        ),
        Case("solved_over_easter", "2026-04-02T16:30+01:00").status(
            "2026-04-07T09:30+01:00", "solved"
        ),
        Case("solved_over_the_longer_sunday", "2026-10-23T16:00+01:00")
        .status("2026-10-23T16:30+01:00", "solved")
        .status("2026-10-23T16:40+01:00", "open")
        .status("2026-10-26T10:00+00:00", "solved"),
        Case("without_schedule", "2026-10-07T10:00+01:00", None).comment("2026-10-07T11:00+01:00"),
        Case("unknown_schedule", "2026-10-07T10:00+01:00", "martian").comment(
            "2026-10-07T11:00+01:00"
        ),
    ]


def _in_their_story() -> list[Case]:
    day = "2026-10-07T"
    return [
        Case("reopened", day + "09:00")
        .comment(day + "09:10")
        .status(day + "10:00:30", "solved")
        .status(day + "11:00", "open")
        .comment(day + "11:30")
        .status("2026-10-08T09:00", "solved")
        .status("2026-10-12T09:00", "closed"),
        Case("open_again", day + "09:00")
        .comment(day + "09:10")
        .status(day + "10:00", "solved")
        .status(day + "11:00", "open"),
        Case("closed_never_solved", day + "09:00")
        .comment(day + "09:30")
        .status(day + "12:00", "closed"),
        Case("never_replied", day + "09:00").comment(day + "09:10", "customer"),
        Case("not_due_yet", "2026-11-30T16:30").comment("2026-11-30T16:31", "customer"),
        Case("solved_unanswered_in_time", day + "09:00").status(day + "09:20", "solved"),
        Case("solved_unanswered_too_late", day + "09:00").status(day + "10:01", "solved"),
        Case("without_events", day + "09:00"),
        Case("deleted", day + "09:00", deleted=True).comment(day + "09:10"),
        Case("first_a_bot", day + "09:00")
        .comment(day + "09:00:05", "bot")
        .comment(day + "09:05", "agent", public=False)
        .comment(day + "09:06", "customer")
        .comment(day + "09:30")
        .status(day + "10:00", "solved"),
        Case("only_a_bot", day + "09:00")
        .comment(day + "09:00:05", "bot")
        .status(day + "09:01", "solved"),
        Case("on_the_target", day + "09:00").comment(day + "10:00"),
        Case("past_the_target", day + "09:00").comment(day + "10:00:01"),
        Case("without_target", day + "09:00", target=None).comment(day + "15:00"),
        Case("rated_twice", day + "09:00")
        .rated(day + "10:00", "offered")
        .rated(day + "11:00", "bad")
        .rated(day + "12:00", "good")
        .rated(day + "13:00", "offered"),
        Case("rated_next_month", "2026-10-30T09:00").rated("2026-11-02T09:00", "bad"),
        Case("only_offered", day + "09:00").rated(day + "10:00", "offered"),
        Case("solved_and_opened_in_a_second", day + "09:00")
        .status(day + "10:00", "solved")
        .status(day + "10:00", "open"),
        Case("answered_before_it_began", day + "09:00")
        .comment(day + "08:59")
        .comment(day + "09:40"),
        Case("late_on_the_last_of_october", "2026-10-31T23:59:59"),
        Case("early_on_the_first_of_october", "2026-09-30T23:00"),
    ]


def _in_june() -> list[Case]:
    """Reply times 1, 2, ... minutes: 21 by chat, 5 by phone, 4 by e-mail, 20 in the app."""
    cases = []
    for channel, count in {"chat": 21, "phone": 5, "email": 4, "app": 20}.items():
        for minute in range(1, count + 1):
            at = f"2026-06-03T10:{minute:02d}"
            case = Case(
                f"june_{channel}_{minute}",
                "2026-06-03T10:00",
                channel=channel,
                customer=CALLERS[minute - 1]
                if channel == "phone"
                else "C2"
                if minute % 2
                else None,
                target=15,
            )
            cases.append(case.comment(at).status(at, "solved").rated(at, "good"))
    return cases


def _at_first_contact() -> list[Case]:
    """Solved on 3 August at 10:00 where nothing else is said: known on the 10th at 10:00."""

    def kiosk(name: str, created: str = "2026-08-03T09:00", **more: Any) -> Case:
        more = {"customer": name, "channel": "kiosk", **more}
        return Case(f"first_{name}", created, **more).comment(created)

    def solved(name: str, **more: Any) -> Case:
        return kiosk(name, **more).status("2026-08-03T10:00", "solved")

    return [
        solved("kept").status("2026-08-07T10:00", "closed"),
        solved("reopened").status("2026-08-05T09:00", "open").status("2026-08-06T09:00", "solved"),
        solved("reopened_in_time").status("2026-08-10T10:00", "open"),
        solved("reopened_later").status("2026-08-10T10:00:01", "open"),
        solved("back"),
        kiosk("back_again", "2026-08-09T09:00", customer="back").status(
            "2026-08-09T12:00", "solved"
        ),
        solved("back_later"),
        kiosk("back_later_again", "2026-08-10T10:00:01", customer="back_later"),
        solved("two_at_once"),
        kiosk("two_at_once_again", "2026-08-03T09:30", customer="two_at_once"),
        solved("twice_by_mistake"),
        kiosk("its_copy", "2026-08-04T09:00", customer="twice_by_mistake", deleted=True),
        solved("of_nobody", customer=None),
        solved("of_nobody_again", customer=None),
        kiosk("never_solved"),
        kiosk("only_closed").status("2026-08-03T10:00", "closed"),
        kiosk("over_the_month", "2026-08-28T09:00").status("2026-08-28T10:00", "solved"),
        # Seven days later by the clock on the wall, an hour more by any other.
        kiosk("over_the_clocks", "2026-10-24T10:00+01:00").status(
            "2026-10-24T12:00+01:00", "solved"
        ),
        kiosk("over_the_clocks_again", "2026-10-31T11:30+00:00", customer="over_the_clocks"),
        kiosk("known_just_now", "2026-11-23T09:00").status("2026-11-23T23:59:59", "solved"),
        kiosk("not_known_yet", "2026-11-23T09:00").status("2026-11-24T00:00:01", "solved"),
        kiosk("failed_but_not_known_yet", "2026-11-23T09:00")
        .status("2026-11-24T00:00:01", "solved")
        .status("2026-11-24T09:00", "open"),
    ]


def _with_a_bot() -> list[Case]:
    """Begun on 3 August at 9:00, answered by a bot at once: judged on the 10th at 9:00."""

    def bot(name: str, created: str = "2026-08-03T09:00", **more: Any) -> Case:
        more = {"channel": "bot", "customer": f"bot_{name}", **more}
        return Case(f"bot_{name}", created, **more).comment(created, "bot")

    return [
        bot("alone").status("2026-08-03T09:01", "solved"),
        bot("alone_by_letter", channel="letter").status("2026-08-03T09:01", "solved"),
        Case("bot_without_a_word", "2026-08-03T09:00", channel="bot", customer=None).status(
            "2026-08-03T09:01", "closed"
        ),
        bot("then_human").comment("2026-08-03T09:30").status("2026-08-03T10:00", "solved"),
        bot("then_a_note")
        .comment("2026-08-03T09:30", "agent", public=False)
        .status("2026-08-03T09:40", "solved"),
        bot("left_open"),
        bot("opened_again").status("2026-08-03T09:01", "solved").status("2026-08-05T09:00", "open"),
        bot("then_human_after_all")
        .status("2026-08-03T09:01", "solved")
        .status("2026-08-04T09:00", "open")
        .comment("2026-08-04T09:30")
        .status("2026-08-04T10:00", "solved"),
        bot("then_human_a_week_on")
        .status("2026-08-03T09:01", "solved")
        .status("2026-08-11T09:00", "open")
        .comment("2026-08-11T09:30")
        .status("2026-08-11T10:00", "solved"),
        bot("resolved_late").status("2026-08-10T09:00:01", "solved"),
        bot("merged", deleted=True).status("2026-08-03T09:01", "solved"),
        bot("not_known_yet", "2026-11-24T00:00:01").status("2026-11-24T00:01", "solved"),
    ]


def _open_at_the_months_end() -> list[Case]:
    """August ends at 23:00 UTC in London."""

    def at_the_counter(name: str, created: str = "2026-08-20T09:00", **more: Any) -> Case:
        return Case(f"counter_{name}", created, channel="counter", customer="C3", **more)

    return [
        at_the_counter("waits").status("2026-10-05T09:00", "solved"),
        at_the_counter("opened_again")
        .status("2026-08-21T09:00", "solved")
        .status("2026-08-31T20:00", "open")
        .status("2026-09-02T09:00", "solved"),
        at_the_counter("solved_in_time").status("2026-08-31T22:59:59", "solved"),
        at_the_counter("solved_at_the_end").status("2026-08-31T23:00", "solved"),
        at_the_counter("pending").status("2026-08-21T09:00", "pending"),
        at_the_counter("solved_and_closed")
        .status("2026-08-21T09:00", "solved")
        .status("2026-09-01T09:00", "closed"),
        at_the_counter("first_of_september", "2026-08-31T23:00"),
        at_the_counter("deleted", deleted=True),
    ]


def _up_to_the_90th_percentile() -> list[Case]:
    """Reply times 1, 2, ... minutes, as many as the channel says."""
    begun = datetime(2026, 8, 10, 9, tzinfo=UTC)
    cases = []
    for count in (36, 37, 100):
        for minute in range(1, count + 1):
            at = (begun + timedelta(minutes=minute)).isoformat()
            case = Case(f"of_{count}_{minute}", begun.isoformat(), channel=f"of_{count}")
            cases.append(case.comment(at).status(at, "solved"))
    return cases


def drawn_cases() -> list[Case]:
    """Cases between two random minutes around every change of the clocks of 2026."""
    draw = random.Random(20261025)
    spans = [
        ("office", "2026-03-20", 26),
        ("office", "2026-10-15", 26),
        ("night", "2026-03-20", 26),
        ("night", "2026-10-15", 26),
        ("always", "2026-03-25", 20),
        ("always", "2026-08-25", 20),
        ("new_york_8_20", "2026-03-01", 20),
        ("new_york_8_20", "2026-10-25", 20),
        ("lunch", "2026-10-10", 20),
    ]
    cases = []
    for schedule, first, days in spans:
        start = datetime.fromisoformat(first).replace(tzinfo=UTC)
        for number in range(30):
            begin, end = sorted(draw.sample(range(days * 1440), 2))
            case = Case(
                f"{schedule}_{first}_{number}",
                (start + timedelta(minutes=begin)).isoformat(),
                schedule,
                source="drawn",
            )
            cases.append(case.comment((start + timedelta(minutes=end)).isoformat()))
    return cases


def truth_cases() -> list[Case]:
    """The 600 real cases, when they are there."""
    if not TRUTH.is_dir():
        return []
    cases = {
        row["case_id"]: Case(
            row["case_id"],
            row["created_at"],
            row["schedule"],
            int(row["first_reply_target_minutes"]),
            row["channel"],
            source="truth",
        )
        for row in _rows(TRUTH / "cases.csv")
    }
    for row in _rows(TRUTH / "case_events.csv"):
        if row["event"] != "created":
            cases[row["case_id"]].events.append(
                (
                    row["occurred_at"],
                    row["event"],
                    row["actor_role"] or None,
                    {"True": True, "False": False}.get(row["is_public"]),
                    row["value"] or None,
                )
            )
    return list(cases.values())


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
