"""The documented file source works as written, and on real survey and service-desk files."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from file_world import make_file_world

from wellheard.ingest import configured, ingest
from wellheard.lake import as_lake
from wellheard.periods import Window
from wellheard.settings import PROJECT, Settings
from wellheard.sources.file_mapping import CONTRACTS, StreamMapping

EXAMPLE = PROJECT / "examples" / "file_source"
SHARED = PROJECT.parent / "shared"
SEPTEMBER = Window.parse("2026-09-01/2026-10-01")


def _payloads(settings: Settings, source: str, stream: str) -> list[dict[str, Any]]:
    lake = as_lake(settings)
    return [
        json.loads(row["payload"])
        for manifest in lake.manifests(source, stream)
        for path in lake.local_paths(manifest)
        for row in pq.read_table(path, partitioning=None).to_pylist()
    ]


def test_the_example_lands_every_row_of_every_stream(tmp_path: Path) -> None:
    settings = Settings(company_dir=EXAMPLE, var=tmp_path / "var")
    manifests = ingest(
        settings,
        "store_visits",
        SEPTEMBER,
        connection=None,
        extracted_at=datetime(2026, 11, 2, tzinfo=UTC),
        progress=lambda line: None,
    )
    assert [(m.stream, m.landed, m.distinct, len(m.inputs)) for m in manifests] == [
        ("recommend", 54, 54, 2),
        ("ease", 54, 54, 2),
        ("visits", 54, 54, 2),
    ]
    answers = _payloads(settings, "store_visits", "recommend")
    assert {a["language"] for a in answers} == {"en", "cy", "de"}
    assert {a["touchpoint"] for a in answers} == {"store_visit"}
    assert None in {a["score"] for a in answers}  # the export's 99
    assert 99 not in {a["score"] for a in answers}
    assert any("für" in (a["comment"] or "") for a in answers)
    assert all(a["responded_at"].startswith("2026-") for a in answers)


def test_the_examples_questions_are_what_its_mapping_calls_them() -> None:
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    block = readme.split("```csv\n")[1].split("```")[0]
    questions = {
        (row["source"], row["survey_id"], row["question_id"])
        for row in csv.DictReader(block.splitlines())
    }
    found = configured(Settings(company_dir=EXAMPLE), "store_visits")
    from wellheard.sources.file_mapping import load

    mapped = {
        (found.name, stream.constants["survey_id"], stream.constants["question_id"])
        for stream in load(EXAMPLE / "mapping.yml").streams.values()
        if stream.contract == "feedback"
    }
    assert mapped == questions
    header = (PROJECT / "dbt_project" / "seeds" / "survey_questions.csv").read_text().split("\n")[0]
    assert block.split("\n")[0] == header


def test_every_key_of_a_mapping_is_documented() -> None:
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    for key in StreamMapping.model_fields:
        assert f"`{key}`" in readme, key
    for contract in CONTRACTS:
        assert f"`{contract}`" in readme, contract


NPS = """
    streams:
      nps:
        contract: feedback
        files: drops/*.csv.gz
        id: response_id
        columns:
          response_id: response_id
          score: NPS_SCORE
          responded_at: CUSTOMER_RESPONSE_DATE
          journey_stage: SURVEY_SUB_TYPE
          comment: text
        dates: {responded_at: {format: "%d/%m/%Y %H:%M", zone: Europe/London}}
        constants: {survey_id: transactional, question_id: nps}
"""


@pytest.mark.skipif(
    not (SHARED / "data" / "telecom_nps.csv.gz").exists(), reason="needs ../shared/data"
)
def test_a_real_export_keeps_every_answer_and_counts_its_blanks(tmp_path: Path) -> None:
    world = make_file_world(tmp_path, NPS)
    shutil.copy(SHARED / "data" / "telecom_nps.csv.gz", world.folder / "drops")
    manifest = world.land()
    assert (manifest.sent, manifest.landed, manifest.distinct) == (2385, 2385, 2385)
    records = world.records()
    assert sum(record["score"] is not None for record in records) == 2353
    assert Counter(record["journey_stage"] for record in records)["First Payment"] == 1150
    # 11/04/2018 20:09 is British summer time
    assert records[0]["responded_at"] == "2018-04-11T19:09:00Z"


EVENTS = """
    streams:
      events:
        contract: case_events
        files: drops/case_events.csv
        columns: {case_id: case_id, occurred_at: occurred_at, event: event,
                  actor_role: actor_role, is_public: is_public, value: value}
        dates: {occurred_at: {zone: UTC}}
"""


@pytest.mark.skipif(
    not (SHARED / "truth" / "support" / "case_events.csv").exists(), reason="needs ../shared/truth"
)
def test_real_case_events_without_ids_are_all_kept_in_their_order(tmp_path: Path) -> None:
    world = make_file_world(tmp_path, EVENTS)
    shutil.copy(SHARED / "truth" / "support" / "case_events.csv", world.folder / "drops")
    manifest = world.land()
    assert (manifest.sent, manifest.landed, manifest.distinct) == (8241, 8241, 8241)
    records = world.records()
    assert [record["sequence"] for record in records] == list(range(2, 8243))
    public = Counter(record["is_public"] for record in records)
    assert (public[True], public[False], public[None]) == (2563, 2767, 2911)
