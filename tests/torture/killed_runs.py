"""Land windows in processes that are killed on the way.

Reads orders, one line of JSON each, and carries each out in a process of its own, forked from this
one so that the libraries are loaded once. Answers each with a line: the exit code, or minus the
signal that killed it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from datetime import datetime
from typing import Any

from wellheard import landing, settings, sources
from wellheard.connections import Connection
from wellheard.ingest import ingest
from wellheard.periods import Window


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def in_mid_page() -> None:
    """Half of a page is on the disk, behind the first records."""
    landing.ROWS_PER_GROUP = 1
    add = landing.Landing.add

    def add_half(self: landing.Landing, page: Any) -> None:
        if self.sent + len(page.records) > 3:
            half = page.records[: (len(page.records) + 1) // 2]
            add(self, type(page)(page.number, half))
            die()
        add(self, page)

    landing.Landing.add = add_half  # type: ignore[method-assign]


def in_mid_rename() -> None:
    """The manifest is written aside and not yet in its place."""
    os.replace = die  # type: ignore[assignment]


def after_rename() -> None:
    """The manifest is in place, and what it replaced is not yet tidied away."""
    replace = os.replace
    os.replace = lambda *a, **k: (replace(*a, **k), die())  # type: ignore[assignment]


POINTS = {"mid-page": in_mid_page, "mid-rename": in_mid_rename, "after rename": after_rename}


def carry_out(order: dict[str, Any]) -> None:
    known = settings.Settings(**order["settings"])
    POINTS[order["point"]]()
    ingest(
        known,
        order["source"],
        Window.parse(order["window"]),
        connection=Connection(**order["connection"]),
        extracted_at=datetime.fromisoformat(order["extracted_at"]),
        streams=[order["stream"]],
        progress=lambda message: None,
    )


def main() -> None:
    import numpy  # noqa: F401  (what the library imports late is loaded once too)
    import pyarrow.parquet  # noqa: F401

    sources.registry()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                carry_out(json.loads(line))
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
