"""The Trustpilot connector against a Trustpilot that keeps to its documented behaviour."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from vendors import FIRST, HOUR, NOW, OCTOBER, Vendor

from wellheard.demo.simulators.clock import SimulatedClock
from wellheard.demo.simulators.serving import serve
from wellheard.demo.simulators.trustpilot import KEY, SECRET, UNIT, TrustpilotSimulator
from wellheard.errors import AccessDenied, ConfigError, SourceError
from wellheard.sources import trustpilot
from wellheard.sources.base import Record, Request

OTHER = "5d0c6a1e0000ff0005a1b2c4"
DAY = timedelta(days=1)
TOKEN_CALL = trustpilot.TOKENS
PER_MINUTE = {"requests_per_minute": 600_000}


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A Trustpilot that knows one business unit without reviews."""
    clock = SimulatedClock()
    simulator = TrustpilotSimulator(NOW, clock=clock.read)
    with serve(simulator.app) as url:
        connection = replace(simulator.connection(url), extra=PER_MINUTE)
        yield Vendor(trustpilot, simulator, url, clock, connection)


def request(vendor: Vendor, connection: Any = None, **options: Any) -> Request:
    chosen = trustpilot.Options(**({"business_units": vendor.api.units} | options))
    return Request(
        source="trustpilot",
        stream=trustpilot.streams(chosen)[0],
        window=OCTOBER,
        options=chosen,
        connection=connection or vendor.connection,
        extracted_at=NOW,
        progress=vendor.said.append,
    )


def records(vendor: Vendor, connection: Any = None, **options: Any) -> list[Record]:
    asked = request(vendor, connection, **options)
    pages = trustpilot.read(asked, vendor.clock.pace())
    return [record for page in pages for record in page.records]


def numbers(found: list[Record]) -> set[int]:
    return {int(record.id.split("/")[1], 16) for record in found}


def fill(vendor: Vendor, count: int, step: timedelta = HOUR, start: int = 1) -> None:
    for number in range(start, start + count):
        vendor.api.put("reviews", number, FIRST + (number - start) * step)


def test_key_and_secret_are_changed_for_a_token_once_and_the_key_is_sent_with_it(
    vendor: Vendor,
) -> None:
    vendor.api.page_size = 3
    fill(vendor, 10)
    assert numbers(records(vendor)) == set(range(1, 11))
    calls = [call.path for call in vendor.api.app.calls]
    assert calls[0] == TOKEN_CALL
    assert calls.count(TOKEN_CALL) == 1
    assert vendor.api.tokens_given == 1


def test_a_token_that_ends_while_the_pages_are_read_is_renewed(vendor: Vendor) -> None:
    vendor.api.page_size = 3
    fill(vendor, 10)
    vendor.api.app.before[4] = vendor.api.expire
    assert numbers(records(vendor)) == set(range(1, 11))
    assert vendor.api.tokens_given == 2


