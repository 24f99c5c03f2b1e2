"""From responses to the drivers of each month's window: shares, tests, what may not be printed.

dbt prepares one row per answer (see `int_driver_answers`) and calls `judge` once. The window of a
month is the twelve months that end with it. Only complete responses count: those that rate every
driver compared. A driver is compared when at least half of the window's responses rate it; one that
was added last month would otherwise throw away the eleven months before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellheard import drivers as kd
from wellheard import statistics as st
from wellheard.suppression import Sums, hidden

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MONTHS = 12
SIGNIFICANT = 0.05
_COMPARED_FROM = 0.5  # of the responses of the window
_FIGURES = (
    "r2", "r2_low", "r2_high", "share", "share_low", "share_high", "performance",
    "performance_low", "performance_high", "p_adjusted",
)  # fmt: skip


@dataclass(frozen=True)
class _Month:
    """A month's responses. `ratings` and `satisfied` have a column for each driver, nan if none."""

    ratings: Floats
    satisfied: Floats
    score: Floats
    group: Ints
    segment: NDArray[np.object_]
    counted: dict[Any, tuple[Floats, Floats]] = field(default_factory=dict)

    def of(self, segment: str | None) -> NDArray[np.bool_]:
        if segment is None:
            return np.ones(len(self.score), np.bool_)
        return np.asarray(self.segment == segment)

    def asked(self, segment: str | None) -> Ints:
        """Responses that rate each driver, and last those that rate any."""
        known = ~np.isnan(self.ratings[self.of(segment)])
        return np.append(known.sum(axis=0), known.any(axis=1).sum()).astype(np.int64)

    def complete(self, segment: str | None, chosen: tuple[int, ...]) -> tuple[Floats, Floats]:
        """Cross-products of the complete responses, and how many are satisfied, by driver.

        Satisfied is nan where a rating does not say which scores count as satisfied.
        """
        key = (segment, chosen)
        if key not in self.counted:
            ratings = self.ratings[:, chosen]
            rows = self.of(segment) & ~np.isnan(ratings).any(axis=1)
            table = np.column_stack([ratings[rows], self.score[rows]])
            self.counted[key] = (
                kd.cross_products(table, self.group[rows], kd.GROUPS),
                self.satisfied[rows][:, chosen].sum(axis=0),
            )
        return self.counted[key]


def judge(
    answers: Callable[[str], pa.Table],
    *,
    periods: Sequence[str],
    drivers: Sequence[str],
    segments: Sequence[str],
    minimum_n: int,
    wanted: Collection[str] | None = None,
) -> pa.Table:
    """One row for each scope, period and driver, in that order.

    `answers` gives a month's rows of `int_driver_answers`. R squared and shares come as percent.
    Figures of a cell that may not be printed are null; so are those of a window that is too small
    (its n is told). With `wanted`, only those periods' rows, from their windows' months alone.
    """
    names = sorted(set(drivers))
    if not names:
        return _table([])
    scopes: dict[str, str | None] = {"all": None}
    scopes |= {f"segment={segment}": segment for segment in sorted(set(segments))}
    order = sorted(periods)
    months: dict[str, _Month] = {}
    rows: list[dict[str, Any]] = []
    for at, period in enumerate(order):
        if wanted is not None and period not in wanted:
            continue
        needed = order[max(0, at - MONTHS + 1) : at + 1]
        months = {p: months.get(p) or _month(answers(p), names) for p in needed}
        window = list(months.values())
        found = [_scope(window, segment, names, minimum_n) for segment in scopes.values()]
        secret = _secret([n for n, _ in found], minimum_n)
        for scope, (_, cells), is_secret in zip(scopes, found, secret, strict=True):
            ranked = _ranked([_veiled(cell) for cell in cells] if is_secret else cells)
            rows += [{"scope": scope, "period": period, "months": len(window)} | c for c in ranked]
    rows.sort(key=lambda row: (row["scope"], row["period"], row["driver"]))
    return _table(rows)


