"""The Zendesk connector against a Zendesk that keeps to its documented behaviour."""

from __future__ import annotations

import base64
import json
import time
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Literal

import pytest
import vendors
from vendors import FIRST, HOUR, OCTOBER, desk, event, hourly, rating, serving, stamp, ticket

from wellheard import ingest, settings
from wellheard.demo.simulators import zendesk as api
from wellheard.errors import AccessDenied, SourceError
from wellheard.lake import Lake
from wellheard.periods import Window
from wellheard.sources import zendesk, zendesk_answers

EXPORTS = ("tickets", "ticket_events", "users", "organizations")
STREAMS = (*EXPORTS, "satisfaction_ratings")
SECOND = timedelta(seconds=1)


def one_to(count: int) -> list[str]:
    return [str(n) for n in range(1, count + 1)]


@pytest.mark.parametrize("stream", STREAMS)
def test_every_record_of_the_window_is_read_over_many_pages(stream: str) -> None:
    with serving(zendesk, desk(hourly(25))) as vendor:
        vendor.api.page_size = 4
        pages = list(vendor.pages(stream))
    assert sorted({r.id for page in pages for r in page.records}, key=int) == one_to(25)
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    assert len(pages) > 6


def test_the_payload_is_the_ticket_byte_for_byte_and_its_clock_the_generated_timestamp() -> None:
    world = desk([FIRST])
    world.tickets[0]["updated_at"] = "2026-09-01T00:00:00Z"  # a system change moved the clock only
    with serving(zendesk, world) as vendor:
        [page] = vendor.pages("tickets")
        sent = vendor.api.shelves["tickets"].written([(FIRST.timestamp(), 1)])
    [record] = page.records
    assert record.payload == sent
    assert "Größe – 電話".encode() in record.payload
    assert record.changed_at == FIRST


def test_the_last_page_ends_the_reading_although_it_still_has_a_cursor() -> None:
    with serving(zendesk, desk(hourly(6))) as vendor:
        vendor.api.page_size = 3
        assert vendor.ids("tickets") == one_to(6)
        assert len(vendor.api.app.calls) == 2


def test_more_tickets_are_asked_for_before_a_page_of_them_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked_meanwhile = []
    read = zendesk_answers.tickets

    def slowly(body: bytes) -> object:
        next_one, until = len(asked_meanwhile) + 2, time.monotonic() + 5
        while b'"end_of_stream":false' in body and len(vendor.api.app.calls) < next_one:
            if time.monotonic() > until:
                break
            time.sleep(0.001)
        asked_meanwhile.append(len(vendor.api.app.calls))
        return read(body)

    with serving(zendesk, desk(hourly(9))) as vendor:
        vendor.api.page_size = 3
        monkeypatch.setattr(zendesk, "tickets", slowly)
        assert vendor.ids("tickets") == one_to(9)
        assert len(vendor.api.app.calls) == 3
    assert asked_meanwhile == [2, 3, 3]


def test_a_page_asked_for_too_early_is_not_taken_if_it_was_the_wrong_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(zendesk, desk(hourly(9))) as vendor:
        vendor.api.page_size = 3
        monkeypatch.setattr(zendesk, "ticket_cursor", lambda body, end: "bm93aGVyZQ==")
        assert vendor.ids("tickets") == one_to(9)


@pytest.mark.parametrize("stream", STREAMS)
def test_an_empty_page_in_mid_stream_is_not_the_end(stream: str) -> None:
    with serving(zendesk, desk(hourly(7))) as vendor:
        vendor.api.page_size = 3
        vendor.api.empty_answers = {2}
        assert sorted(set(vendor.ids(stream))) == one_to(7)


@pytest.mark.parametrize("stream", EXPORTS)
def test_without_an_end_flag_the_missing_cursor_is_the_end(stream: str) -> None:
    with serving(zendesk, desk(hourly(2))) as vendor:
        vendor.api.oddities.end_flag = False
        vendor.api.oddities.last_cursor = False
        vendor.api.oddities.next_page = False
        assert vendor.ids(stream) == one_to(2)


@pytest.mark.parametrize("stream", EXPORTS)
def test_without_an_end_flag_a_cursor_that_stands_still_is_never_taken_for_the_end(
    stream: str, tmp_path: Path
) -> None:
    lake = Lake(str(tmp_path))
    with serving(zendesk, desk(hourly(5))) as vendor:
        vendor.api.oddities.end_flag = False
        with pytest.raises(SourceError, match=r"stand still: 6 of them .* its end is not known"):
            vendor.land(lake, stream)
    assert lake.manifests() == []


