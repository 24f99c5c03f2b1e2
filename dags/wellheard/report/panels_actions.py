"""Actions with what they did, and the closed loop with detractors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from wellheard.report.edition_facts import Facts
from wellheard.report.figures import Figure, Figures, Row, figure

Panel = dict[str, Any]


def actions(facts: Facts) -> list[Panel]:
    """The company's actions; one segment's audience sees none that is about another segment.

    What an action did is measured over all customers, so a segment's edition does not print it.
    """
    words = facts.words
    segment = facts.audience.scope.partition("=")[2]
    effects: dict[str, list[Row]] = {}
    for row in (facts.results.get("action_effects") or []) if facts.whole_company else []:
        effects.setdefault(row["action_id"], []).append(row)
    rows = []
    for row in facts.results.get("actions") or []:
        dimensions = (row["target_dimension"] or "").split("|")
        members = dict(zip(dimensions, (row["target_member"] or "").split("|"), strict=False))
        if segment and members.get("segment", segment) != segment:
            continue
        due = row["due_on"]
        rows.append(
            {
                "title": row["title"],
                "owner": row["owner"],
                "due": words.day(datetime.fromisoformat(due).date()) if due else "",
                "status": words.name("status", row["status"], row["status"]),
                "state": row["status"],
                "target": _target(facts, row, members),
                "effects": [_effect(facts, effect) for effect in effects.get(row["action_id"], [])],
            }
        )
    return rows


def _target(facts: Facts, row: Row, members: dict[str, str]) -> str | None:
    """What the action was meant to move: `CSAT, Onboard`."""
    metric = row["target_metric"]
    if metric not in facts.catalogue:
        return None
    where = [
        facts.members.get(dimension, {}).get(member, member)
        for dimension, member in members.items()
        if dimension and dimension != "all"
    ]
    return ", ".join([facts.short_label(metric), *where])


def _effect(facts: Facts, row: Row) -> Panel:
    words = facts.words
    figures = Figures(words, f"effects/{row['action_id']}")
    unit = str(row["unit"])
    shown = row["effect"] is not None and row["verdict"] in ("moved", "no_detectable_effect")
    cell = {"effect": row["effect"], "effect_low": row["low"], "effect_high": row["high"]}
    verdict = str(row["verdict"])
    state = _side(row) if verdict == "moved" else verdict
    return {
        "verdict": verdict,
        "state": state,
        "word": words.say(f"actions.{state}"),
        "effect": figures.number(row["method"], cell, "effect", unit, style="difference")
        if shown else None,
        "interval": _interval(figures, row, unit) if shown else None,
        "method": words.name("methods", row["method"], row["method"]) if row["method"] else None,
    }  # fmt: skip


def _side(row: Row) -> str:
    if row["better"] == "neither" or not row["effect"]:
        return "moved"
    return "better" if (row["effect"] > 0) == (row["better"] == "higher") else "worse"


def _interval(figures: Figures, row: Row, unit: str) -> Figure | None:
    if row["low"] is None or row["high"] is None:
        return None
    words = figures.language
    style = "signed" if unit in ("points", "percent") else "difference"
    ends = [words.styled(style, unit, row[end]) for end in ("low", "high")]
    text = words.joined(*ends)
    at = f"{figures.place}/{row['method']}/interval"
    return figure(at, text, None, unit=unit, low=row["low"], high=row["high"])


def closed_loop(facts: Facts) -> Panel | None:
    """Unhappy answers of the month: followed up, how soon, and whether the next answer was better.

    Their next answers stand beside those of the unhappy who were not followed up; the comparison is
    put into words only where it passed its test.
    """
    rows = facts.results.get("closed_loop")
    if rows is None:
        return None
    row = next((row for row in rows if row["n"] or row["suppressed"]), None)
    if row is None:
        return facts.nothing("loop")
    words = facts.words
    state = "open"
    if row["is_significant"]:
        state = "more" if row["improved_share"] > row["other_improved_share"] else "less"
    known = None not in (row["improved_share"], row["other_improved_share"])
    note = [words.say("loop.note")]
    if known:
        note.append(words.say(f"loop.{state}"))
    note += _parts(facts, row)
    return {
        "heading": words.say("loop.heading"),
        "note": " ".join(note),
        "cells": [
            _loop(facts, row, name, unit, ends, n)
            for name, unit, ends, n in _LOOP
            if row[name] is not None or row["suppressed"]
        ],
    }


def _parts(facts: Facts, row: Row) -> list[str]:
    """The sentence that adds the counts up, where not all unhappy answers are counted."""
    counts = (row["detractors"], row["n"], row["waiting"], row["unknown_customer"])
    if None in counts or row["n"] == row["detractors"]:
        return []
    words = facts.words
    parts = {"counted": row["n"], "waiting": row["waiting"], "unknown": row["unknown_customer"]}
    parts["unseen"] = row["detractors"] - sum(parts.values())
    items = [
        words.say(f"loop.parts_{name}", count=words.number(count))
        for name, count in parts.items()
        if count
    ]
    total = words.number(row["detractors"])
    return [words.say("loop.parts", detractors=total, items=words.listed(items))]


_LOOP = (
    ("detractors", "answers", None, None),
    ("followed_up_share", "percent", ("low", "high"), "n"),
    ("median_hours", "hours", ("hours_low", "hours_high"), "followed_up"),
    ("improved_share", "percent", ("improved_low", "improved_high"), "outcomes"),
    ("other_improved_share", "percent", ("other_improved_low", "other_improved_high"),
     "other_outcomes"),
)  # fmt: skip


def _loop(
    facts: Facts, row: Row, name: str, unit: str, ends: tuple[str, str] | None, n: str | None
) -> Panel:
    figures = Figures(facts.words, "loop")
    cell = {**row, "n": row[n] if n else None}
    if ends:
        cell |= {f"{name}_low": row[ends[0]], f"{name}_high": row[ends[1]]}
    return {
        "label": facts.words.say(f"loop.{name}"),
        "value": figures.number("all", cell, name, unit),
        "interval": figures.between(name, row, *ends, unit) if ends else None,
        "n": figures.count(f"{name}/n", row[n], "answers") if n and row[n] else None,
    }
