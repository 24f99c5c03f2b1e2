"""What customers went through: pain points, moments of truth, paths, and whether channels agree."""

from __future__ import annotations

from typing import Any

from wellheard.report.edition_facts import Facts
from wellheard.report.figures import Figures, Row

Panel = dict[str, Any]

OUTCOMES = {"recommendation": "points", "retention": "percent"}
VERDICTS = ("different", "consistent", "undecided", "no_data")
MOMENTS_SHOWN = 10
PATHS_SHOWN = 6
DIFFERENCES_SHOWN = 6


def pain(facts: Facts) -> Panel | None:
    """How often customers were met at each stage, and the touchpoint that costs its score most."""
    rows = facts.results.get("stages")
    if rows is None:
        return None
    words = facts.words
    if not any(row["pain_touchpoint"] or row["volume"] for row in rows):
        return facts.nothing("pain")
    figures = Figures(words, "pain")
    metric = next((row["metric"] for row in rows if row["metric"] in facts.catalogue), None)
    unit = facts.catalogue[metric]["unit"] if metric else "percent"
    return {
        "heading": words.say("pain.heading"),
        "note": words.say("pain.note", metric=facts.label(metric) if metric else "–"),
        "rows": [
            {
                "label": row["label"],
                # The table has no number where there are too few to print.
                "contacts": figures.tally(
                    row["journey_stage"], {**row, "suppressed": True}, "volume", "records"
                ),
                **_worst(figures, row, unit),
                "open": words.say("pain.open") if row["value"] is not None else "–",
            }
            for row in rows
        ],
    }


def _worst(figures: Figures, row: Row, unit: str) -> Panel:
    nothing = {"touchpoint": None, "value": None, "interval": None, "n": None}
    if not row["pain_touchpoint"] or row["pain_value"] is None:
        return nothing
    worst = {**row, "n": row["pain_n"], "suppressed": False}
    at = f"{row['journey_stage']}/{row['pain_touchpoint']}"
    return {
        "touchpoint": row["pain_label"],
        "value": figures.number(at, worst, "pain_value", unit),
        "interval": figures.between(at, worst, "pain_low", "pain_high", unit),
        "n": figures.count(f"{at}/n", row["pain_n"], "answers"),
    }


def moments(facts: Facts) -> Panel | None:
    """Touchpoints by how differently customers acted after good and after bad experiences there.

    The order is that of the table (recommendation first); a touchpoint that only the other outcome
    knows follows.
    """
    rows = facts.results.get("moments")
    if rows is None:
        return None
    words = facts.words
    found: dict[str, dict[str, Row]] = {outcome: {} for outcome in OUTCOMES}
    for row in rows:
        if row["outcome"] in found and (row["suppressed"] or row["difference"] is not None):
            found[row["outcome"]][row["touchpoint"]] = row
    known = [o for o in OUTCOMES if any(r["difference"] is not None for r in found[o].values())]
    if not known:
        return facts.nothing("moments")
    figures = Figures(words, "moments")
    ranked = sorted(
        dict.fromkeys(touchpoint for outcome in known for touchpoint in found[outcome]),
        key=lambda touchpoint: (
            not any(_proven(found[o].get(touchpoint)) for o in known),
            *(found[o][touchpoint]["position"] if touchpoint in found[o] else 10**6 for o in known),
            touchpoint,
        ),
    )
    shown = ranked[:MOMENTS_SHOWN]
    any_row = next(iter(found[known[0]].values()))
    return {
        "heading": words.say("moments.heading"),
        "note": words.say("moments.note", months=words.number(any_row["months"])),
        "more": _more(facts, len(ranked) - len(shown)),
        "outcomes": [
            {"heading": words.say(f"moments.{o}"), "question": words.say(f"moments.{o}_of")}
            for o in known
        ],
        "rows": [
            {
                "label": next(found[o][t]["label"] for o in known if t in found[o]),
                "outcomes": [_after(figures, found[o].get(t), OUTCOMES[o]) for o in known],
            }
            for t in shown
        ],
    }


def _proven(row: Row | None) -> bool:
    return bool(row and row["is_significant"] and row["difference"] is not None)


def _after(figures: Figures, row: Row | None, unit: str) -> Panel:
    """One outcome's cells: after good, after bad, the difference, and whether it is proven."""
    if row is None:
        return {"good": None, "bad": None, "difference": None, "interval": None,
                "n_good": None, "n_bad": None, "state": ""}  # fmt: skip
    at = f"{row['outcome']}/{row['touchpoint']}"
    shown = row["difference"] is not None
    state = "proven" if _proven(row) else "open"
    sides = {
        side: figures.number(
            at, {**row, "n": row[f"n_{side}"]}, f"after_{side}", unit
        )
        for side in ("good", "bad")
    }  # fmt: skip
    return {
        **sides,
        "n_good": figures.count(f"{at}/n_good", row["n_good"], "answers") if shown else None,
        "n_bad": figures.count(f"{at}/n_bad", row["n_bad"], "answers") if shown else None,
        "difference": figures.number(
            at, {"suppressed": row["suppressed"], "difference": row["difference"],
                 "difference_low": row["low"], "difference_high": row["high"]},
            "difference", unit, style="signed",
        ) if shown else None,
        "interval": figures.between(at, row, "low", "high", unit, style="signed")
        if shown else None,
        "state": state if shown else "",
    }  # fmt: skip


