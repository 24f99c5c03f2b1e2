"""The HubSpot connector against a HubSpot that keeps to its documented behaviour."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from vendors import FIRST, HOUR, NOW, OCTOBER, Vendor

from wellheard.demo.simulators.clock import SimulatedClock
from wellheard.demo.simulators.hubspot import INDEXED_AFTER, TOKEN, HubspotSimulator
from wellheard.demo.simulators.hubspot_records import definition, stamp_ms
from wellheard.demo.simulators.serving import serve
from wellheard.errors import QuotaSpent, SourceError
from wellheard.periods import Window
from wellheard.sources import hubspot

MILLISECOND = timedelta(milliseconds=1)
PER_MINUTE = {"requests_per_minute": 600_000}


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """A HubSpot with nothing in it yet."""
    clock = SimulatedClock()
    simulator = HubspotSimulator(NOW, clock=clock.read)
    with serve(simulator.app) as url:
        connection = replace(simulator.connection(url), extra=PER_MINUTE)
        yield Vendor(hubspot, simulator, url, clock, connection)


def one_to(count: int) -> list[str]:
    return [str(number) for number in range(1, count + 1)]


def fill(vendor: Vendor, stream: str, count: int, step: timedelta = HOUR) -> None:
    for number in range(1, count + 1):
        vendor.api.put(stream, number, FIRST + (number - 1) * step)


def records(vendor: Vendor, stream: str, window: Window = OCTOBER, **options: Any) -> list[Any]:
    pages = vendor.pages(stream, window, **options)
    return [record for page in pages for record in page.records]


def paths(vendor: Vendor) -> list[str]:
    return [call.path.removeprefix("/crm/") for call in vendor.api.app.calls]


def test_more_changes_than_a_search_ever_shows_are_read_whole(vendor: Vendor) -> None:
    vendor.api.ceiling = 400
    fill(vendor, "tickets", 900, step=timedelta(minutes=1))
    assert sorted(set(vendor.ids("tickets")), key=int) == one_to(900)


def test_more_records_of_one_millisecond_than_a_search_ever_shows_are_read_whole(
    vendor: Vendor,
) -> None:
    vendor.api.ceiling = 400
    fill(vendor, "companies", 650, step=timedelta(0))  # as an import leaves them
    vendor.api.put("companies", 651, FIRST + MILLISECOND)
    vendor.api.put("companies", 652, FIRST - MILLISECOND)
    assert sorted(set(vendor.ids("companies")), key=int) == one_to(652)


def test_an_edit_within_a_crowded_millisecond_costs_no_other_record(vendor: Vendor) -> None:
    vendor.api.page_size = 3
    fill(vendor, "contacts", 9, step=timedelta(0))
    vendor.api.app.before[3] = lambda: vendor.api.put("contacts", 1, FIRST + HOUR)
    assert set(vendor.ids("contacts")) == set(one_to(9))


def test_rows_out_of_order_are_read_on_by_hubspots_own_cursor(vendor: Vendor) -> None:
    vendor.api.page_size = 4
    fill(vendor, "tickets", 11)

    def reverse(content: Any) -> Any:
        if "total" in content:
            content["results"].reverse()
        return content

    vendor.api.app.rewrite = reverse
    assert sorted(vendor.ids("tickets"), key=int) == one_to(11)


def test_empty_answers_without_end_fail_instead_of_ending(vendor: Vendor) -> None:
    fill(vendor, "tickets", 3)
    vendor.api.empty_answers = set(range(1, 100))
    with pytest.raises(SourceError, match=r"page 6: HubSpot stands still: 6 answers in a row lead"):
        vendor.ids("tickets")


def test_fewer_records_than_promised_at_the_end_are_refused(vendor: Vendor) -> None:
    fill(vendor, "tickets", 3)
    vendor.api.app.rewrite = lambda content: content | {"total": 4} if "total" in content else {}
    with pytest.raises(SourceError, match="it promises 4 tickets, holds 3 and says there are no"):
        vendor.ids("tickets")


@pytest.mark.parametrize("write", [stamp_ms, lambda moment: str(int(moment.timestamp() * 1000))])
def test_a_time_may_come_as_text_or_as_milliseconds(vendor: Vendor, write: Any) -> None:
    contact = vendor.api.made_up("contacts", 1, FIRST)
    contact["properties"]["lastmodifieddate"] = write(FIRST)
    contact["properties"]["hs_lastmodifieddate"] = stamp_ms(FIRST + HOUR)  # not a contact's clock
    vendor.api.add("contacts", contact)
    [record] = records(vendor, "contacts")
    assert record.changed_at == FIRST
    assert json.loads(record.payload) == contact


def test_a_change_clock_that_is_no_time_is_named_with_its_record(vendor: Vendor) -> None:
    fill(vendor, "companies", 2)

    def spoil(content: Any) -> Any:
        for row in content["results"]:
            row["properties"]["hs_lastmodifieddate"] = "yesterday"
        return content

    vendor.api.app.rewrite = spoil
    with pytest.raises(SourceError, match="record 1 has hs_lastmodifieddate 'yesterday', which is"):
        vendor.ids("companies")


def test_a_change_the_search_did_not_know_of_yet_is_read_with_the_next_window(
    vendor: Vendor,
) -> None:
    window = Window(NOW - 2 * HOUR, NOW - HOUR)
    following = Window(window.end, NOW)
    vendor.api.now = window.end
    vendor.api.put("tickets", 1, window.end - timedelta(seconds=INDEXED_AFTER / 2))
    assert vendor.ids("tickets", window) == []
    vendor.api.now = NOW
    assert vendor.ids("tickets", following) == ["1"]
    assert timedelta(seconds=INDEXED_AFTER) < hubspot.SETTLE < hubspot.OVERLAP


def test_a_deleted_record_arrives_in_the_window_of_its_deletion(vendor: Vendor) -> None:
    vendor.api.page_size = 2
    fill(vendor, "tickets", 5)
    deleted_at = datetime(2026, 11, 1, 15, tzinfo=UTC)
    vendor.api.now = deleted_at
    for number in (2, 3, 5):
        vendor.api.remove("tickets", number)
    vendor.api.now = NOW

    october = set(vendor.ids("tickets"))
    november = records(vendor, "tickets", Window(OCTOBER.end, OCTOBER.end + 24 * HOUR))

    assert october == {"1", "4"}
    assert {(record.id, record.changed_at) for record in november} == {
        (number, deleted_at) for number in ("2", "3", "5")
    }
    assert all(json.loads(record.payload)["archived"] for record in november)


def test_a_deleted_record_without_the_time_of_its_deletion_fails_the_window(
    vendor: Vendor,
) -> None:
    vendor.api.put("companies", 7, FIRST)
    vendor.api.remove("companies", 7)
    del vendor.api.archived["companies"]["7"]["archivedAt"]
    with pytest.raises(SourceError, match="deleted record 7 has no archivedAt"):
        vendor.ids("companies")


def test_only_what_is_needed_of_a_contact_is_asked_for(vendor: Vendor) -> None:
    contact = vendor.api.made_up("contacts", 1, FIRST)
    contact["properties"] |= {"phone": "+44 20 7946 0000", "fee": "12", "date_of_birth": "1970"}
    vendor.api.add("contacts", contact)
    [record] = records(vendor, "contacts", contact_properties={"account_value": "fee"})
    sent = json.loads(record.payload)["properties"]
    assert sent["fee"] == "12"
    assert not {"phone", "date_of_birth"} & sent.keys()


def test_answers_to_further_questions_are_read_when_the_options_name_them(vendor: Vendor) -> None:
    answer = vendor.api.made_up("feedback_submissions", 1, FIRST)
    answer["properties"]["how_was_it"] = "4"
    vendor.api.add("feedback_submissions", answer)
    [without] = records(vendor, "feedback_submissions")
    [with_it] = records(vendor, "feedback_submissions", survey_properties=["how_was_it"])
    assert "how_was_it" not in json.loads(without.payload)["properties"]
    assert json.loads(with_it.payload)["properties"]["how_was_it"] == "4"


def test_what_a_property_means_is_landed_with_hubspots_own_definition(vendor: Vendor) -> None:
    arr = definition("arr") | {"label": "Wiederkehrend – €"}
    for row in (arr, definition("mrr"), definition("plan", "contactinformation")):
        vendor.api.add("properties", row)
    options = {
        "company_properties": {"account_value": "arr"},
        "contact_properties": {"segment": "plan"},
    }
    found = {record.id: record for record in records(vendor, "properties", **options)}
    assert found.keys() == {"companies/account_value", "contacts/segment"}
    assert json.loads(found["companies/account_value"].payload) == arr
    # A definition that is older than another must not win over the options' newest word.
    assert {record.changed_at for record in found.values()} == {NOW}


def test_a_default_property_the_account_lacks_is_left_out_and_one_insisted_on_is_not(
    vendor: Vendor,
) -> None:
    vendor.api.add("properties", definition("mrr"))
    assert vendor.ids("properties") == ["companies/account_value"]
    with pytest.raises(
        SourceError,
        match=r"has no company property 'churned': write .* into company_properties\.churned_on",
    ):
        vendor.ids("properties", company_properties={"churned_on": "churned"})


@pytest.mark.parametrize(
    "options",
    [
        {"company_properties": {"account_value": 'mrr" or 1'}},
        {"company_properties": {"revenue": "mrr"}},
        {"survey_properties": ["How was it?"]},
        {"portal": 1},
    ],
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        hubspot.Options.model_validate(options)


def test_the_contacts_of_changed_tickets_are_read_in_batches(vendor: Vendor) -> None:
    vendor.api.page_size = 4
    fill(vendor, "tickets", 10)
    for number in (1, 2, 9):
        vendor.api.put("ticket_contacts", number, FIRST)
    found = {record.id: record.changed_at for record in records(vendor, "ticket_contacts")}
    assert found == {"1": FIRST, "2": FIRST + HOUR, "9": FIRST + 8 * HOUR}
    batches = [path for path in paths(vendor) if path.startswith("v4/associations")]
    assert len(batches) == len([path for path in paths(vendor) if path.endswith("/search")])


def test_tickets_without_any_contact_are_no_error_and_no_tickets_no_question(
    vendor: Vendor,
) -> None:
    assert vendor.ids("ticket_contacts") == []
    assert paths(vendor) == ["v3/objects/tickets/search"]
    fill(vendor, "tickets", 3)
    assert vendor.ids("ticket_contacts") == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"errors": [{"subCategory": "crm.associations.X", "message": "No such type"}]}, "No such"),
        ({"status": "PROCESSING"}, "the batch is PROCESSING"),
        ({"results": [{"from": {"id": "77"}, "to": []}]}, "holds ticket 77, which was not asked"),
    ],
)
def test_a_batch_that_is_not_what_was_asked_for_fails_the_window(
    vendor: Vendor, change: dict[str, Any], said: str
) -> None:
    fill(vendor, "tickets", 2)
    vendor.api.put("ticket_contacts", 1, FIRST)
    vendor.api.put("ticket_contacts", 2, FIRST)
    vendor.api.app.rewrite = lambda content: (
        content if "total" in content else {**content, **change}
    )
    with pytest.raises(SourceError, match=said):
        vendor.ids("ticket_contacts")


def test_a_problem_in_a_batch_answered_in_part_fails_the_window_at_once(vendor: Vendor) -> None:
    fill(vendor, "tickets", 2)
    real = vendor.api._batch

    def in_part(body: bytes) -> Any:
        answer = real(body)
        content = json.loads(answer.body)
        content["errors"][0] |= {"subCategory": "other", "message": "Ticket 1 is locked"}
        answer.body = json.dumps(content).encode()
        answer.headers["content-length"] = str(len(answer.body))
        return answer

    vendor.api._batch = in_part
    with pytest.raises(SourceError, match=r"in part \(207\): Ticket 1 is locked; nothing of this"):
        vendor.ids("ticket_contacts")


def test_a_spent_day_defers_the_window_to_the_next_day_and_asks_no_more(vendor: Vendor) -> None:
    vendor.api.page_size = 2
    fill(vendor, "tickets", 9)
    vendor.api.daily_limit = 3
    with pytest.raises(QuotaSpent, match="quota for the day is spent") as caught:
        vendor.ids("tickets")
    assert caught.value.resume_at == datetime(2026, 11, 3, tzinfo=UTC)
    assert len(vendor.api.app.calls) <= 4
    assert vendor.clock.slept == []


def test_a_spent_ten_seconds_are_waited_for_as_hubspots_header_says(vendor: Vendor) -> None:
    vendor.api.page_size = 3
    fill(vendor, "tickets", 12)
    vendor.api.quota.per_minute = 4
    assert set(vendor.ids("tickets")) == set(one_to(12))
    assert vendor.clock.slept[0] == 10.5  # and half a second of jitter
    assert "TEN_SECONDLY" not in "".join(vendor.said)
    assert "You have reached your ten_secondly_rolling limit" in vendor.said[0]


def test_the_searchs_own_limit_is_kept_without_being_told(vendor: Vendor) -> None:
    vendor.api.searches_per_second = 5
    vendor.api.page_size = 2
    fill(vendor, "tickets", 24)
    usual = replace(vendor.connection, extra={})
    assert set(vendor.ids("tickets", connection=usual)) == set(one_to(24))
    assert vendor.clock.now >= 4
    assert not any("429" in line for line in vendor.said)


def test_the_token_is_sent_as_a_bearer_and_never_shown(vendor: Vendor) -> None:
    wrong = replace(vendor.connection, password="pat-wrong-s3cret")
    with pytest.raises(SourceError, match="Authentication credentials not found") as caught:
        vendor.ids("tickets", connection=wrong)
    assert "pat-wrong-s3cret" not in str(caught.value)
    assert TOKEN not in str(caught.value)
