"""Personal data out of what customers write, before anybody reads it.

What is found is replaced by its kind in brackets: [name], [email], [phone], [card], [account],
[address]. Recall and precision on the project's labelled set are in `benchmarks/comments.md`; a
pattern cannot know every name, so the figure for names is stated, not promised.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from wellheard.comments.names import KnownNames, find_names
from wellheard.comments.numbers import find_numbers
from wellheard.comments.places import find_places

KINDS = ("name", "email", "phone", "card", "account", "address")
# Where two overlap, the one that comes first here says what it was.
_RANK = {kind: rank for rank, kind in enumerate(("email", "card", "phone", "account", "address",
                                                 "name"))}  # fmt: skip
# Written into an address or number to break it up: zero-width signs, soft hyphens, joiners that
# join nothing (between letters and digits; emoji need theirs).
_INVISIBLE = re.compile(r"[\u00ad\u200b\u2060\ufeff]|(?<=\w)[\u200c\u200d](?=[\d@.])")
_SHORTEST_KEY = 4
_NOBODY = KnownNames()


class Redacted(NamedTuple):
    """A text without personal data, and the kinds that were taken out, in order of place."""

    text: str
    found: tuple[str, ...]


def redact(text: str, own: Sequence[str] = (), known: KnownNames = _NOBODY) -> Redacted:
    """Take personal data out of a text.

    `own` are the names, e-mail addresses and keys that belong to the customer who wrote it: they go
    wherever they stand as whole words. `known` are the names of all customers, of which a full name
    goes. Full-width digits and signs are read as plain ones.
    """
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    plain = _plain_width(text)
    spans = [*find_places(plain), *find_numbers(plain)]
    keys = [key for key in own if any(c.isdigit() or c == "@" for c in key)]
    spans += find_names(plain, [name for name in own if name not in keys], known)
    folded = plain.lower() if keys else ""
    for key in keys:
        spans += _whole(folded, key.lower(), "email" if "@" in key else "account")
    if not spans:
        return Redacted(text, ())
    pieces, found, place = [], [], 0
    for start, end, kind in _merged(spans):
        pieces += [text[place:start], f"[{kind}]"]
        found.append(kind)
        place = end
    return Redacted("".join((*pieces, text[place:])), tuple(found))


def _whole(text: str, key: str, kind: str) -> list[tuple[int, int, str]]:
    """Where a key of a customer stands as a whole word; a short one could be any number."""
    if len(key) < _SHORTEST_KEY or key not in text:
        return []
    whole = rf"(?<!\w){re.escape(key)}(?!\w)"
    return [(m.start(), m.end(), kind) for m in re.finditer(whole, text)]


def _plain_width(text: str) -> str:
    """The text with full-width signs and foreign digits as ASCII ones, place for place."""
    if text.isascii():
        return text
    return "".join(_plain(character) for character in text)


def _plain(character: str) -> str:
    if character.isascii():
        return character
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if "！" <= character <= "～":
        return chr(ord(character) - 0xFEE0)
    return character


def _merged(spans: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Spans that overlap become one, of the kind that comes first in the ranking."""
    merged: list[tuple[int, int, str]] = []
    for start, end, kind in sorted(set(spans)):
        if merged and start < merged[-1][1]:
            before = merged[-1]
            first = min(before[2], kind, key=_RANK.__getitem__)
            merged[-1] = (before[0], max(before[1], end), first)
        else:
            merged.append((start, end, kind))
    return merged
