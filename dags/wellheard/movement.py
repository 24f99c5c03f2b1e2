"""What moved a score: its change split into what changed inside members and in their mix.

A score over all answers is the average of its members' scores (segments, channels, touchpoints),
each with its share of the answers: `T = sum s_i v_i`. Its change is split by the mid-point formula:

    mix_i    = (s_i' - s_i) * ((v_i' + v_i) / 2 - R)     R = (T' + T) / 2
    within_i = (s_i' + s_i) / 2 * (v_i' - v_i)

The sum over all members is `T' - T` without a remainder, and it is the same read backwards in time:
Bennet, 'The theory of measurement of changes in cost of living', Journal of the Royal Statistical
Society 83(3), 1920, 455-462 (the Marshall-Edgeworth weights as differences); for rates Kitagawa,
'Components of a difference between two rates', Journal of the American Statistical Association
50(272), 1955, https://doi.org/10.1080/01621459.1955.10501299. Taking R off changes no sum, since
the shares' changes add up to nothing; it lets a member that grew and lies below average show as a
loss. A member that is new, or gone, has no score on one side: all it does is mix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellheard.suppression import hidden_cells

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

UNKNOWN = "unknown"  # the member of answers that do not know theirs
SCALE = {"points": 100.0, "percent": 100.0, "score": 1.0}
DECIMALS = {"points": 1, "percent": 1, "score": 2}  # of a printed change
_GROUP = ["scope", "metric", "dimension", "period"]
_SERIES = ["scope", "metric", "dimension", "member"]


class Split(NamedTuple):
    """What each member adds to the change, by its share and by its own score."""

    mix: Floats
    within: Floats


def split(
    share_before: ArrayLike, value_before: ArrayLike, share_now: ArrayLike, value_now: ArrayLike
) -> Split:
    """The parts of the change, in the scores' unit; shares are fractions that sum to 1 each month.

    A score is nan where the share is 0. Raises ValueError for shares that do not sum to 1.
    """
    s0, v0, s1, v1 = (
        np.asarray(x, np.float64) for x in (share_before, value_before, share_now, value_now)
    )
    for shares in (s0, s1):
        if abs(shares.sum() - 1) > 1e-9:
            raise ValueError(f"the shares sum to {shares.sum()}, not to 1")
    v0, v1 = np.where(s0 > 0, v0, v1), np.where(s1 > 0, v1, v0)
    nobody = (s0 == 0) & (s1 == 0)
    v0, v1 = np.where(nobody, 0.0, v0), np.where(nobody, 0.0, v1)
    reference = (s0 @ v0 + s1 @ v1) / 2
    return Split((s1 - s0) * ((v0 + v1) / 2 - reference), (s0 + s1) / 2 * (v1 - v0))


def rounded_to_sum(parts: Sequence[float], total: Decimal) -> list[Decimal]:
    """The parts rounded to the decimals of `total` so that they sum to it, by largest remainders.

    None is further from its part than one unit of the last place. Hamilton's method of apportioning
    (Balinski and Young, 'Fair Representation', 1982); ties go to the part that comes first.
    """
    unit = Decimal(1).scaleb(int(total.as_tuple().exponent))
    # Dust of the last bits would turn an exact 0 into the first candidate for a unit.
    exact = [Fraction(part).limit_denominator(10**9) / Fraction(unit) for part in parts]
    units = [part.__floor__() for part in exact]
    missing = int(total / unit) - sum(units)
    order = sorted(range(len(units)), key=lambda i: (units[i] - exact[i], i))
    while missing and order:
        step = 1 if missing > 0 else -1
        for at in order if step > 0 else order[::-1]:
            if not missing:
                break
            units[at] += step
            missing -= step
    return [number * unit for number in units]


def printed(change: float, unit: str) -> Decimal:
    """A change as it is printed: to the decimals of its unit, halves to the even digit."""
    digits = Decimal(1).scaleb(-DECIMALS[unit])
    return Decimal(repr(float(change))).quantize(digits, ROUND_HALF_EVEN)


def movements(cells: pa.Table, units: Mapping[str, str], minimum_n: int) -> pa.Table:
    """One row for each cell and month that has a month before, in order of the key.

    `cells` holds for each scope, metric, dimension, member (`unknown` too) and month without a gap:
    `n`, `sum_w` (of the weights), `sum_x` (what the score is the average of, weighted), `is_hidden`
    (not printed elsewhere), and of the score over all members `is_total_hidden` and the `change` as
    the report has it (null where it prints none). Scores come in printed units, shares out of 100;
    effects are rounded so that those of all members, the hidden ones included, sum to the printed
    change. A row is suppressed where either month's cell is; without a change there are no effects.
    Raises ValueError for a metric whose unit has no change that can be split.
    """
    frame = _frame(cells, units)
    n, series = frame["n"].to_numpy(np.int64), frame["series"].to_numpy()
    secret = _hidden(frame, n, minimum_n)
    at = np.arange(len(frame))
    before = np.where((at > 0) & (series[at - 1] == series), at - 1, -1)
    kept = np.flatnonzero(before >= 0)
    effects = _effects(frame, kept, before[kept])
    suppressed = secret[kept] | secret[before[kept]]
    shown = ~suppressed
    columns: dict[str, tuple[NDArray[Any], Bools]] = {
        "share_before": (frame["share"].to_numpy()[before[kept]], shown),
        "share_now": (frame["share"].to_numpy()[kept], shown),
        "value_before": (frame["value"].to_numpy()[before[kept]], shown),
        "value_now": (frame["value"].to_numpy()[kept], shown),
        **{name: (numbers, shown) for name, numbers in effects.items()},
        "change": (effects["change"], np.ones(len(kept), np.bool_)),
        "n_before": (n[before[kept]], shown),
        "n_now": (n[kept], shown),
        "suppressed": (suppressed, np.ones(len(kept), np.bool_)),
    }
    return _table(frame.iloc[kept], columns)


def _frame(cells: pa.Table, units: Mapping[str, str]) -> pd.DataFrame:
    """The members' cells, sorted, with their share and score (printed units) and their series."""
    import pandas as pd

    frame = pd.DataFrame({name: cells[name].to_numpy() for name in cells.column_names})
    frame = frame.sort_values([*_SERIES, "period"], ignore_index=True)
    frame["unit"] = frame["metric"].map(dict(units))
    wrong = frame.loc[~frame["unit"].isin(list(SCALE)), "metric"]
    if len(wrong):
        raise ValueError(
            f"the change of {', '.join(sorted(set(wrong)))} cannot be split: only metrics in "
            f"{', '.join(SCALE)} can (unit in seeds/metrics.csv)"
        )
    frame["series"] = frame.groupby(_SERIES, sort=False).ngroup()
    frame["group"] = frame.groupby(_GROUP, sort=False).ngroup()
    weight = frame["sum_w"].to_numpy(np.float64)
    total = frame.groupby("group")["sum_w"].transform("sum").to_numpy(np.float64)
    scale = frame["unit"].map(SCALE).to_numpy(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        frame["share"] = np.where(total > 0, 100 * weight / total, np.nan)
        frame["value"] = np.where(
            weight > 0, scale * frame["sum_x"].to_numpy(np.float64) / weight, np.nan
        )
    return frame


def _effects(frame: pd.DataFrame, kept: Ints, before: Ints) -> dict[str, Floats]:
    """The rounded effects and the printed change of the rows `kept`; nan without a change."""
    names = ("mix_effect", "within_effect", "total_effect", "change")
    found = {name: np.full(len(frame), np.nan) for name in names}
    share, value, change = (
        frame[name].to_numpy(np.float64) for name in ("share", "value", "change")
    )
    group, unit = frame["group"].to_numpy(), frame["unit"].to_numpy()
    order = np.argsort(group[kept], kind="stable")
    edges = np.flatnonzero(np.diff(group[kept][order])) + 1
    for places in np.split(order, edges) if len(order) else []:
        now, then = kept[places], before[places]
        if np.isnan(change[now[0]]):
            continue
        mix, within = split(share[then] / 100, value[then], share[now] / 100, value[now])
        whole = printed(change[now[0]], unit[now[0]])
        parts = rounded_to_sum([*mix, *within], whole)
        for at, by_mix, inside in zip(
            now.tolist(), parts[: len(now)], parts[len(now) :], strict=True
        ):
            found["mix_effect"][at] = float(by_mix)
            found["within_effect"][at] = float(inside)
            found["total_effect"][at] = float(by_mix + inside)
            found["change"][at] = float(whole)
    return {name: numbers[kept] for name, numbers in found.items()}


def _hidden(frame: pd.DataFrame, n: Ints, minimum_n: int) -> Bools:
    """Cells not printed: small, hidden elsewhere, or found by subtraction from the others.

    Those that do not know their member are printed here alone: beside a hidden member they would
    give it away, so they go first.
    """
    import pandas as pd
    import pyarrow as pa

    group = frame["group"].to_numpy(np.int64)
    elsewhere = frame["is_hidden"].to_numpy(np.bool_) & (n > 0)
    some = np.bincount(group, weights=elsewhere) > 0
    unprinted = elsewhere | ((frame["member"] == UNKNOWN).to_numpy() & some[group])
    key = ["scope", "period", "metric", "dimension"]
    # Each dimension's members are all answers: a total of its own for each.
    cells = frame[[*key, "member"]].assign(n=n, printed=~unprinted)
    cells["metric"] = cells["metric"] + " by " + cells["dimension"]
    totals = frame.groupby([*key, "group"], as_index=False, sort=False).agg(
        n=("n", "sum"), unprinted=("is_total_hidden", "any")
    )
    totals = totals.sort_values("group", ignore_index=True)
    totals["metric"] = totals["metric"] + " by " + totals["dimension"]
    whole = totals.assign(dimension="all", member="all", printed=~totals["unprinted"].astype(bool))
    both = pd.concat([cells, whole[cells.columns]], ignore_index=True)
    found = hidden_cells(pa.Table.from_pandas(both, preserve_index=False), minimum_n)
    # Where the total itself is hidden, so is all that makes it up.
    return np.asarray((found[: len(n)] | found[len(n) :][group]) & (n > 0))


def _table(frame: pd.DataFrame, columns: Mapping[str, tuple[NDArray[Any], Bools]]) -> pa.Table:
    import pyarrow as pa

    found = {name: pa.array(frame[name].tolist(), pa.string()) for name in [*_SERIES, "period"]}
    for name, (numbers, known) in columns.items():
        if numbers.dtype.kind == "f":
            known = known & ~np.isnan(numbers)
        kind = {"f": pa.float64(), "i": pa.int64(), "b": pa.bool_()}[numbers.dtype.kind]
        found[name] = pa.array(numbers, kind, mask=~known)
    return pa.table(found)
