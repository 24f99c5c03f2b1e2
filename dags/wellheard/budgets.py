"""How many requests a vendor allows, and how time passes while they are kept.

A budget belongs to one source and account. Where a folder is given, its count lies in a file there
under a lock, so that every process of the machine that reads the same account keeps to it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import random
import re
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from wellheard import stopping
from wellheard.errors import ConfigError

DAY = 86_400.0  # seconds; a budget this long is a daily quota: when it is spent nobody waits for it
_NUMBER = struct.Struct("<d")
_DAILY = struct.Struct("<qqd")  # the day, requests sent on it, spent until (epoch seconds)


class Store(Protocol):
    """A few bytes that one reader at a time may change."""

    def open(self) -> Any:
        """A context manager that gives the store to its block alone."""

    def get(self, at: int, size: int) -> bytes:
        """What stands there; zeros where nothing was put yet."""

    def put(self, at: int, content: bytes) -> None:
        """Let that stand there. Within the block of `open` alone."""

    def holds(self) -> bool:
        """Whether anything was ever put."""


class InMemory:
    """A store of one process."""

    def __init__(self) -> None:
        self._content, self._lock = bytearray(), threading.Lock()

    @contextmanager
    def open(self) -> Iterator[None]:
        with self._lock:
            yield

    def get(self, at: int, size: int) -> bytes:
        return bytes(self._content[at : at + size]).ljust(size, b"\0")

    def put(self, at: int, content: bytes) -> None:
        missing = at + len(content) - len(self._content)
        self._content.extend(bytes(max(0, missing)))
        self._content[at : at + len(content)] = content

    def holds(self) -> bool:
        return bool(self._content)


class InFile:
    """A store that all processes of the machine share. Raises ConfigError when it cannot be kept.

    A process killed in between leaves a count that is one too low at worst.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._lock, self._handle = path, threading.Lock(), -1

    @contextmanager
    def open(self) -> Iterator[None]:
        with self._lock:  # flock keeps processes apart, not the threads of one descriptor
            try:
                self._handle = self._opened()
                fcntl.flock(self._handle, fcntl.LOCK_EX)
                yield
            except OSError as error:
                raise ConfigError(
                    f"the count of requests cannot be kept in {self.path}: {error.strerror}; "
                    "make room there, mend access, or set WELLHEARD_VAR to another folder"
                ) from None
            finally:
                if self._handle >= 0:
                    os.close(self._handle)
                    self._handle = -1

    def get(self, at: int, size: int) -> bytes:
        return os.pread(self._handle, size, at).ljust(size, b"\0")

    def put(self, at: int, content: bytes) -> None:
        os.pwrite(self._handle, content, at)

    def holds(self) -> bool:
        return self.path.exists()

    def _opened(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        try:
            return os.open(self.path, flags, 0o600)
        except FileNotFoundError:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self.path, flags, 0o600)


class Budget:
    """At most `calls` requests in any `seconds`, counted at the moment of sending.

    The store is a ring of the last `calls` moments behind the number of requests ever sent.
    """

    def __init__(self, calls: int, seconds: float, store: Store | None = None) -> None:
        self.calls, self.seconds = calls, seconds
        self._store = store or InMemory()

    def take(self, clock: Callable[[], float]) -> float:
        """Seconds to wait before asking again; 0 when the request may go now (and is counted).

        `clock` must be one that all who share the store read alike.
        """
        with self._store.open():
            now = clock()
            (sent,) = _NUMBER.unpack(self._store.get(0, 8))
            at = 8 + int(sent) % self.calls * 8
            (earlier,) = _NUMBER.unpack(self._store.get(at, 8))
            if sent >= self.calls:
                # A clock set back must not make anybody wait longer than the budget lasts.
                left: float = min(self.seconds, earlier + self.seconds - now)
                if left > 0:
                    return left
            self._store.put(at, _NUMBER.pack(now))
            self._store.put(0, _NUMBER.pack(sent + 1))
            return 0.0


class DailyBudget:
    """At most `calls` requests on a day in UTC, and none while the vendor says it is spent.

    `calls` of 0 counts nothing and remembers only what the vendor said.
    """

    def __init__(self, calls: int, store: Store | None = None) -> None:
        self.calls = calls
        self._store = store or InMemory()

    def take(self, now: datetime) -> datetime | None:
        """None when the request may go now (and is counted); else from when on requests may."""
        if not self.calls and not self._store.holds():
            return None
        today = now.toordinal()
        with self._store.open():
            day, sent, until = _DAILY.unpack(self._store.get(0, _DAILY.size))
            if now.timestamp() < until <= now.timestamp() + 2 * DAY:
                return datetime.fromtimestamp(until, UTC)
            sent = sent if day == today else 0
            if self.calls and sent >= self.calls:
                return next_day(now)
            self._store.put(0, _DAILY.pack(today, sent + 1, 0.0))
            return None

    def spent(self, now: datetime, until: datetime) -> None:
        """The vendor says that nothing is left until then."""
        with self._store.open():
            day, sent, _ = _DAILY.unpack(self._store.get(0, _DAILY.size))
            self._store.put(0, _DAILY.pack(day, sent, until.timestamp()))


def next_day(now: datetime) -> datetime:
    """The next midnight in UTC."""
    return datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)


@dataclass(frozen=True)
class Pace:
    """How time passes for clients, and the budgets of this process by account.

    `clock` counts seconds from any moment; `wall` is one that all processes read alike.
    """

    sleep: Callable[[float], None] = stopping.sleep
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random
    budgets: dict[tuple[str, ...], Budget | DailyBudget] = field(default_factory=dict)
    wall: Callable[[], float] = time.time

    def budget(
        self, account: Mapping[str, str], calls: int, seconds: float, folder: Path | None
    ) -> Budget:
        """The budget of an account; shared with other processes where a folder is given."""
        key = (*account.values(), str(folder or ""), f"{calls} in {seconds:g} s")
        store = _store(folder, account, f"{calls}-in-{seconds:g}s")
        found = self.budgets.setdefault(key, Budget(calls, seconds, store))
        assert isinstance(found, Budget)
        return found

    def daily(self, account: Mapping[str, str], calls: int, folder: Path | None) -> DailyBudget:
        """The daily quota of an account; shared likewise, whatever limit each process sets."""
        key = (*account.values(), str(folder or ""), f"{calls} a day")
        found = self.budgets.setdefault(key, DailyBudget(calls, _store(folder, account, "day")))
        assert isinstance(found, DailyBudget)
        return found


def _store(folder: Path | None, account: Mapping[str, str], what: str) -> Store:
    """A file whose name tells the source and hides the login."""
    if folder is None:
        return InMemory()
    source = re.sub(r"[^a-z0-9_-]", "_", account["source"])
    digest = hashlib.sha256("\0".join(account.values()).encode()).hexdigest()[:16]
    return InFile(folder / f"{source}-{digest}-{what}.budget")


REAL_TIME = Pace()