def test_more_promised_without_a_cursor_fails_instead_of_ending() -> None:
    with serving(zendesk, desk(hourly(7))) as vendor:
        vendor.api.page_size = 3
        real = vendor.api._cursor_page

        def broken(*args):
            answer = real(*args)
            body = json.loads(answer.body) | {"after_cursor": None, "after_url": None}
            return api.answer(body, 200)

        vendor.api._cursor_page = broken
        with pytest.raises(SourceError, match=r"page 1: Zendesk says there is more"):
            vendor.ids("tickets")


@pytest.mark.parametrize("stream", EXPORTS)
def test_reading_stops_after_the_page_that_passes_the_windows_end(stream: str) -> None:
    window = Window(FIRST, FIRST + 10 * HOUR)
    with serving(zendesk, desk(hourly(100))) as vendor:
        vendor.api.page_size = 4
        found = set(vendor.ids(stream, window))
        assert len(vendor.api.app.calls) <= 5
    assert found >= set(one_to(10))  # and the rest of the last page is landed too


def test_rows_out_of_order_take_away_the_trust_in_their_clock() -> None:
    """A row past the window's end says nothing when rows do not come by time."""
    window = Window(FIRST, FIRST + 5 * HOUR)
    rows = {1: [0, 9, 8], 2: [9, 9, 3], 3: [4, 9, 9]}  # hours after FIRST, page by page
    with serving(zendesk, desk([])) as vendor:
        turn = 0

        def unsorted(*args):
            nonlocal turn
            turn += 1
            tickets = [ticket(10 * turn + n, FIRST + HOUR * h) for n, h in enumerate(rows[turn])]
            return api.answer(
                {"tickets": tickets, "after_cursor": str(turn), "end_of_stream": turn == 3}, 200
            )

        vendor.api._cursor_page = unsorted
        assert len(vendor.ids("tickets", window)) == 9


@pytest.mark.parametrize("goes_by", ["updated_at", "created_at"])
def test_a_rating_is_found_when_it_is_given_whichever_time_zendesk_lists_ratings_by(
    goes_by: Literal["updated_at", "created_at"],
) -> None:
    offered = OCTOBER.start - timedelta(days=20)
    world = desk([])
    world.satisfaction_ratings = [rating(1, FIRST, created_at=stamp(offered))]
    with serving(zendesk, world) as vendor:
        vendor.api.oddities.ratings_by = goes_by
        [page] = vendor.pages("satisfaction_ratings")
    assert [(record.id, record.changed_at) for record in page.records] == [("1", FIRST)]


def test_ratings_do_not_wait_for_the_limit_of_the_exports() -> None:
    with serving(zendesk, desk(hourly(30))) as vendor:
        vendor.api.page_size = 2
        plain = vendors.account(zendesk, vendor.url, extra={})
        assert vendor.ids("satisfaction_ratings", connection=plain) == one_to(30)
        assert vendor.clock.slept == []
        assert len(set(vendor.ids("organizations", connection=plain))) == 30
        assert vendor.clock.now >= 60


def test_a_rating_changed_between_two_pages_keeps_its_place_and_none_is_lost() -> None:
    with serving(zendesk, desk(hourly(7))) as vendor:
        vendor.api.page_size = 3
        for call, number in ((2, 2), (3, 5)):
            changed = rating(number, FIRST + 20 * HOUR, created_at=stamp(FIRST), score="bad")
            vendor.api.app.before[call] = partial(vendor.api.add, "satisfaction_ratings", changed)
        assert vendor.ids("satisfaction_ratings") == one_to(7)


@pytest.mark.parametrize(
    ("links", "said"),
    [
        ({"next": None}, r"page 1: Zendesk says there are more ratings .* gives no link to them"),
        ({"next": "https://zendesk.example/?page[after]=x"}, r"page 6: Zendesk's answers stand"),
    ],
)
def test_more_ratings_promised_than_can_be_reached_fail_instead_of_ending(
    links: dict[str, str | None], said: str
) -> None:
    with serving(zendesk, desk(hourly(3))) as vendor:
        body = {"satisfaction_ratings": [], "meta": {"has_more": True}, "links": links}
        vendor.api._ratings_page = lambda *args: api.answer(body)
        with pytest.raises(SourceError, match=said):
            vendor.ids("satisfaction_ratings")


