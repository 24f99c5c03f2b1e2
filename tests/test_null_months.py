"""Claims of change in months in which nothing changed, and in months in which something did.

Counted cells of made-up companies go through `judge` and then through the report's own functions;
what a report claims is read off the texts it asks for.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import yaml

from wellheard import metric_cells
from wellheard import statistics as st
from wellheard.audiences import Audience
from wellheard.periods import Period
from wellheard.report import definitions, findings, language, panels, panels_support
from wellheard.report.edition_facts import Facts
from wellheard.report.figures import Row, empty, months_up_to
from wellheard.settings import Settings

ERROR = 0.05  # what the report states
REPORTS = 1000
FIRST = Period(2024, 1)
MONTHS = 27  # the first two of a company have no report: nothing to compare, no chart
COMPANIES = REPORTS // (MONTHS - 2)

SEEDS = Path(__file__).parents[1] / "dbt_project" / "seeds"
STAGES = [f"stage{i}" for i in range(8)]
CHANNELS = ["web", "app", "phone", "store"]
TOUCHPOINTS = {f"{stage}{half}": stage for stage in STAGES for half in "ab"}
# Every metric of the catalogue is simulated, one that comes new among them.
CATALOGUE = list(csv.DictReader(StringIO((SEEDS / "metrics.csv").read_text(encoding="utf-8"))))
UNITS = {row["metric"]: row["unit"] for row in CATALOGUE}
SURVEYED = ("nps", "csat", "ces", "ces_top2")
# Shares of cases, from hardly any to nearly all.
OF_CASES = [m for m, unit in UNITS.items() if unit == "percent" and m not in SURVEYED]
SHARES = dict(zip(OF_CASES, np.resize([0.09, 0.4, 0.8, 0.95], len(OF_CASES)), strict=True))
NPS = np.array([0.28, 0.32, 0.40])  # detractors, passives, promoters
EASE = np.array([0.04, 0.05, 0.08, 0.13, 0.2, 0.25, 0.25])  # 1..7
CSAT = np.linspace(0.6, 0.85, len(STAGES))

# The texts in which a report says that something changed; no other text does.
CLAIM = re.compile(
    r"headline\.(rose|fell|moved_text|(other|all)_(one|some)(_single)?)"
    r"|findings\.(rose|fell|also|stage_changes|detail.*)"
    r"|signals\..*"
    r"|support\.moved.*"
    r"|cards\.(better|worse|changed)(_long)?"
)


@dataclass(frozen=True)
class Planted:
    """What differs in the last month: NPS in points, one stage's satisfaction as a share."""

    nps: float = 0.0
    stage: float = 0.0


