"""Months and windows: read strictly, bounded in the reporting zone, half-open."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from wellheard.errors import ConfigError
from wellheard.periods import Period, Window, merge_windows

LONDON = ZoneInfo("Europe/London")


def test_a_month_is_read_and_written_the_same_way():
    assert str(Period.parse(" 2026-10 ")) == "2026-10"


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "2026-1", "26-10", "October", "", "0000-01"]
)
def test_what_is_not_a_month_is_refused_with_an_example(text):
    with pytest.raises(ConfigError, match="not a month; write year and month") as caught:
        Period.parse(text)
    assert repr(text) in str(caught.value)


def test_a_month_begins_and_ends_at_midnight_of_the_reporting_zone():
    window = Period(2026, 10).window(LONDON)
    assert window.start == datetime(2026, 9, 30, 23, tzinfo=UTC)
    assert window.end == datetime(2026, 11, 1, 0, tzinfo=UTC)


def test_a_month_with_a_clock_change_is_an_hour_longer_or_shorter():
    lengths = {m: Period(2026, m).window(LONDON) for m in (3, 10)}
    assert lengths[3].end - lengths[3].start == timedelta(days=31, hours=-1)
    assert lengths[10].end - lengths[10].start == timedelta(days=31, hours=1)


def test_the_last_second_of_a_month_belongs_to_it_and_the_next_does_not():
    last = datetime(2026, 10, 31, 23, 59, 59, tzinfo=LONDON)
    assert str(Period.of(last, LONDON)) == "2026-10"
    assert str(Period.of(last + timedelta(seconds=1), LONDON)) == "2026-11"


def test_months_shift_over_the_year():
    assert str(Period(2026, 1).shift(-1)) == "2025-12"
    assert str(Period(2026, 12).shift(13)) == "2028-01"


def test_a_window_is_half_open():
    window = Window.parse("2026-10-01/2026-10-02")
    assert window.contains(window.start)
    assert not window.contains(window.end)


def test_a_window_survives_being_a_folder_name():
    window = Window.parse("2026-10-01T06:00/2026-10-02T07:30:05+02:00")
    assert Window.from_key(window.key) == window


@pytest.mark.parametrize(
    "text", ["2026-10-01", "2026-10-01/", "a/b", "2026-10-01/2026-10-02/x", ""]
)
def test_what_is_not_a_window_is_refused_with_an_example(text):
    with pytest.raises(ConfigError, match="write START/END"):
        Window.parse(text)


def test_an_empty_window_is_refused():
    with pytest.raises(ConfigError, match="start must lie before its end"):
        Window.parse("2026-10-02/2026-10-01")


def test_touching_windows_join_and_separate_ones_stay():
    a, b, c = (
        Window.parse(t)
        for t in ("2026-10-01/2026-10-02", "2026-10-02/2026-10-04", "2026-10-05/2026-10-06")
    )
    assert merge_windows([c, b, a]) == [Window(a.start, b.end), c]
