"""Delivering when processes die or run at once: at most one message per recipient all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from delivery_world import ALL_ACCEPTED, TEAM, World, by_state, make_edition
from mail_servers import PostOffice

MakeOffice = Callable[..., PostOffice]


def _start(world: World, port: int, ledger_url: str) -> subprocess.Popen[str]:
    """A delivering process that waits for a line on its input before it starts."""
    here = Path(__file__).parent
    process = subprocess.Popen(
        [sys.executable, here / "deliver_process.py", world.root, str(port), ledger_url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def _go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def _finish(process: subprocess.Popen[str]) -> str:
    output = process.communicate(timeout=60)[0]
    assert process.returncode == 0, output
    return output


def test_two_processes_at_once_send_each_message_exactly_once(
    on_ledger: World, post_office: MakeOffice
) -> None:
    office = post_office()
    make_edition(on_ledger.root)
    url = on_ledger.settings.ledger
    processes = [_start(on_ledger, office.port, url) for _ in range(2)]
    for process in processes:
        _go(process)
    outputs = [_finish(process) for process in processes]
    assert sorted(office.recipients) == sorted(TEAM)
    for recipient in TEAM:
        lines = [f"{recipient} accepted {sent}" in out for out in outputs for sent in (True, False)]
        assert sum(lines) == 2, "both say accepted"
    assert on_ledger.states() == ALL_ACCEPTED


def test_killed_between_claim_and_sending_the_message_is_unknown(
    on_ledger: World, post_office: MakeOffice
) -> None:
    victim: list[int] = []

    def kill() -> str:
        os.kill(victim[0], signal.SIGKILL)
        return "250 OK"

    office, edition = post_office(at_sender=kill), make_edition(on_ledger.root)
    process = _start(on_ledger, office.port, on_ledger.settings.ledger)
    victim.append(process.pid)
    _go(process)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert on_ledger.states() == {TEAM[0]: "claimed"}
    office.at_sender = None
    done = on_ledger.deliver(edition, office.port)
    assert by_state(done) == on_ledger.states() == {**ALL_ACCEPTED, TEAM[0]: "unknown"}
    assert office.recipients == TEAM[1:]


def test_killed_between_sending_and_acknowledgement_the_message_is_unknown_and_arrived_once(
    on_ledger: World, post_office: MakeOffice
) -> None:
    victim: list[int] = []

    def kill() -> str:
        os.kill(victim[0], signal.SIGKILL)
        return "250 queued"

    office, edition = post_office(at_data={TEAM[1]: kill}), make_edition(on_ledger.root)
    process = _start(on_ledger, office.port, on_ledger.settings.ledger)
    victim.append(process.pid)
    _go(process)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert on_ledger.states() == {TEAM[0]: "accepted", TEAM[1]: "claimed"}
    office.at_data.clear()
    for _ in range(2):
        done = on_ledger.deliver(edition, office.port)
        assert by_state(done) == on_ledger.states() == {**ALL_ACCEPTED, TEAM[1]: "unknown"}
    assert sorted(office.recipients) == sorted(TEAM)
