"""The parts of page three: samples, sources, checks, restatements, what was set aside, words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wellheard import metric_catalogue
from wellheard.periods import Period, as_utc
from wellheard.report import panels_support
from wellheard.report.edition_facts import Facts
from wellheard.report.figures import Figure, Figures, figure
from wellheard.report.gate_words import said

Panel = dict[str, Any]


def verdict(facts: Facts) -> Panel:
    """The gate's word on the build, and every warning that did not hold it back."""
    words, manifest = facts.words, facts.publication.manifest
    figures = Figures(words, "verdict")
    passed = sum(check.success for check in manifest.checks)
    failed = len(manifest.checks) - passed
    warnings = _warnings(facts)
    counts = {
        "count": figures.count("checks", len(manifest.checks), "checks"),
        "passed": figures.count("passed", passed, "checks"),
    }
    said = {name: figure["text"] for name, figure in counts.items()}
    word = manifest.verdict
    if not failed:
        text = words.say("method.pass", count=said["count"])
    elif not warnings:
        word = "ELSEWHERE"
        text = words.say("method.warn_elsewhere", **said, month=words.month(facts.period))
    elif facts.whole_company:
        text = words.say("method.warn", **said)
    else:
        text = words.say("method.warn_scoped", **said)
    return {
        "word": manifest.verdict,
        "title": words.name("verdicts", word, word),
        "text": text,
        "count": counts["count"],
        "passed": counts["passed"] if failed else None,
        "warnings": warnings,
    }


def _warnings(facts: Facts) -> list[Panel]:
    """The failed checks that concern the month or the build as a whole, with what they found."""
    warnings = []
    for check in facts.publication.manifest.checks:
        found = [one for one in check.findings if one.concerns(str(facts.period))]
        if check.success or (check.findings and not found):
            continue
        told = {name: facts.clean(text) for name, text in said(facts, check, found).items()}
        warnings.append(told if facts.whole_company else {**told, "message": ""})
    return warnings


def sample(facts: Facts) -> Panel:
    """Answers by month of the metrics that have any: what the figures rest on."""
    words = facts.words
    figures = Figures(words, "sample")
    metrics = [m for m in _SAMPLED if m in facts.series]
    shares = {(row["period"], row["bucket"]): row for row in facts.results["distribution"]}
    columns = []
    for metric in metrics:
        columns.append(facts.short_label(metric))
        if metric == "nps" and shares:
            columns += [words.say(f"trend.{bucket}") for bucket in _BUCKETS]
    rows = []
    for index, month in enumerate(facts.months):
        cells = []
        for metric in metrics:
            cells.append(_n(figures, facts.series[metric][index]))
            if metric == "nps" and shares:
                cells += [
                    _share(figures, shares.get((str(month), bucket)), f"{month}/{bucket}")
                    for bucket in _BUCKETS
                ]
        rows.append({"month": words.month(month), "cells": cells})
    return {"columns": columns, "rows": rows}


_SAMPLED = ("nps", "csat", "ces", "case_csat", "case_volume")
_BUCKETS = ("promoters", "passives", "detractors")


def _share(figures: Figures, row: dict[str, Any] | None, ident: str) -> Figure:
    words = figures.language
    if row is None or row["share"] is None:
        text = figures.nothing(row or {})
        return figure(f"{figures.place}/{ident}", text, None, unit="percent")
    text = words.measure("percent", row["share"], coarse=True)
    return figure(f"{figures.place}/{ident}", text, row["share"], unit="percent", n=row["n"])


def _n(figures: Figures, row: dict[str, Any]) -> Figure:
    counted = figures.count(figures.at(row, "n"), row["n"], "answers")
    if row["suppressed"]:
        counted["text"] = figures.language.say("words.suppressed")
    elif not row["n"]:
        counted["text"] = figures.language.say("words.no_data")
    return counted


