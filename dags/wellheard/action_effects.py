"""What an action did to the figure it was meant to move: measured against what would have been.

An action names its figure (metric, dimension, member) before it starts. One of two designs answers:

- **Difference in differences**, where other members of the same dimension are printed in the same
  months: how far the figure moved away from theirs. The series is the member minus the others
  together (each weighted by its answers); the effect is its mean after minus its mean before.
  Bertrand, Duflo and Mullainathan, "How much should we trust differences-in-differences
  estimates?", QJE 119(1), 2004, https://doi.org/10.1162/003355304772839588: months of one series
  go together, so they must not be counted as if each were news.
- **Interrupted series** otherwise: segmented regression with a level and a slope before and after;
  the effect is the mean distance, over the months after, of the fitted series from the trend before
  continued. Wagner et al., "Segmented regression analysis of interrupted time series studies in
  medication use research", J Clin Pharm Ther 27(4), 2002,
  https://doi.org/10.1046/j.1365-2710.2002.00430.x.

Both are weighted least squares, a month by its n. The error allows for months that go together as a
first-order autoregression whose coefficient restricted maximum likelihood estimates: Turner et al.,
"Evaluation of statistical methods used in the analysis of interrupted time series studies", BMC Med
Res Methodol 21:181, 2021, https://doi.org/10.1186/s12874-021-01364-0, found that estimate the least
biased in short series, and the errors of Newey and West too small there. The t distribution has the
degrees of freedom of as many independent months as the correlated ones are worth,
`df (1 - r) / (1 + r)`: Zwiers and von Storch, "Taking serial correlation into account in tests of
the mean", J Climate 8(2), 1995.
An effect is never surer than its months: the error is at
least the one that the printed intervals of the months alone give it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from wellheard import statistics as st

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]
Key = tuple[str, str, str]  # metric, dimension, member

LEAST_BEFORE = 6  # printed months; with fewer there is no trend to continue
LEAST_AFTER = 3
MOST_BEFORE = 24
MOST_AFTER = 12  # a year after it, other things have happened
LEAST_FREEDOM = 2.0
_GRID = np.arange(0, 48) / 50  # the autocorrelation; a negative one would only narrow errors
ALPHA = 1 - st.CONFIDENCE


class Cell(NamedTuple):
    """A printed figure of one month: `month` counts months, `weight` is its answers or cases.

    `error` is its standard error as printed (half the interval over 1.96), 0 where it has none.
    """

    month: int
    value: float
    weight: float
    error: float = 0.0


Printed = Mapping[Key, Sequence[Cell]]


@dataclass(frozen=True)
class Action:
    """Which figure an action should move, and since when it is in force; None where it is not."""

    action_id: str
    metric: str
    dimension: str
    member: str
    starts_on: date | None
    decided_on: date | None = None  # None where the file does not say: before the first month


@dataclass(frozen=True)
class Effect:
    """What a month's report can say of an action; None where it cannot say it."""

    action: Action
    method: str | None  # interrupted_series | difference_in_differences; None where not in force
    months_before: int
    months_after: int
    n_before: int
    n_after: int
    verdict: str  # moved | no_detectable_effect | too_early | no_data | not_in_force
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_adjusted: float | None = None


_PRINTED = [field.name for field in fields(Effect) if field.name != "action"]


class Contrast(NamedTuple):
    """An estimate with its standard error, degrees of freedom and the months' autocorrelation."""

    value: float
    error: float
    freedom: float
    autocorrelation: float


def judge(actions: Iterable[Action], printed: Printed, month: int) -> list[Effect]:
    """The effects as the report of a month sees them, by action id, Holm over all that are tested.

    `printed` holds the printed figures by (metric, dimension, member), company-wide; those after
    `month` are not looked at, so a later month never changes what an earlier one said. An action
    decided by `month` and not in force by then has no effect to measure; one decided later is left
    out.
    """
    actions = sorted(actions, key=lambda action: action.action_id)
    targets = {(a.metric, a.dimension, a.member) for a in actions}
    effects = [
        _measure(action, action.starts_on, printed, targets, month)
        if action.starts_on and _month_of(action.starts_on) <= month
        else Effect(action, None, 0, 0, 0, 0, "not_in_force")
        for action in actions
        if action.decided_on is None or _month_of(action.decided_on) <= month
    ]
    adjusted = st.holm([np.nan if e.p is None else e.p for e in effects])
    return [
        effect
        if effect.p is None
        else replace(
            effect,
            p_adjusted=float(p),
            verdict="moved" if p < ALPHA else "no_detectable_effect",
        )
        for effect, p in zip(effects, adjusted, strict=True)
    ]


