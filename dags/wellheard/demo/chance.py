"""Draws that are the same on every machine and in every process for the same seed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from wellheard.periods import Period

Item = TypeVar("Item")
WEEKDAYS = (1.1, 1.15, 1.1, 1.05, 1.0, 0.8, 0.8)  # Monday first


def stream(seed: int, *names: object) -> Random:
    """A generator of its own for one purpose, so that one part never shifts another's draws."""
    return Random("/".join(map(str, (seed, *names))))


def spread(random: Random, n: int) -> list[float]:
    """`n` numbers in [0, 1) in random order, three in four each from its own equal slice.

    The slices stand for the quotas a survey panel fills: the sample follows the truth more closely
    than pure chance would (about half its error), but is never exact.
    """
    sliced = n * 3 // 4
    numbers = [(slot + random.random()) / sliced for slot in range(sliced)]
    numbers += [random.random() for _ in range(n - sliced)]
    random.shuffle(numbers)
    return numbers


def at(share: float, distribution: Sequence[float]) -> int:
    """The index at which the running sum of a distribution passes `share`."""
    return min(bisect_right(_cumulative(tuple(distribution)), share), len(distribution) - 1)


@cache
def _cumulative(distribution: tuple[float, ...]) -> list[float]:
    return list(accumulate(distribution))


def pick(random: Random, shares: dict[Item, float]) -> Item:
    """One key, by its share."""
    return list(shares)[at(random.random(), tuple(shares.values()))]


@cache
def _days(period: Period) -> tuple[tuple[date, ...], tuple[float, ...]]:
    first, following = date(period.year, period.month, 1), period.shift(1)
    count = (date(following.year, following.month, 1) - first).days
    days = tuple(first + timedelta(days=step) for step in range(count))
    return days, tuple(accumulate(WEEKDAYS[day.weekday()] for day in days))


def moment(random: Random, period: Period, zone: ZoneInfo) -> datetime:
    """A time in the month (UTC): more on weekdays, by day and evening, hardly ever at night."""
    days, weights = _days(period)
    day = days[bisect_right(weights, random.random() * weights[-1])]
    hour = random.triangular(0, 24, 14) if random.random() < 0.9 else random.uniform(0, 24)
    second = min(int(hour * 3600), 24 * 3600 - 1)
    local = datetime(day.year, day.month, day.day, tzinfo=zone).replace(
        hour=second // 3600, minute=second // 60 % 60, second=second % 60
    )
    return local.astimezone(UTC)


def stamp(when: datetime) -> str:
    """A time as both vendors write it, `2026-10-05T13:22:11Z`."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