def sources(facts: Facts) -> list[Panel]:
    """What each source brought in the month, and to which day of it its landings reach."""
    figures = Figures(facts.words, "sources")
    zone = ZoneInfo(facts.zone)

    def count(row: dict[str, Any], name: str) -> Figure | None:
        # A segment's edition has no counts of the whole company.
        if not facts.whole_company:
            return None
        # Without a number there are too few records to print.
        return figures.tally(row["source"], {**row, "suppressed": True}, name, "records")

    return [
        {
            "source": row["source"],
            "records": count(row, "records"),
            "quarantined": count(row, "quarantined"),
            "complete_to": _complete_to(facts, row["watermark"], zone),
            "complete": bool(row["covers_period"]),
        }
        for row in facts.results["sources"]
    ]


def _complete_to(facts: Facts, watermark: datetime | None, zone: ZoneInfo) -> str:
    """The last day wholly landed, never later than the month's: a later run prints the same."""
    if watermark is None:
        return facts.words.say("method.incomplete")
    moment = as_utc(watermark).astimezone(zone)
    last = (moment - timedelta(microseconds=1)).date()
    if moment.time() and (moment.hour or moment.minute or moment.second):
        last = moment.date() - timedelta(days=1)
    return facts.words.day(min(last, facts.last_day))


def quarantine(facts: Facts) -> Panel:
    """Records of the month that no figure counts, by source and reason."""
    words = facts.words
    figures = Figures(words, "quarantine")
    month = words.month(facts.period)
    if not facts.whole_company:
        note = words.say("method.quarantine_scoped")
    elif facts.results["quarantine"]:
        note = words.say("method.quarantine_note", month=month)
    else:
        note = words.say("method.quarantine_none", month=month)
    return {
        "note": note,
        "rows": [
            {
                "source": row["source"],
                "reason": words.name("reasons", row["reason"], row["reason"]),
                "n": figures.count(f"{row['source']}/{row['reason']}", row["n"], "records"),
            }
            for row in facts.results["quarantine"]
        ],
    }


def restatements(facts: Facts) -> Panel:
    """Months whose figure is not the one first printed."""
    words = facts.words
    first, now = Figures(words, "printed"), Figures(words, "restated")
    if facts.results["restatements"]:
        note = words.say("method.restatements_note")
    else:
        note = words.say("method.restatements_none")
    rows = []
    for row in facts.results["restatements"]:
        metric = facts.catalogue.get(row["metric"])
        if metric is None:
            continue
        common = {
            **dict.fromkeys(("low", "high")),
            "period": row["period"], "metric": row["metric"], "unit": metric["unit"],
        }  # fmt: skip
        printed = {**common, "value": row["printed_value"], "n": row["printed_n"]}
        present = {**common, "value": row["value"], "n": row["n"]}
        rows.append(
            {
                "month": words.month(Period.parse(row["period"])),
                "metric": metric["label"],
                **{
                    name: _restated(figures, one)
                    for name, figures, one in (("printed", first, printed), ("now", now, present))
                },
                "printed_n": first.sample(printed),
                "now_n": now.sample(present),
            }
        )
    return {"note": note, "rows": rows}


def _restated(figures: Figures, row: dict[str, Any]) -> Figure:
    """A value with one decimal more, so that a small restatement shows."""
    restated = figures.value({**row, "suppressed": row["n"] is None})
    if row["value"] is not None:
        restated["text"] = figures.language.precise(row["unit"], row["value"])
    return restated


def definitions(facts: Facts) -> list[Panel]:
    """How each printed metric is defined and by whom."""
    printed = _printed(facts)
    return [
        {
            "label": metric["label"],
            "definition": metric["definition"],
            "source": _work(metric["definition_source"] or ""),
        }
        for name, metric in facts.catalogue.items()
        if name in printed
    ]


def without_data(facts: Facts) -> Panel | None:
    """The metrics of which nothing was counted in the months shown, as one line; None for none.

    Of support without a case another line tells, and a 90th percentile goes without saying where
    its median is named.
    """
    silent = [metric for metric in facts.catalogue if metric not in facts.series]
    if not any(metric in facts.series for metric in panels_support.METRICS):
        silent = [metric for metric in silent if metric not in panels_support.METRICS]
    untold = {p90 for median, p90 in panels_support.TIMES.items() if median in silent}
    named = [facts.label(metric) for metric in silent if metric not in untold]
    if not named:
        return None
    words = facts.words
    return {
        "title": words.say("method.without_data"),
        "text": words.say("method.without_data_text", items=words.listed(named)),
    }


