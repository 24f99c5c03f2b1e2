"""What a value in a file people edit was meant to be, told as it is to be written.

What is written otherwise in a country's habit (14/09/2026, 35 %, 1.234,5, 9am, nein) is understood
to be told back in the one way that is read; where it can mean two things both are told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from difflib import get_close_matches

_SHOWN_NAMES = 30
_YES = {"yes", "y", "true", "1", "x", "ja", "j", "wahr", "oui", "vrai", "si", "sí", "tak", "on"}
_NO = {"no", "n", "false", "0", "-", "nein", "falsch", "non", "faux", "nie", "off"}
_EXCEL_DAY_0 = date(1899, 12, 30)
_MONTHS = ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y")
_ISO = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})\D(\d{1,2})\D(\d{4}|\d{2})")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h]?(\d{2}))?(?::\d{2})?\s*(am|pm|a\.m\.|p\.m\.|h|uhr)?")


def none_of(kind: str, text: str) -> str:
    """That a value is none of this type (date, double, integer, time, boolean), and what to write.

    >>> none_of("date", "14/09/2026")
    "'14/09/2026' is no date; write 2026-09-14"
    """
    what, meant, example = _KINDS.get(kind, (f"no {kind}", lambda text: "", f"a {kind}"))
    return f"'{text}' is {what}; write {meant(text.strip()) or example}"


def unknown(value: str, known: Sequence[str], unlisted: Sequence[str] = ()) -> str:
    """That a name is none of the known ones, and what to write instead."""
    return "; ".join(filter(None, (f"'{value}' is unknown", instead(value, known, unlisted))))


def instead(value: str, known: Sequence[str], unlisted: Sequence[str] = ()) -> str:
    """The known name that is nearest to an unknown one, if any is near, and all there are.

    `unlisted` names may be what was meant, too, and are not worth listing.
    """
    by_lower = {name.lower(): name for name in (*unlisted, *known)}
    near = get_close_matches(value.lower(), list(by_lower), 1, 0.75)
    listed = ", ".join(known[:_SHOWN_NAMES])
    if len(known) > _SHOWN_NAMES:
        listed += f" and {len(known) - _SHOWN_NAMES} more"
    if not near:
        return f"known: {listed}" if known else ""
    return f"write {by_lower[near[0]]} (known: {listed or 'none'})"


def _date(text: str) -> str:
    if found := _ISO.fullmatch(text[:10].rstrip("T ")):
        return _days((found[1], found[2], found[3]))
    if found := _DAY_FIRST.match(text):
        year = found[3] if len(found[3]) == 4 else f"20{found[3]}"
        return _days((year, found[2], found[1]), (year, found[1], found[2]))
    if re.fullmatch(r"\d{8}", text):
        return _days((text[:4], text[4:6], text[6:]))
    if re.fullmatch(r"[34]\d{4}|5\d{4}", text):  # the day's number in a spreadsheet
        return (_EXCEL_DAY_0 + timedelta(days=int(text))).isoformat()
    words = " ".join(re.split(r"[\s,.\-/]+", text))
    for form in _MONTHS:
        try:
            return datetime.strptime(words, form).date().isoformat()  # noqa: DTZ007  (a day)
        except ValueError:
            continue
    return ""


def _days(*readings: tuple[str, str, str]) -> str:
    """The days that exist among these readings (year, month, day)."""
    found = []
    for year, month, day in readings:
        try:
            found.append(date(int(year), int(month), int(day)).isoformat())
        except ValueError:
            continue
    first, *others = list(dict.fromkeys(found)) or [""]
    return f"{first} (or {others[0]} if the month stands first)" if others else first


def _number(text: str) -> str:
    found = re.sub(r"[^\d.,+\-]", "", text)
    if not re.fullmatch(r"[+\-]?\d[\d.,]*", found) or len(re.findall(r"\d+\s*[^\d\s.,]+\s*\d",
                                                                     text)):  # fmt: skip
        return ""
    point, comma = found.rfind("."), found.rfind(",")
    if comma > point:
        thousands = re.fullmatch(r"[+\-]?\d{1,3}(,\d{3})+", found)
        found = found.replace(",", "") if thousands else (
            found.replace(".", "").replace(",", ".")
        )  # fmt: skip
    else:
        found = found.replace(",", "")
    try:
        return f"{float(found):.15g}"
    except ValueError:
        return ""


def _whole(text: str) -> str:
    found = _number(text)
    return found if found and "." not in found else ""


def _time(text: str) -> str:
    found = _CLOCK.fullmatch(text.lower())
    if not found:
        return ""
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "")[:1]
    if half in ("a", "p"):
        if not 1 <= hour <= 12:
            return ""
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else ""


def _truth(text: str) -> str:
    word = text.casefold()
    return "true" if word in _YES else "false" if word in _NO else ""


_KINDS: Mapping[str, tuple[str, Callable[[str], str], str]] = {
    "date": ("no date", _date, "year-month-day, like 2026-09-14"),
    "double": ("no number", _number, "a number like 35 or 5.2"),
    "integer": ("no whole number", _whole, "one like 5"),
    "time": ("no time of day", _time, "one like 09:00"),
    "boolean": ("neither true nor false", _truth, "one of the two"),
}
