"""How far answers speak for those who were asked, and signs that somebody plays with the score.

Response rates: AAPOR, Standard Definitions, 10th edition, 2023, https://aapor.org/standards-and-
ethics/standard-definitions/. Post-stratification: Holt and Smith, Journal of the Royal Statistical
Society A 142, 1979, https://doi.org/10.2307/2344652, with Kish's effective n in the interval.
Bounds: Manski, American Economic Review 80(2), 1990 (no assumption on who stays silent).

Where no invitation is known there is no rate: answers alone do not say how many were asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from wellheard import statistics as st
from wellheard.rates import Outcomes, response_rates
from wellheard.share_test import fisher_more
from wellheard.suppression import hidden_cells

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Row = dict[str, Any]

OUTCOMES = ("complete", "partial", "refused", "no_contact", "other", "unknown")
METRICS = ("nps", "csat", "ces", "case_csat")  # a survey's score is of the first of these it asks
SHARES = ("csat", "case_csat")
ALPHA = 0.05
EARLIER_MONTHS = 12
WITH_PAST = ("duplicate", "straight_lining")  # tested against the source's months before
_KEY = ["period", "source", "survey_id"]
_SUMS = ["n", "plain_x", "plain_successes", "sum_x", "sum_xx", "sum_w", "sum_ww", "successes"]
_FIGURES = (
    "rr1", "rr1_low", "rr1_high", "rr2", "raw", "raw_low", "raw_high", "effective_n",
    "post_stratified", "post_low", "post_high", "bound_low", "bound_high",
)  # fmt: skip


def sample_panel(
    invitations: pa.Table,
    answers: pa.Table,
    base: pa.Table,
    minimum_n: int,
    hidden: Collection[tuple[str, ...]] = (),
) -> pa.Table:
    """One row per scope, month, source and survey, in that order; figures in printed units.

    `invitations`: counts of each of OUTCOMES and sum_ww (the effective n is their n² / sum_ww) by
    period, source, survey_id and segment (null: unknown). `answers`: sums by these and metric, as
    in `int_sample_answers`. `base`: customers by period and segment. A rate, and bounds, need
    invitations worth at least `minimum_n`; a score that many answers. `hidden`: scope, period and
    metric of scores that are not printed elsewhere, though they are the same answers'; with source
    and survey_id where one survey's would give a cell of another table away.
    """
    import pandas as pd

    sent, given = invitations.to_pylist(), _first_metric(answers.to_pylist())
    customers: dict[str, dict[str, int]] = {}
    for one in base.to_pylist():
        customers.setdefault(one["period"], {})[one["segment"]] = one["customers"]
    segments = sorted({one["segment"] for one in (*sent, *given)} - {None})
    rows: list[Row] = []
    for scope in ["all", *(f"segment={segment}" for segment in segments)]:
        asked, told = _by_survey(sent, scope), _by_survey(given, scope)
        for key in sorted({*asked, *told}):
            period_base = customers.get(key[0], {}) if scope == "all" else {}
            row = _survey(asked.get(key), told.get(key), period_base)
            rows.append({"scope": scope, **dict(zip(_KEY, key, strict=True)), "label": key[2],
                         **row})  # fmt: skip
    return _printed(pd.DataFrame(rows), minimum_n, set(hidden))


def _by_survey(rows: list[Row], scope: str) -> dict[tuple[str, ...], list[Row]]:
    """The scope's rows of each survey and month."""
    found: dict[tuple[str, ...], list[Row]] = {}
    segment = scope.partition("=")[2]
    for row in rows:
        if scope == "all" or row["segment"] == segment:
            found.setdefault(tuple(row[name] for name in _KEY), []).append(row)
    return found


def _first_metric(answers: list[Row]) -> list[Row]:
    """The answers to the first metric each survey asks in the month."""
    asked = _by_survey(answers, "all")
    first = {key: min((row["metric"] for row in rows), key=METRICS.index)
             for key, rows in asked.items()}  # fmt: skip
    return [row for key, rows in asked.items() for row in rows if row["metric"] == first[key]]


def _sums(rows: list[Row]) -> dict[str, float]:
    return {name: sum(row[name] or 0 for row in rows) for name in _SUMS}


def _survey(asked: list[Row] | None, told: list[Row] | None, base: dict[str, int]) -> Row:
    row: Row = dict.fromkeys((*_FIGURES, "invited", "worth", *OUTCOMES, "n", "metric"))
    row["n"] = 0
    if told is not None:
        sums = _sums(told)
        row |= {"metric": told[0]["metric"], "n": int(sums["n"])}
        scale = _scale(told)
        row |= dict(
            zip(("raw", "raw_low", "raw_high"), _score(row["metric"], sums, scale), strict=True)
        )
        row |= _post_stratified(row["metric"], told, base, scale)
    if asked is not None:
        found = {name: int(sum(one[name] for one in asked)) for name in OUTCOMES}
        worth = float(st.effective_n(sum(found.values()), sum(one["sum_ww"] for one in asked)))
        row |= {"invited": sum(found.values()), "worth": worth, **found} | _rates(found, worth)
        if told is not None:
            silent = row["invited"] - found["complete"] - found["partial"]
            row |= _bounds(row["metric"], sums, silent, scale)
    return row


