"""Which cells may not be printed: too few answers, or found by subtraction if they were.

A cell with fewer than `minimum` answers (but some) is hidden. Where a total and all its members but
one are printed, the missing one follows by subtraction; then the smallest printed member is hidden
too. Cells without answers are printed: their zero gives nobody away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Sums:
    """Which cells add up to which: one kind of total, for all cells at once.

    `group[i]` labels the group that cell i is a member of (labels from 0; -1 for none), `total[g]`
    is the position of the cell that holds group g's total (-1 where no such cell is printed).
    """

    group: Ints
    total: Ints


def hidden(n: Ints, minimum: int, sums: list[Sums]) -> Bools:
    """Which of the cells with `n` answers are hidden, each looked at in all its `sums`.

    Ties go to the cell that comes first, so give the cells in a fixed order. The passes repeat
    until nothing changes: hiding a cell in one sum may leave a lone hidden cell in another.
    """
    result = (n > 0) & (n < minimum)
    while True:
        added = np.zeros(len(n), np.bool_)
        for each in sums:
            added |= _partners(n, result | added, each)
        if not added.any():
            return result
        result |= added


def _partners(n: Ints, is_hidden: Bools, sums: Sums) -> Bools:
    """The smallest printed member of every sum in which exactly one cell is hidden."""
    partners = np.zeros(len(n), np.bool_)
    members = np.flatnonzero(sums.group >= 0)
    if not len(members):
        return partners
    labels = sums.group[members]
    unknown = np.bincount(labels, weights=is_hidden[members], minlength=len(sums.total))
    known_total = sums.total >= 0
    unknown += known_total & is_hidden[sums.total]
    exposed = known_total & (unknown == 1)
    candidates = members[exposed[labels] & ~is_hidden[members] & (n[members] > 0)]
    order = candidates[np.lexsort((candidates, n[candidates], sums.group[candidates]))]
    _, first = np.unique(sums.group[order], return_index=True)
    partners[order[first]] = True
    return partners
