"""Whether the answers can be trusted: response rates, non-response, signs of steering."""

from __future__ import annotations

from datetime import date
from typing import Any

from wellheard.report.edition_facts import Facts
from wellheard.report.figures import Figure, Figures, Row

Panel = dict[str, Any]

_ASKED = ("invited", "complete", "partial", "refused", "no_contact", "other", "unknown")
SIGNALS = ("burst", "duplicate", "suppressed_invitations", "straight_lining")


def response(facts: Facts) -> Panel | None:
    """Per survey: who was invited and answered, the score as answered, weighted, and its bounds."""
    rows = facts.results.get("response")
    if rows is None:
        return None
    known = sorted(
        (row for row in rows if row["invited"] or row["raw"] is not None or row["suppressed"]),
        # Those whose invitations are known first, then by the name the reader sees.
        key=lambda row: (row["invited"] is None, _named(row).casefold()),
    )
    if not known:
        return facts.nothing("sample")
    words = facts.words
    figures = Figures(words, "response")
    rows = [_survey(facts, figures, row) for row in known]
    # Where nobody asked tells of it, or no score can be weighted, there is no column of blanks.
    asked = any(row["complete"] for row in rows)
    columns = {
        "asked": asked,
        **{name: any(row[name] for row in rows) for name in ("raw", "weighted", "bounds")},
    }
    if not asked:
        rows = [{**row, "invited": None} for row in rows]
    notes = ["note" if asked else "none"]
    notes += [f"{name}_note" for name in ("weighted", "bounds") if columns[name]]
    if columns["bounds"]:
        untold = [_unbounded(figures, row) for row in known]
        rows = [
            {**row, "bounds": row["bounds"] or why} for row, why in zip(rows, untold, strict=True)
        ]
        if any(_told_by_few(row) for row in known):
            notes.append("bounds_few_note")
    return {
        "heading": words.say("sample.heading"),
        "note": " ".join(words.say(f"sample.{name}") for name in notes),
        "columns": columns,
        "rows": rows,
    }


def _unbounded(figures: Figures, row: Row) -> Figure | None:
    """Why a survey has no bounds, where it is known who was asked."""
    if all(row[name] is None for name in _ASKED):
        return None
    return figures.number(f"{row['source']}/{row['survey_id']}", row, "bound_low", "points")


def _told_by_few(row: Row) -> bool:
    """Whether the bounds are left out for the few who answered in part, and for nothing else."""
    known = (row["invited"], row["complete"], row["raw"])
    return row["bound_low"] is None and row["partial"] is None and None not in known


def _named(row: Row) -> str:
    return row["label"] or f"{row['source']} {row['survey_id']}"


def _survey(facts: Facts, figures: Figures, row: Row) -> Panel:
    words = facts.words
    at = f"{row['source']}/{row['survey_id']}"
    rate = {**row, "n": row["invited"]}
    metric = row["metric"] if row["metric"] in facts.catalogue else None
    unit = facts.catalogue[metric]["unit"] if metric else "points"
    # Of hidden invitations the outcomes that nobody had are printed; of unknown ones nothing is.
    asked = any(row[name] is not None for name in _ASKED)
    invited = {**row, "suppressed": asked and row["suppressed"]}
    told = metric is not None
    weighted = {
        **row, "post_stratified_low": row["post_low"], "post_stratified_high": row["post_high"],
    }  # fmt: skip
    return {
        "label": _named(row),
        "invited": figures.tally(at, invited, "invited"),
        "metric": facts.short_label(metric) if metric else words.say("words.none"),
        # Where nobody knows who was invited, there is no rate to be missing.
        "complete": figures.tally(at, row, "complete") if asked else None,
        "rate": figures.number(at, rate, "rr1", "percent", style="full") if asked else None,
        "rate_interval": figures.between(at, rate, "rr1_low", "rr1_high", "percent"),
        "raw": figures.number(at, row, "raw", unit, style="full") if told else None,
        "raw_interval": figures.between(at, row, "raw_low", "raw_high", unit),
        "weighted": figures.number(at, weighted, "post_stratified", unit, style="full")
        if row["post_stratified"] is not None else None,
        "weighted_interval": figures.between(at, row, "post_low", "post_high", unit),
        "bounds": figures.between(at, row, "bound_low", "bound_high", unit),
    }  # fmt: skip


def gaming(facts: Facts) -> Panel | None:
    """Signs that answers or invitations were steered: what was flagged, and what was looked for."""
    rows = facts.results.get("gaming")
    if rows is None or not facts.whole_company:
        return None
    words = facts.words
    if not rows:
        return facts.nothing("gaming")
    figures = Figures(words, "gaming")
    flagged = [row for row in rows if row["is_flagged"]]
    clear = [
        signal
        for signal in SIGNALS
        if any(row["signal"] == signal for row in rows)
        and not any(row["signal"] == signal for row in flagged)
    ]
    note = []
    if not flagged:
        note.append(words.say("gaming.clean"))
    if clear:
        named = words.listed([words.say(f"gaming.{signal}") for signal in clear])
        note.append(words.say("gaming.looked_for", signals=named))
    return {
        "heading": words.say("gaming.heading"),
        "note": " ".join(note),
        "rows": [
            {
                "source": row["source"],
                "signal": words.say(f"gaming.{row['signal']}")
                if row["signal"] in SIGNALS else row["signal"],
                "n": figures.count(f"{row['source']}/{row['signal']}/{i}/n", row["n"], "answers"),
                "of": figures.count(
                    f"{row['source']}/{row['signal']}/{i}/of", row["n_answers"], "answers"
                ),
                "detail": _seen(facts, row),
            }
            for i, row in enumerate(flagged)
        ],
    }  # fmt: skip


def _seen(facts: Facts, row: Row) -> str | None:
    """What was flagged, in the report's words: when it was, or which shares were compared."""
    words = facts.words
    if row["signal"] == "burst":
        if not row["detail"]:
            return None
        survey, day, hour = row["detail"].rsplit(" ", 2)
        named = {r["survey_id"]: _named(r) for r in facts.results.get("response") or []}
        return words.say(
            "gaming.burst_seen",
            survey=named.get(survey, survey), day=words.day(date.fromisoformat(day)), hour=hour,
        )  # fmt: skip
    if not row["n_answers"] or not row["n_compared"] or None in (row["n"], row["compared"]):
        return None
    parts = (row["n"], row["n_answers"]), (row["compared"], row["n_compared"])
    now, then = (words.measure("percent", 100 * some / of) for some, of in parts)
    return words.say(f"gaming.{row['signal']}_seen", now=now, then=then)
