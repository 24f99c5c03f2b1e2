"""The parts of pages one and two: cards, trend, journey, touchpoints, key figures by month."""

from __future__ import annotations

from typing import Any

from wellheard.report import panels_support
from wellheard.report.edition_facts import Facts
from wellheard.report.figures import MOVED, Figures, Row, outcome, shade, target_state

Panel = dict[str, Any]


def cards(facts: Facts) -> list[Panel]:
    """One card per headline metric that has any data in the months shown."""
    return [_card(facts, metric) for metric in facts.headline]


def _card(facts: Facts, metric: str) -> Panel:
    words, row = facts.words, facts.now(metric)
    figures = Figures(words, "cards")
    previous = words.month_short(facts.period.shift(-1))
    state = outcome(row)
    change = figures.change(row)
    if row["suppressed"]:
        status = words.say("cards.hidden")
    elif row["value"] is None:
        status = words.say("cards.no_data", month=words.month_name(facts.period))
    elif change is None:
        status = words.say("cards.first")
    else:
        status = words.say(f"cards.{state}_long" if state in MOVED else f"cards.{state}")
    last_year = figures.last_year(row) if row["value"] is not None else None
    interval = figures.interval(row)
    target = figures.target(row) if row["value"] is not None else None
    reached = target_state(row)
    return {
        "metric": metric,
        "label": facts.label(metric),
        "state": state if row["value"] is not None else "untested",
        "value": figures.value(row),
        "counted_in": words.say("cards.business_hours") if row["unit"] == "minutes" else None,
        "change": change,
        "change_text": change
        and words.say("cards.change", change=change["text"], previous=previous),
        "status": status,
        "interval": interval,
        "interval_text": interval and words.say("cards.interval_short", interval=interval["text"]),
        "n": figures.sample(row),
        "target": target,
        "target_text": target
        and " · ".join(
            [words.say("cards.target", target=target["text"])]
            + ([words.say(f"cards.target_{reached}")] if reached else [])
        ),
        "target_state": reached,
        "last_year": last_year,
        "last_year_text": last_year and words.say("cards.last_year", value=last_year["text"]),
        "spark": _spark(facts, metric),
    }


def _spark(facts: Facts, metric: str) -> Panel:
    words, rows = facts.words, facts.series[metric]
    target = rows[-1]["target"]
    months = [words.month(month) for month in (facts.months[0], facts.months[-1])]
    said = {
        "metric": facts.label(metric),
        "first": months[0],
        "last": months[1],
        "values": ", ".join(_spoken(facts, row) for row in rows),
    }
    if target is None:
        alt = words.say("cards.spark_plain", **said)
    else:
        alt = words.say("cards.spark", **said, target=words.measure(rows[-1]["unit"], target))
    return {"values": [row["value"] for row in rows], "target": target, "alt": alt}


def _spoken(facts: Facts, row: Row) -> str:
    """A value as an alternative text says it: `too few` or `no data` where there is none."""
    words = facts.words
    if row["suppressed"] or row["value"] is None:
        return Figures(words, "spoken").nothing(row)
    return words.measure(row["unit"], row["value"])


def month_ticks(facts: Facts) -> list[dict[str, str]]:
    """Per month its short name and its year, for an axis."""
    return [
        {"period": str(m), "month": facts.words.month_short(m), "year": str(m.year)}
        for m in facts.months
    ]


def trend(facts: Facts) -> Panel | None:
    """The trend metric by month with its interval, and who recommends; None without any data."""
    words, metric = facts.words, facts.report.trend
    if metric not in facts.series:
        return None
    figures = Figures(words, "trend")
    rows = facts.series[metric]
    row = rows[-1]
    points: list[Panel] = []
    spoken: list[str] = []
    for month, at in zip(facts.months, rows, strict=True):
        interval = figures.interval(at)
        points.append(
            {
                "period": str(month),
                "value": at["value"],
                "low": at["low"],
                "high": at["high"],
                "missing": None if at["value"] is not None else _spoken(facts, at),
            }
        )
        said = {"month": words.month(month), "value": _spoken(facts, at)}
        if interval:
            spoken.append(words.say("trend.item_interval", **said, interval=interval["text"]))
        else:
            spoken.append(words.say("trend.item", **said))
    target = figures.target(row)
    return {
        "metric": metric,
        "heading": words.say("trend.heading", metric=facts.label(metric)),
        "note": words.say(
            "trend.note", n=words.number(row["n"] or 0), month=words.month(facts.period)
        ),
        "ticks": month_ticks(facts),
        "points": points,
        "latest": figures.value(row),
        "interval": figures.interval(row),
        "interval_title": words.say("trend.axis_interval"),
        "target": target,
        "target_text": target and words.say("trend.target", value=target["text"]),
        "alt": words.say("trend.alt", metric=facts.label(metric), values="; ".join(spoken)),
        "distribution": _distribution(facts) if metric == "nps" else None,
    }


