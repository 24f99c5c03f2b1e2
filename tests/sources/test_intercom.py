"""The Intercom connector against an Intercom that keeps to its documented behaviour."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import helpdesks
import pytest
from helpdesks import FIRST, HOUR, OCTOBER, Desk, hourly

from wellheard.demo.simulators.faults import Fault
from wellheard.demo.simulators.intercom import SIMULATOR, TOKEN
from wellheard.demo.simulators.intercom_records import ADMIN, part, parts
from wellheard.errors import AccessDenied, SourceError
from wellheard.periods import Window
from wellheard.sources import intercom

WINDOWED = ("conversations", "contacts")
DAY = timedelta(days=1)


@contextmanager
def desk(**options: int) -> Iterator[Desk]:
    with helpdesks.serving(intercom, SIMULATOR, **options) as served:
        yield served


def define(served: Desk, stream: str, count: int) -> set[str]:
    for number in range(1, count + 1):
        served.api.add(stream, served.api.made_up(stream, number, FIRST - 999 * HOUR))
    return set(served.api.definitions[stream])


@pytest.mark.parametrize("stream", WINDOWED)
def test_every_record_of_the_window_is_read_over_many_pages(stream: str) -> None:
    with desk() as served:
        expected = served.fill(stream, hourly(25))
        served.api.page_size = 4
        pages = list(served.pages(stream))
    assert sorted(r.id for page in pages for r in page.records) == sorted(expected)
    assert len(pages) == 7


@pytest.mark.parametrize("stream", WINDOWED)
def test_an_empty_page_with_a_cursor_is_not_the_end(stream: str) -> None:
    with desk() as served:
        expected = served.fill(stream, hourly(7))
        served.api.page_size = 3
        served.api.empty_answers = {1, 3}
        assert sorted(served.ids(stream)) == sorted(expected)


@pytest.mark.parametrize("stream", WINDOWED)
def test_a_record_edited_between_two_pages_comes_again_and_none_is_lost(stream: str) -> None:
    with desk() as served:
        expected = served.fill(stream, hourly(9))
        served.api.page_size = 3
        served.api.app.before[2] = lambda: served.api.put(stream, 1, FIRST + 20 * HOUR)
        assert set(served.ids(stream)) == set(expected)


def test_a_conversation_is_landed_with_its_parts_byte_for_byte() -> None:
    with desk() as served:
        served.fill("conversations", [FIRST])
        [record] = served.records("conversations")
        sent = served.api.shelves["conversations"].written([(FIRST.timestamp(), "1001")])
    assert record.payload == sent
    assert "Größe – 電話".encode() in record.payload
    assert len(json.loads(record.payload)["conversation_parts"]["conversation_parts"]) == 1
    assert record.changed_at == FIRST


def test_a_conversation_deleted_after_the_search_is_landed_as_the_search_showed_it() -> None:
    with desk() as served:
        served.fill("conversations", [FIRST])
        served.api.app.before[2] = lambda: served.api.remove("conversations", 1)
        [record] = served.records("conversations")
    assert record.id == "1001"
    assert "conversation_parts" not in json.loads(record.payload)


def test_the_search_asks_for_the_window_in_epoch_seconds_oldest_first() -> None:
    asked: list[dict] = []
    with desk() as served:
        real = served.api._page

        def listening(question, keys, stream):
            asked.append(question)
            return real(question, keys, stream)

        served.api._page = listening
        served.ids("conversations")
    [question] = asked
    after, before = question["query"]["value"]
    assert (after["operator"], before["operator"]) == (">", "<")
    assert after["value"] == int((OCTOBER.start - timedelta(minutes=5)).timestamp()) - 1
    assert before["value"] == int(OCTOBER.end.timestamp())
    assert question["sort"] == {"field": "updated_at", "order": "ascending"}
    assert question["pagination"]["per_page"] == 150


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "Pacific/Honolulu"])
def test_contacts_of_the_windows_first_and_last_second_are_found_in_every_zone(zone: str) -> None:
    """A search for contacts knows whole days of the workspace's zone only."""
    window = Window(datetime(2026, 10, 10, tzinfo=UTC), datetime(2026, 10, 11, tzinfo=UTC))
    edges = [window.start, window.end - timedelta(seconds=1)]
    with desk() as served:
        served.api.zone = ZoneInfo(zone)
        expected = served.fill("contacts", edges)
        served.fill("contacts", [window.start - 9 * DAY, window.end + 9 * DAY], start=50)
        assert sorted(served.ids("contacts", window)) == sorted(expected)


def test_fewer_conversations_than_promised_fail_the_window() -> None:
    with desk() as served:
        served.fill("conversations", hourly(3))
        served.api.app.rewrite = lambda content: (
            content | ({"total_count": 4} if "conversations" in content else {})
        )
        with pytest.raises(SourceError, match="promises 4 conversations and sent 3; nothing of"):
            served.ids("conversations")


