"""Language and sentiment of a text, against the labelled set and real answers where they are."""

from __future__ import annotations

import csv
import gzip

import pytest
from labelled_sets import judged

from wellheard.comments.feelings import BOOSTERS, CONTRAST, FEELINGS, NEGATIONS
from wellheard.comments.language import language_of
from wellheard.comments.sentiment import _lexicon, sentiment_of
from wellheard.settings import PROJECT

REAL = PROJECT.parent / "shared" / "data" / "telecom_nps.csv.gz"


def test_a_language_is_right_or_unknown() -> None:
    texts = judged()
    found = [(text, language_of(text.text)) for text in texts]
    assert not [(t.text, each) for t, each in found if each not in (t.language, "unknown")]
    assert sum(each == t.language for t, each in found) / len(texts) >= 0.9


@pytest.mark.parametrize(
    "text", ["", "Ok", "10", "👍👍", "[phone] [name]", "https://example.com/de"]
)
def test_a_text_too_short_to_tell_has_no_language(text: str) -> None:
    assert language_of(text) == "unknown"


def test_what_the_source_says_counts_only_where_the_text_is_too_short() -> None:
    assert language_of("Ok", "de-AT") == "de"
    assert language_of("Seit Wochen warte ich auf eine Antwort von Ihnen.", "en") == "de"
    assert language_of("Ok", "English") == "unknown"
    assert language_of("10", "en") == "unknown", "digits are in no language"


def test_sentiment_agrees_with_the_labelled_set() -> None:
    texts = judged()
    found = [(t.sentiment, sentiment_of(t.text, language_of(t.text)).word) for t in texts]
    assert sum(a == b for a, b in found) / len(found) >= 0.85
    for word in ("negative", "positive"):
        right = sum(a == b == word for a, b in found)
        assert right / sum(b == word for _, b in found) >= 0.9, f"precision of {word}"
        assert right / sum(a == word for a, _ in found) >= 0.85, f"recall of {word}"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("I am happy", "positive"),
        ("I am not happy", "negative"),
        ("Not a problem", "positive"),
        ("Good, but far too slow", "negative"),
        ("Slow at first, but now it is great", "positive"),
        ("I have two lines with you", "neutral"),
        ("", "unknown"),
        ("😡😡", "negative"),
        ("[name] [phone]", "unknown"),
    ],
)
def test_negation_contrast_and_silence_are_understood(text: str, word: str) -> None:
    assert (
        sentiment_of(text, "en" if text.isascii() and text[:1].isalpha() else "unknown").word
        == word
    )


def test_a_language_without_a_lexicon_is_unknown_and_not_neutral() -> None:
    assert sentiment_of("Hyvä palvelu, kiitos", "fi").word == "unknown"
    assert sentiment_of("Hyvä palvelu 👍", "fi").word == "positive"


def test_a_text_of_unknown_language_has_a_sentiment_its_words_have_everywhere() -> None:
    assert sentiment_of("Excellent", "unknown").word == "positive"
    assert sentiment_of("car", "unknown").word == "unknown", "dear in Spanish, nothing in English"


@pytest.mark.parametrize("language", sorted(FEELINGS))
def test_no_word_has_two_weights(language: str) -> None:
    assert language in NEGATIONS
    assert language in BOOSTERS
    assert language in CONTRAST
    entries = [
        entry.strip()
        for line in FEELINGS[language].replace("\n", " ").split(":")[1:]
        for entry in line.rsplit(" ", 1)[0].split(",")
        if entry.strip()
    ]
    assert len(entries) > 50
    lexicon = _lexicon(language)
    assert all(weight in (-3, -2, -1, 1, 2, 3) for weight in lexicon.whole.values())
    assert all("*" not in word for word in (*lexicon.whole, *lexicon.stems))


@pytest.mark.skipif(not REAL.exists(), reason="the real answers are not here")
def test_words_and_score_of_real_answers_take_the_same_side() -> None:
    """Lexicon and rules were made with the answers of odd number in sight; these are the others."""
    with gzip.open(REAL, "rt", encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if int(r["response_id"][1:]) % 2 == 0]
    sides = []
    for row in rows:
        if row["NPS_SCORE"]:
            text = row["text"].replace("\ufffd", "'")
            word = sentiment_of(text, language_of(text)).word
            score = int(row["NPS_SCORE"])
            sides.append((word, "positive" if score > 8 else "negative" if score < 7 else ""))
    taken = [(a, b) for a, b in sides if a in ("negative", "positive") and b]
    assert len(taken) > 800
    assert sum(a == b for a, b in taken) / len(taken) >= 0.93
    detractors = [a for a, b in sides if b == "negative"]
    assert detractors.count("negative") / len(detractors) >= 0.8
    promoters = [a for a, b in sides if b == "positive"]
    assert promoters.count("positive") / len(promoters) >= 0.78
