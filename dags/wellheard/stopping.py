"""How work done in threads is told to stop: between requests, and in the middle of a wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Stopped(BaseException):
    """This thread's work is no longer wanted. No Exception, so that nothing takes it for a failure
    to be retried or reported."""


_signals: ContextVar[tuple[threading.Event, ...]] = ContextVar("stop_signals", default=())
_LONGEST_NAP = 0.1  # seconds between two looks at the outer signals


@contextmanager
def heeding(signal: threading.Event) -> Iterator[None]:
    """Within the block, and in threads begun in it with its context, `signal` means stop."""
    token = _signals.set((*_signals.get(), signal))
    try:
        yield
    finally:
        _signals.reset(token)


def check() -> None:
    """Raises Stopped when this thread's work is no longer wanted."""
    if any(signal.is_set() for signal in _signals.get()):
        raise Stopped


def sleep(seconds: float) -> None:
    """Wait, unless told to stop meanwhile. Raises Stopped then."""
    signals = _signals.get()
    if not signals:
        time.sleep(seconds)
        return
    deadline = time.monotonic() + seconds
    check()
    while (left := deadline - time.monotonic()) > 0:
        signals[-1].wait(min(left, _LONGEST_NAP))
        check()
