"""Which cells may not be printed: too few answers, or found by reckoning if they were.

A cell with fewer than `minimum` answers (but some) is hidden. Where a total and all its members but
one are printed, the missing one follows by subtraction; then the smallest printed member is hidden
too. So it is where the members leave a few of the total, who name no member (no segment, no
channel): no table prints them, but they would follow. Sums that share cells (a stage's channels, a
channel's stages) can give a cell away together where none does alone; then another cell of theirs
is hidden. Cells without answers are printed: their zero gives nobody away; so a hidden cell is
known to hold at least one answer, and hidden cells that together hold one answer each are given
company.

The reader to be guarded against holds every edition (of the whole company and of each segment) of
every month. `hidden_cells` knows which printed counts are the same count, and which add up to which
across segments, dimensions and windows of months; any table that prints counts asks it.

Cell suppression with complementary cells: Hundepool et al., Statistical Disclosure Control, Wiley
2012, chapter 4, https://doi.org/10.1002/9781118348239. Linear reckoning is prevented exactly;
bounds from several inequalities at once are not looked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from wellheard.cell_sums import Parents, memberships, places
from wellheard.reckoning import Block

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]
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


def hidden(
    n: Ints, minimum: int, sums: list[Sums], few: Bools | None = None, *, unnamed: bool = False
) -> Bools:
    """Which of the cells with `n` answers are hidden, each looked at in all its `sums`.

    `few` are hidden like small ones, however large they are; `unnamed`: whether those who name no
    member must not follow either (see `hidden_cells`).
    Ties go to the cell that comes first, so give the cells in a fixed order. The passes repeat
    until nothing changes: hiding a cell in one sum may leave a lone hidden cell in another.
    """
    no = np.zeros(len(n), np.bool_)
    small = (n > 0) & ((n < minimum) | (no if few is None else few))
    cells = _Cells(n, small, unprinted=no, asked=no | unnamed, spared=no)
    return _hidden(*_linked(cells, minimum, *_members(sums)))[: len(n)]


# --- One sum at a time ----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Links:
    """All sums as a list of (sum, cell, sign): 1 for a member, -1 for the sum's total.

    `total` has each sum's total cell. A total with more answers than its members have (some do not
    know their member) tells nobody what a member has: `exact` says which sums add up. `unnamed`
    cells are those few who do not know their member; the `loose` of them may follow.
    """

    of: Ints
    cell: Ints
    sign: Ints
    total: Ints
    exact: Bools
    unnamed: Bools
    loose: Bools


@dataclass(frozen=True)
class _Cells:
    """`small` cells are to be guarded, `unprinted` ones nobody sees anyway.

    What the members of an `asked` total leave of it is not to follow either; `spared` cells are
    given up last.
    """

    n: Ints
    small: Bools
    unprinted: Bools
    asked: Bools
    spared: Bools


def _members(sums: list[Sums]) -> tuple[Ints, Ints, Ints]:
    """(sum, cell) of every member, and the total cell of every sum."""
    of, cell, totals, start = [], [], [], 0
    for each in sums:
        members = np.flatnonzero(each.group >= 0)
        members = members[each.total[each.group[members]] >= 0]
        of.append(start + each.group[members])
        cell.append(members)
        totals.append(each.total)
        start += len(each.total)
    no = np.zeros(0, np.int64)
    return np.concatenate([no, *of]), np.concatenate([no, *cell]), np.concatenate([no, *totals])


def _linked(
    cells: _Cells, minimum: int, of: Ints, cell: Ints, total: Ints
) -> tuple[_Cells, _Links]:
    """The cells and the links of the memberships (`of` a sum, by `cell`) and of their totals.

    Where the members leave fewer than `minimum` of their total, those who name no member are one
    more cell. Where they leave more, the sum does not add up, and that is all.
    """
    count, there = len(total), np.flatnonzero(total >= 0)
    left = np.zeros(count, np.int64)
    left[there] = cells.n[total[there]]
    left -= np.bincount(of, weights=cells.n[cell], minlength=count).astype(np.int64)
    few = np.flatnonzero((left > 0) & (left < minimum))
    asked = cells.asked[total[few]]
    exact = total >= 0
    exact[np.setdiff1d(np.flatnonzero(left), few)] = False
    no = np.zeros(len(few), np.bool_)
    every = _Cells(
        np.concatenate([cells.n, left[few]]),
        np.concatenate([cells.small, asked]),
        np.concatenate([cells.unprinted, ~no]),
        np.concatenate([cells.asked, no]),
        np.concatenate([cells.spared, no]),
    )
    new = len(cells.n) + np.arange(len(few))
    links = _Links(
        np.concatenate([of, few, there]),
        np.concatenate([cell, new, total[there]]),
        np.repeat([1, -1], [len(of) + len(few), len(there)]),
        total,
        exact,
        np.arange(len(every.n)) >= len(cells.n),
        np.concatenate([np.zeros(len(cells.n), np.bool_), ~asked]),
    )
    return every, links


def _hidden(cells: _Cells, links: _Links) -> Bools:
    """The cells not to be printed, the unprinted ones among them."""
    n, small, unprinted = cells.n, cells.small, cells.unprinted
    guarded = small.copy()
    idle = unprinted & ~small
    # A small cell is given the company of one that has a name: a reader may not think of others.
    result = _with_partners(n, (small | unprinted) & ~links.unnamed, links)
    result = _with_partners(n, result | links.unnamed, links)
    while True:
        covers, known = _covers(n, guarded, result, idle & ~guarded, ~cells.spared, links)
        if len(covers):
            result[covers] = True
            result = _with_partners(n, result, links)
            continue
        # What was hidden for others' sake but can be reckoned all the same may as well be printed;
        # unless a sum then has too little hidden again: that cell is to be guarded itself.
        needless = known[~(small | unprinted)[known]]
        printed = result.copy()
        printed[needless] = False
        missed = _partners(n, printed, links)
        if not len(missed):
            return printed
        if guarded[missed].all():
            return result
        guarded[missed] = True


def _with_partners(n: Ints, is_hidden: Bools, links: _Links) -> Bools:
    """The hidden cells and those that must go with them, looking at one sum at a time."""
    result = is_hidden.copy()
    while len(partners := _partners(n, result, links)):
        result[partners] = True
    return result


def _partners(n: Ints, is_hidden: Bools, links: _Links) -> Ints:
    """The smallest printed member of every sum in which exactly one cell is hidden.

    Also of every sum whose hidden members together have one answer each: as none of them is zero,
    what is left of the total says so.
    """
    secret = is_hidden[links.cell]
    count = len(links.total)
    unknown = np.bincount(links.of, weights=secret, minlength=count)
    left = np.bincount(links.of, weights=secret * n[links.cell], minlength=count)
    shown_total = (links.total >= 0) & ~is_hidden[links.total]
    company = np.bincount(links.of, weights=secret & ~links.loose[links.cell], minlength=count)
    alone = (company > 0) & (company == unknown)
    ones = links.exact & shown_total & alone & (left == unknown)
    exposed = (links.total >= 0) & (company == 1) | ones
    fit = exposed[links.of] & (links.sign > 0) & ~secret & (n[links.cell] > 0)
    fit &= ~links.unnamed[links.cell]
    of, cell = links.of[fit], links.cell[fit]
    order = np.lexsort((cell, n[cell], of))
    _, first = np.unique(of[order], return_index=True)
    return np.unique(cell[order[first]])


# --- Several sums at once -------------------------------------------------------------------------


def _blocks(is_hidden: Bools, links: _Links) -> Iterator[Block]:
    """All hidden cells that are in a sum, by what ties them together."""
    with_hidden = np.zeros(len(links.total), np.bool_)
    with_hidden[links.of[is_hidden[links.cell]]] = True
    use = links.exact[links.of] & with_hidden[links.of]
    of, cell, sign = links.of[use], links.cell[use], links.sign[use]
    secret = is_hidden[cell]
    size = len(is_hidden) + len(links.total)
    ends = (np.ones(secret.sum()), (len(is_hidden) + of[secret], cell[secret]))
    _, label = connected_components(coo_array(ends, shape=(size, size)), directed=False)
    labels = label[len(is_hidden) + of]
    order = np.argsort(labels, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(order) else []:
        equations, row = np.unique(of[part], return_inverse=True)
        sides: list[tuple[Ints, Ints]] = []
        for side in (secret[part], ~secret[part]):
            cells, column = np.unique(cell[part][side], return_inverse=True)
            terms = np.zeros((len(equations), len(cells)), np.int64)
            np.add.at(terms, (row[side], column), sign[part][side])
            sides.append((cells, terms))
        yield Block(*sides[0], *sides[1])


def _covers(
    n: Ints, guarded: Bools, is_hidden: Bools, idle: Bools, cheap: Bools, links: _Links
) -> tuple[Ints, Ints]:
    """Cells to hide so that guarded ones that can be reckoned no longer can; none when all is well.

    One for each exposed cell, unless one that was chosen before is in its reckoning too. Also the
    hidden cells that can be reckoned. `idle` ones may be: where there are no others, none is
    sought. `cheap` ones go first.
    """
    chosen: list[int] = []
    reckoned = [np.zeros(0, np.int64)]
    for block in _blocks(is_hidden, links):
        if idle[block.cells].all():
            continue
        solution = block.solved()
        reckoned.append(block.cells[solution.known])
        for cell, used in zip(reckoned[-1], solution.used, strict=True):
            candidates = np.flatnonzero(used & (n[block.printed] > 0))
            taken = np.isin(block.printed[candidates], chosen).any()
            if not guarded[cell] or not len(candidates) or taken:
                continue
            # One that no other equation tells suffices by itself; otherwise the smallest begins.
            free = cheap[block.printed[candidates]]
            untold = ~solution.told[candidates]
            best = next(
                candidates[kind]
                for kind in (free & untold, free, untold, np.ones_like(free))
                if kind.any()
            )
            chosen.append(int(block.printed[best[np.argmin(n[block.printed[best]])]]))
    return np.array(sorted(set(chosen)), np.int64), np.concatenate(reckoned)


# --- Which counts of a table add up ---------------------------------------------------------------


def hidden_cells(
    cells: pa.Table,
    minimum: int,
    parents: Parents | None = None,
) -> Bools:
    """Which rows of a table of counts may not be printed, whoever holds however much of it.

    `cells` has one row per printed count with these columns:

    - `scope`: `all` or `segment=<x>`; `period`: `2026-10`;
    - `metric`: what is counted. Only counts of one metric add up, so give the same name to what are
      the same answers, and different names to different things (invitations, complete answers);
    - `dimension`, `member`: `all`/`all`, `channel`/`web`, or a cross `channel|segment`/`web|x`.
      Members of one dimension must not overlap: each answer is in one of them at most;
    - `n`: how many;
    - `months` (optional, 1): the count is of so many months that end with `period`. Where counts of
      several windows are printed, add the single months too, as they differ by whole months;
    - `printed` (optional, true): false for a count that is in no table but must not follow from
      those that are, such as the single months of a window;
    - `guarded` (optional, true): false for a count that is in no table and may follow; it ties
      others together, as a survey's answers about a touchpoint do;
    - `few` (optional, false): true for a count to be hidden like a small one however large it is,
      as that of answers of which one outweighs the others;
    - `unnamed` (optional, false): for a total, whether the few that its members leave of it, who
      name no member, must not follow either;
    - `spared` (optional, false): true for a count that is hidden for others' sake only where no
      other will do.

    `parents` gives for a dimension the one above it: `{"touchpoint": ("journey_stage", {"invoice":
    "pay"})}`. A scope `segment=x` and a member x of the dimension `segment` are the same count, and
    are hidden or printed together. Rows with n = 0 are printed. Figures made of a hidden row's
    answers (scores, intervals, changes, shares) must be left out with its n, and what compares two
    months only printed where both are.
    """
    import pandas as pd

    frame = pd.DataFrame({name: cells[name].to_numpy() for name in cells.column_names})
    usual = {"months": 1, "printed": True, "guarded": True, "few": False, "unnamed": False,
             "spared": False}  # fmt: skip
    frame = frame.assign(**{name: usual[name] for name in usual.keys() - set(frame.columns)})
    if not len(frame):
        return np.zeros(0, np.bool_)
    where, conditions = places(frame)
    period = frame["period"].map({p: _month(p) for p in frame["period"].unique()})
    keys = pd.DataFrame(
        {"metric": frame["metric"], "period": period, "months": frame["months"], "where": where}
    )
    counts = keys.assign(
        n=frame["n"], unprinted=~frame["printed"].astype(bool), guarded=frame["guarded"],
        asked=frame["unnamed"].astype(bool),
        few=frame["few"], spared=frame["spared"],
    )  # fmt: skip
    # Of rows that are the same count, all are printed or none.
    rows = counts.groupby(list(keys), sort=True, as_index=False)
    quantities = rows.agg(
        n=("n", "min"), unprinted=("unprinted", "all"), guarded=("guarded", "any"),
        asked=("asked", "any"), few=("few", "any"), spared=("spared", "any"),
    )  # fmt: skip
    of_row = rows.ngroup().to_numpy()
    n = quantities["n"].to_numpy(np.int64)
    flags = ("guarded", "unprinted", "asked", "few", "spared")
    guarded, unprinted, asked, few, spared = (quantities[name].to_numpy(bool) for name in flags)
    small = (n > 0) & ((n < minimum) | few) & guarded
    counted = _Cells(n, small, unprinted & (n > 0), asked, spared)
    sums = memberships(quantities, conditions, parents or {})
    return np.asarray(_hidden(*_linked(counted, minimum, *sums))[of_row])


def _month(period: str) -> int:
    return int(period[:4]) * 12 + int(period[5:]) - 1
