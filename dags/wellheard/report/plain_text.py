"""Text from people made safe to print: no control or direction tricks, no glyph a font lacks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set
from functools import cache
from pathlib import Path

UNKNOWN = "□"  # stands for a character that no bundled font can draw
_SPACES = re.compile(r"\s+")
_ZERO_WIDTH_NON_JOINER = "\u200c"  # Persian and others spell with it
_DROPPED = {
    "Cc",  # control characters
    "Cf",  # direction overrides and isolates, joiners, tags, byte order marks
    "Cs",  # halves of surrogate pairs
}
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)


@cache
def covered(fonts: Path) -> Set[int]:
    """The code points that the TrueType fonts in a folder can draw."""
    from fontTools.ttLib import TTFont

    points: set[int] = set()
    for path in sorted(fonts.glob("*.ttf")):
        with TTFont(path, lazy=True) as font:
            points.update(font.getBestCmap() or {})
    return frozenset(points)


def plain(text: str, drawable: Set[int]) -> str:
    """The text on one line, without invisible characters; `□` for what cannot be drawn.

    Markup, template syntax and links are left as they are: the templates print them as text.
    """
    composed = unicodedata.normalize("NFC", text)
    spaced = _SPACES.sub(" ", composed.replace("\u2028", " ").replace("\u2029", " "))
    kept = []
    for character in spaced:
        point = ord(character)
        if character == _ZERO_WIDTH_NON_JOINER:
            kept.append(character)
        elif unicodedata.category(character) in _DROPPED or point in _VARIATION_SELECTORS:
            continue
        else:
            private = unicodedata.category(character) == "Co"  # means nothing outside one font
            kept.append(character if point in drawable and not private else UNKNOWN)
    return "".join(kept).strip()