def _measure(
    action: Action,
    starts_on: date,
    printed: Printed,
    targets: set[Key],
    month: int,
) -> Effect:
    target = (action.metric, action.dimension, action.member)
    own = _window(printed.get(target, ()), starts_on, month)
    others = [
        _window(cells, starts_on, month)
        for (metric, dimension, member), cells in sorted(printed.items())
        if (metric, dimension) == (action.metric, action.dimension)
        and (metric, dimension, member) not in targets  # theirs may have moved for its own reason
    ]
    compared = _against(own, others)
    before, after = _split(compared, starts_on)
    needed = min(LEAST_AFTER, len(_split(own, starts_on)[1]))
    if len(before) >= LEAST_BEFORE and len(after) >= needed:
        method = "difference_in_differences"
    else:
        method = "interrupted_series"
        before, after = _split(own, starts_on)
    shown = {cell.month: cell.weight for cell in own}
    found = Effect(
        action,
        method,
        len(before),
        len(after),
        round(sum(shown[cell.month] for cell in before)),
        round(sum(shown[cell.month] for cell in after)),
        "no_data",
    )
    if len(before) < LEAST_BEFORE:
        return found
    if len(after) < LEAST_AFTER:
        return replace(found, verdict="too_early")
    estimate = (step if method == "difference_in_differences" else interruption)(before, after)
    if estimate.error == 0:  # the same figure every month: nothing to judge a change by
        return found
    reach = float(special.stdtrit(estimate.freedom, 1 - ALPHA / 2)) * estimate.error
    return replace(
        found,
        effect=estimate.value,
        low=estimate.value - reach,
        high=estimate.value + reach,
        p=2 * float(special.stdtr(estimate.freedom, -abs(estimate.value / estimate.error))),
    )


