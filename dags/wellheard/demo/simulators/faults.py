"""What every simulated vendor has in front of it: a log of calls, a quota, and a fault switch."""

from __future__ import annotations

import asyncio
import io
import math
import time
import zipfile
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Literal, cast
from urllib.parse import parse_qsl

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FaultKind = Literal[
    "rate_limited",  # 429, with Retry-After when `retry_after` is given
    "unavailable",  # 503, likewise
    "error",  # 500
    "html",  # 200 with an HTML page
    "cut",  # the connection closes in mid-body
    "truncated",  # a complete answer whose JSON ends half-way
    "wrong_type",  # the right body under text/plain
    "empty_body",  # 200, JSON by its header, nothing in it
    "not_utf8",  # a byte that is no UTF-8 in the middle of the body; of a zip, a wrong byte
    "stale",  # the path's answer before comes once more, headers and all
    "reset",  # the connection closes before any answer
    "slow",  # the answer comes `seconds` late
    "drip",  # the body comes in `seconds`-long steps
    "redirect",  # 302 to `location`
]


@dataclass
class Fault:
    """The next `times` answers, after `skip` good ones, go wrong."""

    kind: FaultKind
    times: int = 1
    skip: int = 0
    retry_after: str | None = None  # seconds or an HTTP date, as the header has it
    seconds: float = 1.0
    location: str = "https://login.invalid/"


@dataclass(frozen=True)
class Call:
    """One request a simulator received."""

    path: str
    query: dict[str, str]


