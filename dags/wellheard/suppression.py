"""Which cells may not be printed: too few answers, or found by reckoning if they were.

A cell with fewer than `minimum` answers (but some) is hidden. Where a total and all its members but
one are printed, the missing one follows by subtraction; then the smallest printed member is hidden
too. Sums that share cells (a stage's channels, a channel's stages) can give a cell away together
where none does alone; then another cell of theirs is hidden. Cells without answers are printed:
their zero gives nobody away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_DUST = 1e-9  # what rounding leaves of a zero in the small systems of equations here


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
    small = (n > 0) & (n < minimum)
    result = _with_partners(n, small, sums)
    open_blocks = [block for block in _blocks(n, sums) if small[block.cells].any()]
    while open_blocks:
        found = [(block, _cover(block, n, small, result)) for block in open_blocks]
        open_blocks = [block for block, cover in found if cover is not None]
        result[[cover for _, cover in found if cover is not None]] = True
        result = _with_partners(n, result, sums)
    return result


def _with_partners(n: Ints, is_hidden: Bools, sums: list[Sums]) -> Bools:
    """The hidden cells and those that must go with them, looking at one sum at a time."""
    result = is_hidden.copy()
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


# --- Several sums at once -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Block:
    """Cells that are tied to each other by sums, and those sums as equations.

    `terms` has a row for each sum and a column for each of the `cells` (positions): 1 for a member,
    -1 for the total. Each row, times the cells' n, is 0: a total with more answers than its members
    have (some do not know their member) tells nobody what a member has.
    """

    cells: Ints
    terms: Floats


def _blocks(n: Ints, sums: list[Sums]) -> Iterator[_Block]:
    rows, columns, signs = [], [], []
    starts = accumulate((len(each.total) for each in sums), initial=0)
    for start, each in zip(starts, sums, strict=False):
        members = np.flatnonzero(each.group >= 0)
        members = members[each.total[each.group[members]] >= 0]
        known = np.flatnonzero(each.total >= 0)
        rows += [start + each.group[members], start + known]
        columns += [members, each.total[known]]
        signs += [np.ones(len(members)), -np.ones(len(known))]
    if not rows:
        return
    row, column, sign = (np.concatenate(part) for part in (rows, columns, signs))
    adds_up = np.bincount(row, weights=sign * n[column]) == 0
    row, column, sign = (part[adds_up[row]] for part in (row, column, sign))
    size = len(n) + len(adds_up)
    ties = coo_array((np.ones(len(row)), (len(n) + row, column)), shape=(size, size))
    _, label = connected_components(ties, directed=False)
    order = np.argsort(label[column], kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(label[column[order]])) + 1):
        cells, at = np.unique(column[part], return_inverse=True)
        equations, of = np.unique(row[part], return_inverse=True)
        terms = np.zeros((len(equations), len(cells)))
        np.add.at(terms, (of, at), sign[part])
        yield _Block(cells, terms)


def _cover(block: _Block, n: Ints, small: Bools, is_hidden: Bools) -> int | None:
    """The cell to hide so that the first small cell that can be reckoned no longer can.

    None when the printed cells give no small cell of the block away.
    """
    unknown = is_hidden[block.cells]
    hidden_terms = block.terms[:, unknown]
    inverse = np.linalg.pinv(hidden_terms)
    # A cell is known when its unit vector is a combination of the equations.
    known = np.einsum("ij,ji->i", inverse, hidden_terms) > 1 - _DUST
    exposed = np.flatnonzero(known & small[block.cells[unknown]])
    if not len(exposed):
        return None
    combination = inverse[exposed[0]]
    used = np.abs(combination @ block.terms) > _DUST
    candidates = np.flatnonzero(used & ~unknown & (n[block.cells] > 0))
    if not len(candidates):
        return None
    # One that no other equation tells suffices by itself; otherwise the smallest begins.
    columns = block.terms[:, candidates]
    untold = np.abs(columns - hidden_terms @ (inverse @ columns)).max(axis=0) <= _DUST
    best = candidates[untold] if untold.any() else candidates
    return int(block.cells[best[np.argmin(n[block.cells[best]])]])
