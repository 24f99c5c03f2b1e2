"""Budgets of requests: kept by all who read an account, and a spent day is no error."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from test_client import GOOD, JSON, NOW, REQUEST, TOKEN, Answer, client, connect, failure, vendor

from wellheard.budgets import DAY, Budget, DailyBudget, InFile, Pace
from wellheard.demo.simulators.serving import serve
from wellheard.errors import AccessDenied, ConfigError, QuotaSpent, SourceError
from wellheard.http import Client
from wellheard.refusals import vendor_words

MIDNIGHT = datetime(2026, 11, 3, tzinfo=UTC)
DAY_HEADERS = "x-ratelimit-app-global-day-"
MINUTE_HEADERS = "x-ratelimit-app-global-minute-"


def ask(url: str, pace: Pace, folder: Path | None, source: str = "pulse", **extra: Any) -> Any:
    """One request by a client of its own, with a limit of 2 in a second and 3 a day."""
    asked = replace(REQUEST, source=source, connection=connect(url, **extra), budgets=folder)
    with Client(asked, title="Pulse", budgets=[(2, 1.0), (3, DAY)], pace=pace) as api:
        return api.get("/answers", {}, page=1, read=msgspec.json.decode)


# The day's quota


def test_a_day_that_is_spent_by_our_own_count_defers_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    with vendor() as (served, url, clock):
        for _ in range(3):
            ask(url, clock.pace(), tmp_path)
        with pytest.raises(QuotaSpent) as spent:
            ask(url, clock.pace(), tmp_path)
        assert len(served.asked) == 3
    assert spent.value.resume_at == MIDNIGHT
    assert str(spent.value).endswith(
        "page 1: Pulse's quota of 3 requests for the day is spent; this window is deferred and "
        "goes on when it is run again after 2026-11-03T00:00:00Z. What was landed before is kept"
    )


def test_the_next_day_has_a_quota_of_its_own(tmp_path: Path) -> None:
    budget = DailyBudget(1, InFile(tmp_path / "day"))
    assert budget.take(NOW) is None
    assert budget.take(NOW) == MIDNIGHT
    assert budget.take(MIDNIGHT - timedelta(seconds=1)) == MIDNIGHT
    assert budget.take(MIDNIGHT) is None


def test_the_connection_may_set_a_smaller_quota_of_the_day(tmp_path: Path) -> None:
    with vendor() as (served, url, clock):
        ask(url, clock.pace(), tmp_path, requests_per_day=1)
        with pytest.raises(QuotaSpent, match="quota of 1 requests for the day"):
            ask(url, clock.pace(), tmp_path, requests_per_day=1)
        assert len(served.asked) == 1


@pytest.mark.parametrize(
    ("status", "headers", "body", "resume_at"),
    [
        # Surveys: the day's own headers, Retry-After or not.
        (429, {f"{DAY_HEADERS}reset": "5400"}, b"{}", NOW + timedelta(minutes=90)),
        (
            429,
            {f"{DAY_HEADERS}remaining": "0", f"{DAY_HEADERS}reset": "120", "retry-after": "1"},
            b"{}",
            NOW + timedelta(minutes=2),
        ),
        (429, {f"{DAY_HEADERS}remaining": "0"}, b"{}", MIDNIGHT),
        (
            429,
            {f"{DAY_HEADERS}reset": str(int(NOW.timestamp()) + 7200)},
            b"{}",
            NOW + timedelta(hours=2),
        ),
        # CRMs: the policy's name, an error code, and words.
        (429, {}, b'{"errorType": "RATE_LIMIT", "policyName": "DAILY"}', MIDNIGHT),
        (429, {}, b'{"message": "You have reached your daily limit."}', MIDNIGHT),
        (
            403,
            {},
            b'[{"message": "TotalRequests Limit", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]',
            MIDNIGHT,
        ),
        (
            403,
            {},
            b'{"error": {"code": 403, "errors": [{"reason": "dailyLimitExceeded"}]}}',
            MIDNIGHT,
        ),
    ],
)
def test_a_vendor_that_says_the_day_is_spent_defers_at_once(
    status: int, headers: dict[str, str], body: bytes, resume_at: datetime
) -> None:
    error, clock, served = failure((status, headers | JSON, body))
    assert isinstance(error, QuotaSpent)
    assert (error.resume_at, clock.slept, len(served.asked)) == (resume_at, [], 1)
    assert "its quota for the day is spent" in str(error)


@pytest.mark.parametrize(
    ("headers", "body", "waited"),
    [
        (
            {
                f"{DAY_HEADERS}remaining": "41",
                f"{DAY_HEADERS}reset": "5400",
                f"{MINUTE_HEADERS}remaining": "0",
                f"{MINUTE_HEADERS}reset": "17",
            },
            b"{}",
            17,
        ),
        ({f"{MINUTE_HEADERS}reset": "9", f"{MINUTE_HEADERS}remaining": "0"}, b"{}", 9),
        (
            {"x-hubspot-ratelimit-interval-milliseconds": "10000"},
            b'{"policyName": "TEN_SECONDLY_ROLLING", "message": "ten_secondly limit"}',
            10,
        ),
        ({"retry-after": "5", f"{DAY_HEADERS}reset": "5400"}, b"{}", 5),
    ],
)
def test_a_minute_that_is_spent_is_waited_out(
    headers: dict[str, str], body: bytes, waited: float
) -> None:
    with (
        vendor((429, headers | JSON, body), GOOD) as (_, url, clock),
        client(connect(url), clock.pace()) as api,
    ):
        assert api.get("/", {}, page=1, read=msgspec.json.decode) == {"ok": True}
    assert clock.slept == [waited + 0.5]


def test_a_403_of_another_kind_stays_a_refusal() -> None:
    error, _, _ = failure((403, JSON, b'{"message": "daily limit of your plan: no API"}'))
    assert isinstance(error, AccessDenied)


def test_after_the_days_last_answer_nothing_more_is_asked_until_the_reset(tmp_path: Path) -> None:
    last: Answer = (200, {f"{DAY_HEADERS}remaining": "0", f"{DAY_HEADERS}reset": "60"} | JSON, b"1")
    with vendor(last) as (served, url, clock):
        assert ask(url, clock.pace(), tmp_path) == 1
        with pytest.raises(QuotaSpent) as spent:  # another process, by the file alone
            ask(url, clock.pace(), tmp_path)
        assert len(served.asked) == 1
    assert spent.value.resume_at == NOW + timedelta(minutes=1)


# Who shares a budget


def test_the_processes_of_an_account_keep_one_budget_together(tmp_path: Path) -> None:
    with vendor() as (_, url, clock):
        for _ in range(3):  # a pace of its own is what a process has
            ask(url, clock.pace(), tmp_path)
    assert clock.slept == [1.0]


def test_two_sources_never_share_a_budget_not_even_of_the_same_account(tmp_path: Path) -> None:
    with vendor() as (_, url, clock):
        for source in ("pulse", "pulse_eu"):
            for _ in range(2):
                ask(url, clock.pace(), tmp_path, source)
    assert clock.slept == []


def test_the_name_of_a_budgets_file_does_not_tell_the_login(tmp_path: Path) -> None:
    with vendor() as (_, url, clock):
        ask(url, clock.pace(), tmp_path)
    names = [path.name for path in tmp_path.iterdir()]
    assert len(names) == 2
    assert all(name.startswith("pulse-") and "me" not in name for name in names)


TAKE = """
import sys, time
from pathlib import Path
from wellheard.budgets import Budget, InFile
budget = Budget(20, 3600.0, InFile(Path(sys.argv[1])))
print(sum(budget.take(time.time) == 0 for _ in range(15)))
"""


def test_real_processes_at_once_take_exactly_what_there_is(tmp_path: Path) -> None:
    place = str(tmp_path / "deep" / "ring")
    running = [
        subprocess.Popen([sys.executable, "-c", TAKE, place], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert sum(int(one.communicate(timeout=60)[0]) for one in running) == 20


def test_a_budget_is_a_rolling_one() -> None:
    budget, now = Budget(2, 60.0), [0.0]
    taken = []
    for now[0] in (0.0, 30.0, 59.0, 60.0, 61.0, 90.0):
        taken.append(budget.take(lambda: now[0]))
    assert taken == [0.0, 0.0, 1.0, 0.0, 29.0, 0.0]


def test_a_clock_set_back_makes_nobody_wait_longer_than_the_budget_lasts() -> None:
    budget = Budget(1, 60.0)
    budget.take(lambda: 1_000_000.0)
    assert budget.take(lambda: 10.0) == 60.0


def test_a_count_that_cannot_be_kept_names_the_file_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "budgets").write_text("a file where a folder has to be")
    with vendor() as (served, url, clock):
        with pytest.raises(ConfigError, match=r"cannot be kept in .*budgets/.*WELLHEARD_VAR"):
            ask(url, clock.pace(), tmp_path / "budgets")
        assert served.asked == []


# Threads


def test_a_login_refused_to_several_threads_at_once_is_renewed_once() -> None:
    valid, log_ins = ["first"], []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        given = dict(scope["headers"]).get(b"authorization", b"").decode()
        status = 200 if scope["path"] == "/login" or given == valid[0] else 401
        pairs = [(b"content-type", b"application/json"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": b"{}"})

    def log_in(api: Client) -> dict[str, str]:
        api.post("/login", {}, page=1, read=lambda body: body)
        log_ins.append(time.monotonic())
        return {"Authorization": valid[0]}

    with serve(app) as url:
        request = replace(REQUEST, connection=connect(url))
        with Client(request, title="Pulse", budgets=[], login=log_in) as api:
            api.get("/", {}, page=1, read=msgspec.json.decode)
            valid[0] = "second"
            barrier, answers = threading.Barrier(4), []

            def read() -> None:
                barrier.wait()
                answers.append(api.get("/", {}, page=1, read=msgspec.json.decode))

            threads = [threading.Thread(target=read) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)
    assert answers == [{}] * 4
    assert len(log_ins) == 2


# What a refusal says


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": {"id": "1040", "message": "Rate limit reached"}}', "Rate limit reached"),
        (b'{"errors": [{"message": "No such field"}, {"message": "b"}]}', "No such field"),
        (b'{"errors": [{"detail": "Too late"}]}', "Too late"),
        (b'{"errors": [{"title": "Not allowed", "detail": "x"}]}', "Not allowed: x"),
        (b'[{"message": "Bad query", "errorCode": "MALFORMED"}]', "MALFORMED: Bad query"),
        (b'{"meta": {"error": {"errorMessage": "No survey"}}}', "No survey"),
        (
            b'{"message": "Validation failed", "errors": ["since: too old"]}',
            "Validation failed: since: too old",
        ),
        (b'{"type": "error.list", "errors": [{"code": "gone", "message": "m"}]}', "gone: m"),
        (b'{"error": {"message": "Twice"}, "message": "Twice"}', "Twice"),
        (b'{"error": "x", "errors": []}', "x"),
        (b'{"name": "Ada L.", "data": {"message": "her words"}}', ""),
        (b'["her words"]', ""),
        (b"null", ""),
        (b"[" * 100_000, ""),
    ],
)
def test_the_vendors_words_are_found_wherever_vendors_put_them(body: bytes, said: str) -> None:
    assert vendor_words(body) == said


def test_no_message_tells_the_token(tmp_path: Path) -> None:
    refusal = (429, JSON, b'{"message": "daily limit of s3cret-token reached"}')
    with vendor(refusal) as (_, url, clock), pytest.raises(SourceError) as caught:
        ask(url, clock.pace(), tmp_path)
    assert TOKEN not in str(caught.value)
