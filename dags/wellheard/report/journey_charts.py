"""The chart of the reported month: the journey's stages by channel."""

from __future__ import annotations

from pathlib import Path

from wellheard.report.charts import (
    BLUE,
    GREEN,
    GREY,
    INK,
    MUTED,
    PALE,
    PAPER,
    RED,
    Label,
    Panel,
    Spec,
    breaks_words,
    dots,
    labels,
    level,
    line,
    place,
    scale,
    wrap,
)  # fmt: skip

_SHADES = {"above": GREEN, "below": RED, "": BLUE}


def journey(panel: Panel, fonts: Path, width: int, height: int) -> Spec:
    """Score by stage: all answers with interval and line, channels as small dots.

    A stage's name stands under it where it fits on three lines, else its number alone: the table
    below the chart has both.
    """
    rows = panel["rows"]
    left, right = 30, 10
    plot = width - left - right
    room = plot / len(rows)
    stages, channels = [], []
    for i, row in enumerate(rows):
        value = row["value"]
        stages.append(
            {"i": i, "v": value["value"], "low": value["low"], "high": value["high"],
             "text": value["text"], "shade": row["shade"]}
        )  # fmt: skip
        for name, cell in zip(panel["channels"], row["channels"], strict=True):
            if cell["value"] and cell["value"]["value"] is not None:
                channels.append({"i": i, "v": cell["value"]["value"], "name": name})
    bounds = [s[k] for s in stages for k in ("v", "low", "high")] + [c["v"] for c in channels]
    span = scale(bounds, 0.12)
    x = {
        "field": "i", "type": "quantitative", "axis": None,
        "scale": {"domain": [-0.5, len(rows) - 0.5], "nice": False},
    }  # fmt: skip
    y = {"field": "v", "type": "quantitative", "scale": span, "axis": {"tickCount": 4}}
    colour = _shade_colour()
    layers: list[Spec] = []
    if panel["overall"]["value"] is not None:
        layers.append(level(y, panel["overall"]["value"], [4, 3], MUTED, 0.8))
    layers += [
        line(x, y, GREY, 1.6, interpolate="monotone"),
        dots(x, y, PALE, 20, channels),
        {
            "transform": [{"filter": "isValid(datum.low)"}],
            "mark": {"type": "rule", "strokeWidth": 2.4},
            "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"},
                         "color": colour},
        },
        {
            "transform": [{"filter": "isValid(datum.v)"}],
            "mark": {"type": "circle", "opacity": 1, "size": 110, "stroke": PAPER,
                     "strokeWidth": 1.4},
            "encoding": {"x": x, "y": y, "color": colour},
        },
    ]  # fmt: skip
    names, depth = _stage_names(rows, room, height, fonts)
    texts = _scores(stages, span["domain"], room, height, fonts)
    texts += _channel_names(channels, stages, texts, span["domain"], room, height, fonts)
    return {
        "width": plot, "height": height,
        "padding": {"left": left, "right": right, "top": 12, "bottom": depth},
        "data": {"values": stages}, "layer": [*layers, *labels([*texts, *names], fonts)],
    }  # fmt: skip


def _shade_colour() -> Spec:
    return {
        "field": "shade", "type": "nominal", "legend": None,
        "scale": {"domain": list(_SHADES), "range": list(_SHADES.values())},
    }  # fmt: skip


def _scores(
    stages: list[Panel], domain: list[float], room: float, height: int, fonts: Path
) -> list[Label]:
    """The score beside its dot, where a column has room for it."""
    found = []
    for stage in stages:
        if stage["v"] is None:
            found.append(
                Label(stage["text"], (stage["i"] + 0.5) * room, height - 8, align="center")
            )
            continue
        label = Label(
            stage["text"], (stage["i"] + 0.5) * room + 9,
            height - place(stage["v"], domain, height),
            _SHADES[stage["shade"]], 11, 700, halo=True,
        )  # fmt: skip
        if label.width(fonts) + 12 <= room - 6:
            found.append(label)
    return found


def _channel_names(
    channels: list[Panel], stages: list[Panel], taken: list[Label], domain: list[float],
    room: float, height: int, fonts: Path,
) -> list[Label]:  # fmt: skip
    """Name the best channel of a stage above its column and the worst below, where it has room."""
    found: list[Label] = []
    for i in sorted({channel["i"] for channel in channels}):
        here = sorted((c for c in channels if c["i"] == i), key=lambda c: c["v"])
        if len(here) < 2:
            continue
        ends = [stages[i][end] for end in ("low", "high") if stages[i][end] is not None]
        levels = [height - place(v, domain, height) for v in (here[0]["v"], here[-1]["v"], *ends)]
        for channel, at in ((here[0], max(levels) + 10), (here[-1], min(levels) - 10)):
            label = Label(channel["name"], (i + 0.5) * room, at, align="center", halo=True)
            free = not any(_touch(label, other, fonts) for other in (*taken, *found))
            if free and label.width(fonts) <= room - 4 and -8 <= at <= height + 2:
                found.append(label)
    return found


def _touch(one: Label, two: Label, fonts: Path) -> bool:
    a, b = one.box(fonts), two.box(fonts)
    return a[0] < b[2] + 2 and b[0] < a[2] + 2 and a[1] < b[3] + 1 and b[1] < a[3] + 1


def _stage_names(
    rows: list[Panel], room: float, height: int, fonts: Path
) -> tuple[list[Label], int]:
    """The names below the plot and the room they take; numbers where names do not fit."""
    size, weight = 10.0, 500
    wrapped = [wrap(row["label"], size, room - 8, fonts, weight) for row in rows]
    if any(len(lines) > 3 for lines in wrapped) or any(
        breaks_words(row["label"], size, room - 8, fonts, weight) for row in rows
    ):
        wrapped = [[row["number"]] for row in rows]
    names = [
        Label(text, (i + 0.5) * room, height + 16 + 12 * number, INK, size, weight, "center")
        for i, lines in enumerate(wrapped)
        for number, text in enumerate(lines)
    ]
    return names, 12 + 12 * max(len(lines) for lines in wrapped)
