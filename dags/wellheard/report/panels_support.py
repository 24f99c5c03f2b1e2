"""Support: times with their median and 90th percentile, shares of cases, bots, open cases."""

from __future__ import annotations

from typing import Any

from wellheard.report import signals
from wellheard.report.edition_facts import Facts
from wellheard.report.figures import MOVED, Figure, Figures, Row, outcome, shade, target_state

Panel = dict[str, Any]

# A time's median and the metric of its 90th percentile, which stands beside it.
TIMES = {
    "first_reply_minutes": "first_reply_minutes_p90",
    "first_resolution_minutes": "first_resolution_minutes_p90",
    "full_resolution_minutes": "full_resolution_minutes_p90",
}
PEOPLE = (
    "first_reply_in_target",
    "first_contact_resolution",
    "one_touch_rate",
    "reopen_rate",
    "case_csat",
)
BOT = ("bot_resolution_rate", "bot_handover_rate")
COUNTS = ("case_backlog", "case_volume")
METRICS = (*TIMES, *TIMES.values(), *PEOPLE, *BOT, *COUNTS)
PARTS = ("channel", "segment")
_TIMES_OF_PARTS = ("first_reply_minutes", "full_resolution_minutes")


def support(facts: Facts) -> Panel | None:
    """The month's support; None where the publication knows no metric of it."""
    if not any(metric in facts.catalogue for metric in METRICS):
        return None
    if not any(metric in facts.series for metric in METRICS):
        return facts.nothing("support")
    words = facts.words
    return {
        "sentence": _sentence(facts),
        "previous": words.say("journey.change", previous=words.month_short(facts.period.shift(-1))),
        "times": _times(facts),
        "shares": _shares(facts),
        "counts": [_count(facts, metric) for metric in COUNTS if metric in facts.series],
        "parts": _parts(facts),
    }


def _known(facts: Facts, *metrics: str) -> list[str]:
    return [metric for metric in metrics if metric in facts.series]


def _sentence(facts: Facts) -> str:
    """What the tests say of all cases, of the parts and of months out of the ordinary."""
    words = facts.words
    previous = words.month_name(facts.period.shift(-1))
    metrics = _known(facts, *METRICS)
    rows = [row for row in map(facts.now, metrics) if outcome(row) != "untested"]
    tested_parts = [
        (label, row)
        for metric in _columns(facts)
        for label, row in _members_of(facts, metric)
        if outcome(row) != "untested"
    ]
    parts = [(label, row) for label, row in tested_parts if outcome(row) in MOVED]
    moved = [row for row in rows if outcome(row) in MOVED]
    said = {"count": words.number(len(rows)), "previous": previous}
    one = "_one" if len(rows) == 1 else ""
    if not rows:
        sentences = [words.say("support.untested")]
    elif not moved:
        wide = "all" if tested_parts and not parts else "only"
        sentences = [words.say(f"support.same_{wide}{one}", **said)]
    else:
        items = [_moved(facts, row, facts.label(row["metric"])) for row in moved]
        sentences = [words.say("support.moved", **said, items=words.listed(items))]
    if parts:
        items = [_moved(facts, row, f"{facts.label(row['metric'])}, {at}") for at, row in parts]
        sentences.append(words.say("support.moved_parts", **said, items=words.listed(items)))
    unusual = signals.finding(facts, metrics)
    return " ".join([*sentences, *([unusual["title"]] if unusual else [])])


def _moved(facts: Facts, row: Row, name: str) -> str:
    words = facts.words
    return words.say(
        "support.moved_item",
        metric=name,
        change=words.difference(row["unit"], row["change"]),
        value=words.measure(row["unit"], row["value"]),
        word=words.say(f"cards.{outcome(row)}"),
        p=words.chance(row["p_adjusted"]),
    )


def _members_of(facts: Facts, metric: str) -> list[tuple[str, Row]]:
    """The metric's printed parts with their labels, channels first."""
    return [
        (label, row)
        for dimension in _dimensions(facts)
        for member, label in facts.members.get(dimension, {}).items()
        if (row := facts.cells(dimension, metric).get(member)) is not None
    ]


def _times(facts: Facts) -> Panel | None:
    """Medians and 90th percentiles side by side; times are not tested."""
    metrics = _known(facts, *TIMES)
    if not metrics:
        return None
    figures = Figures(facts.words, "support")
    return {
        "heading": facts.words.say("support.times"),
        "note": facts.words.say("support.times_note"),
        "rows": [
            {
                "label": facts.label(metric),
                "median": _time(figures, facts.now(metric)),
                "p90": _time(figures, facts.now(TIMES[metric]))
                if TIMES[metric] in facts.series else None,
                "n": figures.plain_n(facts.now(metric)),
                **_target(figures, facts.now(metric)),
            }
            for metric in metrics
        ],
    }  # fmt: skip


def _time(figures: Figures, row: Row) -> Panel:
    return {
        "value": figures.value(row, coarse=True),
        "interval": figures.interval(row),
        "change": figures.change(row),
    }


def _target(figures: Figures, row: Row) -> Panel:
    known = row["value"] is not None
    state = target_state(row) if known else None
    target = figures.target(row) if known else None
    words = figures.language
    said = [words.say("cards.target", target=target["text"])] if target else []
    return {
        "target": target,
        "target_state": state,
        "target_text": ": ".join([*said, *([words.say(f"cards.target_{state}")] if state else [])])
        or None,
    }


