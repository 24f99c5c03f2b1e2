"""Small landings, and processes that die while landing, for the lake's tests."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pyarrow.parquet as pq

from wellheard.lake import Lake, Manifest
from wellheard.periods import Window
from wellheard.sources.base import Page, Record

DAY = Window.parse("2026-10-01/2026-10-02")
NEXT_DAY = Window.parse("2026-10-02/2026-10-03")
SEEN = datetime(2026, 10, 5, 6, tzinfo=UTC)
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def page(number: int, ids: Iterable[str], note: str = "") -> Page:
    """A page of records that carry their id and a note."""
    return Page(
        number,
        [Record(i, NOON, json.dumps({"id": i, "note": note}).encode()) for i in ids],
    )


def land(lake: Lake, ids: Iterable[str], *, window: Window = DAY, note: str = "") -> Manifest:
    """Land one page as zendesk/tickets and return the manifest."""
    with lake.landing("zendesk", "tickets", window, extracted_at=SEEN) as landing:
        landing.add(page(1, ids, note))
        landing.end_signal = True
    assert landing.manifest is not None
    return landing.manifest


def rows(lake: Lake) -> list[dict[str, object]]:
    """Everything a reader of the lake sees, by window and position."""
    return [
        row
        for manifest in lake.manifests()
        for path in lake.local_paths(manifest)
        for row in pq.read_table(path, partitioning=None).to_pylist()
    ]


def visible_ids(lake: Lake) -> list[str]:
    return [str(row["record_id"]) for row in rows(lake)]


def files_below(folder: Path) -> list[str]:
    """All files below a folder, hidden ones too, from that folder."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def listed_files(lake: Lake) -> list[str]:
    """The files a lake of visible landings alone consists of."""
    return sorted(
        f"{m.source}/{m.stream}/window={m.window.key}/{name}"
        for m in lake.manifests()
        for name in ("manifest.json", *(file.name for file in m.files))
    )


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, with this folder importable."""
    here = str(Path(__file__).parent)
    return subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {here!r})\n{dedent(code)}",
            *arguments,
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