def _month_of(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first_after(starts_on: date) -> int:
    """The first whole month with the action; a month it begins in belongs to neither side."""
    return _month_of(starts_on) + (starts_on.day > 1)


def _window(cells: Sequence[Cell], starts_on: date, month: int) -> list[Cell]:
    start, after = _month_of(starts_on), _first_after(starts_on)
    return [
        cell
        for cell in sorted(cells)
        if start - MOST_BEFORE <= cell.month <= min(month, after + MOST_AFTER - 1)
        and not start <= cell.month < after
    ]


def _split(cells: Sequence[Cell], starts_on: date) -> tuple[list[Cell], list[Cell]]:
    after = _first_after(starts_on)
    return [c for c in cells if c.month < after], [c for c in cells if c.month >= after]


def _against(own: Sequence[Cell], others: Sequence[Sequence[Cell]]) -> list[Cell]:
    """The member minus the others together, in the months in which every one of them is printed.

    A member that comes and goes would move the others' mean by itself: only those printed in every
    month of the member's are compared with.
    """
    months = {cell.month for cell in own}
    steady = [cells for cells in others if months <= {cell.month for cell in cells}]
    if not steady:
        return []
    values = [{cell.month: cell for cell in cells} for cells in steady]
    compared = []
    for cell in own:
        theirs = [member[cell.month] for member in values]
        weight = sum(c.weight for c in theirs)
        mean = sum(c.weight * c.value for c in theirs) / weight
        # The variance of a difference is the sum of both.
        both = 1 / (1 / cell.weight + 1 / weight)
        errors = [cell.error, *(c.weight / weight * c.error for c in theirs)]
        compared.append(Cell(cell.month, cell.value - mean, both, math.hypot(*errors)))
    return compared


def step(before: Sequence[Cell], after: Sequence[Cell]) -> Contrast:
    """The mean after minus the mean before."""
    late = np.repeat([0.0, 1.0], [len(before), len(after)])
    return contrast([*before, *after], np.column_stack([np.ones_like(late), late]), [0.0, 1.0])


def interruption(before: Sequence[Cell], after: Sequence[Cell]) -> Contrast:
    """The mean distance of the months after from the trend before, continued."""
    months = np.array([cell.month for cell in (*before, *after)], np.float64)
    late = np.repeat([0.0, 1.0], [len(before), len(after)])
    since = late * (months - after[0].month)
    design = np.column_stack([np.ones_like(months), months - after[0].month, late, since])
    weights = np.array([cell.weight for cell in after])
    mean_since = float(np.average(since[len(before) :], weights=weights))
    return contrast([*before, *after], design, [0.0, 0.0, 1.0, mean_since])


def contrast(cells: Sequence[Cell], design: Floats, wanted: Sequence[float]) -> Contrast:
    """A linear combination of a series' coefficients on a design, with an error for AR(1) months.

    The error is 0 where the design explains the series to the last digit. Raises ValueError where
    there are not more months than coefficients.
    """
    months, y, weights, errors = (
        np.array([cell[i] for cell in cells], np.float64) for i in range(len(Cell._fields))
    )
    freedom = len(y) - design.shape[1]
    if freedom < 1:
        raise ValueError(f"{len(y)} months cannot determine {design.shape[1]} coefficients")
    scale = np.sqrt(weights / weights.mean())
    y, x, errors = y * scale, design * scale[:, None], errors * scale
    gaps = np.abs(months[:, None] - months[None, :])
    # Each month's part in the value, which is linear in the series.
    parts = np.linalg.pinv(x).T @ np.asarray(wanted, np.float64)
    value = float(parts @ y)
    if _restricted(y, x, gaps, 0.0)[0] <= 1e-18 * max(float(np.abs(y).max()), 1.0) ** 2:
        return Contrast(value, 0.0, float(freedom), 0.0)
    found = [_restricted(y, x, gaps, rho) for rho in _GRID]
    best = int(np.argmax([likelihood for _, likelihood in found]))
    rho = float(_GRID[best])
    variance = float(parts @ _correlation(gaps, rho) @ parts) * found[best][0] / freedom
    sampling = float(np.linalg.norm(parts * errors))
    return Contrast(
        value,
        max(math.sqrt(variance), sampling),
        max(freedom * (1 - rho) / (1 + rho), LEAST_FREEDOM),
        rho,
    )


def _correlation(gaps: Floats, rho: float) -> Floats:
    return np.where(gaps == 0, 1.0, rho**gaps)


def _restricted(y: Floats, x: Floats, gaps: Floats, rho: float) -> tuple[float, float]:
    """Residual sum of squares and restricted log-likelihood (but for a constant) at one rho."""
    lower = np.linalg.cholesky(_correlation(gaps, rho))
    solved = np.linalg.solve(lower, np.column_stack([x, y]))
    q, r = np.linalg.qr(solved[:, :-1])
    rest = solved[:, -1] - q @ (q.T @ solved[:, -1])
    squares = float(rest @ rest)
    logs = 2 * (np.log(np.diag(lower)).sum() + np.log(np.abs(np.diag(r))).sum())
    freedom = x.shape[0] - x.shape[1]
    with np.errstate(divide="ignore"):
        return squares, -0.5 * float(freedom * np.log(squares) + logs)


def judge_table(
    actions: Iterable[Action], cells: Iterable[tuple[str, str, str, str, float, float, float]]
) -> pa.Table:
    """The effects of all actions as the report of every month sees them.

    `cells` are printed figures: metric, dimension, member, period, value, weight, error. The rows
    come by period and action; only months that some figure is printed for have any.
    """
    import pyarrow as pa

    actions = list(actions)
    printed: dict[Key, list[Cell]] = {}
    for metric, dimension, member, period, *figures in cells:
        month = int(period[:4]) * 12 + int(period[5:]) - 1
        printed.setdefault((metric, dimension, member), []).append(Cell(month, *figures))
    months = sorted({cell.month for series in printed.values() for cell in series})
    rows = [
        {
            "period": f"{month // 12:04d}-{month % 12 + 1:02d}",
            "action_id": effect.action.action_id,
            "metric": effect.action.metric,
            "dimension": effect.action.dimension,
            "member": effect.action.member,
            "starts_on": effect.action.starts_on,
            **{name: getattr(effect, name) for name in _PRINTED},
        }
        for month in months
        for effect in judge(actions, printed, month)
    ]
    texts = ("period", "action_id", "metric", "dimension", "member", "method", "verdict")
    counts = ("months_before", "months_after")
    kinds = dict.fromkeys(texts, pa.string()) | dict.fromkeys(counts, pa.int32())
    kinds |= {"starts_on": pa.date32(), "n_before": pa.int64(), "n_after": pa.int64()}
    names = ["period", "action_id", "metric", "dimension", "member", "starts_on", *_PRINTED]
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in names])
    return pa.Table.from_pylist(rows, schema)
