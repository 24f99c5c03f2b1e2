"""Which counts of a table add up to which: across scopes, dimensions and windows of months."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]
Conditions = frozenset[tuple[str, str]]
# Of a dimension the one above it, and each member's: {"touchpoint": ("journey_stage", {...})}.
Parents = Mapping[str, tuple[str, Mapping[str, str]]]


def places(frame: pd.DataFrame) -> tuple[Ints, list[Conditions]]:
    """Each row's conditions, by number: `segment=x` of the scope is one like any other."""
    names = ["scope", "dimension", "member"]
    kinds = frame.groupby(names, sort=True).ngroup().to_numpy()
    numbers: dict[Conditions, int] = {}
    first = np.unique(kinds, return_index=True)[1]
    of_kind = [
        numbers.setdefault(_conditions(*row), len(numbers))
        for row in frame[names].iloc[first].itertuples(index=False, name=None)
    ]
    return np.array(of_kind, np.int64)[kinds], list(numbers)


def _conditions(scope: str, dimension: str, member: str) -> Conditions:
    found = {} if dimension == "all" else dict(zip(dimension.split("|"), member.split("|"),
                                                   strict=True))  # fmt: skip
    kind, _, of = scope.partition("=")
    if of and found.setdefault(kind, of) != of:
        raise ValueError(f"scope {scope} has a row of another {kind}: {dimension} {member}")
    return frozenset(found.items())


def memberships(
    quantities: pd.DataFrame,
    conditions: list[Conditions],
    parents: Parents,
) -> tuple[Ints, Ints, Ints]:
    """(sum, cell) of every member, and the total cell of every sum."""
    import pandas as pd

    ties = pd.DataFrame(_ties(conditions, parents), columns=["where", "above", "by"])
    sheet = ["metric", "period", "months"]
    at = quantities.assign(cell=np.arange(len(quantities)))
    totals = at.rename(columns={"where": "above", "cell": "total"})[[*sheet, "above", "total"]]
    found = at.merge(ties, on="where").merge(totals, on=[*sheet, "above"])
    label = found.groupby([*sheet, "above", "by"], sort=True).ngroup().to_numpy(np.int64)
    members = [found["cell"].to_numpy(np.int64)]
    sums = [label]
    total = np.full(int(label.max(initial=-1)) + 1, -1)
    total[label] = found["total"].to_numpy()
    # A window is the sum of its months, where these are among the cells.
    windows = at[at["months"] > 1]
    steps = windows.loc[windows.index.repeat(windows["months"])]
    back = steps.groupby(level=0).cumcount()
    single = at[at["months"] == 1].rename(columns={"cell": "month"})
    each = steps.assign(period=steps["period"] - back).merge(
        single[["metric", "period", "where", "month"]], on=["metric", "period", "where"]
    )
    which = {cell: len(total) + i for i, cell in enumerate(sorted(set(each["cell"])))}
    sums.append(each["cell"].map(which).to_numpy(np.int64))
    members.append(each["month"].to_numpy(np.int64))
    return (
        np.concatenate(sums),
        np.concatenate(members),
        np.concatenate([total, np.array(list(which), np.int64)]),
    )


def _ties(conditions: list[Conditions], parents: Parents) -> list[tuple[int, int, str]]:
    """(place, the place above it, by which dimension) wherever both are among the cells."""
    numbers = {each: i for i, each in enumerate(conditions)}
    found = []
    for at, each in enumerate(conditions):
        for dimension, member in sorted(each):
            rest = each - {(dimension, member)}
            above = [(rest, dimension)]
            if dimension in parents:
                higher, of = parents[dimension]
                if member in of:
                    above.append((rest | {(higher, of[member])}, f"{dimension} of {higher}"))
            found += [(at, numbers[place], by) for place, by in above if place in numbers]
    return found
