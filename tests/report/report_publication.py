"""The made-up company's tables as the publication a report is made from."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import duckdb
import pyarrow as pa
import topic_tables
from report_world import Row, Story, tables

from wellheard.publication import Publication, PublicationManifest
from wellheard.settings import Settings

_TYPES = {
    "n": pa.int64(),
    "previous_n": pa.int64(),
    "same_month_last_year_n": pa.int64(),
    "position": pa.int32(),
    "family_size": pa.int32(),
    "printed_n": pa.int64(),
    "records": pa.int64(),
    "quarantined": pa.int64(),
    "answers": pa.int64(),
    "cases": pa.int64(),
    "suppressed": pa.bool_(),
    "provisional_limits": pa.bool_(),
    "covers_period": pa.bool_(),
    "watermark": pa.timestamp("us", "UTC"),
    "starts_at": pa.timestamp("us", "UTC"),
    "ends_at": pa.timestamp("us", "UTC"),
}
_DOUBLES = {
    "value", "low", "high", "previous", "change", "change_low", "change_high", "p", "p_adjusted",
    "test_weight", "signal_p", "signal_p_adjusted", "signal_weight", "same_month_last_year",
    "target", "limit_low", "limit_high", "centre", "share", "printed_value",
}  # fmt: skip


def _write(rows: list[Row], columns: list[str], path: Path) -> int:
    kinds = {c: _TYPES.get(c) or _kind(c, rows, path.stem) for c in columns}
    table = pa.table({c: pa.array([row[c] for row in rows], kinds[c]) for c in columns})
    assert table.num_rows == len(rows)
    duckdb.from_arrow(table).write_parquet(str(path))
    return len(rows)


def _kind(column: str, rows: list[Row], table: str) -> pa.DataType:
    """The type of a column: by its name, in the newer tables by its values."""
    if column in _DOUBLES:
        return pa.float64()
    if table not in topic_tables.NAMES:
        return pa.string()
    value = next((row[column] for row in rows if row[column] is not None), 0.0)
    kinds: dict[type, pa.DataType] = {bool: pa.bool_(), int: pa.int64(), str: pa.string()}
    return kinds.get(type(value), pa.float64())


def publish(
    settings: Settings, story: Story | None = None, *, name: str = "p0123456789ab"
) -> Publication:
    """Write the publication below `settings.publications` and return it."""
    story = story or Story()
    folder = settings.publications / name
    folder.mkdir(parents=True)
    found = tables(story)
    columns = {
        table: list(rows[0])
        if rows
        else list(tables(Story(topics=topic_tables.Topics()))[table][0])
        for table, rows in found.items()
    }
    if story.edit:
        story.edit(found)
    files = {}
    for table, rows in found.items():
        path = folder / f"{table}.parquet"
        count = _write(rows, columns[table], path)
        data = path.read_bytes()
        files[table] = {
            "rows": count,
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
    failed = [
        {
            "name": name,
            "table": "gate_volume",
            "severity": "warn",
            "success": False,
            "message": message,
            "why": "so that a source that sends half its records is noticed",
        }
        for name, message in story.warnings
    ]
    passed = [
        {
            "name": f"check_{i}",
            "table": "rpt_metrics",
            "severity": "hold",
            "success": True,
            "message": "",
            "why": "because",
        }
        for i in range(24)
    ]
    manifest = PublicationManifest.model_validate(
        {
            "id": name,
            "build_id": "b0123456789ab",
            "inputs_sha256": "0" * 64,
            "content_sha256": "0" * 64,
            "previous": None,
            "published_at": "2026-11-02T06:00:00Z",
            "verdict": story.verdict,
            "warnings": [m for _, m in story.warnings],
            "checks": passed + failed,
            "tables": files,
            "watermarks": dict.fromkeys(("typeform", "zendesk"), "2026-11-02T06:00:00Z"),
            "history": dict.fromkeys(("typeform", "zendesk"), "2025-09-01T00:00:00Z"),
            "wellheard": "0.1.0",
        }
    )
    (folder / "manifest.json").write_text(json.dumps(manifest.model_dump(mode="json")))
    return Publication(name, folder, manifest)
