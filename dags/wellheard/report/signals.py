"""The finding about months that are unusual for the company's own history (control charts)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from wellheard.report.edition_facts import Facts
from wellheard.report.figures import ALPHA, Row, outcome
from wellheard.report.language import Language

Word = Literal["better", "worse", "changed"]
# What a figure can be at all; limits are computed without knowing it.
_ENDS = {"points": (-100.0, 100.0), "percent": (0.0, 100.0), "minutes": (0.0, None)}


def finding(
    facts: Facts, metrics: Sequence[str] | None = None, besides: Sequence[str] = ()
) -> dict[str, Any] | None:
    """Which key figures are out of the ordinary this month, which way, and whether that is good.

    Of `metrics`; of all that are judged without them. `besides`: metrics of which another finding
    says it.
    """
    looked_at = facts.judged if metrics is None else metrics
    rows = _unusual(facts, [metric for metric in looked_at if metric not in besides])
    if not rows:
        return None
    signs = [_word(row) for row in rows]
    tone = signs[0] if len(set(signs)) == 1 else "changed"
    # Where all point one way the title says which.
    said: list[Word | None] = [sign if len(set(signs)) > 1 else None for sign in signs]
    text = _sentences(facts, rows, said)
    return {"title": _title(facts, rows, signs), "text": text, "tone": tone}


def said_of(facts: Facts, metrics: Sequence[str]) -> str:
    """What is out of the ordinary in metrics that a finding is about already; empty if nothing.

    The direction is said where it is not the one the figure moved in.
    """
    rows = _unusual(facts, metrics)
    signs = [_word(row) for row in rows]
    return _sentences(
        facts,
        rows,
        [sign if sign != outcome(row) else None for row, sign in zip(rows, signs, strict=True)],
    )


def _unusual(facts: Facts, metrics: Sequence[str]) -> list[Row]:
    return [facts.now(metric) for metric in metrics if _tested(facts.now(metric))]


def _sentences(facts: Facts, rows: Sequence[Row], signs: Sequence[Word | None]) -> str:
    if not rows:
        return ""
    text = "; ".join(_sentence(facts, row, sign) for row, sign in zip(rows, signs, strict=True))
    said = [text.removesuffix(".") + "."]  # some units end in a full stop of their own
    if any(row["provisional_limits"] for row in rows):
        said.append(facts.words.say("signals.provisional"))
    return " ".join(said)


def _tested(row: Row) -> bool:
    """A mark alone is no claim: of nine stable series one has some in a month out of eight."""
    p = row["signal_p_adjusted"]
    return row["signal"] is not None and p is not None and bool(p < ALPHA)


def _title(facts: Facts, rows: list[Row], signs: list[Word]) -> str:
    words = facts.words
    labels = [facts.label(row["metric"]) for row in rows]
    if len(rows) == 1:
        return words.say(f"signals.one_{signs[0]}", metric=labels[0])
    if set(signs) != {"better", "worse"}:
        tone = signs[0] if len(set(signs)) == 1 else "changed"
        return words.say(f"signals.many_{tone}", metrics=words.listed(labels))
    named = {
        side: words.listed([m for m, sign in zip(labels, signs, strict=True) if sign == side])
        for side in ("better", "worse")
    }
    return words.say("signals.many_mixed", **named)


def _sentence(facts: Facts, row: Row, sign: Word | None) -> str:
    words, unit = facts.words, row["unit"]
    return words.say(
        f"signals.{row['signal']}_{'up' if _up(row) else 'down'}",
        metric=facts.label(row["metric"]),
        value=words.measure(unit, row["value"]),
        range=_usual(words, row),
        centre=words.measure(unit, row["centre"]),
        word=words.say(f"signals.{sign}") if sign else "",
    )


def _usual(words: Language, row: Row) -> str:
    lowest, highest = _ENDS.get(row["unit"], (None, None))
    low, high = row["limit_low"], row["limit_high"]
    low = low if lowest is None else max(low, lowest)
    high = high if highest is None else min(high, highest)
    return words.span(row["unit"], low, high)


def _up(row: Row) -> bool:
    """Which way: a trend by its last step, the others by the side of the mean they lie on."""
    if row["signal"] == "trend" and row["change"] is not None:
        return bool(row["change"] > 0)
    return bool(row["value"] > row["centre"])


def _word(row: Row) -> Word:
    if row["better"] == "neither":
        return "changed"
    return "better" if _up(row) == (row["better"] == "higher") else "worse"
