"""The company's themes: words it looks for in what customers write.

A theme has patterns, one row of `seeds/themes.csv` for each theme and language. A pattern is one or
more alternatives apart by `|`; an alternative is one or more words, found side by side and in that
order:

    charged twice | refund* | promised ... back

`*` stands for the rest of a word (or its beginning), `...` for up to three words in between. Upper
and lower case are alike, so are accents. In languages that are written without spaces an
alternative is looked for anywhere. Language `*` holds for texts in every language; texts whose
language is unknown are matched with the patterns of all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

ANY = "*"
UNSPACED = frozenset(("ja", "zh", "th"))
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_LANGUAGE = re.compile(r"[a-z]{2}|\*")
_GAP = "..."
_WORD = re.compile(r"\*?[^\W_]+(?:['’\-&][^\W_]+)*\*?")
_BETWEEN = r"\W+(?:[^\W_]+(?:['’\-][^\W_]+)*\W+){0,3}?"
_PLACEHOLDER = re.compile(r"\[(?:name|email|phone|card|account|address)\]")


class ThemeRow(NamedTuple):
    """A row of `seeds/themes.csv`."""

    theme: str
    label: str
    language: str
    pattern: str
    position: int


class Taxonomy(NamedTuple):
    """The themes in their order, and for each language the patterns that find them."""

    labels: Mapping[str, str]
    patterns: Mapping[str, Sequence[tuple[str, re.Pattern[str]]]]

    def of(self, text: str, language: str) -> tuple[str, ...]:
        """The themes of a text, in the taxonomy's order; none, one or several."""
        folded = fold(_PLACEHOLDER.sub(" ", text))
        languages = (language,) if language in self.patterns else tuple(self.patterns)
        if language not in ("unknown", "", *self.patterns):
            languages = ()
        found = {
            theme
            for each in (*languages, ANY)
            for theme, pattern in self.patterns.get(each, ())
            if pattern.search(folded)
        }
        return tuple(theme for theme in self.labels if theme in found)


def fold(text: str) -> str:
    """Lower case, without accents, one kind of apostrophe."""
    text = text.casefold().replace("’", "'").replace("ł", "l")
    if text.isascii():
        return text
    # Japanese voicing marks and the like make other letters: only marks of Latin, Greek and
    # Cyrillic letters and Arabic vowel signs go.
    kept = [
        sign
        for sign in unicodedata.normalize("NFD", text)
        if not ("\u0300" <= sign <= "\u036f" or "\u064b" <= sign <= "\u0652")
    ]
    return unicodedata.normalize("NFC", "".join(kept))


def problems(rows: Iterable[ThemeRow]) -> list[str]:
    """What is wrong in the rows, a sentence each, naming file and row; empty when nothing is."""
    return [f"seeds/themes.csv: {problem}" for _, problem in problems_by_row(rows)]


def problems_by_row(rows: Iterable[ThemeRow]) -> list[tuple[int, str]]:
    """What is wrong in the rows: each row's place among them (from 0), and a sentence."""
    return [(place, problem) for place, found in enumerate(_by_row(rows)) for problem in found]


def _by_row(rows: Iterable[ThemeRow]) -> Iterator[list[str]]:
    labels: dict[str, str] = {}
    for row in rows:
        found = []
        where = f"{row.theme}/{row.language}: "
        if not _KEY.fullmatch(row.theme or ""):
            found.append(
                f"{where}theme '{row.theme}' is no key; use lower-case letters, digits and _, "
                "beginning with a letter (waiting_time)"
            )
        if not _LANGUAGE.fullmatch(row.language or ""):
            found.append(
                f"{where}language '{row.language}' is unknown; give two lower-case letters (en), "
                "or * for every language"
            )
        if labels.setdefault(row.theme, row.label) != row.label:
            found.append(
                f"{where}label '{row.label}' differs from '{labels[row.theme]}'; "
                "a theme has one label in all its rows"
            )
        found += [where + problem for problem in _pattern_problems(row.pattern or "", row.language)]
        yield found


def _pattern_problems(pattern: str, language: str) -> list[str]:
    found = []
    alternatives = [alternative.strip() for alternative in pattern.split("|")]
    if not all(alternatives):
        found.append(f"pattern '{pattern}' has nothing between two |; take one of them out")
    for alternative in filter(None, alternatives):
        parts = alternative.split()
        for part in parts:
            if part == _GAP or (_WORD.fullmatch(fold(part)) and part.strip("*")):
                continue
            if part == "*":
                found.append(f"'{alternative}': write ... for words in between, not a lone *")
            else:
                found.append(
                    f"'{alternative}': '{part}' is no word; use words, * for the rest of a word, "
                    "... for words in between and | between alternatives"
                )
        if _GAP in (parts[0], parts[-1]):
            found.append(f"'{alternative}': ... needs a word before and after it")
        short = [p for p in parts if "*" in p and len(p.strip("*")) < 2]
        if short and language not in UNSPACED:
            found.append(f"'{alternative}': '{short[0]}' would find nearly every word; write more")
    return found


def taxonomy(rows: Iterable[ThemeRow]) -> Taxonomy:
    """The rows made ready for matching. Raises ValueError with all that is wrong in them."""
    ordered = sorted(rows, key=lambda row: (row.position, row.theme, row.language))
    if wrong := problems(ordered):
        raise ValueError("\n".join(wrong))
    labels: dict[str, str] = {}
    alternatives: dict[str, dict[str, list[str]]] = {}
    for row in ordered:
        labels.setdefault(row.theme, row.label)
        found = alternatives.setdefault(row.language, {}).setdefault(row.theme, [])
        found += [_expression(each, row.language) for each in row.pattern.split("|")]
    return Taxonomy(
        labels,
        {
            language: [
                (theme, re.compile("|".join(each) if language in UNSPACED
                                   else rf"(?<![^\W_])(?:{'|'.join(each)})(?![^\W_])"))
                for theme, each in sorted(themes.items())
            ]
            for language, themes in sorted(alternatives.items())
        },
    )  # fmt: skip


def _expression(alternative: str, language: str) -> str:
    words = fold(alternative).split()
    if language in UNSPACED:
        return r"\s*".join(re.escape(word.strip("*")) for word in words if word != _GAP)
    expression = ""
    for place, word in enumerate(words):
        if word == _GAP:
            continue
        if place:
            expression += _BETWEEN if words[place - 1] == _GAP else r"\W+"
        before = r"[^\W_]*" if word.startswith("*") else ""
        after = r"[^\W_]*" if word.endswith("*") else ""
        expression += before + re.escape(word.strip("*")) + after
    return expression
