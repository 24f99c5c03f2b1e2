"""What happens while a window is read, and at its edges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from torture_world import HOUR, NEXT, PAGE_SIZE, SECOND, WINDOW, TortureWorld

from wellheard.demo.simulators.faults import Fault

BEFORE = WINDOW.start - HOUR


@pytest.mark.case("clock skew")
@pytest.mark.parametrize(
    "ahead", [timedelta(hours=7), timedelta(hours=-7)], ids=["ahead", "behind"]
)
def test_a_vendor_whose_clock_is_hours_off_is_waited_for_as_long_as_it_means(
    world: TortureWorld, ahead: timedelta
) -> None:
    world.fill()
    world.land_whole()
    world.app.ahead = ahead
    until = format_datetime(datetime.now(UTC) + ahead + timedelta(seconds=90), usegmt=True)
    world.app.inject(Fault("rate_limited", skip=1, retry_after=until))
    manifest = world.land_whole()
    waited = sum(world.clock.slept)
    assert 80 <= waited <= 110, f"waited {waited} s instead of about 90"
    assert manifest.window == WINDOW
    assert world.newest() == {put.id: put.changed_at for put in world.held.values()}


@pytest.mark.case("edited")
def test_a_record_edited_while_the_pages_are_read_costs_no_other(
    world: TortureWorld, subtests: pytest.Subtests
) -> None:
    world.fill()
    before = {number: put.changed_at for number, put in world.held.items()}
    needed = world.calls_of()
    late = WINDOW.end - SECOND
    for call in range(2, needed + 1):
        with subtests.test(f"before request {call}"):
            _before_call(world, call, lambda: [world.put(number, late) for number in (1, 3)])
            world.land_whole()
        for number in (1, 3):
            world.put(number, before[number])


@pytest.mark.case("edited")
def test_a_record_edited_out_of_the_window_while_it_is_read_is_in_the_next(
    world: TortureWorld, subtests: pytest.Subtests
) -> None:
    world.fill()
    before = {number: put.changed_at for number, put in world.held.items()}
    needed = world.calls_of()
    for call in range(2, needed + 1):
        with subtests.test(f"before request {call}"):
            edit = NEXT.start + 2 * HOUR
            _before_call(world, call, lambda edit=edit: [world.put(n, edit) for n in (1, 3, 8)])
            world.land_whole()
            world.land_whole(NEXT)
            assert world.newest() == {put.id: put.changed_at for put in world.held.values()}
        for number in (1, 3, 8):
            world.put(number, before[number])


@pytest.mark.case("edited")
def test_a_record_edited_between_two_windows_is_known_by_its_newest_copy(
    world: TortureWorld,
) -> None:
    world.fill()
    world.land_whole()
    world.put(2, NEXT.start + HOUR)
    world.land_whole(NEXT)
    assert world.newest() == {put.id: put.changed_at for put in world.held.values()}


@pytest.mark.case("deleted")
def test_a_record_deleted_while_the_pages_are_read_costs_no_other(
    world: TortureWorld, subtests: pytest.Subtests
) -> None:
    world.fill()
    before = {number: put.changed_at for number, put in world.held.items()}
    needed = world.calls_of()
    for call in range(2, needed + 1):
        with subtests.test(f"before request {call}"):
            _before_call(world, call, lambda: [world.remove(number) for number in (1, 3)])
            world.land_whole()
        for number in (1, 3):
            world.put(number, before[number])


@pytest.mark.case("deleted")
def test_a_window_landed_again_after_a_deletion_holds_what_is_left(world: TortureWorld) -> None:
    world.fill()
    world.land_whole()
    world.remove(2)
    world.land_whole()
    world.land_whole(NEXT)


@pytest.mark.case("boundary second")
def test_the_same_second_on_both_sides_of_a_window_is_counted_once(world: TortureWorld) -> None:
    edges = [WINDOW.start - SECOND, WINDOW.start, WINDOW.end - SECOND, WINDOW.end]
    edges += [WINDOW.end - SECOND / 2, WINDOW.end + SECOND / 2]
    for number, moment in enumerate(sorted(edges * 2), start=1):
        world.put(number, moment)
    world.land_whole()
    world.land_whole(NEXT)
    inside = {p.id: p.changed_at for p in world.held.values() if p.changed_at >= WINDOW.start}
    newest = world.newest()
    assert {identity: newest[identity] for identity in inside} == inside


@pytest.mark.case("crowded second")
def test_a_second_with_more_records_than_a_page_holds_is_read_whole(world: TortureWorld) -> None:
    crowded = WINDOW.start + 5 * HOUR
    for number in range(1, 3 * PAGE_SIZE):
        world.put(number, crowded)
    world.put(20, crowded - HOUR)
    world.put(21, crowded + HOUR)
    world.land_whole()


@pytest.mark.case("empty window")
def test_an_empty_window_is_landed_and_known_to_be_empty(world: TortureWorld) -> None:
    world.put(1, NEXT.start + HOUR)
    manifest = world.land_whole()
    due = {put.id for put in world.held.values() if WINDOW.contains(put.changed_at)}
    assert due == set()
    assert world.lake.watermark(world.name, world.stream.name, WINDOW.start) == WINDOW.end
    assert manifest.end_signal


@pytest.mark.case("volume")
def test_ten_times_the_volume_is_landed_whole(world: TortureWorld) -> None:
    world.fill(80, step=timedelta(minutes=15))
    assert world.land_whole().distinct == 80


@pytest.mark.case("page by page")
def test_no_more_is_read_than_the_pages_that_are_taken(world: TortureWorld) -> None:
    world.fill(80, step=timedelta(minutes=15))
    needed = len(world.listing_calls())
    before = len(world.app.calls)
    pages = world.pages()
    page = next(page for page in pages if page.records)
    assert len(page.records) <= 4 * PAGE_SIZE, "a page is not one answer"
    assert len(world.app.calls) - before <= needed / 2, "all is fetched before the first page"
    pages.close()


def _before_call(world: TortureWorld, call: int, action) -> None:
    """Do something just before the vendor answers the n-th request from now on."""
    world.app.before[len(world.app.calls) + call] = action
