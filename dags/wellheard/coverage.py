"""Up to where a source's landings reach without a gap, and what to land next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from wellheard.ingest import ConfiguredSource
from wellheard.lake import Lake, Manifest, covered_until
from wellheard.periods import Window


def watermark(lake: Lake, source: ConfiguredSource) -> datetime | None:
    """The end (UTC) of the cover all streams share, from the history's start; None without one."""
    return watermark_of(source, lake.manifests(source.name))


def watermark_of(source: ConfiguredSource, manifests: Sequence[Manifest]) -> datetime | None:
    """The watermark (UTC) that the source's landings, read before, give; None without one."""
    marks = [
        covered_until([m for m in manifests if m.stream == stream.name], source.history_start)
        for stream in source.streams
    ]
    known = [mark for mark in marks if mark is not None]
    return min(known) if known and len(known) == len(marks) else None


def settle(source: ConfiguredSource) -> timedelta:
    """How long after a window's end its rows may still change, for the slowest stream."""
    return max((stream.settle for stream in source.streams), default=timedelta(0))


def next_window(lake: Lake, source: ConfiguredSource, interval: Window) -> Window:
    """What a run for `interval` has to land.

    From where the cover ends (the history's start at first) to the interval's end, so that a missed
    day is made good by the next run; the interval itself when all of it is covered already.
    """
    covered = watermark(lake, source) or source.history_start
    if covered >= interval.end:
        return interval
    return Window(min(covered, interval.start), interval.end)
