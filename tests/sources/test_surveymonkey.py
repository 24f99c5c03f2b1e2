"""The SurveyMonkey connector against a SurveyMonkey that keeps to its documented behaviour."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from survey_vendors import DAY, FIRST, HOUR, NOW, OCTOBER, SECOND, Vendor, serving

from wellheard.demo.simulators import surveymonkey as api
from wellheard.demo.simulators import surveymonkey_records as samples
from wellheard.errors import AccessDenied, QuotaSpent, SourceError
from wellheard.sources import surveymonkey

WHEN = "%Y-%m-%dT%H:%M:%S+00:00"


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with serving(surveymonkey) as served:
        yield served


def survey(number: int) -> dict[str, Any]:
    return {**samples.survey(str(number)), "date_modified": "2026-10-05T09:00:00"}


def collector(number: int, of_survey: str, kind: str = "email") -> dict[str, Any]:
    return {**samples.collector(str(number), kind, FIRST.strftime(WHEN)), "_survey_id": of_survey}


def invite(vendor: Vendor, message: str, sent: Any, people: int, **more: Any) -> None:
    """An e-mail collector of the survey, one message, and those it went to."""
    vendor.api.add("collectors", collector(int(samples.COLLECTOR), samples.SURVEY))
    known = len(vendor.api.lists["recipients"])
    vendor.api.add("messages", {**samples.message(message, sent.strftime(WHEN)), **more})
    for number in range(known + 1, known + people + 1):
        vendor.api.add("recipients", {**samples.recipient(number), "_message_id": message})


def test_responses_go_on_from_the_last_rows_time_and_never_by_page_number(vendor: Vendor) -> None:
    expected = vendor.fill(25)
    vendor.api.page_size = 4
    assert set(vendor.ids("responses")) == expected
    asked = vendor.calls("/bulk")
    assert {call["page"] for call in asked} == {"1"}
    since = [call["start_modified_at"] for call in asked]
    assert since == sorted(since)
    assert len(set(since)) == len(since)


def test_responses_edited_while_the_pages_are_read_hide_no_other(vendor: Vendor) -> None:
    expected = vendor.fill(20)
    vendor.api.page_size = 4
    for call in (3, 4, 5):  # each edit moves a row already read to the end, and all others up
        vendor.api.app.before[call] = lambda n=call: vendor.api.put("responses", n, FIRST + 5 * DAY)
    assert set(vendor.ids("responses")) == expected


def test_a_second_with_more_responses_than_a_page_holds_is_read_by_page_numbers(
    vendor: Vendor,
) -> None:
    expected = vendor.fill(3) | vendor.fill(17, FIRST + DAY, timedelta(0)) | vendor.fill(3)
    vendor.api.page_size = 4
    assert set(vendor.ids("responses")) == expected
    assert max(int(call["page"]) for call in vendor.calls("/bulk")) == 5


@pytest.mark.parametrize("later", [5 * DAY, 60 * DAY])  # within the window, and out of it
def test_a_response_that_leaves_a_crowded_second_between_its_pages_hides_no_other(
    vendor: Vendor, later: timedelta
) -> None:
    expected = vendor.fill(17, FIRST, timedelta(0))
    vendor.api.page_size = 4
    moved = vendor.api.landed_id("responses", vendor.api.made_up("responses", 1, FIRST))
    vendor.api.app.before[4] = lambda: vendor.api.put("responses", 1, FIRST + later)
    assert set(vendor.ids("responses")) | {moved} == expected


def test_a_second_that_never_comes_to_rest_fails_the_window(vendor: Vendor) -> None:
    vendor.fill(17, FIRST, timedelta(0))
    vendor.api.page_size = 4

    def lose(content: Any) -> Any:  # one row is never shown, though it is counted
        if isinstance(content, dict) and "data" in content:
            content["data"] = [row for row in content["data"] if row["id"] != "540500007"]
        return content

    vendor.api.app.rewrite = lose
    with pytest.raises(SourceError, match="keep changing while they are read; nothing of this"):
        vendor.ids("responses")


def test_all_states_of_a_response_are_landed_byte_for_byte(vendor: Vendor) -> None:
    for number, status in enumerate(api.STATUSES, 1):
        changed = (FIRST + number * HOUR).strftime(WHEN)
        vendor.api.add(
            "responses",
            {**samples.response(number, changed), "response_status": status, "new": [1]},
        )
    records = vendor.records("responses")
    sent = [json.loads(record.payload) for record in records]
    assert [row["response_status"] for row in sent] == list(api.STATUSES)
    assert all(row["new"] == [1] and row["email_address"] == "" for row in sent)
    assert [record.changed_at for record in records] == [FIRST + n * HOUR for n in range(1, 5)]


def test_a_time_of_change_with_an_offset_is_kept_in_utc(vendor: Vendor) -> None:
    changed = {"date_modified": "2026-10-02T08:00:00-04:00"}
    vendor.api.add("responses", {**samples.response(1, FIRST.strftime(WHEN)), **changed})
    assert [record.changed_at for record in vendor.records("responses")] == [FIRST]


def test_each_survey_is_read_and_only_those_named_when_some_are(vendor: Vendor) -> None:
    for number in (2, 3, 4):
        vendor.api.add("surveys", survey(number))
        changed = {**samples.response(number, FIRST.strftime(WHEN)), "survey_id": str(number)}
        vendor.api.add("responses", changed)
    assert set(vendor.ids("surveys")) == {samples.SURVEY, "2", "3", "4"}
    assert set(vendor.ids("responses")) == {f"{540500000 + n}" for n in (2, 3, 4)}
    vendor.api.app.calls.clear()
    assert vendor.ids("responses", surveys=[3]) == ["540500003"]
    assert {call.path for call in vendor.api.app.calls} == {"/v3/surveys/3/responses/bulk"}


def test_a_definition_without_a_zone_is_dated_in_utc_and_landed_as_sent(vendor: Vendor) -> None:
    vendor.api.add("surveys", survey(7))
    found = {record.id: record for record in vendor.records("surveys")}
    assert json.loads(found["7"].payload) == survey(7)
    assert found["7"].changed_at.isoformat() == "2026-10-05T09:00:00+00:00"


def test_a_list_that_shrinks_while_it_is_read_is_read_again(vendor: Vendor) -> None:
    for number in range(1, 9):
        vendor.api.add("surveys", survey(number))
    vendor.api.page_size = 3
    vendor.api.app.before[2] = lambda: vendor.api.lists["surveys"].pop(("1",))
    assert set(vendor.ids("surveys")) == {samples.SURVEY, *map(str, range(2, 9))}


def test_an_account_without_surveys_is_a_mistake_to_be_told_about(vendor: Vendor) -> None:
    vendor.api.lists["surveys"].clear()
    with pytest.raises(SourceError, match="the account shows no surveys; check that the token"):
        vendor.ids("responses")


def test_recipients_are_those_of_invitations_sent_in_the_window_or_two_weeks_before(
    vendor: Vendor,
) -> None:
    for message, sent in (
        ("1", OCTOBER.start - 15 * DAY),
        ("2", OCTOBER.start - 13 * DAY),
        ("3", OCTOBER.end - SECOND),
        ("4", OCTOBER.end),
    ):
        invite(vendor, message, sent, 1)
    place = f"{samples.SURVEY}/{samples.COLLECTOR}"
    found = {record.id: record.changed_at for record in vendor.records("recipients")}
    assert found == {
        f"{place}/2/530400002": OCTOBER.start - 13 * DAY,
        f"{place}/3/530400003": OCTOBER.end - SECOND,
    }


def test_nobody_is_invited_by_a_reminder_an_unsent_message_or_a_link(vendor: Vendor) -> None:
    invite(vendor, "1", FIRST, 1, type="reminder")
    invite(vendor, "2", FIRST, 1, status="not_sent")
    vendor.api.add("collectors", collector(9, samples.SURVEY, "weblink"))
    assert vendor.ids("recipients") == []
    assert vendor.calls("/recipients") == vendor.calls("/collectors/9/messages") == []


def test_a_message_sent_at_once_is_dated_by_its_making(vendor: Vendor) -> None:
    invite(vendor, "1", FIRST, 7, scheduled_date=None, date_created=FIRST.strftime(WHEN))
    vendor.api.page_size = 3
    assert {record.changed_at for record in vendor.records("recipients")} == {FIRST}
    assert len(set(vendor.ids("recipients"))) == 7


def test_a_message_nobody_knows_the_time_of_fails_the_window(vendor: Vendor) -> None:
    invite(vendor, "1", FIRST, 1, scheduled_date=None, date_created=None)
    with pytest.raises(SourceError, match="has neither scheduled_date nor date_created"):
        vendor.ids("recipients")


def test_collectors_are_landed_under_the_survey_they_belong_to(vendor: Vendor) -> None:
    vendor.api.add("surveys", survey(2))
    vendor.api.add("collectors", collector(8, "2", "weblink"))
    vendor.api.add("collectors", collector(9, samples.SURVEY))
    records = vendor.records("collectors")
    assert {record.id for record in records} == {"2/8", f"{samples.SURVEY}/9"}
    assert not any(b"_survey_id" in record.payload for record in records)


def test_a_minute_that_is_used_up_is_waited_out_as_the_headers_say() -> None:
    with serving(surveymonkey, requests_per_minute=4, requests_per_day=500) as vendor:
        expected = vendor.fill(25)
        vendor.api.page_size = 4
        assert set(vendor.ids("responses")) == expected
        calls = len(vendor.api.app.calls)
    assert any("429" in line and "Too many requests were made" in line for line in vendor.said)
    assert 60 <= vendor.clock.now <= 62 * calls / 4


def test_a_day_that_is_used_up_defers_the_window_to_the_reset_the_headers_name() -> None:
    with serving(surveymonkey, requests_per_minute=120, requests_per_day=3) as vendor:
        vendor.fill(25)
        vendor.api.page_size = 4
        with pytest.raises(QuotaSpent) as caught:
            vendor.ids("responses")
        assert len(vendor.api.app.calls) <= 4
    assert abs((caught.value.resume_at - NOW).total_seconds() - 86_400) < 5


def test_the_accounts_own_allowance_is_never_overrun() -> None:
    with serving(surveymonkey, requests_per_minute=120, requests_per_day=500) as vendor:
        vendor.fill(300)
        vendor.api.page_size = 2
        assert len(set(vendor.ids("responses", connection=vendor.connection(none=0)))) == 300
        assert vendor.clock.now >= 60
    assert not any("429" in line for line in vendor.said)


@pytest.mark.parametrize(
    ("status", "code", "params"),
    [
        (400, "1003", {"per_page": 101}),
        (400, "1003", {"sort_by": "id"}),
        (400, "1003", {"start_modified_at": "yesterday"}),
        (400, "1003", {"page": 0}),
        (400, "1003", {"stauts": "completed"}),
        (400, "1003", {"status": "done"}),
    ],
)
def test_the_simulator_refuses_what_surveymonkey_refuses(
    vendor: Vendor, status: int, code: str, params: dict[str, Any]
) -> None:
    answer = httpx.get(
        f"{vendor.url}/v3/surveys/{samples.SURVEY}/responses/bulk",
        params=params,
        headers={"Authorization": f"bearer {api.TOKEN}"},
        trust_env=False,
    )
    assert (answer.status_code, answer.json()["error"]["id"]) == (status, code)


def test_an_unknown_survey_is_named_in_surveymonkeys_words(vendor: Vendor) -> None:
    with pytest.raises(SourceError, match=r"/v3/surveys/99/responses/bulk with 404 .*Not Found"):
        vendor.ids("responses", surveys=["99"])


def test_a_token_that_is_not_known_is_final_at_once(vendor: Vendor) -> None:
    vendor.api.connection = lambda url: api.Connection("surveymonkey", host=url, password="other")
    with pytest.raises(AccessDenied, match="check login and password of connection"):
        vendor.ids("responses")
    assert len(vendor.api.app.calls) == 1


@pytest.mark.parametrize("surveys", [[], ["1/2"], ["../users/me"], "1"])
def test_surveys_in_the_options_must_be_a_list_of_ids(surveys: object) -> None:
    with pytest.raises(ValueError, match="surveys"):
        surveymonkey.Options.model_validate({"surveys": surveys})
