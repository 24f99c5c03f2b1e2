"""Money: what customers are worth, who leaves, and whether the answers tell it."""

from __future__ import annotations

from typing import Any

from wellheard.report.edition_facts import Facts
from wellheard.report.figures import Figures, Row

Panel = dict[str, Any]

KEY_MEASURES = ("logo_churn", "revenue_churn", "retention", "lifetime_value")
BANDS = ("promoter", "passive", "detractor", "no_answer")
CURVES = ("all", "promoter", "passive", "detractor")


def money(facts: Facts) -> Panel | None:
    """Churn, retention, lifetime value, revenue by NPS answer, and what of it may be at risk."""
    rows = facts.results.get("money")
    if rows is None:
        return None
    if not any(row["value"] is not None for row in rows):
        return facts.nothing("money")
    words = facts.words
    figures = Figures(words, "money")
    found = {(row["measure"], row["member"]): row for row in rows}
    return {
        "heading": words.say("money.heading"),
        "note": words.say("money.note", currency=words.currency_name()),
        "cards": [
            _card(facts, figures, row)
            for measure in KEY_MEASURES
            for row in rows
            if row["measure"] == measure and (row["value"] is not None or row["suppressed"])
        ],
        "bands": _bands(facts, figures, found),
        "link": _link(facts, rows),
        "at_risk": _at_risk(figures, at_risk(rows)),
        "survival": _survival(facts),
    }


def at_risk(rows: list[Row]) -> Row | None:
    """The row of revenue at risk, where the link it rests on passed its test."""
    link = next((r for r in rows if r["measure"] == "churn_link"), None)
    row = next((r for r in rows if r["measure"] == "revenue_at_risk"), None)
    if link is None or row is None or not link["is_significant"]:
        return None
    return row if row["low"] is not None and row["high"] is not None else None


def _at(row: Row) -> str:
    return f"{row['measure']}/{row['member'] or 'all'}"


def _card(facts: Facts, figures: Figures, row: Row) -> Panel:
    words = facts.words
    style = _style(row)
    interval = figures.between(_at(row), row, "low", "high", row["unit"], style=style)
    return {
        "label": words.name("money_measures", _name(row), row["label"]),
        "value": figures.number(_at(row), _whole(row), "value", row["unit"], style=style),
        "interval": interval,
        "n": figures.count(f"{_at(row)}/n", row["n"], "customers") if row["n"] else None,
    }  # fmt: skip


def _name(row: Row) -> str:
    """The measure, with its member where that tells two apart: `retention_revenue`."""
    return f"{row['measure']}_{row['member']}" if row["measure"] == "retention" else row["measure"]


def _style(row: Row) -> str:
    """Money that is estimated is rounded; money that is counted is not."""
    return "rough" if row["unit"] == "money" and row["low"] is not None else "full"


def _whole(row: Row) -> Row:
    return {**row, "value_low": row["low"], "value_high": row["high"]}


def _bands(facts: Facts, figures: Figures, found: dict[tuple[str, str], Row]) -> Panel | None:
    """Revenue by the last answer, and later churn by the first: losses need time to be known."""
    words = facts.words
    rows = []
    for band in BANDS:
        pair = [found.get((m, band)) for m in ("revenue_by_band", "churn_by_band")]
        if not any(row and (row["value"] is not None or row["suppressed"]) for row in pair):
            continue
        rows.append(
            {
                "label": words.name("bands", band, band),
                "cells": [_band_cell(figures, row) for row in pair],
            }
        )
    if not rows:
        return None
    months = {measure: row["months"] for (measure, _), row in found.items()}
    return {
        "heading": words.say("money.bands"),
        **{
            name: words.say(
                f"money.{name}", months=words.number(months[measure]) if measure in months else "–"
            )
            for name, measure in (("by_last", "revenue_by_band"), ("by_first", "churn_by_band"))
        },
        "rows": rows,
    }


def _band_cell(figures: Figures, row: Row | None) -> Panel | None:
    if row is None:
        return None
    return {
        "value": figures.number(_at(row), _whole(row), "value", row["unit"], style="full"),
        "interval": figures.between(_at(row), row, "low", "high", row["unit"], style="full"),
        "n": figures.count(f"{_at(row)}/n", row["n"], "customers") if row["n"] else None,
    }


def _link(facts: Facts, rows: list[Row]) -> str:
    """Whether detractors leave more often, in a sentence; a claim only where the test allows it.

    A link that was tested and not found has no figures: its note says so, other notes say why
    nothing could be tested.
    """
    words = facts.words
    row = next((r for r in rows if r["measure"] == "churn_link"), None)
    if row is None:
        return words.say("money.link_none")
    p = words.probability(row["p_adjusted"]) if row["p_adjusted"] is not None else "–"
    if not row["is_significant"] or row["value"] is None:
        why = "few" if row["suppressed"] else _UNPROVEN.get(row["note"] or "", "none")
        return words.say(f"money.link_{why}", p=p)
    said = words.say(
        f"money.link_{'more' if row['value'] > 0 else 'less'}",
        difference=words.difference("percent", row["value"]),
        interval=_span(facts, row),
        p=p,
    )
    revenue = next((r for r in rows if r["measure"] == "revenue_at_risk"), None)
    if row["value"] > 0 and at_risk(rows) is None and revenue and revenue["note"] == "no_link":
        said = f"{said} {words.say('money.risk_open')}"
    return said


_UNPROVEN = {
    "no_link": "open",
    "too_few_followed": "few",
    "history_too_short": "short",
    "no_losses_recorded": "lossless",
}


def _span(facts: Facts, row: Row) -> str:
    if row["low"] is None or row["high"] is None:
        return "–"
    low, high = (facts.words.difference("percent", row[end]) for end in ("low", "high"))
    return facts.words.joined(low, high)


def _at_risk(figures: Figures, row: Row | None) -> Panel | None:
    if row is None:
        return None
    return {
        "range": figures.between(_at(row), row, "low", "high", row["unit"], style="rough"),
        "n": figures.count(f"{_at(row)}/n", row["n"], "customers") if row["n"] else None,
    }


def _survival(facts: Facts) -> Panel | None:
    """Kaplan-Meier curves by what customers answered; None without any."""
    words = facts.words
    curves: list[Panel] = []
    for name in CURVES:
        points = [
            {"month": r["month"], "value": r["survival"], "low": r["low"], "high": r["high"]}
            for r in facts.results.get("survival") or []
            if r["curve"] == name and r["survival"] is not None
        ]
        if len(points) > 1:
            title = words.name("bands", name, words.say("money.all_customers"))
            curves.append({"curve": name, "label": title, "points": points})
    if not curves:
        return None
    last = [
        words.say(
            "money.survival_item",
            curve=curve["label"],
            share=words.measure("percent", curve["points"][-1]["value"]),
            month=words.number(curve["points"][-1]["month"]),
        )
        for curve in curves
    ]
    return {
        "heading": words.say("money.survival"),
        "note": words.say("money.survival_note"),
        "axis": words.say("money.survival_axis"),
        "curves": curves,
        "alt": words.say("money.survival_alt", values="; ".join(last)),
    }  # fmt: skip
