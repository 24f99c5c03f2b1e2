"""Answers that are sound JSON and yet not what was expected."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from torture_world import (
    WINDOW,
    Path_,
    TortureWorld,
    all_paths,
    assign,
    drop,
    everything_below,
    look_up,
    payloads,
)

from wellheard.demo.simulators.faults import Fault
from wellheard.errors import SourceError

NEW = {"new_to_us": {"list": [1, None, "é – 電話"], "deep": {"er": True}}}
MISSING = object()


@pytest.mark.case("empty page")
def test_an_empty_page_in_mid_stream_is_not_the_end(
    world: TortureWorld, subtests: pytest.Subtests
) -> None:
    world.fill()
    world.land_whole()
    for numbers in ({1}, {2}, {2, 3}):
        with subtests.test(f"empty answers {numbers}"):
            world.simulator.answers = 0
            world.simulator.empty_answers = numbers
            world.land_whole()
            assert world.simulator.answers > max(numbers)


@pytest.mark.case("stale page")
def test_a_page_that_comes_once_more_instead_of_the_next_loses_nothing(
    world: TortureWorld, subtests: pytest.Subtests
) -> None:
    world.fill()
    needed = world.calls_of()
    for number in range(2, needed + 1):
        with subtests.test(f"answer {number} is answer {number - 1} again"):
            world.app.inject(Fault("stale", skip=number - 1))
            world.whole_or_told()
        world.app.faults.clear()


@pytest.mark.case("unknown fields")
def test_fields_nobody_has_heard_of_are_landed_as_they_were_sent(world: TortureWorld) -> None:
    world.fill()
    sent: dict[str, bytes] = {}

    def extend(content: Any) -> Any:
        records = world.simulator.records_in(world.stream.name, content)
        _extend(content)
        for record in records:
            sent[world.simulator.landed_id(world.stream.name, record)] = msgspec.json.encode(record)
        return content

    with world.rewriting(extend):
        manifest = world.land_whole()
    landed = {row["record_id"]: row["payload"].encode() for row in world.rows(manifest)}
    assert landed == sent, "not byte for byte what was sent"
    assert all(record["new_to_us"] == NEW["new_to_us"] for record in payloads(world.rows(manifest)))


@pytest.mark.case("missing id or clock")
def test_a_record_without_its_id_or_clock_fails_the_window_by_name(
    world: TortureWorld, subtests: pytest.Subtests
) -> None:
    _without_what_it_needs(world, subtests, MISSING)


@pytest.mark.case("null id or clock")
def test_a_record_whose_id_or_clock_is_null_fails_the_window_by_name(
    world: TortureWorld, subtests: pytest.Subtests
) -> None:
    _without_what_it_needs(world, subtests, None)


@pytest.mark.case("missing field")
def test_a_record_that_lacks_any_other_field_is_landed(
    world: TortureWorld, subtests: pytest.Subtests
) -> None:
    _without_what_it_can_do_without(world, subtests, MISSING)


@pytest.mark.case("null")
def test_a_record_with_null_where_a_value_was_is_landed(
    world: TortureWorld, subtests: pytest.Subtests
) -> None:
    _without_what_it_can_do_without(world, subtests, None)


@pytest.mark.case("id as string or number")
def test_an_id_may_come_as_a_string_or_as_a_number(world: TortureWorld) -> None:
    world.fill()
    first = world.as_sent()
    flips = {path: _other_kind(look_up(first, path)) for path in world.parts(first)["id"]}
    flips = {path: value for path, value in flips.items() if value is not None}
    if not flips:
        pytest.skip(f"ids like {world.held[1].id!r} cannot be numbers")

    def flip(record: dict[str, Any]) -> None:
        for path in flips:
            assign(record, path, _other_kind(look_up(record, path)))

    with world.rewriting_records(flip):
        world.land_whole()


def _without_what_it_needs(world: TortureWorld, subtests: pytest.Subtests, instead: object) -> None:
    world.fill()
    first = world.as_sent()
    world.land_whole()
    parts = world.parts(first)
    assert parts["id"], "no part of a record is its id"
    needed = [(path,) for path in parts["id"] + parts["clock"]]
    if not parts["clock"]:  # several may stand in for one another: all of them are the clock
        needed.append(tuple(parts["fallback"]))
    for paths in needed:
        assert paths, "no part of a record is its change clock"
        with (
            subtests.test(_written(*paths)),
            world.rewriting_records(_spoil(world, paths, instead)),
        ):
            _fails_by_name_or_does_without(world, [str(path[-1]) for path in paths])
    for path in parts["fallback"]:
        with subtests.test(_written(path)), world.rewriting_records(_spoil(world, [path], instead)):
            world.whole_or_told()


def _without_what_it_can_do_without(
    world: TortureWorld, subtests: pytest.Subtests, instead: object
) -> None:
    world.fill()
    parts = world.parts(world.as_sent())["other"]

    def change(record: dict[str, Any]) -> None:
        for path in parts:
            _change(record, path, instead)

    with subtests.test("all of them at once"), world.rewriting_records(change):
        manifest = world.land_whole()
        for record in payloads(world.rows(manifest)):
            assert instead is None or not set(all_paths(record)) & set(parts)

    # Each record lacks another one.
    world.simulator.page_size = 20
    world.fill(max(8, len(parts)), step=timedelta(minutes=5))

    def change_one(record: dict[str, Any]) -> None:
        for number, path in enumerate(parts, start=1):
            if world.is_number(number, record):
                _change(record, path, instead)

    with subtests.test("each of them alone"), world.rewriting_records(change_one):
        world.land_whole()


def _fails_by_name_or_does_without(world: TortureWorld, names: Sequence[str]) -> None:
    """The window fails and names what is missing; or it was told by other means, and rightly."""
    before = everything_below(world.folder)
    error = None
    try:
        manifest = world.land()
    except SourceError as caught:
        error = caught
    if error is not None:
        world.check_message(error, WINDOW)
        assert any(name in str(error) for name in names), f"not named in {error}"
        assert everything_below(world.folder) == before, "something of a failed window is visible"
        return
    world.check(manifest)
    newest = world.newest()
    wrong = [put for put in world.held.values() if newest.get(put.id) != put.changed_at]
    assert not wrong, f"landed with another clock, without a word: {wrong}"


def _spoil(
    world: TortureWorld, paths: Sequence[Path_], instead: object
) -> Callable[[dict[str, Any]], None]:
    """Of all records, change the second alone."""

    def change(record: dict[str, Any]) -> None:
        if world.is_number(2, record):
            for path in paths:
                _change(record, path, instead)

    return change


def _change(record: dict[str, Any], path: Path_, instead: object) -> None:
    try:
        look_up(record, path)
    except (LookupError, TypeError):
        return  # this record has no such part, or has lost what held it
    if instead is MISSING:
        drop(record, path)
    else:
        assign(record, path, copy.deepcopy(instead))


def _written(*paths: Path_) -> str:
    return " and ".join(".".join(map(str, path)) for path in paths)


def _other_kind(value: Any) -> Any:
    """A number as text, digits as a number; None for what has no other kind."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return int(value) if isinstance(value, str) and value.isdigit() and value[0] != "0" else None


def _extend(content: Any) -> None:
    for part in content.values() if isinstance(content, dict) else content:
        if isinstance(part, dict | list):
            _extend(part)
    if isinstance(content, dict):
        content |= copy.deepcopy(NEW)
