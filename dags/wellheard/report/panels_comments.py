"""What customers wrote: the month's comments, themes by what they cost, and quotes."""

from __future__ import annotations

from typing import Any

from wellheard.report.edition_facts import Facts
from wellheard.report.figures import ALPHA, Figures, Row

Panel = dict[str, Any]

THEMES_SHOWN = 10
QUOTED_THEMES = 6
QUOTES_EACH = 3
QUOTE_LENGTH = 260  # characters; a longer comment ends at a word with an ellipsis
# Scripts written from right to left, by their Unicode blocks.
_RIGHT_TO_LEFT = ((0x0590, 0x08FF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFF), (0x10800, 0x10FFF))


def comments(facts: Facts) -> Panel | None:
    """Themes ranked by what they cost, each with its share, trend and up to three quotes."""
    rows = facts.results.get("themes")
    if rows is None:
        return None
    words = facts.words
    known = [row for row in rows if row["n"] or row["suppressed"]]
    if not any(row["share"] is not None for row in known):
        return facts.nothing("comments")
    figures = Figures(words, "themes")
    ranked = _ranked(known)
    shown = ranked[:THEMES_SHOWN]
    metric = facts.short_label(shown[0]["metric"])
    listed = next((row for row in shown if not row["is_emerging"]), shown[0])
    scale = max((abs(row["cost"]) for row in shown if row["cost"] is not None), default=0.0)
    left = len(known) - len(shown)
    return {
        "heading": words.say("comments.heading"),
        "note": f"{words.say('comments.note', metric=metric)} {_base(facts, known, listed)}",
        "effect_title": words.say("comments.effect", metric=metric),
        "tone": _tone(facts),
        "groups": [
            {
                "name": group,
                "heading": words.say(f"comments.{group}"),
                "rows": [
                    _theme(facts, figures, row, scale) for row in shown if _group(row) == group
                ],
            }
            for group in GROUPS
            if any(_group(row) == group for row in shown)
        ],
        "more": words.say("words.more", count=words.number(left)) if left > 0 else None,
        "quotes_heading": words.say("comments.quotes"),
        "quotes_note": words.say("comments.quotes_note"),
        "quotes": _quotes(facts, shown),
    }  # fmt: skip


def _base(facts: Facts, rows: list[Row], listed: Row) -> str:
    """What the themes are shares of: the window, and how many comments lie in it where told."""
    words = facts.words
    said = {"metric": facts.short_label(listed["metric"]), "months": words.number(listed["months"])}
    of_window = [r for r in rows if r["months"] == listed["months"] and r["n"] and r["share"]]
    if not of_window:
        return words.say("comments.window", **said)
    largest = max(of_window, key=lambda row: row["n"])
    # Its share is n of all comments: the largest gives their number back to the digit.
    return words.say(
        "comments.base", n=words.number(round(100 * largest["n"] / largest["share"])), **said
    )


GROUPS = ("costs", "brings", "open")


def _group(row: Row) -> str:
    """What is proven of a theme: it goes with a lower score, a higher one, or neither."""
    if not row["is_significant"] or not row["cost"]:
        return "open"
    return "costs" if row["cost"] > 0 else "brings"


def _ranked(rows: list[Row]) -> list[Row]:
    """The proven ones by size, those that cost first; then the others; suppressed themes last."""

    def place(row: Row) -> tuple[Any, ...]:
        group = GROUPS.index(_group(row))
        size = 0.0 if _group(row) == "open" else -abs(row["cost"])
        return (bool(row["suppressed"]), group, size, row["position"], row["theme"])

    return sorted(rows, key=place)


def _theme(facts: Facts, figures: Figures, row: Row, scale: float) -> Panel:
    """One theme's line. Its effect is its cost turned round: below zero it goes with less."""
    words = facts.words
    at = str(row["theme"])
    turned = {
        **row,
        "effect": _minus(row["cost"]),
        "effect_low": _minus(row["cost_high"]),
        "effect_high": _minus(row["cost_low"]),
    }
    change = figures.number(at, {**row, "n": None}, "share_change", "percent", style="difference")
    width = round(100 * abs(row["cost"]) / scale) if row["cost"] and scale else 0
    return {
        "label": row["label"],
        "is_emerging": bool(row["is_emerging"]),
        "emerging": words.say("comments.emerging") if row["is_emerging"] else None,
        "is_proven": _group(row) != "open",
        "effect": figures.number(at, turned, "effect", "points", style="signed"),
        "effect_interval": figures.between(
            at, turned, "effect_low", "effect_high", "points", style="signed"
        ),
        "bar": {"left": width, "right": 0} if (row["cost"] or 0) > 0
        else {"left": 0, "right": width},
        "share": figures.number(at, row, "share", "percent", style="full"),
        "share_interval": figures.between(at, row, "share_low", "share_high", "percent"),
        "change": change if row["share_change"] is not None else None,
        "change_word": _trend(facts, row),
        "negative": figures.number(at, row, "sentiment_negative", "percent"),
        "n": figures.tally(at, row, "n"),
    }  # fmt: skip


