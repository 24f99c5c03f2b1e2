"""The survival curves of each month: by tenure, of everyone and by recommendation band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from wellheard.money_register import BANDS, Register, Scope
from wellheard.suppression import Sums, hidden
from wellheard.survival import DAYS_IN_MONTH, Bools, Curve, Ints, kaplan_meier

if TYPE_CHECKING:
    import pyarrow as pa

LONGEST = 120  # months of tenure that are printed
_MARKS = np.floor(np.arange(LONGEST + 1) * DAYS_IN_MONTH).astype(np.int64)
_DAYS = int(_MARKS[-1])


def judge(
    customers: pa.Table,
    bands: pa.Table,
    *,
    periods: Sequence[str],
    known_until: int | None,
    minimum_n: int,
) -> pa.Table:
    """One row for each scope, period, curve and month of tenure that may be printed.

    A band's curve counts a customer in the band of their last answer, from that answer until the
    next, at most twelve months (Simon and Makuch 1984, doi:10.1002/sim.4780030106): by the band of
    some later answer, customers would have had to live up to it.
    """
    import pyarrow as pa

    register = Register.read(customers, bands)
    names = ("scope", "period", "curve", "month", "at_risk", "survival", "low", "high")
    columns: dict[str, list[object]] = {name: [] for name in names}
    for period in sorted(periods):
        moment = register.at(period, known_until)
        if isinstance(moment, str):
            continue
        first, last = moment.known_from, moment.until
        spells = {"all": (np.arange(len(register.customers.joined)), *_tenure(register, first))}
        spells |= _band_spells(register, first, last)
        for curve, (who, entry, leaves) in spells.items():
            joined, lost = register.customers.joined[who], register.customers.lost[who]
            is_lost = (lost == leaves) & (lost < last)
            end = np.minimum(leaves, last)
            views = [(scope, scope.of[who]) for scope in register.scopes]
            at_risk = np.array(
                [_in_view((entry - joined)[m], (end - joined)[m]) for _, m in views], np.int64
            )
            closed = _closed(at_risk, minimum_n)
            for (scope, member), is_closed in zip(views, closed, strict=True):
                found = _printed(
                    (entry - joined)[member], (end - joined)[member], is_lost[member], is_closed
                )
                if found is not None:
                    _append(columns, scope, period, curve, *found)
    types = dict.fromkeys(columns, pa.float64())
    types |= dict.fromkeys(("scope", "period", "curve"), pa.string())
    types |= dict.fromkeys(("month", "at_risk"), pa.int64())
    return pa.table({name: pa.array(columns[name], kind) for name, kind in types.items()})


def _tenure(register: Register, first: int) -> tuple[Ints, Ints]:
    """In view since they joined, or since losses are known, until they are lost."""
    return np.maximum(register.customers.joined, first), register.customers.lost


def _band_spells(register: Register, first: int, last: int) -> dict[str, tuple[Ints, Ints, Ints]]:
    """By band: whose spell, from which day, until which day (that of being lost, if they are)."""
    answers = register.answers
    who, band = answers.customer, answers.band
    entry = np.maximum(answers.day, first)
    lost = register.customers.lost[who]
    stops = np.minimum(answers.next_day, answers.day + 365)
    leaves = np.where(lost <= stops, lost, stops)
    known = (answers.day < last) & (answers.day >= register.customers.joined[who])
    return {
        name: (who[known & (band == at)], entry[known & (band == at)], leaves[known & (band == at)])
        for at, name in enumerate(BANDS)
    }


def _in_view(start: Ints, end: Ints) -> Ints:
    """Customers in view at each mark of tenure."""
    seen = end > start
    begun = np.searchsorted(np.sort(start[seen]), _MARKS, side="right")
    ended = np.searchsorted(np.sort(end[seen]), _MARKS, side="right")
    return np.asarray(begun - ended, np.int64)


def _closed(at_risk: Ints, minimum_n: int) -> Bools:
    """Which counts may not be printed, by scope and mark: too small, or told by the others."""
    scopes, marks = at_risk.shape
    group = np.tile(np.arange(marks), (scopes, 1))
    group[0] = -1  # everyone: the total of each mark
    flat = Sums(group.ravel(), np.arange(marks))
    return hidden(at_risk.ravel(), minimum_n, [flat]).reshape(scopes, marks) | (at_risk < 1)


def _printed(start: Ints, end: Ints, is_lost: Bools, closed: Bools) -> tuple[Ints, Curve] | None:
    """The marks that are printed and the curve from the first of them on."""
    open_marks = np.flatnonzero(~closed)
    if not len(open_marks):
        return None
    first = open_marks[0]
    after = np.flatnonzero(closed[first:])
    marks = np.arange(first, first + after[0] if len(after) else len(closed))
    curve = kaplan_meier(np.maximum(start, _MARKS[first]), end, is_lost, _DAYS)
    return marks, curve


def _append(
    columns: dict[str, list[object]],
    scope: Scope,
    period: str,
    curve: str,
    marks: Ints,
    found: Curve,
) -> None:
    days = _MARKS[marks]
    columns["scope"] += [scope.name] * len(marks)
    columns["period"] += [period] * len(marks)
    columns["curve"] += [curve] * len(marks)
    columns["month"] += marks.tolist()
    columns["at_risk"] += found.at_risk[days].tolist()
    columns["survival"] += (found.survival[days] * 100).tolist()
    columns["low"] += (found.low[days] * 100).tolist()
    columns["high"] += (found.high[days] * 100).tolist()
