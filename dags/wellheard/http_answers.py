"""A vendor's answer of 200, and whether it is what the vendor promises."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import httpx
import msgspec

from wellheard.refusals import html_title
from wellheard.retries import PassingError

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """An answer of 200 as it came: the whole body, and the headers."""

    body: bytes
    headers: httpx.Headers

    @property
    def has_next(self) -> bool:
        """Whether a `Link: <...>; rel="next"` header names a next page."""
        return bool(re.search(r'>[^<]*\brel="?next\b', self.headers.get("link", "")))

    @property
    def media_type(self) -> str:
        kind: str = self.headers.get("content-type", "").split(";")[0]
        return kind.strip().lower()

    @property
    def is_json(self) -> bool:
        return self.media_type == "application/json" or self.media_type.endswith("+json")


def check(answer: Answer, accept: Sequence[str], title: str, masked: Callable[[str], str]) -> None:
    """Raises PassingError unless it is of a type that was asked for and, if text, UTF-8."""
    kind = answer.media_type
    wanted = kind in accept or (answer.is_json and "application/json" in accept)
    if not wanted:
        said = html_title(answer.body) if "html" in kind else ""
        raise PassingError(
            f"{title} answered 200 with {kind or 'no content type'}"
            f"{f' ({masked(said)!r})' if said else ''} instead of "
            f"{'JSON' if 'application/json' in accept else ' or '.join(accept)}"
        )
    try:
        if (answer.is_json or kind.startswith("text/")) and not _is_utf8(answer.body):
            answer.body.decode()  # tells where; payloads are kept as text, so all must be UTF-8
    except UnicodeDecodeError as error:
        raise PassingError(f"the answer is not UTF-8 (byte {error.start:,})") from None


def understood(answer: Answer, read: Callable[[Answer], T], masked: Callable[[str], str]) -> T:
    """What `read` makes of it. Raises PassingError where that finds it is not as promised."""
    try:
        return read(answer)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        # Of year 99999, or of lists within each other without end: neither is a ValueError.
        raise PassingError(
            f"the answer of {len(answer.body):,} bytes is cut off or not the "
            f"{'JSON' if answer.is_json else answer.media_type} promised ({masked(str(error))})"
        ) from None


def _is_utf8(body: bytes) -> bool:
    """Arrow looks several times as fast as Python, and makes no text of it."""
    import pyarrow as pa

    ends = pa.py_buffer(array("q", (0, len(body))))
    text = pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(body)])
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
