"""A company with publications of chosen watermarks, and the contexts Airflow hands to tasks."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace

COMPANY = """
company: Larkfield
reporting_zone: Europe/London
operators: [ops@larkfield.example]
report_deadline_days: 5
sources:
  zendesk: {history_start: 2026-01-01}
  typeform: {history_start: 2026-01-01}
"""


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def publish(var, watermarks: dict[str, str | None], publication_id: str = "p000000000001") -> None:
    """A publication without tables, known up to these moments."""
    folder = var / "publications" / publication_id
    folder.mkdir(parents=True)
    manifest = {
        "id": publication_id,
        "build_id": "b",
        "inputs_sha256": "",
        "content_sha256": "",
        "previous": None,
        "published_at": utc("2026-11-02").isoformat(),
        "verdict": "PASS",
        "warnings": [],
        "checks": [],
        "tables": {},
        "watermarks": {
            name: utc(mark).isoformat() if mark else None for name, mark in watermarks.items()
        },
        "history": dict.fromkeys(watermarks, utc("2026-01-01").isoformat()),
        "wellheard": "test",
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (var / "publications" / "latest.json").write_text(json.dumps({"id": publication_id}))


def context(params=None, start=None, end=None, run_type="manual", **more):
    """What a task is told of its run."""
    return {
        "params": params or {},
        "data_interval_start": start,
        "data_interval_end": end,
        "dag_run": SimpleNamespace(dag_id="metrics", run_id="a_run", run_type=run_type),
        **more,
    }
