"""The language a text is written in, or `unknown` where it is too short to tell.

py3langid's naive Bayes over byte n-grams (Lui and Baldwin 2012, doi:10.3115/v1/P12-3005), its
choice narrowed to the languages below and taken only at a probability of 0.9.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNKNOWN = "unknown"
LANGUAGES = (
    "ar", "cs", "da", "de", "el", "en", "es", "fi", "fr", "he", "hi", "hu", "it", "ja", "ko", "nl",
    "no", "pl", "pt", "ro", "ru", "sv", "tr", "uk", "zh",
)  # fmt: skip
_SURE = 0.9
_NO_WORDS = re.compile(r"\[(?:name|email|phone|card|account|address)\]|https?://\S+|[\W\d_]+")
_DECLARED = re.compile(r"[a-z]{2}(?=$|[-_])")


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier


def language_of(text: str, declared: str | None = None) -> str:
    """The language's two letters (ISO 639-1), or `unknown`.

    The text itself comes first; where it is too short to tell, `declared` is taken (what the source
    says of the answer: `de`, `de-AT`). A source may call everything English, so it is never taken
    against the text. Placeholders, links, digits and signs say nothing about the language.
    """
    words = _NO_WORDS.sub(" ", text).strip().lower()
    if not words:
        return UNKNOWN
    found, probability = _identifier().classify(words)
    if probability >= _SURE:
        return str(found)
    known = _DECLARED.match((declared or "").strip().lower())
    return known.group() if known else UNKNOWN
