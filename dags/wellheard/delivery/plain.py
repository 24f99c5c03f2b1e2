"""Text made safe to put into a message: no control characters, no tricks with direction."""

from __future__ import annotations

import re
import unicodedata

# Control, formatting (direction overrides among them), halves of surrogate pairs, private use.
_DROPPED = {"Cc", "Cf", "Cs", "Co"}
_BREAKS = re.compile(r"[^\S\u00a0\u202f]+")  # any white space but the spaces that do not break
_JOINERS = "\u200c\u200d"  # part of how many languages, and of how emoji, are spelt


def printable(text: str) -> str:
    """The text without invisible characters that could mislead; its lines stay."""
    return "".join(
        character
        for character in text
        if character in "\n\t"
        or character in _JOINERS
        or unicodedata.category(character) not in _DROPPED
    )


def one_line(text: str, *, longest: int = 1000) -> str:
    """The text on one line, whatever line breaks it had, cut to so many characters."""
    line = _BREAKS.sub(" ", printable(_BREAKS.sub(" ", text))).strip()
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
