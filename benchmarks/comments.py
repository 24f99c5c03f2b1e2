"""How well comments are read, and how fast: redaction, language, sentiment, themes.

    python benchmarks/comments.py [folder with telecom_nps.csv.gz]

Measured on the labelled sets of `tests/comments/labelled` and, where they are, on 2,385 real
answers to an NPS question. Nothing of those is printed but counts. `comments.md` has what was seen.
"""

from __future__ import annotations

import csv
import gzip
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "comments"))
from labelled_sets import judged, measure, personal_data

from wellheard import statistics as st
from wellheard.comments.language import language_of
from wellheard.comments.redaction import KINDS, redact
from wellheard.comments.sentiment import sentiment_of
from wellheard.comments.themes import Taxonomy, ThemeRow, taxonomy

ROOT = Path(__file__).resolve().parents[1]

SIDES = ("negative", "neutral", "positive", "unknown")


def share(count: int, of: int) -> str:
    """`0.982 (0.94-1.00) of 46`: a share with Wilson's interval."""
    if not of:
        return "none"
    found = st.share(count, of)
    return f"{float(found.value):.3f} ({float(found.low):.3f}-{float(found.high):.3f}) of {of}"


def themes() -> Taxonomy:
    with (ROOT / "dbt_project/seeds/themes.csv").open(newline="", encoding="utf-8") as file:
        return taxonomy(
            ThemeRow(r["theme"], r["label"], r["language"], r["pattern"], int(r["position"]))
            for r in csv.DictReader(file)
        )


def redaction() -> None:
    texts = personal_data()
    print(f"\nRedaction, {len(texts)} labelled texts, "
          f"{sum(not t.spans for t in texts)} of them without personal data")  # fmt: skip
    found, _ = measure(texts, lambda text: redact(text).text)
    for kind in KINDS:
        each = found[kind]
        print(f"  {kind:8} recall {share(each.recalled, each.labelled)}, "
              f"precision {share(each.right, each.redacted)}")  # fmt: skip


def labelled(listed: Taxonomy) -> None:
    texts = judged()
    print(f"\nLanguage, sentiment and themes, {len(texts)} labelled texts")
    languages = [(t, language_of(t.text)) for t in texts]
    right = sum(t.language == found for t, found in languages)
    unknown = sum(found == "unknown" for _, found in languages)
    print(f"  language right {share(right, len(texts))}, unknown {unknown}, "
          f"wrong {len(texts) - right - unknown}")  # fmt: skip
    pairs = [(t.language, t.sentiment, sentiment_of(t.text, found).word) for t, found in languages]
    for language in ("", *sorted({t.language for t in texts})):
        own = [(a, b) for each, a, b in pairs if language in ("", each)]
        print(
            f"  sentiment {language or 'all':3} right "
            f"{share(sum(a == b for a, b in own), len(own))}"
        )
    for word in ("negative", "positive"):
        both = sum(a == b == word for _, a, b in pairs)
        print(f"  {word}: precision {share(both, sum(b == word for *_, b in pairs))}, "
              f"recall {share(both, sum(a == word for _, a, _ in pairs))}")  # fmt: skip
    right = wrong = missed = 0
    for text, found in languages:
        has = set(listed.of(text.text, found))
        right += len(has & text.themes)
        wrong += len(has - text.themes)
        missed += len(text.themes - has)
    print(
        f"  themes: precision {share(right, right + wrong)}, recall {share(right, right + missed)}"
    )


def real(path: Path, listed: Taxonomy) -> None:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for half, name in ((1, "seen while the lexicon was made"), (0, "not seen")):
        table: Counter[tuple[str, str]] = Counter()
        languages: Counter[str] = Counter()
        covered = 0
        for row in rows:
            if int(row["response_id"][1:]) % 2 != half or not row["NPS_SCORE"]:
                continue
            text = row["text"].replace("\ufffd", "'")
            score = int(row["NPS_SCORE"])
            band = "promoter" if score >= 9 else "detractor" if score <= 6 else "passive"
            language = language_of(text)
            languages[language] += 1
            covered += bool(listed.of(text, language))
            table[band, sentiment_of(text, language).word] += 1
        agreement(table, name)
        n = sum(languages.values())
        print(f"  language: {dict(languages.most_common(4))}; with a theme {share(covered, n)}")
    found: Counter[str] = Counter(
        kind for row in rows for kind in redact(row["text"].replace("\ufffd", "'")).found
    )
    print(f"  redacted in all {len(rows)} answers: {dict(sorted(found.items()))}")


def agreement(table: Counter[tuple[str, str]], name: str) -> None:
    n = sum(table.values())
    print(f"\n{n} real NPS answers with a score, {name}")
    for band in ("detractor", "passive", "promoter"):
        print(f"  {band:9} " + "  ".join(f"{side} {table[band, side]}" for side in SIDES))
    for band, side in (("detractor", "negative"), ("promoter", "positive")):
        both = table[band, side]
        print(f"  {side} as {band}: precision "
              f"{share(both, sum(v for (_, s), v in table.items() if s == side))}, recall "
              f"{share(both, sum(v for (b, _), v in table.items() if b == band))}")  # fmt: skip
    same = table["detractor", "negative"] + table["promoter", "positive"]
    opposed = table["detractor", "positive"] + table["promoter", "negative"]
    print(f"  words and score on the same side, where both take one: {share(same, same + opposed)}")


def speed(texts: Sequence[str], listed: Taxonomy) -> None:
    print(f"\nTexts per second, one process, {len(texts)} texts of "
          f"{sum(map(len, texts)) // len(texts)} characters on average")  # fmt: skip
    spoken = [(text, language_of(text)) for text in texts]
    steps: dict[str, Callable[[], object]] = {
        "redaction": lambda: [redact(text) for text in texts],
        "language": lambda: [language_of(text) for text in texts],
        "sentiment": lambda: [sentiment_of(text, language) for text, language in spoken],
        "themes": lambda: [listed.of(text, language) for text, language in spoken],
    }
    for name, step in steps.items():
        began = time.process_time()
        step()
        print(f"  {name:9} {len(texts) / (time.process_time() - began):9,.0f}")


def main() -> None:
    listed = themes()
    redaction()
    labelled(listed)
    texts = [t.text for t in (*personal_data(), *judged())]
    path = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT.parent / "shared/data")
    path /= "telecom_nps.csv.gz"
    if path.exists():
        real(path, listed)
        with gzip.open(path, "rt", encoding="utf-8") as file:
            texts = [row["text"] for row in csv.DictReader(file)]
    else:
        print(f"\n{path} is not here: real answers are not measured")
    speed(texts, listed)


if __name__ == "__main__":
    main()