class Quota:
    """A fixed number of calls in each minute that begins with the first call."""

    def __init__(self, per_minute: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute, self._clock = per_minute, clock
        self._minute_began, self._used = -math.inf, 0

    def refused_for(self) -> int | None:
        """Count a call; the whole seconds to wait when it is one too many, else None."""
        if self.per_minute is None:
            return None
        now = self._clock()
        if now >= self._minute_began + 60:
            self._minute_began, self._used = now, 0
        self._used += 1
        if self._used <= self.per_minute:
            return None
        return max(1, math.ceil(self._minute_began + 60 - now))


class FaultSwitch:
    """ASGI application in front of a simulator: logs calls and makes answers go wrong on demand.

    `rewrite` changes what every JSON answer of 200 (or JSON file in a zip) holds: it is given the
    decoded content and gives what is to be sent instead. `ahead` is how far the vendor's clock, as
    its `Date` header tells it, runs before ours.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.faults: deque[Fault] = deque()
        self.calls: list[Call] = []
        self.before: dict[int, Callable[[], None]] = {}  # run before the n-th call (from 1)
        self.rewrite: Callable[[Any], Any] | None = None
        self.ahead = timedelta(0)
        self._previous: dict[str, tuple[Message, bytes]] = {}  # by path, while "stale" may come

    def inject(self, *faults: Fault) -> None:
        self.faults.extend(faults)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        self.calls.append(Call(path, _query(scope)))
        if action := self.before.pop(len(self.calls), None):
            action()
        keeps = any(fault.kind == "stale" for fault in self.faults)
        fault = self._next_fault()
        send = self._dated(send)
        if fault is not None:
            await self._go_wrong(fault, scope, receive, send)
        elif keeps or self.rewrite is not None:
            self._previous[path] = await self._real_answer(scope, receive)
            await _send_whole(send, *self._previous[path])
        else:
            await self.app(scope, receive, send)

    def _next_fault(self) -> Fault | None:
        if not self.faults:
            return None
        fault = self.faults[0]
        if fault.skip > 0:
            fault.skip -= 1
            return None
        fault.times -= 1
        if fault.times <= 0:
            self.faults.popleft()
        return fault

    async def _go_wrong(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        wait = {"retry-after": fault.retry_after} if fault.retry_after is not None else {}
        match fault.kind:
            case "rate_limited":
                await _answer(send, 429, b'{"error": "TooManyRequests"}', extra=wait)
            case "unavailable":
                await _answer(send, 503, b"<html><title>Down</title></html>", "text/html", wait)
            case "error":
                await _answer(send, 500, b'{"error": "InternalError"}')
            case "html":
                page = b"<!doctype html><html><title>Scheduled maintenance</title></html>"
                await _answer(send, 200, page, "text/html; charset=utf-8")
            case "empty_body":
                await _answer(send, 200, b"")
            case "redirect":
                await _answer(send, 302, b"", extra={"location": fault.location})
            case "reset":
                _transport(receive).abort()
                await _gone(receive)
            case "slow":
                await asyncio.sleep(fault.seconds)
                await self.app(scope, receive, send)
            case "stale":
                real = await self._real_answer(scope, receive)
                await _send_whole(send, *self._previous.pop(scope["path"], real))
            case "not_utf8":
                start, body = await self._real_answer(scope, receive)
                await _send_whole(send, start, _spoiled(body))
            case "wrong_type":
                _, body = await self._real_answer(scope, receive)
                await _answer(send, 200, body, "text/plain")
            case "truncated":
                _, body = await self._real_answer(scope, receive)
                await _answer(send, 200, body[: len(body) // 2])
            case "cut" | "drip":
                start, body = await self._real_answer(scope, receive)
                await send(start)
                middle = len(body) // 2
                await send({"type": "http.response.body", "body": body[:middle], "more_body": True})
                if fault.kind == "cut":
                    _transport(receive).close()
                    await _gone(receive)
                    return
                for at in range(middle, len(body)):
                    await asyncio.sleep(fault.seconds)
                    part = body[at : at + 1]
                    await send({"type": "http.response.body", "body": part, "more_body": True})

    async def _real_answer(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        start: Message = {}
        parts: list[bytes] = []

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        await self.app(scope, receive, keep)
        body = b"".join(parts)
        if self.rewrite is not None and start["status"] == 200:
            body = _rewritten(body, _header(start, b"content-type"), self.rewrite)
        return start, body

    def _dated(self, send: Send) -> Send:
        """Date every answer by the vendor's clock."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = format_datetime(datetime.now(UTC) + self.ahead, usegmt=True)
                message = {**message, "headers": [*message["headers"], (b"date", date.encode())]}
            await send(message)

        return dated


async def _answer(
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    status: int,
    body: bytes,
    kind: str = "application/json",
    extra: dict[str, str] | None = None,
) -> None:
    headers = {"content-type": kind, "content-length": str(len(body))} | (extra or {})
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


async def _send_whole(send: Send, start: Message, body: bytes) -> None:
    """Send an answer whose body may have got another length."""
    kept = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
    length = (b"content-length", str(len(body)).encode())
    await send({**start, "headers": [*kept, length]})
    await send({"type": "http.response.body", "body": body})


def _header(start: Message, name: bytes) -> bytes:
    return next((bytes(value) for key, value in start["headers"] if key.lower() == name), b"")


def _spoiled(body: bytes) -> bytes:
    middle = len(body) // 2
    if _is_zip(body):
        return body[:middle] + bytes([body[middle] ^ 0xFF]) + body[middle + 1 :]
    at = body.find(b'"', middle) + 1  # within a text, or a name
    return body[:at] + b"\xff" + body[at:]


def _rewritten(body: bytes, kind: bytes, rewrite: Callable[[Any], Any]) -> bytes:
    if b"json" in kind:
        return msgspec.json.encode(rewrite(msgspec.json.decode(body)))
    if not _is_zip(body):
        return body
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as sent, zipfile.ZipFile(packed, "w") as changed:
        for name in sent.namelist():
            member = sent.read(name)
            if name.endswith(".json"):
                member = msgspec.json.encode(rewrite(msgspec.json.decode(member)))
            changed.writestr(name, member)
    return packed.getvalue()


def _is_zip(body: bytes) -> bool:
    return zipfile.is_zipfile(io.BytesIO(body))


def _transport(receive: Receive) -> asyncio.Transport:
    """The connection itself, which ASGI does not offer: uvicorn's `receive` is bound to it."""
    return cast(asyncio.Transport, receive.__self__.transport)  # type: ignore[attr-defined]


async def _gone(receive: Receive) -> None:
    """Wait until the server has noticed the closed connection; it would answer 500 before."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _query(scope: Scope) -> dict[str, str]:
    return dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