def _month(table: pa.Table, names: Sequence[str]) -> _Month:
    """One row for each response that has an outcome and a rating, in order of its number."""
    response = table["response_key"].to_numpy()
    is_outcome = np.asarray(table["is_outcome"].to_numpy(), np.bool_)
    question, _ = _codes(table, "question_id")
    driver, of_driver = _codes(table, "driver")
    score = table["score"].to_numpy().astype(np.float64)

    # Should a survey ask twice, the first question counts.
    asked = np.flatnonzero(is_outcome)
    asked = asked[np.lexsort((question[asked], response[asked]))]
    known, first = np.unique(response[asked], return_index=True)
    outcome = asked[first]

    rated = np.flatnonzero((driver >= 0) & np.isin(response, known))
    row = np.searchsorted(known, response[rated])
    place = {name: at for at, name in enumerate(names)}
    column = np.array([place[name] for name in of_driver], np.int64)[driver[rated]]
    shape = (len(known), len(names))
    ratings = _mean(score[rated], row, column, shape)
    said = table["is_satisfied"].cast("float64").to_numpy()[rated]
    # Several questions about one driver: all that say what satisfies must satisfy.
    satisfied = _mean(said[~np.isnan(said)], row[~np.isnan(said)], column[~np.isnan(said)], shape)
    satisfied = np.where(np.isnan(satisfied), np.nan, satisfied == 1.0)

    segment, segments = _codes(table, "segment")
    customer = table["customer_hash"].fill_null(-1).to_numpy()
    keep = ~np.isnan(ratings).all(axis=1)
    who = np.where(customer[outcome] >= 0, customer[outcome], known)
    return _Month(
        ratings[keep],
        satisfied[keep],
        score[outcome][keep],
        (who % kd.GROUPS).astype(np.int64)[keep],
        np.array([*segments, None], np.object_)[segment[outcome]][keep],
    )


def _codes(table: pa.Table, name: str) -> tuple[Ints, list[str]]:
    """Each value as its place in the sorted list of values; -1 for null."""
    column = table[name].combine_chunks().dictionary_encode()
    values = column.dictionary.to_pylist()
    names = sorted(values)
    rank = np.array([names.index(value) for value in values] + [-1], np.int64)
    return rank[column.indices.fill_null(-1).to_numpy()], names


def _mean(values: Floats, row: Ints, column: Ints, shape: tuple[int, int]) -> Floats:
    """The mean of the values of each cell, nan where it has none.

    Sums of whole billionths: those are the same in whatever order the values come.
    """
    at, size = row * shape[1] + column, shape[0] * shape[1]
    count = np.bincount(at, minlength=size)
    total = np.bincount(at, weights=np.rint(values * 1e9), minlength=size)
    with np.errstate(invalid="ignore"):
        return np.asarray((total / count / 1e9).reshape(shape))


def _scope(
    window: Sequence[_Month], segment: str | None, names: Sequence[str], minimum_n: int
) -> tuple[int, list[dict[str, Any]]]:
    """How many complete responses there are, and a cell for each driver."""
    asked = np.sum([month.asked(segment) for month in window], axis=0)
    chosen: tuple[int, ...] = tuple(
        np.flatnonzero(asked[:-1] >= max(1, _COMPARED_FROM * asked[-1])).tolist()
    )
    cells = [_cell(name, 0, "not_asked") for name in names]
    for at in np.flatnonzero(asked[:-1]).tolist():
        cells[at] = _cell(names[at], None, "asked_of_too_few", suppressed=True)
    if not chosen:
        return 0, cells
    if len(chosen) > kd.MOST_DRIVERS:
        n = sum(
            int((month.of(segment) & ~np.isnan(month.ratings[:, chosen]).any(axis=1)).sum())
            for month in window
        )
        for at in chosen:
            cells[at] = _cell(names[at], n, "too_many_drivers")
        return n, cells
    counted = [month.complete(segment, chosen) for month in window]
    sums = np.sum([sums for sums, _ in counted], axis=0)
    satisfied = np.sum([satisfied for _, satisfied in counted], axis=0)
    found = _figures(sums, satisfied, minimum_n)
    for at, figures in zip(chosen, found, strict=True):
        cells[at] = _cell(names[at], **figures)
    return round(float(sums[:, 0, 0].sum())), cells


