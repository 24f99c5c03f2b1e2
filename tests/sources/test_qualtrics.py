"""The Qualtrics connector against a Qualtrics that keeps to its documented behaviour."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest
from survey_vendors import DAY, FIRST, HOUR, NOW, OCTOBER, SECOND, Vendor, serving

from wellheard.demo.simulators import qualtrics as api
from wellheard.demo.simulators import qualtrics_records as samples
from wellheard.demo.simulators.faults import Fault
from wellheard.demo.simulators.vendor import stamp
from wellheard.errors import AccessDenied, ConfigError, SourceError
from wellheard.sources import qualtrics
from wellheard.sources.qualtrics_files import read_csv, read_json, spooled

FORMATS = ["json", "csv"]


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with serving(qualtrics) as served:
        yield served


def jobs(vendor: Vendor) -> list[dict[str, Any]]:
    return [job.asked for job in vendor.api.jobs.values()]


def zipped(content: bytes, name: str = "answers.json") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize("form", FORMATS)
def test_the_responses_of_a_window_are_read_from_a_file_qualtrics_makes(
    vendor: Vendor, form: str
) -> None:
    expected = vendor.fill(2500, step=timedelta(minutes=10))
    vendor.api.polls = 3
    pages = list(vendor.pages("responses", format=form))
    assert {record.id for page in pages for record in page.records} == expected
    assert [len(page.records) for page in pages] == [1000, 1000, 500, 0]
    assert len(vendor.clock.slept) == 6  # three times inProgress for each of two files
    assert vendor.clock.slept[:3] == [0.75, 1.5, 3.0]


def test_a_response_is_kept_byte_for_byte_with_the_time_it_was_recorded(vendor: Vendor) -> None:
    row = samples.response(1, "2026-10-02T12:00:00.250Z") | {"new": {"deep": ['"', "\\", "ü"]}}
    vendor.api.add("responses", row)
    [record] = vendor.records("responses")
    assert json.loads(record.payload) == row
    assert record.id == f"{samples.SURVEY}/{row['responseId']}"
    assert record.changed_at == FIRST + timedelta(milliseconds=250)


def test_a_csv_row_is_kept_under_the_import_ids_not_the_names_of_its_columns(
    vendor: Vendor,
) -> None:
    vendor.fill(1)
    [record] = vendor.records("responses", format="csv")
    row = json.loads(record.payload)
    assert (row["_recordId"], row["QID1"], row["QID2_TEXT"]) == (
        "R_0demo000000001",
        "1",
        "Größe – 電話 1",
    )
    assert record.changed_at == FIRST
    assert "Q1" not in row
    assert "StartDate" not in row


def test_a_long_window_is_asked_for_in_files_that_leave_no_second_out(vendor: Vendor) -> None:
    borders = [OCTOBER.start - HOUR + n * 10 * DAY for n in range(4)]
    for number, moment in enumerate(borders + [b - SECOND for b in borders[1:]], 1):
        vendor.api.put("responses", number, moment)
    assert len(set(vendor.ids("responses", days_per_file=10))) == 7
    spans = [(asked["startDate"], asked["endDate"]) for asked in jobs(vendor)]
    assert len(spans) == 4
    assert spans[0][0] == "2026-09-30T23:00:00Z"
    assert spans[-1][1] == "2026-11-01T00:00:00Z"
    assert all(end > start for (_, end), (start, _) in pairwise(spans))


def test_a_failed_job_is_started_again_whatever_per_cent_it_shows(vendor: Vendor) -> None:
    expected = vendor.fill(5)
    vendor.api.fates = ["failed", "failed", "failed"]
    assert set(vendor.ids("responses", days_per_file=60)) == expected
    assert len(jobs(vendor)) == 4
    assert sum("it failed: The export could not be made" in line for line in vendor.said) == 3


def test_a_job_that_fails_time_after_time_fails_the_window_in_qualtrics_words(
    vendor: Vendor,
) -> None:
    vendor.fill(5)
    vendor.api.fates = ["failed"] * 4
    with pytest.raises(
        SourceError,
        match=r"of survey SV_\w+ came to nothing 4 times, at last: it failed: The export could not "
        r"be made \(request request-ES_0+4\); nothing of this window is kept",
    ):
        vendor.ids("responses", days_per_file=60)


@pytest.mark.parametrize(
    ("fate", "said"),
    [("forgotten", "does not know the job any more (404)"), ("lost", "its file was gone before")],
)
def test_a_404_ends_a_job_and_another_is_started(vendor: Vendor, fate: str, said: str) -> None:
    expected = vendor.fill(5)
    vendor.api.fates = [fate]
    assert set(vendor.ids("responses", days_per_file=60)) == expected
    assert any(said in line for line in vendor.said)


def test_a_job_that_never_ends_is_given_up_after_an_hour(vendor: Vendor) -> None:
    vendor.fill(5)
    vendor.api.polls = 10**6
    with pytest.raises(SourceError, match="at last: it was not ready after 60 minutes"):
        vendor.ids("responses", days_per_file=60)
    assert 4 * 3600 <= vendor.clock.now < 4 * 3600 + 600
    assert len(vendor.api.app.calls) < 400


def test_a_status_nobody_has_heard_of_is_waited_for(vendor: Vendor) -> None:
    expected = vendor.fill(5)
    vendor.api.polls = 2

    def rename(content: Any) -> Any:
        if content.get("result", {}).get("status") == "inProgress":
            content["result"]["status"] = "queued"
        return content

    vendor.api.app.rewrite = rename
    assert set(vendor.ids("responses", days_per_file=60)) == expected


def test_a_zip_with_two_files_is_a_failure_and_never_an_empty_window(vendor: Vendor) -> None:
    vendor.fill(5)
    vendor.api.fates = ["two_files"]
    with pytest.raises(SourceError, match="the zip holds 2 files instead of one"):
        vendor.ids("responses", days_per_file=60)


@pytest.mark.parametrize("kind", ["truncated", "cut", "html", "wrong_type", "empty_body"])
def test_a_zip_that_is_cut_or_no_zip_is_fetched_again(vendor: Vendor, kind: Any) -> None:
    expected = vendor.fill(5)
    vendor.api.app.inject(Fault(kind, 2, skip=3))  # list, start, progress, file
    assert set(vendor.ids("responses", days_per_file=60)) == expected
    assert len(vendor.calls("/file")) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it ends in the middle of the responses"),
        (b'{"rows":[]}' * 200, 'it does not begin with {"responses": ['),
        (b'{"responses":[{"responseId":"R_1"}', "missing required field `values`"),
        (b'{"responses":[{"values":{"recordedDate":"2026-10-02T12:00:00Z"}}]}', "`responseId`"),
        (b'{"responses":[{"responseId":"R_1","values":{}}]}', "missing required field `recordedD"),
        (b'{"responses":[{"responseId":"R_1","values":{"recordedDate":null}}]}', "recordedDate"),
        (b'{"responses":[1]}', "a response is not an object"),
        (b'{"responses":[{} {}]}', "missing required field `responseId`"),
    ],
)
def test_a_json_file_that_is_not_as_promised_is_told_in_words(content: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("[", r"\[")) as caught:
        list(read_json(spooled(zipped(content)), "SV_1", 10))
    assert said in str(caught.value)


HEADERS = '"RecordedDate","ResponseId","Q1"\n"Recorded","Id","How?"\n'
IDS = '"{""ImportId"":""recordedDate"",""timeZone"":""Z""}","{""ImportId"":""_recordId""}",'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "it has 0 of its 3 header rows"),
        (HEADERS, "it has 2 of its 3 header rows"),
        (HEADERS + "a,b,c\n", "the third header row holds no import ids"),
        (HEADERS + IDS + '"{""ImportId"":""_recordId""}"\n', "have the import id '_recordId'"),
        (
            HEADERS + IDS.replace('""Z""', '""America/Denver""') + '"{""ImportId"":""QID1""}"\n',
            "its times are in America/Denver instead of UTC",
        ),
        (
            HEADERS + IDS + '"{""ImportId"":""QID1""}"\n2026-10-02 12:00:00,R_1\n',
            "row 1 has 2 cells instead of 3",
        ),
        (HEADERS + IDS + '"{""ImportId"":""QID1""}"\n,R_1,3\n', "recordedDate"),
        (
            HEADERS + IDS + '"{""ImportId"":""QID1""}"\n2026-10-02 12:00:00,,3\n',
            "row 1 has an empty _recordId",
        ),
        (
            HEADERS + IDS + '"{""ImportId"":""QID1""}"\n2026-10-02 12:00:00,R_1,"cut',
            "unexpected end of data",
        ),
    ],
)
def test_a_csv_file_that_is_not_as_promised_is_told_in_words(content: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        list(read_csv(spooled(zipped(content.encode())), "SV_1", 10))
    assert said in str(caught.value)


def test_a_file_that_is_not_as_promised_fails_the_window_and_names_the_survey(
    vendor: Vendor,
) -> None:
    vendor.fill(5)

    def spoil(content: Any) -> Any:
        for row in content.get("responses", []):
            del row["values"]["recordedDate"]
        return content

    vendor.api.app.rewrite = spoil
    with pytest.raises(
        SourceError, match=r"json file Qualtrics made of survey SV_\w+ .*`recordedDate`.*run it aga"
    ):
        vendor.ids("responses")


@pytest.mark.parametrize(("form", "reader"), [("json", read_json), ("csv", read_csv)])
def test_a_file_of_any_size_is_read_in_a_bounded_share_of_memory(form: str, reader: Any) -> None:
    rows = [samples.response(n, stamp(FIRST + n * SECOND)) for n in range(400)]
    for row in rows:
        row["values"]["QID2_TEXT"] = "long-winded " * 4000
    if form == "json":
        content = json.dumps({"responses": rows}, indent=1).encode()
    else:
        content = api._as_csv(rows, samples.survey(samples.SURVEY, stamp(FIRST))).encode()
    assert len(content) > 18 * 2**20
    packed = spooled(zipped(content, f"answers.{form}"))
    del content, rows
    tracemalloc.start()
    found = sum(len(records) for records in reader(packed, "SV_1", 20))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == 400
    assert peak < 10 * 2**20


def test_lists_are_followed_by_the_addresses_qualtrics_gives_through_empty_pages(
    vendor: Vendor,
) -> None:
    for number in range(1, 12):
        vendor.api.put("surveys", number, FIRST)
    vendor.api.page_size, vendor.api.empty_answers = 3, {2, 4}
    assert len(set(vendor.ids("surveys"))) == 11
    tokens = [call.get("skipToken") for call in vendor.calls("/API/v3/surveys")]
    assert tokens[0] is None
    assert len(tokens) == 6


def test_a_list_that_leads_to_itself_fails_the_window(vendor: Vendor) -> None:
    for number in range(1, 12):
        vendor.api.put("surveys", number, FIRST)
    vendor.api.page_size, vendor.api.empty_answers = 3, set(range(2, 99))
    with pytest.raises(SourceError, match="stands still: 6 answers in a row name a next page"):
        vendor.ids("surveys")


def test_a_next_page_on_another_host_is_not_followed(vendor: Vendor) -> None:
    for number in range(1, 5):
        vendor.api.put("surveys", number, FIRST)
    vendor.api.page_size = 3

    def elsewhere(content: Any) -> Any:
        if content["result"].get("nextPage"):
            content["result"]["nextPage"] = "https://fra1.example.org/API/v3/surveys?skipToken=x"
        return content

    vendor.api.app.rewrite = elsewhere
    with pytest.raises(SourceError, match=r"names its next page on another host \(fra1\.exampl"):
        vendor.ids("surveys")


def history(vendor: Vendor, distribution: str, sent: Any, *people: int, **more: Any) -> None:
    made = samples.distribution(distribution, stamp(sent))
    vendor.api.add("distributions", made | more)
    for number in people:
        row = samples.contacted(number, stamp(sent)) | {"distributionId": distribution}
        vendor.api.add("distribution_history", row)


def test_history_is_read_for_invitations_of_the_window_and_two_weeks_before(
    vendor: Vendor,
) -> None:
    history(vendor, "EMD_1", OCTOBER.start - 15 * DAY, 1)
    history(vendor, "EMD_2", OCTOBER.start - 13 * DAY, 2)
    history(vendor, "EMD_3", FIRST, 3, 4, 5, 6)
    history(vendor, "EMD_4", FIRST, 7, requestType="Reminder")
    history(vendor, "EMD_5", FIRST, 8, requestType="GeneratedInvite")
    history(vendor, "EMD_6", OCTOBER.end, 9)
    vendor.api.page_size = 2
    found = vendor.ids("distribution_history")
    assert found == [
        f"EMD_{d}/CID_0demo{n:08}" for d, n in [(2, 2), (3, 3), (3, 4), (3, 5), (3, 6)]
    ]
    assert len(vendor.ids("distributions")) == 6


def test_a_history_row_is_dated_by_the_last_thing_that_happened(vendor: Vendor) -> None:
    history(vendor, "EMD_1", FIRST)
    for number, changes in enumerate(
        [
            {"openedAt": stamp(FIRST + HOUR), "responseCompletedAt": stamp(FIRST + 9 * HOUR)},
            {"sentAt": None, "status": "Pending"},  # nothing yet: the time it is to be sent
        ],
        1,
    ):
        row = samples.contacted(number, stamp(FIRST)) | {"distributionId": "EMD_1"}
        vendor.api.add("distribution_history", row | changes)
    dates = [record.changed_at for record in vendor.records("distribution_history")]
    assert dates == [FIRST + 9 * HOUR, FIRST]


@pytest.mark.parametrize("field", ["contactId", "distributionId"])
def test_a_history_row_without_an_id_fails_the_window_and_names_the_field(
    vendor: Vendor, field: str
) -> None:
    history(vendor, "EMD_1", FIRST, 1)

    def spoil(content: Any) -> Any:
        for row in content["result"].get("elements", []):
            row.pop(field, None)
        return content

    vendor.api.app.rewrite = spoil
    with pytest.raises(SourceError, match=f"missing required field `{field}`"):
        vendor.ids("distribution_history", surveys=[samples.SURVEY])


def test_accounts_without_a_directory_have_no_streams_of_invitations() -> None:
    def streams(**options: Any) -> list[str]:
        return [s.name for s in qualtrics.SOURCE.streams(qualtrics.Options(**options))]

    assert streams() == ["surveys", "responses", "distributions", "distribution_history"]
    assert streams(invitations=False) == ["surveys", "responses"]


def test_only_the_surveys_named_are_exported(vendor: Vendor) -> None:
    vendor.api.add("surveys", samples.survey("SV_other", stamp(FIRST)))
    vendor.api.add("responses", samples.response(1, stamp(FIRST)) | {"_survey_id": "SV_other"})
    vendor.api.add("responses", samples.response(2, stamp(FIRST)))
    assert vendor.ids("responses", surveys=["SV_other"]) == ["SV_other/R_0demo000000001"]
    assert set(vendor.ids("responses")) == {
        "SV_other/R_0demo000000001",
        f"{samples.SURVEY}/R_0demo000000002",
    }


def test_a_token_that_is_not_known_is_final_at_once(vendor: Vendor) -> None:
    vendor.api.connection = lambda url: api.Connection("qualtrics", host=url, password="other")
    with pytest.raises(AccessDenied, match="check login and password of connection 'qualtrics'"):
        vendor.ids("responses")
    assert len(vendor.api.app.calls) == 1


def test_a_connection_without_the_data_centre_is_told_where_to_write_it(vendor: Vendor) -> None:
    with pytest.raises(ConfigError, match="has no host: put Qualtrics's address there"):
        vendor.ids("responses", connection=api.Connection("qualtrics", password="x"))


def test_a_quota_smaller_than_assumed_is_waited_out() -> None:
    with serving(qualtrics, requests_per_minute=4) as vendor:
        expected = vendor.fill(5)
        assert set(vendor.ids("responses", days_per_file=5)) == expected
    assert any("429 (too many requests)" in line for line in vendor.said)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"format": "xlsx"}, "format"),
        ({}, "format"),
        ({"format": "json", "startdate": "2026-10-01"}, "Unexpected json key provided: startdate"),
        ({"format": "json", "startDate": "yesterday"}, "Invalid request body"),
        ({"format": "json", "breakoutSets": False}, "breakoutSets is not allowed"),
    ],
)
def test_the_simulator_refuses_what_qualtrics_refuses(
    vendor: Vendor, asked: dict[str, Any], said: str
) -> None:
    answer = httpx.post(
        f"{vendor.url}/API/v3/surveys/{samples.SURVEY}/export-responses",
        json=asked,
        headers={"X-API-TOKEN": api.TOKEN},
        trust_env=False,
    )
    assert answer.status_code == 400
    assert said in answer.json()["meta"]["error"]["errorMessage"]


@pytest.mark.parametrize(
    "options",
    [{"surveys": []}, {"surveys": ["../users"]}, {"format": "spss"}, {"days_per_file": 0}],
)
def test_options_that_cannot_be_used_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        qualtrics.Options.model_validate(options)


def test_the_window_ends_before_now(vendor: Vendor) -> None:
    """Responses may be missing from an export for a while: no window is read at once."""
    stream = next(s for s in qualtrics.STREAMS if s.name == "responses")
    assert stream.overlap >= stream.settle >= timedelta(minutes=30)
    assert OCTOBER.end + stream.settle <= NOW
