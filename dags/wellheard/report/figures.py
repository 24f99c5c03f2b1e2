"""Figures: each printed number with its id, what stands behind it, and its text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from wellheard.periods import Period
from wellheard.report.language import Language

Row = dict[str, Any]
Figure = dict[str, Any]  # {id, value, n, low, high, unit, text}
Outcome = Literal["better", "worse", "changed", "same", "untested"]

ALPHA = 0.05
MOVED: tuple[Outcome, ...] = ("better", "worse", "changed")


def figure(
    ident: str,
    text: str,
    value: float | None,
    *,
    unit: str,
    n: int | None = None,
    low: float | None = None,
    high: float | None = None,
) -> Figure:
    """A printed number. `text` is what stands in the report, character for character."""
    return {
        "id": ident, "value": value, "n": n, "low": low, "high": high, "unit": unit, "text": text,
    }  # fmt: skip


def outcome(row: Row) -> Outcome:
    """What may be said of the change since the month before: nothing without a passed test."""
    if row["p_adjusted"] is None or row["change"] is None:
        return "untested"
    if row["p_adjusted"] >= ALPHA:
        return "same"
    if row["better"] == "neither" or row["change"] == 0:
        return "changed"
    return "better" if (row["change"] > 0) == (row["better"] == "higher") else "worse"


def target_state(row: Row) -> str | None:
    """`met` or `missed` where the whole interval lies on one side of the target, else `open`.

    A figure that has no interval (six equal ratings, too few cases for a median's) is `open`.
    """
    if row["target"] is None or row["value"] is None or row["better"] == "neither":
        return None
    # All cases are counted; any other figure without an interval says too little for a verdict.
    ends = (row["value"],) * 2 if row["unit"] == "cases" else (row["low"], row["high"])
    low, high = ends
    if low is None or high is None or low <= row["target"] <= high:
        return "open"
    return "met" if (low > row["target"]) == (row["better"] == "higher") else "missed"


def shade(row: Row, overall: float | None) -> str:
    """`above` or `below` where the whole interval is better or worse than the overall score."""
    if overall is None or row["value"] is None or row["low"] is None or row["high"] is None:
        return ""
    if row["low"] <= overall <= row["high"]:
        return ""
    return "above" if (row["low"] > overall) == (row["better"] != "lower") else "below"


def misleads(row: Row, overall: float | None) -> bool:
    """Whether the interval in whole percents lies otherwise to the overall score than it does.

    The overall score is printed with a decimal: against 71.9 a low end of 71.5 must not read 72.
    """
    if row["unit"] != "percent" or overall is None or row["low"] is None or row["high"] is None:
        return False
    shown = round(overall, 1)
    sides = [(row[end] > overall, round(row[end]) > shown) for end in ("low", "high")]
    return any(true != printed for true, printed in sides)


class Figures:
    """Makes figures of the rows of `rpt_metrics` for one language; ids start with `place`."""

    def __init__(self, language: Language, place: str) -> None:
        self.language, self.place = language, place

    def at(self, row: Mapping[str, Any], aspect: str) -> str:
        member = row.get("member")
        cell = f"{row['dimension']}={member}/" if member is not None else ""
        month = f"/{row['period']}" if row.get("period") else ""
        return f"{self.place}/{cell}{row['metric']}{month}/{aspect}"

    def nothing(self, row: Mapping[str, Any]) -> str:
        """Why there is no number: too few answers for it, or none at all."""
        few = row.get("suppressed") or row.get("n")
        return self.language.say("words.suppressed" if few else "words.no_data")

    def value(self, row: Row, *, coarse: bool = False) -> Figure:
        """The score itself; without one, `too few` or `no data`."""
        if row["suppressed"] or row["value"] is None:
            text = self.nothing(row)
        else:
            text = self.language.measure(row["unit"], row["value"], coarse=coarse)
        return figure(
            self.at(row, "value"), text, row["value"],
            unit=row["unit"], n=row["n"], low=row["low"], high=row["high"],
        )  # fmt: skip

    def interval(self, row: Row, *, coarse: bool = False) -> Figure | None:
        if row["low"] is None or row["high"] is None or row["value"] is None:
            return None
        text = self.language.span(
            row["unit"], row["low"], row["high"], coarse=coarse, target=row.get("target")
        )
        return figure(
            self.at(row, "interval"), text, None,
            unit=row["unit"], n=row["n"], low=row["low"], high=row["high"],
        )  # fmt: skip

    def change(self, row: Row) -> Figure | None:
        if row["change"] is None:
            return None
        text = self.language.difference(row["unit"], row["change"])
        return figure(
            self.at(row, "change"), text, row["change"],
            unit=row["unit"], low=row["change_low"], high=row["change_high"],
        )  # fmt: skip

    def plain_n(self, row: Row) -> Figure:
        """The n alone, for a column headed `n`; `–` where it is suppressed."""
        text = (
            self.language.say("words.none") if row["n"] is None else self.language.number(row["n"])
        )
        return figure(self.at(row, "n"), text, row["n"], unit="answers")

    def sample(self, row: Row) -> Figure | None:
        """`n = 1,703`; None where there is nothing to count or it is suppressed."""
        if not row["n"]:
            return None
        text = self.language.sample(row["n"])
        return figure(self.at(row, "n"), text, row["n"], unit="answers")

    def target(self, row: Row) -> Figure | None:
        if row["target"] is None:
            return None
        text = self.language.target(row["unit"], row["target"])
        return figure(self.at(row, "target"), text, row["target"], unit=row["unit"])

    def last_year(self, row: Row) -> Figure | None:
        """The score of the same month of the year before."""
        if row["same_month_last_year"] is None:
            return None
        text = self.language.measure(row["unit"], row["same_month_last_year"])
        return figure(
            self.at(row, "last_year"), text, row["same_month_last_year"],
            unit=row["unit"], n=row["same_month_last_year_n"],
        )  # fmt: skip

    def number(
        self, ident: str, row: Mapping[str, Any], name: str, unit: str, *, style: str = "coarse"
    ) -> Figure:
        """The number in column `name`, with `<name>_low`, `<name>_high` and `n` where there.

        `style` is a way of `Language.styled`. Without a number `too few` or `no data`.
        """
        value = row[name]
        known = value is not None
        text = self.language.styled(style, unit, value) if known else self.nothing(row)
        low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
        return figure(
            f"{self.place}/{ident}/{name}", text, value,
            unit=unit, n=row.get("n"), low=low, high=high,
        )  # fmt: skip

    def between(
        self, ident: str, row: Mapping[str, Any], low: str, high: str, unit: str, *,
        style: str = "coarse",
    ) -> Figure | None:  # fmt: skip
        """The interval in two columns, `58 to 66%`; None without one."""
        if row[low] is None or row[high] is None:
            return None
        if unit == "money":
            text = self.language.money_span(row[low], row[high], estimated=style == "rough")
        else:
            ends = [self.language.styled(style, unit, row[end]) for end in (low, high)]
            text = self.language.joined(*ends)
        return figure(
            f"{self.place}/{ident}/{low}", text, None,
            unit=unit, n=row.get("n"), low=row[low], high=row[high],
        )  # fmt: skip

    def tally(self, ident: str, row: Mapping[str, Any], name: str, unit: str = "answers") -> Figure:
        """The count in column `name`; `too few` where suppressed, `not known` where unknown."""
        counted = self.count(f"{ident}/{name}", row[name], unit)
        if row[name] is None and row.get("suppressed"):
            counted["text"] = self.language.say("words.suppressed")
        return counted

    def count(self, ident: str, n: int | None, unit: str) -> Figure:
        """A plain count; `not known` where nobody knows it."""
        text = self.language.say("words.unknown") if n is None else self.language.number(n)
        return figure(f"{self.place}/{ident}", text, n, unit=unit)


def months_up_to(period: Period, count: int) -> list[Period]:
    """The period and the `count - 1` months before it, oldest first."""
    return [period.shift(i - count + 1) for i in range(count)]


def empty(metric: Mapping[str, Any], period: Period) -> Row:
    """The row of a month without data: a gap, never a zero."""
    return {
        **dict.fromkeys(
            ("value", "low", "high", "previous", "previous_n", "change", "change_low",
             "change_high", "p", "p_adjusted", "same_month_last_year", "same_month_last_year_n",
             "target", "signal", "signal_p_adjusted", "provisional_limits", "limit_low",
             "limit_high", "centre")
        ),
        "period": str(period), "metric": metric["metric"], "unit": metric["unit"],
        "better": metric["better"], "n": 0, "suppressed": False,
    }  # fmt: skip
