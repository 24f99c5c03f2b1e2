"""The comment models' tables: Arrow in, the pure functions over every row, Arrow out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wellheard.comments.emerging import Comment, emerging
from wellheard.comments.language import language_of
from wellheard.comments.names import KnownNames
from wellheard.comments.quotes import Quotable, choose
from wellheard.comments.redaction import redact
from wellheard.comments.sentiment import sentiment_of
from wellheard.comments.themes import ThemeRow, problems, taxonomy

if TYPE_CHECKING:
    import pyarrow as pa


def redacted(texts: pa.Table, identities: pa.Table) -> pa.Table:
    """The texts (comment_id, customer_key, text, ...) without personal data, and how many pieces.

    `identities` (customer_key, name, email) are all the customers the company knows.
    """
    import pyarrow as pa

    own: dict[str, list[str]] = {}
    names: set[str] = set()
    for row in identities.to_pylist():
        known = own.setdefault(row["customer_key"], [row["customer_key"]])
        known += [row[column] for column in ("name", "email") if row[column]]
        if row["name"]:
            names.add(row["name"])
    everyone = KnownNames.of(names)
    keys = texts["customer_key"].to_pylist()
    done = [
        redact(text, sorted(set(own.get(key, ()))) if key else (), everyone)
        for text, key in zip(texts["text"].to_pylist(), keys, strict=True)
    ]
    place = texts.column_names.index("text")
    safe = texts.set_column(place, "text", pa.array([each.text for each in done], pa.string()))
    counts = pa.array([len(each.found) for each in done], pa.int32())
    return safe.append_column("redactions", counts)


def marked(texts: pa.Table, themes: Iterable[Sequence[Any]]) -> pa.Table:
    """Language, sentiment and themes of each text (comment_id, text, language as declared).

    `themes` are the rows of `seeds/themes.csv`: theme, label, language, pattern, position.
    Raises ValueError naming the rows that cannot be used.
    """
    import pyarrow as pa

    listed = taxonomy(ThemeRow(*row) for row in themes)
    rows: dict[str, list[Any]] = {name: [] for name in ("language", "score", "word", "themes")}
    for text, declared in zip(
        texts["text"].to_pylist(), texts["language"].to_pylist(), strict=True
    ):
        language = language_of(text, declared)
        feeling = sentiment_of(text, language)
        rows["language"].append(language)
        rows["word"].append(feeling.word)
        rows["score"].append(feeling.score)
        rows["themes"].append(list(listed.of(text, language)))
    return pa.table(
        {
            "comment_id": texts["comment_id"].cast(pa.string()),
            "language": pa.array(rows["language"], pa.string()),
            "sentiment": pa.array(rows["word"], pa.string()),
            "sentiment_score": pa.array(rows["score"], pa.float64()),
            "themes": pa.array(rows["themes"], pa.list_(pa.string())),
        }
    )


def theme_problems(themes: Iterable[Sequence[Any]]) -> pa.Table:
    """What is wrong in the rows of `seeds/themes.csv`, a sentence each: problem."""
    import pyarrow as pa

    return pa.table({"problem": pa.array(problems(ThemeRow(*r) for r in themes), pa.string())})


def emerged(comments: pa.Table, periods: Sequence[str], minimum_n: int) -> pa.Table:
    """The themes found in comments without one: period, theme, label, p_adjusted, comment_id,
    is_before. `comments`: comment_id, period, customer_key, language, text.
    """
    import pyarrow as pa

    found = emerging(
        (
            Comment(r["comment_id"], r["period"], r["customer_key"] or "", r["language"], r["text"])
            for r in comments.to_pylist()
        ),
        periods,
        minimum_n,
    )
    rows = [
        (each.period, each.theme, each.label, each.p_adjusted, comment_id, is_before)
        for each in found
        for is_before, ids in ((False, each.now), (True, each.before))
        for comment_id in ids
    ]
    schema = pa.schema(
        [
            ("period", pa.string()), ("theme", pa.string()), ("label", pa.string()),
            ("p_adjusted", pa.float64()), ("comment_id", pa.string()), ("is_before", pa.bool_()),
        ]
    )  # fmt: skip
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table(
        [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)],
        schema=schema,
    )


def quoted(
    comments: pa.Table,
    themes: Iterable[Sequence[Any]],
    emerging: Iterable[tuple[str, str, str]],
) -> pa.Table:
    """The comments that stand for themes: scope, period, theme, position, comment_id.

    `comments`: comment_id, customer_key, period, segment, metric, themes, text, score_band,
    sentiment. `themes` are those that are printed: scope, period, months, metric, theme,
    is_emerging, and the cost of those that are proven to have one (null else). `emerging` says
    which comments have a theme found in the texts: period, theme, comment_id.

    A comment that mentions a theme need not complain about it: of a theme proven to cost points
    only comments of unhappy customers are quoted that are not friendly in tone, of one proven to
    bring some those of happy customers that are not unfriendly.
    """
    import pyarrow as pa

    rows = comments.to_pylist()
    written: dict[tuple[str, str, str], list[int]] = {}
    found: dict[tuple[str, str], set[str]] = {}
    for period, theme, comment_id in emerging:
        found.setdefault((period, theme), set()).add(comment_id)
    new = {(comment, theme) for (_, theme), ids in found.items() for comment in ids}
    by_comment: dict[str, list[str]] = {}
    for comment, theme in sorted(new):
        by_comment.setdefault(comment, []).append(theme)
    for place, row in enumerate(rows):
        for theme in (*row["themes"], *by_comment.get(row["comment_id"], ())):
            written.setdefault((row["metric"], row["period"], theme), []).append(place)
    groups: dict[tuple[str, ...], list[int]] = {}
    for scope, period, months, metric, theme, _, cost in themes:
        segment = scope.partition("=")[2]
        places = [
            place
            for month in _months_to(period, months)
            for place in written.get((metric, month, theme), ())
            if (scope == "all" or rows[place]["segment"] == segment)
            and _speaks_for(rows[place], cost)
        ]
        groups[scope, period, theme] = places
    chosen = choose(
        [Quotable(r["comment_id"], r["customer_key"] or "", r["text"]) for r in rows], groups
    )
    flat = [
        (*key, position, rows[place]["comment_id"])
        for key, places in chosen.items()
        for position, place in enumerate(places, start=1)
    ]
    names = ("scope", "period", "theme", "position", "comment_id")
    types = (pa.string(), pa.string(), pa.string(), pa.int32(), pa.string())
    columns = list(zip(*flat, strict=True)) or [()] * len(names)
    return pa.table({n: pa.array(v, t) for n, v, t in zip(names, columns, types, strict=True)})


_UNHAPPY, _HAPPY = ("detractor", "dissatisfied"), ("promoter", "satisfied")


def _speaks_for(comment: Mapping[str, Any], cost: float | None) -> bool:
    """Whether score and tone of a comment go the way of a theme's proven cost."""
    if not cost:
        return True
    bands, against = (_UNHAPPY, "positive") if cost > 0 else (_HAPPY, "negative")
    return comment["score_band"] in bands and comment["sentiment"] != against


def _months_to(period: str, months: int) -> list[str]:
    """The `months` months that end with the period."""
    last = int(period[:4]) * 12 + int(period[5:]) - 1
    return [f"{each // 12:04d}-{each % 12 + 1:02d}" for each in range(last - months + 1, last + 1)]
