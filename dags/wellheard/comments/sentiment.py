"""Whether a text speaks of satisfaction or of the opposite.

A lexicon with rules, as VADER works (Hutto and Gilbert 2014, doi:10.1609/icwsm.v8i1.14550), with
words of our own for customer experience in ten languages (`feelings`): negations turn the words
that follow, boosters strengthen them, what comes after a "but" weighs more than what came before.
How often it is right is measured in `benchmarks/comments.md`. A text in a language without a
lexicon is `unknown`, not neutral.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from math import sqrt
from typing import NamedTuple

from wellheard.comments.feelings import BOOSTERS, CONTRAST, FEELINGS, NEGATIONS, SIGNS

UNKNOWN = "unknown"
_TOKEN = re.compile(r"[^\W_]+(?:['’/\-][^\W_]+)*|[!.?;,]")
_ENDS = set("!.?;,")
_LONGEST = 4  # words of a phrase
_STEM = 3  # letters a beginning has at least
_REACH = 3  # words a negation reaches over
_TURN = -0.75
_BEFORE_BUT, _AFTER_BUT = 0.5, 1.5
_SPREAD = 15.0  # VADER's: puts the sum between -1 and 1
_NEUTRAL = 0.15


class Sentiment(NamedTuple):
    """negative, neutral, positive or unknown, and the score (-1..1) behind it."""

    word: str
    score: float | None


class _Lexicon(NamedTuple):
    whole: Mapping[str, float]
    stems: Mapping[str, float]
    negations: frozenset[str]
    boosters: Mapping[str, float]
    contrast: frozenset[str]
    openings: frozenset[str]  # first words of phrases


@cache
def _lexicon(language: str) -> _Lexicon:
    whole: dict[str, float] = {}
    stems: dict[str, float] = {}
    for block in re.split(r"\n(?=\s?-?\d:)", FEELINGS[language].strip("\n")):
        weight, _, entries = block.partition(":")
        for entry in " ".join(entries.split()).split(","):
            word = entry.strip()
            if word.endswith("*"):
                stems[word[:-1]] = float(weight)
            elif word:
                whole[word] = float(weight)
    return _Lexicon(
        whole,
        stems,
        frozenset(NEGATIONS[language].split()),
        BOOSTERS[language],
        frozenset(CONTRAST[language].split()),
        frozenset(entry.split()[0] for entry in (*whole, *stems) if " " in entry),
    )


def sentiment_of(text: str, language: str) -> Sentiment:
    """The sentiment of a text in a language (`unknown`: one that is too short to tell).

    A text of unknown language has the sentiment its words have in every language that knows them,
    and is `unknown` where none does or they differ.
    """
    if language in FEELINGS:
        return _said(_score(text, language))
    signs = _signs(text)
    if language == UNKNOWN:
        scores = [score for each in FEELINGS if (score := _score(text, each) - signs)]
        if scores and min(scores) * max(scores) > 0:
            return _said(min(scores, key=abs) + signs)
    return _said(signs) if signs else Sentiment(UNKNOWN, None)


def _said(total: float) -> Sentiment:
    score = round(total / sqrt(total * total + _SPREAD), 6)
    if score >= _NEUTRAL:
        return Sentiment("positive", score)
    return Sentiment("negative" if score <= -_NEUTRAL else "neutral", score)


def _signs(text: str) -> float:
    if text.isascii() and not any(mark in text for mark in (":", ";", "=", "<3", "^^")):
        return 0.0
    return sum(
        weight * min(text.count(sign), 3) for weight, signs in SIGNS.items() for sign in signs
    )


def _score(text: str, language: str) -> float:
    lexicon = _lexicon(language)
    if language == "ja":
        return _signs(text) + sum(w * text.count(part) for part, w in lexicon.whole.items())
    tokens = _TOKEN.findall(text.lower().replace("’", "'"))
    # A contrast that ends the text turns nothing.
    turns = [place for place, word in enumerate(tokens[:-1]) if word in lexicon.contrast]
    total, place = _signs(text), 0
    while place < len(tokens):
        weight, length = _weight(tokens, place, lexicon)
        if weight:
            weight *= _context(tokens, place, lexicon)
            if turns:
                weight *= _AFTER_BUT if place > turns[-1] else _BEFORE_BUT
            total += weight
        place += length
    return total


def _weight(tokens: Sequence[str], place: int, lexicon: _Lexicon) -> tuple[float, int]:
    """The weight of the longest entry that begins here, and how many words it is."""
    longest = _LONGEST if tokens[place] in lexicon.openings else 1
    for length in range(min(longest, len(tokens) - place), 0, -1):
        phrase = " ".join(tokens[place : place + length])
        if phrase in lexicon.whole:
            return lexicon.whole[phrase], length
        for end in range(len(phrase), len(phrase) - 12, -1):
            # A beginning may leave out the end of its last word only.
            if end < _STEM or phrase[end - 1] == " " or " " in phrase[end:]:
                break
            if phrase[:end] in lexicon.stems:
                return lexicon.stems[phrase[:end]], length
    return 0.0, 1


def _context(tokens: Sequence[str], place: int, lexicon: _Lexicon) -> float:
    """What the words before make of a word: stronger, weaker, turned."""
    factor, turned = 1.0, 1.0
    for before in range(place - 1, max(place - 1 - _REACH, -1), -1):
        token = tokens[before]
        if token in _ENDS:
            break
        if token in lexicon.negations or token.endswith("n't"):
            turned = _TURN  # once: "ne ... pas" is one negation
        elif place - before <= 2:
            factor *= lexicon.boosters.get(token, 1.0)
    return factor * turned
