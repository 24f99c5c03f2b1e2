"""One client for vendors' APIs: auth, time-outs, bounded retries, and a budget of requests.

The rules it keeps: wait as long as the vendor asks, back off when it does not say; give up after a
bounded time with an error that names source, stream, window and page; a refused login is final at
once; an answer of 200 that is not the JSON promised is a failure, never an empty page.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from tenacity import RetryCallState, Retrying, retry_if_exception_type

from wellheard import __version__
from wellheard.connections import Connection
from wellheard.endpoints import base_url, is_loopback, number, token
from wellheard.errors import AccessDenied, ConfigError, QuotaSpent, SourceError
from wellheard.sources.base import Request

T = TypeVar("T")

ATTEMPTS = 6  # for a failure that may pass: network, 5xx, a body that is not the JSON promised
ATTEMPTS_RATED = 12  # for 429 and 503, where the vendor means us to come back
LONGEST_BACKOFF = 60.0  # seconds
MOST_BYTES = 256 * 2**20  # of one answer; vendors' pages are a few megabytes
_RESET_HEADERS = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")


class Budget:
    """At most `calls` requests in any `seconds`, counted at the moment of sending."""

    def __init__(self, calls: int, seconds: float) -> None:
        self.calls, self.seconds = calls, seconds
        self._sent: deque[float] = deque()
        self._lock = threading.Lock()

    def take(self, clock: Callable[[], float]) -> float:
        """Seconds to wait before asking again; 0 when the request may go now (and is counted)."""
        with self._lock:
            now = clock()
            while self._sent and self._sent[0] <= now - self.seconds:
                self._sent.popleft()
            if len(self._sent) < self.calls:
                self._sent.append(now)
                return 0.0
            return self._sent[0] + self.seconds - now


@dataclass(frozen=True)
class Pace:
    """How time passes for clients, and the budgets they share: one per source and account."""

    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random
    budgets: dict[tuple[str, ...], Budget] = field(default_factory=dict)


REAL_TIME = Pace()


class _PassingError(Exception):
    """A failure that may pass. `wait` is what the vendor asked for, in seconds, if it did."""

    def __init__(self, problem: str, *, attempts: int = ATTEMPTS, wait: float | None = None):
        super().__init__(problem)
        self.problem, self.attempts, self.wait = problem, attempts, wait


class Client:
    """Reads JSON from one vendor for one request (a window of a stream).

    `authorization` makes the header's value from login and password. `budget` is (calls, seconds).
    The connection's extra may set `requests_per_minute`, `timeout_seconds` (of one answer, 60 by
    default) and `patience_seconds` (of one page with all its retries, 900 by default).
    Raises ConfigError when the connection cannot be used as it is.
    """

    def __init__(
        self,
        request: Request,
        *,
        title: str,
        host: str = "",
        authorization: Callable[[Connection], str],
        budget: tuple[int, float],
        pace: Pace = REAL_TIME,
    ) -> None:
        if request.connection is None:
            raise ConfigError(f"source {request.source!r} needs a connection and was given none")
        self.request, self.title, self.pace = request, title, pace
        self.connection = request.connection
        self.base_url = base_url(self.connection, host, title)
        self._token = token(self.connection, title)
        self._timeout = number(self.connection, "timeout_seconds", 60.0)
        self._patience = number(self.connection, "patience_seconds", 900.0)
        per_minute = number(self.connection, "requests_per_minute", 0.0)
        calls, seconds = (max(1, round(per_minute)), 60.0) if per_minute else budget
        account = (request.source, self.base_url, self.connection.login, str(calls), str(seconds))
        self._budget = pace.budgets.setdefault(account, Budget(calls, seconds))
        self._began = pace.clock()
        self._http = httpx.Client(
            base_url=self.base_url,
            headers={
                "Authorization": authorization(self.connection),
                "Accept": "application/json",
                "User-Agent": f"wellheard/{__version__}",
            },
            timeout=httpx.Timeout(self._timeout, connect=min(10.0, self._timeout)),
            follow_redirects=False,  # credentials never travel to a host the vendor names
            trust_env=not is_loopback(self.base_url),
            verify=self.base_url.startswith("https:"),  # loading certificates takes a while
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._http.close()

    def get(
        self, path: str, params: Mapping[str, str | int], *, page: int, read: Callable[[bytes], T]
    ) -> T:
        """The answer to one GET, as `read` makes it of the body (UTF-8 JSON).

        `read` raises msgspec.MsgspecError or ValueError for a body that is not what the vendor
        promises; that is retried like a network failure. Raises AccessDenied (401, 403) and
        SourceError for other refusals at once, SourceError after bounded retries, QuotaSpent when
        the vendor asks to wait longer than the patience.
        """
        began = self.pace.clock()

        def stop(state: RetryCallState) -> bool:
            failure = _failure(state)
            spent = self.pace.clock() - began
            return (
                state.attempt_number >= failure.attempts
                or spent + state.upcoming_sleep > self._patience
            )

        def before_sleep(state: RetryCallState) -> None:
            self.request.progress(
                f"{self._where(page)}: {_failure(state).problem}; trying again in "
                f"{state.upcoming_sleep:.0f} s (attempt {state.attempt_number} of at most "
                f"{_failure(state).attempts})"
            )

        retrying = Retrying(
            sleep=self.pace.sleep,
            stop=stop,
            wait=self._wait,
            retry=retry_if_exception_type(_PassingError),
            before_sleep=before_sleep,
            reraise=True,
        )
        attempts = 0

        def attempt() -> T:
            nonlocal attempts
            attempts += 1
            return self._once(path, params, page, read)

        try:
            return retrying(attempt)
        except _PassingError as failure:
            spent = self.pace.clock() - began
            raise self._given_up(failure, attempts, spent, page) from None

    def pause(self, turn: int) -> None:
        """Wait before asking the same again, the longer the higher the turn (1, 2, ...)."""
        self.pace.sleep(_backoff(turn, self.pace.jitter()))

    def error(self, problem: str, page: int | None = None) -> SourceError:
        """A SourceError that names source, stream, window and page."""
        return SourceError(problem, **self._place(page))

    def _once(
        self, path: str, params: Mapping[str, str | int], page: int, read: Callable[[bytes], T]
    ) -> T:
        self._keep_budget(page)
        deadline = self.pace.clock() + self._timeout
        try:
            with self._http.stream("GET", path, params=dict(params)) as response:
                body = self._body(response, deadline)
        except httpx.TimeoutException:
            raise _PassingError(f"{self.title} did not answer within {self._timeout:g} s") from None
        except (httpx.ConnectError, httpx.ProxyError) as error:
            raise _PassingError(
                f"nothing answers at {self.base_url} ({self._masked(str(error))}); check the host "
                f"of connection {self.connection.id!r} and the network"
            ) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _PassingError(
                f"the answer was cut off ({self._masked(str(error)) or type(error).__name__})"
            ) from None
        if response.status_code != 200:
            self._refuse(response, body, path, page)
        return self._parsed(response, body, read)

    def _body(self, response: httpx.Response, deadline: float) -> bytes:
        """The whole body. A drip of bytes is a time-out too; a body without end is refused."""
        parts, size = [], 0
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if self.pace.clock() > deadline:
                raise _PassingError(
                    f"{self.title} did not finish its answer within {self._timeout:g} s"
                )
            if size > MOST_BYTES:
                raise _PassingError(f"the answer is longer than {MOST_BYTES >> 20} MB")
        return b"".join(parts)

    def _parsed(self, response: httpx.Response, body: bytes, read: Callable[[bytes], T]) -> T:
        kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind != "application/json" and not kind.endswith("+json"):
            said = _html_title(body) if "html" in kind else ""
            raise _PassingError(
                f"{self.title} answered 200 with {kind or 'no content type'}"
                f"{f' ({self._masked(said)!r})' if said else ''} instead of JSON"
            )
        try:
            body.decode()  # the payloads are kept as text, so all of it must be UTF-8
            return read(body)
        except UnicodeDecodeError as error:
            raise _PassingError(f"the answer is not UTF-8 (byte {error.start:,})") from None
        except (msgspec.MsgspecError, ValueError) as error:
            raise _PassingError(
                f"the answer of {len(body):,} bytes is cut off or not the JSON promised ({error})"
            ) from None

    def _refuse(self, response: httpx.Response, body: bytes, path: str, page: int) -> None:
        status = response.status_code
        said = self._masked(_vendor_words(body))
        words = f" and says {said!r}" if said else ""
        name = self.connection.id
        if status == 401:
            raise AccessDenied(
                f"{self.title} refused the credentials (401){words}; check login and password of "
                f"connection {name!r} in Airflow (Admin, Connections) or in "
                f"AIRFLOW_CONN_{name.upper()}",
                **self._place(page),
            )
        if status == 403:
            raise AccessDenied(
                f"{self.title} denies access to {path} (403){words}; check the token of connection "
                f"{name!r}, and that its account has the right to read this",
                **self._place(page),
            )
        if status in (429, 503):
            wait = asked_wait(response.headers, self._now())
            what = "too many requests" if status == 429 else "not available"
            raise _PassingError(
                f"{self.title} answered {status} ({what}){words}",
                attempts=ATTEMPTS_RATED,
                wait=wait,
            )
        if status >= 500 or status in (408, 425):
            raise _PassingError(f"{self.title} answered {status}{words}")
        if 300 <= status < 400:
            target = urlsplit(response.headers.get("location", "")).netloc
            raise self.error(
                f"{self.title} answered {status}, a redirection"
                f"{f' to {target}' if target else ''}, which is not followed; put the API's own "
                f"address into the host of connection {name!r}",
                page,
            )
        raise self.error(f"{self.title} refused {path} with {status}{words}", page)

    def _given_up(
        self, failure: _PassingError, attempts: int, spent: float, page: int
    ) -> SourceError:
        if failure.wait is not None and spent + failure.wait > self._patience:
            resume_at = self._now() + timedelta(seconds=failure.wait)
            return QuotaSpent(
                f"{failure.problem} and asks to wait {failure.wait:,.0f} s, longer than the "
                f"{self._patience:,.0f} s one page may take; nothing of this window is kept: run "
                f"it again after {resume_at:%Y-%m-%dT%H:%M:%SZ}",
                resume_at=resume_at,
                **self._place(page),
            )
        return self.error(
            f"{failure.problem}; gave up after {attempts} attempts in {spent:.0f} s. Nothing of "
            f"this window is kept: run it again when {self.title} answers",
            page,
        )

    def _keep_budget(self, page: int) -> None:
        while (delay := self._budget.take(self.pace.clock)) > 0:
            if delay >= 2:
                self.request.progress(
                    f"{self._where(page)}: waiting {delay:.0f} s to keep within "
                    f"{self._budget.calls} requests in {self._budget.seconds:g} s"
                )
            self.pace.sleep(delay)

    def _wait(self, state: RetryCallState) -> float:
        asked = _failure(state).wait
        jitter = self.pace.jitter()
        # Never less than asked for; a second at least, so that `Retry-After: 0` cannot spin.
        return _backoff(state.attempt_number, jitter) if asked is None else max(1.0, asked) + jitter

    def _now(self) -> datetime:
        """The time, counted from the request's own idea of it."""
        return self.request.extracted_at + timedelta(seconds=self.pace.clock() - self._began)

    def _place(self, page: int | None) -> dict[str, Any]:
        asked = self.request
        return {
            "source": asked.source,
            "stream": asked.stream.name,
            "window": asked.window,
            "page": page,
        }

    def _where(self, page: int) -> str:
        return f"{self.request.source}/{self.request.stream.name} page {page}"

    def _masked(self, text: str) -> str:
        return text.replace(self._token, "***")


def _failure(state: RetryCallState) -> _PassingError:
    failure = state.outcome.exception() if state.outcome else None
    assert isinstance(failure, _PassingError)  # the only exception that is retried
    return failure


def _backoff(turn: int, jitter: float) -> float:
    longest = min(LONGEST_BACKOFF, 2.0 ** (turn - 1))
    return longest / 2 + longest / 2 * jitter


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


def _vendor_words(body: bytes) -> str:
    """What the vendor's own error body says, in one short line; nothing of any other body."""
    try:
        content = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError):
        return _html_title(body)
    if not isinstance(content, dict):
        return ""
    words = [content.get(key) for key in ("error", "code", "title", "description", "message")]
    return _short(": ".join(word for word in words if isinstance(word, str)))


def _html_title(body: bytes) -> str:
    found = re.search(rb"<title[^>]*>(.*?)</title>", body[:10_000], re.IGNORECASE | re.DOTALL)
    return _short(unescape(found[1].decode(errors="replace"))) if found else ""


def _short(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= 160 else f"{line[:159]}…"
