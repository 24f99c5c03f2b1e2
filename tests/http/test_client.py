"""The client for vendors' APIs, against a server that answers as it is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from pydantic import BaseModel

from wellheard.budgets import Pace
from wellheard.connections import Connection
from wellheard.demo.simulators.clock import SimulatedClock
from wellheard.demo.simulators.faults import Fault, FaultSwitch
from wellheard.demo.simulators.serving import serve
from wellheard.endpoints import bearer
from wellheard.errors import AccessDenied, ConfigError, QuotaSpent, SourceError
from wellheard.http import Client
from wellheard.periods import Window
from wellheard.refusals import asked_wait
from wellheard.sources import concurrent
from wellheard.sources.base import Request, Stream

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
TOKEN = "s3cret-token"
JSON = {"content-type": "application/json"}


class NoOptions(BaseModel):
    """A source without options."""


REQUEST = Request(
    source="pulse",
    stream=Stream("answers"),
    window=Window(NOW - timedelta(days=1), NOW),
    options=NoOptions(),
    connection=None,
    extracted_at=NOW,
    progress=lambda line: None,
)
Answer = tuple[int, dict[str, str], bytes]
GOOD: Answer = (200, JSON, b'{"ok": true}')


class Vendor:
    """Gives the answers one after the other, the last one for ever; remembers what was asked."""

    def __init__(self, answers: tuple[Answer, ...]) -> None:
        self.answers, self.asked = list(answers), []
        self.app = FaultSwitch(self._answer)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append({k.decode(): v.decode() for k, v in scope["headers"]})
        status, headers, body = self.answers[0]
        if len(self.answers) > 1:
            self.answers.pop(0)
        pairs = [(k.encode(), v.encode()) for k, v in headers.items()]
        pairs.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": body})


def connect(host: str, **extra: Any) -> Connection:
    return Connection("pulse", host=host, login="me", password=TOKEN, extra=extra)


def client(connection: Connection, pace: Pace, **changes: Any) -> Client:
    return Client(
        replace(REQUEST, connection=connection, **changes),
        title="Pulse",
        authorization=bearer,
        budgets=[(1000, 1.0)],
        pace=pace,
    )


@contextmanager
def vendor(*answers: Answer) -> Iterator[tuple[Vendor, str, SimulatedClock]]:
    served = Vendor(answers or (GOOD,))
    with serve(served.app) as url:
        yield served, url, SimulatedClock()


def get(api: Client, page: int = 4) -> Any:
    with api:
        return api.get("/answers", {"since": "a b"}, page=page, read=msgspec.json.decode)


def failure(*answers: Answer, **extra: Any) -> tuple[SourceError, SimulatedClock, Vendor]:
    with vendor(*answers) as (served, url, clock):
        with pytest.raises(SourceError) as caught:
            get(client(connect(url, **extra), clock.pace()))
        return caught.value, clock, served


def test_an_error_names_source_stream_window_and_page() -> None:
    error, _, _ = failure((404, JSON, b'{"code": "GONE", "description": "No such survey"}'))
    assert str(error) == (
        "pulse/answers [2026-11-01T08:00:00Z .. 2026-11-02T08:00:00Z) page 4: "
        "Pulse refused /answers with 404 and says 'GONE: No such survey'"
    )


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_a_refusal_that_cannot_pass_is_final_at_once(status: int) -> None:
    _, clock, served = failure((status, JSON, b"{}"))
    assert (clock.slept, len(served.asked)) == ([], 1)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "refused the credentials (401); check login and password of connection 'pulse'"),
        (403, "denies access to /answers (403); check the token of connection 'pulse', and that"),
    ],
)
def test_a_refused_login_is_final_and_names_the_connection(status: int, said: str) -> None:
    error, clock, _ = failure((status, JSON, b"{}"))
    assert isinstance(error, AccessDenied)
    assert said in str(error)
    assert clock.slept == []


def test_a_token_the_vendor_repeats_in_its_message_is_masked() -> None:
    body = b'{"error": "token s3cret-token is not known"}'
    error, _, _ = failure((401, JSON, body))
    assert "'token *** is not known'" in str(error)
    assert TOKEN not in str(error)


def test_the_body_of_an_error_is_quoted_only_where_the_vendor_puts_its_message() -> None:
    error, _, _ = failure((400, JSON, b'{"error": "Bad\\nquery", "record": {"name": "Ada L."}}'))
    assert "says 'Bad query'" in str(error)
    assert "Ada" not in str(error)


def test_a_redirection_is_not_followed_and_the_credentials_stay_here() -> None:
    with vendor() as (elsewhere, elsewhere_url, _):
        error, _, _ = failure((302, {"location": f"{elsewhere_url}/login?t=1"}, b""))
        assert elsewhere.asked == []
    assert "answered 302, a redirection to 127.0.0.1:" in str(error)
    assert "put the API's own address into the host of connection 'pulse'" in str(error)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "37"}, 37),
        ({"retry-after": "0"}, 0),
        (
            {
                "retry-after": "Mon, 02 Nov 2026 08:01:30 GMT",
                "date": "Mon, 02 Nov 2026 08:01:00 GMT",
            },
            30,
        ),
        ({"retry-after": "Mon, 02 Nov 2026 08:00:45 GMT"}, 45),
        ({"retry-after": "Mon, 02 Nov 2026 07:00:00 GMT"}, 0),
        ({"retry-after": "soon", "ratelimit-reset": "12"}, 12),
        ({"x-rate-limit-reset": "9"}, 9),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 21)}, 21),
        ({"x-ratelimit-reset": str(int(NOW.timestamp() + 21) * 1000)}, 21),
        ({"retry-after": "9" * 30}, 366 * 86_400),
        ({"zendesk-ratelimit-incremental": "total=10; remaining=0; resets=41"}, 41),
        ({}, None),
        ({"retry-after": "soon"}, None),
    ],
)
def test_the_wait_is_what_the_vendor_says(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(httpx.Headers(headers), NOW) == seconds


def test_a_429_waits_as_long_as_its_header_says_and_then_goes_on() -> None:
    with vendor((429, {"retry-after": "37", **JSON}, b"{}"), GOOD) as (_, url, clock):
        assert get(client(connect(url), clock.pace())) == {"ok": True}
    assert clock.slept == [37.5]


def test_a_429_without_a_header_backs_off_further_each_time_up_to_a_minute() -> None:
    error, clock, served = failure((429, JSON, b"{}"))
    assert clock.slept == [0.75, 1.5, 3, 6, 12, 24, 45, 45, 45, 45, 45]
    assert len(served.asked) == 12
    assert "answered 429 (too many requests); gave up after 12 attempts in 272 s" in str(error)


def test_retry_after_zero_does_not_spin() -> None:
    _, clock, _ = failure((503, {"retry-after": "0"}, b""))
    assert clock.slept == [1.5] * 11


def test_the_patience_bounds_the_time_of_all_attempts_together() -> None:
    error, clock, _ = failure((500, JSON, b"{}"), patience_seconds=10)
    assert clock.now <= 10
    assert "gave up after 4 attempts in 5 s" in str(error)


def test_a_wait_beyond_the_patience_defers_the_window() -> None:
    error, clock, _ = failure((429, {"retry-after": "3600"}, b""), patience_seconds=600)
    assert isinstance(error, QuotaSpent)
    assert error.resume_at == NOW + timedelta(hours=1)
    assert clock.slept == []


@pytest.mark.parametrize(
    "headers",
    [{"retry-after": "9" * 20}, {"x-ratelimit-app-global-day-reset": "9" * 15}],
    ids=["retry-after", "day-reset"],
)
def test_a_wait_beyond_the_calendar_defers_the_window_too(headers: dict[str, str]) -> None:
    error, clock, _ = failure((429, headers, b""))
    assert isinstance(error, QuotaSpent)
    assert error.resume_at == NOW + timedelta(days=366)
    assert clock.slept == []


def test_each_retry_is_told_while_it_waits() -> None:
    said: list[str] = []
    with vendor((500, JSON, b"{}"), GOOD) as (_, url, clock):
        get(client(connect(url), clock.pace(), progress=said.append))
    assert said == [
        "pulse/answers page 4: Pulse answered 500; trying again in 1 s (attempt 1 of at most 6)"
    ]


def test_a_moment_beyond_the_calendar_is_not_what_was_promised() -> None:
    with vendor((200, JSON, b"99999999999999999999")) as (_, url, clock):
        api = client(connect(url), clock.pace())
        with api, pytest.raises(SourceError, match="not the JSON promised"):
            api.get("/", {}, page=1, read=lambda body: datetime.fromtimestamp(int(body), UTC))


def test_lists_within_each_other_without_end_are_not_what_was_promised() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    error, _, _ = failure((200, JSON, deep))
    assert "not the JSON promised" in str(error)
    error, _, _ = failure((403, JSON, deep))
    assert "denies access to /answers (403); check" in str(error)


def test_the_address_of_the_next_page_may_write_the_same_host_in_another_way() -> None:
    for host in ("https://Pulse.example:443/v1", "pulse.example/v1"):
        api = client(connect(host), SimulatedClock().pace())
        assert api.following("https://pulse.example/v1/answers?page=a%20b", 2) == (
            "/answers",
            {"page": "a b"},
        )
        assert api.following("/v1/answers", 2) == ("/answers", {})
        with pytest.raises(SourceError, match=r"on another host \(pulse\.example:444\)"):
            api.following("https://pulse.example:444/v1/answers", 2)
        with pytest.raises(SourceError, match="page 2: Pulse names its next page by what is no"):
            api.following("https://[pulse/answers", 2)


def test_bytes_that_are_no_utf8_are_a_failure_even_where_no_field_is_looked_at() -> None:
    error, _, _ = failure((200, JSON, b'{"text": "caf\xe9"}'))
    assert "the answer is not UTF-8 (byte 13)" in str(error)


def test_json_under_no_content_type_is_a_failure() -> None:
    error, _, _ = failure((200, {}, b'{"ok": true}'))
    assert "answered 200 with no content type instead of JSON" in str(error)


def test_json_of_a_vendors_own_type_is_json() -> None:
    kind = {"content-type": "application/vnd.pulse+json; charset=utf-8"}
    with vendor((200, kind, b"[1]")) as (_, url, clock):
        assert get(client(connect(url), clock.pace())) == [1]


def test_a_drip_of_bytes_is_a_time_out_although_each_byte_comes_in_time() -> None:
    with vendor((200, JSON, b'{"text": "%s"}' % (b"x" * 200))) as (served, url, _):
        served.app.inject(Fault("drip", 99, seconds=0.03))
        real = Pace(sleep=lambda seconds: None, clock=time.monotonic, jitter=lambda: 0.5)
        with pytest.raises(SourceError, match=r"did not finish its answer within 0\.2 s"):
            get(client(connect(url, timeout_seconds=0.2, patience_seconds=0.3), real))


def test_an_answer_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wellheard.http.MOST_BYTES", 2**20)
    error, _, _ = failure((200, JSON, b'"%s"' % (b"x" * 2**21)))
    assert "the answer is longer than 1 MB" in str(error)


def test_the_budget_is_shared_by_all_clients_of_an_account() -> None:
    with vendor() as (_, url, clock):
        pace = clock.pace()
        for _ in range(3):
            get(client(connect(url, requests_per_minute=2), pace))
        assert clock.now == 60
        get(client(replace(connect(url, requests_per_minute=2), login="other"), pace))
        assert clock.now == 60  # another account has its own


def test_a_proxy_of_the_environment_is_not_asked_for_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with vendor() as (_, url, clock):
        assert get(client(connect(url), clock.pace())) == {"ok": True}


@pytest.mark.parametrize(
    ("connection", "said"),
    [
        (
            Connection("pulse", password=TOKEN),
            "connection 'pulse' has no host: put Pulse's address",
        ),
        (connect("https://me:pw@pulse.example"), "is not an address; write it like https://"),
        (connect("ftp://pulse.example"), "is not an address"),
        (connect("https://pulse.example:99999"), "is not an address"),
        (connect("http://pulse.example"), "begins with http://, so the credentials would travel"),
        (Connection("pulse", host="pulse.example"), "has no password: put Pulse's API token there"),
        (Connection("pulse", host="pulse.example", password="a\nb"), "characters no API token has"),
        (connect("pulse.example", requests_per_minute="many"), "requests_per_minute in its extra"),
        (connect("pulse.example", requests_per_minute=0.4), "must be a number from 1 on, not 0.4"),
        (connect("pulse.example", timeout_seconds=0), "must be a number above 0, not 0"),
        (connect("pulse.example", patience_seconds=-1), "patience_seconds in its extra must be"),
        (connect("pulse.example", patience_seconds="nan"), "patience_seconds in its extra must be"),
    ],
)
def test_a_connection_that_cannot_be_used_says_what_to_write(
    connection: Connection, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        client(connection, SimulatedClock().pace())
    assert said in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_a_host_without_scheme_is_https() -> None:
    assert client(connect("pulse.example"), SimulatedClock().pace()).base_url == (
        "https://pulse.example"
    )


def test_what_waits_for_a_request_to_be_on_its_way_does_not_wait_for_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(concurrent, "_HEAD_START", 30.0)
    told, served = [], Vendor((GOOD,))

    async def slowly(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.3)
        told.append("answered")
        await served.app(scope, receive, send)

    def pages() -> Iterator[str]:
        with serve(slowly) as url:
            yield "page 1"
            get(client(connect(url), SimulatedClock().pace()))
            yield "page 2"

    for page in concurrent.ahead(pages):
        told.append(page)
    assert told == ["page 1", "answered", "page 2"]
