"""The Salesforce connector against a Salesforce that keeps to its documented behaviour."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError
from simulated_vendor import DAY, FIRST, HOUR, NOW, WINDOW, simulated

from wellheard.demo.simulators.salesforce import CONSUMER_SECRET, identity
from wellheard.errors import AccessDenied, ConfigError, QuotaSpent, SourceError
from wellheard.periods import Window
from wellheard.sources.salesforce import STREAMS, Options

WINDOWED = [s.name for s in STREAMS if s.name != "case_statuses"]


@pytest.mark.parametrize("stream", WINDOWED)
def test_every_row_of_the_window_is_read_over_many_batches(stream: str) -> None:
    with simulated("salesforce", page_size=4) as vendor:
        held = vendor.fill(stream, 14)
        pages = list(vendor.pages(stream))
        assert [record.id for page in pages for record in page.records] == held
        assert [page.number for page in pages] == [1, 2, 3, 4]
        assert len(vendor.calls("/queryAll")) == 1


def test_the_query_asks_for_the_window_and_its_overlap_and_for_no_words_of_anybody() -> None:
    with simulated("salesforce") as vendor:
        vendor.ids("cases")
        vendor.ids("emails")
        vendor.ids("case_history")
        cases, emails, history = (query["q"] for query in vendor.calls("/queryAll"))
    assert cases.endswith(
        " FROM Case WHERE SystemModstamp >= 2026-10-28T23:30:00Z AND "
        "SystemModstamp < 2026-10-30T00:00:00Z ORDER BY SystemModstamp, Id"
    )
    assert "WHERE Field = 'Status' AND CreatedDate >= " in history
    for word in ("Subject", "Description", "Body", "Address"):
        assert word not in cases + emails


def test_deleted_rows_are_read_with_the_time_they_were_deleted() -> None:
    with simulated("salesforce") as vendor:
        vendor.fill("cases", 2)
        vendor.api.remove("cases", 2)
        today = Window(NOW - DAY, NOW + timedelta(seconds=1))
        [record] = vendor.records("cases", today)
    assert record.id == identity("cases", 2)
    assert record.changed_at == NOW
    assert json.loads(record.payload)["IsDeleted"] is True


def test_credentials_go_to_the_connections_host_alone() -> None:
    with simulated("salesforce") as vendor:
        vendor.api.instance_url = "https://larkfield.other.salesforce.example"
        with pytest.raises(
            SourceError,
            match=r"at https://larkfield\.other\.salesforce\.example.*host of connection 'salesf",
        ):
            vendor.ids("cases")
        assert [call.path for call in vendor.api.app.calls] == ["/services/oauth2/token"]


def test_a_next_batch_on_another_host_is_refused() -> None:
    with simulated("salesforce", page_size=2) as vendor:
        vendor.fill("cases", 5)

        def elsewhere(content):
            if content.get("nextRecordsUrl"):
                content["nextRecordsUrl"] = "https://evil.example/services/data/v62.0/query/x"
            return content

        vendor.api.app.rewrite = elsewhere
        with pytest.raises(SourceError, match=r"another host \(evil\.example\)"):
            vendor.ids("cases")


def test_an_expired_session_is_renewed_once_and_the_reading_goes_on() -> None:
    with simulated("salesforce", page_size=2) as vendor:
        held = vendor.fill("cases", 6)
        vendor.api.app.before[3] = vendor.api.end_sessions
        assert vendor.ids("cases") == held
        assert len(vendor.calls("/services/oauth2/token")) == 2


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"login": "wrong"}, "invalid_client_id"),
        ({"password": "not-the-secret"}, "invalid_client"),
    ],
)
def test_a_wrong_client_app_is_final_and_names_what_to_check(changes, says) -> None:
    with simulated("salesforce") as vendor:
        with pytest.raises(AccessDenied, match=rf"{says}.*My Domain") as caught:
            vendor.ids("cases", connection=vendor.changed(**changes))
        assert len(vendor.api.app.calls) == 1
    assert "not-the-secret" not in str(caught.value)
    assert CONSUMER_SECRET not in str(caught.value)


def test_a_connection_without_a_consumer_key_says_where_to_put_it() -> None:
    with simulated("salesforce") as vendor, pytest.raises(ConfigError, match="consumer key"):
        vendor.ids("cases", connection=vendor.changed(login=""))


def test_a_spent_day_is_a_deferred_window_and_not_a_denial() -> None:
    with simulated("salesforce", page_size=2, requests_per_day=2) as vendor:
        vendor.fill("cases", 9)
        with pytest.raises(QuotaSpent, match="TotalRequests Limit exceeded") as caught:
            vendor.ids("cases")
        assert caught.value.resume_at == datetime(2026, 11, 3, tzinfo=UTC)
        assert vendor.clock.slept == []


def test_a_forgotten_place_is_found_again_by_the_last_rows_time() -> None:
    """The rows of that second come twice; none is missing."""
    with simulated("salesforce", page_size=3) as vendor:
        held = vendor.fill("cases", 8)
        held += [vendor.api.put("cases", n, FIRST + 2 * HOUR) for n in range(20, 24)]
        vendor.api.app.before[4] = vendor.api.forget_cursors  # after the log-in and two batches
        counts = Counter(vendor.ids("cases"))
        assert set(counts) == set(held)
        assert counts[identity("cases", 1)] == 1
        first, second = (query["q"] for query in vendor.calls("/queryAll"))
    assert "SystemModstamp >= 2026-10-28T23:30:00Z" in first
    assert "SystemModstamp >= 2026-10-29T03:00:00Z" in second


def test_a_place_that_is_always_forgotten_fails_the_window() -> None:
    with simulated("salesforce", page_size=3) as vendor:
        for number in range(1, 9):
            vendor.api.put("cases", number, FIRST)  # one second, more than a batch holds
        for call in range(1, 200):
            vendor.api.app.before[call] = vendor.api.forget_cursors
        with pytest.raises(SourceError, match="forgot the place in the query 21 times"):
            vendor.ids("cases")


def test_fewer_rows_than_promised_fail_the_window() -> None:
    with simulated("salesforce") as vendor:
        vendor.fill("cases", 3)

        def one_less(content):
            content["records"] = content.get("records", [])[:-1]
            return content

        vendor.api.app.rewrite = lambda c: one_less(c) if "totalSize" in c else c
        with pytest.raises(SourceError, match="promised 3 rows of Case and sent 2"):
            vendor.ids("cases")


def test_more_promised_without_a_way_to_it_fails_instead_of_ending() -> None:
    with simulated("salesforce", page_size=2) as vendor:
        vendor.fill("cases", 5)
        vendor.api.app.rewrite = lambda c: {k: v for k, v in c.items() if k != "nextRecordsUrl"}
        with pytest.raises(SourceError, match=r"done: false\) and gives no nextRecordsUrl"):
            vendor.ids("cases")


def test_a_first_load_takes_customers_last_changed_before_it_and_a_daily_window_does_not() -> None:
    old = datetime(2019, 5, 1, tzinfo=UTC)
    with simulated("salesforce") as vendor:
        known = {s: vendor.api.put(s, 1, old) for s in ("accounts", "contacts", "users", "cases")}
        history = Window(WINDOW.end - 60 * DAY, WINDOW.end)
        for stream in ("accounts", "contacts", "users"):
            assert vendor.ids(stream, history) == [known[stream]]
            assert vendor.ids(stream, WINDOW) == []
        assert vendor.ids("cases", history) == []


def test_statuses_are_read_as_they_are_defined_now() -> None:
    with simulated("salesforce") as vendor:
        ids = [vendor.api.put("case_statuses", n, datetime(2018, 1, 1, tzinfo=UTC)) for n in (1, 2)]
        assert vendor.ids("case_statuses") == ids


def test_fields_of_the_company_are_asked_for_once_each() -> None:
    with simulated("salesforce") as vendor:
        vendor.ids("accounts", monthly_revenue_field="MRR__c", annual_revenue_field="AnnualRevenue")
        [query] = vendor.calls("/queryAll")
    assert "MRR__c" in query["q"]
    assert query["q"].count("AnnualRevenue") == 1


def test_a_field_that_does_not_exist_is_named_with_the_option_to_check() -> None:
    with (
        simulated("salesforce") as vendor,
        pytest.raises(SourceError, match=r"No such column 'Nope__c'.*sources\.salesforce.*Nope__c"),
    ):
        vendor.ids("accounts", segment_field="Nope__c")


def test_a_company_without_email_to_case_is_told_the_option() -> None:
    with simulated("salesforce") as vendor:
        real = vendor.api._found

        def found(text):
            return real(text.replace("FROM EmailMessage", "FROM Nothing"))

        vendor.api._found = found
        with pytest.raises(SourceError, match=r"set emails to false under sources\.salesforce"):
            vendor.ids("emails")
    names = [stream.name for stream in vendor.source.streams(Options(emails=False))]
    assert "emails" not in names
    assert len(names) == len(STREAMS) - 1


@pytest.mark.parametrize(
    "name",
    ["MRR__c FROM Account", "a,b", "Owner.Name", "x'", "(SELECT Id FROM Cases)", "", "1a", "Ä__c"],
)
def test_nothing_but_a_field_name_gets_into_a_query(name: str) -> None:
    with pytest.raises(ValidationError):
        Options(segment_field=name)


@pytest.mark.parametrize("version", ["v62", "62.0", "v62.0/../..", "v62.0?x=1"])
def test_nothing_but_a_version_gets_into_the_path(version: str) -> None:
    with pytest.raises(ValidationError):
        Options(api_version=version)


def test_the_token_is_in_no_message() -> None:
    with simulated("salesforce", page_size=2) as vendor:
        vendor.fill("cases", 5)
        vendor.ids("cases")
        [granted] = vendor.api._sessions
        leak = [{"message": f"session {granted} is bad", "errorCode": "UNKNOWN_EXCEPTION"}]
        vendor.api.app.rewrite = lambda content: leak if "records" in content else content
        with pytest.raises(SourceError) as caught:
            vendor.ids("cases")
    assert granted not in str(caught.value)
