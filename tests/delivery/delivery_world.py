"""A small company and made editions to deliver."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wellheard import delivery
from wellheard.audiences import Audience
from wellheard.connections import Connection
from wellheard.delivery import Delivery, open_ledger
from wellheard.periods import Period
from wellheard.report.editions import Edition, EditionFile, EditionManifest
from wellheard.settings import Settings

NOW = datetime(2026, 11, 2, 7, 30, tzinfo=UTC)
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40 + b"\n%%EOF\n"
REPORT, PERIOD = "executive_monthly", "2026-10"
TEAM = ["chief@larkfield.example", "finance@larkfield.example", "service@larkfield.example"]

COMPANY_FILE = """\
company: Larkfield
reporting_zone: Europe/London
sender: Larkfield Insight <insight@larkfield.example>
operators: [data-team@larkfield.example, night-shift@larkfield.example]
"""

DATA: dict[str, Any] = {
    "format": 1,
    "report": {"name": REPORT, "title": "Customer experience"},
    "company": "Larkfield",
    "language": "en",
    "period": {"id": PERIOD, "title": "October 2026"},
    "audience": {"name": "executive_team", "title": "Executive team", "scope": "all"},
    "verdict": {"word": "PASS", "text": "All 41 checks passed.", "warnings": []},
    "headline": {
        "title": "Net Promoter Score rose to +36",
        "deck": "+4.8 pts since September is more than chance would give.",
    },
    "findings": [{"title": "Get help and Onboard are the low points", "text": "", "tone": "worse"}],
    "cards": [
        {
            "label": "Net Promoter Score",
            "value": {"id": "cards/nps/value", "text": "+36"},
            "change_text": "+4.8 pts since Sep",
            "status": "better",
            "interval_text": "95%: +32 to +39",
            "n": {"id": "cards/nps/n", "text": "n = 1,703"},
        },
        {
            "label": "Customer effort score",
            "value": {"id": "cards/ces/value", "text": "n < 5"},
            "change_text": None,
            "status": "too few answers to print",
            "interval_text": None,
            "n": None,
        },
    ],
}


def make_edition(
    root: Path,
    *,
    audience: str = "executive_team",
    revision: int = 1,
    verdict: str = "PASS",
    scope: str = "all",
    language: str = "en",
    pdf: bytes = PDF,
    data: dict[str, Any] | None = None,
) -> Edition:
    """Archive an edition under `root/editions`; `data` replaces keys of the document."""
    document = {**copy.deepcopy(DATA), **(data or {})}
    document["language"] = language
    document["audience"] |= {"name": audience, "scope": scope}
    files = {
        "report.pdf": pdf,
        "data.json": json.dumps(document).encode(),
        "report.html": b"<!doctype html>",
    }
    folder = root / "editions" / REPORT / PERIOD / audience / f"r{revision}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    manifest = EditionManifest(
        report=REPORT,
        period=PERIOD,
        audience=audience,
        scope=scope,
        language=language,
        revision=revision,
        publication="p0123456789ab",
        build="b0123456789ab",
        verdict=verdict,
        figures=4,
        pages=1,
        content_sha256=hashlib.sha256(files["data.json"]).hexdigest(),
        data_sha256=hashlib.sha256(files["data.json"]).hexdigest(),
        files={
            name: EditionFile(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
            for name, content in files.items()
        },
        wellheard="0",
    )
    (folder / "manifest.json").write_text(manifest.model_dump_json())
    return Edition(REPORT, Period.parse(PERIOD), audience, revision, folder, manifest)


def make_settings(root: Path, ledger_url: str | None = None) -> Settings:
    """Settings of a company whose files and state are all below `root`."""
    company = root / "company"
    company.mkdir(exist_ok=True)
    (company / "wellheard.yml").write_text(COMPANY_FILE, encoding="utf-8")
    return Settings(
        company_dir=company, var=root / "var", editions=root / "editions", ledger_url=ledger_url
    )


def team(**changes: Any) -> Audience:
    """The executive team, with whatever fields the test wants otherwise."""
    fields = {"name": "executive_team", "title": "Executive team", "recipients": TEAM}
    return Audience(**{**fields, **changes})


def plain_mail(port: int) -> Connection:
    """The connection of a mail server on loopback without TLS."""
    extra = {"disable_ssl": True, "disable_tls": True, "timeout": 10, "data_timeout": 30}
    return Connection("wellheard_smtp", host="127.0.0.1", port=port, extra=extra)


@dataclass
class World:
    """A company below `root`, and its deliveries."""

    root: Path
    settings: Settings

    def deliver(
        self, edition: Edition, port: int, audience: Audience | None = None, **options: Any
    ) -> list[Delivery]:
        connection = options.pop("connection", None) or plain_mail(port)
        return delivery.deliver(
            self.settings,
            edition,
            audience or team(),
            connection=connection,
            now=NOW,
            **options,
        )

    def states(self) -> dict[str, str]:
        entries = open_ledger(self.settings.ledger).entries()
        return {entry.recipient: entry.state for entry in entries}


def by_state(deliveries: list[Delivery]) -> dict[str, str]:
    return {one.recipient: one.state for one in deliveries}


ALL_ACCEPTED = dict.fromkeys(TEAM, "accepted")
