"""Quotes of a theme speak the way its proven cost goes, and are of the scope's customers."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from wellheard.comments.tables import quoted

SAID = [
    # words, band, sentiment
    ("Nobody owns my case and every agent asks me everything again", "detractor", "negative"),
    ("Third department this week, still no answer to my question", "detractor", "neutral"),
    ("Handed round four teams before anyone read the notes", "detractor", "unknown"),
    ("Your adviser was lovely but I was sent to another department", "detractor", "positive"),
    ("Somebody finally took my case to its end, after two departments", "passive", "positive"),
    ("One department, one call, everything solved, thank you", "promoter", "positive"),
    ("The other department rang me within the hour as promised", "promoter", "neutral"),
    ("Great company, though the wrong department answered first", "promoter", "negative"),
]


def comments(said: list[tuple[str, str, str]] = SAID) -> pa.Table:
    rows: list[dict[str, Any]] = [
        {
            "comment_id": f"c{i}", "customer_key": f"k{i}", "period": "2026-10",
            "segment": "consumer", "metric": "nps", "themes": ["handovers"], "text": text,
            "score_band": band, "sentiment": sentiment,
        }
        for i, (text, band, sentiment) in enumerate(said)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows)


def chosen(cost: float | None, said: list[tuple[str, str, str]] = SAID) -> list[tuple[str, str]]:
    theme = ("all", "2026-10", 3, "nps", "handovers", False, cost)
    found = quoted(comments(said), [theme], [])["comment_id"].to_pylist()
    return [said[int(name[1:])][1:] for name in found]


def test_a_theme_that_costs_points_is_quoted_from_unhappy_customers_who_complain() -> None:
    assert sorted(chosen(9.0)) == [
        ("detractor", "negative"), ("detractor", "neutral"), ("detractor", "unknown"),
    ]  # fmt: skip


def test_a_theme_that_brings_points_is_quoted_from_happy_customers() -> None:
    assert sorted(chosen(-5.1)) == [("promoter", "neutral"), ("promoter", "positive")]


def test_a_theme_of_satisfaction_answers_follows_the_same_rule() -> None:
    said = [
        (text, "dissatisfied" if band == "detractor" else "satisfied", feeling)
        for text, band, feeling in SAID
    ]
    assert {band for band, _ in chosen(2.0, said)} == {"dissatisfied"}
    assert {band for band, _ in chosen(-2.0, said)} == {"satisfied"}


def test_a_theme_without_a_proven_cost_is_quoted_as_it_is_written() -> None:
    assert len(chosen(None)) == 3


def test_a_costly_theme_nobody_complains_of_has_no_quote() -> None:
    assert chosen(3.0, SAID[4:]) == []


def test_those_of_no_segment_are_not_quoted_for_one_called_none() -> None:
    nobodys = comments().set_column(
        comments().schema.get_field_index("segment"), "segment", pa.nulls(len(SAID), pa.string())
    )
    for scope, n in (("segment=None", 0), ("all", 3)):
        theme = (scope, "2026-10", 3, "nps", "handovers", False, None)
        assert len(quoted(nobodys, [theme], [])) == n
