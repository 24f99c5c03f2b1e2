"""What `wellheard status` and `wellheard lake` show, as rows of text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from wellheard import coverage, ingest
from wellheard.errors import LandingError, WellheardError
from wellheard.lake import Manifest, as_lake, covered_until, missing
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
        (
            f"Editions in {settings.editions}",
            ["period", "audience", "revision", "verdict", "PDF"],
            _editions(settings),
        ),
        (
            "Deliveries",
            ["period", "audience", "revision", "state", "messages"],
            _told(_sent, settings),
        ),
    ]


@dataclass(frozen=True)
class LakeView:
    """A table of what is landed, and in words: what is missing, which fields changed their type."""

    columns: list[str]
    rows: Rows
    gaps: list[str]
    drift: list[str]


_COUNTS = ["sent", "landed", "distinct", "pages", "first change", "last change"]


def lake(settings: Settings, source: str | None, *, every_window: bool = False) -> LakeView:
    """What is visible of one source or of all, summed up by stream or window by window.

    `distinct` counts a record once per window it came in. Times are UTC.
    """
    streams: dict[tuple[str, str], list[Manifest]] = {}
    for manifest in as_lake(settings).manifests(source):
        streams.setdefault((manifest.source, manifest.stream), []).append(manifest)
    names = [source] if source else list(settings.company.enabled_sources)
    gaps = [line for name in names for line in _gaps(settings, name, streams)]
    drift = [
        f"{m.source}/{m.stream} {m.window}: {one}"
        for manifests in streams.values()
        for m in manifests
        for one in m.drift
    ]
    if every_window:
        rows = [
            [*stream, str(m.window), *_counts([m])] for stream, ms in streams.items() for m in ms
        ]
        return LakeView(["source", "stream", "window", *_COUNTS], rows, gaps, drift)
    rows = [
        [*stream, str(len(ms)), *_counts(ms), _watermark(settings, *stream, ms)]
        for stream, ms in streams.items()
    ]
    columns = ["source", "stream", "windows", *_COUNTS, "complete up to"]
    return LakeView(columns, rows, gaps, drift)


def _counts(manifests: Sequence[Manifest]) -> list[str]:
    totals = [sum(getattr(m, what) for m in manifests) for what in _COUNTS[:4]]
    first = min((m.first_change for m in manifests if m.first_change), default=None)
    last = max((m.last_change for m in manifests if m.last_change), default=None)
    return [*(f"{total:,}" for total in totals), _minute(first), _minute(last)]


def _minute(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "-"


def _watermark(settings: Settings, source: str, stream: str, manifests: Sequence[Manifest]) -> str:
    """Up to where the stream is landed without a gap; of a source no longer there, unknown."""
    if source not in settings.company.sources:
        return "-"
    start = ingest.configured(settings, source).history_start
    return _minute(covered_until(manifests, start))


def _gaps(
    settings: Settings, source: str, landed: Mapping[tuple[str, str], Sequence[Manifest]]
) -> list[str]:
    """What each stream lacks between the history's start and the source's last landed moment."""
    found = ingest.configured(settings, source)
    ends = [m.window.end for (name, _), ms in landed.items() if name == source for m in ms]
    if not ends:
        return [f"{source}: nothing is landed yet: wellheard ingest {source}"]
    lines = []
    for stream in found.streams:
        covered = [m.window for m in landed.get((source, stream.name), ())]
        for gap in missing(covered, found.history_start, max(ends)):
            lines.append(
                f"{source}/{stream.name} {gap}: wellheard ingest {source} --stream {stream.name} "
                f"--window {gap.start:%Y-%m-%dT%H:%M:%SZ}/{gap.end:%Y-%m-%dT%H:%M:%SZ}"
            )
    return lines


def _sources(settings: Settings) -> Rows:
    everything = as_lake(settings)
    rows = []
    for name in settings.company.enabled_sources:
        found = ingest.configured(settings, name)
        try:
            manifests = everything.manifests(name)
        except LandingError as error:
            rows.append([name, found.kind, f"cannot be shown: {error}", "-"])
            continue
        mark = coverage.watermark_of(found, manifests)
        rows.append([name, found.kind, _minute(mark), str(len(manifests))])
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
