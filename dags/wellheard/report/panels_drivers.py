"""Key drivers: what goes with the score, and how satisfied customers are with it."""

from __future__ import annotations

from typing import Any

from wellheard.report.edition_facts import Facts
from wellheard.report.figures import Figures, Row

Panel = dict[str, Any]


def drivers(facts: Facts) -> Panel | None:
    """Importance (share of the score's variance) against performance (percent satisfied).

    Drivers whose share is not told from chance are set apart in `apart`; those that could not be
    compared are in `left_out` with the reason.
    """
    rows = facts.results.get("drivers")
    if rows is None:
        return None
    known = [row for row in rows if row["share"] is not None]
    if not known:
        return facts.nothing("drivers")
    words = facts.words
    figures = Figures(words, "drivers")
    whole = known[0]
    r2 = figures.number("all", whole, "r2", "percent")
    interval = figures.between("all", whole, "r2_low", "r2_high", "percent")
    proven = [row for row in known if row["is_significant"]]
    apart = [row for row in known if not row["is_significant"]]
    metric = facts.short_label(facts.report.trend)
    return {
        "heading": words.say("drivers.heading"),
        "note": words.say("drivers.note", metric=metric),
        "r2": r2,
        "r2_interval": interval,
        "basis": words.say(
            "drivers.basis",
            r2=r2["text"],
            interval=interval["text"] if interval else words.say("words.none"),
            n=words.number(whole["n"]),
            months=words.number(whole["months"]),
        ),
        "share_title": words.say("drivers.share_axis"),
        "performance_title": words.say("drivers.performance_axis"),
        "rows": [_row(facts, figures, row) for row in proven],
        "apart": [_row(facts, figures, row) for row in apart],
        "apart_heading": words.say("drivers.apart"),
        "none_proven": None if proven else words.say("drivers.none_proven"),
        "left_out": [
            words.say(
                "drivers.left_out",
                driver=row["label"],
                reason=words.name("driver_notes", row["note"] or "", words.say("words.no_data")),
            )
            for row in rows
            if row["share"] is None and row["note"] != "not_asked"
        ],
        "alt": words.say(
            "drivers.alt",
            values="; ".join(
                words.say(
                    "drivers.alt_item",
                    driver=row["label"],
                    share=words.measure("percent", row["share"]),
                    performance=words.measure("percent", row["performance"])
                    if row["performance"] is not None else words.say("words.no_data"),
                )
                for row in known
            ),
        ),
    }  # fmt: skip


def _row(facts: Facts, figures: Figures, row: Row) -> Panel:
    at = str(row["driver"])
    return {
        "label": row["label"],
        "share": figures.number(at, row, "share", "percent", style="full"),
        "interval": figures.between(at, row, "share_low", "share_high", "percent", style="full"),
        "performance": figures.number(at, row, "performance", "percent"),
        "performance_interval": figures.between(
            at, row, "performance_low", "performance_high", "percent"
        ),
        "note": facts.words.name("driver_notes", row["note"] or "", "") or None,
    }
