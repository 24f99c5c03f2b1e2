"""Charts as SVG with real text: Vega-Lite through vl-convert, no browser and no network.

Sizes and places are CSS pixels (1/96 inch). Labels of people's making enter a chart as data values
only, never as expressions. This module holds what all charts share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

Spec = dict[str, Any]
Panel = dict[str, Any]

INK, MUTED, RULE, PAPER = "#14273d", "#56657a", "#dde3ea", "#ffffff"
BLUE, BAND, PALE = "#0b4f80", "#d3e3ef", "#9fb0c2"
GREEN, RED, GREY, AMBER = "#1b7351", "#b93a22", "#c3cbd5", "#8a5a00"
FONT = "Inter"
SMALL = 9.5  # the smallest text of a chart: 7.1 pt
GAPS = {"invalid": "break-paths-show-domains"}
_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_VERSION = "6.4"
_WEIGHTS = {400: "Regular", 500: "Medium", 600: "SemiBold", 700: "Bold"}
_CONFIG: Spec = {
    "aria": False,
    "background": None,
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED, "labelFont": FONT, "labelFontSize": SMALL, "labelPadding": 6,
        "domain": False, "ticks": False, "grid": True, "title": None, "labelOverlap": False,
        "labelLimit": 0, "labelFlush": False, "labelBound": False, "gridColor": RULE,
        "gridWidth": 0.7,
    },
    "text": {"font": FONT},
}  # fmt: skip


@dataclass(frozen=True)
class Label:
    """A line of text at a place in the plot; `halo` clears what is drawn behind it."""

    text: str
    x: float
    y: float
    colour: str = MUTED
    size: float = SMALL
    weight: int = 400
    align: str = "left"
    halo: bool = False

    def width(self, fonts: Path) -> float:
        return text_width(self.text, self.size, fonts, self.weight)

    def box(self, fonts: Path) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        width = self.width(fonts)
        left = self.x - {"left": 0.0, "center": width / 2, "right": width}[self.align]
        return left, self.y - self.size * 0.55, left + width, self.y + self.size * 0.55


def svg(spec: Spec, alt: str, fonts: Path, locale: Spec) -> Markup:
    """Render a spec; `alt` is its text alternative, which the PDF's figure carries.

    `fonts` is the folder of the bundled fonts, by which text is measured; `locale` has the signs
    of the numbers on axes.
    """
    import vl_convert

    _register(fonts)
    image = vl_convert.vegalite_to_svg(
        {
            "$schema": _SCHEMA,
            "config": {**_CONFIG, "locale": {"number": locale}},
            "autosize": {"type": "none"},
            **spec,
        },
        vl_version=_VERSION,
        allowed_base_urls=[],
    )
    start = image.index("<svg")
    end = image.index(">", start) + 1
    title = Markup("<title>{}</title>").format(alt)
    return Markup(image[start:end]) + title + Markup(image[end:])


@cache
def _register(fonts: Path) -> None:
    import vl_convert

    vl_convert.register_font_directory(str(fonts))


@cache
def _advances(font: Path) -> tuple[dict[int, int], int]:
    """Per code point the width of its glyph, and the units per em."""
    from fontTools.ttLib import TTFont

    with TTFont(font, lazy=True) as opened:
        widths, units = opened["hmtx"], opened["head"].unitsPerEm
        return {p: widths[g][0] for p, g in opened.getBestCmap().items()}, units


def text_width(text: str, size: float, fonts: Path, weight: int = 400) -> float:
    """The width of a line of Inter in pixels; characters of other scripts count as wide as tall."""
    widths, units = _advances(fonts / f"Inter-{_WEIGHTS[weight]}.ttf")
    return sum(widths.get(ord(c), units) for c in text) * size / units


def wrap(text: str, size: float, room: float, fonts: Path, weight: int = 400) -> list[str]:
    """The text on lines of a width: broken at spaces, and within words that are longer."""
    lines: list[str] = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if text_width(joined, size, fonts, weight) <= room:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for character in word:
            if lines[-1] and text_width(lines[-1] + character, size, fonts, weight) > room:
                lines.append("")
            lines[-1] += character
    return lines


def breaks_words(text: str, size: float, room: float, fonts: Path, weight: int = 400) -> bool:
    """Whether a word of the text is longer than a line."""
    return any(text_width(word, size, fonts, weight) > room for word in text.split())


def labels(texts: Sequence[Label], fonts: Path) -> list[Spec]:
    """Layers that print the labels at their places, halos beneath."""
    halos = [label.box(fonts) for label in texts if label.halo]
    layers: list[Spec] = []
    if halos:
        layers.append(
            {
                "data": {"values": [dict(zip("abcd", box, strict=True)) for box in halos]},
                "mark": {"type": "rect", "color": PAPER, "opacity": 1},
                "encoding": {"x": pixels("a"), "y": pixels("b"), "x2": {"field": "c"},
                             "y2": {"field": "d"}},
            }
        )  # fmt: skip
    groups: dict[tuple[str, float, int, str], list[Panel]] = {}
    for label in texts:
        kind = (label.colour, label.size, label.weight, label.align)
        groups.setdefault(kind, []).append({"t": label.text, "x": label.x, "y": label.y})
    for (colour, size, weight, align), places in groups.items():
        layers.append(
            {
                "data": {"values": places},
                "mark": {"type": "text", "fill": colour, "fontSize": size, "fontWeight": weight,
                         "align": align, "baseline": "middle"},
                "encoding": {"x": pixels("x"), "y": pixels("y"), "text": {"field": "t"}},
            }
        )  # fmt: skip
    return layers


def pixels(field: str) -> Spec:
    """A place in pixels."""
    return {"field": field, "type": "quantitative", "scale": None, "axis": None}


def line(x: Spec, y: Spec, colour: str, width: float, **more: Any) -> Spec:
    """A line that breaks where there is no value."""
    mark = {"type": "line", "color": colour, "strokeWidth": width, **GAPS, **more}
    return {"mark": mark, "encoding": {"x": x, "y": y}}


def dots(x: Spec, y: Spec, colour: str, size: float, values: Sequence[Panel]) -> Spec:
    mark = {"type": "circle", "color": colour, "opacity": 1, "size": size}
    return {"data": {"values": list(values)}, "mark": mark, "encoding": {"x": x, "y": y}}


def level(y: Spec, value: float, dash: list[float], colour: str, width: float = 1) -> Spec:
    """A dashed line across the plot."""
    mark = {"type": "rule", "color": colour, "strokeDash": dash, "strokeWidth": width}
    return {
        "data": {"values": [{"v": value}]},
        "mark": mark,
        "encoding": {"y": {**y, "field": "v"}},
    }


def scale(bounds: Sequence[float | None], room: float) -> Spec:
    """A scale over the values with a share of room at both ends."""
    known = [bound for bound in bounds if bound is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    more = (high - low) * room or 1.0
    return {"domain": [low - more, high + more], "nice": False, "zero": False}


def place(value: float, domain: Sequence[float], length: float) -> float:
    """Where a value stands on an axis of a length, from its low end."""
    return length * (value - domain[0]) / (domain[1] - domain[0])


def apart(levels: Sequence[float], gap: float, end: float) -> list[float]:
    """Heights in their order, moved as little as keeps them a gap apart and within 0 .. end."""
    done: list[float] = []
    for wanted in levels:
        done.append(max(wanted, done[-1] + gap) if done else max(wanted, 0.0))
    limit = end
    for index in reversed(range(len(done))):
        done[index] = min(done[index], limit)
        limit = done[index] - gap
    return done