def test_ratings_without_a_word_on_whether_there_are_more_are_not_the_end() -> None:
    with serving(zendesk, desk(hourly(3))) as vendor:
        vendor.api._ratings_page = lambda *args: api.answer({"satisfaction_ratings": []})
        with pytest.raises(SourceError, match="required field `meta`"):
            vendor.ids("satisfaction_ratings")


@pytest.mark.parametrize("stream", STREAMS)
def test_an_id_is_the_same_as_a_number_and_as_a_text(stream: str) -> None:
    world = desk(hourly(2))
    getattr(world, stream)[1]["id"] = "2"
    with serving(zendesk, world) as vendor:
        assert sorted(set(vendor.ids(stream))) == one_to(2)


@pytest.mark.parametrize(
    ("stream", "field"),
    [("tickets", "generated_timestamp"), ("organizations", "updated_at"),
     ("satisfaction_ratings", "updated_at")],
)  # fmt: skip
def test_a_record_without_its_change_clock_fails_the_window_and_names_the_field(
    stream: str, field: str
) -> None:
    with serving(zendesk, desk(hourly(2))) as vendor:
        shelf = vendor.api.shelves[stream]
        real = shelf.written
        shelf.written = lambda keys: real(keys).replace(field.encode(), b"forgotten")
        with pytest.raises(SourceError, match=f"missing required field `{field}`"):
            vendor.ids(stream)


def test_a_deleted_ticket_comes_again_scrubbed() -> None:
    with serving(zendesk, desk([])) as vendor:
        vendor.api.put("tickets", 1, FIRST)
        vendor.api.now = FIRST + HOUR
        vendor.api.remove("tickets", 1)
        [page] = vendor.pages("tickets")
    [record] = page.records
    sent = json.loads(record.payload)
    assert (record.id, record.changed_at) == ("1", FIRST + HOUR)
    assert (sent["status"], sent["subject"], sent["description"]) == ("deleted", "SCRUBBED", "X")


def test_a_ticket_edited_between_two_pages_comes_again_and_none_is_lost() -> None:
    with serving(zendesk, desk(hourly(7))) as vendor:
        vendor.api.page_size = 3
        edited = ticket(5, FIRST + 20 * HOUR, status="solved")  # moves behind all others
        vendor.api.app.before[2] = lambda: vendor.api.shelves["tickets"].put(edited)
        again = ticket(2, FIRST + 21 * HOUR, status="solved")  # was read on page 1 already
        vendor.api.app.before[3] = lambda: vendor.api.shelves["tickets"].put(again)
        counts = Counter(vendor.ids("tickets"))
    assert counts == {"1": 1, "2": 2, "3": 1, "4": 1, "5": 1, "6": 1, "7": 1}


def test_rows_at_the_boundary_second_come_twice_and_all_are_landed(tmp_path: Path) -> None:
    world = desk([FIRST, FIRST + HOUR, FIRST + HOUR, FIRST + HOUR, FIRST + 2 * HOUR])
    with serving(zendesk, world) as vendor:
        vendor.api.page_size = 2
        manifest = vendor.land(Lake(str(tmp_path)), "ticket_events")
    assert manifest.distinct == 5
    assert manifest.sent == manifest.landed > 5


def test_a_second_with_more_events_than_a_page_holds_is_passed() -> None:
    moments = [FIRST, *[FIRST + HOUR] * 9, FIRST + HOUR + SECOND, FIRST + 2 * HOUR]
    with serving(zendesk, desk(moments)) as vendor:
        vendor.api.page_size = 3
        assert sorted(set(vendor.ids("ticket_events")), key=int) == one_to(12)


def test_a_page_of_events_with_a_wrong_count_is_refused() -> None:
    with serving(zendesk, desk(hourly(3))) as vendor:
        vendor.api.oddities.miscount = 1
        with pytest.raises(SourceError, match="it says count 4 and holds 3 rows"):
            vendor.ids("ticket_events")