def _minus(number: float | None) -> float | None:
    return None if number is None else -number if number else 0.0


def _trend(facts: Facts, row: Row) -> str | None:
    """`more` or `less` where the share changed by more than chance."""
    if row["share_change"] is None or row["share_p_adjusted"] is None:
        return None
    if row["share_p_adjusted"] >= ALPHA:
        return None
    return facts.words.say(f"comments.{'more' if row['share_change'] > 0 else 'less'}")


def _tone(facts: Facts) -> str | None:
    """The sentence about all comments; None without any."""
    rows = facts.results.get("comments") or []
    row = next((row for row in rows if row["n"]), None)
    if row is None:
        return None
    words = facts.words
    said = words.say(
        "comments.count",
        n=words.number(row["n"]),
        redactions=words.number(row["redactions"] or 0),
    )
    if row["negative"] is not None:
        tones = {t: words.measure("percent", row[t], coarse=True) for t in _TONES}
        tones["interval"] = _span(facts, row, "negative")
        known = words.number(row["n_sentiment_known"])
        said = f"{said} {words.say('comments.tone', known=known, **tones)}"
    if row["agreement"] is not None:
        agreement = words.say(
            "comments.agreement",
            agreement=words.measure("percent", row["agreement"], coarse=True),
            interval=_span(facts, row, "agreement"),
            n=words.number(row["n_agreement"]),
        )
        said = f"{said} {agreement}"
    return said


_TONES = ("negative", "neutral", "positive")


def _span(facts: Facts, row: Row, name: str) -> str:
    ends = [row[f"{name}_low"], row[f"{name}_high"]]
    return "–" if None in ends else facts.words.span("percent", ends[0], ends[1], coarse=True)


def _quotes(facts: Facts, themes: list[Row]) -> list[Panel]:
    """Up to three quotes of themes that have any: what costs points, then what brings some.

    A comment about two themes is quoted once. Themes without a proven effect are quoted only where
    none is proven.
    """
    by_theme: dict[str, list[Row]] = {}
    for row in facts.results.get("quotes") or []:
        if row["text"]:
            by_theme.setdefault(row["theme"], []).append(row)
    quoted = [t for t in themes if not t["suppressed"] and by_theme.get(t["theme"])]
    of = {g: [t for t in quoted if _group(t) == g] for g in GROUPS}
    costing = of["costs"][: QUOTED_THEMES - (1 if of["brings"] else 0)]
    shown: set[str] = set()
    panels = []
    for theme in ([*costing, *of["brings"]] or of["open"])[:QUOTED_THEMES]:
        fresh = [row for row in by_theme[theme["theme"]] if row["text"] not in shown][:QUOTES_EACH]
        shown.update(row["text"] for row in fresh)
        if fresh:
            panels.append(
                {
                    "theme": theme["label"],
                    "group": _group(theme),
                    "direction_word": facts.words.say(f"comments.{_group(theme)}_short"),
                    "quotes": [_quote(facts, row) for row in fresh],
                }
            )
    return panels


def _quote(facts: Facts, row: Row) -> Panel:
    words = facts.words
    band = words.name("bands_one", row["score_band"] or "", row["score_band"] or "")
    language = row["language"] if row["language"] and len(row["language"]) == 2 else None
    foreign = words.language_name(language) if language and language != words.code else None
    return {
        "text": shortened(row["text"], QUOTE_LENGTH),
        "direction": direction(row["text"]),
        "language": language,
        "band": ", ".join(part for part in (band, foreign) if part) or None,
        "tone": row["score_band"] or "",
    }


def shortened(text: str, length: int) -> str:
    """The text up to a length, ended at a word with an ellipsis where it is longer."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    whole = cut.rpartition(" ")[0] if " " in cut[length // 2 :] else cut
    return whole.rstrip(" ,;:–-") + "…"


def direction(text: str) -> str:
    """`rtl` where the first letter with a direction belongs to a right-to-left script."""
    for character in text:
        if any(first <= ord(character) <= last for first, last in _RIGHT_TO_LEFT):
            return "rtl"
        if character.isalpha():
            return "ltr"
    return "ltr"
