"""The Roundup connector against a simulated tracker: pages, crowded seconds, odd answers.

tests/sources/test_roundup_server.py runs it against the real one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from simulated_vendor import FIRST, HOUR, WINDOW, SimulatedVendor, simulated

from wellheard.demo.simulators.roundup import TOKEN
from wellheard.errors import SourceError
from wellheard.sources import roundup

SECOND = timedelta(seconds=1)


def one_to(count: int) -> set[str]:
    return {str(n) for n in range(1, count + 1)}


def crowd(vendor: SimulatedVendor, count: int) -> None:
    """So many issues in one second, between two others."""
    for number in range(1, count + 1):
        vendor.api.put("issues", number, FIRST)
    vendor.api.put("issues", count + 1, FIRST - HOUR)
    vendor.api.put("issues", count + 2, FIRST + HOUR)


def asked(vendor: SimulatedVendor) -> list[dict[str, str]]:
    return vendor.calls("/rest/data/issue")


def test_pages_are_never_turned_where_no_second_is_crowded() -> None:
    with simulated("roundup", page_size=3) as vendor:
        expected = vendor.fill("issues", 20)
        assert set(vendor.ids("issues")) == set(expected)
        assert {call["@page_index"] for call in asked(vendor)} == {"1"}
        since = [call["activity"] for call in asked(vendor)]
        assert since == sorted(set(since))


def test_times_are_written_with_an_offset_as_the_account_may_live_in_another_zone() -> None:
    with simulated("roundup") as vendor:
        vendor.fill("issues", 2)
        assert vendor.ids("issues") == ["1", "2"]
        stamp = r"\d{4}-\d\d-\d\d\.\d\d:\d\d:\d\d\+0000"
        for call in asked(vendor):
            assert re.fullmatch(f"from {stamp} to {stamp}", call["activity"])


def test_more_issues_in_one_second_than_a_page_holds_are_turned_page_by_page() -> None:
    with simulated("roundup", page_size=3) as vendor:
        crowd(vendor, 11)
        assert set(vendor.ids("issues")) == one_to(13)
        turned = {call["activity"] for call in asked(vendor) if call["@page_index"] != "1"}
        assert len(turned) == 1


def test_an_issue_that_leaves_a_crowded_second_between_two_pages_hides_no_other() -> None:
    with simulated("roundup", page_size=3) as vendor:
        crowd(vendor, 11)
        for call in range(3, 6):  # each moves the rest of the second one place forward
            edit = lambda n=call: vendor.api.put("issues", n - 2, FIRST + 2 * HOUR)  # noqa: E731
            vendor.api.app.before[call] = edit
        assert set(vendor.ids("issues")) == one_to(13)


def test_a_second_that_changes_at_every_reading_fails_the_window() -> None:
    with simulated("roundup", page_size=3) as vendor:
        crowd(vendor, 60)
        for call in range(3, 100):
            if call - 2 <= 60:
                vendor.api.app.before[call] = lambda n=call - 2: vendor.api.put(
                    "issues", n, FIRST + 3 * HOUR
                )
        vendor.api.page_size = 2
        with pytest.raises(SourceError, match=r"were read 5 times and changed every time"):
            vendor.ids("issues")


def rewritten(change: Callable[[dict[str, Any]], None]) -> Callable[[Any], Any]:
    def rewrite(content: Any) -> Any:
        change(content["data"])
        return content

    return rewrite


def too_early(data: dict[str, Any]) -> None:
    data["collection"][0]["activity"] = "2019-01-01.00:00:00"


def no_time(data: dict[str, Any]) -> None:
    data["collection"][0]["activity"] = "yesterday"


def promised_more(data: dict[str, Any]) -> None:
    data["@total_size"] += 1


def nothing_but_a_next_page(data: dict[str, Any]) -> None:
    data["@links"]["next"] = [{"rel": "next", "uri": "x"}]
    data["collection"] = []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (too_early, r"item 1 was last active at 2019-01-01T00:00:00Z, not when asked for"),
        (no_time, r"item 1: activity is no time: 'yesterday'"),
        (promised_more, r"promises 4 rows, holds 3 and ends"),
        (nothing_but_a_next_page, r"names a next page and holds no rows"),
    ],
)
def test_an_answer_that_cannot_be_right_fails_the_window_and_says_why(
    change: Callable[[dict[str, Any]], None], said: str
) -> None:
    with simulated("roundup") as vendor:
        vendor.fill("issues", 3)
        vendor.api.app.rewrite = rewritten(change)
        with pytest.raises(SourceError, match=said) as failed:
            vendor.ids("issues")
    assert str(failed.value).startswith(f"roundup/issues {WINDOW} page 1: ")


def test_an_answer_that_was_wrong_once_is_asked_for_again() -> None:
    with simulated("roundup") as vendor:
        vendor.fill("issues", 3)
        vendor.api.app.rewrite = rewritten(too_early)
        vendor.api.app.before[2] = lambda: setattr(vendor.api.app, "rewrite", None)
        assert set(vendor.ids("issues")) == one_to(3)


def test_properties_of_the_trackers_own_are_asked_for_and_landed_as_sent() -> None:
    with simulated("roundup") as vendor:
        vendor.fill("issues", 1)
        [record] = vendor.records("issues", issue_properties=["status", "nosy"])
        assert b'"nosy": null' in record.payload
        assert b'"priority"' not in record.payload
        assert b'"name": "chatting"' in record.payload


def test_names_that_are_no_properties_are_refused_in_the_settings() -> None:
    with pytest.raises(ValidationError, match="issue_properties"):
        roundup.Options(issue_properties=["status&@page_size=1"])


def test_neither_a_messages_text_nor_a_users_password_is_asked_for() -> None:
    with simulated("roundup") as vendor:
        vendor.fill("messages", 1)
        vendor.fill("users", 1)
        vendor.ids("messages")
        vendor.ids("users")
        fields = ",".join(call.query["@fields"] for call in vendor.api.app.calls).split(",")
        assert not {"content", "summary", "password"} & set(fields)


def test_without_a_login_the_password_is_sent_as_a_web_token() -> None:
    with simulated("roundup") as vendor:
        vendor.fill("users", 2)
        account = replace(vendor.connection, login="", password=TOKEN)
        assert vendor.ids("users", connection=account) == ["1", "2"]


def test_the_trackers_limit_is_waited_out_as_long_as_it_asks() -> None:
    with simulated("roundup", page_size=3, requests_per_minute=5) as vendor:
        expected = vendor.fill("issues", 20)
        assert set(vendor.ids("issues")) == set(expected)
        assert any("answered 429" in said for said in vendor.said)
        assert max(vendor.clock.slept) >= 59
