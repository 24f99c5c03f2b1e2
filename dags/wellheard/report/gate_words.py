"""What a failed check of the gate found, in the edition's language: `checks` of its texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from string import Formatter
from typing import Any

from wellheard.gate_sentences import Finding, readable
from wellheard.periods import Period
from wellheard.publication import CheckLine
from wellheard.report.edition_facts import Facts
from wellheard.report.language import Language

_SHOWN = 5


def said(facts: Facts, check: CheckLine, found: Sequence[Finding]) -> dict[str, str]:
    """Name, message and reason; in English where the language has no words for the check.

    It has none for a company's own check, nor for one whose rule was reworded since (`checks_of`).
    """
    words = facts.words
    own = {"name": check.name, "why": check.why, "says": check.says}
    reworded = words.is_reworded("checks_of", check.name, check.why + check.says)
    told = own if reworded else words.translated(f"checks.{check.name}", own)
    texts = [_sentence(facts, told["says"] if told != own else "", one) for one in found]
    shown = texts[:_SHOWN]
    if len(texts) > _SHOWN:
        shown.append(words.say("method.and_more", count=words.number(len(texts) - _SHOWN)))
    return {"name": told["name"], "why": told["why"], "message": "; ".join(shown) or check.message}


def _sentence(facts: Facts, template: str, found: Finding) -> str:
    """The row's sentence by the language's template; as the gate said it where that cannot be."""
    words = facts.words
    if found.more:
        return words.say("method.more_like_these", count=words.number(found.more))
    try:
        return _Formatter(words).vformat(template, (), _named(facts, found.values)) or found.text
    except (KeyError, ValueError, TypeError):  # a null, or a publication without the values
        return found.text


def _named(facts: Facts, values: Mapping[str, Any]) -> dict[str, Any]:
    """The row's values as a reader knows them: months, days, reasons, a metric in its unit."""
    words, row = facts.words, dict(values)
    if row.get("period"):
        row["period"] = words.month(Period.parse(row["period"]))
    for name in ("day", "week_from"):
        if row.get(name):
            row[name] = words.day(date.fromisoformat(row[name][:10]))
    if row.get("main_reason"):
        row["main_reason"] = words.name("reasons", row["main_reason"], row["main_reason"])
    if row.get("metric") in facts.catalogue:
        unit = facts.catalogue[row["metric"]]["unit"]
        row["label"] = facts.label(row["metric"])
        for name in ("value", "low", "high", "usual"):
            if row.get(name) is not None:
                row[name] = words.measure(unit, row[name])
    return row


class _Formatter(Formatter):
    """Numbers with the language's separators; times from the text that JSON keeps them as."""

    def __init__(self, words: Language) -> None:
        self.words = words

    def format_field(self, value: Any, format_spec: str) -> str:
        if value is None:
            raise TypeError("a null has no words")
        if isinstance(value, str):
            return format(datetime.fromisoformat(value), format_spec) if format_spec else value
        plain = format(value, format_spec) if format_spec else readable(value)
        return self.words.number(value, len(plain.partition(".")[2]))
