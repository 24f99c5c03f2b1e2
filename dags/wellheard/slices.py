"""A long window, landed slice by slice, and what a landing makes of those it replaces.

Every slice is a window of its own, visible as soon as it is whole: a first load that ends half-way
(a spent quota, a kill, an error) goes on behind its last slice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from wellheard.lake import Lake, Manifest
from wellheard.periods import Window, merge_windows

GOES_ON_WITHIN = timedelta(days=7)  # an interrupted repair begun longer ago begins anew


class Progress(msgspec.Struct):
    """How far a repair of a window has come; kept in the lake while it is unfinished."""

    until: datetime
    at: datetime


class Experience(msgspec.Struct):
    """How long a slice of a stream may be, and the last that one day did not suffice for."""

    days: float = 100_000.0
    tried: str = ""


def cut(window: Window, start: datetime, days: float) -> list[Window]:
    """The window from a moment on, in pieces of so many days, the last one shorter."""
    pieces = []
    while start < window.end:
        end = min(start + timedelta(days=days), window.end)
        pieces.append(Window(start, end))
        start = pieces[-1].end
    return pieces


def widened(window: Window, landed: Iterable[Window]) -> Window:
    """The window with all of every landed window that it touches.

    Only a whole landing can be replaced: one that sticks out keeps telling of the time asked for.
    """
    others = list(landed)
    while True:
        touched = [o for o in others if o.start < window.end and window.start < o.end]
        wider = Window(
            min([window.start, *(o.start for o in touched)]),
            max([window.end, *(o.end for o in touched)]),
        )
        if wider == window:
            return window
        window = wider


def superseded(manifests: Sequence[Manifest], fresh: Collection[Window]) -> list[Manifest]:
    """The landings of one stream of which all was read again later, in the windows of others.

    Looks only at those that touch the fresh windows, and spares these themselves. The longest come
    first: of an old window and the slices it was landed in again, the old one goes.
    """
    left, gone = list(manifests), []
    for old in sorted(manifests, key=lambda m: m.window.start - m.window.end):
        window = old.window
        if window in fresh or not any(_touch(window, new) for new in fresh):
            continue
        later = [
            m.window
            for m in left
            if m.window != window
            and m.extracted_at >= old.extracted_at
            and _touch(m.window, window)
        ]
        if any(c.start <= window.start and window.end <= c.end for c in merge_windows(later)):
            gone.append(old)
            left.remove(old)
    return gone


def _touch(one: Window, other: Window) -> bool:
    return one.start < other.end and other.start < one.end


def done_until(lake: Lake, source: str, stream: str, window: Window, now: datetime) -> datetime:
    """Up to where an interrupted repair of the window has come; the window's start without one."""
    note = lake.note(source, stream, _name(window))
    try:
        found = msgspec.json.decode(note or b"", type=Progress)
    except msgspec.MsgspecError:
        return window.start
    recent = abs(now - found.at) <= GOES_ON_WITHIN
    return found.until if recent and window.contains(found.until) else window.start


def keep_progress(
    lake: Lake, source: str, stream: str, window: Window, until: datetime, now: datetime
) -> None:
    """Note how far the repair has come; nothing is left to note once it is done."""
    done = until >= window.end
    note = None if done else msgspec.json.encode(Progress(until, now))
    lake.keep_note(source, stream, _name(window), note)


def slice_days(place: Path, days: float) -> float:
    """How long a slice is: as configured, or shorter where a day's quota was too small for it.

    `place` is where this stream's experience is kept.
    """
    return min(days, max(1.0, _experience(place).days))


def ran_out(place: Path, piece: Window) -> None:
    """The day's quota was spent while this piece was read, the first one of its run.

    Others may have spent it; but when that happens to the same piece again, although it had the
    next day's quota, a whole day does not suffice for it: from then on pieces are half as long.
    """
    before = _experience(place)
    days = before.days
    if before.tried == piece.key:
        days = max(1.0, (piece.end - piece.start) / timedelta(days=2))
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(msgspec.json.encode(Experience(days, piece.key)))


def _experience(place: Path) -> Experience:
    try:
        return msgspec.json.decode(place.read_bytes(), type=Experience)
    except (OSError, msgspec.MsgspecError):
        return Experience()


def _name(window: Window) -> str:
    return f"repair-{window.key}"
