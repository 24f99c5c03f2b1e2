"""Solve the sums among printed and hidden counts for the hidden ones, as a reader could."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_PRIME = 2_147_483_647


@dataclass(frozen=True)
class Solution:
    """Hidden cells (by column) that the equations determine.

    `used` has a row for each: which printed cells (by column) its reckoning uses. `told` are the
    printed cells that follow from other printed ones.
    """

    known: Ints
    used: Bools
    told: Bools


@dataclass(frozen=True)
class Block:
    """Hidden cells that are tied to each other by sums, and those sums as equations.

    `terms` has a row for each equation and a column for each of the hidden `cells`; `printed` and
    `printed_terms` are the printed cells of the same equations.
    """

    cells: Ints
    terms: Ints
    printed: Ints
    printed_terms: Ints

    def solved(self) -> Solution:
        """The equations solved for the hidden cells as far as they can be."""
        count = len(self.cells)
        if not self._tells():
            no = np.zeros(0, np.int64)
            return Solution(no, np.zeros((0, len(self.printed)), np.bool_), no.astype(np.bool_))
        rows = np.hstack([self.terms, self.printed_terms])
        pivots, free = _eliminate(rows, count)
        known = _alone(rows[:, :count], pivots)
        told = free & ~rows[:, :count].any(axis=1)
        return Solution(
            known,
            rows[pivots[known], count:] != 0,
            np.asarray(rows[told, count:].any(axis=0), np.bool_),
        )

    def _tells(self) -> bool:
        """Whether any hidden cell is determined at all, without saying how."""
        there = self.terms != 0
        if (there.sum(axis=1) == 1).any():
            return True
        # A cell that is in one equation alone can take up whatever its others are: the equation
        # says nothing of them.
        equations = np.ones(len(there), np.bool_)
        while True:
            degree = there[equations].sum(axis=0)
            idle = equations & there[:, degree == 1].any(axis=1)
            if not idle.any():
                break
            equations &= ~idle
        if not equations.any():
            return False
        core = self.terms[np.ix_(equations, degree > 0)]
        pivots, _ = _eliminate(core, core.shape[1])
        return len(_alone(core, pivots)) > 0


def _eliminate(rows: Ints, columns: int) -> tuple[Ints, Bools]:
    """Solve equations in place for the first `columns` unknowns (Gauss and Jordan).

    In whole numbers modulo a prime: no rounding to mistake for an answer, and none of the threads
    of a linear algebra library, which small systems only wait for. Answers each unknown's row (-1
    for none), and which rows are no unknown's.
    """
    rows %= _PRIME
    free = np.ones(len(rows), np.bool_)
    pivots = np.full(columns, -1)
    for column in range(columns):
        held = np.flatnonzero(rows[:, column])
        ready = held[free[held]]
        if not len(ready):
            continue
        pivot = ready[np.argmin(np.count_nonzero(rows[ready], axis=1))]
        used = np.flatnonzero(rows[pivot])
        row = rows[pivot, used] * pow(int(rows[pivot, column]), -1, _PRIME) % _PRIME
        rows[pivot, used] = row
        for other in held[held != pivot]:
            rows[other, used] = (rows[other, used] - rows[other, column] * row) % _PRIME
        free[pivot] = False
        pivots[column] = pivot
    return pivots, free


def _alone(rows: Ints, pivots: Ints) -> Ints:
    """The unknowns whose row has no other unknown."""
    found = np.flatnonzero(pivots >= 0)
    return np.asarray(found[np.count_nonzero(rows[pivots[found]], axis=1) == 1])
