"""The Request Tracker connector against an RT that behaves as RT 5.0.3 was seen to."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from simulated_vendor import FIRST, HOUR, SimulatedVendor, simulated

from wellheard.connections import Connection
from wellheard.demo.simulators.request_tracker import TOKEN
from wellheard.errors import AccessDenied, SourceError
from wellheard.periods import Window
from wellheard.sources.request_tracker import _authorization

NEVER = "1970-01-01T00:00:00Z"
SEARCHED = ("tickets", "transactions")
SECOND = timedelta(seconds=1)


def one_to(count: int) -> set[str]:
    return {str(n) for n in range(1, count + 1)}


def crowd(vendor: SimulatedVendor, stream: str, count: int) -> None:
    """So many records in one second, between two others."""
    for number in range(1, count + 1):
        vendor.api.put(stream, number, FIRST)
    vendor.api.put(stream, count + 1, FIRST - HOUR)
    vendor.api.put(stream, count + 2, FIRST + HOUR)


@pytest.mark.parametrize("stream", SEARCHED)
def test_rows_go_on_from_the_last_ones_second_and_never_by_page_number(stream: str) -> None:
    with simulated("request_tracker", page_size=3) as vendor:
        expected = vendor.fill(stream, 20)
        assert set(vendor.ids(stream)) == set(expected)
        asked = [call for call in vendor.calls(stream) if call["per_page"] == "100"]
        assert not any("page" in call for call in asked)
        assert len({call["query"] for call in asked}) == len(asked)


@pytest.mark.parametrize("stream", SEARCHED)
def test_more_rows_in_one_second_than_a_page_holds_are_read_by_id(stream: str) -> None:
    with simulated("request_tracker", page_size=3) as vendor:
        crowd(vendor, stream, 11)
        assert set(vendor.ids(stream)) == one_to(13)
        assert any("AND id > 6" in call["query"] for call in vendor.calls(stream))


def test_a_ticket_that_leaves_a_crowded_second_between_two_pages_hides_no_other() -> None:
    with simulated("request_tracker", page_size=3) as vendor:
        crowd(vendor, "tickets", 11)
        for call in range(4, 8):
            edit = lambda n=call: vendor.api.put("tickets", n - 3, FIRST + 2 * HOUR)  # noqa: E731
            vendor.api.app.before[call] = edit
        assert set(vendor.ids("tickets")) == one_to(13)


def test_a_ticket_merged_into_another_arrives_and_a_deleted_one_does_not() -> None:
    with simulated("request_tracker") as vendor:
        vendor.fill("tickets", 1)
        merged = vendor.api.made_up("tickets", 2, FIRST + HOUR) | {"EffectiveId": "1"}
        vendor.api.add("tickets", merged)
        deleted = vendor.api.made_up("tickets", 3, FIRST + HOUR) | {"Status": "deleted"}
        vendor.api.add("tickets", deleted)
        assert vendor.ids("tickets") == ["1", "2"]


@pytest.mark.parametrize("stream", SEARCHED)
@pytest.mark.parametrize("hours", [-5, 2])
def test_an_account_in_another_zone_than_utc_fails_the_window_instead_of_losing_hours(
    stream: str, hours: int
) -> None:
    with simulated("request_tracker") as vendor:
        vendor.fill("transactions", 20)
        vendor.fill("tickets", 20)
        vendor.api.zone = timedelta(hours=hours)
        with pytest.raises(SourceError, match=r"another zone than UTC.*Preferences") as failed:
            vendor.ids(stream)
    assert "connection 'request_tracker'" in str(failed.value)


def test_rows_that_were_not_asked_for_point_to_the_accounts_zone_too() -> None:
    """Summer time may begin within the window, when the check at its start cannot tell."""
    with simulated("request_tracker") as vendor:
        vendor.fill("tickets", 20)
        vendor.api.zone = timedelta(hours=3)
        with pytest.raises(SourceError, match=r"was not asked for; if that stays so, set the time"):
            vendor.ids("tickets", Window(FIRST + 5 * HOUR, FIRST + 8 * HOUR))


@pytest.mark.parametrize("stream", SEARCHED)
def test_an_account_that_may_not_see_all_fails_as_the_end_is_not_known(stream: str) -> None:
    with simulated("request_tracker") as vendor:
        vendor.fill(stream, 3)
        vendor.api.sees_all = False
        with pytest.raises(SourceError, match=r"may not see all of them.*the right SuperUser"):
            vendor.ids(stream)


def test_users_are_listed_whole_and_read_in_full_only_where_they_changed() -> None:
    with simulated("request_tracker", page_size=3) as vendor:
        for number in range(1, 9):
            vendor.api.put("users", number, FIRST - timedelta(days=40))
        vendor.api.put("users", 4, FIRST)
        vendor.api.put("users", 7, FIRST)
        records = vendor.records("users")
        assert [record.id for record in records] == ["4", "7"]
        assert all(b'"Privileged": 0' in record.payload for record in records)
        listed = vendor.calls("/users")
        assert {call["find_disabled_rows"] for call in listed} == {"1"}
        assert [call["page"] for call in listed] == ["1", "2", "3"]
        full = [call.path for call in vendor.api.app.calls if "/user/" in call.path]
        assert full == ["/REST/2.0/user/4", "/REST/2.0/user/7"]


def test_a_user_removed_while_the_list_is_read_hides_no_other() -> None:
    with simulated("request_tracker", page_size=3) as vendor:
        vendor.fill("users", 9)
        # After the first page with its three users: number 4 moves onto the page just read.
        vendor.api.app.before[5] = lambda: vendor.api.remove("users", 2)
        assert set(vendor.ids("users")) >= one_to(9) - {"2"}


def test_users_removed_at_every_reading_fail_the_window() -> None:
    with simulated("request_tracker", page_size=3) as vendor:
        for number in range(1, 30):
            vendor.api.put("users", number, FIRST - timedelta(days=40))
        for turn, call in enumerate((2, 12, 22), 1):
            vendor.api.app.before[call] = lambda n=turn: vendor.api.remove("users", n)
        with pytest.raises(SourceError, match="users were removed during each of 3 readings"):
            vendor.ids("users")


def test_a_user_gone_before_being_read_in_full_is_left_out() -> None:
    with simulated("request_tracker") as vendor:
        vendor.fill("users", 3)
        vendor.api.app.before[3] = lambda: vendor.api.remove("users", 2)
        assert vendor.ids("users") == ["1", "3"]


def test_a_time_that_is_not_set_is_not_taken_for_1970() -> None:
    with simulated("request_tracker") as vendor:
        vendor.fill("users", 2)
        vendor.api.add("users", {**vendor.api.made_up("users", 3, FIRST), "LastUpdated": NEVER})
        with pytest.raises(SourceError, match="row 3 has no LastUpdated"):
            vendor.ids("users")


def miscounted(content: dict[str, Any]) -> dict[str, Any]:
    return content | {"count": content["count"] + 1}


def emptied(content: dict[str, Any]) -> dict[str, Any]:
    return content | {"count": 0, "items": []}


@pytest.mark.parametrize(
    ("rewrite", "said"),
    [
        (miscounted, r"it says count \d and holds \d rows"),
        (emptied, r"promises 3 rows and holds none"),
    ],
)
def test_an_answer_that_contradicts_itself_fails_the_window(
    rewrite: Callable[[dict[str, Any]], dict[str, Any]], said: str
) -> None:
    with simulated("request_tracker") as vendor:
        vendor.fill("tickets", 3)
        vendor.api.app.rewrite = rewrite
        with pytest.raises(SourceError, match=said):
            vendor.ids("tickets")


def test_a_login_means_basic_authentication_and_none_a_token() -> None:
    pair = base64.b64encode(b"reporter:made-up").decode()
    account = Connection(id="rt", host="https://rt.example.org", password="made-up")
    assert _authorization(account) == {"Authorization": "token made-up"}
    with_login = replace(account, login="reporter")
    assert _authorization(with_login) == {"Authorization": f"Basic {pair}"}


def test_a_refused_token_is_final_and_never_shown() -> None:
    with simulated("request_tracker") as vendor:
        account = vendor.changed(password="1-2-not-a-token")
        with pytest.raises(AccessDenied, match="Unauthorized") as denied:
            vendor.ids("users", connection=account)
        assert "1-2-not-a-token" not in str(denied.value)
        assert len(vendor.api.app.calls) == 1


# What the real RT 5.0.3 answered to the same questions: status, and count and total or the message.
SEEN: list[tuple[dict[str, str], tuple[int, Any]]] = [
    ({}, (200, (0, 0))),
    ({"query": "id > 0"}, (200, (2, 2))),
    ({"query": "id > 0 AND EffectiveId > 0"}, (200, (3, 3))),
    ({"query": "id > 0 AND Status = 'deleted'"}, (200, (0, 0))),
    ({"query": "id > 0", "orderby": "Nix"}, (200, (0, 2))),
    ({"query": "id > 0", "per_page": "500"}, (200, (2, 2))),
    ({"query": "id > 0", "per_page": "1", "page": "7"}, (200, (0, 2))),
    ({"query": "LastUpdated >= '2026-10-29 01:00:00 +0500'"}, (200, (2, 2))),
    ({"query": "LastUpdated >= '2026-10-29T01:00:00Z'"}, (200, (2, 2))),
    ({"query": "LastUpdated >= '2026-10-29 02:00:00'"}, (200, (1, 1))),
    ({"query": "Nonsense = 0"}, (400, "Unknown field: Nonsense")),
    ({"query": "id >> 0"}, (400, "Wrong query, expecting a VALUE")),
]


@pytest.mark.parametrize(("question", "seen"), SEEN, ids=[str(q) for q, _ in SEEN])
def test_the_simulator_answers_as_the_real_one_was_seen_to(
    question: dict[str, str], seen: tuple[int, Any]
) -> None:
    with simulated("request_tracker") as vendor:
        vendor.fill("tickets", 2)
        merged = vendor.api.made_up("tickets", 3, FIRST) | {"EffectiveId": "1"}
        deleted = vendor.api.made_up("tickets", 4, FIRST) | {"Status": "deleted"}
        vendor.api.add("tickets", merged)
        vendor.api.add("tickets", deleted)
        said = httpx.get(
            f"{vendor.url}/REST/2.0/tickets",
            params=question,
            headers={"Authorization": f"token {TOKEN}"},
            trust_env=False,
            verify=False,
        )
    status, expected = seen
    assert said.status_code == status
    if status == 200:
        assert (said.json()["count"], said.json()["total"]) == expected
    else:
        assert said.json()["message"].startswith(expected)
