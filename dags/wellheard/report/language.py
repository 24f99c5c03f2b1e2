"""Words and numbers in an edition's language: `templates/texts/<language>.yml` and Babel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from babel import Locale
from babel.dates import format_date
from babel.numbers import format_compact_decimal, format_decimal

from wellheard.errors import ConfigError
from wellheard.periods import Period

MINUS = "−"
_HARD_SPACE = "\u00a0"
_MUCH = 10_000_000
_PATTERNS = ("#,##0", "#,##0.0", "#,##0.00", "#,##0.000")


@dataclass(frozen=True)
class Language:
    """A language's texts and number formats. `code` is a two-letter language tag.

    `minimum_n` is the smallest n that is printed; texts say it as `{minimum}`.
    """

    code: str
    locale: Locale
    texts: dict[str, Any]
    minimum_n: int = 5

    def say(self, key: str, **values: str) -> str:
        """The text at a dotted key with its `{names}` filled in.

        Raises KeyError for a key the language's file does not have: a defect of that file.
        """
        text: Any = self.texts
        for part in key.split("."):
            text = text[part]
        return str(text).format(minimum=self.number(self.minimum_n), **values)

    def name(self, kind: str, key: str, default: str) -> str:
        """The language's own word for a known key of a kind (metrics, reasons, ...)."""
        return str((self.texts.get(kind) or {}).get(key, default))

    def listed(self, items: list[str]) -> str:
        """`a, b and c`."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self.say('words.and')} {items[-1]}"

    def number(self, value: float, decimals: int = 0, *, signed: bool = False) -> str:
        """A number with a true minus sign; with a sign also when positive, if asked for."""
        rounded = format_decimal(abs(value), _PATTERNS[decimals], locale=self.locale)
        if not any(character in "123456789" for character in rounded):
            return rounded  # never -0 or +0
        return (MINUS if value < 0 else "+" if signed else "") + rounded

    def measure(self, unit: str, value: float, *, coarse: bool = False) -> str:
        """A value in its unit: points, percent, score, minutes or cases (as the metrics declare).

        `coarse` is for small cells: percents without decimals, times as hours and minutes (3:07).
        """
        if unit == "points":
            return self.number(value, 0, signed=True)
        if unit == "percent":
            return self.number(value, 0 if coarse else 1) + self.say("units.percent")
        if unit == "minutes":
            return self._clock(value) if coarse else self._duration(value)
        if unit == "money":
            return self.money(value)
        if unit in ("days", "hours", "months"):
            return self.number(value, 1 if abs(value) < 9.95 else 0) + self.say(f"units.{unit}")
        return self.number(value, 2 if unit == "score" else 0)

    def precise(self, unit: str, value: float) -> str:
        """A value with one decimal more than usual where small differences are the point."""
        return self.number(value, 1, signed=True) if unit == "points" else self.measure(unit, value)

    def styled(self, style: str, unit: str, value: float) -> str:
        """A value in one of these ways: `coarse` and `full` are `measure`'s, `precise` and
        `difference` those methods'; `fine` has one decimal, `signed` a sign as well,
        `rough` no more than three digits that are not 0.
        """
        if style in ("coarse", "full"):
            return self.measure(unit, value, coarse=style == "coarse")
        if style == "rough":
            size = 10 ** max(0, len(str(round(abs(value)))) - 3)
            return self.measure(unit, round(value / size) * size)
        if style in ("fine", "signed"):
            return self.number(value, 1, signed=style == "signed")
        return self.precise(unit, value) if style == "precise" else self.difference(unit, value)

    def money(self, value: float) -> str:
        """An amount in the company's currency: whole, from ten million on short (`61.2M`)."""
        if abs(value) < _MUCH:
            return self.number(value)
        short = format_compact_decimal(abs(value), locale=self.locale, fraction_digits=1)
        return (MINUS if value < 0 else "") + str(short).replace(" ", _HARD_SPACE)

    def target(self, unit: str, value: float) -> str:
        """A target, without decimals where it has none."""
        return self.measure(unit, value, coarse=unit == "percent" and value == round(value))

    def difference(self, unit: str, value: float) -> str:
        """A change in the metric's unit, with its sign."""
        if unit == "minutes":
            sign = MINUS if round(value) < 0 else "+" if round(value) > 0 else ""
            return sign + self._duration(abs(value))
        if unit in ("points", "percent"):
            return self.number(value, 1, signed=True) + _HARD_SPACE + self.say("units.points")
        return self.number(value, 2 if unit == "score" else 0, signed=True)

    def span(self, unit: str, low: float, high: float, *, coarse: bool = False) -> str:
        """`+32 to +39`."""
        short = coarse or unit == "minutes"
        ends = [self.measure(unit, end, coarse=short) for end in (low, high)]
        if unit == "minutes":
            ends[0] = ends[0].removesuffix(f"{_HARD_SPACE}{self.say('units.hour')}")
        return f"{ends[0]} {self.say('words.to')} {ends[1]}"

    def probability(self, p: float) -> str:
        """`p = 0.011`, or `p < 0.001`; spaces that do not break."""
        text = f"< {self.number(0.001, 3)}" if p < 0.001 else f"= {self.number(p, 3)}"
        return f"p {text}".replace(" ", _HARD_SPACE)

    def sample(self, n: int) -> str:
        """`n = 1,703`."""
        return f"n{_HARD_SPACE}={_HARD_SPACE}{self.number(n)}"

    def month(self, period: Period) -> str:
        """`October 2026`."""
        return format_date(_first(period), "LLLL y", locale=self.locale)

    def month_name(self, period: Period) -> str:
        """`October`."""
        return format_date(_first(period), "LLLL", locale=self.locale)

    def month_short(self, period: Period) -> str:
        """`Oct`, without the full stop some languages add."""
        return format_date(_first(period), "LLL", locale=self.locale).rstrip(".")

    def day(self, day: date) -> str:
        """`31 October 2026`, short months."""
        return format_date(day, self.say("formats.day"), locale=self.locale)

    def _clock(self, minutes: float) -> str:
        hours, rest = divmod(round(minutes), 60)
        return f"{self.number(hours)}:{rest:02d}{_HARD_SPACE}{self.say('units.hour')}"

    def _duration(self, minutes: float) -> str:
        total = round(minutes)
        hours, rest = divmod(total, 60)
        minute = self.say("units.minute")
        if not hours:
            return f"{rest}{_HARD_SPACE}{minute}"
        whole = f"{self.number(hours)}{_HARD_SPACE}{self.say('units.hour')}"
        return f"{whole}{_HARD_SPACE}{rest:02d}{_HARD_SPACE}{minute}" if rest else whole


def load(templates: Path, code: str, minimum_n: int = 5) -> Language:
    """Read a language's texts. Raises ConfigError when the file is missing or not valid YAML."""
    path = templates / "texts" / f"{code}.yml"
    try:
        texts = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Language(code, Locale.parse(texts["locale"]), texts, minimum_n)
    except FileNotFoundError:
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.yml")))
        raise ConfigError(f"there are no texts in {code!r} ({path}); there are {known}") from None
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path} cannot be used: {error}") from None


def _first(period: Period) -> date:
    return date(period.year, period.month, 1)