def _shares(facts: Facts) -> Panel | None:
    """Shares of cases with their tests; what the bot did alone stands apart."""
    groups = [
        {"name": name, "heading": heading and facts.words.say(heading), "rows": rows}
        for name, heading, metrics in (("people", None, PEOPLE), ("bot", "support.bot", BOT))
        if (rows := [_share(facts, metric) for metric in _known(facts, *metrics)])
    ]
    if not groups:
        return None
    return {
        "heading": facts.words.say("support.shares"),
        "note": facts.words.say("support.shares_note"),
        "groups": groups,
    }


def _share(facts: Facts, metric: str) -> Panel:
    words, row = facts.words, facts.now(metric)
    figures = Figures(words, "support")
    state = outcome(row)
    return {
        "label": facts.label(metric),
        "value": figures.value(row),
        "interval": figures.interval(row),
        "n": figures.plain_n(row),
        "change": figures.change(row),
        "change_interval": _change_interval(figures, row),
        "state": state,
        "status": f"{words.say(f'cards.{state}')}, {words.probability(row['p_adjusted'])}"
        if state in MOVED
        else words.say(f"cards.{state}"),
        "last_year": figures.last_year(row),
        **_target(figures, row),
    }


def _change_interval(figures: Figures, row: Row) -> Figure | None:
    if row["change_low"] is None or row["change_high"] is None:
        return None
    return figures.between(
        figures.at(row, "change").removeprefix(f"{figures.place}/"),
        row, "change_low", "change_high", row["unit"], style="difference",
    )  # fmt: skip


def _count(facts: Facts, metric: str) -> Panel:
    """A count by month as bars; the reported month's figure stands above them."""
    words, rows = facts.words, facts.series[metric]
    figures = Figures(words, "support")
    row = rows[-1]
    change, last_year = figures.change(row), figures.last_year(row)
    previous = words.month_short(facts.period.shift(-1))
    bars, spoken = [], []
    for month, at in zip(facts.months, rows, strict=True):
        known = at["value"] is not None and not at["suppressed"]
        text = words.number(at["value"]) if known else figures.nothing(at)
        bars.append({"period": str(month), "value": at["value"] if known else None, "text": text})
        spoken.append(words.say("trend.item", month=words.month(month), value=text))
    drawn = [bar for bar in bars if bar["value"] is not None]
    return {
        "metric": metric,
        "heading": facts.label(metric),
        "value": figures.value(row),
        "change": change,
        "change_text": change
        and words.say("cards.change", change=change["text"], previous=previous),
        "last_year": last_year,
        "last_year_text": last_year and words.say("cards.last_year", value=last_year["text"]),
        "bars": bars if drawn else [],
        "gaps": words.say("support.gaps") if 0 < len(drawn) < len(bars) else None,
        "ticks": [
            {"period": str(m), "month": words.month_short(m), "year": str(m.year)}
            for m in facts.months
        ],
        "alt": words.say("support.alt", metric=facts.label(metric), values="; ".join(spoken)),
    }  # fmt: skip


def _dimensions(facts: Facts) -> tuple[str, ...]:
    """One segment's edition has that segment alone: it would only repeat the figures above."""
    return PARTS if facts.whole_company else PARTS[:1]


def _columns(facts: Facts) -> list[str]:
    """The metrics of the table by channel and segment, in its order."""
    times = [m for metric in _TIMES_OF_PARTS for m in (metric, TIMES[metric])]
    return _known(facts, "case_volume", "case_backlog", *times, *PEOPLE)


def _parts(facts: Facts) -> Panel | None:
    """The main figures by channel and by segment, where the month has cases of them."""
    words = facts.words
    figures = Figures(words, "support")
    columns = _columns(facts)
    groups = []
    for dimension in _dimensions(facts):
        cells = {metric: facts.cells(dimension, metric) for metric in columns}
        rows = [
            {
                "label": label,
                "cells": [_cell(facts, figures, metric, cells[metric].get(member))
                          for metric in columns],
            }
            for member, label in facts.members.get(dimension, {}).items()
            if any(member in found for found in cells.values())
        ]  # fmt: skip
        if rows:
            groups.append({"heading": words.say(f"support.{dimension}"), "rows": rows})
    if not groups:
        return None
    both = "parts" if len(groups) > 1 else "parts_channel"
    return {
        "heading": words.say(f"support.{both}"),
        "note": words.say("support.parts_note"),
        "columns": [
            {"label": facts.short_label(metric),
             "pair": facts.short_label(_median_of(metric)) if _median_of(metric) else None,
             "is_p90": metric in TIMES.values()}
            for metric in columns
        ],
        "groups": groups,
    }  # fmt: skip


def _median_of(metric: str) -> str:
    """The median whose pair of columns the metric stands in; empty for what is no time."""
    pairs = {p90: median for median, p90 in TIMES.items()}
    return metric if metric in TIMES else pairs.get(metric, "")


def _cell(facts: Facts, figures: Figures, metric: str, row: Row | None) -> Panel:
    """A part's figure with its n; a change only where its test passed."""
    if row is None:
        return {"value": None, "n": None, "shade": "", "change": None, "state": ""}
    moved = outcome(row) in MOVED
    counted = row["unit"] == "cases" or metric in TIMES.values()
    return {
        "value": figures.value(row, coarse=True),
        "n": figures.plain_n(row) if row["n"] and not counted else None,
        "shade": shade(row, facts.now(metric)["value"]),
        "change": figures.change(row) if moved else None,
        "state": outcome(row) if moved else "",
    }
