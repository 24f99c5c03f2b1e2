"""What several copies of a ticket tell together, from the API to the contract table."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from wellheard import ingest, warehouse, warehouse_file
from wellheard.demo.simulators.freshdesk import SIMULATOR
from wellheard.demo.simulators.serving import serve
from wellheard.periods import Window
from wellheard.settings import PROJECT, Settings

pytestmark = pytest.mark.dbt

OCTOBER, NOVEMBER, NOW = (
    datetime(2026, 10, 1, tzinfo=UTC),
    datetime(2026, 11, 1, tzinfo=UTC),
    datetime(2026, 11, 20, tzinfo=UTC),
)


def test_every_resolution_a_ticket_ever_showed_counts_and_replies_come_from_its_stats(
    tmp_path: Path,
) -> None:
    """Freshdesk shows the latest resolution and reopening alone; conversations are not read."""
    settings = company(tmp_path)
    api = SIMULATOR(NOW)
    first = api.made_up("tickets", 1, datetime(2026, 10, 2, 9, tzinfo=UTC))
    seen_in_october = {
        "status": 4,
        "updated_at": "2026-10-03T09:00:00Z",
        "stats": first["stats"]
        | {
            "first_responded_at": "2026-10-02T10:00:00Z",
            "agent_responded_at": "2026-10-02T10:00:00Z",
            "resolved_at": "2026-10-03T09:00:00Z",
            "status_updated_at": "2026-10-03T09:00:00Z",
        },
    }
    seen_in_november = {
        "status": 4,
        "updated_at": "2026-11-05T09:00:00Z",
        "stats": seen_in_october["stats"]
        | {
            "agent_responded_at": "2026-11-04T10:00:00Z",
            "reopened_at": "2026-11-04T09:00:00Z",
            "resolved_at": "2026-11-05T09:00:00Z",
            "status_updated_at": "2026-11-05T09:00:00Z",
        },
    }
    with serve(api.app) as url:
        for window, seen in (
            (Window(OCTOBER, NOVEMBER), seen_in_october),
            (Window(NOVEMBER, NOW.replace(day=10)), seen_in_november),
        ):
            api.add("tickets", first | seen)
            ingest.ingest(
                settings,
                "freshdesk",
                window,
                connection=replace(api.connection(url), extra={"requests_per_minute": 60_000}),
                extracted_at=NOW,
                progress=lambda line: None,
            )
        assert not any("conversations" in call.path for call in api.app.calls)
    warehouse.build(settings, progress=lambda line: None)
    with warehouse_file.connect(settings) as connection:
        events = connection.execute(
            "select event, actor_role, value, strftime(occurred_at, '%m-%dT%H') "
            "from contracts.case_events order by occurred_at, sequence"
        ).fetchall()
        case = connection.execute(
            "select count_reopens, count_public_agent_comments, is_one_touch_resolution "
            "from marts.fct_cases"
        ).fetchone()
    assert events == [
        ("created", "customer", None, "10-02T09"),
        ("comment", "agent", None, "10-02T10"),
        ("status", None, "solved", "10-03T09"),
        ("status", None, "open", "11-04T09"),
        ("comment", "agent", None, "11-04T10"),
        ("status", None, "solved", "11-05T09"),
    ]
    assert case == (1, 2, False)


def company(folder: Path) -> Settings:
    (folder / "wellheard.yml").write_text(
        yaml.safe_dump(
            {
                "company": "Larkfield",
                "reporting_zone": "UTC",
                "sources": {"freshdesk": {"history_start": "2026-10-01", "conversations": False}},
            }
        )
    )
    shutil.copytree(PROJECT / "dbt_project" / "seeds", folder / "seeds")
    return Settings(var=folder / "var", company_dir=folder)
