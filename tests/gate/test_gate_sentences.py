"""What a failed check says, and to which month's readers."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from wellheard.gate_sentences import Finding, joined, months, readable, sentence


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (16160.4, "16,160"), (517.52, "517.5"), (27.42, "27.4"), (27.0, "27"), (4.936, "4.94"),
        (5.0, "5"), (-12.44, "-12.4"), (0.0, "0"), (1234, "1,234"), (10, "10"),
        (float("nan"), "unknown"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_people_write_them(value: float, text: str) -> None:
    assert readable(value) == text


def test_a_format_of_the_rule_itself_is_kept() -> None:
    row = {"n": 12345, "share": 3.14159, "on": date(2026, 10, 5), "right": True}
    assert sentence("{n} {share:.3f} {on:%d %b} {right}", row) == "12,345 3.142 05 Oct True"


@pytest.mark.parametrize(
    ("row", "about"),
    [
        ({"period": "2026-06", "n": 1}, ["2026-06"]),
        ({"day": date(2026, 10, 14)}, ["2026-10"]),
        ({"week_from": date(2026, 10, 29)}, ["2026-10", "2026-11"]),
        ({"week_from": datetime(2026, 10, 5, tzinfo=UTC)}, ["2026-10"]),
        ({"source": "zendesk", "watermark": datetime(2026, 10, 5, tzinfo=UTC)}, []),
    ],
)
def test_a_failing_row_is_about_the_months_of_its_dates(
    row: dict[str, object], about: list[str]
) -> None:
    assert months(row) == about


def test_what_is_about_no_month_concerns_every_report() -> None:
    assert Finding(text="x").concerns("2026-10")
    assert Finding(text="x", months=["2026-10"]).concerns("2026-10")
    assert not Finding(text="x", months=["2026-09"]).concerns("2026-10")


def test_a_long_list_is_cut_and_the_rest_is_counted() -> None:
    assert joined("abc", 5) == "a; b; c"
    assert joined("abcdef", 2) == "a; b; and 4 more"
    assert joined("ab", 2, total=1500) == "a; b; and 1,498 more"
