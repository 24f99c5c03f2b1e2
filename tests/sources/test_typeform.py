"""The Typeform connector against a Typeform that keeps to its documented behaviour."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import vendors
from vendors import FIRST, HOUR, NOW, OCTOBER, form, hourly, response, serving, stamp, surveys

from wellheard import ingest, settings
from wellheard.demo.simulators.world import World
from wellheard.errors import SourceError
from wellheard.lake import Lake
from wellheard.periods import Window
from wellheard.sources import typeform

SECOND = timedelta(seconds=1)


def named(form_id: str, count: int) -> set[str]:
    return {f"{form_id}/{form_id}{n}" for n in range(1, count + 1)}


def partial(name: str, landed: vendors.datetime, **more: object) -> dict:
    item = response(name, landed, landed_at=stamp(landed), **more)
    del item["submitted_at"]
    return item


def test_the_responses_of_all_forms_are_read_over_many_pages() -> None:
    with serving(typeform, surveys(A=hourly(25), B=hourly(3), C=[])) as vendor:
        vendor.api.page_size = 4
        pages = list(vendor.pages("responses"))
    found = {record.id for page in pages for record in page.records}
    assert found == named("A", 25) | named("B", 3)
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))


def test_only_the_forms_named_in_the_options_are_asked_for() -> None:
    with serving(typeform, surveys(A=hourly(2), B=hourly(3))) as vendor:
        assert set(vendor.ids("responses", forms=["B"])) == named("B", 3)
        assert {call.path for call in vendor.api.app.calls} == {"/forms/B/responses"}


def test_more_than_two_hundred_forms_are_all_found() -> None:
    world = World(now=NOW, forms=[form(f"F{n}") for n in range(205)])
    with serving(typeform, world) as vendor:
        assert sorted(vendor.ids("forms")) == sorted(f"F{n}" for n in range(205))


def test_a_form_pushed_out_of_sight_while_the_list_is_read_fails_the_window() -> None:
    world = World(now=NOW, forms=[form(f"F{n}") for n in range(205)])
    with serving(typeform, world) as vendor:
        vendor.api.app.before[2] = lambda: vendor.api.forms.pop("F0")
        with pytest.raises(SourceError, match="Typeform promised 205 forms and listed 204"):
            vendor.ids("forms")


def test_a_form_is_landed_as_sent_with_the_time_of_its_last_change() -> None:
    with serving(typeform, surveys(A=[])) as vendor:
        [page] = vendor.pages("forms")
    [record] = page.records
    assert json.loads(record.payload) == form("A")
    assert stamp(record.changed_at) == "2025-08-18T09:00:00Z"


def test_a_form_without_a_time_of_change_counts_as_of_its_reading() -> None:
    world = World(now=NOW, forms=[{"id": "A", "title": "A", "fields": []}])
    with serving(typeform, world) as vendor:
        [page] = vendor.pages("forms")
    assert page.records[0].changed_at == NOW


def test_the_payload_is_the_response_byte_for_byte_and_its_clock_the_submission() -> None:
    with serving(typeform, surveys(A=[FIRST])) as vendor:
        records = [record for page in vendor.pages("responses") for record in page.records]
        sent = vendor.api.shelves["responses"].written([(FIRST.timestamp(), "A1")])
    assert [(r.id, r.changed_at, r.payload) for r in records] == [("A/A1", FIRST, sent)]


def test_boundary_rows_come_twice_and_every_one_is_landed(tmp_path: Path) -> None:
    same = FIRST + HOUR
    with serving(typeform, surveys(A=[FIRST, same, same, FIRST + 2 * HOUR])) as vendor:
        vendor.api.page_size = 2
        manifest = vendor.land(Lake(str(tmp_path)), "responses")
    assert manifest.distinct == 4
    assert manifest.sent == manifest.landed > 4


@pytest.mark.parametrize("before_token", [True, False])
def test_a_second_with_more_responses_than_a_page_holds_is_passed(before_token: bool) -> None:
    same = FIRST + HOUR
    with serving(typeform, surveys(A=[FIRST, *[same] * 9, same + SECOND, FIRST + 2 * HOUR])) as it:
        it.api.page_size = 3
        it.api.oddities.total_before_token = before_token
        assert set(it.ids("responses")) == named("A", 12)


@pytest.mark.parametrize("before_token", [True, False])
def test_partial_responses_are_read_whole_whatever_the_total_counts(before_token: bool) -> None:
    world = surveys(A=[])
    world.responses["A"] = [partial(f"A{n}", FIRST + HOUR * n) for n in range(1, 9)]
    with serving(typeform, world) as vendor:
        vendor.api.page_size = 3
        vendor.api.oddities.total_before_token = before_token
        assert set(vendor.ids("responses")) == named("A", 8)


def test_a_partial_response_is_dated_by_its_landing_and_replaced_once_it_is_submitted() -> None:
    world = surveys(A=[])
    world.responses["A"] = [partial("A1", FIRST)]
    with serving(typeform, world) as vendor:
        [first] = [r for page in vendor.pages("responses") for r in page.records]
        vendor.api.add("responses", response("A1", FIRST + 30 * HOUR, form_id="A"))
        [second] = [r for page in vendor.pages("responses") for r in page.records]
    assert first.id == second.id == "A/A1"
    assert (first.changed_at, second.changed_at) == (FIRST, FIRST + 30 * HOUR)


def test_a_partial_response_saved_long_after_it_began_is_found_by_the_later_window() -> None:
    world = surveys(A=[])
    start = OCTOBER.start - timedelta(hours=5)
    world.responses["A"] = [partial("A1", start, staged_at=stamp(OCTOBER.start + HOUR))]
    with serving(typeform, world) as vendor:
        assert vendor.ids("responses") == ["A/A1"]


def test_partial_responses_begun_within_a_day_before_the_window_are_read_with_it() -> None:
    """Whichever of its times Typeform finds a partial response by, none slips between windows."""
    world = surveys(A=[])
    world.responses["A"] = [partial("A1", OCTOBER.start - timedelta(hours=23))]
    with serving(typeform, world) as vendor:
        assert vendor.ids("responses") == ["A/A1"]


def test_started_responses_without_an_answer_are_left_with_the_vendor_unless_asked_for() -> None:
    world = surveys(A=hourly(1))
    world.responses["A"].append(partial("A2", FIRST, answers=None))
    with serving(typeform, world) as vendor:
        assert vendor.ids("responses") == ["A/A1"]
        asked = {call.query.get("response_type") for call in vendor.api.app.calls}
        assert asked == {None, "completed", "partial"}
        assert set(vendor.ids("responses", started=True)) == {"A/A1", "A/A2"}


def test_a_submission_in_year_one_has_not_happened() -> None:
    world = surveys(A=[])
    world.responses["A"] = [response("A1", FIRST, submitted_at="0001-01-01T00:00:00Z")]
    with serving(typeform, world) as vendor:
        [record] = [r for page in vendor.pages("responses") for r in page.records]
    assert record.changed_at == FIRST - timedelta(minutes=3)


def test_an_answer_to_a_form_opened_months_ago_is_found_by_its_submission() -> None:
    world = surveys(A=[])
    world.responses["A"] = [response("A1", FIRST, landed_at="2026-05-01T08:00:00Z")]
    with serving(typeform, world) as vendor:
        assert vendor.ids("responses") == ["A/A1"]


def test_a_window_landed_again_takes_up_what_came_late_and_forgets_what_was_deleted(
    tmp_path: Path,
) -> None:
    lake = Lake(str(tmp_path))
    with serving(typeform, surveys(A=hourly(3))) as vendor:
        assert vendor.land(lake, "responses").distinct == 3
        vendor.api.add("responses", response("A9", FIRST + 9 * HOUR, form_id="A"))
        vendor.api.shelves["responses"].remove("A1")
        vendor.land(lake, "responses")
    assert [manifest.distinct for manifest in lake.manifests()] == [3]


def test_an_error_in_one_form_of_many_fails_the_window(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    with (
        serving(typeform, surveys(A=hourly(3), B=hourly(3), C=hourly(3))) as vendor,
        pytest.raises(SourceError, match=r"/forms/Nope/responses with 404"),
    ):
        vendor.land(lake, "responses", forms=["A", "B", "Nope", "C"])
    assert lake.manifests() == []


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (response("A1", FIRST), "response A1 has no submitted_at"),
        (partial("A1", FIRST), "response A1 has no submitted_at or landed_at"),
    ],
)
def test_a_response_without_its_time_fails_the_window_and_is_named(item: dict, said: str) -> None:
    world = surveys(A=[])
    world.responses["A"] = [item]
    with serving(typeform, world) as vendor:
        shelf = vendor.api.shelves["responses"]
        real = shelf.written
        shelf.written = lambda keys: real(keys).replace(b"ed_at", b"ed_on")
        with pytest.raises(SourceError, match=rf"{said}\)"):
            vendor.ids("responses")


def test_an_empty_page_that_promises_more_is_asked_for_again() -> None:
    with serving(typeform, surveys(A=hourly(7))) as vendor:
        vendor.api.page_size = 3
        vendor.api.empty_answers = {2}
        assert set(vendor.ids("responses")) == named("A", 7)
    assert any("it promises 5 items, none sent" in line for line in vendor.said)


def test_a_form_that_promises_and_never_sends_fails_the_window(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    with serving(typeform, surveys(A=hourly(7))) as vendor:
        vendor.api.page_size = 3
        vendor.api.empty_answers = set(range(2, 100))
        with pytest.raises(SourceError, match=r"form A: it promises 5 items, none sent\); gave up"):
            vendor.land(lake, "responses")
    assert lake.manifests() == []


def test_a_response_that_comes_in_between_two_pages_disturbs_nothing() -> None:
    with serving(typeform, surveys(A=hourly(7))) as vendor:
        vendor.api.page_size = 3
        late = response(
            "A0", FIRST - HOUR, form_id="A"
        )  # lies before what was read: the next window's overlap
        vendor.api.app.before[3] = lambda: vendor.api.add("responses", late)
        later = response("A8", FIRST + 8 * HOUR, form_id="A")
        vendor.api.app.before[4] = lambda: vendor.api.add("responses", later)
        counts = Counter(vendor.ids("responses"))
    assert set(counts) == named("A", 8)


def test_a_response_shown_half_an_hour_late_is_caught_by_the_next_days_overlap() -> None:
    first = Window(NOW - 24 * HOUR, NOW - timedelta(minutes=10))
    following = Window(NOW - timedelta(minutes=10), NOW)
    with serving(typeform, surveys(A=[NOW - timedelta(minutes=20)])) as vendor:
        assert vendor.ids("responses", first) == []  # not shown yet
        vendor.api.now = NOW + HOUR
        assert vendor.ids("responses", following) == ["A/A1"]


def test_the_window_is_inclusive_at_both_ends_and_an_hour_longer_at_its_start() -> None:
    moments = [OCTOBER.start - 2 * HOUR, OCTOBER.start - HOUR, OCTOBER.end, OCTOBER.end + SECOND]
    with serving(typeform, surveys(A=moments)) as vendor:
        assert vendor.ids("responses") == ["A/A2", "A/A3"]


def test_an_unknown_form_is_named_with_typeforms_own_words() -> None:
    with (
        serving(typeform, surveys(A=[])) as vendor,
        pytest.raises(SourceError, match=r"/forms/Nope/responses with 404 .* uid Nope") as caught,
    ):
        vendor.ids("responses", forms=["Nope"])
    assert "FORM_NOT_FOUND" in str(caught.value)


def test_an_account_without_forms_is_a_mistake_to_be_told_about() -> None:
    with (
        serving(typeform, World(now=NOW)) as vendor,
        pytest.raises(SourceError, match="the account shows no forms; check that the token"),
    ):
        vendor.ids("responses")


@pytest.mark.parametrize("forms", [[], ["../me"], ["a/b"], "A"])
def test_forms_in_the_options_must_be_a_list_of_ids(forms: object) -> None:
    with pytest.raises(ValueError, match="forms"):
        typeform.Options.model_validate({"forms": forms})


def test_a_whole_window_is_ingested_by_the_names_in_wellheard_yml(tmp_path: Path) -> None:
    (tmp_path / "wellheard.yml").write_text(
        "company: Larkfield\nreporting_zone: Europe/London\n"
        "sources: {pulse: {kind: typeform, history_start: 2026-10-01, forms: [A, B]}}\n"
    )
    here = settings.Settings(company_dir=tmp_path, var=tmp_path / "var")
    with serving(typeform, surveys(A=hourly(5), B=hourly(2), C=hourly(9))) as vendor:
        manifests = ingest.ingest(
            here,
            "pulse",
            OCTOBER,
            connection=vendor.connection,
            extracted_at=NOW,
            progress=vendor.said.append,
        )
    assert [(m.source, m.stream, m.distinct) for m in manifests] == [
        ("pulse", "forms", 2),
        ("pulse", "responses", 7),
    ]