def _figures(sums: Floats, satisfied: Floats, minimum_n: int) -> list[dict[str, Any]]:
    """What is known of each driver compared, from the complete responses of a window."""
    everything = sums.sum(axis=0)
    n = round(float(everything[0, 0]))
    if n < max(minimum_n, kd.fewest_rows(len(satisfied))):
        note = "too_few_responses" if n else "not_asked"
        return [{"n": n, "note": note, "suppressed": n > 0} for _ in satisfied]
    if np.count_nonzero(sums[:, 0, 0]) < kd.FEWEST_GROUPS:
        return [{"n": n, "note": "too_few_customers", "suppressed": True} for _ in satisfied]
    performance = st.share(satisfied, np.where(np.isnan(satisfied), np.nan, n))
    found: list[dict[str, Any]] = [
        {
            "n": n,
            "performance": performance.value[at] * 100,
            "performance_low": performance.low[at] * 100,
            "performance_high": performance.high[at] * 100,
        }
        for at in range(len(satisfied))
    ]
    spread = np.diagonal(everything)[1:] / n - (everything[0, 1:] / n) ** 2
    varies = spread > 1e-12 * np.maximum(1.0, np.diagonal(everything)[1:] / n)
    for at in np.flatnonzero(~varies[:-1]).tolist():
        found[at]["note"] = "constant"
    moving = np.flatnonzero(varies[:-1])
    if not varies[-1]:
        return [figures | {"note": "score_constant"} for figures in found]
    if len(moving):
        keep = np.concatenate([[0], moving + 1, [len(varies)]])
        tests = kd.driver_tests(sums[:, keep][:, :, keep])
        adjusted = st.holm(tests.p)
        for place, at in enumerate(moving.tolist()):
            found[at] |= {
                "r2": tests.r_squared * 100,
                "r2_low": tests.r_squared_low * 100,
                "r2_high": tests.r_squared_high * 100,
                "share": tests.shares[place] * 100,
                "share_low": tests.low[place] * 100,
                "share_high": tests.high[place] * 100,
                "p_adjusted": adjusted[place],
                "is_significant": bool(adjusted[place] < SIGNIFICANT),
                "note": "told_by_others" if tests.told_by_others[place] else None,
            }
    return found


def _cell(
    driver: str,
    n: int | None,
    note: str | None = None,
    *,
    suppressed: bool = False,
    is_significant: bool = False,
    **figures: float,
) -> dict[str, Any]:
    plain: dict[str, Any] = dict.fromkeys(_FIGURES)
    known = {k: float(v) for k, v in figures.items() if v is not None and not np.isnan(v)}
    return {"driver": driver, "n": n} | plain | known | {
        "is_significant": is_significant,
        "note": note,
        "suppressed": suppressed,
    }  # fmt: skip


def _veiled(cell: dict[str, Any]) -> dict[str, Any]:
    """The cell as it is printed where its n may not be known."""
    return _cell(cell["driver"], None, "too_few_responses", suppressed=True)


def _secret(n: Sequence[int], minimum_n: int) -> NDArray[np.bool_]:
    """Which scopes' n may not be known; the first is everyone, the others its segments."""
    group = np.array([-1] + [0] * (len(n) - 1), np.int64)
    return hidden(np.array(n, np.int64), minimum_n, [Sums(group, np.array([0], np.int64))])


def _ranked(cells: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    order = sorted(
        cells, key=lambda c: (not c["is_significant"], -(c["share"] or 0.0), c["driver"])
    )
    return [cell | {"position": at} for at, cell in enumerate(order, start=1)]


def _table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    types = {name: pa.float64() for name in _FIGURES}
    types |= {name: pa.string() for name in ("scope", "period", "driver", "note")}
    types |= {name: pa.int64() for name in ("months", "position", "n")}
    types |= {name: pa.bool_() for name in ("is_significant", "suppressed")}
    return pa.table(
        {name: pa.array([row[name] for row in rows], kind) for name, kind in types.items()}
    )
