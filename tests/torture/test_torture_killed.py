"""kill -9 in mid-page, again in mid-rename, and once more just behind it: the next run finishes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from torture_world import HOUR, NOW, WINDOW, TortureWorld, everything_below

from wellheard.ingest import ingest
from wellheard.lake import Lake
from wellheard.settings import Settings

POINTS = ("mid-page", "mid-rename", "after rename")
SCRIPT = Path(__file__).with_name("killed_runs.py")


@pytest.fixture(scope="module")
def runs() -> Iterator[subprocess.Popen[str]]:
    """Where the runs that are killed have their own processes."""
    with subprocess.Popen(
        [sys.executable, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process


@pytest.mark.case("killed")
def test_a_window_killed_at_any_point_is_finished_by_the_next_run(
    world: TortureWorld, runs: subprocess.Popen[str]
) -> None:
    world.fill()
    settings = _company(world)
    world.folder = settings.var / "lake"
    world.lake = Lake(settings.lake)
    old = world.land_whole()
    seen = everything_below(world.folder)
    world.put(9, WINDOW.start + 10 * HOUR)  # what a new landing holds and the old one does not

    ends = _run(runs, world, settings, *POINTS[:2])
    assert ends == [-signal.SIGKILL] * 2, "it was not killed where it was meant to be"
    assert world.lake.manifests(world.name, world.stream.name) == [old]
    left = everything_below(world.folder)
    assert {name: left[name] for name in seen} == seen, "what was visible is changed"
    assert set(left) > set(seen), "nothing was written when it was killed: too early to tell"

    assert _run(runs, world, settings, POINTS[2]) == [-signal.SIGKILL]
    (half_tidy,) = world.lake.manifests(world.name, world.stream.name)
    world.lake.verify(half_tidy)
    assert world.held[9].id in {row["record_id"] for row in world.rows(half_tidy)}

    (manifest,) = ingest(
        settings,
        world.name,
        WINDOW,
        connection=world.connection,
        extracted_at=NOW,
        streams=[world.stream.name],
        progress=world.said.append,
    )
    world.check(manifest)


def _company(world: TortureWorld) -> Settings:
    folder = world.folder.parent
    company = {
        "company": "Larkfield",
        "reporting_zone": "Europe/London",
        "sources": {world.name: {"history_start": "2026-10-29", **world.simulator.options()}},
    }
    (folder / "wellheard.yml").write_text(yaml.safe_dump(company), encoding="utf-8")
    return Settings(company_dir=folder, var=folder / "var", editions=folder / "editions")


def _run(
    runs: subprocess.Popen[str], world: TortureWorld, settings: Settings, *points: str
) -> list[int]:
    """How runs of the window ended that are killed there, one after the other."""
    assert runs.stdin is not None
    assert runs.stdout is not None
    order: dict[str, Any] = {
        "source": world.name,
        "stream": world.stream.name,
        "window": f"{WINDOW.start.isoformat()}/{WINDOW.end.isoformat()}",
        "connection": asdict(world.connection),
        "extracted_at": NOW.isoformat(),
        "settings": {
            "company_dir": str(settings.company_dir),
            "var": str(settings.var),
            "editions": str(settings.editions),
        },
    }
    ends = []
    for point in points:
        runs.stdin.write(json.dumps({**order, "point": point}) + "\n")
        runs.stdin.flush()
        ends.append(int(runs.stdout.readline()))
    return ends
