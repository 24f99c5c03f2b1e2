"""From counted comments to printed figures: what each theme costs, its share, what stays hidden."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellheard import statistics as st
from wellheard.comments import repeats
from wellheard.comments.costs import cost, side
from wellheard.share_test import p_of_difference
from wellheard.suppression import Sums, hidden

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

METRICS = ("nps", "csat")
ENOUGH = 30  # answers with words for a ranking by NPS
SIGNIFICANT = 0.05
# What a theme named more or less often takes of the error that a report states for changes.
CHANGE_SHARE = 0.1
_KEY = ["scope", "period", "metric", "is_emerging"]
_SUMS = ["n", "sum_x", "sum_xx", "sum_w", "sum_ww", "n_felt", "n_negative", *repeats.PAIRS]


def judge(
    sums: pa.Table,
    themes: Iterable[Sequence[Any]],
    emerging: Iterable[Sequence[Any]],
    minimum_n: int,
    *,
    pairs: pa.Table | None = None,
) -> pa.Table:
    """One row per scope, month, metric and theme, in printed units (NPS points, percent).

    `sums` as in `int_theme_sums`, `pairs` as in `int_theme_pairs` (none: every comment is another
    customer's); `themes` the rows of the taxonomy (theme, label, position),
    `emerging` those found in the texts (period, theme, label, p_adjusted). Every listed theme has a
    row where anything was written: n 0 says nobody mentioned it. A theme with answers, but fewer
    than `minimum_n` with it or without it, is hidden, and with it what would give it away across
    segments.
    """
    import pyarrow as pa

    counted = repeats.with_pairs(sums.to_pandas(), None if pairs is None else pairs.to_pandas())
    frame = _cells(counted, list(themes), list(emerging), minimum_n)
    n = frame["n"].to_numpy(np.int64)
    total = frame["n_all"].to_numpy(np.int64)
    secret = frame["secret"].to_numpy(np.bool_)
    shown, some = ~secret & (total > 0), n > 0
    # A share of before is printed where a report on that span alone would print it.
    compared = shown & frame["is_open_before"].to_numpy(np.bool_)
    tested = shown & some & (n < total)

    with_theme = side(*(frame[name] for name in ("sum_x", "sum_xx", "sum_w", "sum_ww")))
    rest = side(
        *(frame[f"{name}_all"] - frame[name] for name in ("sum_x", "sum_xx", "sum_w", "sum_ww"))
    )
    repeated = repeats.variance_of_cost(frame)
    weighed = np.divide(frame["sum_w"], frame["sum_w_all"])
    costs = {m: cost(with_theme, rest, m, share=weighed, repeated=repeated) for m in METRICS}
    is_nps = (frame["metric"] == "nps").to_numpy()
    score_with, score_without, value, low, high, p = (
        np.where(is_nps, a, b) for a, b in zip(costs["nps"], costs["csat"], strict=True)
    )
    counts, before = _shares(frame, ""), _shares(frame, "_before")
    share, change = st.share(*counts), st.share_change(counts, before)
    change_p = p_of_difference(counts, before)
    negative = frame["n_negative"] / frame["n_felt"].where(frame["n_felt"] >= minimum_n)

    family = frame.groupby(["scope", "period", "metric"], sort=False).ngroup().to_numpy()
    listed = ~frame["is_emerging"].to_numpy(np.bool_)
    p_adjusted = st.holm(np.where(tested, p, np.nan), family)
    share_p = st.holm(np.where(compared & listed, change_p, np.nan), family) / CHANGE_SHARE
    figures: dict[str, tuple[Any, Bools]] = {
        "n": (n, ~secret),
        "share": (share.value * 100, shown),
        "share_low": (share.low * 100, shown),
        "share_high": (share.high * 100, shown),
        "score_with": (score_with * 100, tested),
        "score_without": (score_without * 100, tested),
        "cost": (value * 100, tested),
        "cost_low": (low * 100, tested),
        "cost_high": (high * 100, tested),
        "p_adjusted": (p_adjusted, tested),
        "previous_share": (st.share(*before).value * 100, compared),
        "share_change": (change.value * 100, compared),
        "share_change_low": (change.low * 100, compared),
        "share_change_high": (change.high * 100, compared),
        "share_p_adjusted": (np.minimum(share_p, 1.0), compared & listed),
        "sentiment_negative": (negative.to_numpy() * 100, shown & some),
    }
    columns: dict[str, pa.Array] = {
        name: pa.array(frame[name].tolist(), type_)
        for name, type_ in {
            "scope": pa.string(), "period": pa.string(), "metric": pa.string(),
            "months": pa.int32(), "theme": pa.string(), "label": pa.string(),
            "is_emerging": pa.bool_(),
        }.items()
    }  # fmt: skip
    for name, (numbers, where) in figures.items():
        numbers = np.asarray(numbers, dtype=np.float64)
        empty = ~where | np.isnan(numbers)
        kind = pa.int64() if name == "n" else pa.float64()
        whole = np.nan_to_num(numbers).astype(np.int64) if name == "n" else numbers
        columns[name] = pa.array(whole, kind, mask=empty)
    found = frame["emerging_p"].to_numpy(np.float64)
    columns["emerging_p_adjusted"] = pa.array(found, pa.float64(), mask=secret | np.isnan(found))
    columns["is_significant"] = pa.array(np.nan_to_num(p_adjusted, nan=1.0) < SIGNIFICANT)
    columns["position"] = pa.array(_positions(frame, np.where(tested, value, np.nan)))
    columns["is_ranked"] = pa.array(_is_ranked(frame))
    columns["suppressed"] = pa.array(secret)
    return pa.table(columns)


def _cells(
    sums: pd.DataFrame,
    themes: list[Sequence[Any]],
    emerging: list[Sequence[Any]],
    minimum_n: int,
) -> pd.DataFrame:
    """A row per theme that can be printed, with its sums, those of all answers and the earlier."""
    import pandas as pd

    places: dict[str, tuple[str, int]] = {}
    for theme, label, position in sorted(themes, key=lambda row: (row[2], row[0])):
        places.setdefault(theme, (label, position))
    listed = pd.DataFrame(
        [(theme, *rest) for theme, rest in places.items()], columns=["theme", "label", "listed"]
    ).astype({"theme": object, "label": object, "listed": "int64"})
    new = pd.DataFrame(
        [
            (period, theme, label, p, place)
            for place, (period, theme, label, p) in enumerate(emerging)
        ],
        columns=["period", "theme", "label", "emerging_p", "listed"],
    )
    new = new.astype({"period": object, "theme": object, "label": object, "listed": "int64"})
    now, before = (
        _span(sums[sums["is_before"] == is_before], listed, new, minimum_n)
        for is_before in (False, True)
    )
    before["is_open"] = ~before["secret"] & (before["n_all"] > 0)
    names = {name + of: f"{name}_before{of}" for name in _SUMS for of in ("", "_all")}
    before = before[[*_KEY, "theme", *names, "is_open"]]
    before = before.rename(columns={**names, "is_open": "is_open_before"})
    rows = now.merge(before, on=[*_KEY, "theme"], how="left")
    rows[list(names.values())] = rows[list(names.values())].fillna(0.0)
    rows["is_open_before"] = rows["is_open_before"].eq(True)
    if "emerging_p" not in rows:
        rows["emerging_p"] = np.nan
    return rows


def _span(
    sums: pd.DataFrame, listed: pd.DataFrame, new: pd.DataFrame, minimum_n: int
) -> pd.DataFrame:
    """A row per scope and theme with its sums, those of all answers, and whether it is hidden."""
    import pandas as pd

    of_all = sums[sums["theme"].isna()][[*_KEY, "months", *_SUMS]]
    rows = pd.concat(
        [
            of_all[~of_all["is_emerging"]].merge(listed, how="cross"),
            of_all[of_all["is_emerging"]].merge(new, on="period"),
        ],
        ignore_index=True,
    ).rename(columns={name: f"{name}_all" for name in _SUMS})
    of_theme = sums[sums["theme"].notna()][[*_KEY, "theme", *_SUMS]]
    rows = rows.merge(of_theme, on=[*_KEY, "theme"], how="left")
    counted = [c for c in rows.columns if c.startswith(("n", "sum_", "pair_"))]
    rows[counted] = rows[counted].astype("float64").fillna(0.0)
    rows = rows.sort_values(
        ["period", "metric", "is_emerging", "listed", "theme", "scope"], ignore_index=True
    )
    n, total = (rows[name].to_numpy(np.int64) for name in ("n", "n_all"))
    return rows.assign(secret=_secret(rows, n, total, minimum_n))


def _secret(frame: pd.DataFrame, n: Ints, total: Ints, minimum_n: int) -> Bools:
    """Small cells, small rests, and what would give them away: a theme's segments and their sum."""
    group = frame.groupby(["period", "metric", "theme"], sort=False).ngroup().to_numpy(np.int64)
    is_total = (frame["scope"] == "all").to_numpy()
    totals = np.full(group.max(initial=-1) + 1, -1, np.int64)
    totals[group[is_total]] = np.flatnonzero(is_total)
    sums = [Sums(np.where(is_total, -1, group), totals)]
    rest = total - n
    w, ww, all_w, all_ww = (
        frame[name].to_numpy(np.float64) for name in ("sum_w", "sum_ww", "sum_w_all", "sum_ww_all")
    )
    several, of_others, of_all = repeats.squares_of_sides(frame)
    few = st.outweighed(w, ww + several, minimum_n)
    few_others = st.outweighed(all_w - w, all_ww - ww + of_others, minimum_n)
    few_at_all = st.outweighed(all_w, all_ww + of_all, minimum_n)
    return (
        hidden(n, minimum_n, sums, few)
        | hidden(rest, minimum_n, sums, few_others)
        | ((total > 0) & ((total < minimum_n) | few_at_all))
    )


def _shares(frame: pd.DataFrame, span: str) -> tuple[st.Floats, st.Floats]:
    """Answers with the theme and all answers, as shares of what the answers are worth."""
    w, all_w, all_ww = (
        frame[name].to_numpy(np.float64)
        for name in (f"sum_w{span}", f"sum_w{span}_all", f"sum_ww{span}_all")
    )
    n = np.nan_to_num(st.effective_n(all_w, all_ww + repeats.squares_of_share(frame, span)))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(all_w > 0, w / all_w * n, 0.0), n


def _positions(frame: pd.DataFrame, value: st.Floats) -> Ints:
    """The rank by cost within scope, month and metric; without a cost last, as listed."""
    order = frame.assign(
        cost=-np.round(value, 12), nothing=np.isnan(value), row=np.arange(len(frame))
    ).sort_values(
        ["scope", "period", "metric", "nothing", "cost", "is_emerging", "listed", "theme"]
    )
    rank = order.groupby(["scope", "period", "metric"], sort=False).cumcount() + 1
    return np.asarray(rank.sort_index().to_numpy(), dtype=np.int32)


def _is_ranked(frame: pd.DataFrame) -> Bools:
    """Whether the month's themes are ranked by this metric: NPS where enough explain one."""
    everyone = frame[(frame["scope"] == "all") & ~frame["is_emerging"].astype(bool)]
    n = everyone.groupby(["period", "metric"])["n_all"].first()
    chosen = {}
    for period in frame["period"].unique():
        size = {metric: float(n.get((period, metric), 0.0)) for metric in METRICS}
        by_nps = size["nps"] >= ENOUGH or size["nps"] >= size["csat"]
        chosen[period] = "nps" if by_nps else "csat"
    return np.asarray(frame["metric"] == frame["period"].map(chosen))


def volumes(sums: pa.Table, minimum_n: int) -> pa.Table:
    """How many comments, how they feel and how often words and score take the same side.

    One row per scope and month of `int_comment_sums`; Wilson's intervals, in percent. Each count is
    left out, with the shares of it, where it is too small or follows from those of other scopes.
    """
    import pyarrow as pa

    frame = sums.to_pandas().sort_values(["scope", "period"], ignore_index=True)
    n = frame["n"].to_numpy(np.int64)
    group = frame.groupby("period", sort=False).ngroup().to_numpy(np.int64)
    is_total = (frame["scope"] == "all").to_numpy()
    totals = np.full(group.max(initial=-1) + 1, -1, np.int64)
    totals[group[is_total]] = np.flatnonzero(is_total)
    sums_of_scopes = [Sums(np.where(is_total, -1, group), totals)]

    def kept_back(count: Ints) -> Bools:
        return secret | hidden(count, minimum_n, sums_of_scopes, unnamed=True)

    secret = hidden(n, minimum_n, sums_of_scopes, unnamed=True)
    felt = (frame["n_negative"] + frame["n_neutral"] + frame["n_positive"]).to_numpy(np.int64)
    compared = frame["n_agreement"].to_numpy(np.int64)
    columns: dict[str, pa.Array] = {
        "scope": pa.array(frame["scope"].tolist(), pa.string()),
        "period": pa.array(frame["period"].tolist(), pa.string()),
    }
    columns["n"] = pa.array(n, pa.int64(), mask=secret)
    for name, count in (
        ("n_language_known", frame["n_language_known"].to_numpy(np.int64)),
        ("n_sentiment_known", felt), ("n_agreement", compared),
    ):  # fmt: skip
        columns[name] = pa.array(count, pa.int64(), mask=kept_back(count))
    columns["redactions"] = pa.array(frame["redactions"].to_numpy(np.int64), mask=secret)
    for name, count, of in (
        ("negative", frame["n_negative"], felt), ("neutral", frame["n_neutral"], felt),
        ("positive", frame["n_positive"], felt), ("agreement", frame["n_agreeing"], compared),
    ):  # fmt: skip
        # Shares of so few must not follow from those of all and of the other segments either.
        empty = kept_back(of) | (of < minimum_n)
        for suffix, figure in zip(("", "_low", "_high"), st.share(count, of), strict=True):
            columns[name + suffix] = pa.array(figure * 100, pa.float64(), mask=empty)
    columns["suppressed"] = pa.array(secret)
    return pa.table(columns)
