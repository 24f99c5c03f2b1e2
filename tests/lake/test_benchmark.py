"""The benchmark runs and judges; how fast anything is, no test asks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LAND = Path(__file__).resolve().parents[2] / "benchmarks" / "land_tickets.py"


def test_a_quick_look_lands_every_ticket_it_serves_and_judges_by_the_bare_loop() -> None:
    done = subprocess.run(
        [sys.executable, str(LAND), "--records", "2500", "--rounds", "1", "--large", "0",
         "--alone"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr  # 1: a promise was not kept on this machine
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines if " MB" in line and "x" in line] == [
        "bare",
        "wellheard",
    ]
    assert "ratio to the bare loop" in done.stdout
    assert "kept   peak memory, MB" in done.stdout