def _printed(facts: Facts) -> set[str]:
    """The metrics this edition has figures of."""
    printed = {*facts.judged, facts.journey_metric(), facts.journey_metric("touchpoint")}
    if facts.report.trend in facts.series:
        printed.add(facts.report.trend)
    return {name for name in printed if name in facts.catalogue}


# The printed source is the work; its web address stays in the seeds.
_WEB_ADDRESS = re.compile(r",?\s*https?://[^\s;,]+")


def method(facts: Facts) -> Panel:
    """The sample, and how to read the figures."""
    words = facts.words
    warnings = _warnings(facts)
    rows = len(facts.results["quarantine"]) + len(facts.results["sources"])
    return {
        # Long lists do not stand side by side: they follow each other, so that pages can break.
        "long": rows > 14 or len(warnings) > 4 or len(facts.results["restatements"]) > 6,
        "sample": sample(facts),
        "formulas": formulas(facts),
        "reading": [
            words.say("method.reading_interval"),
            words.say("method.reading_change"),
            words.say("method.reading_target"),
            words.say("method.reading_suppressed"),
            words.say("method.reading_months", zone=facts.zone),
        ],
        "provenance": words.say(
            "method.provenance",
            publication=facts.publication.id,
            build=facts.publication.manifest.build_id,
        ),
    }


def formulas(facts: Facts) -> Panel:
    """How each kind of metric printed here is computed, tested and judged: enough to repeat it."""
    words = facts.words
    printed = {
        metric_catalogue.kind_of(name, facts.catalogue[name]["unit"]) for name in _printed(facts)
    }
    return {
        "rows": [
            {
                name: _unbroken(text)
                for name, text in words.translated(
                    f"catalogue.units.{kind.unit}",
                    {"label": kind.label, "formula": kind.formula, "interval": kind.interval,
                     "test": kind.test, "source": _work(kind.source)},
                ).items()
            }
            for kind in metric_catalogue.kinds()
            if kind.unit in printed
        ],
        "notes": [
            words.translated(
                f"catalogue.rules.{rule.name}",
                {"label": rule.label, "definition": rule.definition, "source": _work(rule.source)},
            )
            for rule in metric_catalogue.rules()
        ],
    }  # fmt: skip


def figures_printed(facts: Facts) -> list[Panel]:
    """How the figures beside the metrics are defined: those of which this edition has any."""
    return [
        {
            name: _unbroken(text)
            for name, text in facts.words.translated(
                f"catalogue.figures.{one.name}",
                {"label": one.label, "definition": one.definition, "formula": one.formula,
                 "interval": one.interval, "source": _work(one.source)},
            ).items()
        }
        for one in metric_catalogue.figures()
        if _has_any(facts, one)
    ]  # fmt: skip


def _has_any(facts: Facts, one: metric_catalogue.Definition) -> bool:
    """Whether a query of the report found the figure: a number in a column that holds it."""
    columns: dict[str, set[str]] = {}
    for place in one.columns:
        table, _, column = place.partition(".")
        columns.setdefault(table, set()).add(column)
    named = metric_catalogue.named_in()
    for query, sql in facts.report.queries.items():
        tables = set(_TABLE.findall(sql))
        for row in facts.results.get(query) or []:
            if any(row.get(c) is not None for t in tables & columns.keys() for c in columns[t]):
                return True
            if any(row.get(named[t]) == one.name and _is_told(row) for t in tables & named.keys()):
                return True
    return False


def _is_told(row: dict[str, Any]) -> bool:
    return "value" not in row or row["value"] is not None


def _unbroken(text: str) -> str:
    """A formula whose fractions do not break across lines."""
    return text.replace(" / ", "\u00a0/\u00a0")


def _work(source: str) -> str:
    return _WEB_ADDRESS.sub("", source).strip(" ,;")


_TABLE = re.compile(r"\brpt_\w+")


def tests(facts: Facts) -> list[Panel]:
    """Every test of the month by family: what the adjusted p follow from. Not printed, attached."""
    return list(facts.results["tests"])
