"""Text made safe to put into a message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellheard.delivery.plain import one_line, printable


@pytest.mark.parametrize(
    "kept",
    ["Geschäftsführung", "東京", "العربية", "می‌خواهم", "👩‍🚀 n\u00a0=\u202f1,703", "{{ x }} <b>"],
)
def test_what_people_write_is_kept(kept: str) -> None:
    assert printable(kept) == one_line(kept) == kept


@given(st.text())
def test_whatever_comes_one_line_goes_out(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert line == line.strip() == one_line(line)
    line.encode("utf-8")


@given(st.text())
def test_no_control_or_direction_character_gets_through(text: str) -> None:
    seen = printable(text + "\x00\x1b[31m\u202e\u2066\ufeff\ud800\n")
    assert not set(seen) & set("\x00\x1b\r\u202e\u2066\ufeff\ud800")


def test_a_long_line_is_cut_and_shows_it() -> None:
    assert one_line("word " * 100, longest=12) == "word word w…"
