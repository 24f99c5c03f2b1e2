"""The labelled texts shipped with the project, and what is measured on them.

`labelled/personal_data.csv` marks personal data in place: `call {phone:07700 900123}`. All texts,
names and numbers are made up; numbers are from ranges kept for examples where there is one.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

LABELLED = Path(__file__).with_name("labelled")
_MARK = re.compile(r"\{(\w+):([^}]*)\}")
_PLACEHOLDER = re.compile(r"\[(name|email|phone|card|account|address)\]")


class Marked(NamedTuple):
    """A text, its language and the personal data in it as (start, end, kind)."""

    language: str
    text: str
    spans: tuple[tuple[int, int, str], ...]


class Judged(NamedTuple):
    """A text with its language, sentiment and themes as a person would give them."""

    language: str
    text: str
    sentiment: str
    themes: frozenset[str]


def personal_data() -> list[Marked]:
    return [_marked(row["language"], row["text"]) for row in _rows("personal_data")]


def judged() -> list[Judged]:
    return [
        Judged(r["language"], r["text"], r["sentiment"], frozenset(r["themes"].split()))
        for r in _rows("judged")
    ]


def _rows(name: str) -> list[dict[str, str]]:
    with (LABELLED / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))


def _marked(language: str, text: str) -> Marked:
    plain, spans, place = "", [], 0
    for mark in _MARK.finditer(text):
        plain += text[place : mark.start()]
        spans.append((len(plain), len(plain) + len(mark.group(2)), mark.group(1)))
        plain += mark.group(2)
        place = mark.end()
    return Marked(language, plain + text[place:], tuple(spans))


class Found(NamedTuple):
    """Of one kind: labelled, of those redacted, and redacted in all, of those labelled."""

    labelled: int
    recalled: int
    redacted: int
    right: int

    @property
    def recall(self) -> float:
        return self.recalled / self.labelled

    @property
    def precision(self) -> float:
        return self.right / self.redacted if self.redacted else float("nan")


def measure(
    texts: Iterable[Marked], redact: Callable[[str], str]
) -> tuple[dict[str, Found], list[str]]:
    """What redaction found of each kind, and a line for each miss.

    Labelled data count as recalled when no letter or digit of them is left, whatever kind they were
    called. A redaction counts as right when it takes out nothing but labelled data and what stands
    around it in the same words (a title, a postcode).
    """
    labelled, recalled, redacted, right = (Counter[str]() for _ in range(4))
    misses = []
    for marked in texts:
        safe = redact(marked.text)
        gone = _gone(marked.text, safe)
        for start, end, kind in marked.spans:
            labelled[kind] += 1
            left = [
                i
                for i in range(start, end)
                if marked.text[i].isalnum() and not any(a <= i < b for a, b, _ in gone)
            ]
            recalled[kind] += not left
            if left:
                misses.append(f"{kind} left: {safe}")
        for start, end, kind in gone:
            redacted[kind] += 1
            hit = any(start < b and a < end for a, b, _ in marked.spans)
            right[kind] += hit
            if not hit:
                misses.append(f"{kind} invented: {safe}")
    return {
        kind: Found(labelled[kind], recalled[kind], redacted[kind], right[kind])
        for kind in sorted(labelled | redacted)
    }, misses


def _gone(text: str, safe: str) -> list[tuple[int, int, str]]:
    """What was taken out of the text, found by the pieces that were left."""
    gone, place, reached = [], 0, 0
    for mark in _PLACEHOLDER.finditer(safe):
        piece = safe[reached : mark.start()]
        start = place + len(piece)
        following = _PLACEHOLDER.split(safe[mark.end() :])[0]
        is_last = not _PLACEHOLDER.search(safe, mark.end())
        end = len(text) - len(following) if is_last else text.index(following, start + 1)
        gone.append((start, end, mark.group(1)))
        place, reached = end, mark.end()
    return gone
