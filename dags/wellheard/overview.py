"""What `wellheard status` and `wellheard lake` show, as rows of text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from wellheard import coverage, ingest
from wellheard.errors import WellheardError
from wellheard.lake import as_lake
from wellheard.settings import Settings

Rows = list[list[str]]
Section = tuple[str, list[str], Rows]


def sections(settings: Settings) -> list[Section]:
    """Sources, build, publication, editions and deliveries, each (title, columns, rows).

    A part that is not there yet has no rows, one that cannot be read says why.
    Raises ConfigError when wellheard.yml cannot be read.
    """
    return [
        ("Sources", ["source", "kind", "complete up to (UTC)", "windows"], _sources(settings)),
        ("Build", ["build", "verdict", "failed checks"], _told(_build, settings)),
        ("Publication", ["publication", "build", "verdict"], _told(_publication, settings)),
        ("Editions", ["period", "audience", "revision", "verdict", "PDF"], _editions(settings)),
        ("Deliveries", ["period", "audience", "revision", "state", "messages"], _sent(settings)),
    ]


def windows(settings: Settings, source: str | None) -> Rows:
    """Every visible window: source, stream, window, sent, landed, distinct, pages."""
    return [
        [m.source, m.stream, str(m.window)]
        + [f"{count:,}" for count in (m.sent, m.landed, m.distinct, m.pages)]
        for m in as_lake(settings).manifests(source)
    ]


def gaps(settings: Settings, source: str | None) -> list[str]:
    """The spans between landings, from each history's start on, in words."""
    lake = as_lake(settings)
    return [
        f"{name}/{stream.name} {gap}: wellheard ingest {name} --stream {stream.name} "
        f"--window {gap.start:%Y-%m-%dT%H:%M:%SZ}/{gap.end:%Y-%m-%dT%H:%M:%SZ}"
        for name in ([source] if source else settings.company.enabled_sources)
        for found in [ingest.configured(settings, name)]
        for stream in found.streams
        for gap in lake.gaps(name, stream.name, found.history_start)
    ]


def _sources(settings: Settings) -> Rows:
    lake = as_lake(settings)
    rows = []
    for name in settings.company.enabled_sources:
        found = ingest.configured(settings, name)
        mark = coverage.watermark(lake, found)
        count = len(lake.manifests(name))
        rows.append([name, found.kind, f"{mark:%Y-%m-%d %H:%M}" if mark else "-", str(count)])
    return rows


def _told(part: Callable[[Settings], Rows], settings: Settings) -> Rows:
    """The part's rows; what keeps it from being shown is told in its place, not taken for none."""
    try:
        return part(settings)
    except WellheardError as error:
        return [[f"cannot be shown: {error}"]]


def _build(settings: Settings) -> Rows:
    from wellheard import gate, warehouse

    if not settings.warehouse.exists():
        return []
    build = warehouse.current(settings)
    try:
        verdict = gate.load_verdict(settings, build)
    except WellheardError:
        return [[build.id, "not checked yet", ""]]
    failed = [check.name for check in verdict.checks if not check.success]
    return [[build.id, verdict.word, ", ".join(failed)]]


def _publication(settings: Settings) -> Rows:
    from wellheard import publication

    if not publication.pointer(settings).exists():
        return []
    newest = publication.latest(settings)
    return [[newest.id, newest.manifest.build_id, newest.manifest.verdict]]


def _editions(settings: Settings) -> Rows:
    rows = []
    for path in sorted(settings.editions.glob("*/*/*/r*/manifest.json")):
        pdf = path.parent / "report.pdf"
        period, audience, revision = path.parts[-4:-1]
        try:
            verdict = str(json.loads(path.read_text(encoding="utf-8"))["verdict"])
        except (OSError, ValueError, KeyError, TypeError):
            verdict = "damaged: its manifest.json cannot be read"
        if revision.endswith(".damaged"):
            verdict = "set aside"
        rows.append([period, audience, revision, verdict, str(pdf)])
    return rows


def _sent(settings: Settings) -> Rows:
    from wellheard.delivery.ledger import open_ledger

    place = settings.ledger.removeprefix("sqlite:///")
    if settings.ledger_url is None and not Path(place).exists():
        return []
    counts = Counter((entry.key, entry.state) for entry in open_ledger(settings.ledger).entries())
    return [
        [key.period, key.audience, f"r{key.revision}", state, str(count)]
        for (key, state), count in sorted(counts.items())
    ]