def test_a_cursor_that_stands_still_is_never_taken_for_the_end() -> None:
    with desk() as served:
        served.fill("contacts", hourly(3))
        pages = {"type": "pages", "next": {"starting_after": "c3R1Y2s="}}
        served.api._page = lambda asked, keys, stream: ([], {"total_count": 3, "pages": pages})
        with pytest.raises(SourceError, match="stands still: 6 answers in a row"):
            served.ids("contacts")


def test_the_answer_about_another_conversation_is_not_taken_for_this_one() -> None:
    with desk() as served:
        served.fill("conversations", [FIRST])
        served.api.app.rewrite = lambda content: (
            content | ({} if "conversations" in content else {"id": "77"})
        )
        with pytest.raises(SourceError, match="conversation 1001 was asked for and 77 sent"):
            served.ids("conversations")


def test_a_conversation_without_its_time_of_change_fails_the_window_and_is_named() -> None:
    def without(content: dict) -> dict:
        if "conversation_parts" in content:
            del content["updated_at"]
        return content

    with desk() as served:
        served.fill("conversations", [FIRST])
        served.api.app.rewrite = without
        with pytest.raises(SourceError, match="missing required field `updated_at`"):
            served.ids("conversations")


@pytest.mark.parametrize("stream", ["companies", "admins"])
def test_what_has_no_history_is_read_whole_every_time(stream: str) -> None:
    with desk() as served:
        expected = define(served, stream, 10)
        served.api.page_size = 4
        found = served.ids(stream)
    assert len(found) == 10
    assert set(found) == expected


def test_a_page_of_the_scroll_that_was_lost_on_the_way_is_read_by_a_second_scroll() -> None:
    """The scroll moved on although its answer never arrived, and gives the next page then."""
    with desk() as served:
        expected = define(served, "companies", 10)
        served.api.page_size = 4
        served.api.app.inject(Fault("truncated", skip=1))
        found = served.ids("companies")
    assert set(found) == expected
    assert len(found) == 10


def test_another_scroll_is_waited_for_until_it_is_closed() -> None:
    with desk() as served:
        expected = define(served, "companies", 3)
        served.api.app.inject(Fault("truncated"))  # opens a scroll we never learn the name of
        assert set(served.ids("companies")) == expected
    assert sum(served.clock.slept) > 60


def test_a_scroll_somebody_else_keeps_open_says_what_to_do() -> None:
    with desk() as served:
        define(served, "companies", 3)
        served.api._scrolled(None)
        served.api.scrolls[next(iter(served.api.scrolls))].used = 10_000.0
        with pytest.raises(SourceError, match="another program keeps a scroll"):
            served.ids("companies")


def test_companies_that_never_come_fail_the_window() -> None:
    with desk() as served:
        define(served, "companies", 3)
        served.api.app.rewrite = lambda content: (
            content | ({"total_count": 5} if content.get("total_count") else {})
        )
        with pytest.raises(SourceError, match="counts 5 companies and 3 came in 5 scrolls"):
            served.ids("companies")


def test_a_spent_quota_is_waited_for_until_the_moment_intercom_names() -> None:
    with desk(requests_per_minute=3) as served:
        expected = served.fill("contacts", hourly(12))
        served.api.page_size = 3
        assert set(served.ids("contacts")) == set(expected)
    assert any("rate_limit_exceeded" in line for line in served.said)
    assert 55 <= sum(served.clock.slept) <= 65


def test_a_wrong_token_is_final_at_once_and_stays_out_of_the_message() -> None:
    with desk() as served:
        wrong = replace(served.connection, password="not-the-token")
        with pytest.raises(AccessDenied, match="unauthorized: Access Token Invalid") as failure:
            served.ids("admins", connection=wrong)
        assert len(served.api.app.calls) == 1
    assert "not-the-token" not in str(failure.value)
    assert TOKEN not in str(failure.value)


def test_intercoms_own_words_are_in_the_message_when_it_refuses_a_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intercom, "PAGE_SIZE", 151)
    with desk() as served, pytest.raises(SourceError, match="per_page must be between 1 and 150"):
        served.ids("contacts")


def test_only_the_latest_500_parts_of_a_conversation_are_shown_and_the_rest_counted() -> None:
    with desk() as served:
        moment = int(FIRST.timestamp())
        record = served.api.made_up("conversations", 1, FIRST)
        record["conversation_parts"] = parts(
            [part(n, "comment", ADMIN, moment, "…") for n in range(510)]
        )
        served.api.add("conversations", record)
        [landed] = served.records("conversations")
    shown = json.loads(landed.payload)["conversation_parts"]
    assert (len(shown["conversation_parts"]), shown["total_count"]) == (500, 510)


def test_intercom_takes_no_options() -> None:
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        intercom.Options.model_validate({"workspace": "larkfield"})
