"""The command line: whatever goes wrong is told in words, with the right exit code and no loss.

0 is done, 1 an error, 2 a report that is held or a message that has not arrived.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from cli_company import DROPS
from command_line import CommandLine

from wellheard.demo import run

# --- what is asked for --------------------------------------------------------------------------

MONTHLY = [
    ("render",),
    ("deliver",),
    ("approve", "--audience", "team", "--by", "me"),
    ("resolve", "--audience", "team", "--recipient", "a@b.example", "--outcome", "received",
     "--by", "me"),
]  # fmt: skip
SMTP = {"host": "127.0.0.1", "port": 1}


@pytest.mark.parametrize("command", MONTHLY, ids=lambda c: c[0])
@pytest.mark.parametrize("period", ["2026-13", "2026-00", "October", "2026-1"])
def test_what_is_no_month_is_refused_with_an_example(
    wellheard: CommandLine, command: tuple[str, ...], period: str
) -> None:
    done = wellheard(*command, "--period", period, AIRFLOW_CONN_WELLHEARD_SMTP=SMTP)
    assert done.code == 1
    assert f"period '{period}' is not a month; write year and month as YYYY-MM" in done.said
    assert wellheard.files() == {}


@pytest.mark.parametrize(
    "call", ["", "render", "gate --typo", "forecast", "resolve --outcome maybe --period 2026-10"]
)
def test_a_call_that_is_not_understood_is_an_error_and_no_hold(
    wellheard: CommandLine, call: str
) -> None:
    done = wellheard(*call.split())
    assert done.code == 1
    assert "Usage: " in done.said


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("ingest zendesk --window October", "window 'October' is not understood; write START/END"),
        ("ingest zendesk --window 2026-10-02/2026-10-01", "its start must lie before its end"),
        ("ingest nowhere", "has no source 'nowhere'; known: drops, zendesk"),
        ("ingest drops --stream csat", "source 'drops' has no stream 'csat'; known: nps"),
        ("lake nowhere", "has no source 'nowhere'; known: drops, zendesk"),
        ("render --period 2026-10 --audience board", "audience 'board' is not in"),
        ("render --period 2026-10 --report weekly", "there is no report 'weekly'"),
        ("render --period 2026-10", "there is no publication"),
        ("gate", "there is no warehouse"),
        ("publish", "there is no warehouse"),
        ("approve --period 2026-10 --audience team --by me", "`wellheard render"),
        ("deliver --period 2026-10", "connection 'wellheard_smtp' is not set"),
    ],
)
def test_what_is_not_there_is_told_with_what_there_is_or_what_to_run(
    wellheard: CommandLine, call: str, said: str
) -> None:
    done = wellheard(*call.split())
    assert done.code == 1
    assert said in done.said
    assert wellheard.files() == {}


def test_the_demo_shows_a_path_as_it_is(
    wellheard: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ran(known: Any, say: Any, show: Callable[[run.Outcome], None], *, stay: bool) -> None:
        show(run.Outcome("PASS", [Path("/home/me/[old]/report.pdf")], [Path("[new]/1.eml")], 2.0))

    monkeypatch.setattr(run, "run", ran)
    done = wellheard("demo")
    assert "/home/me/[old]/report.pdf" in done.said
    assert "[new]/1.eml" in done.said


def test_the_doctor_tells_a_connection_that_is_not_set_here_from_one_that_is_wrong(
    wellheard: CommandLine,
) -> None:
    done = wellheard("doctor", "--offline")
    assert "warn source zendesk: its connection is not set here" in done.said
    assert "warn mail: connection wellheard_smtp is not set here" in done.said
    wrong = {"AIRFLOW_CONN_ZENDESK": "{", "AIRFLOW_CONN_WELLHEARD_SMTP": '{"port": "smtp"}'}
    done = wellheard("doctor", "--offline", **wrong)
    assert done.code == 1
    assert "FAIL source zendesk: AIRFLOW_CONN_ZENDESK is not valid JSON" in done.said
    assert "FAIL mail: AIRFLOW_CONN_WELLHEARD_SMTP is not valid JSON" in done.said


def test_before_anything_was_run_the_status_is_empty_and_fine(wellheard: CommandLine) -> None:
    done = wellheard("status")
    assert done.code == 0
    assert done.said.count("none") == 4
    assert wellheard.files() == {}


# --- the machine --------------------------------------------------------------------------------

EVERY_STEP = [
    DROPS,
    ("build",),
    ("gate",),
    ("publish",),
    ("render", "--period", "2026-10"),
    ("deliver", "--period", "2026-10"),
    ("status",),
    ("lake",),
]


@pytest.mark.parametrize("command", EVERY_STEP, ids=lambda c: c[0])
def test_a_state_folder_that_is_a_file_is_told_in_words(
    wellheard: CommandLine, command: tuple[str, ...]
) -> None:
    wellheard.var.write_text("kept")
    done = wellheard(*command, AIRFLOW_CONN_WELLHEARD_SMTP=SMTP)
    if command[0] not in ("status", "lake"):
        assert done.code == 1
        assert "error " in done.said
    assert wellheard.var.read_text() == "kept"


@pytest.mark.parametrize("command", EVERY_STEP, ids=lambda c: c[0])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("company: [", "wellheard.yml is not valid YAML"),
        ("company: Larkfield\nzone: UTC\n", "zone: there is no such key"),
        (None, "wellheard.yml does not exist"),
    ],
    ids=["not yaml", "unknown key", "missing"],
)
def test_a_company_file_that_cannot_be_used_is_named(
    wellheard: CommandLine, command: tuple[str, ...], text: str | None, words: str
) -> None:
    file = wellheard.folder / "wellheard.yml"
    file.unlink() if text is None else file.write_text(text)
    done = wellheard(*command, AIRFLOW_CONN_WELLHEARD_SMTP=SMTP)
    # What needs no word of it finds out that there is nothing to do yet.
    early = {"gate": "no warehouse", "publish": "no warehouse"}
    assert words in done.said or early.get(command[0], words) in done.said
    assert done.code == 1


_HOLDER = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"


def test_a_warehouse_another_program_writes_is_told_and_left_alone(wellheard: CommandLine) -> None:
    wellheard.var.mkdir()
    warehouse = wellheard.var / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table kept as select 1 as one")
    before = warehouse.read_bytes()
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        for command in ("build", "gate", "publish"):
            done = wellheard(command)
            assert done.code == 1, command
            assert f"another program has {warehouse} open for writing" in done.said
        done = wellheard("status")
        assert done.code == 0
        assert "cannot be shown: another program has" in done.said
        holder.kill()
    assert warehouse.read_bytes() == before


_INTERRUPTED_WITHIN_A_QUERY = """
import os, signal, threading
import duckdb
from wellheard.console import told
signal.signal(signal.SIGINT, signal.default_int_handler)
with told():
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    duckdb.sql("select count(*) from range(1000000000000) as r(n) where random() < n").fetchall()
"""


def test_an_interrupt_that_meets_a_query_is_told_as_one() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED_WITHIN_A_QUERY],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "interrupted; what was finished is kept, run the command again" in done.stderr
    assert "Query interrupted" not in done.stderr


def test_a_damaged_archive_does_not_hide_the_rest_of_the_status(wellheard: CommandLine) -> None:
    folder = wellheard.folder / "editions" / "executive_monthly" / "2026-10" / "team" / "r1"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{")
    (wellheard.var / "publications").mkdir(parents=True)
    (wellheard.var / "publications" / "latest.json").write_text("{")
    (wellheard.var / "ledger.sqlite").write_text("no database" * 100)
    assert wellheard(*DROPS).code == 0
    (manifest,) = (wellheard.var / "lake").rglob("manifest.json")
    manifest.write_text("{")
    done = wellheard("status")
    assert done.code == 0
    assert f"drops file cannot be shown: {manifest} is damaged" in done.said
    assert "ledger.sqlite cannot be used: file is not a database" in done.said
    assert "2026-10 team r1 damaged: its manifest.json cannot be read" in done.said
    assert "latest.json is damaged" in done.said
