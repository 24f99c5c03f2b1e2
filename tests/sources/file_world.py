"""A company whose one source is a folder of files, for the file source's tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import pyarrow.parquet as pq

from wellheard.ingest import ingest
from wellheard.lake import Manifest, as_lake
from wellheard.periods import Window
from wellheard.settings import Settings

JUNE = Window.parse("2026-06-01/2026-07-01")
JULY = Window.parse("2026-07-01/2026-08-01")
LATER = datetime(2026, 9, 1, tzinfo=UTC)

# A small survey: the columns a test does not care about are constants.
MAPPING = """
    streams:
      nps:
        contract: feedback
        files: drops/*.csv
        id: id
        columns: {response_id: id, score: score, responded_at: when, comment: text}
        dates: {responded_at: {format: "%d/%m/%Y %H:%M", zone: Europe/London}}
        missing: {score: ["99"]}
        constants: {survey_id: relationship, question_id: nps}
"""
HEADER = "id,when,score,text\n"
ROW = "r1,15/06/2026 10:30,9,Good\n"


@dataclass(frozen=True)
class FileWorld:
    """A company folder with `mapping.yml` and `drops/`, and its lake."""

    folder: Path
    settings: Settings

    def map(self, text: str) -> None:
        (self.folder / "mapping.yml").write_text(dedent(text), encoding="utf-8")

    def drop(self, name: str, content: str | bytes) -> Path:
        path = self.folder / "drops" / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def land(self, window: Window = JUNE, stream: str | None = None) -> Manifest:
        """Land a window of the stream named (the only one otherwise)."""
        (manifest,) = ingest(
            self.settings,
            "drops",
            window,
            connection=None,
            extracted_at=LATER,
            streams=None if stream is None else [stream],
            progress=lambda line: None,
        )
        return manifest

    def rows(self) -> list[dict[str, Any]]:
        lake = as_lake(self.settings)
        return [
            row
            for manifest in lake.manifests()
            for path in lake.local_paths(manifest)
            for row in pq.read_table(path, partitioning=None).to_pylist()
        ]

    def records(self) -> list[dict[str, Any]]:
        """Every landed record's payload, in the order landed."""
        return [json.loads(row["payload"]) for row in self.rows()]

    def contract_columns(self) -> list[dict[str, Any]]:
        """The payloads without the raw row and its place, and without nulls."""
        return [
            {k: v for k, v in record.items() if not k.startswith("_") and v is not None}
            for record in self.records()
        ]

    def lake_files(self) -> list[str]:
        lake = self.settings.var / "lake"
        return sorted(str(p.relative_to(lake)) for p in lake.rglob("*") if p.is_file())


def make_file_world(tmp_path: Path, mapping: str = MAPPING) -> FileWorld:
    folder = tmp_path / "a company"
    (folder / "drops").mkdir(parents=True)
    (folder / "wellheard.yml").write_text(
        "company: Testers\n"
        "reporting_zone: Europe/London\n"
        "sources:\n"
        "  drops: {kind: file, mapping: mapping.yml, history_start: 2026-06-01}\n"
    )
    world = FileWorld(folder, Settings(company_dir=folder, var=tmp_path / "var"))
    world.map(mapping)
    return world
