"""A small company with a dbt project of three files, for building warehouses in seconds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from wellheard.lake import Lake
from wellheard.periods import Window
from wellheard.settings import Settings
from wellheard.sources.base import Page, Record
from wellheard.sources.zendesk import STREAMS as ZENDESK
from wellheard.warehouse import Build

EXTRACTED_AT = datetime(2026, 11, 2, 6, tzinfo=UTC)
OCTOBER = Window.parse("2026-10-01/2026-11-01")

_PROJECT = {
    "dbt_project.yml": """
name: small
version: 1.0.0
profile: wellheard
seed-paths: ["{{ env_var('WELLHEARD_SEEDS', 'seeds') }}"]
on-run-end: "drop schema if exists touched cascade"
models:
  +materialized: table
flags:
  send_anonymous_usage_stats: false
""",
    "profiles.yml": """
wellheard:
  target: main
  outputs:
    main:
      type: duckdb
      path: "{{ env_var('WELLHEARD_WAREHOUSE') }}"
      threads: 2
""",
    "models/tickets.sql": """
select
    source,
    record_id,
    payload ->> 'subject' as subject,
    '{{ var("reporting_zone") }}' as zone,
    {{ var("minimum_n") }} as minimum_n,
    '{{ env_var("AIRFLOW_CONN_ZENDESK", "absent") }}' as secret,
from raw.zendesk__tickets
""",
    "seeds/survey_questions.csv": "source,survey_id,question_id,metric\ntypeform,pulse,q1,nps\n",
    "seeds/_seeds.yml": """
seeds:
  - name: survey_questions
    columns:
      - name: metric
        data_tests:
          - accepted_values:
              arguments:
                values: [nps, csat, ces]
""",
}


@dataclass(frozen=True)
class Built:
    """A company whose warehouse was built twice: from an empty lake, then from two tickets."""

    settings: Settings
    empty: Build
    build: Build
    steps: list[str]  # what the second build reported


def write_project(folder: Path, files: dict[str, str]) -> None:
    """Write files, path -> content, below the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.lstrip("\n"))


def small_company(folder: Path) -> Settings:
    """Settings of a company with one source (zendesk) and the small dbt project."""
    write_project(folder / "dbt_project", _PROJECT)
    write_project(
        folder,
        {
            "wellheard.yml": """
company: Larkfield
reporting_zone: Europe/London
sources:
  zendesk: {history_start: 2026-10-01}
"""
        },
    )
    return Settings(project=folder, var=folder / "var", company_dir=None, lake_url=None)


def land_tickets(
    settings: Settings,
    subjects: Sequence[str],
    *,
    window: Window = OCTOBER,
    streams: Sequence[str] = tuple(stream.name for stream in ZENDESK),
    lake: Lake | None = None,
) -> None:
    """Land tickets 1, 2, ... with these subjects, and nothing in the other streams."""
    lake = lake or Lake(settings.lake)
    for stream in streams:
        records = [
            Record(str(number), window.start, json.dumps({"subject": subject}).encode())
            for number, subject in enumerate(subjects, 1)
            if stream == "tickets"
        ]
        with lake.landing("zendesk", stream, window, extracted_at=EXTRACTED_AT) as landing:
            landing.add(Page(number=1, records=records))
