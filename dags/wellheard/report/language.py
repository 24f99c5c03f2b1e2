"""Words and numbers in an edition's language: `templates/texts/<language>.yml` and Babel."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from babel import Locale
from babel.dates import format_date
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
    get_currency_name,
    get_currency_symbol,
)

from wellheard.errors import ConfigError
from wellheard.periods import Period
from wellheard.settings import Settings

MINUS = "−"
_HARD_SPACE = "\u00a0"
_MUCH = 10_000_000  # of money: from here on it is printed short
_MUCH_OF_AN_ESTIMATE = 1_000_000
_DIGITS = "0123456789.,'’\u202f"
_PATTERNS = ("#,##0", "#,##0.0", "#,##0.00", "#,##0.000")


def wording(text: str) -> str:
    """A short mark of a text, to tell whether it is still the one that was translated."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


@dataclass(frozen=True)
class Language:
    """A language's texts and number formats. `code` is a two-letter language tag.

    `minimum_n` is the smallest n that is printed; texts say it as `{minimum}`. `currency` is that
    of amounts (ISO 4217); without one they carry no sign.
    """

    code: str
    locale: Locale
    texts: dict[str, Any]
    minimum_n: int = 5
    currency: str | None = None

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

    def definition(self, metric: str, own: str) -> str:
        """A metric's definition in this language; as it stands where it was reworded since.

        `definitions_of` says which wording the language's file translates: a company that defines
        a metric anew must not read the old definition in another language.
        """
        reworded = self.is_reworded("definitions_of", metric, own)
        return own if reworded else self.name("definitions", metric, own)

    def label(self, metric: str, own: str) -> str:
        """A metric's label in this language; as it stands where it was reworded (`labels_of`)."""
        reworded = self.is_reworded("labels_of", metric, own)
        return own if reworded else self.name("metrics", metric, own)

    def short_label(self, metric: str, own: str) -> str:
        """Its abbreviation where the language has one (NPS) and the label is still that one's."""
        label = self.label(metric, own)
        if self.is_reworded("labels_of", metric, own):
            return label
        return self.name("short_metrics", metric, label)

    def is_reworded(self, marks: str, key: str, own: str) -> bool:
        """Whether a text is no longer the one that the language's file translates."""
        translates = (self.texts.get(marks) or {}).get(key)
        return translates is not None and str(translates) != wording(own)

    def translated(self, path: str, parts: dict[str, str]) -> dict[str, str]:
        """The parts of an entry in this language where its file has them at a dotted path."""
        own: Any = self.texts
        for part in path.split("."):
            own = (own or {}).get(part) if isinstance(own, dict) else None
        return {**parts, **{name: str(own[name]) for name in parts if name in (own or {})}}

    def language_name(self, code: str) -> str | None:
        """What another language is called in this one: `Spanish`; None for an unknown code."""
        name = self.locale.languages.get(code)
        return str(name) if name else None

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
            if unit == "money":
                return self.money(value, estimated=True)
            return self.measure(unit, _rough(value))
        if style in ("fine", "signed"):
            return self.number(value, 1, signed=style == "signed")
        return self.precise(unit, value) if style == "precise" else self.difference(unit, value)

    def money(self, value: float, *, estimated: bool = False) -> str:
        """An amount in the company's currency: `£40,100`.

        An estimate has no more than three digits that are not 0, and is short from a million on
        (`£1.23M`); what is counted is printed whole, from ten million on short (`£61.2M`).
        """
        value = _rough(value) if estimated else value
        if abs(value) < (_MUCH_OF_AN_ESTIMATE if estimated else _MUCH):
            amount = self._whole_amount(abs(value))
        else:
            amount = self._short_amount(abs(value), 2 if estimated else 1)
        if self.currency is not None:  # a sign of letters does not touch the digits
            amount = re.sub(rf"^({self.currency})(?=\d)", rf"\1{_HARD_SPACE}", amount)
        return (MINUS if value < 0 else "") + amount.replace(" ", _HARD_SPACE)

    def _whole_amount(self, value: float) -> str:
        if self.currency is None:
            return self.number(value)
        standard = str(self.locale.currency_formats["standard"].pattern)
        return str(
            format_currency(
                round(value),
                self.currency,
                standard.partition(";")[0].replace("0.00", "0"),
                locale=self.locale,
                currency_digits=False,
            )
        )

    def _short_amount(self, value: float, decimals: int) -> str:
        if self.currency is None:
            return str(format_compact_decimal(value, locale=self.locale, fraction_digits=decimals))
        return str(
            format_compact_currency(
                value, self.currency, locale=self.locale, fraction_digits=decimals
            )
        )

    def money_span(self, low: float, high: float, *, estimated: bool = True) -> str:
        """Two amounts, what they share said once: `£7,940 to 24,000`, `1,2 bis 1,8 Mio. £`."""
        ends = [self.money(end, estimated=estimated) for end in (low, high)]
        if low >= 0 and self.currency is not None:
            sign = str(get_currency_symbol(self.currency, locale=self.locale))
            if ends[1].startswith(sign):
                ends[1] = ends[1].removeprefix(sign).lstrip()
            else:
                sizes = [end.lstrip(_DIGITS) for end in ends]  # ` Mio. £`
                said = sizes[0] if sizes[0] == sizes[1] else f"{_HARD_SPACE}{sign}"
                ends[0] = ends[0].removesuffix(said)
        return f"{ends[0]} {self.say('words.to')} {ends[1]}"

    def currency_name(self) -> str:
        """`British pounds`; the text for the company's own where none is declared."""
        if self.currency is None:
            return self.say("money.own_currency")
        return str(get_currency_name(self.currency, count=2, locale=self.locale))

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

    def span(
        self, unit: str, low: float, high: float, *, coarse: bool = False,
        target: float | None = None,
    ) -> str:  # fmt: skip
        """`+32 to +39`, `72 to 88%`.

        An end that would read like the target without being it is rounded to its own side: an
        interval that ends before 1:30 does not say `to 1:30` beside a target of 1:30.
        """
        short = coarse or unit == "minutes"
        return self.joined(*(self._beside(unit, end, target, short) for end in (low, high)))

    def _beside(self, unit: str, value: float, target: float | None, coarse: bool) -> str:
        text = self.measure(unit, value, coarse=coarse)
        if target is None or value == target or text != self.measure(unit, target, coarse=coarse):
            return text
        fine = 0.01 if unit == "score" else 0.1 if unit == "percent" and not coarse else 1
        return self.measure(unit, value + (fine if value > target else -fine), coarse=coarse)

    def joined(self, low: str, high: str) -> str:
        """Two ends of an interval; a unit that both have is said once."""
        for name in ("percent", "hours", "days", "months", "points", "hour"):
            unit = self.say(f"units.{name}")
            suffix = unit if name in ("percent", "hours", "days", "months") else _HARD_SPACE + unit
            if low.endswith(suffix) and high.endswith(suffix):
                low = low.removesuffix(suffix)
                break
        return f"{low} {self.say('words.to')} {high}"

    def probability(self, p: float) -> str:
        """`p = 0.011`, or `p < 0.001`; spaces that do not break."""
        text = f"< {self.number(0.001, 3)}" if p < 0.001 else f"= {self.number(p, 3)}"
        return f"p {text}".replace(" ", _HARD_SPACE)

    def chance(self, p: float) -> str:
        """How often chance alone would show as much: `1.2%`, `less than 0.1%`."""
        if p < 0.001:
            return self.say("words.below", value=self.measure("percent", 0.1))
        return self.measure("percent", 100 * p)

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


def load(templates: Path, code: str, minimum_n: int = 5, currency: str | None = None) -> Language:
    """Read a language's texts. Raises ConfigError when the file is missing or not valid YAML."""
    path = templates / "texts" / f"{code}.yml"
    try:
        texts = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Language(code, Locale.parse(texts["locale"]), texts, minimum_n, currency)
    except FileNotFoundError:
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.yml")))
        raise ConfigError(f"there are no texts in {code!r} ({path}); there are {known}") from None
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path} cannot be used: {error}") from None


def of_company(settings: Settings, code: str) -> Language:
    """A language with what the company declares: the smallest n and the currency."""
    company = settings.company
    return load(settings.templates, code, company.minimum_n, company.currency)


def _first(period: Period) -> date:
    return date(period.year, period.month, 1)


def _rough(value: float) -> float:
    """No more than three digits that are not 0."""
    size = float(10 ** max(0, len(str(round(abs(value)))) - 3))
    return round(value / size) * size
