"""One client for vendors' APIs: auth, time-outs, bounded retries, and a budget of requests.

The rules it keeps: wait as long as the vendor asks, back off when it does not say; give up after a
bounded time with an error that names source, stream, window and page; a refused login is final at
once; an answer of 200 that is not the JSON promised is a failure, never an empty page.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar
from urllib.parse import parse_qsl, urlsplit

import httpcore
import httpx
import msgspec

from wellheard import __version__, stopping
from wellheard.budgets import DAY, REAL_TIME, Pace
from wellheard.connections import Connection, is_loopback
from wellheard.endpoints import base_url, number, token
from wellheard.errors import AccessDenied, ConfigError, QuotaSpent, SourceError
from wellheard.http_answers import Answer, check, understood
from wellheard.refusals import asked_wait, day_left, day_spent, vendor_words
from wellheard.retries import ATTEMPTS_RATED, GivenUp, PassingError, backoff, patiently
from wellheard.sources.base import Request
from wellheard.sources.concurrent import on_its_way

# Bytes taken from the socket at a time: every piece goes through a dozen functions, and after each
# another thread may take the interpreter. Twice httpcore's own; larger ones leave the CPU's cache.
httpcore.HTTP11Connection.READ_NUM_BYTES = 2**17

T = TypeVar("T")

MOST_BYTES = 256 * 2**20  # of one answer; vendors' pages are a few megabytes


@dataclass(frozen=True)
class _Asked:
    """One request, as it is sent at every attempt."""

    method: str
    path: str
    params: Mapping[str, str | int]
    json: object
    form: Mapping[str, str] | None
    accept: tuple[str, ...]
    page: int
    may_be_gone: bool


class _Gone(Exception):
    """A 404 that means something."""


class Client:
    """Reads from one vendor for one request (a window of a stream). Safe to share among threads.

    `authorization` makes the headers of a connection (see `endpoints.bearer`, `endpoints.basic`).
    Where the vendor wants a log-in first, `login` asks for it instead, before the first request
    and once more when the vendor refuses what it gave (401). `budgets` are (calls, seconds) each;
    `secret` checks what the connection holds as its password. `refusal` is given client, status,
    body and page of an answer that is no success; what it returns is raised, and None means what
    such a status usually means.
    Budgets of a day are quotas: once spent, by our count or by what the vendor says, every request
    raises QuotaSpent until the vendor's reset, or the next day in UTC where it names none.
    The connection's extra may set `requests_per_minute`, `requests_per_day`, `timeout_seconds` (of
    one answer, 60 by default) and `patience_seconds` (of one page with all its retries, 900).
    Raises ConfigError when the connection cannot be used as it is.
    """

    def __init__(
        self,
        request: Request,
        *,
        title: str,
        budgets: Sequence[tuple[int, float]],
        host: str = "",
        authorization: Callable[[Connection], Mapping[str, str]] | None = None,
        login: Callable[[Client], Mapping[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        secret: Callable[[Connection, str], str] = token,
        refusal: Callable[[Client, int, bytes, int], Exception | None] | None = None,
        pace: Pace = REAL_TIME,
    ) -> None:
        if request.connection is None:
            raise ConfigError(f"source {request.source!r} needs a connection and was given none")
        self.request, self.title, self.pace = request, title, pace
        self.connection = request.connection
        self.base_url = base_url(self.connection, host, title)
        self._secrets = {secret(self.connection, title)}
        self._timeout = number(self.connection, "timeout_seconds", 60.0)
        self._patience = number(self.connection, "patience_seconds", 900.0)
        per_minute = round(number(self.connection, "requests_per_minute", 0.0, least=1))
        per_day = round(number(self.connection, "requests_per_day", 0.0, least=1))
        daily = [calls for calls, seconds in budgets if seconds >= DAY]
        allowed = [(calls, seconds) for calls, seconds in budgets if seconds < DAY]
        if per_minute:
            allowed = [(per_minute, 60.0)]
        account = {
            "source": request.source,
            "url": self.base_url,
            "login": self.connection.login,
        }
        self._budgets = [pace.budget(account, *limit, request.budgets) for limit in allowed]
        self._daily = pace.daily(account, per_day or min(daily, default=0), request.budgets)
        # Processes share a count by the clock on the wall; its time zero means nothing to tests.
        self._budget_clock = pace.wall if request.budgets else pace.clock
        self._refusal = refusal
        self._login, self._log_ins = login, 0
        self._login_lock = threading.RLock()
        self._began = pace.clock()
        self._http = httpx.Client(
            base_url=self.base_url,
            headers={
                "Accept": "application/json",
                "User-Agent": f"wellheard/{__version__}",
                **(authorization(self.connection) if authorization else {}),
                **(headers or {}),
            },
            timeout=httpx.Timeout(self._timeout, connect=min(10.0, self._timeout)),
            follow_redirects=False,  # credentials never travel to a host the vendor names
            trust_env=not is_loopback(urlsplit(self.base_url).hostname or ""),
            verify=self.base_url.startswith("https:"),  # loading certificates takes a while
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._http.close()

    def get(
        self, path: str, params: Mapping[str, str | int], *, page: int, read: Callable[[bytes], T]
    ) -> T:
        """The answer to one GET, as `read` makes it of the body (UTF-8 JSON); else as `call`."""
        return self.call("GET", path, params=params, page=page, read=lambda a: read(a.body))

    def post(self, path: str, body: object, *, page: int, read: Callable[[bytes], T]) -> T:
        """The answer to one POST of a JSON body, as `read` makes it of its body; else as `call`."""
        return self.call("POST", path, json=body, page=page, read=lambda a: read(a.body))

    def call(
        self,
        method: str,
        path: str,
        *,
        page: int,
        read: Callable[[Answer], T],
        params: Mapping[str, str | int] | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        accept: Sequence[str] = ("application/json",),
        gone: Callable[[], T] | None = None,
        answer: Answer | None = None,
    ) -> T:
        """The answer to one request, as `read` makes it.

        `accept` are the media types the vendor promises; JSON and text must be UTF-8. `read` raises
        msgspec.MsgspecError or ValueError for a body that is not what is promised; that is retried
        like a network failure. `gone` answers for a 404 where the vendor means something by it;
        `answer` is what the first attempt got already.
        Raises AccessDenied (401, 403) and SourceError for other refusals at once, SourceError after
        bounded retries, QuotaSpent when the day's quota is spent or the vendor asks to wait longer
        than the patience.
        """
        asked = _Asked(
            method, path, dict(params or {}), json, form, tuple(accept), page, gone is not None
        )

        def attempt(number: int) -> T:
            if answer is not None and number == 1:
                return understood(answer, read, self._masked)
            return self._once(asked, read)

        def say(problem: str) -> None:
            self.request.progress(f"{self._where(page)}: {problem}")

        try:
            return patiently(attempt, self.pace, self._patience, say)
        except _Gone:
            assert gone is not None
            return gone()
        except GivenUp as ended:
            raise self._given_up(ended, page) from None

    def pause(self, turn: int) -> None:
        """Wait before asking the same again, the longer the higher the turn (1, 2, ...)."""
        self.pace.sleep(backoff(turn, self.pace.jitter()))

    def error(self, problem: str, page: int | None = None) -> SourceError:
        """A SourceError that names source, stream, window and page."""
        return SourceError(problem, **self._place(page))

    def following(self, url: str, page: int) -> tuple[str, dict[str, str]]:
        """Path and query of a URL the vendor gave, relative to the connection's host.

        Raises SourceError for another host: credentials go to the connection's alone.
        """
        base = urlsplit(self.base_url)
        try:
            given = urlsplit(url)
            # A host in capitals, or with the port that is meant anyway, is the same.
            elsewhere = httpx.URL(url).netloc not in (b"", httpx.URL(self.base_url).netloc)
        except (ValueError, httpx.InvalidURL) as error:
            raise self.error(
                f"{self.title} names its next page by what is no address ({error}); nothing of "
                "this window is kept: run it again",
                page,
            ) from None
        if elsewhere:
            raise self.error(
                f"{self.title} names its next page on another host ({given.netloc}); put the API's "
                f"own address into the host of connection {self.connection.id!r}",
                page,
            )
        path = given.path.removeprefix(base.path) if base.path else given.path
        return path, dict(parse_qsl(given.query, keep_blank_values=True))

    def words(self, body: bytes) -> str:
        """What an error body of the vendor says, in one line without secrets; may be empty."""
        return self._masked(vendor_words(body))

    def mask(self, secret: str) -> None:
        """Never show this text, learnt from the vendor, in a message."""
        self._secrets = self._secrets | {secret}  # another thread may be going through them

    def _sign_in(self, refused: int = 0) -> int:
        """The number of the log-in to use; asks for one when there is none yet, or when the one of
        that number was refused and no other thread has renewed it meanwhile.
        """
        with self._login_lock:
            if self._login is None or self._log_ins > refused:
                return self._log_ins
            self._log_ins += 1  # the log-in's own request needs none
            try:
                self._http.headers.update(self._login(self))
            except BaseException:
                self._log_ins -= 1
                raise
            return self._log_ins

    def _once(self, asked: _Asked, read: Callable[[Answer], T], renewed: bool = False) -> T:
        log_in = self._sign_in()
        self._keep_budget(asked.page)
        stopping.check()
        deadline = self.pace.clock() + self._timeout
        sent: dict[str, Any] = {"extensions": {"trace": _sent}}
        if asked.params:
            sent |= {"params": asked.params}
        if asked.json is not None:
            sent |= {"content": msgspec.json.encode(asked.json)}
            sent |= {"headers": {"Content-Type": "application/json"}}
        if asked.form is not None:
            sent |= {"data": dict(asked.form)}
        if asked.accept != ("application/json",):
            sent["headers"] = {**sent.get("headers", {}), "Accept": ", ".join(asked.accept)}
        try:
            with self._http.stream(asked.method, asked.path, **sent) as response:
                body = self._body(response, deadline)
        except httpx.TimeoutException:
            raise PassingError(f"{self.title} did not answer within {self._timeout:g} s") from None
        except (httpx.ConnectError, httpx.ProxyError) as error:
            raise PassingError(
                f"nothing answers at {self.base_url} ({self._masked(str(error))}); check the host "
                f"of connection {self.connection.id!r} and the network"
            ) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise PassingError(
                f"the answer was cut off ({self._masked(str(error)) or type(error).__name__})"
            ) from None
        if response.status_code == 401 and self._login is not None and not renewed:
            self._sign_in(refused=log_in)
            return self._once(asked, read, renewed=True)
        if (until := day_left(response.headers, self._now())) is not None:
            self._daily.spent(self._now(), until)
        if response.status_code == 404 and asked.may_be_gone:
            raise _Gone
        if response.status_code not in (200, 201):
            self._refuse(response, body, asked.path, asked.page)
        found = Answer(body, response.headers)
        check(found, asked.accept, self.title, self._masked)
        return understood(found, read, self._masked)

    def _body(self, response: httpx.Response, deadline: float) -> bytes:
        """The whole body. A drip of bytes is a time-out too; a body without end is refused."""
        parts, size = [], 0
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if self.pace.clock() > deadline:
                raise PassingError(
                    f"{self.title} did not finish its answer within {self._timeout:g} s"
                )
            if size > MOST_BYTES:
                raise PassingError(f"the answer is longer than {MOST_BYTES >> 20} MB")
        return b"".join(parts)

    def _refuse(self, response: httpx.Response, body: bytes, path: str, page: int) -> None:
        status = response.status_code
        if self._refusal and (meant := self._refusal(self, status, body, page)) is not None:
            raise meant
        said = self._masked(vendor_words(body))
        words = f" and says {said!r}" if said else ""
        name = self.connection.id
        resume_at = day_spent(status, response.headers, body, self._now())
        if resume_at is not None:
            self._daily.spent(self._now(), resume_at)
            raise self._deferred(
                f"{self.title} answered {status}{words}: its quota for the day is spent",
                resume_at,
                page,
            )
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
            raise PassingError(
                f"{self.title} answered {status} ({what}){words}",
                attempts=ATTEMPTS_RATED,
                wait=wait,
            )
        if status >= 500 or status in (408, 425):
            raise PassingError(f"{self.title} answered {status}{words}")
        if 300 <= status < 400:
            target = urlsplit(response.headers.get("location", "")).netloc
            raise self.error(
                f"{self.title} answered {status}, a redirection"
                f"{f' to {target}' if target else ''}, which is not followed; put the API's own "
                f"address into the host of connection {name!r}",
                page,
            )
        raise self.error(f"{self.title} refused {path} with {status}{words}", page)

    def _given_up(self, ended: GivenUp, page: int) -> SourceError:
        problem, wait = ended.failure.problem, ended.failure.wait
        if wait is not None and ended.spent + wait > self._patience:
            return self._deferred(
                f"{problem} and asks to wait {wait:,.0f} s, longer than the "
                f"{self._patience:,.0f} s one page may take",
                self._now() + timedelta(seconds=wait),
                page,
            )
        return self.error(
            f"{problem}; gave up after {ended.attempts} attempts in {ended.spent:.0f} s. Nothing "
            f"of this window is kept: run it again when {self.title} answers",
            page,
        )

    def _deferred(self, problem: str, resume_at: datetime, page: int) -> QuotaSpent:
        return QuotaSpent(
            f"{problem}; this window is deferred and goes on when it is run again after "
            f"{resume_at:%Y-%m-%dT%H:%M:%SZ}. What was landed before is kept",
            resume_at=resume_at,
            **self._place(page),
        )

    def _keep_budget(self, page: int) -> None:
        if (resume_at := self._daily.take(self._now())) is not None:
            many = f" of {self._daily.calls:,} requests" if self._daily.calls else ""
            raise self._deferred(
                f"{self.title}'s quota{many} for the day is spent", resume_at, page
            )
        for budget in self._budgets:
            while (delay := budget.take(self._budget_clock)) > 0:
                if delay >= 2:
                    self.request.progress(
                        f"{self._where(page)}: waiting {delay:.0f} s to keep within "
                        f"{budget.calls} requests in {budget.seconds:g} s"
                    )
                self.pace.sleep(delay)

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
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def _sent(event: str, about: Mapping[str, Any]) -> None:
    """Told by httpcore how a request gets on."""
    if event == "http11.send_request_body.complete":
        on_its_way()
