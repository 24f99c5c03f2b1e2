"""The company the demo runs: the project's own, and its messaging platform as one source more.

The platform leaves its log as files, and where these lie depends on where the demo runs. So the
demo has a folder with a `wellheard.yml` of its own; the other files are links to the project's.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from wellheard.demo import story
from wellheard.demo.requests import COLUMNS
from wellheard.settings import Settings

SOURCE = "messaging"
MAPPING = "messaging.yml"
REPORT = "executive_monthly"
_STREAM = {
    "contract": "invitations",
    "files": "../messaging/requests_*.csv",
    "id": "request",
    "columns": dict(
        zip(
            ("invitation_id", "survey_id", "customer_key", "channel", "sent_at", "outcome"),
            COLUMNS,
            strict=True,
        )
    ),
}


def folder(var: Path) -> Path:
    return var / "company"


def drops(var: Path) -> Path:
    """Where the messaging platform leaves its log."""
    return var / "messaging"


def furnish(own: Settings, var: Path) -> Path:
    """Make the company's folder in `var` from the files of `own`; again, as these are now."""
    place = folder(var)
    place.mkdir(parents=True, exist_ok=True)
    company = yaml.safe_load(own.company_file.read_text(encoding="utf-8"))
    company["sources"][SOURCE] = {
        "kind": "file",
        "mapping": MAPPING,
        "history_start": f"{story.FIRST_MONTH}-01",
    }
    mapping = {"streams": {"requests": _STREAM}}
    for name, content in (("wellheard.yml", company), (MAPPING, mapping)):
        (place / name).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    for name, target in {
        "seeds": own.seeds,
        "labels.yml": own.labels_file,
        "audiences.yml": own.audiences_file(REPORT),
    }.items():
        (place / name).unlink(missing_ok=True)
        if target.exists():
            (place / name).symlink_to(target)
    return place