def cells_of(
    companies: int,
    seed: int,
    planted: Planted = Planted(),
    size: float = 1.0,
    months: int = MONTHS,
) -> pa.Table:
    """Months of companies (a scope each); nothing changes but what is planted in the last."""
    chance = np.random.default_rng(seed)
    shape = (companies, months)
    last = np.arange(months) == months - 1
    parts: list[pd.DataFrame] = []

    def add(metric: str, dimension: str, member: str, **sums: Any) -> None:
        frame = pd.DataFrame(
            {name: np.broadcast_to(np.asarray(v, float), shape).ravel() for name, v in sums.items()}
        )
        frame["scope"] = [f"company={i:03d}" for i in range(companies) for _ in range(months)]
        frame["period"] = [str(FIRST.shift(m)) for m in range(months)] * companies
        parts.append(frame.assign(metric=metric, dimension=dimension, member=member))

    def share(metric: str, dimension: str, member: str, yes: Any, n: Any) -> None:
        add(metric, dimension, member, n=n, sum_w=n, sum_ww=n, successes=yes)

    def score(metric: str, dimension: str, member: str, counts: Any, at: Sequence[int]) -> None:
        values = np.array(at)
        n = counts.sum(-1)
        add(metric, dimension, member, n=n, sum_w=n, sum_ww=n, sum_x=counts @ values,
            sum_xx=counts @ values**2)  # fmt: skip

    every_month = np.broadcast_to(NPS, (*shape, 3)).copy()
    every_month[:, last] += np.array([-0.005, 0, 0.005]) * planted.nps
    by_stage = [chance.multinomial(int(80 * size), every_month) for _ in STAGES]
    ease = [chance.multinomial(int(60 * size), EASE, shape) for _ in STAGES]
    score("nps", "all", "all", sum(by_stage), (-1, 0, 1))
    score("ces", "all", "all", sum(ease), range(1, 8))
    ease_all = sum(ease)
    share("ces_top2", "all", "all", ease_all[..., 5:].sum(-1), ease_all.sum(-1))
    n_crossed = chance.poisson(30 * size, (len(STAGES), len(CHANNELS), *shape))
    p = np.broadcast_to(CSAT[:, None, None, None], n_crossed.shape).copy()
    p[0, :, :, last] += planted.stage
    yes = chance.binomial(n_crossed, p)
    share("csat", "all", "all", yes.sum((0, 1)), n_crossed.sum((0, 1)))
    for i, stage in enumerate(STAGES):
        score("nps", "journey_stage", stage, by_stage[i], (-1, 0, 1))
        score("ces", "journey_stage", stage, ease[i], range(1, 8))
        share("csat", "journey_stage", stage, yes[i].sum(0), n_crossed[i].sum(0))
        for j, channel in enumerate(CHANNELS):
            share("csat", "journey_stage|channel", f"{stage}|{channel}", yes[i, j], n_crossed[i, j])
    for j, channel in enumerate(CHANNELS):
        share("csat", "channel", channel, yes[:, j].sum(0), n_crossed[:, j].sum(0))
    # Each stage has two touchpoints; half of the answers are about either.
    n_one = chance.binomial(n_crossed, 0.5)
    yes_one = chance.hypergeometric(yes, n_crossed - yes, n_one)
    for half, k, n in (("a", yes_one, n_one), ("b", yes - yes_one, n_crossed - n_one)):
        for i, stage in enumerate(STAGES):
            share("csat", "touchpoint", stage + half, k[i].sum(0), n[i].sum(0))
            # Two stages' are enough to be looked at; every cell costs the test time.
            for j, channel in enumerate(CHANNELS if i < 2 else []):
                member = f"{stage}{half}|{channel}"
                share("csat", "touchpoint|channel", member, k[i, j], n[i, j])
    for metric, rate in SHARES.items():
        n = chance.poisson(75 * size, (len(CHANNELS), *shape))
        k = chance.binomial(n, rate)
        share(metric, "all", "all", k.sum(0), n.sum(0))
        for j, channel in enumerate(CHANNELS):
            share(metric, "channel", channel, k[j], n[j])
    for metric in (m for m, unit in UNITS.items() if unit == "minutes"):
        at = 0.9 if metric.endswith("_p90") else 0.5
        quantile = np.quantile(chance.lognormal(5, 1, (101, *shape)), at, axis=0)
        add(metric, "all", "all", n=101, value_override=quantile)
    for metric in (m for m, unit in UNITS.items() if unit == "cases"):
        cases = chance.poisson(300, shape)
        add(metric, "all", "all", n=cases, value_override=cases)
    frame = pd.concat(parts, ignore_index=True)
    for name in ("low_override", "high_override"):
        frame[name] = np.nan
    frame["n"] = frame["n"].astype("int64")
    return pa.Table.from_pandas(frame, preserve_index=False)


@dataclass(frozen=True)
class Listening(language.Language):
    """A language that notes which of its texts were asked for."""

    asked: list[str] = field(default_factory=list)

    def say(self, key: str, **values: str) -> str:
        self.asked.append(key)
        return super().say(key, **values)

    def number(self, value: float, decimals: int = 0, *, signed: bool = False) -> str:
        # Babel's care takes most of the time here, and no digit of a number is looked at.
        return f"{value:{'+' if signed else ''}.{decimals}f}"


class Reporter:
    """The report's sentences and panels over judged cells."""

    def __init__(self, folder: Path, judged: pa.Table) -> None:
        company = folder / "company"
        company.mkdir()
        (company / "wellheard.yml").write_text("company: Made up\nreporting_zone: UTC\n")
        self.settings = Settings(var=folder / "var", company_dir=company, editions=folder)
        at = self.settings.reports / "executive_monthly"
        described = yaml.safe_load((at / "report.yml").read_text(encoding="utf-8"))
        self.report = definitions.Report(**described, name=at.name, folder=at)
        words = language.load(self.settings.templates, "en", 5)
        self.words = Listening(words.code, words.locale, words.texts, words.minimum_n)
        self.catalogue = {
            row["metric"]: {"metric": row["metric"], "label": row["metric"], "unit": row["unit"],
                            "short_label": row["metric"], "definition": "", "better": row["better"]}
            for row in CATALOGUE
        }  # fmt: skip
        self.rows: dict[tuple[str, str], list[Row]] = {}
        for row in judged.to_pylist():
            metric = self.catalogue[row["metric"]]
            row |= {"unit": metric["unit"], "better": metric["better"], "target": None}
            self.rows.setdefault((row["scope"], row["period"]), []).append(row)

    def claims(self, scope: str, period: Period) -> list[str]:
        """The texts of one report in which it claims a change."""
        months = months_up_to(period, self.report.history_months)
        while (scope, str(months[0])) not in self.rows:
            del months[0]
        whole = {
            (row["metric"], row["period"]): row
            for month in months
            for row in self.rows[scope, str(month)]
            if row["dimension"] == "all"
        }
        facts = Facts(
            report=self.report, company="", zone="UTC", period=period, months=months,
            publication=None, audience=Audience(name="a", title="A", recipients=["a@example.com"]),
            audience_title="", scope_title="", words=replace(self.words, asked=[]),
            results={"cells": self.rows[scope, str(period)], "distribution": []},
            catalogue=self.catalogue, clean=str,
            series={
                metric: [whole.get((metric, str(m))) or empty(described, m) for m in months]
                for metric, described in self.catalogue.items()
            },
            members={"journey_stage": {s: s for s in STAGES},
                     "touchpoint": {t: t for t in TOUCHPOINTS},
                     "channel": {c: c for c in CHANNELS}},
        )  # fmt: skip
        for made in (findings.headline, findings.findings, panels.cards, panels.journey,
                     panels.touchpoints, panels_support.support):  # fmt: skip
            made(facts)
        return [key for key in facts.words.asked if CLAIM.fullmatch(key)]