def paths(facts: Facts) -> Panel | None:
    """The commonest steps from one touchpoint to the next."""
    rows = facts.results.get("paths")
    if rows is None:
        return None
    if not rows:
        return facts.nothing("paths")
    words = facts.words
    figures = Figures(words, "paths")
    shown = rows[:PATHS_SHOWN]
    return {
        "heading": words.say("paths.heading"),
        "note": words.say("paths.note", months=words.number(rows[0]["months"])),
        "rows": [
            {
                "start": row["from_label"],
                "end": row["to_label"],
                "n": figures.count(f"{_step(row)}/n", row["n"], "records"),
                "share": figures.number(_step(row), {**row, "n": None}, "share", "percent"),
                "days": figures.number(
                    _step(row), {**row, "n": None}, "median_days", "days", style="fine"
                ),
            }
            for row in shown
        ],
        "more": _more(facts, len(rows) - len(shown)),
    }


def _step(row: Row) -> str:
    return f"{row['from_touchpoint']}>{row['to_touchpoint']}"


def consistency(facts: Facts) -> Panel | None:
    """Whether pairs of channels serve customers alike, by stage; and the pairs that do not.

    A stage that never had answers through two channels has one row without channels.
    """
    rows = facts.results.get("consistency")
    if rows is None:
        return None
    words = facts.words
    told = {row["metric"] for row in rows if row["verdict"] != "no_data"}
    metric = next((m for m in facts.report.journey if m in told and m in facts.catalogue), None)
    if metric is None:
        return facts.nothing("consistency")
    rows = [row for row in rows if row["metric"] == metric]
    figures = Figures(words, "consistency")
    unit = facts.catalogue[metric]["unit"]
    stages: dict[str, str] = {row["journey_stage"]: row["label"] for row in rows}
    different = sorted(
        (row for row in rows if row["verdict"] == "different" and row["difference"] is not None),
        key=lambda row: (-abs(row["difference"]), row["journey_stage"], row["channel_a"]),
    )
    margin = next((row["margin"] for row in rows if row["margin"] is not None), None)
    return {
        "heading": words.say("consistency.heading", metric=facts.label(metric)),
        "note": words.say(
            "consistency.note",
            margin=words.number(margin) if margin is not None else "–",
            months=words.number(rows[0]["months"]),
        ),
        "verdicts": [
            {"mark": words.say(f"consistency.marks.{v}"), "word": words.say(f"consistency.{v}"),
             "name": v}
            for v in VERDICTS
        ],
        "rows": [
            {
                "label": stages[stage],
                "counts": [
                    figures.count(f"{stage}/{v}", _count(rows, stage, v), "records")
                    for v in VERDICTS
                ],
            }
            for stage in stages
        ],
        "differences": [
            _difference(figures, row, unit) for row in different[:DIFFERENCES_SHOWN]
        ],
        "differences_heading": words.say("consistency.differences"),
        "differences_note": words.say(
            "consistency.differences_note" if different else "consistency.differences_none"
        ),
        "more": _more(facts, len(different) - DIFFERENCES_SHOWN),
    }  # fmt: skip


def _count(rows: list[Row], stage: str, verdict: str) -> int:
    return sum(
        row["journey_stage"] == stage and row["verdict"] == verdict and bool(row["channel_a"])
        for row in rows
    )


def _difference(figures: Figures, row: Row, unit: str) -> Panel:
    """A pair of channels, the one that scores higher first."""
    pair = [row["channel_a_label"], row["channel_b_label"]]
    ends = [row["low90"], row["high90"]]
    size, counts = row["difference"], [row["n_a"], row["n_b"]]
    if size < 0:
        pair.reverse()
        counts.reverse()
        size, ends = -size, [-ends[1], -ends[0]] if None not in ends else ends
    at = f"{row['journey_stage']}/{row['channel_a']}-{row['channel_b']}"
    cell = {"difference": size, "difference_low": ends[0], "difference_high": ends[1]}
    return {
        "stage": row["label"],
        "better": pair[0],
        "worse": pair[1],
        "difference": figures.number(at, cell, "difference", unit, style="signed"),
        "interval": figures.between(
            at, cell, "difference_low", "difference_high", unit, style="signed"
        ),
        "n": [
            figures.count(f"{at}/n_{side}", n, "answers")
            for side, n in zip(("better", "worse"), counts, strict=True)
        ],
    }


def _more(facts: Facts, hidden: int) -> str | None:
    """A sentence about rows that the list leaves out; None when it leaves out none."""
    if hidden <= 0:
        return None
    return facts.words.say("words.more", count=facts.words.number(hidden))