def _distribution(facts: Facts) -> Panel | None:
    words = facts.words
    shares: dict[str, dict[str, Row]] = {}
    for row in facts.results["distribution"]:
        shares.setdefault(row["period"], {})[row["bucket"]] = row
    bars: list[Panel] = []
    spoken: list[str] = []
    for month in facts.months:
        parts = shares.get(str(month), {})
        known = {b: r for b, r in parts.items() if r["share"] is not None}
        if not known:
            bars.append({"period": str(month), "parts": []})
            spoken.append(words.say("trend.gap", month=words.month(month)))
            continue
        bars.append(
            {
                "period": str(month),
                "parts": [
                    {
                        "bucket": bucket,
                        "share": known[bucket]["share"],
                        "text": words.number(known[bucket]["share"]),
                    }
                    for bucket in ("detractors", "passives", "promoters")
                    if bucket in known
                ],
            }
        )
        texts = {b: words.number(known[b]["share"]) if b in known else "–" for b in _BUCKETS}
        spoken.append(words.say("trend.distribution_item", month=words.month(month), **texts))
    if not any(bar["parts"] for bar in bars):
        return None
    return {
        "heading": words.say("trend.distribution"),
        "note": words.say("trend.distribution_note"),
        "bars": bars,
        "labels": {bucket: words.say(f"trend.{bucket}") for bucket in _BUCKETS},
        "alt": words.say("trend.distribution_alt", values="; ".join(spoken)),
    }


_BUCKETS = ("promoters", "passives", "detractors")


def journey(facts: Facts) -> Panel | None:
    """The journey metric by stage and channel; None when no answer belongs to a stage."""
    words, metric = facts.words, facts.journey_metric()
    if metric is None:
        return None
    figures = Figures(words, "journey")
    stages = facts.cells("journey_stage", metric)
    crosses = facts.cells("journey_stage|channel", metric)
    labels = facts.members["journey_stage"]
    met = {cross.partition("|")[2] for cross in crosses}
    channels = {c: name for c, name in facts.members.get("channel", {}).items() if c in met}
    visited = _visited(facts)
    overall = facts.now(metric)
    rows, spoken = [], []
    for number, member in enumerate((m for m in labels if m in stages), start=1):
        row = stages[member]
        interval = figures.interval(row)
        rows.append(
            {
                "number": words.number(number),
                "label": labels[member],
                **_scored(figures, row, overall["value"]),
                "channels": [
                    _cell(
                        figures,
                        crosses.get(f"{member}|{channel}"),
                        overall["value"],
                        is_visited=visited is None or (member, channel) in visited,
                    )
                    for channel in channels
                ],
            }
        )
        spoken.append(
            words.say(
                "journey.item",
                stage=labels[member],
                value=_spoken(facts, row),
                interval=interval["text"] if interval else words.say("words.none"),
            )
        )
    total = figures.value(overall)
    label = facts.label(metric)
    is_absent = any(cell["state"] == "absent" for row in rows for cell in row["channels"])
    absent = [words.say("journey.legend_absent")] if is_absent else []
    return {
        "metric": metric,
        "unit": overall["unit"],
        "better": overall["better"],
        "heading": words.say("journey.heading", metric=label),
        "table": words.say("journey.table", metric=label, month=words.month(facts.period)),
        "rows": rows,
        "channels": list(channels.values()),
        "groups": _groups(list(channels.values()), 7),
        "overall": total,
        "previous": words.say("journey.change", previous=words.month_short(facts.period.shift(-1))),
        "note": words.say(
            "journey.note" if channels else "journey.note_plain", overall=total["text"]
        ),
        "legend": " ".join([_legend(facts, total["text"], crossed=bool(channels)), *absent]),
        "alt": words.say("journey.alt", metric=label, values="; ".join(spoken)),
    }


