"""What an answer says of quotas and refusals: how long to wait, and the vendor's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from html import unescape

import httpx
import msgspec

from wellheard.budgets import DAY, next_day

_LONGEST = 366 * DAY  # seconds; a header that asks for more is no calendar's
_RESET_HEADERS = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
# What vendors call a day's quota in their error bodies: HubSpot's policyName, Salesforce's
# errorCode, Google's reason; and, of a 429 alone, in words.
_DAY_CODES = {"DAILY", "REQUEST_LIMIT_EXCEEDED", "dailyLimitExceeded", "dailyLimitExceededUnreg"}
_DAY_CODE_KEYS = ("policyName", "errorCode", "reason", "code")
_DAY_WORDS = re.compile(
    r"\b(daily|per[- ]day|day'?s)\b.{0,40}\b(limit|quota|rate)|"
    r"\b(limit|quota|requests|calls)\b.{0,40}\b(per[- ]day|daily|for (the|this) day)\b",
    re.IGNORECASE,
)


def asked_wait(headers: httpx.Headers, now: datetime) -> float | None:
    """The seconds a 429 or 503 asks to wait, at most a year, or None when it does not say.

    `Retry-After` (seconds or HTTP date) counts first, then the vendor's rate headers. A date is
    measured against the answer's own `Date`, so a wrong clock here does no harm.
    """
    wait = _wait(headers, now)
    return None if wait is None else min(wait, _LONGEST)


def _wait(headers: httpx.Headers, now: datetime) -> float | None:
    if (text := headers.get("retry-after", "").strip()) and (wait := _seconds(text)) is not None:
        return wait
    if text:
        try:
            until = parsedate_to_datetime(text)
            sent = parsedate_to_datetime(headers["date"]) if "date" in headers else now
            left: float = (until - sent).total_seconds()
            return max(0.0, left)
        except (ValueError, TypeError):
            pass
    for name, value in headers.items():
        if (name in _RESET_HEADERS or name.endswith("-minute-reset")) and (
            (wait := _until(value, now)) is not None
        ):
            return wait
        if name.startswith("zendesk-ratelimit-") and (found := re.search(r"resets=(\d+)", value)):
            return float(found[1])
        if name.endswith("-interval-milliseconds") and (wait := _seconds(value)) is not None:
            return wait / 1000
        if name == "x-rate-limit" and "hour-rem:0;" in value:
            return 3600.0  # App Store Connect counts the last hour and names no reset
    return None


def day_spent(status: int, headers: httpx.Headers, body: bytes, now: datetime) -> datetime | None:
    """From when on the vendor answers again, when it refuses because the day's quota is spent.

    The vendor's own reset counts; without one, the next day in UTC. None for any other refusal.
    """
    if status not in (403, 429):
        return None
    spent = _says_day(body, in_words=status == 429)
    if status == 429 and not spent:
        left, reset = _of_day(headers, "remaining"), _of_day(headers, "reset")
        of_minute = any(
            "minute" in name and "remaining" in name and _seconds(value) == 0
            for name, value in headers.items()
        )
        silent = "retry-after" not in headers and not of_minute
        spent = left == 0 or (left is None and reset is not None and silent)
    return _day_reset(headers, now) if spent else None


def day_left(headers: httpx.Headers, now: datetime) -> datetime | None:
    """From when on the vendor answers again, when an answer says that it was the day's last."""
    return _day_reset(headers, now) if _of_day(headers, "remaining") == 0 else None


def _day_reset(headers: httpx.Headers, now: datetime) -> datetime:
    reset = _of_day(headers, "reset")
    if reset is None:
        reset = _seconds(headers.get("retry-after", "").strip())
    wait = _until(str(reset), now) if reset else None
    return now + timedelta(seconds=min(wait, _LONGEST)) if wait else next_day(now)


def _of_day(headers: httpx.Headers, what: str) -> float | None:
    """The number in a header such as X-Ratelimit-App-Global-Day-Reset."""
    for name, value in headers.items():
        if what in name and re.search(r"(^|-)(day|daily)(-|$)", name):
            return _seconds(value)
    return None


def _says_day(body: bytes, in_words: bool) -> bool:
    try:
        content = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    if any(part.get(key) in _DAY_CODES for part in _parts(content) for key in _DAY_CODE_KEYS):
        return True
    return in_words and bool(_DAY_WORDS.search(vendor_words(body)))


def _parts(content: object, depth: int = 4) -> Iterator[dict[str, object]]:
    """The objects of an error body, the outermost first."""
    if isinstance(content, dict):
        yield content
    inner = list(content.values()) if isinstance(content, dict) else content
    if depth and isinstance(inner, list):
        for part in inner:
            yield from _parts(part, depth - 1)


def _until(text: str, now: datetime) -> float | None:
    """The seconds a reset header means: those left, or the moment itself since the epoch."""
    wait = _seconds(text)
    if wait is None or wait < 1e9:
        return wait
    moment = wait / 1000 if wait >= 1e11 else wait  # in milliseconds, or the year 5138
    return max(0.0, moment - now.timestamp())


def _seconds(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None


# Where vendors put their words, outermost first; of several errors the first is quoted.
_WRAPPERS = ("error", "errors", "meta")
_WORDS = (
    "error", "name", "code", "errorCode", "title", "description", "error_description", "detail",
    "message", "errorMessage", "msg",
)  # fmt: skip


def vendor_words(body: bytes) -> str:
    """What the vendor's own error body says, in one short line; nothing of any other body."""
    try:
        content = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return html_title(body) or _plain_line(body)
    found: list[str] = []
    _collect(content, found, 0)
    return _short(": ".join(dict.fromkeys(found)))


def _collect(content: object, found: list[str], level: int) -> None:
    if isinstance(content, list):
        content = content[0] if content else None
    if isinstance(content, str) and found:
        found.append(content)  # {"errors": ["no such field"]} under a message
    if not isinstance(content, dict):
        return
    for key in _WORDS:
        word = content.get(key)
        if isinstance(word, str) and (level or key != "name"):  # outermost, it may be a person's
            found.append(word)
    for key in _WRAPPERS if level < 3 else ():
        inner = content.get(key)
        if isinstance(inner, dict | list):
            _collect(inner, found, level + 1)


def _plain_line(body: bytes) -> str:
    """A refusal in one short line of plain text, as Roundup's of a wrong login."""
    line = body.decode(errors="replace").strip()
    return line if 0 < len(line) <= 100 and line.isprintable() and line[0].isalpha() else ""


def html_title(body: bytes) -> str:
    found = re.search(rb"<title[^>]*>(.*?)</title>", body[:10_000], re.IGNORECASE | re.DOTALL)
    return _short(unescape(found[1].decode(errors="replace"))) if found else ""


def _short(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= 160 else f"{line[:159]}…"
