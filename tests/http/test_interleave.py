"""Several surveys of a stream are read at the same time, in bounded memory, and stop together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from wellheard import stopping
from wellheard.sources import concurrent
from wellheard.sources.base import Page, Record
from wellheard.sources.concurrent import ahead, interleave, on_its_way

MOMENT = datetime(2026, 10, 1, tzinfo=UTC)
Reader = Callable[[], Iterator[Page]]


def page(name: str) -> Page:
    return Page(1, [Record(name, MOMENT, b"{}")])


def reader(name: str, pages: int) -> Reader:
    def read() -> Iterator[Page]:
        for number in range(1, pages + 1):
            yield page(f"{name}{number}")

    return read


def ids(pages: Iterator[Page]) -> list[str]:
    return [record.id for one in pages for record in one.records]


def endless(gone: list[str], name: str = "x", wait: float = 0.0) -> Reader:
    """A reader without end that tells when it was closed."""

    def read() -> Iterator[Page]:
        try:
            while True:
                stopping.sleep(wait)
                yield page(name)
        finally:
            gone.append(name)

    return read


OTHERS: set[threading.Thread] = set()  # that ran before the test began


@pytest.fixture(autouse=True)
def others() -> None:
    OTHERS.clear()
    OTHERS.update(threading.enumerate())


def no_thread_is_left() -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if set(threading.enumerate()) <= OTHERS:
            return True
        time.sleep(0.01)
    return False


def test_every_page_comes_once_numbered_through_and_each_readers_in_its_order() -> None:
    readers = [reader(name, count) for name, count in (("a", 7), ("b", 0), ("c", 3), ("d", 5))]
    pages = list(interleave(readers, workers=3))
    assert [one.number for one in pages] == list(range(1, 16))
    found = ids(iter(pages))
    assert sorted(found) == sorted(
        f"{name}{n + 1}" for name, count in (("a", 7), ("c", 3), ("d", 5)) for n in range(count)
    )
    for name in "acd":
        own = [one for one in found if one[0] == name]
        assert own == sorted(own)
    assert no_thread_is_left()


def test_they_are_really_read_at_the_same_time() -> None:
    together = threading.Barrier(3)

    def meets(name: str) -> Reader:
        def read() -> Iterator[Page]:
            together.wait(timeout=10)  # breaks unless three readers are under way
            yield page(name)

        return read

    assert sorted(ids(interleave([meets("a"), meets("b"), meets("c")], workers=3))) == [*"abc"]


def test_no_more_are_begun_than_there_are_workers() -> None:
    running, most, lock = [0], [0], threading.Lock()

    def counted() -> Iterator[Page]:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.01)
        yield page("x")
        with lock:
            running[0] -= 1

    assert len(ids(interleave([counted] * 9, workers=2))) == 9
    assert most[0] <= 2


@pytest.mark.parametrize("readers", [0, 1])
def test_one_reader_alone_needs_no_thread_and_its_pages_are_numbered_too(readers: int) -> None:
    seen: list[int] = []

    def read() -> Iterator[Page]:
        for _ in range(3):
            seen.append(threading.get_ident())
            yield page("x")

    numbers = [one.number for one in interleave([read] * readers)]
    assert numbers == [1, 2, 3][: 3 * readers]
    assert set(seen) <= {threading.get_ident()}


def test_they_read_only_as_far_ahead_as_the_pages_are_taken() -> None:
    given: list[str] = []

    def counting(name: str) -> Reader:
        def read() -> Iterator[Page]:
            for _ in range(1000):
                given.append(name)
                yield page(name)

        return read

    pages = interleave([counting("a"), counting("b")], workers=2)
    for _ in range(10):
        next(pages)
    time.sleep(0.2)
    assert len(given) <= 10 + 5  # two buffered, one in each hand, one being taken
    pages.close()  # type: ignore[attr-defined]
    assert no_thread_is_left()


def test_the_first_error_stops_the_others_in_the_middle_of_a_wait_and_is_raised() -> None:
    gone: list[str] = []

    def broken() -> Iterator[Page]:
        yield page("b")
        raise ValueError("survey 7 is cut off")

    began = time.monotonic()
    with pytest.raises(ValueError, match="survey 7 is cut off"):
        ids(interleave([endless(gone, "a", wait=30.0), broken, reader("c", 3)], workers=2))
    assert time.monotonic() - began < 5
    assert gone == ["a"]
    assert no_thread_is_left()


def test_leaving_early_closes_the_readers_and_ends_their_threads() -> None:
    gone: list[str] = []
    pages = interleave([endless(gone, "a"), endless(gone, "b"), endless(gone, "c")], workers=2)
    assert next(pages).number == 1
    pages.close()  # type: ignore[attr-defined]
    assert sorted(gone) == ["a", "b"]  # the third was never begun
    assert no_thread_is_left()


def test_readers_within_readers_stop_with_the_outer_ones() -> None:
    gone: list[str] = []

    def outer() -> Iterator[Page]:
        yield from interleave([endless(gone, "a", 30.0), endless(gone, "b", 30.0)], workers=2)

    def broken() -> Iterator[Page]:
        time.sleep(0.2)
        raise ValueError("no")
        yield

    began = time.monotonic()
    with pytest.raises(ValueError, match="no"):
        ids(interleave([outer, broken], workers=2))
    assert time.monotonic() - began < 5
    assert no_thread_is_left()
    assert sorted(gone) == ["a", "b"]


def test_the_next_page_is_read_while_one_is_worked_on_and_an_error_comes_in_its_place() -> None:
    read: list[int] = []

    def three() -> Iterator[Page]:
        for number in (1, 2, 3):
            read.append(number)
            yield page(str(number))
        raise ValueError("cut off")

    pages = ahead(three)
    assert ids(iter([next(pages)])) == ["1"]
    deadline = time.monotonic() + 5
    while read != [1, 2, 3] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert read == [1, 2, 3]
    with pytest.raises(ValueError, match="cut off"):
        ids(pages)
    assert no_thread_is_left()


def test_a_page_is_worked_on_once_the_next_request_is_on_its_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(concurrent, "_HEAD_START", 30.0)
    seen, taken = [], threading.Event()

    def two() -> Iterator[Page]:
        yield page("a")
        time.sleep(0.05)
        seen.append("asked for b")
        on_its_way()
        taken.wait(10)
        yield page("b")

    began = time.monotonic()
    for one in ahead(two):
        seen.append(one.records[0].id)
        taken.set()
    assert seen == ["asked for b", "a", "b"]
    assert time.monotonic() - began < 10  # the end, where nothing is asked for, is not waited for


def test_a_producer_that_asks_nobody_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrent, "_HEAD_START", 30.0)
    began = time.monotonic()
    assert ids(ahead(reader("a", 20))) == [f"a{number}" for number in range(1, 21)]
    assert time.monotonic() - began < 10
