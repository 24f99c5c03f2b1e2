"""Control charts of single values (XmR): is this month out of the ordinary for its series?

Wheeler's XmR chart: limits `mean +- 2.66 mR`, mR the mean moving range after moving ranges of
3.267 mR or more are dropped once. Signals are looked for in the order of `Rule`.

A month without a figure (None) is a gap: it counts nowhere, and what needs neighbouring months - a
moving range, a trend, two of three, a run - does not reach across it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Values = Sequence[float | None]
Rule = Literal["outside", "trend", "two_of_three", "run"]

# For moving ranges of two points: 3 / d2 and D4.
_LIMIT_FACTOR = 2.66
_RANGE_FACTOR = 3.267
_LENGTH = 7  # points in a trend or a run
_SETTLED_POINTS = 12


@dataclass(frozen=True)
class ControlChart:
    """Centre and limits of a series, and for each point the rule it breaks, if any.

    A rule that needs several points marks the point that completes it. Below twelve points the
    limits are `provisional`; without two neighbours there are none (`low`, `high` and
    `moving_range` are None).
    """

    centre: float
    moving_range: float | None
    low: float | None
    high: float | None
    signals: tuple[Rule | None, ...]
    provisional: bool


def control_chart(values: Values, *, screened: bool = True) -> ControlChart:
    """The chart of a series in time order, None for a gap. Raises ValueError without any value."""
    return _chart(values, range(len(values)), screened)


def last_point(values: Values) -> ControlChart:
    """The chart as it stood at the last value, with that value's signal alone (one element)."""
    return _chart(values, [len(values) - 1], screened=True)


def _chart(values: Values, points: Sequence[int], screened: bool) -> ControlChart:
    known = [value for value in values if value is not None]
    if not known:
        raise ValueError("a control chart needs at least one value")
    centre, spread = _centre(known), _moving_range(values, screened)
    return ControlChart(
        centre=centre,
        moving_range=spread,
        low=None if spread is None else centre - _LIMIT_FACTOR * spread,
        high=None if spread is None else centre + _LIMIT_FACTOR * spread,
        signals=tuple(_signal(_unbroken(values, at), centre, spread) for at in points),
        provisional=len(known) < _SETTLED_POINTS,
    )


def _centre(values: Sequence[float]) -> float:
    # A series that never moves sits on its mean exactly, without rounding dust.
    return values[0] if min(values) == max(values) else sum(values) / len(values)


def _moving_range(values: Values, screened: bool) -> float | None:
    ranges = [abs(b - a) for a, b in pairwise(values) if a is not None and b is not None]
    if not ranges:
        return None
    mean = sum(ranges) / len(ranges)
    if not screened:
        return mean
    # `< limit or 0`: a flat series has ranges of 0, and 0 is not below 3.267 x 0.
    kept = [r for r in ranges if r < _RANGE_FACTOR * mean or r == 0]
    return sum(kept) / len(kept)


def _unbroken(values: Values, at: int) -> list[float]:
    """The values up to a point, back to the last gap, as many as a rule needs."""
    found: list[float] = []
    for value in reversed(values[max(0, at - _LENGTH + 1) : at + 1]):
        if value is None:
            break
        found.insert(0, value)
    return found


def _signal(values: Sequence[float], centre: float, spread: float | None) -> Rule | None:
    """The rule that the last of the values breaks."""
    if spread is None or not values:
        return None
    reach = _LIMIT_FACTOR * spread
    offsets = [v - centre for v in values]
    if abs(offsets[-1]) > reach:
        return "outside"
    enough = len(offsets) == _LENGTH
    steps = [b - a for a, b in pairwise(offsets)]
    if enough and (all(s > 0 for s in steps) or all(s < 0 for s in steps)):
        return "trend"
    three = offsets[-3:]
    same_side = all(o > 0 for o in three) or all(o < 0 for o in three)
    far = sum(abs(o) > reach * 2 / 3 for o in three)
    if len(three) == 3 and same_side and far >= 2:
        return "two_of_three"
    # An offset of exactly 0 lies on neither side and so breaks the run.
    if enough and (all(o > 0 for o in offsets) or all(o < 0 for o in offsets)):
        return "run"
    return None
