"""The closed loop in figures: who was followed up after an unhappy answer, when, what came next.

Shares have Wilson's interval, the time to follow-up is a median with its order-statistic interval.
What came next is the customer's next answer to the same question: improved when it is no longer an
unhappy one. Unhappy customers answer better next time in any case (regression to the mean), so the
share improved is set against those nobody followed up, by Newcombe's interval and a test that holds
for few customers too (`share_test`). Who is followed up was not drawn by lot: the difference is an
association, not an effect.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellheard import statistics as st
from wellheard.share_test import p_of_difference
from wellheard.suppression import hidden_cells

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ALPHA = 1 - st.CONFIDENCE


def judge(counts: pa.Table, *, minimum_n: int) -> pa.Table:
    """One row for each row of counts, in their order.

    `counts` has per scope and period: `detractors` (unhappy answers), of them `unknown_customer`
    and `waiting` (the days in which a follow-up counts are not over), `n` (the others, or zero
    where no source knows of contacts) and `followed_up`, with the sorted `hours` each took; then
    `outcomes` and `improved` of those followed up, `other_outcomes` and `other_improved` of those
    who were not. Shares come out of 100. Nothing is printed below `minimum_n`.
    """
    import pyarrow as pa

    of = {
        name: counts[name].to_numpy().astype(np.int64)
        for name in counts.column_names
        if name not in ("scope", "period", "hours")
    }
    secret = _hidden(counts, of, ("detractors", "n"), minimum_n)
    shown = ~secret
    known = shown & (of["n"] > 0)
    share = st.share(of["followed_up"], of["n"])
    hours = [st.median(each) for each in _lists(counts["hours"])]
    timed = known & (of["followed_up"] >= minimum_n)
    median = [np.array([float(each[i]) for each in hours]) for i in range(3)]

    # Each side of the comparison is a cell of its own.
    here = ~_hidden(counts, of, ("outcomes",), minimum_n) & (of["outcomes"] > 0)
    there = ~_hidden(counts, of, ("other_outcomes",), minimum_n) & (of["other_outcomes"] > 0)
    followed, others = (
        (of["improved"], of["outcomes"]),
        (of["other_improved"], of["other_outcomes"]),
    )
    improved, other = st.share(*followed), st.share(*others)
    change = st.share_change(followed, others)
    p = p_of_difference(followed, others)
    both = here & there
    figures: dict[str, tuple[NDArray[Any], Bools]] = {
        "detractors": (of["detractors"], shown),
        "unknown_customer": (of["unknown_customer"], shown),
        "waiting": (of["waiting"], shown),
        "n": (of["n"], shown),
        "followed_up": (of["followed_up"], known),
        **_columns(("followed_up_share", "low", "high"), share, known, 100),
        **_columns(("median_hours", "hours_low", "hours_high"), st.Interval(*median), timed, 1),
        "outcomes": (of["outcomes"], here),
        "improved": (of["improved"], here),
        **_columns(("improved_share", "improved_low", "improved_high"), improved, here, 100),
        "other_outcomes": (of["other_outcomes"], there),
        **_columns(
            ("other_improved_share", "other_improved_low", "other_improved_high"), other, there, 100
        ),
        **_columns(
            ("difference", "difference_low", "difference_high"), st.Interval(*change[:3]), both, 100
        ),
        "p": (p, both),
        "is_significant": (np.where(both, p, 1.0) < ALPHA, np.ones(len(both), np.bool_)),
        "suppressed": (secret, np.ones(len(both), np.bool_)),
    }
    columns: dict[str, pa.Array] = {
        name: pa.array(counts[name].to_pylist(), pa.string()) for name in ("scope", "period")
    }
    for name, (numbers, printed) in figures.items():
        if numbers.dtype.kind == "f":
            printed = printed & ~np.isnan(numbers)
        kind = {"f": pa.float64(), "i": pa.int64(), "b": pa.bool_()}[numbers.dtype.kind]
        columns[name] = pa.array(numbers, kind, mask=~printed)
    return pa.table(columns)


def _lists(column: pa.ChunkedArray) -> list[Floats]:
    """The numbers of each row; none where there is no list."""
    found: list[Floats] = []
    for chunk in column.chunks:
        numbers, ends = chunk.values.to_numpy(zero_copy_only=False), chunk.offsets.to_numpy()
        found += [numbers[start:end] for start, end in itertools.pairwise(ends)]
    return found


def _columns(
    names: tuple[str, str, str], interval: st.Interval, printed: Bools, scale: float
) -> dict[str, tuple[NDArray[Any], Bools]]:
    return {name: (numbers * scale, printed) for name, numbers in zip(names, interval, strict=True)}


def _hidden(counts: pa.Table, of: dict[str, Ints], names: tuple[str, ...], minimum: int) -> Bools:
    """Where any of these counts is too small to print, or follows from what the others print."""
    import pyarrow as pa

    secret = np.zeros(counts.num_rows, np.bool_)
    for name in names:
        rows = counts.num_rows
        secret |= hidden_cells(
            pa.table(
                {
                    "scope": counts["scope"],
                    "period": counts["period"],
                    "metric": [f"loop_{name}"] * rows,
                    "dimension": ["all"] * rows,
                    "member": ["all"] * rows,
                    "n": of[name],
                    "unnamed": [True] * rows,
                }
            ),
            minimum,
        )
    return secret
