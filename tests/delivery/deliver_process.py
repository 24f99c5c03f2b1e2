"""Deliver the executive team's edition in a process of its own, once told to start.

`deliver_process.py ROOT PORT LEDGER_URL` prints `ready` and waits for a line on its input.
"""

from __future__ import annotations

import sys
from pathlib import Path

from delivery_world import NOW, PERIOD, REPORT, make_settings, plain_mail, team

from wellheard.delivery import deliver
from wellheard.periods import Period
from wellheard.report import editions

if __name__ == "__main__":
    root, port, ledger_url = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    settings = make_settings(root, ledger_url)
    edition = editions.latest(settings, REPORT, Period.parse(PERIOD), "executive_team")
    print("ready", flush=True)
    sys.stdin.readline()
    for one in deliver(
        settings,
        edition,
        team(),
        connection=plain_mail(port),
        now=NOW,
        progress=lambda line: print(line, flush=True),
    ):
        print(one.recipient, one.state, one.sent_now, flush=True)