def _scale(rows: list[Row]) -> tuple[float, float]:
    """The ends of the widest scale the answers were given on; nan where there is none."""
    ends = [row[name] for row in rows for name in ("scale_min", "scale_max")]
    known = [float(end) for end in ends if end is not None]
    return min(known, default=float("nan")), max(known, default=float("nan"))


def _rates(found: dict[str, int], worth: float) -> Row:
    invited = sum(found.values())
    if invited == found["unknown"]:
        # Nobody is known to have answered: 0 of all who were asked.
        rr1 = rr2 = 0.0
    else:
        rates = response_rates(Outcomes(*(found[name] for name in OUTCOMES)))
        rr1, rr2 = rates["RR1"], rates["RR2"]
    _, low, high = st.share(rr1 * worth, worth)
    return {"rr1": 100 * rr1, "rr1_low": 100 * float(low), "rr1_high": 100 * float(high),
            "rr2": 100 * rr2}  # fmt: skip


def _score(
    metric: str, sums: Mapping[str, float], scale: tuple[float, float]
) -> tuple[float, float, float]:
    """Score and interval of weighted sums, in printed units; the effective n replaces n."""
    w, ww = float(sums["sum_w"]), float(sums["sum_ww"])
    if w <= 0:
        return (float("nan"),) * 3
    n = float(st.effective_n(w, ww))
    if metric == "nps":
        promoters = (sums["sum_xx"] + sums["sum_x"]) / 2 / w * n
        detractors = (sums["sum_xx"] - sums["sum_x"]) / 2 / w * n
        found, unit = st.nps(detractors, max(n - promoters - detractors, 0.0), promoters), 100
    elif metric in SHARES:
        found, unit = st.share(sums["successes"] / w * n, n), 100
    else:
        moments = st.mean_moments(w, ww, sums["sum_x"], sums["sum_xx"])
        found, unit = st.mean(*moments, scale=scale), 1
    value, low, high = (float(part) * unit for part in found)
    return value, low, high


def _post_stratified(
    metric: str, told: list[Row], base: dict[str, int], scale: tuple[float, float]
) -> Row:
    """The score with each segment weighing as much as its customers do.

    None where a segment of the customer base has no answer (nothing could stand for it), or where
    there is only one segment.
    """
    wanted = {segment: count for segment, count in sorted(base.items()) if count > 0}
    strata = {
        segment: _sums([row for row in told if row["segment"] == segment]) for segment in wanted
    }
    if len(wanted) < 2 or not all(stratum["sum_w"] > 0 for stratum in strata.values()):
        return {}
    factors = {segment: wanted[segment] / strata[segment]["sum_w"] for segment in wanted}
    # Squares of weights grow by the square.
    sums = {
        name: sum(
            stratum[name] * factors[segment] ** (2 if name == "sum_ww" else 1)
            for segment, stratum in strata.items()
        )
        for name in _SUMS
    }
    names = ("post_stratified", "post_low", "post_high")
    found = dict(zip(names, _score(metric, sums, scale), strict=True))
    return {**found, "effective_n": float(st.effective_n(sums["sum_w"], sums["sum_ww"]))}


def _bounds(metric: str, sums: Mapping[str, float], silent: int, scale: tuple[float, float]) -> Row:
    """The score if all who did not answer had given the worst answer, and the best."""
    n, silent = float(sums["n"]), max(silent, 0)
    if metric in SHARES:
        total, worst, best, unit = float(sums["plain_successes"]), 0.0, 1.0, 100
    else:
        total = float(sums["plain_x"])
        worst, best, unit = (-1.0, 1.0, 100) if metric == "nps" else (*scale, 1)
    everyone = n + silent
    return {
        "bound_low": unit * (total + worst * silent) / everyone,
        "bound_high": unit * (total + best * silent) / everyone,
    }