def test_every_text_that_claims_a_change_is_known_to_this_test(tmp_path: Path) -> None:
    """The pattern of claims names texts that exist, and a new one is looked at."""
    texts = language.load(Settings(var=tmp_path).templates, "en").texts
    keys = {f"{part}.{key}" for part in ("headline", "findings", "signals", "cards", "support")
            for key in texts[part]}  # fmt: skip
    silent = {
        "headline.only", "headline.same", "headline.same_text", "headline.hidden",
        "headline.untested", "headline.also", "headline.also_single", "headline.all_none",
        "headline.all_none_single", "headline.other_none", "headline.other_none_single",
        "headline.toward_better", "headline.toward_worse", "headline.toward_both",
        "findings.title", "findings.stage_same", "findings.stage_change", "findings.also_item",
    }  # fmt: skip
    spoken = {key for key in keys if not CLAIM.fullmatch(key)} - silent
    allowed = re.compile(r"findings\.(none|lowest|target|decide).*|cards\..*|support\.(?!moved).*")
    assert {key for key in spoken if not allowed.fullmatch(key)} == set()


def claimed(folder: Path, judged: pa.Table, periods: Sequence[Period]) -> Mapping[Any, list[str]]:
    reporter = Reporter(folder, judged)
    scopes = sorted({scope for scope, _ in reporter.rows})
    return {(s, str(p)): reporter.claims(s, p) for s in scopes for p in periods}


@pytest.mark.parametrize("size", [1.0, 0.25])
def test_of_a_thousand_months_without_change_few_reports_claim_one(
    tmp_path: Path, size: float
) -> None:
    companies = COMPANIES if size == 1.0 else COMPANIES // 2
    judged = metric_cells.judge(cells_of(companies, 20261, size=size), UNITS, 5, TOUCHPOINTS)
    found = claimed(tmp_path, judged, [FIRST.shift(m) for m in range(2, MONTHS)])
    reports = len(found)
    assert reports == companies * (MONTHS - 2)
    wrong = sum(bool(claims) for claims in found.values())
    assert wrong / reports <= ERROR + 2 * np.sqrt(ERROR * (1 - ERROR) / reports), wrong


def test_a_real_change_is_claimed_nearly_as_often_as_if_the_key_figures_stood_alone(
    tmp_path: Path,
) -> None:
    last = FIRST.shift(3)
    judged = metric_cells.judge(
        cells_of(300, 7, Planted(nps=18.0), months=4), UNITS, 5, TOUCHPOINTS
    )
    found = claimed(tmp_path, judged, [last])
    power = np.mean([any(c.startswith("headline.rose") for c in f) for f in found.values()])
    alone = judged.to_pandas().query("period == @last_month and dimension == 'all'",
                                     local_dict={"last_month": str(last)})  # fmt: skip
    only = st.holm(alone["p"].to_numpy(float), alone.groupby("scope").ngroup().to_numpy())
    without = np.mean(only[(alone["metric"] == "nps").to_numpy()] < ERROR)
    # Two months of 640 answers: the change of 18 points has z = 3.97 on average.
    assert 0.7 < without < 0.98
    assert without - 0.08 < power <= without


def test_a_change_in_one_stage_alone_is_claimed_as_that_stage_s(tmp_path: Path) -> None:
    companies, last = 200, FIRST.shift(3)
    planted = cells_of(companies, 8, Planted(stage=-0.35), months=4)
    judged = metric_cells.judge(planted, UNITS, 5, TOUCHPOINTS)
    found = claimed(tmp_path, judged, [last])
    assert np.mean(["findings.stage_changes" in c for c in found.values()]) > 0.9
    stages = judged.filter(
        (pc.field("period") == str(last)) & (pc.field("dimension") == "journey_stage")
    ).to_pandas()
    wrong = stages[(stages["member"] != STAGES[0]) & (stages["p_adjusted"] < ERROR)]
    assert wrong["scope"].nunique() <= ERROR * companies


