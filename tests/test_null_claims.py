"""Claims of every kind but the metrics' own (`test_null_months`), where there is nothing to claim.

A thousand reports of each kind go through the function that judges it in a build. What says of a
month that something is new or different from before shares the report's stated error with the
metrics' changes; what goes with what (drivers, moments, channels, money) has that error for each
question.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import test_null_months as metrics

from wellheard import (
    action_effects,
    closed_loop,
    equivalence,
    metric_cells,
    moments_of_truth,
    money,
)
from wellheard import drivers as key_drivers
from wellheard import statistics as st
from wellheard.comments import theme_cells
from wellheard.comments.emerging import Comment, emerging
from wellheard.sample_trust import gaming_signals
from wellheard.survival import LaterLoss, lost_within

ERROR = 0.05  # what the report states
REPORTS = 1000
PERIODS = [f"{1900 + i // 12}-{i % 12 + 1:02d}" for i in range(REPORTS)]
Claims = np.ndarray  # whether each of the reports claims anything

WORDS = re.findall(
    r"\w+",
    "parcel window garden station ticket button letter corner bottle engine kitchen mirror pencil "
    "carpet orange branch silver planet violin harbour candle meadow copper jacket saddle blanket",
)


def allowed(reports: int, error: float = ERROR) -> float:
    """The error, and two standard errors of what chance adds to it."""
    return error + 2 * np.sqrt(error * (1 - error) / reports)


def by_period(table: pa.Table, claimed: Callable[[dict[str, object]], bool]) -> Claims:
    found = {row["period"] for row in table.to_pylist() if claimed(row)}
    return np.array([period in found for period in PERIODS])


# --- Something is new, or not as it was -----------------------------------------------------------

THEMES = [(f"t{i:02d}", f"Theme {i}", i) for i in range(12)]


@cache
def theme_table() -> pa.Table:
    """Themes of any size that cost nothing and are named as often as before."""
    chance = np.random.default_rng(31)
    of = np.array([0.28, 0.32, 0.40])  # detractors, passives, promoters
    often = np.geomspace(0.01, 0.4, len(THEMES))
    rows = []
    for period in PERIODS:
        for n, is_before in ((int(chance.integers(60, 600)), False), (900, True)):
            everyone = chance.multinomial(n, of)
            # Whoever names a theme is drawn without looking at the score.
            named = [chance.binomial(everyone, p) for p in often]
            names = [None, *(theme for theme, *_ in THEMES)]
            for name, (d, m, p) in zip(names, [everyone, *named], strict=True):
                rows.append({
                    "scope": "all", "period": period, "metric": "nps", "months": 3, "theme": name,
                    "is_emerging": False, "is_before": is_before, "n": int(d + m + p),
                    "sum_x": float(p - d), "sum_xx": float(p + d), "sum_w": float(d + m + p),
                    "sum_ww": float(d + m + p), "n_felt": 0, "n_negative": 0,
                })  # fmt: skip
    return theme_cells.judge(pa.Table.from_pylist(rows), THEMES, [], 5)


@cache
def themes_named_otherwise() -> Claims:
    return by_period(
        theme_table(), lambda r: r["share_p_adjusted"] is not None and r["share_p_adjusted"] < ERROR
    )


@cache
def emerging_themes() -> Claims:
    """Months of words drawn at random, of many customers; each but the first few has a report."""
    months = 23
    claims: list[bool] = []
    for seed in range(-(-REPORTS // (months - 3))):
        drawn = random.Random(seed)
        comments = [
            Comment(f"{period}-{i}", period, f"c{drawn.randrange(10_000)}", "en",
                    " ".join(drawn.choices(WORDS, k=8)))
            for period in PERIODS[:months]
            for i in range(60)
        ]  # fmt: skip
        found = {each.period for each in emerging(comments, PERIODS[:months], 5)}
        claims += [period in found for period in PERIODS[3:months]]
    return np.array(claims[:REPORTS])


@cache
def actions_that_moved() -> Claims:
    """Three actions, with other members to compare with or without, in months that go alone."""
    chance = np.random.default_rng(33)
    start = 2026 * 12 + 6
    keys = [("csat", "channel", name) for name in ("phone", "web", "app")]
    actions = [
        action_effects.Action("A-1", *keys[0], date(2026, 7, 1)),
        action_effects.Action("A-2", "nps", "all", "all", date(2026, 7, 1)),
        action_effects.Action("A-3", "csat", "all", "all", date(2026, 5, 1)),
    ]
    claims = []
    for _ in range(REPORTS):
        printed = {}
        for key in [*keys, ("nps", "all", "all"), ("csat", "all", "all")]:
            n = 200.0
            values = 70 + chance.normal(0, 3.2, 18)
            printed[key] = [
                action_effects.Cell(start - 12 + i, float(v), n, 3.2) for i, v in enumerate(values)
            ]
        found = action_effects.judge(actions, printed, start + 5)
        claims.append(any(effect.verdict == "moved" for effect in found))
    return np.array(claims)


# --- One goes with the other ----------------------------------------------------------------------


def themes_that_cost() -> Claims:
    return by_period(theme_table(), lambda r: bool(r["is_significant"]))


def moments() -> Claims:
    chance = np.random.default_rng(34)
    rows = []
    for period in PERIODS:
        for i in range(8):
            sides = {"good": int(chance.integers(40, 600)), "bad": int(chance.integers(5, 150))}
            shares = [0.3, 0.3, 0.4] if i % 2 else [0.02, 0.08, 0.9]
            stays = 0.9 if i % 3 else 0.99
            for outcome, of in (
                ("recommendation", shares),
                ("retention", [1 - stays, 0.0, stays]),
            ):
                row = {"scope": "all", "period": period, "months": 12, "outcome": outcome,
                       "touchpoint": f"t{i}", "n_open": 0}  # fmt: skip
                for side, n in sides.items():
                    counts = chance.multinomial(n, of).tolist()
                    names = [f"{side}_{each}" for each in ("negative", "neutral", "positive")]
                    row |= dict(zip(names, counts, strict=True))
                rows.append(row)
    found = moments_of_truth.moments(pa.Table.from_pylist(rows), {f"t{i}": i for i in range(8)}, 5)
    return by_period(found, lambda r: bool(r["is_significant"]))


def channels(one: float, other: float, verdict: str) -> Claims:
    chance = np.random.default_rng(35)
    rows = []
    for period in PERIODS:
        for stage, (n, m) in enumerate([(400, 90), (12, 700), (2500, 300), (8, 40)] * 2):
            row = {"scope": "all", "period": period, "months": 12, "metric": "csat"}
            row |= {"journey_stage": f"s{stage}", "channel_a": "app", "channel_b": "web"}
            for side, size, share in (("a", n, one), ("b", m, other)):
                yes = float(chance.binomial(size, share))
                row |= {f"n_{side}": size, f"sum_w_{side}": float(size),
                        f"sum_ww_{side}": float(size), f"successes_{side}": yes,
                        f"sum_x_{side}": 0.0, f"sum_xx_{side}": 0.0,
                        f"months_hidden_{side}": 0}  # fmt: skip
            rows.append(row)
    found = equivalence.consistency(
        pa.Table.from_pylist(rows), {"csat": "percent"}, {"csat": 10.0}, 5
    )
    return by_period(found, lambda r: r["verdict"] == verdict)


def drivers() -> Claims:
    chance = np.random.default_rng(36)
    claims = []
    for _ in range(REPORTS):
        sums = key_drivers.cross_products(chance.standard_normal((150, 4)), np.arange(150), 150)
        claims.append(bool((st.holm(key_drivers.driver_tests(sums).p) < ERROR).any()))
    return np.array(claims)


def money_links() -> Claims:
    """Detractors and promoters who leave alike, followed for up to 540 days; two segments too."""
    chance = np.random.default_rng(37)

    def loss(size: int) -> LaterLoss:
        answered = chance.integers(0, 540, size)
        life = 1 + chance.exponential(-180 / np.log(1 - 0.06), size).astype(np.int64)
        left = 540 - answered
        found = lost_within(180, np.minimum(life, left), life < left)
        assert found is not None
        return found

    claims = []
    for _ in range(REPORTS):
        links = [money.link(loss(a), loss(b), a + b) for a, b in ((120, 500), (60, 90), (30, 300))]
        clear = [link.low > 0 or link.high < 0 for link in links]
        claims.append(bool(((st.holm([link.p for link in links]) < ERROR) & clear).any()))
    return np.array(claims)


def follow_ups() -> Claims:
    chance = np.random.default_rng(38)
    followed, others = chance.integers(6, 60, REPORTS), chance.integers(20, 400, REPORTS)
    counts = pa.table({
        "scope": ["all"] * REPORTS, "period": PERIODS, "detractors": followed + others,
        "unknown_customer": [0] * REPORTS, "waiting": [0] * REPORTS, "n": followed + others,
        "followed_up": followed, "hours": [[1.0]] * REPORTS, "outcomes": followed,
        "improved": chance.binomial(followed, 0.3), "other_outcomes": others,
        "other_improved": chance.binomial(others, 0.3),
    })  # fmt: skip
    return by_period(closed_loop.judge(counts, minimum_n=5), lambda r: bool(r["is_significant"]))


def gaming() -> Claims:
    """Two sources whose answers come by day and by night, with some twins and straight lines."""
    chance = np.random.default_rng(39)
    by_day = np.tile(np.where((np.arange(24) >= 8) & (np.arange(24) < 20), 1.0, 0.1), 28)
    names = [f"{d:02d} {h:02d}:00" for d in range(1, 29) for h in range(24)]
    hours, counts = [], []
    for period in PERIODS:
        for source in ("forms", "polls"):
            drawn = chance.poisson(by_day)
            hours += [
                {"source": source, "survey_id": "s", "period": period,
                 "hour": f"{period}-{names[i]}", "n": int(drawn[i])}
                for i in np.flatnonzero(drawn)
            ]  # fmt: skip
            n = int(drawn.sum())
            for signal, of, share in (
                ("duplicate", n, 0.02), ("straight_lining", n, 0.05),
                ("invited_after_bad", 150, 0.4), ("invited_after_good", 700, 0.4),
            ):  # fmt: skip
                counts.append({"period": period, "source": source, "signal": signal,
                               "n": int(chance.binomial(of, share)), "n_answers": of})  # fmt: skip
    found = gaming_signals(pa.Table.from_pylist(counts), pa.Table.from_pylist(hours), 5)
    return by_period(found, lambda r: bool(r["is_flagged"]))


KINDS: dict[str, Callable[[], Claims]] = {
    "themes named more or less": themes_named_otherwise,
    "emerging themes": emerging_themes,
    "actions that moved": actions_that_moved,
    "what themes cost": themes_that_cost,
    "moments of truth": moments,
    "channels that differ": lambda: channels(0.9, 0.9, "different"),
    "channels that are alike": lambda: channels(0.85, 0.75, "consistent"),
    "drivers": drivers,
    "money links": money_links,
    "follow-ups": follow_ups,
    "gaming flags": gaming,
}


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_thousand_reports_without_anything_to_claim_few_claim_it(kind: str) -> None:
    claims = KINDS[kind]()
    assert len(claims) == REPORTS
    assert claims.mean() <= allowed(REPORTS)


def test_of_a_thousand_reports_without_change_few_claim_any_change_whatsoever(
    tmp_path: Path,
) -> None:
    """Of a metric or a chart, of a theme named more or less, a new theme, or an action's effect."""
    cells = metrics.cells_of(metrics.COMPANIES, 20262)
    judged = metric_cells.judge(cells, metrics.UNITS, 5, metrics.TOUCHPOINTS)
    months = [metrics.FIRST.shift(m) for m in range(2, metrics.MONTHS)]
    found = metrics.claimed(tmp_path, judged, months)
    of_metrics = np.array([bool(claims) for claims in found.values()])
    assert len(of_metrics) == REPORTS
    kinds = (of_metrics, themes_named_otherwise(), emerging_themes(), actions_that_moved())
    print([k.mean() for k in kinds], np.any(kinds, axis=0).mean())
    assert np.any(kinds, axis=0).mean() <= allowed(REPORTS)
