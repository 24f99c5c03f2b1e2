"""The journey map: every touchpoint through every channel, with how often it was met and scored."""

from __future__ import annotations

from typing import Any

from wellheard.report.edition_facts import Facts
from wellheard.report.figures import Figures, Row, misleads, shade

Panel = dict[str, Any]

ALL = "all"
CHANNELS_ABREAST = 7


def journey_map(facts: Facts) -> Panel | None:
    """Touchpoints in the order of the journey, channels beside them; nothing here is tested.

    The first of the report's journey metrics that any touchpoint has answers about.
    """
    rows = facts.results.get("journey_cells")
    if rows is None:
        return None
    rows = [row for row in rows if row["touchpoint"] != ALL]
    told = {row["metric"] for row in rows if row["value"] is not None}
    metric = next((m for m in facts.report.journey if m in told and m in facts.catalogue), None)
    if metric is None:
        return facts.nothing("map")
    words = facts.words
    better = facts.catalogue[metric]["better"]
    cells = {
        (row["journey_stage"], row["touchpoint"], row["channel"]): {**row, "better": better}
        for row in rows
        if row["metric"] == metric
    }
    known = {
        key[2]: row["channel_label"]
        for key, row in cells.items()
        if key[2] != ALL and _is_known(row)
    }
    order = list(facts.members.get("channel", {}))
    channels = {
        name: known[name]
        for name in sorted(
            known, key=lambda name: (order.index(name) if name in order else len(order), name)
        )
    }
    overall = facts.now(metric)["value"] if metric in facts.series else None
    figures = Figures(words, "map")
    names = list(channels)
    return {
        "metric": metric,
        "heading": words.say("map.heading", metric=facts.label(metric)),
        "note": words.say("map.note"),
        "groups": [
            {"names": [channels[name] for name in names[at : at + CHANNELS_ABREAST]],
             "start": at, "end": at + CHANNELS_ABREAST}
            for at in range(0, max(1, len(names)), CHANNELS_ABREAST)
        ],
        "rows": [
            {
                "label": whole["touchpoint_label"],
                "stage": whole["stage_label"],
                "whole": _cell(figures, whole, overall),
                "cells": [
                    _cell(figures, cells.get((stage, touchpoint, name)), overall)
                    for name in names
                ],
            }
            for (stage, touchpoint, channel), whole in cells.items()
            if channel == ALL
        ],
    }  # fmt: skip


def _is_known(row: Row) -> bool:
    """Whether anybody was met or asked there, or too few to say how many."""
    return bool(row["n"] != 0 or row["volume"] != 0)


def _at(row: Row) -> str:
    return f"{row['journey_stage'] or 'none'}/{row['touchpoint']}/{row['channel']}"


def _contacts(figures: Figures, row: Row) -> Panel:
    """How often customers were met there; too few to print where the table has no number."""
    return figures.tally(
        _at(row), {**row, "suppressed": row["volume"] is None}, "volume", "records"
    )


def _cell(figures: Figures, row: Row | None, overall: float | None) -> Panel:
    """Score, interval, n and contacts; `state` says why there is no score.

    `absent`: nobody was met there; `silent`: met, but nobody answered; `hidden`: too few.
    """
    if row is None or not _is_known(row):
        return {"state": "absent", "value": None, "interval": None, "n": None, "contacts": None,
                "shade": ""}  # fmt: skip
    state = "scored" if row["value"] is not None else "hidden" if row["n"] != 0 else "silent"
    met = _contacts(figures, row) if row["volume"] else None
    # A decimal more where whole percents would read otherwise than the cell is shaded.
    style = "full" if misleads(row, overall) else "coarse"
    return {
        "state": state,
        "value": None if state == "silent"
        else figures.number(_at(row), row, "value", row["unit"]),
        "interval": figures.between(_at(row), row, "low", "high", row["unit"], style=style),
        "n": figures.count(f"{_at(row)}/n", row["n"], "answers") if state == "scored" else None,
        "contacts": met,
        "shade": shade(row, overall),
    }  # fmt: skip
