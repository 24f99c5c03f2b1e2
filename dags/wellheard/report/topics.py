"""Page one's lines about where to act: only what passed its test, one line per topic."""

from __future__ import annotations

from typing import Any

from wellheard.report.edition_facts import Facts
from wellheard.report.figures import Row
from wellheard.report.panels_money import at_risk

Topic = dict[str, Any]


def topics(facts: Facts) -> list[Topic]:
    """At most three: the biggest driver, the costliest theme, revenue at risk."""
    found = [_driver(facts), _theme(facts), _money(facts)]
    return [topic for topic in found if topic is not None]


def _topic(facts: Facts, kind: str, title: str, text: str) -> Topic:
    return {"kind": kind, "eyebrow": facts.words.say(f"topics.{kind}"), "title": title,
            "text": text}  # fmt: skip


def _driver(facts: Facts) -> Topic | None:
    words = facts.words
    proven = [
        row
        for row in facts.results.get("drivers") or []
        if row["is_significant"] and row["share"] is not None
    ]
    if not proven:
        return None
    row = max(proven, key=lambda row: (row["share"], -row["position"]))
    text = words.say(
        "topics.driver_text",
        share=words.measure("percent", row["share"], coarse=True),
        interval=_span(facts, row, "share", "percent"),
        metric=facts.short_label(facts.report.trend),
    )
    if row["performance"] is not None:
        satisfied = words.measure("percent", row["performance"], coarse=True)
        text = f"{text} {words.say('topics.driver_satisfied', performance=satisfied)}"
    return _topic(facts, "driver", row["label"], text)


def _theme(facts: Facts) -> Topic | None:
    words = facts.words
    costly = [
        row
        for row in facts.results.get("themes") or []
        if row["is_significant"] and row["cost"] is not None and row["cost"] > 0
    ]
    if not costly:
        return None
    row = max(costly, key=lambda row: (row["cost"], -row["position"]))
    text = words.say(
        "topics.theme_text",
        cost=words.number(row["cost"], 1),
        interval=_span(facts, row, "cost", "points"),
        metric=facts.short_label(row["metric"]),
        share=words.measure("percent", row["share"], coarse=True),
    )
    return _topic(facts, "theme", row["label"], text)


def _money(facts: Facts) -> Topic | None:
    words = facts.words
    row = at_risk(facts.results.get("money") or [])
    if row is None:
        return None
    title = words.money_span(row["low"], row["high"])
    return _topic(facts, "money", title, words.say("topics.money_text"))


def _span(facts: Facts, row: Row, name: str, unit: str) -> str:
    """The interval of a figure: whole percents, points with a decimal."""
    words = facts.words
    style = "fine" if unit == "points" else "coarse"
    ends = [words.styled(style, unit, row[f"{name}_{end}"]) for end in ("low", "high")]
    return words.joined(*ends)
