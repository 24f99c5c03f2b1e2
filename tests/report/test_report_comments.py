"""Themes and quotes: costly only what is proven so, and each comment quoted once."""

from __future__ import annotations

import pytest
from topic_story import DocumentOf, Tables, grouped, story, themes_of
from topic_tables import Topics

from wellheard.report.panels_comments import direction, shortened


def test_a_theme_that_goes_with_better_scores_is_never_called_costly(
    document_of: DocumentOf,
) -> None:
    themes = {"staff": ("Staff", -3.7, True), "price": ("Price", 0.2, False)}
    document = document_of(story(topics=Topics(themes=themes)))
    assert "theme" not in {line["kind"] for line in document["topics"]}
    assert grouped(document) == {"brings": ["Staff"], "open": ["Price"]}
    staff, price = themes_of(document)
    assert (staff["effect"]["text"], staff["bar"]) == ("+3.7", {"left": 0, "right": 100})
    assert (price["effect"]["text"], price["bar"]) == ("−0.2", {"left": 5, "right": 0})


def test_themes_are_grouped_by_what_is_proven_of_them_the_largest_first(
    document_of: DocumentOf,
) -> None:
    document = document_of(story())
    assert grouped(document) == {
        "costs": ["Waiting for help", "Bills and charges", "Outages"],
        "brings": ["Staff"],
        "open": ["Activation", "App and website", "Price"],
    }
    quoted = [(q["theme"], q["direction_word"]) for q in document["comments"]["quotes"]]
    assert quoted == [
        ("Waiting for help", "costs points"), ("Bills and charges", "costs points"),
        ("Outages", "costs points"), ("Staff", "brings points"),
    ]  # fmt: skip


def test_a_comment_about_two_themes_is_quoted_once(document_of: DocumentOf) -> None:
    said = "Waited forty minutes on the phone and then nobody knew my bill."

    def both(tables: Tables) -> None:
        for row in tables["rpt_quotes"]:
            if row["theme"] in ("waiting", "billing") and row["position"] == 1:
                row["text"] = said

    quotes = document_of(story(both))["comments"]["quotes"]
    assert [q["text"] for theme in quotes for q in theme["quotes"]].count(said) == 1


def test_a_long_comment_ends_at_a_word_and_says_so() -> None:
    assert shortened("short", 260) == "short"
    cut = shortened("word " * 100, 60)
    assert len(cut) <= 60
    assert cut.endswith("word…")
    assert shortened("漢" * 400, 60) == "漢" * 59 + "…"


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("شكرا جزيلا", "rtl"),
        ("123: شكرا", "rtl"),
        ("تطبيق App", "rtl"),
        ("App שלום", "ltr"),
        ("ありがとう", "ltr"),
        ("💥 42", "ltr"),
    ],
)
def test_a_quote_runs_the_way_its_first_letter_does(text: str, way: str) -> None:
    assert direction(text) == way
