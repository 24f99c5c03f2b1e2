"""`wellheard ingest`: a fault of vendor, file or machine is told in words, and nothing is lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cli_company import COMPANY, DROPS
from command_line import CommandLine

from wellheard.demo.simulators.faults import Fault
from wellheard.demo.simulators.serving import serve
from wellheard.demo.simulators.zendesk import EMAIL, TOKEN, ZendeskSimulator
from wellheard.lake import Lake

TICKETS = ("ingest", "zendesk", "--stream", "tickets", "--window", "2026-10-01/2026-11-01")
PLACE = "zendesk/tickets [2026-10-01T00:00:00Z .. 2026-11-01T00:00:00Z) page 2: "


def landed(wellheard: CommandLine) -> dict[str, int]:
    return {m.stream: m.landed for m in Lake(str(wellheard.var / "lake")).manifests()}


# --- vendors ------------------------------------------------------------------------------------


@pytest.fixture
def zendesk() -> Iterator[tuple[ZendeskSimulator, dict[str, Any]]]:
    """Zendesk with seven tickets on pages of three, and the connection it accepts.

    Nobody waits in a test: an answer may take 0.3 s, a page with its retries half a second.
    """
    first = datetime(2026, 10, 2, tzinfo=UTC)
    moments = [first + timedelta(hours=number) for number in range(7)]
    tickets = [
        {
            "id": number,
            "status": "open",
            "created_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "updated_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "generated_timestamp": int(moment.timestamp()),
        }
        for number, moment in enumerate(moments, 1)
    ]
    now = datetime(2026, 11, 2, 8, tzinfo=UTC)
    simulator = ZendeskSimulator(now, {"tickets": tickets})
    simulator.page_size = 3
    extra = {"requests_per_minute": 6000, "timeout_seconds": 0.3, "patience_seconds": 0.45}
    with serve(simulator.app) as url:
        yield simulator, {"host": url, "login": EMAIL, "password": TOKEN, "extra": extra}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("error"), "answered 500"),
        (Fault("html"), "answered 200 with text/html ('Scheduled maintenance') instead of JSON"),
        (Fault("cut"), "the answer was cut off"),
        (Fault("truncated"), "is cut off or not the JSON promised"),
        (Fault("slow", seconds=1), "did not answer within 0.3 s"),
        (Fault("rate_limited"), "answered 429 (too many requests)"),
        (
            Fault("rate_limited", retry_after="3600"),
            "asks to wait 3,600 s, longer than the 0 s one page may take; this window is deferred "
            "and goes on when it is run again after 2026-11-02T09:00:0",
        ),
    ],
    ids=["500", "html", "cut off", "truncated", "slow", "429", "429 told to wait"],
)
def test_a_vendors_fault_names_the_page_and_the_same_command_lands_it_later(
    wellheard: CommandLine,
    zendesk: tuple[ZendeskSimulator, dict[str, Any]],
    fault: Fault,
    said: str,
) -> None:
    simulator, connection = zendesk
    simulator.app.inject(Fault(fault.kind, 1, 1, fault.retry_after, fault.seconds))
    done = wellheard(*TICKETS, AIRFLOW_CONN_ZENDESK=connection)
    code, word = (2, "deferred") if "deferred" in said else (1, "error")
    assert done.code == code
    assert f"{word} {PLACE}" in done.said
    assert said in done.said
    assert TOKEN not in done.said
    assert wellheard.files() == {}

    done = wellheard(*TICKETS, AIRFLOW_CONN_ZENDESK=connection)
    assert done.code == 0, done.said
    assert landed(wellheard) == {"tickets": 7}


def test_a_spent_quota_of_the_day_is_deferred_and_the_next_day_goes_on_where_it_ended(
    wellheard: CommandLine, zendesk: tuple[ZendeskSimulator, dict[str, Any]]
) -> None:
    simulator, connection = zendesk
    extra = connection["extra"] | {"requests_per_day": 4}
    (wellheard.folder / "wellheard.yml").write_text(
        COMPANY.replace("zendesk: {", "zendesk: {history_slice_days: 10, ")
    )
    for code, day, calls in ((2, 2, 4), (0, 3, 3)):
        before = len(simulator.app.calls)
        done = wellheard(
            *TICKETS,
            AIRFLOW_CONN_ZENDESK=connection | {"extra": extra},
            WELLHEARD_TODAY=f"2026-11-0{day}T08:00:00Z",
        )
        assert done.code == code, done.said
        assert len(simulator.app.calls) - before <= calls
        if code == 2:
            assert "deferred zendesk/tickets [2026-10-" in done.said
            assert "Zendesk's quota of 4 requests for the day is spent" in done.said
            assert "run again after 2026-11-03T00:00:00Z" in done.said
            assert "error" not in done.said
    shown = wellheard("lake", "zendesk", WELLHEARD_TODAY="2026-11-03T08:00:00Z").said
    assert "zendesk tickets 4 7 7 7" in shown
    assert "2026-11-01 00:00" in shown
    assert (
        "gap zendesk/users [2026-10-01T00:00:00Z .. 2026-11-01T00:00:00Z): wellheard ingest "
        "zendesk --stream users --window 2026-10-01T00:00:00Z/2026-11-01T00:00:00Z" in shown
    )
    assert wellheard("lake", "--windows").said.count("zendesk tickets [2026-") == 4


def test_a_vendor_that_is_down_is_named_with_its_address(
    wellheard: CommandLine, zendesk: tuple[ZendeskSimulator, dict[str, Any]]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
    done = wellheard(*TICKETS, AIRFLOW_CONN_ZENDESK=zendesk[1] | {"host": nobody})
    assert done.code == 1
    assert f"nothing answers at {nobody}" in done.said
    assert "check the host of connection 'zendesk' and the network" in done.said
    assert wellheard.files() == {}


def test_wrong_credentials_name_the_connection_and_not_the_token(
    wellheard: CommandLine, zendesk: tuple[ZendeskSimulator, dict[str, Any]]
) -> None:
    done = wellheard(*TICKETS, AIRFLOW_CONN_ZENDESK=zendesk[1] | {"password": "s3cret-wrong"})
    assert done.code == 1
    assert "refused the credentials (401)" in done.said
    assert "connection 'zendesk'" in done.said
    assert "AIRFLOW_CONN_ZENDESK" in done.said
    assert "s3cret-wrong" not in done.said
    assert wellheard.files() == {}


def test_missing_credentials_say_where_to_put_them(wellheard: CommandLine) -> None:
    done = wellheard(*TICKETS)
    assert done.code == 1
    assert "connection 'zendesk' is not set: add it in Airflow" in done.said
    assert "AIRFLOW_CONN_ZENDESK" in done.said
    assert wellheard.files() == {}


_MAIN = [sys.executable, "-c", "from wellheard.cli import app; app()"]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_a_landing_that_is_stopped_shows_nothing_and_the_next_finishes_it(
    wellheard: CommandLine, zendesk: tuple[ZendeskSimulator, dict[str, Any]], sign: signal.Signals
) -> None:
    simulator, connection = zendesk
    patient = connection | {"extra": {"requests_per_minute": 6000}}
    simulator.app.inject(Fault("slow", 1, 1, seconds=60))
    with subprocess.Popen(
        [*_MAIN, *TICKETS],
        env={**os.environ, **wellheard.environment(AIRFLOW_CONN_ZENDESK=patient)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        deadline = time.monotonic() + 60
        while len(simulator.app.calls) < 2:
            assert process.poll() is None, "it ended by itself"
            assert time.monotonic() < deadline, "the second page was never asked for"
            time.sleep(0.02)
        process.send_signal(sign)
        said = process.communicate(timeout=30)[0]
    assert "Traceback" not in said
    if sign == signal.SIGINT:
        assert process.returncode == 130
        assert "interrupted; what was finished is kept, run the command again" in said
        assert wellheard.files() == {}
    assert landed(wellheard) == {}

    assert wellheard(*TICKETS, AIRFLOW_CONN_ZENDESK=connection).code == 0
    assert landed(wellheard) == {"tickets": 7}
    assert sum(name.endswith(".parquet") for name in wellheard.files()) == 1


# --- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"id,when\nr1,15/10/2026\n",
            ["october.csv: there is no column 'score'", "the file has 'id', 'when'"],
        ),
        (b"id,when,score\nr1,2026-10-15,9\n", ["october.csv: line 2", "2026-10-15", "%d/%m/%Y"]),
        ("id,when,score\nGröße,15/10/2026,9\n".encode("latin-1"), ["line 2", "encoding: "]),
        (b"", ["october.csv", "empty"]),
    ],
    ids=["missing column", "wrong date", "latin-1", "empty"],
)
def test_a_file_with_a_fault_is_told_by_name_and_lands_once_it_is_mended(
    wellheard: CommandLine, content: bytes, words: list[str]
) -> None:
    path = wellheard.folder / "drops" / "october.csv"
    good = path.read_bytes()
    path.write_bytes(content)
    done = wellheard(*DROPS)
    assert done.code == 1
    assert "error drops/nps [2026-10-01T00:00:00Z .. 2026-11-01T00:00:00Z)" in done.said
    assert [word for word in words if word not in done.said] == [], done.said
    assert wellheard.files() == {}

    path.write_bytes(good)
    assert wellheard(*DROPS).code == 0
    assert landed(wellheard) == {"nps": 1}


def test_a_byte_order_mark_is_no_fault(wellheard: CommandLine) -> None:
    path = wellheard.folder / "drops" / "october.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert wellheard(*DROPS).code == 0
    assert landed(wellheard) == {"nps": 1}
