"""What a failed check says: a sentence per failing row, with numbers as people write them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from string import Formatter
from typing import Any

from pydantic import BaseModel, ConfigDict

_WEEK = 7


class Finding(BaseModel):
    """One failing row in words, and the months it is about (`2026-10`); none: the whole build.

    `values` are the row's, for other languages; or this stands for so many `more` rows.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    months: list[str] = []
    values: dict[str, Any] = {}
    more: int = 0

    def concerns(self, month: str) -> bool:
        """Whether a reader of that month's report should know."""
        return not self.months or month in self.months


def joined(texts: Iterable[str], most: int, total: int | None = None) -> str:
    """The first sentences as one line; `total` is how many there are where not all are given."""
    told = list(texts)
    shown = told[:most]
    more = max(total or 0, len(told)) - len(shown)
    return "; ".join(shown) + (f"; and {more:,} more" if more > 0 else "")


def sentence(template: str, row: Mapping[str, Any]) -> str:
    """The template filled in; a number without a format of its own as people write it.

    Raises KeyError, ValueError or TypeError where the row has nothing that fits, such as a null
    where a number is to be formatted.
    """
    return _Readable().vformat(template, (), row)


class _Readable(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec or isinstance(value, bool) or not isinstance(value, int | float):
            return str(super().format_field(value, format_spec))
        return readable(value)


def readable(value: float) -> str:
    """`16,160`, `517.5`, `27.4`, `4.94`: thousands separated, no more digits than matter."""
    if not math.isfinite(value):
        return "unknown"
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    text = f"{value:.{1 if abs(value) >= 10 else 2}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def months(row: Mapping[str, Any]) -> list[str]:
    """The months a failing row is about, by its `period`, `day` or `week_from`."""
    if isinstance(row.get("period"), str):
        return [row["period"]]
    days = [_day(row.get("day"))]
    first = _day(row.get("week_from"))
    if first is not None:
        days += [first, first + timedelta(days=_WEEK - 1)]
    return sorted({f"{day:%Y-%m}" for day in days if day is not None})


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None
