"""Reading several surveys, forms or apps of one stream at the same time, or one page ahead.

The account's budget is kept by the `Client` all of them share, which is safe to share: how fast the
pages come is the vendor's rule, that no one waits for another's slow answer is what is won here.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from contextvars import ContextVar, copy_context
from dataclasses import replace
from typing import Generic, TypeVar

from wellheard import stopping
from wellheard.sources.base import Page

T = TypeVar("T")

_at_rest: ContextVar[tuple[threading.Event, ...]] = ContextVar("at_rest", default=())
WORKERS = 4
BUFFERED = 1  # pages read and not yet taken; each worker holds one more while it waits
# Both threads need the interpreter. The producer goes first, until its next request is on its way:
# the vendor's time to answer is then the time in which the page is worked on.
_HEAD_START = 0.005  # seconds at most; it may have to wait for its budget
_LAST_WORDS = 2.0  # seconds a stopped thread is given to end; a request in flight may outlast them


def on_its_way() -> None:
    """To be called by a producer whose request is sent: it needs nothing until the answer comes."""
    for at_rest in _at_rest.get():
        at_rest.set()


def begun(call: Callable[[], T]) -> Callable[[], T]:
    """Begin a call in a thread of its own; what is returned waits for its result, or its error."""
    future: Future[T] = Future()
    context = copy_context()

    def run() -> None:
        try:
            future.set_result(context.run(call))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()

    def result() -> T:
        on_its_way()
        return future.result()

    return result


def interleave(
    readers: Sequence[Callable[[], Iterator[Page]]], workers: int = WORKERS
) -> Iterator[Page]:
    """The pages of all readers, numbered 1, 2, ... as they come; those of each in its own order.

    At most `workers` are read at a time, begun in the order given, and only as far ahead as the
    pages are taken. The first error stops the others and is raised; so does leaving early. One
    reader alone is read without a thread.
    """
    for number, page in enumerate(as_they_come(readers, workers), start=1):
        yield page if page.number == number else replace(page, number=number)


def ahead(produce: Callable[[], Iterator[T]]) -> Iterator[T]:
    """What one producer gives, which is at its next while this one is worked on; else likewise."""
    yield from _with_threads([produce], 1, _HEAD_START)


def as_they_come(
    producers: Sequence[Callable[[], Iterator[T]]], workers: int = WORKERS
) -> Iterator[T]:
    """What several producers give, in the order it comes; else as `interleave`."""
    if workers < 2 or len(producers) < 2:
        for produce in producers:
            yield from produce()
        return
    yield from _with_threads(producers, workers)


def _with_threads(
    producers: Sequence[Callable[[], Iterator[T]]], workers: int, head_start: float = 0.0
) -> Iterator[T]:
    work = _Work(producers, head_start)
    threads = [
        threading.Thread(target=copy_context().run, args=(work.run,), daemon=True)
        for _ in range(min(workers, len(producers)))
    ]
    for thread in threads:
        thread.start()
    try:
        yield from work.taken(len(threads))
    finally:
        work.stop()
        deadline = time.monotonic() + _LAST_WORDS
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))


class _Work(Generic[T]):
    """The producers not yet begun, what was produced and not yet taken, and the first error."""

    def __init__(
        self, producers: Sequence[Callable[[], Iterator[T]]], head_start: float = 0.0
    ) -> None:
        self._waiting, self._head_start = deque(producers), head_start
        self._at_rest = threading.Event()  # waiting for an answer, or to be taken from
        self._given: deque[T] = deque()
        self._ended = 0
        self._error: BaseException | None = None
        self._signal = threading.Event()
        self._changed = threading.Condition()

    def run(self) -> None:
        """A worker: produce one after the other, until none is left or all are to stop.

        Runs in a context of its own.
        """
        _at_rest.set((*_at_rest.get(), self._at_rest))
        try:
            with stopping.heeding(self._signal):
                while (produce := self._next()) is not None:
                    self._produce(produce)
        except stopping.Stopped:
            pass
        except BaseException as error:
            with self._changed:
                self._error = self._error or error
            self.stop()
        finally:
            with self._changed:
                self._ended += 1
                self._at_rest.set()
                self._changed.notify_all()

    def taken(self, workers: int) -> Iterator[T]:
        """What the workers give, until all have ended. Raises the first error."""
        while True:
            with self._changed:
                while not self._given and self._error is None and self._ended < workers:
                    self._changed.wait(0.1)
                    stopping.check()  # this thread may itself be a worker of others
                if self._error is not None:
                    raise self._error
                if not self._given:
                    return
                item = self._given.popleft()
                self._changed.notify_all()
            self._at_rest.wait(self._head_start)
            yield item

    def stop(self) -> None:
        with self._changed:
            self._signal.set()
            self._changed.notify_all()

    def _next(self) -> Callable[[], Iterator[T]] | None:
        with self._changed:
            stopping.check()
            return self._waiting.popleft() if self._waiting else None

    def _produce(self, produce: Callable[[], Iterator[T]]) -> None:
        items = produce()
        try:
            for item in items:
                self._give(item)
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                with suppress(stopping.Stopped):
                    close()

    def _give(self, item: T) -> None:
        with self._changed:
            while len(self._given) >= BUFFERED:
                self._at_rest.set()
                stopping.check()
                self._changed.wait(0.1)
            stopping.check()
            self._at_rest.clear()
            self._given.append(item)
            self._changed.notify_all()
