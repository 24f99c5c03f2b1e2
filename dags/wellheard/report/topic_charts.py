"""Charts of drivers (importance against satisfaction) and of customers who stay."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wellheard.report.charts import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    PAPER,
    RED,
    SMALL,
    Label,
    Panel,
    Spec,
    apart,
    labels,
    place,
    scale,
    text_width,
)

_LEFT, _FOOT, _TOP = 30, 34, 22


def drivers(panel: Panel, fonts: Path, width: int, height: int) -> Spec | None:
    """Every driver at its share satisfied (across) and importance (up), both with intervals.

    Drivers not told from chance are hollow. None where no driver has both figures.
    """
    rows = [
        {
            "x": row["performance"]["value"],
            "left": row["performance"]["low"],
            "right": row["performance"]["high"],
            "y": row["share"]["value"],
            "low": row["share"]["low"],
            "high": row["share"]["high"],
            "name": row["label"],
            "proven": proven,
        }
        for group, proven in ((panel["rows"], True), (panel["apart"], False))
        for row in group
        if row["performance"]["value"] is not None and row["share"]["value"] is not None
    ]
    if not rows:
        return None
    plot = width - _LEFT - 10
    across = scale([row[k] for row in rows for k in ("x", "left", "right")], 0.12)
    up = scale([0.0, *(row[k] for row in rows for k in ("y", "low", "high"))], 0.08)
    up["domain"][0] = 0.0
    x = {"field": "x", "type": "quantitative", "scale": across, "axis": {"tickCount": 5}}
    y = {"field": "y", "type": "quantitative", "scale": up, "axis": {"tickCount": 4}}
    spans = {"type": "rule", "strokeWidth": 1.2, "color": "#b9c7d5"}
    layers: list[Spec] = [
        {"transform": [{"filter": "isValid(datum.low)"}], "mark": spans,
         "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}},
        {"transform": [{"filter": "isValid(datum.left)"}], "mark": spans,
         "encoding": {"y": y, "x": {**x, "field": "left"}, "x2": {"field": "right"}}},
        _dots(x, y, [row for row in rows if row["proven"]], BLUE),
        _dots(x, y, [row for row in rows if not row["proven"]], PAPER),
    ]  # fmt: skip
    texts = [
        *_names(rows, across["domain"], up["domain"], plot, height, fonts),
        Label(panel["share_title"], -_LEFT, -13, MUTED),
        Label(panel["performance_title"], plot, height + 26, MUTED, align="right"),
    ]
    return {
        "width": plot, "height": height,
        "padding": {"left": _LEFT, "right": 10, "top": _TOP, "bottom": _FOOT},
        "data": {"values": rows}, "layer": [*layers, *labels(texts, fonts)],
    }  # fmt: skip


def _dots(x: Spec, y: Spec, rows: Sequence[Panel], fill: str) -> Spec:
    return {
        "data": {"values": list(rows)},
        "mark": {"type": "point", "filled": True, "fill": fill, "stroke": BLUE, "opacity": 1,
                 "size": 60, "strokeWidth": 1.3},
        "encoding": {"x": x, "y": y},
    }  # fmt: skip


def _names(
    rows: Sequence[Panel], across: Sequence[float], up: Sequence[float], plot: float, height: int,
    fonts: Path,
) -> list[Label]:  # fmt: skip
    """A name beside each dot where one of a dozen places is free; the table has them all."""
    spots = [(place(row["x"], across, plot), height - place(row["y"], up, height)) for row in rows]
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y in spots]
    found: list[Label] = []
    for row, (x, y) in zip(rows, spots, strict=True):
        colour, weight = (INK, 500) if row["proven"] else (MUTED, 400)
        for dx, dy, align in _PLACES:
            label = Label(row["name"], x + dx, y + dy, colour, SMALL, weight, align, halo=True)
            box = label.box(fonts)
            inside = box[0] >= -8 and box[2] <= plot + 8 and box[1] >= -6 and box[3] <= height
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                found.append(label)
                break
    return found


_PLACES = (
    (9, -9, "left"), (9, 9, "left"), (-9, -9, "right"), (-9, 9, "right"), (0, -14, "center"),
    (0, 14, "center"), (9, -20, "left"), (-9, -20, "right"), (9, 20, "left"), (-9, 20, "right"),
    (-20, -14, "left"), (-20, -26, "left"), (20, -26, "right"),
    (12, -2, "left"), (-12, -2, "right"),
)  # fmt: skip


def _overlap(one: Sequence[float], two: Sequence[float]) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


_CURVES: dict[str, tuple[str, str, list[float]]] = {  # line, band, dashes
    "all": (INK, "#e4e9ef", [2, 2]),
    "promoter": (GREEN, "#cde6d9", [1, 0]),
    "passive": (MUTED, "#e4e9ef", [5, 2]),
    "detractor": (RED, "#f6d5cc", [1, 0]),
}
_NEAR_EDGE = 0.9  # of the chart's width; who ends before is named there, not at the edge


def survival(panel: Panel, fonts: Path, width: int, height: int) -> Spec:
    """Share of customers still there by months of tenure; each curve named at its end."""
    curves = panel["curves"]
    points = [point for curve in curves for point in curve["points"]]
    last = max(point["month"] for point in points)
    first = min(point["month"] for point in points)
    up = scale([point[k] for point in points for k in ("value", "low", "high")], 0.03)
    up["domain"][1] = min(up["domain"][1], 100.0)
    names = {c["curve"]: c["label"] for c in curves}
    right = 10 + max(text_width(name, SMALL, fonts, 600) for name in names.values())
    plot = width - _LEFT - right
    along = [first, max(last, first + 1)]
    x = {"field": "month", "type": "quantitative", "axis": {"tickCount": 6, "grid": False},
         "scale": {"domain": along, "nice": False}}  # fmt: skip
    y = {"field": "value", "type": "quantitative", "scale": up, "axis": {"tickCount": 4}}
    layers: list[Spec] = []
    for curve in curves:
        if curve["curve"] in ("promoter", "detractor") or len(curves) == 1:
            layers.append(
                {
                    "data": {"values": curve["points"]},
                    "mark": {"type": "area", "color": _CURVES[curve["curve"]][1], "opacity": 0.7,
                             "interpolate": "step-after"},
                    "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
                }
            )  # fmt: skip
    for curve in curves:
        colour, _, dash = _CURVES[curve["curve"]]
        layers.append(
            {
                "data": {"values": curve["points"]},
                "mark": {"type": "line", "color": colour, "strokeWidth": 1.6, "strokeDash": dash,
                         "interpolate": "step-after"},
                "encoding": {"x": x, "y": y},
            }
        )  # fmt: skip
    spots = [
        (
            height - place(c["points"][-1]["value"], up["domain"], height),
            place(c["points"][-1]["month"], along, plot),
            c["curve"],
        )
        for c in curves
    ]
    ends = sorted(spot for spot in spots if spot[1] >= _NEAR_EDGE * plot)
    heights = apart([at for at, _, _ in ends], 12, height)
    texts = [
        Label(names[curve], plot + 6, at, _CURVES[curve][0], weight=600)
        for at, (_, _, curve) in zip(heights, ends, strict=True)
    ]
    # At the edge, the few who are followed for three months would seem to stay for five years.
    early = [
        Label(names[curve], across, at - 8, _CURVES[curve][0], weight=600, halo=True)
        for at, across, curve in spots
        if across < _NEAR_EDGE * plot
    ]
    texts += early
    texts.append(Label(panel["axis"], plot, height + 26, MUTED, align="right"))
    return {
        "width": plot, "height": height,
        "padding": {"left": _LEFT, "right": right, "top": 16 if early else 8, "bottom": _FOOT},
        "data": {"values": points}, "layer": [*layers, *labels(texts, fonts)],
    }  # fmt: skip
