"""What moved a score: the printed change split into parts that add up to it."""

from __future__ import annotations

from typing import Any

from wellheard.report.edition_facts import Facts
from wellheard.report.figures import Figures, Row

Panel = dict[str, Any]

_DIMENSIONS = ("segment", "channel", "touchpoint")
UNKNOWN = "unknown"
LONGEST = 44  # lines of a column that stands beside another on one page
_LETTERS = 20  # of a name, on a line of such a column
_HEAD_AND_SUM = 4  # lines, with the room around them


def movement(facts: Facts) -> Panel | None:
    """Per dimension what each member added: by its share of the answers, and by its own score.

    The trend metric where its answers belong to members, else the first journey metric whose do.
    """
    rows = facts.results.get("movement")
    if rows is None:
        return None
    tables = []
    for dimension in _DIMENSIONS:
        if dimension == "segment" and not facts.whole_company:
            continue  # it is one segment
        for metric in dict.fromkeys([facts.report.trend, *facts.report.journey]):
            here = [r for r in rows if r["dimension"] == dimension and r["metric"] == metric]
            if metric in facts.catalogue and _splits(here):
                tables.append(_table(facts, dimension, metric, here))
                break
    if not tables:
        return facts.nothing("movement")
    words = facts.words
    return {
        "heading": words.say("movement.heading"),
        "note": words.say("movement.note", previous=words.month_name(facts.period.shift(-1))),
        # Long columns do not stand side by side: they follow each other, so that pages can break.
        "side_by_side": max(_lines(column) for column in _columns(tables)) <= LONGEST,
        "columns": _columns(tables),
    }


def _columns(tables: list[Panel]) -> list[list[Panel]]:
    """The tables in two columns of about the same height; one column for one table."""
    if len(tables) == 1:
        return [tables]
    return [tables[:-1], tables[-1:]]


def _lines(column: list[Panel]) -> int:
    """About how many lines a column takes where names break in half the page's width."""
    return sum(
        _HEAD_AND_SUM + sum(1 + len(row["label"]) // _LETTERS for row in table["rows"])
        for table in column
    )


def _splits(rows: list[Row]) -> bool:
    """Whether members other than `unknown` have parts to show."""
    return any(r["member"] != UNKNOWN and r["total_effect"] is not None for r in rows)


def _table(facts: Facts, dimension: str, metric: str, rows: list[Row]) -> Panel:
    words = facts.words
    figures = Figures(words, f"movement/{dimension}/{metric}")
    unit = facts.catalogue[metric]["unit"]
    shown = [r for r in rows if r["suppressed"] or r["n_before"] or r["n_now"]]
    effects = [abs(r["total_effect"]) for r in shown if r["total_effect"] is not None]
    widest = max(effects, default=0.0)
    change = facts.now(metric) if metric in facts.series else None
    summed = None
    if change is not None and change["change"] is not None:
        summed = Figures(words, f"movement/{dimension}").change(change)
        if summed:
            summed["text"] = _signed(facts, unit, change["change"])
    return {
        "heading": words.say(f"movement.{dimension}", metric=facts.short_label(metric)),
        "rows": [
            {
                "label": words.say("movement.unknown")
                if row["member"] == UNKNOWN else row["label"],
                "share": figures.number(
                    row["member"], {**row, "n": row["n_now"]}, "share_now", "percent"
                ),
                **{
                    part: _part(facts, figures, row, f"{part}_effect", unit)
                    for part in ("mix", "within", "total")
                },
                "bar": _bar(row["total_effect"], widest),
            }
            for row in shown
        ],
        "sum_label": words.say("movement.sum"),
        "sum": summed,
        "incomplete": words.say("movement.incomplete")
        if any(row["suppressed"] for row in shown) else None,
    }  # fmt: skip


def _part(facts: Facts, figures: Figures, row: Row, name: str, unit: str) -> Panel:
    part = figures.number(row["member"], {**row, "n": None}, name, unit, style="difference")
    if row[name] is not None:
        part["text"] = _signed(facts, unit, row[name])
    return part


def _signed(facts: Facts, unit: str, value: float) -> str:
    """A part without its unit, which the note names: `+0.4`."""
    return facts.words.number(value, 2 if unit == "score" else 1, signed=True)


def _bar(value: float | None, widest: float) -> Panel:
    """Widths in percent of half the column, to the left below zero and to the right above."""
    if not value or not widest:
        return {"left": 0, "right": 0}
    width = round(100 * abs(value) / widest)
    return {"left": width, "right": 0} if value < 0 else {"left": 0, "right": width}
