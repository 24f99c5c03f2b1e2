"""Roundup does not tell an issue's history: it is put together from the landings, day by day."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from wellheard import ingest, warehouse, warehouse_file
from wellheard.demo.simulators.roundup import STAMP, RoundupSimulator
from wellheard.demo.simulators.serving import serve
from wellheard.periods import Window
from wellheard.settings import PROJECT, Settings

pytestmark = pytest.mark.dbt

FIRST = datetime(2026, 10, 1, tzinfo=UTC)
DAY = timedelta(days=1)
# Each day's last state of the one issue, and at what hour it was last active.
DAYS = [("unread", 9), ("chatting", 10), ("chatting", 11), ("resolved", 12), ("chatting", 13)]


def test_a_status_is_told_from_the_first_landing_that_shows_it_and_stays_told(
    tmp_path: Path,
) -> None:
    settings = company(tmp_path)
    simulator = RoundupSimulator(FIRST + 10 * DAY)
    with serve(simulator.app) as url:
        account = simulator.connection(url)
        account = replace(account, extra={"requests_per_minute": 600_000})
        for number, (status, hour) in enumerate(DAYS):
            midnight = FIRST + number * DAY
            moment = midnight + timedelta(hours=hour)
            issue = simulator.made_up("issues", 1, moment)
            created = (FIRST + timedelta(hours=8)).strftime(STAMP)
            changes = {"status": {"id": "1", "name": status}, "creation": created}
            simulator.add("issues", issue | changes)
            ingest.ingest(
                settings,
                "roundup",
                Window(midnight, midnight + DAY),
                connection=account,
                extracted_at=midnight + DAY + timedelta(hours=1),
                progress=lambda line: None,
            )
    warehouse.build(settings, progress=lambda line: None)
    with warehouse_file.connect(settings) as connection:
        told = connection.execute(
            "select event, value, strftime(occurred_at, '%d %H:%M') from contracts.case_events"
            " where source = 'roundup' order by sequence"
        ).fetchall()
    assert told == [
        ("created", None, "01 08:00"),
        ("status", "new", "01 09:00"),
        ("status", "open", "02 10:00"),
        ("status", "solved", "04 12:00"),
        ("status", "open", "05 13:00"),
    ]


def company(folder: Path) -> Settings:
    """A company whose only source is a Roundup tracker."""
    content = {
        "company": "Tracker",
        "reporting_zone": "UTC",
        "sources": {"roundup": {"history_start": FIRST.date()}},
    }
    (folder / "company").mkdir()
    (folder / "company" / "wellheard.yml").write_text(yaml.safe_dump(content, sort_keys=False))
    shutil.copytree(PROJECT / "dbt_project" / "seeds", folder / "company" / "seeds")
    return Settings(var=folder / "var", company_dir=folder / "company")