def test_a_wrong_secret_is_refused_at_once_and_shown_nowhere(vendor: Vendor) -> None:
    wrong = replace(vendor.connection, id="reviews", password="wrong-s3cret")
    with pytest.raises(AccessDenied, match="connection 'reviews'") as caught:
        records(vendor, wrong)
    assert "Invalid API key or secret" in str(caught.value)
    assert "wrong-s3cret" not in str(caught.value)
    assert len(vendor.api.app.calls) <= 2
    assert vendor.clock.slept == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"login": ""}, "no usable login: put Trustpilot's API key there"),
        ({"login": "schlüssel"}, "no usable login"),
        ({"password": ""}, "has no password"),
    ],
)
def test_a_connection_that_cannot_work_is_told_before_anything_is_asked(
    vendor: Vendor, changes: dict[str, str], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        records(vendor, replace(vendor.connection, **changes))
    assert vendor.api.app.calls == []


def test_without_a_business_unit_the_message_says_where_its_id_is_found(vendor: Vendor) -> None:
    with pytest.raises(ConfigError, match=r"business_units in wellheard\.yml; GET .*units/find"):
        records(vendor, business_units=[])
    assert vendor.api.app.calls == []


def test_a_business_unit_of_somebody_else_is_denied_by_name(vendor: Vendor) -> None:
    with pytest.raises(AccessDenied, match=f"denies access to .*{OTHER}/reviews .403."):
        records(vendor, business_units=[OTHER])


@pytest.mark.parametrize(
    "options",
    [{"business_units": ["larkfield.example"]}, {"look_back_days": 0}, {"units": []}],
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        trustpilot.Options.model_validate(options)


def test_a_unit_without_reviews_is_one_empty_page(vendor: Vendor) -> None:
    pages = list(trustpilot.read(request(vendor), vendor.clock.pace()))
    assert [(page.number, len(page.records)) for page in pages] == [(1, 0)]


def test_the_payload_is_the_review_byte_for_byte_under_its_units_id(vendor: Vendor) -> None:
    fill(vendor, 1)
    [record, *again] = records(vendor)
    assert record.payload == msgspec.json.encode(vendor.api.made_up("reviews", 1, FIRST))
    assert "電話".encode() in record.payload
    assert record.id == f"{UNIT}/{1:024x}"
    assert {copy.payload for copy in again} <= {record.payload}


def test_an_edit_is_known_by_its_own_time_although_the_review_stays_in_its_place(
    vendor: Vendor,
) -> None:
    written, edited = OCTOBER.start - 20 * DAY, OCTOBER.start + 3 * DAY
    vendor.api.put("reviews", 1, written)
    vendor.api.put("reviews", 1, edited)
    newest = max(records(vendor), key=lambda record: record.changed_at)
    assert newest.changed_at == edited
    assert json.loads(newest.payload)["createdAt"] == "2026-09-11T00:00:00Z"


def test_how_far_back_edits_are_noticed_is_an_option(vendor: Vendor) -> None:
    vendor.api.put("reviews", 1, OCTOBER.start - 40 * DAY)
    vendor.api.put("reviews", 1, OCTOBER.start + DAY)
    assert numbers(records(vendor)) == set()
    assert numbers(records(vendor, look_back_days=60)) == {1}


def test_reviews_deleted_between_pages_hide_none_of_the_others(vendor: Vendor) -> None:
    vendor.api.page_size = 3
    fill(vendor, 20)
    for call, number in ((3, 1), (4, 2), (5, 8), (7, 5)):
        vendor.api.app.before[call] = lambda number=number: vendor.api.remove("reviews", number)
    assert numbers(records(vendor)) >= set(range(1, 21)) - {1, 2, 5, 8}


@pytest.mark.parametrize("gone_before", [3, 4, 5, 6, 7, 8])
def test_reviews_deleted_within_a_crowded_second_hide_none_of_the_others(
    vendor: Vendor, gone_before: int
) -> None:
    vendor.api.page_size = 3
    fill(vendor, 8, step=timedelta(0))
    fill(vendor, 6, step=timedelta(seconds=1), start=9)
    vendor.api.app.before[gone_before] = lambda: vendor.api.remove("reviews", 1)
    assert numbers(records(vendor)) >= set(range(2, 15))


def test_a_second_that_never_comes_out_the_same_fails_the_window(vendor: Vendor) -> None:
    vendor.api.page_size = 2
    fill(vendor, 5, step=timedelta(0))
    turn = 0

    def rename(content: Any) -> Any:
        nonlocal turn
        for review in content.get("reviews", []):
            turn += 1
            review["id"] = f"{turn:024x}"
        return content

    vendor.api.app.rewrite = rename
    with pytest.raises(SourceError, match="come out differently at each of 5 readings"):
        records(vendor)


def test_all_business_units_are_read_and_each_review_says_whose_it_is(vendor: Vendor) -> None:
    fill(vendor, 5)
    for number in range(6, 9):
        review = vendor.api.made_up("reviews", number, FIRST)
        vendor.api.add("reviews", review | {"businessUnit": {"id": OTHER}})
    found = records(vendor)
    assert {record.id.split("/")[0] for record in found} == {UNIT, OTHER}
    assert numbers(found) == set(range(1, 9))


def test_too_many_requests_without_a_hint_are_waited_out(vendor: Vendor) -> None:
    vendor.api.page_size = 3
    fill(vendor, 12)
    vendor.api.quota.per_minute = 5
    assert numbers(records(vendor)) == set(range(1, 13))
    assert any("answered 429 (too many requests) and says" in line for line in vendor.said)
    assert not any(KEY in line or SECRET in line or "access-token" in line for line in vendor.said)


def test_what_trustpilot_asks_its_users_to_stay_below_is_kept(vendor: Vendor) -> None:
    assert trustpilot.BUDGETS == [(833, 300.0), (10_000, 3600.0)]
    vendor.api.page_size = 1
    fill(vendor, 420, step=timedelta(minutes=1))
    assert len(numbers(records(vendor, replace(vendor.connection, extra={})))) == 420
    assert len(vendor.api.app.calls) > 833
    assert vendor.clock.now >= 290  # seconds