def _printed(
    panel: pd.DataFrame, minimum_n: int, elsewhere: Collection[tuple[str, ...]]
) -> pa.Table:
    """The panel without what is too small to print, or would follow from what is printed."""
    import pandas as pd
    import pyarrow as pa

    strings = ["scope", *_KEY, "label", "metric"]
    counts = ["invited", *OUTCOMES, "n"]
    schema = pa.schema(
        [(name, pa.string()) for name in strings]
        + [(name, pa.int64()) for name in counts]
        + [(name, pa.float64()) for name in _FIGURES]
        + [("suppressed", pa.bool_())]
    )
    if not len(panel):
        return schema.empty_table()
    # A survey by number: its name may hold any character.
    survey = panel.groupby(["source", "survey_id"], sort=True).ngroup().astype(str)
    of_few = panel["worth"].astype("float64") < minimum_n - 1e-9
    cells = []
    for name in counts:
        outcome = name in OUTCOMES
        cells.append(pd.DataFrame({
            "row": panel.index, "name": name, "scope": panel["scope"], "period": panel["period"],
            "metric": panel["metric"].fillna("") + " answers" if name == "n" else "invitations",
            "dimension": "survey|outcome" if outcome else "survey",
            "member": survey + f"|{name}" if outcome else survey,
            "n": panel[name],
            "few": of_few & (name != "n"),
        }).dropna(subset=["n"]))  # fmt: skip
    every = pd.concat(cells, ignore_index=True).astype({"n": "int64"})
    every["hidden"] = hidden_cells(
        pa.Table.from_pandas(every.drop(columns=["row", "name", "hidden"], errors="ignore"),
                             preserve_index=False), minimum_n)  # fmt: skip
    hidden = every.pivot(index="row", columns="name", values="hidden").reindex(panel.index)
    hidden = hidden.reindex(columns=counts).eq(True)
    scores = panel[["scope", "period", "metric", "source", "survey_id"]]
    rows = scores.itertuples(index=False, name=None)
    hidden["n"] |= np.array([row in elsewhere or row[:3] in elsewhere for row in rows])
    few_asked = hidden["invited"] | hidden["complete"]
    few_told = hidden["n"] | (panel["n"] == 0)
    outweighed = panel["effective_n"].astype("float64") < minimum_n - 1e-9
    for names, gone in (
        (["invited"], hidden["invited"]),
        (["n"], hidden["n"]),
        (["rr1", "rr1_low", "rr1_high"], few_asked),
        (["rr2"], few_asked | hidden["partial"]),
        (_FIGURES[4:], few_told),
        (["effective_n", "post_stratified", "post_low", "post_high"], outweighed),
        (["bound_low", "bound_high"], few_asked | hidden["partial"]),
        *(([name], hidden[name]) for name in OUTCOMES),
    ):
        panel[list(names)] = panel[list(names)].astype(object).mask(gone, None)
    panel["suppressed"] = hidden["invited"] | hidden["n"]
    columns = {
        field.name: pa.array(
            [None if pd.isna(value) else value for value in panel[field.name]], field.type
        )
        for field in schema
    }
    return pa.table(columns, schema)


# --- Signs that somebody plays with the score -----------------------------------------------------


def gaming_signals(
    counts: pa.Table,
    hours: pa.Table,
    minimum_n: int,
    hidden: Collection[tuple[str, str]] = (),
) -> pa.Table:
    """One row per month, source and signal that can be looked for, corrected over the month (Holm).

    `counts`: period, source, signal, n of n_answers (see `int_gaming_counts`); `hours`: responses
    by source, survey_id, period and hour ('2026-10-03 14:00').

    - burst: the fullest hour of a survey, against a negative binomial distribution of its hours;
    - duplicate, straight_lining: the share of responses, against the source's twelve months before;
    - suppressed_invitations: the share asked after a bad experience, against that after a good one.

    Tests look one way only: more than expected (fewer asked). `compared` of `n_compared` is the
    share that a share was tested against; `detail` is a burst's survey and hour. p is null where
    nothing can be tested, which is never a flag. Below `minimum_n` a count is not printed, nor what
    would tell it: sums over months of which one is not (they grow by one month at a time), a p that
    such counts make. `hidden`: periods and sources of which other tables hide a part, whose total
    is not printed here either.
    """
    import pandas as pd
    import pyarrow as pa

    rows = [*_bursts(hours.to_pandas()), *_shares(counts.to_pandas())]
    found = pd.DataFrame(rows, columns=["period", "source", "signal", "n", "n_answers", "compared",
                                        "n_compared", "detail", "p"])  # fmt: skip
    found = found.sort_values(["period", "source", "signal"], ignore_index=True)
    p = found["p"].to_numpy(np.float64)
    adjusted = st.holm(p, found.groupby("period").ngroup().to_numpy())
    small = (found["n"] > 0) & (found["n"] < minimum_n)
    few = (found["n_answers"] > 0) & (found["n_answers"] < minimum_n)
    found = found.astype({"compared": "float64", "n_compared": "float64"})
    others = {
        name: found[name].isna() | (found[name] > 0) & (found[name] < minimum_n)
        for name in ("compared", "n_compared")
    }
    flagged = ~np.isnan(adjusted) & (adjusted < ALPHA) & ~few
    key = ["source", "signal", "period"]
    part = found["signal"].ne("burst") & ((found["n"] > 0) & (found["n"] < minimum_n) | few)
    pairs = zip(found["period"], found["source"], strict=True)
    veiled = np.array([pair in hidden for pair in pairs], np.bool_)
    untold = set(found.loc[part | veiled, key].itertuples(index=False, name=None))
    span = np.array([
        signal in WITH_PAST and any((source, signal, month) in untold for month in _before(period))
        for source, signal, period in found[key].itertuples(index=False, name=None)
    ], np.bool_)  # fmt: skip
    beside = small | few | span | others["compared"] | others["n_compared"]
    gone = {"n": small | few, "n_answers": few | veiled, "compared": beside, "n_compared": beside}
    # Fisher's p of counts of which all but one are printed is as good as that one.
    told = found["signal"].ne("burst") & (beside | veiled) & found["n_compared"].notna()
    unknown = np.isnan(p) | few.to_numpy() | told.to_numpy()
    columns: dict[str, pa.Array] = {
        name: pa.array(found[name].tolist(), pa.string()) for name in ("period", "source", "signal")
    }
    columns |= {
        name: pa.array(
            [None if hid else int(x) for x, hid in zip(found[name], of, strict=True)], pa.int64()
        )
        for name, of in gone.items()
    }
    details = zip(found["detail"], small | few, strict=True)
    columns["detail"] = pa.array(
        [d if isinstance(d, str) and not hid else None for d, hid in details], pa.string()
    )
    columns["p"] = pa.array(p, pa.float64(), mask=unknown)
    columns["p_adjusted"] = pa.array(adjusted, pa.float64(), mask=unknown)
    columns["is_flagged"] = pa.array(flagged, pa.bool_())
    return pa.table(columns)