def test_every_test_of_a_month_is_in_one_family_whose_weights_are_its_error() -> None:
    rows = metric_cells.judge(cells_of(2, 9), UNITS, 5, TOUCHPOINTS).to_pandas()
    for _, month in rows.groupby(["scope", "period"]):
        # Of a share's two tests the larger p counts.
        larger = np.fmax(month["p"].astype(float), month["p_exact"].astype(float))
        p = np.concatenate([larger, month["signal_p"].astype(float)])
        weight = np.concatenate([month["test_weight"], month["signal_weight"]]).astype(float)
        adjusted = np.concatenate([month["p_adjusted"], month["signal_p_adjusted"]]).astype(float)
        tested = ~np.isnan(p)
        assert (month["family_size"] == tested.sum()).all()
        if not tested.any():
            continue
        assert weight[tested].sum() == pytest.approx(1)
        again = st.holm(p[tested], weight=weight[tested])
        assert adjusted[tested] == pytest.approx(again)
    last = rows[rows["period"] == str(FIRST.shift(MONTHS - 1))].groupby("scope")
    for _, month in last:
        whole = month["dimension"] == "all"
        parts = month["dimension"].isin(["journey_stage", "touchpoint", "channel"])
        shares = (month.loc[whole, "test_weight"].sum(), month["signal_weight"].sum(),
                  month.loc[parts, "test_weight"].sum())  # fmt: skip
        assert shares == pytest.approx((0.60, 0.20, 0.15))


def test_cells_that_are_only_described_are_no_tests() -> None:
    cells = cells_of(1, 9, size=4.0, months=4)
    rows = metric_cells.judge(cells, UNITS, 5, TOUCHPOINTS).to_pandas()
    described = rows["dimension"] == "touchpoint|channel"
    assert rows.loc[described, "value"].notna().all()
    assert rows.loc[described, ["p", "p_adjusted", "test_weight"]].isna().all(axis=None)
    without = cells.filter(pc.field("dimension") != "touchpoint|channel")
    alone = metric_cells.judge(without, UNITS, 5, TOUCHPOINTS).to_pandas()
    tested = rows.loc[~described, "p_adjusted"].to_numpy(float)
    np.testing.assert_array_equal(tested, alone["p_adjusted"].to_numpy(float))


def test_a_mark_on_a_chart_is_far_commoner_than_the_stated_error_and_so_no_claim() -> None:
    """Why signals are put into words only where their test passes."""
    rows = metric_cells.judge(cells_of(20, 10), UNITS, 5, TOUCHPOINTS).to_pandas()
    rows = rows[(rows["dimension"] == "all") & rows["signal_p"].notna()]
    marked = rows.groupby(["scope", "period"])["signal"].apply(lambda s: s.notna().any())
    said = rows["signal"].notna() & (rows["signal_p_adjusted"] < ERROR)
    assert marked.mean() > 2 * ERROR
    assert said.groupby([rows["scope"], rows["period"]]).any().mean() < ERROR * 0.20 * 2


def test_a_lasting_rise_and_a_lone_peak_can_be_told_by_the_charts() -> None:
    quiet = [20.0, 23, 19, 22, 21, 18, 22, 20, 21, 23, 19, 20, 22, 21]

    def signals(values: Sequence[float], n: int = 800) -> pd.DataFrame:
        rows = []
        for month, value in enumerate(values):
            promoters = round(n * (0.35 + value / 200))
            detractors = round(n * (0.35 - value / 200))
            rows.append({
                "scope": "all", "period": str(FIRST.shift(month)), "metric": "nps",
                "dimension": "all", "member": "all", "n": n, "sum_x": promoters - detractors,
                "sum_xx": promoters + detractors, "sum_w": n, "sum_ww": n, "successes": None,
                "value_override": None, "low_override": None, "high_override": None,
            })  # fmt: skip
        cells = pa.Table.from_pandas(pd.DataFrame(rows), preserve_index=False)
        return metric_cells.judge(cells, UNITS, 5).to_pandas()

    peak = signals([*quiet, 45.0]).iloc[-1]
    assert peak["signal"] == "outside"
    assert peak["signal_p_adjusted"] < 0.001
    risen = signals([*quiet, *(v + 12 for v in quiet[:7])]).iloc[-1]
    assert risen["signal"] is not None
    assert risen["signal_p_adjusted"] < 0.001
    # The same peak in a month of few answers is no claim: they alone explain it.
    few = signals([*quiet, 45.0], n=40).iloc[-1]
    assert few["signal_p_adjusted"] > ERROR