def _visited(facts: Facts) -> set[tuple[str, str]] | None:
    """Stages and channels through which customers were met there; None where nobody tells."""
    rows = facts.results.get("journey_cells")
    if rows is None:
        return None
    return {
        (row["journey_stage"], row["channel"])
        for row in rows
        if row["n"] != 0 or row["volume"] != 0  # too few to say how many were some
    }


def _legend(facts: Facts, overall: str, *, crossed: bool) -> str:
    """How to read a heat table; without columns of a second dimension it has no small figures."""
    return facts.words.say("journey.legend" if crossed else "journey.legend_plain", overall=overall)


def _scored(figures: Figures, row: Row, overall: float | None) -> Panel:
    state = outcome(row)
    return {
        "value": figures.value(row),
        "interval": figures.interval(row),
        "n": figures.plain_n(row),
        "change": figures.change(row),
        "state": state,
        "status": figures.language.say(f"cards.{state}"),
        "shade": shade(row, overall),
    }


def _cell(
    figures: Figures, row: Row | None, overall: float | None, *, is_visited: bool = True
) -> Panel:
    """One small cell of a heat table.

    `state` as on the journey map: `absent`: nobody was met there; `silent`: nobody answered.
    """
    if row is None or row["n"] == 0:
        state = "silent" if is_visited else "absent"
        return {"state": state, "value": None, "n": None, "shade": ""}
    return {
        "state": "scored" if row["value"] is not None else "hidden",
        "value": figures.value(row, coarse=True),
        "n": figures.plain_n(row) if row["n"] else None,
        "shade": shade(row, overall),
    }


def _groups(names: list[str], size: int) -> list[Panel]:
    """The columns of a wide table cut into tables of at most `size`, each as even as can be."""
    count = max(1, -(-len(names) // size))
    each = -(-len(names) // count) if names else 0
    return [
        {"names": names[at : at + each], "start": at, "end": at + each}
        for at in range(0, len(names), each or 1)
    ] or [{"names": [], "start": 0, "end": 0}]


def touchpoints(facts: Facts) -> Panel | None:
    """The journey metric by touchpoint and segment; None when no answer belongs to a touchpoint."""
    words, metric = facts.words, facts.journey_metric("touchpoint")
    if metric is None:
        return None
    figures = Figures(words, "touchpoints")
    cells = facts.cells("touchpoint", metric)
    # One segment's edition has that segment alone: it would only repeat the score.
    crosses = facts.cells("touchpoint|segment", metric) if facts.whole_company else {}
    met = {cross.partition("|")[2] for cross in crosses}
    segments = {s: name for s, name in facts.members.get("segment", {}).items() if s in met}
    overall = facts.now(metric)
    return {
        "metric": metric,
        "heading": words.say(
            "numbers.touchpoints" if segments else "numbers.touchpoints_only",
            metric=facts.label(metric),
            month=words.month(facts.period),
        ),
        "segments": list(segments.values()),
        "groups": _groups(list(segments.values()), 3),
        "previous": words.say("journey.change", previous=words.month_short(facts.period.shift(-1))),
        "rows": [
            {
                "label": label,
                **_scored(figures, cells[member], overall["value"]),
                "segments": [
                    _cell(figures, crosses.get(f"{member}|{segment}"), overall["value"])
                    for segment in segments
                ],
            }
            for member, label in facts.members["touchpoint"].items()
            if member in cells
        ],
        "legend": _legend(facts, figures.value(overall)["text"], crossed=bool(segments)),
    }


def months(facts: Facts) -> Panel:
    """Every headline metric by month, and what no other page prints."""
    words = facts.words
    figures = Figures(words, "months")
    # What is tested and stands neither on page one nor on the support page is printed here.
    asked = [metric for metric in facts.judged if metric not in panels_support.METRICS]
    metrics = list(dict.fromkeys([*asked, *facts.headline]))
    has_times = any(facts.compact(metric) for metric in metrics)
    return {
        "note": words.say("numbers.business_hours") if has_times else None,
        "columns": [facts.short_label(metric) for metric in metrics],
        "rows": [
            {
                "month": words.month(month),
                "cells": [
                    figures.value(facts.series[metric][index], coarse=facts.compact(metric))
                    for metric in metrics
                ],
            }
            for index, month in enumerate(facts.months)
        ],
    }
