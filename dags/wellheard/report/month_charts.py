"""Charts over months: the cards' lines, the trend with its interval, who recommends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wellheard.report.charts import (
    AMBER,
    BAND,
    BLUE,
    GAPS,
    GREEN,
    GREY,
    MUTED,
    RED,
    SMALL,
    Label,
    Panel,
    Spec,
    apart,
    dots,
    labels,
    level,
    line,
    pixels,
    place,
    scale,
    text_width,
)  # fmt: skip

_SHARES = {"promoters": GREEN, "passives": GREY, "detractors": RED}
_SHARE_TEXT = {"promoters": GREEN, "passives": MUTED, "detractors": RED}
FOOT = 34  # room below the plot for months and years


def spark(panel: Panel, state: str, width: int = 134, height: int = 24, light: str = "") -> Spec:
    """A card's line: months, target dashed, the last month as a dot; `light` sets its colour."""
    colour = light or {"better": GREEN, "worse": RED}.get(state, BLUE)
    months = [{"i": i, "v": v} for i, v in enumerate(panel["values"])]
    x = _positions(0, max(len(months) - 1, 1))
    y = {
        "field": "v", "type": "quantitative", "axis": None,
        "scale": scale([*panel["values"], panel["target"]], 0.1),
    }  # fmt: skip
    layers = [
        line(x, y, colour, 1.5),
        dots(x, y, colour, 7, _alone(months)),
        dots(x, y, colour, 30, [m for m in months[-1:] if m["v"] is not None]),
    ]
    if panel["target"] is not None:
        layers.insert(0, level(y, panel["target"], [2, 2], light or MUTED, 0.8))
    return {
        "width": width - 8, "height": height,
        "padding": {"left": 2, "right": 6, "top": 5, "bottom": 5},
        "data": {"values": months}, "layer": layers,
    }  # fmt: skip


def trend(panel: Panel, fonts: Path, width: int, height: int) -> Spec:
    """Score by month with its interval band and target; the last value stands at its end."""
    months = [
        {"i": i, "v": p["value"], "low": p["low"], "high": p["high"]}
        for i, p in enumerate(panel["points"])
    ]
    target = panel["target"]["value"] if panel["target"] else None
    span = scale([*(m[k] for m in months for k in ("v", "low", "high")), target], 0.08)
    ends = _end_labels(panel, months[-1]["v"], target, span["domain"], height)
    left = 30
    right = 12 + max((label.width(fonts) for label in ends), default=0.0)
    plot = width - left - right
    ends = [_moved(label, plot + 9) for label in ends]
    x = _positions(0, max(len(months) - 1, 1))
    y = {
        "field": "v", "type": "quantitative", "scale": span, "axis": {"tickCount": 5},
    }  # fmt: skip
    band = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    known = [m for m in months if m["v"] is not None]
    step = plot / max(len(months) - 1, 1)
    gaps = [
        Label(p["missing"], step * i, height - 7, align="center", halo=True)
        for i, p in enumerate(panel["points"])
        if p["missing"]
    ]
    names = month_names(panel["ticks"], step, 0, height, fonts)
    layers: list[Spec] = [
        {"mark": {"type": "area", "color": BAND, "opacity": 1, **GAPS}, "encoding": band},
        {
            "data": {"values": _alone(months)},
            "mark": {"type": "rule", "color": BAND, "strokeWidth": 5},
            "encoding": band,
        },
        line(x, y, BLUE, 2),
        dots(x, y, BLUE, 16, known),
        dots(x, y, BLUE, 70, [m for m in months[-1:] if m["v"] is not None]),
        *labels([*ends, *_apart_gaps(gaps, fonts), *names], fonts),
    ]  # fmt: skip
    if target is not None:
        layers.insert(2, level(y, target, [4, 3], AMBER))
    return {
        "width": plot, "height": height,
        "padding": {"left": left, "right": right, "top": 8, "bottom": FOOT},
        "data": {"values": months}, "layer": layers,
    }  # fmt: skip


def _apart_gaps(gaps: list[Label], fonts: Path) -> list[Label]:
    """Gap labels that would touch the one before go a line higher."""
    done: list[Label] = []
    for gap in gaps:
        y = gap.y
        while any(
            other.y == y and other.x + (other.width(fonts) + gap.width(fonts)) / 2 + 4 > gap.x
            for other in done
        ):
            y -= 12
        done.append(Label(gap.text, gap.x, y, align="center", halo=True))
    return done


