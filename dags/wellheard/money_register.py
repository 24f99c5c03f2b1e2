"""The customer register as numbers, and what of it is known at a month's end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wellheard.money import NEVER, Bools, Customers, Ints

if TYPE_CHECKING:
    import pyarrow as pa

BANDS = ("detractor", "passive", "promoter")  # by number, as int_customer_bands has them
NO_LOSSES, TOO_SHORT = "no_losses_recorded", "history_too_short"
_EPOCH = date(1970, 1, 1)


class Scope(NamedTuple):
    """All customers, or those of a segment."""

    name: str
    of: Bools


class Answers(NamedTuple):
    """Answers in order of customer (a position in the register) and day."""

    customer: Ints
    day: Ints
    band: Ints
    next_day: Ints  # of the same customer's next answer; NEVER after the last


class Moment(NamedTuple):
    """What a month's end knows: losses from day `known_from` on, and nothing after day `until`.

    `start` and `end` are the month's first day and the day after its last.
    """

    start: int
    end: int
    known_from: int
    until: int


@dataclass(frozen=True)
class Register:
    """All customers there are, their answers, and the scopes they are counted in."""

    customers: Customers
    answers: Answers
    scopes: list[Scope]
    known_from: int | None

    @staticmethod
    def read(customers: pa.Table, bands: pa.Table) -> Register:
        """From `int_customer_days` in order of customer_number, `int_customer_bands` likewise.

        Losses are known from the first day of the month of the first one on: before that nobody
        can tell a company that lost no customer from one that did not write it down.
        """
        joined = _whole(customers, "joined_day")
        lost = _whole(customers, "lost_day", missing=NEVER)
        revenue = customers["monthly_revenue"].to_numpy().astype(np.float64)
        segment = np.array(customers["segment"].to_pylist(), dtype=np.object_)
        scopes = [Scope("all", np.ones(len(joined), np.bool_))]
        scopes += [
            Scope(f"segment={name}", np.asarray(segment == name, np.bool_))
            for name in sorted({s for s in segment if s is not None})
        ]
        who = _whole(bands, "customer_number") - 1
        day = _whole(bands, "answered_day")
        same = who[1:] == who[:-1] if len(who) else np.zeros(0, np.bool_)
        next_day = np.append(np.where(same, day[1:], NEVER), NEVER)[: len(day)]
        losses = lost[lost != NEVER]
        first = _first_of_month(int(losses.min())) if len(losses) else None
        answers = Answers(who, day, _whole(bands, "band"), next_day.astype(np.int64))
        return Register(Customers(joined, lost, revenue), answers, scopes, first)

    def at(self, period: str, known_until: int | None) -> Moment | str:
        """The month's end; where nothing is known of losses by then, the word that says why."""
        start, end = month_start(period), month_start(period, 1)
        until = end if known_until is None else min(end, known_until)
        if self.known_from is None:
            return NO_LOSSES
        if self.known_from > start or until <= start:
            return TOO_SHORT
        return Moment(start, end, self.known_from, until)


def _whole(table: pa.Table, name: str, missing: int = 0) -> Ints:
    return np.asarray(table[name].fill_null(missing).to_numpy(), np.int64)


def month_start(period: str, months: int = 0) -> int:
    """The first day of the month so many months after `2026-10`, in days from 1970-01-01."""
    at = int(period[:4]) * 12 + int(period[5:]) - 1 + months
    return (date(at // 12, at % 12 + 1, 1) - _EPOCH).days


def months_between(first_day: int, period: str, most: int) -> list[tuple[int, int]]:
    """The whole months from `first_day` to the end of `period`, at most so many, oldest first."""
    spans = [(month_start(period, -back), month_start(period, 1 - back)) for back in range(most)]
    return [span for span in reversed(spans) if span[0] >= first_day]


def _first_of_month(day: int) -> int:
    found = date.fromordinal(_EPOCH.toordinal() + day)
    return (found.replace(day=1) - _EPOCH).days