def test_comments_are_part_of_the_events() -> None:
    world = desk([])
    world.ticket_events = [event(1, FIRST, "Create", "Comment")]
    with serving(zendesk, world) as vendor:
        [page] = vendor.pages("ticket_events")
    children = json.loads(page.records[0].payload)["child_events"]
    assert [child["event_type"] for child in children] == ["Create", "Comment"]


def test_the_window_is_read_from_five_minutes_before_its_start() -> None:
    before = OCTOBER.start - timedelta(minutes=4)
    with serving(zendesk, desk([before - HOUR, before, FIRST])) as vendor:
        assert vendor.ids("tickets") == ["2", "3"]
        assert vendor.api.app.calls[0].query["start_time"] == str(
            int(OCTOBER.start.timestamp()) - 300
        )


def test_a_window_without_changes_is_one_empty_page(tmp_path: Path) -> None:
    with serving(zendesk, desk([])) as vendor:
        manifest = vendor.land(Lake(str(tmp_path)), "tickets")
    assert (manifest.pages, manifest.sent) == (1, 0)


def test_a_start_too_recent_is_refused_with_zendesks_own_words() -> None:
    window = Window(vendors.NOW + timedelta(minutes=1), vendors.NOW + timedelta(minutes=2))
    with (
        serving(zendesk, desk([])) as vendor,
        pytest.raises(SourceError, match=r"422 and says 'InvalidValue: Too recent start_time"),
    ):
        vendor.ids("tickets", window)
    assert vendor.clock.slept == []  # no use in asking again


def test_an_oauth_token_is_sent_as_a_bearer_when_there_is_no_login() -> None:
    with serving(zendesk, desk(hourly(1))) as vendor:
        oauth = vendors.account(zendesk, vendor.url, login="")
        assert vendor.ids("tickets", connection=oauth) == ["1"]


@pytest.mark.parametrize("login", ["agent@larkfield.example", "agent@larkfield.example/token"])
def test_the_login_is_completed_to_the_form_zendesk_wants(login: str) -> None:
    with serving(zendesk, desk(hourly(1))) as vendor:
        written = vendors.account(zendesk, vendor.url, login=login)
        assert vendor.ids("tickets", connection=written) == ["1"]


def test_streams_an_account_does_not_have_are_left_out() -> None:
    options = zendesk.Options(without=["satisfaction_ratings"])
    assert [stream.name for stream in zendesk.SOURCE.streams(options)] == list(EXPORTS)


def test_a_token_that_may_not_read_ratings_is_told_how_to_do_without_them() -> None:
    with serving(zendesk, desk(hourly(1))) as vendor:
        vendor.api.oddities.is_administrator = False
        with pytest.raises(AccessDenied) as caught:
            vendor.ids("satisfaction_ratings")
    assert "denies access to /api/v2/satisfaction_ratings.json (403)" in str(caught.value)
    assert "`without: [satisfaction_ratings]` under zendesk in wellheard.yml" in str(caught.value)


@pytest.mark.parametrize("options", [{"subdomain": "larkfield"}, {"without": ["tickets"]}])
def test_options_zendesk_does_not_know_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"subdomain|without"):
        zendesk.Options.model_validate(options)


def test_the_cursor_is_what_zendesk_makes_of_it() -> None:
    with serving(zendesk, desk(hourly(4))) as vendor:
        vendor.api.page_size = 2
        vendor.ids("tickets")
        cursor = vendor.api.app.calls[1].query["cursor"]
    assert base64.b64decode(cursor).decode() == f"{int((FIRST + HOUR).timestamp())}.0||2|"


def test_a_whole_window_is_ingested_by_the_names_in_wellheard_yml(tmp_path: Path) -> None:
    (tmp_path / "wellheard.yml").write_text(
        "company: Larkfield\nreporting_zone: Europe/London\n"
        "sources: {zendesk: {history_start: 2026-10-01}}\n"
    )
    here = settings.Settings(company_dir=tmp_path, var=tmp_path / "var")
    with serving(zendesk, desk(hourly(5))) as vendor:
        manifests = ingest.ingest(
            here,
            "zendesk",
            OCTOBER,
            connection=vendor.connection,
            extracted_at=vendors.NOW,
            progress=vendor.said.append,
        )
    assert [(m.stream, m.distinct, m.end_signal) for m in manifests] == [
        ("tickets", 5, True),
        ("ticket_events", 5, True),
        ("users", 5, True),
        ("organizations", 5, True),
        ("satisfaction_ratings", 5, True),
    ]
