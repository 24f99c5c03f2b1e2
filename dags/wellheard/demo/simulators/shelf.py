"""Records in the order of a clock, written as JSON once and found by bisection."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

Key = tuple[float, Any]  # epoch seconds, id


class Shelf:
    """Rows sorted by (clock, id). `put` moves a row to its new place, as an edit does."""

    def __init__(
        self,
        rows: Iterable[dict[str, Any]],
        *,
        identify: Callable[[dict[str, Any]], Any],
        clock: Callable[[dict[str, Any]], float],
    ) -> None:
        self._identify, self._clock = identify, clock
        self._json: dict[Any, bytes] = {}
        self._place: dict[Any, Key] = {}
        for row in rows:
            self._write(row)
        self._keys = sorted(self._place.values())

    def put(self, row: dict[str, Any]) -> None:
        """Add a row, or replace the one of the same id."""
        if (old := self._place.get(self._identify(row))) is not None:
            del self._keys[bisect_left(self._keys, old)]
        insort(self._keys, self._write(row))

    def remove(self, identity: Any) -> None:
        del self._keys[bisect_left(self._keys, self._place.pop(identity))]
        del self._json[identity]

    def from_clock(self, moment: float, until: float) -> list[Key]:
        """The keys with `moment <= clock <= until`, in order."""
        low = bisect_left(self._keys, moment, key=_clock_of)
        return self._keys[low : bisect_right(self._keys, until, key=_clock_of)]

    def after(self, key: Key, until: float) -> list[Key]:
        """The keys behind a key (which need not exist any more) with `clock <= until`."""
        return self._keys[
            bisect_right(self._keys, key) : bisect_right(self._keys, until, key=_clock_of)
        ]

    def place(self, identity: Any) -> Key | None:
        return self._place.get(identity)

    def read(self, key: Key) -> dict[str, Any]:
        row: dict[str, Any] = msgspec.json.decode(self._json[key[1]])
        return row

    def written(self, keys: Iterable[Key]) -> bytes:
        """The rows as the inside of a JSON array."""
        return b",".join(self._json[identity] for _, identity in keys)

    def __len__(self) -> int:
        return len(self._keys)

    def _write(self, row: dict[str, Any]) -> Key:
        identity = self._identify(row)
        self._json[identity] = msgspec.json.encode(row)
        key = self._place[identity] = (self._clock(row), identity)
        return key


def _clock_of(key: Key) -> float:
    return key[0]
