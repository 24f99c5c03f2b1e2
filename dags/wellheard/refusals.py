"""What an answer that refuses says: how long to wait, and the vendor's own words."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from html import unescape

import httpx
import msgspec

_RESET_HEADERS = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")


def asked_wait(headers: httpx.Headers, now: datetime) -> float | None:
    """The seconds a 429 or 503 asks to wait, or None when it does not say.

    `Retry-After` (seconds or HTTP date) counts first, then the vendor's rate headers. A date is
    measured against the answer's own `Date`, so a wrong clock here does no harm.
    """
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
        if name in _RESET_HEADERS and (wait := _seconds(value)) is not None:
            # Some vendors send the moment (epoch seconds) instead of the seconds left.
            return wait if wait < 1e9 else max(0.0, wait - now.timestamp())
        if name.startswith("zendesk-ratelimit-") and (found := re.search(r"resets=(\d+)", value)):
            return float(found[1])
    return None


def _seconds(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None


def vendor_words(body: bytes) -> str:
    """What the vendor's own error body says, in one short line; nothing of any other body."""
    try:
        content = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError):
        return html_title(body)
    if not isinstance(content, dict):
        return ""
    words = [content.get(key) for key in ("error", "code", "title", "description", "message")]
    return _short(": ".join(word for word in words if isinstance(word, str)))


def html_title(body: bytes) -> str:
    found = re.search(rb"<title[^>]*>(.*?)</title>", body[:10_000], re.IGNORECASE | re.DOTALL)
    return _short(unescape(found[1].decode(errors="replace"))) if found else ""


def _short(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= 160 else f"{line[:159]}…"
