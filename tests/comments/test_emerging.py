"""Themes nobody listed are found when they are there, and not when they are not."""

from __future__ import annotations

import random
import re

from wellheard.comments.emerging import Comment, Emerging, emerging
from wellheard.comments.terms import terms

PERIODS = [f"2025-{m:02d}" for m in range(1, 13)] + [f"2026-{m:02d}" for m in range(1, 13)]
WORDS = re.findall(
    r"\w+",
    "parcel window garden station ticket button letter corner bottle engine kitchen mirror pencil "
    "carpet orange branch silver planet violin harbour candle meadow copper jacket saddle blanket",
)


def month(
    period: str, n: int, seed: int = 1, language: str = "en", extra: int = 0
) -> list[Comment]:
    """Comments of words drawn at random; the first `extra` speak of a loyalty voucher."""
    drawn = random.Random(f"{period}{seed}")
    return [
        Comment(
            f"{period}-{language}-{i:04d}",
            period,
            f"c{drawn.randrange(10_000)}",
            language,
            " ".join(drawn.choices(WORDS, k=8))
            + (" and the loyalty voucher was refused" if i < extra else ""),
        )
        for i in range(n)
    ]


def vouchers(comments: list[Comment], periods: list[str]) -> list[Emerging]:
    """What was found of the planted subject; one month of twenty may claim some chance words."""
    return [each for each in emerging(comments, periods, 5) if "voucher" in each.label]


def test_a_new_subject_is_found_in_its_month_with_its_comments() -> None:
    comments = [c for p in PERIODS[:13] for c in month(p, 120, extra=12 if p == PERIODS[12] else 0)]
    (found,) = vouchers(comments, PERIODS[:13])
    assert found.period == "2026-01"
    assert found.label in {"loyalty voucher was refused", "loyalty voucher", "voucher was refused"}
    assert found.theme == "emerging_en_" + found.label.replace(" ", "_")
    assert found.p_adjusted < 0.001
    assert list(found.now) == [f"2026-01-en-{i:04d}" for i in range(12)]
    assert found.before == ()


def test_a_subject_that_was_always_there_is_not_new() -> None:
    comments = [c for p in PERIODS[:13] for c in month(p, 120, extra=12)]
    assert vouchers(comments, PERIODS[:13]) == []


def test_the_order_of_the_comments_does_not_matter() -> None:
    comments = [c for p in PERIODS[:8] for c in month(p, 90, extra=9 if p == PERIODS[7] else 0)]
    shuffled = random.Random(3).sample(comments, len(comments))
    assert emerging(comments, PERIODS[:8], 5) == emerging(shuffled, PERIODS[:8], 5) != []


def test_months_without_anything_new_claim_it_in_less_than_one_of_twenty() -> None:
    claims = months = 0
    for seed in range(40):
        comments = [c for p in PERIODS for c in month(p, 60, seed)]
        found = emerging(comments, PERIODS, 5)
        claims += len({each.period for each in found})
        months += len(PERIODS) - 3
    assert claims / months <= 0.05


def test_more_customers_of_a_language_are_no_theme() -> None:
    comments = [c for p in PERIODS[:13] for c in month(p, 100)]
    comments += [c for p in PERIODS[:12] for c in month(p, 5, language="de")]
    comments += month(PERIODS[12], 90, language="de")
    assert emerging(comments, PERIODS[:13], 5) == []


def test_one_customer_cannot_make_a_theme() -> None:
    comments = [c for p in PERIODS[:6] for c in month(p, 100)]
    comments += [
        Comment(f"x{i}", PERIODS[5], "c1", "en", f"loyalty voucher number {WORDS[i]}")
        for i in range(20)
    ]
    assert vouchers(comments, PERIODS[:6]) == []


def test_too_few_comments_or_months_say_nothing() -> None:
    short = [c for p in PERIODS[:3] for c in month(p, 100, extra=30 if p == PERIODS[2] else 0)]
    assert emerging(short, PERIODS[:3], 5) == []
    few = [c for p in PERIODS[:12] for c in month(p, 19, extra=10 if p == PERIODS[11] else 0)]
    assert emerging(few, PERIODS[:12], 5) == []


def test_terms_stay_within_a_sentence_and_carry_a_subject() -> None:
    found = terms("The new router. Update is late, [name] said so: <b>cold start</b>")
    assert {"new router", "router", "update is late", "cold start"} <= found
    assert not {"router update", "the", "name", "the new", "b"} & found
