"""Whether Qualtrics exports JSON or CSV, the same responses become the same contract rows."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from wellheard import ingest, warehouse, warehouse_file
from wellheard.demo.simulators.qualtrics import QualtricsSimulator
from wellheard.demo.simulators.serving import serve
from wellheard.periods import Window
from wellheard.settings import PROJECT, Settings

SOURCES = {"from_json": {"format": "json"}, "from_csv": {"format": "csv"}}
FAST = {"requests_per_minute": 600_000, "requests_per_day": 10_000_000}


@pytest.fixture(scope="module")
def fixture() -> dict[str, Any]:
    text = (PROJECT / "tests" / "fixtures" / "qualtrics.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@pytest.fixture(scope="module")
def settings(fixture: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One account, landed twice: as a source that asks for JSON and as one that asks for CSV."""
    folder = tmp_path_factory.mktemp("formats")
    company = {
        "company": "Formats",
        "reporting_zone": "Europe/London",
        "sources": {
            name: {"kind": "qualtrics", "history_start": "2026-09-01", **options}
            for name, options in SOURCES.items()
        },
    }
    shutil.copytree(PROJECT / "dbt_project" / "seeds", folder / "company" / "seeds")
    (folder / "company" / "wellheard.yml").write_text(yaml.safe_dump(company))
    seed = folder / "company" / "seeds" / "survey_questions.csv"
    columns = seed.read_text(encoding="utf-8").splitlines()[0].split(",")
    with seed.open("a", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, columns, lineterminator="\n")
        for source in SOURCES:
            for row in fixture["seeds"]["survey_questions"]:
                rows.writerow({"reversed": "false", **row, "source": source})
    made = Settings(var=folder / "var", company_dir=folder / "company")
    now = datetime.fromisoformat(fixture["now"])
    simulator = QualtricsSimulator(now, fixture["records"])
    with serve(simulator.app) as url:
        for source in SOURCES:
            ingest.ingest(
                made,
                source,
                Window.parse(fixture["window"]),
                connection=replace(simulator.connection(url), extra=FAST),
                extracted_at=now,
                progress=lambda line: None,
            )
    warehouse.build(made, progress=lambda line: None)
    return made


def rows_of(settings: Settings, table: str, source: str) -> list[dict[str, Any]]:
    """The rows of a source, free of the source's own name and of hashes of it."""
    with warehouse_file.connect(settings) as connection:
        result = connection.execute(f"select * from {table} where source = ?", [source])
        names = [column[0] for column in result.description]
        found = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    plain = [
        {
            key: str(value).replace(source, "SOURCE")
            for key, value in row.items()
            if not key.endswith("_hash")
        }
        for row in found
    ]
    return sorted(plain, key=json.dumps)


@pytest.mark.dbt
@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("contracts.feedback", "feedback"),
        ("contracts.comments", "comments"),
        ("contracts.invitations", "invitations"),
        ("contracts.quarantine", "quarantine"),
        ("restricted.customer_identities", None),
    ],
)
def test_json_and_csv_of_the_same_responses_become_the_same_rows(
    settings: Settings, fixture: dict[str, Any], table: str, key: str | None
) -> None:
    from_json = rows_of(settings, table, "from_json")
    assert from_json == rows_of(settings, table, "from_csv")
    assert len(from_json) == (len(fixture["contracts"][key]) if key else 1)


def test_the_two_sources_really_landed_different_files(settings: Settings) -> None:
    lake = Path(settings.var) / "lake"
    assert {path.name for path in lake.iterdir() if path.is_dir()} == set(SOURCES)
    with warehouse_file.connect(settings) as connection:
        found = connection.execute(
            "select source, bool_and(payload like '{\"responseId\"%') "
            "from raw.qualtrics__responses group by source"
        ).fetchall()
    assert dict(found) == {"from_json": True, "from_csv": False}
