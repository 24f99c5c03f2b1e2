"""Nothing small follows from all editions, months and tables together.

The adversary here shares no code with what hides the cells: it knows every printed count as a sum
over the finest groups of answers, and solves for the hidden ones; also for the few answers that
name no segment, channel, touchpoint or stage, which no table has a row for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from wellheard import metric_cells, paths
from wellheard.suppression import hidden_cells

MINIMUM = 5
SEGMENTS = ["s1", "s2", "s3", None]
STAGE_OF = {"t1": "buy", "t2": "buy", "t3": "use", "t4": "use", "t5": "pay"}
# One survey asks about one touchpoint alone, one is no more than a part of a stage.
SURVEY_OF = {"t1": "a", "t2": "b", "t3": "c", "t4": "d", "t5": "d"}
CHANNELS = ["web", "app", "phone", None]
MONTHS = ["2025-09", "2025-10", "2025-11"]
GROUPINGS = ("all", "segment", "channel", "touchpoint", "journey_stage", "journey_stage|channel",
             "touchpoint|channel", "touchpoint|segment", "survey",
             *metric_cells.BETWEEN)  # fmt: skip
TOLD = ("segment", "channel", "touchpoint", "journey_stage", "survey")
Atom = Mapping[str, Any]


def answers(seed: int, *, unknown: bool, level: float) -> pd.DataFrame:
    """How many answers each finest group has in each month."""
    chance = np.random.default_rng(seed)
    rows = []
    for month, s, t, c in product(MONTHS, SEGMENTS, STAGE_OF, CHANNELS):
        if not unknown and (s is None or c is None):
            continue
        rate = level * {"s1": 4.0, "s2": 1.0, "s3": 0.4, None: 0.1}[s] / (1 + (c is None) * 9)
        rows.append({"period": month, "segment": s, "touchpoint": t, "channel": c,
                     "survey": SURVEY_OF[t], "journey_stage": STAGE_OF[t],
                     "n": int(chance.poisson(rate))})  # fmt: skip
    if unknown:
        # Of some only the stage is known, of some not even that, nor the survey.
        nowhere = ((None, "pay", "d"), (None, None, "e"), (None, None, None))
        for month, s, (t, stage, survey), c in product(MONTHS, SEGMENTS, nowhere, CHANNELS):
            rows.append({"period": month, "segment": s, "touchpoint": t, "channel": c,
                         "survey": survey, "journey_stage": stage,
                         "n": int(chance.poisson(level * 0.15))})  # fmt: skip
    return pd.DataFrame(rows)


def unnamed(atoms: pd.DataFrame) -> Iterable[np.ndarray]:
    """Those of each edition and month who name no segment, channel, touchpoint, stage or survey."""
    for scope, name in product(["all", *filter(None, SEGMENTS)], TOLD):
        mine = atoms if scope == "all" else atoms[atoms["segment"] == scope]
        yield from (part.index.to_numpy() for _, part in mine[mine[name].isna()].groupby("period"))


def cells_of(atoms: pd.DataFrame) -> list[dict[str, Any]]:
    """Every cell that `int_metric_cells` would count, in every month, with the atoms it is of."""
    found = []
    for scope in ["all", *(f"segment={s}" for s in SEGMENTS if s)]:
        mine = atoms if scope == "all" else atoms[atoms["segment"] == scope[8:]]
        for grouping in GROUPINGS:
            names = [] if grouping == "all" else grouping.split("|")
            known = mine.dropna(subset=names) if names else mine
            members = [((), known)] if not names else known.groupby(names)
            for key, group in members:
                member = "|".join(key) if names else "all"
                for month in MONTHS:
                    part = group[group["period"] == month]
                    n = int(part["n"].sum())
                    found.append({"scope": scope, "period": month, "metric": "csat",
                                  "dimension": grouping, "member": member,
                                  "n": n, "atoms": part.index.to_numpy()})  # fmt: skip
    return found


def judged(cells: Iterable[Mapping[str, Any]]) -> dict[tuple[str, ...], dict[str, Any]]:
    key = ("scope", "period", "dimension", "member")
    rows = [{**{k: c[k] for k in (*key, "metric", "n")}, "sum_w": c["n"], "sum_ww": c["n"],
             "successes": c["n"] // 2, "sum_x": None, "sum_xx": None, "value_override": None,
             "low_override": None, "high_override": None} for c in cells]  # fmt: skip
    table = pa.Table.from_pandas(pd.DataFrame(rows), preserve_index=False)
    found = metric_cells.judge(table, {"csat": "percent"}, MINIMUM, STAGE_OF).to_pylist()
    return {tuple(row[k] for k in key): row for row in found}


class Adversary:
    """Knows the sums over the `printed` sets of atoms, and that the atoms `zero` are empty."""

    def __init__(self, printed: list[np.ndarray], zero: np.ndarray, size: int) -> None:
        self.free = np.ones(size, np.bool_)
        self.free[zero] = False
        known = np.array([self._row(atoms) for atoms in printed])
        _, strength, basis = np.linalg.svd(known, full_matrices=False)
        self.basis = basis[strength > 1e-9]

    def _row(self, atoms: np.ndarray) -> np.ndarray:
        found = np.zeros(len(self.free))
        found[atoms] = 1
        return found[self.free]

    def reckons(self, atoms: np.ndarray) -> bool:
        """Whether their sum is a combination of the printed ones."""
        wanted = self._row(atoms)
        return bool(np.abs(wanted - self.basis.T @ (self.basis @ wanted)).max() < 1e-8)


@pytest.mark.parametrize("unknown", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_no_hidden_cell_follows_from_all_editions_of_all_months(seed: int, unknown: bool) -> None:
    atoms = answers(seed, unknown=unknown, level=(0.4, 0.8, 1.5, 3.0, 1.0, 2.0)[seed])
    cells = cells_of(atoms)
    figures = judged(cells)
    printed: list[np.ndarray] = []
    hidden = []
    where = {(c["scope"], c["period"], c["dimension"], c["member"]): c for c in cells}
    for key, cell in where.items():
        row = figures[key]
        if cell["dimension"] in metric_cells.BETWEEN:
            continue  # in no table
        (hidden if row["suppressed"] else printed).append(cell["atoms"])
        before = MONTHS.index(cell["period"]) - 1
        if row["previous_n"] is not None:
            earlier = where[key[0], MONTHS[before], key[2], key[3]]
            assert row["previous_n"] == earlier["n"]
            printed.append(earlier["atoms"])
    n = atoms["n"].to_numpy()
    # A printed zero says of every group in it that it is empty.
    empty = [part for part in printed if n[part].sum() == 0]
    zero = np.unique(np.concatenate([np.zeros(0, np.int64), *empty]))
    assert hidden
    adversary = Adversary(printed, zero, len(n))
    assert not [atoms.loc[part] for part in hidden if adversary.reckons(part)]
    few = [part for part in unnamed(atoms) if 0 < n[part].sum() < MINIMUM]
    assert bool(few) == unknown
    assert not [atoms.loc[part] for part in few if adversary.reckons(part)]
    small = [c for c in cells if 0 < c["n"] < MINIMUM]
    assert all(figures[c["scope"], c["period"], c["dimension"], c["member"]]["suppressed"]
               for c in small)  # fmt: skip
    # Not by hiding everything: most answers are in cells that are printed.
    crosses = [c for c in cells if c["dimension"] == "all" and c["scope"] == "all"]
    assert not any(figures["all", c["period"], "all", "all"]["suppressed"] for c in crosses)
    if seed == 3:
        told = sum(n[p].sum() for p in printed)
        assert told > 5 * sum(n[p].sum() for p in hidden)


@pytest.mark.parametrize("seed", range(3))
def test_no_hidden_volume_follows_from_the_journey_s_cells(seed: int) -> None:
    atoms = answers(seed, unknown=seed == 1, level=(0.6, 1.0, 2.0)[seed])
    printed_dimensions = {"journey_stage", "journey_stage|channel", "touchpoint",
                          "touchpoint|channel"}  # fmt: skip
    cells = [c for c in cells_of(atoms) if c["dimension"] in printed_dimensions]
    key = ("scope", "period", "dimension", "member")
    counted = pd.DataFrame([{**{k: c[k] for k in key}, "n": c["n"]} for c in cells])
    table = pa.Table.from_pandas(counted.assign(measure="volume"), preserve_index=False)
    rows = paths.stage_volumes(table, MINIMUM, STAGE_OF).to_pylist()
    shown = {tuple(row[k] for k in key): row for row in rows}
    printed, hidden = [], []
    for cell in cells:
        row = shown[tuple(cell[k] for k in key)]
        assert row["n"] == (None if row["suppressed"] else cell["n"])
        assert row["suppressed"] or not 0 < cell["n"] < MINIMUM
        (hidden if row["suppressed"] else printed).append(cell["atoms"])
    n = atoms["n"].to_numpy()
    zero = np.unique(np.concatenate([part for part in printed if n[part].sum() == 0]))
    adversary = Adversary(printed, zero, len(n))
    assert hidden
    assert not [atoms.loc[part] for part in hidden if adversary.reckons(part)]


def test_hidden_in_one_edition_is_hidden_in_every_other_that_counts_the_same() -> None:
    figures = judged(cells_of(answers(1, unknown=True, level=1.0)))
    for (scope, period, dimension, member), row in figures.items():
        if scope == "all" and dimension == "segment":
            same = figures[f"segment={member}", period, "all", "all"]
        elif scope == "all" and dimension == "touchpoint|segment":
            touchpoint, _, segment = member.partition("|")
            same = figures[f"segment={segment}", period, "touchpoint", touchpoint]
        else:
            continue
        assert same["suppressed"] == row["suppressed"], (scope, period, dimension, member)


def rows(*cells: tuple[str, str, str, str, int], **more: list[Any]) -> pa.Table:
    names = ("scope", "period", "dimension", "member", "n")
    frame = pd.DataFrame(cells, columns=names).assign(metric="csat", **more)
    return pa.Table.from_pandas(frame, preserve_index=False)


def test_a_segment_s_cell_does_not_follow_from_the_company_less_the_other_segments() -> None:
    table = rows(
        *(("all", "2025-09", "channel", c, n) for c, n in (("web", 44), ("app", 60))),
        *(("segment=s1", "2025-09", "channel", c, n) for c, n in (("web", 41), ("app", 30))),
        *(("segment=s2", "2025-09", "channel", c, n) for c, n in (("web", 3), ("app", 30))),
    )
    # 44 - 41 would be the 3; so the other segment's 41 is not printed either.
    assert hidden_cells(table, MINIMUM).tolist() == [False, False, True, False, True, False]


def test_hidden_cells_of_one_answer_each_are_given_company() -> None:
    table = rows(
        ("all", "2025-09", "all", "all", 52),
        *(("all", "2025-09", "channel", c, n) for c, n in zip("abcd", (1, 1, 20, 30), strict=True)),
    )
    # 52 - 20 - 30 leaves 2 for two cells of which none is zero.
    assert hidden_cells(table, MINIMUM).tolist() == [False, True, True, True, False]


def test_a_month_does_not_follow_from_windows_that_differ_by_it() -> None:
    months = [f"2025-{m:02d}" for m in range(1, 6)]
    n = [30, 20, 3, 25, 40]
    single = [("all", m, "all", "all", k) for m, k in zip(months, n, strict=True)]
    windows = [("all", months[i], "all", "all", sum(n[max(0, i - 2) : i + 1])) for i in range(5)]
    table = rows(*single, *windows, months=[1] * 5 + [3] * 5, printed=[False] * 5 + [True] * 5)
    secret = hidden_cells(table, MINIMUM)
    # The first windows grow by one month each: 53 - 50 would be March's 3.
    assert secret[:5].tolist() == [True] * 5
    seen = [np.arange(max(0, i - 2), i + 1) for i in range(5) if not secret[5 + i]]
    assert seen
    assert not Adversary(seen, np.zeros(0, np.int64), 5).reckons(np.array([2]))
    apart = rows(*windows, months=[3] * 5)
    assert not hidden_cells(apart, MINIMUM).any()  # without the months there is nothing to guard


def test_a_scope_with_rows_of_another_segment_is_refused() -> None:
    with pytest.raises(ValueError, match="scope segment=s1 has a row of another segment"):
        hidden_cells(rows(("segment=s1", "2025-09", "segment", "s2", 9)), MINIMUM)


def test_no_cells_hide_nothing() -> None:
    assert hidden_cells(rows(), MINIMUM).tolist() == []
