"""Months in the reporting zone, and half-open windows of time in UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from wellheard.errors import ConfigError

_PERIOD = re.compile(r"(\d{4})-(\d{2})")
_COMPACT = "%Y%m%dT%H%M%SZ"


def as_utc(moment: datetime) -> datetime:
    """The same moment in UTC. A time without a zone is a defect of the caller."""
    if moment.tzinfo is None:
        raise ValueError(f"time without a zone: {moment!r}")
    return moment.astimezone(UTC)


@dataclass(frozen=True, order=True)
class Window:
    """A half-open span `[start, end)` of source update time, both in UTC, whole seconds."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            object.__setattr__(self, name, as_utc(getattr(self, name)).replace(microsecond=0))
        if self.start >= self.end:
            raise ConfigError(f"window {self} is empty: its start must lie before its end")

    @classmethod
    def parse(cls, text: str) -> Window:
        """Read `2026-10-01/2026-11-01` (dates or ISO times; no zone means UTC).

        Raises ConfigError for anything else.
        """
        parts = text.strip().split("/")
        try:
            start, end = (datetime.fromisoformat(part.strip()) for part in parts)
        except ValueError:
            raise ConfigError(
                f"window {text!r} is not understood; write START/END, "
                "for example 2026-10-01/2026-11-01 or 2026-10-01T06:00/2026-10-01T12:00"
            ) from None
        return cls(*(t if t.tzinfo else t.replace(tzinfo=UTC) for t in (start, end)))

    @property
    def key(self) -> str:
        """The window as a folder name, `20261001T000000Z_20261101T000000Z`."""
        return f"{self.start:{_COMPACT}}_{self.end:{_COMPACT}}"

    @classmethod
    def from_key(cls, key: str) -> Window:
        """The inverse of `key`. Raises ValueError for a name that is not a window's."""
        start, end = (datetime.strptime(p, _COMPACT).replace(tzinfo=UTC) for p in key.split("_"))
        return cls(start, end)

    def contains(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def __str__(self) -> str:
        return f"[{self.start:%Y-%m-%dT%H:%M:%SZ} .. {self.end:%Y-%m-%dT%H:%M:%SZ})"


@dataclass(frozen=True, order=True)
class Period:
    """A calendar month in the reporting zone, written `2026-10`."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read `2026-10`. Raises ConfigError for anything that is not a month."""
        match = _PERIOD.fullmatch(text.strip())
        if match and 1 <= int(match[2]) <= 12 and int(match[1]) >= 1:
            return cls(int(match[1]), int(match[2]))
        raise ConfigError(
            f"period {text!r} is not a month; write year and month as YYYY-MM, for example 2026-10"
        )

    @classmethod
    def of(cls, moment: datetime, zone: ZoneInfo) -> Period:
        """The month that holds a moment, in the zone."""
        local = as_utc(moment).astimezone(zone)
        return cls(local.year, local.month)

    def shift(self, months: int) -> Period:
        """The month so many months later (or earlier, when negative)."""
        index = self.year * 12 + self.month - 1 + months
        return Period(index // 12, index % 12 + 1)

    def window(self, zone: ZoneInfo) -> Window:
        """The month as a window in UTC, an hour longer or shorter where the clocks change."""
        following = self.shift(1)
        return Window(
            datetime(self.year, self.month, 1, tzinfo=zone),
            datetime(following.year, following.month, 1, tzinfo=zone),
        )

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def merge_windows(windows: list[Window]) -> list[Window]:
    """The union of windows as the fewest, in order; touching windows join."""
    merged: list[Window] = []
    for window in sorted(windows):
        if merged and window.start <= merged[-1].end:
            last = merged.pop()
            window = Window(last.start, max(last.end, window.end))
        merged.append(window)
    return merged
