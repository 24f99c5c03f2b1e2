"""Quotes stand for their theme: typical, readable, of different customers."""

from __future__ import annotations

import random

from wellheard.comments.quotes import LONGEST, Quotable, choose

TYPICAL = [
    "The invoice is wrong and nobody can explain the invoice",
    "Every invoice is wrong since spring, please explain it",
    "My invoice was wrong again and had to be corrected",
    "Nobody could explain why the invoice was so high",
]
ODD = "Penguins swim remarkably well in cold southern waters"


def of(*texts: str, customers: list[str] | None = None) -> list[Quotable]:
    who = customers or [f"c{i}" for i in range(len(texts))]
    return [Quotable(f"q{i}", who[i], text) for i, text in enumerate(texts)]


def chosen(comments: list[Quotable]) -> list[str]:
    found = choose(comments, {("all", "t"): range(len(comments))})
    return [comments[place].text for place in found["all", "t"]]


def test_at_most_three_and_the_odd_one_is_not_among_them() -> None:
    found = chosen(of(*TYPICAL, ODD))
    assert len(found) == 3
    assert ODD not in found


def test_too_long_too_short_links_and_code_are_not_quoted() -> None:
    unreadable = [
        "Bad", "Invoice wrong again", "Invoice wrong " * 40, "x" * (LONGEST + 1),
        "invoice see https://example.com/invoice for the wrong one", "{{ 7*7 }} ${7*7} {% 1 %} <x>",
    ]  # fmt: skip
    assert chosen(of(*unreadable, TYPICAL[0])) == [TYPICAL[0]]


def test_a_customer_is_quoted_once_and_no_words_twice() -> None:
    assert len(chosen(of(*TYPICAL, customers=["c1"] * 4))) == 1
    assert len(chosen(of(TYPICAL[0], TYPICAL[0] + "!", TYPICAL[0].upper()))) == 1
    assert len(chosen(of(*TYPICAL, customers=[""] * 4))) == 3, "unknown customers may differ"


def test_a_phrase_around_the_same_sentence_makes_no_other_quote() -> None:
    told = "I had to explain my problem four times"
    found = chosen(of(told, f"As a long-time customer: {told}!", f"{told}... what a shame", ODD))
    assert len([text for text in found if told in text]) == 1


def test_untouched_words_come_before_redacted_ones() -> None:
    found = chosen(
        of("[name] says the invoice is wrong and nobody can explain the invoice", *TYPICAL)
    )
    assert not any("[name]" in text for text in found)


def test_the_order_of_the_comments_does_not_matter() -> None:
    comments = of(*TYPICAL, ODD, *(f"{text} number {i}" for i, text in enumerate(TYPICAL)))
    first = chosen(comments)
    for seed in range(5):
        assert chosen(random.Random(seed).sample(comments, len(comments))) == first


def test_an_empty_group_has_no_quotes() -> None:
    assert choose([], {("all", "t"): []}) == {("all", "t"): []}
