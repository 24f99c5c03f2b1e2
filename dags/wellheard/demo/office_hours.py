"""Larkfield's support hours: the same as in the seeds, and how to wait so many minutes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Schedule:
    """Opening hours by ISO weekday, in a zone, without holidays. Closing is after opening."""

    zone: ZoneInfo
    hours: tuple[tuple[int, time, time], ...]  # weekday (1 = Monday), opens, closes
    holidays: frozenset[date]


def _days(*texts: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(text) for text in texts)


SCHEDULES = {
    "uk_9_18": Schedule(
        ZoneInfo("Europe/London"),
        (*((day, time(9), time(18)) for day in range(1, 6)), (6, time(10), time(16))),
        _days(
            "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06",
            "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25", "2026-12-28",
        ),
    ),
    "new_york_8_20": Schedule(
        ZoneInfo("America/New_York"),
        tuple((day, time(8), time(20)) for day in range(1, 6)),
        _days(
            "2025-09-01", "2025-11-27", "2025-12-25", "2026-01-01", "2026-05-25", "2026-07-03",
            "2026-09-07", "2026-11-26", "2026-12-25",
        ),
    ),
}  # fmt: skip


@cache
def _open_on(name: str, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """The opening spans of a local day, in UTC."""
    schedule = SCHEDULES[name]
    if day in schedule.holidays:
        return ()
    return tuple(
        (
            datetime.combine(day, opens, schedule.zone).astimezone(UTC),
            datetime.combine(day, closes, schedule.zone).astimezone(UTC),
        )
        for weekday, opens, closes in schedule.hours
        if weekday == day.isoweekday()
    )


def _spans(name: str, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    day = start.astimezone(SCHEDULES[name].zone).date()
    while True:
        for opens, closes in _open_on(name, day):
            if closes > start:
                yield max(opens, start), closes
        day += timedelta(days=1)


def after(name: str, start: datetime, wait: timedelta) -> datetime:
    """When `wait` of opening time has passed since `start` (UTC)."""
    for opens, closes in _spans(name, start):
        if wait <= closes - opens:
            return opens + wait
        wait -= closes - opens
    raise AssertionError("a schedule never ends")
