"""Charts of the support page: a count by month as bars."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from wellheard.report.charts import (
    BLUE,
    MUTED,
    PALE,
    SMALL,
    Label,
    Panel,
    Spec,
    labels,
    pixels,
    text_width,
)
from wellheard.report.month_charts import FOOT, month_names

_ABOVE = 16  # room for the numbers over the bars


def bars(panel: Panel, fonts: Path, width: int, height: int) -> Spec:
    """One bar per month from zero, the last one dark; numbers above as many as have room.

    A month without a number has a dash, told apart from a bar of nothing.
    """
    shown: list[dict[str, Any]] = panel["bars"]
    room = width / len(shown)
    top = max((bar["value"] or 0.0 for bar in shown), default=0.0) or 1.0
    rects, texts = [], []
    last = len(shown) - 1
    known = [bar["text"] for bar in shown if bar["value"] is not None]
    widest = max(text_width(text, SMALL, fonts, 600) for text in known)
    step = max(1, math.ceil((widest + 3) / room))
    for i, bar in enumerate(shown):
        middle = room * (i + 0.5)
        if bar["value"] is None:
            texts.append(Label("–", middle, height - 7, align="center"))
            continue
        upper = height - (height - _ABOVE) * bar["value"] / top
        rects.append(
            {"left": room * i + 2, "right": room * (i + 1) - 2, "top": upper, "bottom": height,
             "c": BLUE if i == last else PALE}
        )  # fmt: skip
        if (last - i) % step == 0:
            texts.append(
                Label(bar["text"], middle, upper - 7, BLUE if i == last else MUTED,
                      weight=600 if i == last else 400, align="center")
            )  # fmt: skip
    return {
        "width": width, "height": height,
        "padding": {"left": 0, "right": 0, "top": 2, "bottom": FOOT},
        "data": {"values": rects},
        "layer": [
            {
                "mark": {"type": "rect", "opacity": 1},
                "encoding": {
                    "x": pixels("left"), "x2": {"field": "right"},
                    "y": pixels("top"), "y2": {"field": "bottom"},
                    "color": {"field": "c", "type": "nominal", "scale": None, "legend": None},
                },
            },
            *labels([*texts, *month_names(panel["ticks"], room, room / 2, height, fonts)], fonts),
        ],
    }  # fmt: skip