def _end_labels(
    panel: Panel, last: float | None, target: float | None, domain: Sequence[float], height: int
) -> list[Label]:
    """Value, interval and target at the right end, pushed apart where they would touch."""
    found = []
    if last is not None:
        found.append((place(last, domain, -height) + height, panel["latest"]["text"], "value"))
        if panel["interval"]:
            found.append((found[0][0] + 15, panel["interval"]["text"], "interval"))
    if target is not None:
        y = place(target, domain, -height) + height
        if found and y <= found[0][0]:
            found.insert(0, (min(y, found[0][0] - 19), panel["target_text"], "target"))
        else:
            found.append((y, panel["target_text"], "target"))
    levels = apart([y for y, _, _ in found], 16, height)
    looks: dict[str, dict[str, Any]] = {
        "value": {"colour": BLUE, "size": 17, "weight": 700},
        "interval": {"colour": MUTED},
        "target": {"colour": AMBER, "weight": 500},
    }
    return [
        Label(text, 0, at, **looks[kind]) for at, (_, text, kind) in zip(levels, found, strict=True)
    ]


def distribution(
    panel: Panel, ticks: Sequence[Panel], fonts: Path, width: int, height: int
) -> Spec:
    """Shares of promoters, passives and detractors by month; no bar where there is no data.

    The first and the last month's shares stand at the ends, in percent.
    """
    count = len(panel["bars"])
    known = [bar for bar in panel["bars"] if bar["parts"]]
    names = {
        part["bucket"]: f"{part['text']} {panel['labels'][part['bucket']]}"
        for part in known[-1]["parts"]
    }
    right = 8 + max(text_width(name, SMALL, fonts, 600) for name in names.values())
    left = 18
    plot = width - right - left
    room = plot / count
    parts = []
    for i, bar in enumerate(panel["bars"]):
        base = 0.0
        for part in bar["parts"]:
            parts.append(
                {
                    "left": room * i + 1, "right": room * (i + 1) - 1,
                    "v": base, "to": base + part["share"], "b": part["bucket"],
                }
            )  # fmt: skip
            base += part["share"]
    y = {
        "field": "v", "type": "quantitative", "axis": None,
        "scale": {"domain": [0, 100], "nice": False},
    }  # fmt: skip
    colour = {
        "field": "b", "type": "nominal", "legend": None,
        "scale": {"domain": list(_SHARES), "range": list(_SHARES.values())},
    }  # fmt: skip
    texts = [
        *_side(known[0], height, lambda part: part["text"], x=-4, align="right"),
        *_side(known[-1], height, lambda part: names[part["bucket"]], x=plot + 5, align="left"),
        *month_names(ticks, room, room / 2, height, fonts),
    ]
    return {
        "width": plot, "height": height,
        "padding": {"left": left, "right": right, "top": 8, "bottom": FOOT},
        "data": {"values": parts},
        "layer": [
            {
                "mark": {"type": "rect", "opacity": 1},
                "encoding": {"x": pixels("left"), "x2": {"field": "right"}, "y": y,
                             "y2": {"field": "to"}, "color": colour},
            },
            *labels(texts, fonts),
        ],
    }  # fmt: skip


def _side(bar: Panel, height: int, text: Any, *, x: float, align: str) -> list[Label]:
    """The parts of a bar as labels beside it, from the top."""
    middles, base = [], 0.0
    for part in bar["parts"]:
        middles.append((height * (1 - (base + part["share"] / 2) / 100), part))
        base += part["share"]
    middles.reverse()
    levels = apart([y for y, _ in middles], 13, height)
    return [
        Label(text(part), x, at, _SHARE_TEXT[part["bucket"]], weight=600, align=align)
        for at, (_, part) in zip(levels, middles, strict=True)
    ]


def month_names(
    ticks: Sequence[Panel], room: float, start: float, height: int, fonts: Path
) -> list[Label]:
    """Month names below the plot, as many as have room, the last one always; years below them."""
    widest = max(text_width(tick["month"], SMALL, fonts) for tick in ticks)
    step = max(1, math.ceil((widest + 4) / room))
    found, year = [], ""
    for i in range((len(ticks) - 1) % step, len(ticks), step):
        at = start + room * i
        found.append(Label(ticks[i]["month"], at, height + 14, align="center"))
        if ticks[i]["year"] != year:
            year = ticks[i]["year"]
            found.append(Label(year, at, height + 26, align="center"))
    return found


def _moved(label: Label, x: float) -> Label:
    return Label(label.text, x, label.y, label.colour, label.size, label.weight, label.align)


def _positions(first: float, last: float) -> Spec:
    return {
        "field": "i", "type": "quantitative", "axis": None,
        "scale": {"domain": [first, last], "nice": False},
    }  # fmt: skip


def _alone(months: list[Panel]) -> list[Panel]:
    """Months between two gaps: a line would not show them."""
    values = [None, *(m["v"] for m in months), None]
    return [
        m
        for i, m in enumerate(months)
        if m["v"] is not None and values[i] is None and values[i + 2] is None
    ]
