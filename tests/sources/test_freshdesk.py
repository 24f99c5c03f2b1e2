"""The Freshdesk connector against a Freshdesk that keeps to its documented behaviour."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import helpdesks
import pytest
from helpdesks import FIRST, HOUR, NOW, OCTOBER, SECOND, Desk, hourly

from wellheard.connections import Connection
from wellheard.demo.simulators.faults import Fault
from wellheard.demo.simulators.freshdesk import KEY, SIMULATOR
from wellheard.demo.simulators.vendor import stamp
from wellheard.errors import AccessDenied, QuotaSpent, SourceError
from wellheard.periods import Window
from wellheard.sources import freshdesk

WINDOWED = ("tickets", "conversations", "satisfaction_ratings", "contacts")
TICKETS = "/api/v2/tickets"


@contextmanager
def desk(**options: int) -> Iterator[Desk]:
    with helpdesks.serving(freshdesk, SIMULATOR, **options) as served:
        yield served


@pytest.mark.parametrize("stream", WINDOWED)
def test_every_record_of_the_window_is_read_over_many_pages(stream: str) -> None:
    with desk() as served:
        expected = served.fill(stream, hourly(25))
        served.api.page_size = 4
        pages = list(served.pages(stream))
    assert {r.id for page in pages for r in page.records} == set(expected)
    assert [page.number for page in pages] == sorted({page.number for page in pages})
    assert len(pages) > 6


def test_a_listing_never_goes_beyond_the_page_numbers_freshdesk_allows() -> None:
    """What follows a page is asked for by time, so 300 pages are no limit."""
    with desk() as served:
        expected = served.fill("tickets", hourly(40))
        served.api.page_size, served.api.most_pages = 2, 3
        assert set(served.ids("tickets")) == set(expected)
        assert len(served.calls(TICKETS)) > 20


@pytest.mark.parametrize("strictly_after", [False, True])
def test_no_ticket_is_lost_whether_the_second_asked_for_belongs_to_the_answer_or_not(
    strictly_after: bool,
) -> None:
    moments = [FIRST, *[FIRST + HOUR] * 3, FIRST + HOUR + SECOND, FIRST + 2 * HOUR]
    with desk() as served:
        expected = served.fill("tickets", moments)
        served.api.page_size = 2
        served.api.strictly_after = strictly_after
        assert set(served.ids("tickets")) == set(expected)


def test_a_second_with_more_tickets_than_a_page_holds_is_read_whole() -> None:
    with desk() as served:
        expected = served.fill("tickets", [FIRST, *[FIRST + HOUR] * 11, FIRST + 2 * HOUR])
        served.api.page_size = 3
        assert set(served.ids("tickets")) == set(expected)


def test_a_ticket_that_leaves_a_crowded_second_hides_no_other() -> None:
    with desk() as served:
        expected = served.fill("tickets", [FIRST + HOUR] * 9)
        served.api.page_size = 3
        # Ticket 1 moves to the end, so what was on page 2 is on page 1 now, which was read.
        served.api.app.before[2] = lambda: served.api.put("tickets", 1, FIRST + 9 * HOUR)
        assert set(served.ids("tickets")) == set(expected)


def test_a_ticket_edited_between_two_pages_comes_again_and_none_is_lost() -> None:
    with desk() as served:
        served.fill("tickets", hourly(7))
        served.api.page_size = 3
        served.api.app.before[2] = lambda: served.api.put("tickets", 1, FIRST + 20 * HOUR)
        found = served.records("tickets")
    assert {r.id for r in found} == {str(n) for n in range(1, 8)}
    assert max(r.changed_at for r in found if r.id == "1") == FIRST + 20 * HOUR


def test_reading_stops_after_the_page_that_passes_the_windows_end() -> None:
    with desk() as served:
        served.fill("tickets", hourly(100))
        served.api.page_size = 5
        found = served.ids("tickets", Window(FIRST, FIRST + 10 * HOUR))
        assert len(served.calls(TICKETS)) <= 6
    assert set(found) >= {str(n) for n in range(1, 11)}


def test_deleted_tickets_and_spam_are_read_from_their_own_listings() -> None:
    with desk() as served:
        served.fill("tickets", hourly(3))
        for number, flag in ((2, "deleted"), (3, "spam")):
            ticket = served.api.made_up("tickets", number, FIRST + 5 * HOUR) | {flag: True}
            served.api.add("tickets", ticket)
        found = {r.id: json.loads(r.payload) for r in served.records("tickets")}
    assert sorted(found) == ["1", "2", "3"]
    assert found["2"]["deleted"]
    assert found["3"]["spam"]


def test_the_times_of_a_ticket_are_asked_for_and_its_words_are_not() -> None:
    with desk() as served:
        served.fill("tickets", [FIRST])
        [record] = served.records("tickets")
        asked = served.calls(TICKETS)[0]
    assert "stats" in json.loads(record.payload)
    assert asked["include"] == "stats"
    assert asked["updated_since"] == stamp(OCTOBER.start - timedelta(minutes=5))


def test_the_payload_is_the_ticket_byte_for_byte() -> None:
    with desk() as served:
        served.fill("tickets", [FIRST])
        [record] = served.records("tickets")
        sent = served.api.shelves["tickets"].written([(FIRST.timestamp(), 1)])
    assert record.payload == sent
    assert "Größe – 電話".encode() in record.payload
    assert record.changed_at == FIRST


def test_all_that_was_ever_said_in_a_changed_ticket_is_read() -> None:
    with desk() as served:
        served.fill("tickets", [FIRST])
        old = served.api.made_up("conversations", 1, OCTOBER.start - 90 * 24 * HOUR)
        for n in range(5):
            served.api.add("conversations", old | {"id": 100 + n})
        served.api.page_size = 2
        assert set(served.ids("conversations")) == {"100", "101", "102", "103", "104"}


def test_a_ticket_deleted_since_it_was_listed_has_nothing_to_say() -> None:
    with desk() as served:
        served.fill("conversations", hourly(2))
        served.api.app.before[2] = lambda: served.api.remove("tickets", 1)
        served.api.app.before[3] = lambda: served.api.remove("tickets", 2)
        assert set(served.ids("conversations")) < {"900001", "900002"}


@pytest.mark.parametrize("stream", [stream.name for stream in freshdesk.STREAMS])
def test_a_host_that_knows_no_such_list_is_never_taken_for_an_empty_one(stream: str) -> None:
    with desk() as served:
        served.fill("tickets", hourly(2))
        wrong = replace(served.connection, host=f"{served.url}/elsewhere")
        with pytest.raises(SourceError, match=r"Freshdesk refused /api/v2/\S+ with 404"):
            list(served.pages(stream, connection=wrong))


def test_without_conversations_the_stream_is_left_out_and_no_call_is_made_per_ticket() -> None:
    streams = freshdesk.SOURCE.streams(freshdesk.Options(conversations=False))
    assert "conversations" not in [stream.name for stream in streams]
    assert "conversations" in [s.name for s in freshdesk.SOURCE.streams(freshdesk.Options())]


def test_a_rating_changed_two_weeks_after_it_was_given_is_read_again() -> None:
    changed = {"updated_at": stamp(FIRST), "feedback": "On second thoughts"}
    with desk() as served:
        for number, days in ((1, 13), (2, 15)):
            rating = served.api.made_up("satisfaction_ratings", number, OCTOBER.start)
            created = stamp(OCTOBER.start - timedelta(days=days))
            served.api.add("satisfaction_ratings", rating | changed | {"created_at": created})
        [record] = served.records("satisfaction_ratings")
    assert record.id == "1"
    assert record.changed_at == FIRST


@pytest.mark.parametrize("stream", ["satisfaction_ratings", "contacts"])
def test_what_came_after_the_window_is_left_to_later_windows(stream: str) -> None:
    end = FIRST + 3 * HOUR
    with desk() as served:
        expected = served.fill(stream, hourly(6))
        assert served.ids(stream, Window(FIRST, end)) == expected[:3]
        assert served.ids(stream, Window(end, end + HOUR))[-1] == expected[3]


@pytest.mark.parametrize("stream", ["satisfaction_ratings", "contacts"])
def test_a_row_deleted_between_two_pages_hides_no_other(stream: str) -> None:
    with desk() as served:
        expected = served.fill(stream, hourly(9))
        served.api.page_size = 3
        served.api.app.before[2] = lambda: served.api.remove(stream, 1)
        assert set(served.ids(stream)) == set(expected)


@pytest.mark.parametrize("stream", ["surveys", "companies"])
def test_what_has_no_history_is_read_whole_every_time(stream: str) -> None:
    with desk() as served:
        for n in range(1, 8):
            served.api.add(stream, served.api.made_up(stream, n, FIRST - 999 * HOUR))
        served.api.page_size = 3
        counts = Counter(served.ids(stream))
    assert counts == {str(n): 1 for n in range(1, 8)}


def test_an_empty_page_with_a_link_to_the_next_is_not_the_end() -> None:
    with desk() as served:
        expected = served.fill("contacts", hourly(7))
        served.api.page_size = 3
        served.api.empty_answers = {2}
        assert set(served.ids("contacts")) == set(expected)


def test_tickets_in_another_order_than_asked_for_fail_the_window() -> None:
    with desk() as served:
        served.fill("tickets", hourly(3))
        served.api.app.rewrite = lambda rows: rows[::-1]
        with pytest.raises(SourceError, match=r"tickets \[.*another order than by updated_at"):
            served.ids("tickets")


def test_a_rating_without_its_time_of_creation_fails_the_window_and_is_named() -> None:
    with desk() as served:
        served.fill("satisfaction_ratings", hourly(2))
        served.api.app.rewrite = lambda rows: [row | {"created_at": None} for row in rows]
        with pytest.raises(SourceError, match=r"got `null` - at `\$\.created_at`"):
            served.ids("satisfaction_ratings")


def test_the_answer_about_another_ticket_is_not_taken_for_this_ones() -> None:
    with desk() as served:
        served.fill("conversations", [FIRST])
        served.api.app.rewrite = lambda rows: [
            row | ({"ticket_id": 99} if "ticket_id" in row else {}) for row in rows
        ]
        with pytest.raises(SourceError, match="ticket 1 was asked for and 99 sent"):
            served.ids("conversations")


def test_a_spent_quota_is_waited_for_as_freshdesk_asks() -> None:
    with desk(requests_per_minute=3) as served:
        expected = served.fill("tickets", hourly(6))
        served.api.page_size = 3
        assert set(served.ids("tickets")) == set(expected)
    assert any("answered 429 (too many requests) and says" in line for line in served.said)
    assert sum(served.clock.slept) >= 55


def test_an_hourly_quota_that_is_spent_defers_the_window() -> None:
    with desk() as served:
        fault = Fault("rate_limited", times=99, retry_after="2400")
        served.api.app.inject(fault)
        with pytest.raises(QuotaSpent, match="after 2026-11-02T08:40:0"):
            served.ids("tickets")


def test_a_wrong_key_is_final_at_once_and_stays_out_of_the_message() -> None:
    with desk() as served:
        wrong = Connection("freshdesk", host=served.url, password="not-the-key")
        with pytest.raises(AccessDenied, match="invalid_credentials: You have to be") as failure:
            served.ids("tickets", connection=wrong)
        assert len(served.api.app.calls) == 1
    assert "not-the-key" not in str(failure.value)
    assert KEY not in str(failure.value)


def test_freshdesks_own_words_are_in_the_message_when_it_refuses_a_question() -> None:
    with desk() as served:
        served.fill("tickets", [FIRST] * 9)
        served.api.page_size, served.api.most_pages = 1, 3
        with pytest.raises(
            SourceError, match="Validation failed: invalid_value: You cannot access"
        ):
            served.ids("tickets")


def test_a_second_with_more_tickets_than_freshdesk_lists_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(freshdesk, "MOST_PAGES", 3)
    with desk() as served:
        served.fill("tickets", [FIRST] * 9)
        served.api.page_size = 1
        with pytest.raises(SourceError, match=r"changed within the second after .* ask Freshdesk"):
            served.ids("tickets")


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        freshdesk.Options.model_validate({"conversation": True})


def test_the_present_of_the_simulator_hides_what_lies_later() -> None:
    with desk() as served:
        served.fill("tickets", [NOW + HOUR])
        assert served.ids("tickets", Window(OCTOBER.start, NOW + 2 * HOUR)) == []