def _bursts(hours: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """The most surprising survey of each source and month."""
    import calendar

    for key, of_source in hours.groupby(["period", "source"], sort=True):
        period, source = (str(part) for part in key)
        size = calendar.monthrange(int(period[:4]), int(period[5:]))[1] * 24
        surveys = []
        for survey, part in of_source.groupby("survey_id", sort=True):
            top = part.sort_values(["n", "hour"], ascending=[False, True]).iloc[0]
            surveys.append((_burst_p(part["n"].tolist(), size), survey, top["hour"], top["n"]))
        p, survey, hour, n = min(surveys)
        total = int(of_source["n"].sum())
        yield (period, source, "burst", int(n), total, None, None, f"{survey} {hour}",
               min(1.0, p * len(surveys)))  # fmt: skip


def _burst_p(counts: Sequence[int], hours: int) -> float:
    """The chance that the fullest of so many hours is as full; the others say what is usual.

    Moments of the other hours; Poisson where they do not vary more than that.
    """
    top, others = max(counts), sorted(counts)[:-1]
    size = hours - 1
    mean = sum(others) / size
    variance = sum(c * c for c in others) / size - mean**2
    if not others:
        # One hour with everything: what one answer in all of them would be.
        mean, variance = 1 / size, 1 / size
    if variance > mean:
        shape = mean**2 / (variance - mean)
        tail = special.betainc(top, shape, mean / (shape + mean))  # negative binomial
    else:
        tail = special.pdtrc(top - 1, mean)
    return float(-np.expm1(hours * np.log1p(-min(float(tail), 1 - 1e-16))))


def _shares(counts: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    seen = {
        (str(source), str(signal), str(period)): (int(n), int(of))
        for source, signal, period, n, of in zip(
            *(counts[c] for c in ("source", "signal", "period", "n", "n_answers")), strict=True
        )
    }
    for source, signal, period in sorted(seen):
        now = seen[source, signal, period]
        if signal in WITH_PAST:
            past = [seen.get((source, signal, month), (0, 0)) for month in _before(period)]
            before = (sum(n for n, _ in past), sum(of for _, of in past))
            yield period, source, signal, *now, *before, None, _more(now, before)
        elif signal == "invited_after_bad":
            good = seen.get((source, "invited_after_good", period), (0, 0))
            if now[0] + good[0] == 0:
                continue  # nobody is known to have been asked: nothing was kept from anybody
            yield period, source, "suppressed_invitations", *now, *good, None, _more(good, now)


def _before(period: str) -> list[str]:
    month = int(period[:4]) * 12 + int(period[5:]) - 1
    return [f"{m // 12}-{m % 12 + 1:02d}" for m in range(month - EARLIER_MONTHS, month)]


def _more(a: tuple[int, int], b: tuple[int, int]) -> float:
    """One-sided p of share a above share b (Fisher's exact test); nan without answers in one."""
    return fisher_more(*a, *b) if a[1] and b[1] else float("nan")
