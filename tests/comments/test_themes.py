"""The taxonomy finds themes by words that people can edit, and says what it cannot read."""

from __future__ import annotations

import csv

import pytest
from labelled_sets import judged

from wellheard.comments.language import language_of
from wellheard.comments.themes import Taxonomy, ThemeRow, problems, taxonomy
from wellheard.settings import PROJECT


def shipped(path: str) -> list[ThemeRow]:
    with (PROJECT / path).open(newline="", encoding="utf-8") as file:
        return [
            ThemeRow(r["theme"], r["label"], r["language"], r["pattern"], int(r["position"]))
            for r in csv.DictReader(file)
        ]


def only(pattern: str, language: str = "en") -> Taxonomy:
    return taxonomy([ThemeRow("t", "T", language, pattern, 1)])


@pytest.mark.parametrize(
    ("pattern", "text", "is_found"),
    [
        ("bill", "My BILL is wrong", True),
        ("bill", "billing", False),
        ("bill*", "billing", True),
        ("*charge*", "I was overcharged", True),
        ("charged twice", "Charged, twice!", True),
        ("charged twice", "twice charged", False),
        ("promised ... back", "promised to call me back", True),
        ("promised ... back", "promised me that they would surely call back", False),
        ("queue | on hold", "an hour on hold", True),
        ("queue | on hold", "on my hold", False),
        ("don't", "I don’t know", True),
        ("wi-fi", "the wi-fi", True),
        ("name", "[name] called", False),
        ("cafe", "le café", True),
        ("a b", "a.b", True),
    ],
)
def test_a_pattern_finds_words_and_simple_wildcards(
    pattern: str, text: str, is_found: bool
) -> None:
    assert bool(only(pattern).of(text, "en")) == is_found


def test_a_text_can_have_several_themes_in_the_order_of_the_list() -> None:
    rows = [
        ThemeRow("price", "Price", "en", "price", 2),
        ThemeRow("wait", "Wait", "en", "wait*", 1),
        ThemeRow("price", "Price", "de", "preis*", 3),
        ThemeRow("brand", "Brand", "*", "acme", 4),
    ]
    listed = taxonomy(rows)
    assert listed.of("The price of waiting for ACME", "en") == ("wait", "price", "brand")
    assert listed.of("Der Preis stimmt", "de") == ("price",)
    assert listed.of("Der Preis stimmt", "en") == ()
    assert listed.of("Preis", "unknown") == ("price",), "an unknown language is tried in all"
    assert listed.of("wait, price, acme", "sv") == ("brand",)


def test_japanese_is_matched_without_spaces() -> None:
    assert only("請求 | 支払い", "ja").of("先月の請求書が分かりません", "ja") == ("t",)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("Wait", "Wait", "en", "wait", 1), "theme 'Wait' is no key"),
        (("wait", "Wait", "english", "wait", 1), "language 'english' is unknown"),
        (("wait", "Wait", "en", "wait || hold", 1), "nothing between two |"),
        (("wait", "Wait", "en", "on * hold", 1), "write ... for words in between"),
        (("wait", "Wait", "en", "w*", 1), "'w*' would find nearly every word"),
        (("wait", "Wait", "en", "(wait|hold)+", 1), "'(wait' is no word"),
        (("wait", "Wait", "en", "... hold", 1), "... needs a word before and after it"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_what_to_write(
    row: tuple[str, str, str, str, int], sentence: str
) -> None:
    (problem, *_) = problems([ThemeRow(*row)])
    assert problem.startswith(f"seeds/themes.csv: {row[0]}/{row[2]}: ")
    assert sentence in problem
    with pytest.raises(ValueError, match=r"seeds/themes\.csv"):
        taxonomy([ThemeRow(*row)])


def test_a_theme_has_one_label() -> None:
    rows = [ThemeRow("a", "A", "en", "ab", 1), ThemeRow("a", "B", "de", "ab", 2)]
    assert problems(rows) == [
        "seeds/themes.csv: a/de: label 'B' differs from 'A'; a theme has one label in all its rows"
    ]


@pytest.mark.parametrize(
    "path", ["dbt_project/seeds/themes.csv", "examples/telecom/seeds/themes.csv"]
)
def test_the_shipped_themes_can_be_read(path: str) -> None:
    rows = shipped(path)
    assert problems(rows) == []
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))


def test_the_shipped_themes_agree_with_the_labelled_set() -> None:
    listed = taxonomy(shipped("dbt_project/seeds/themes.csv"))
    right = wrong = missed = 0
    for text in judged():
        found = set(listed.of(text.text, language_of(text.text)))
        right += len(found & text.themes)
        wrong += len(found - text.themes)
        missed += len(text.themes - found)
    print(f"themes: precision {right / (right + wrong):.3f} recall {right / (right + missed):.3f}")
    assert right / (right + wrong) >= 0.9
    assert right / (right + missed) >= 0.9
