"""The archive of editions: report x period x audience x revision, each written once.

`reports/editions/<report>/<period>/<audience>/r<revision>/` holds `report.pdf`, `data.json`,
`report.html` and `manifest.json`. The same numbers give back the edition that is there, byte for
byte; other numbers are the next revision. Written aside, then renamed. A folder set aside as
`r<revision>.damaged` is no edition any more, but keeps its number: it may have been mailed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from wellheard.durable import sync
from wellheard.errors import ReportError
from wellheard.periods import Period
from wellheard.publication import Publication
from wellheard.report import data, finish, render
from wellheard.report.definitions import Report
from wellheard.report.verify import verify as verify_pdf
from wellheard.settings import Settings

if TYPE_CHECKING:
    from wellheard.audiences import Audience

_REVISION = re.compile(r"r([1-9]\d*)(\.damaged)?")
# Where the numbers come from is not what they are: a later publication, build or gate run with the
# same numbers makes no new revision.
_PROVENANCE = ("publication", "build", "verdict")


class EditionFile(BaseModel):
    """One file of an edition."""

    model_config = ConfigDict(frozen=True)

    sha256: str
    bytes: int


class EditionManifest(BaseModel):
    """The content of an edition's `manifest.json`."""

    model_config = ConfigDict(frozen=True)

    report: str
    period: str
    audience: str
    scope: str
    language: str
    revision: int
    publication: str
    build: str
    verdict: str
    figures: int
    pages: int
    content_sha256: str  # of the data without where it comes from
    data_sha256: str
    files: dict[str, EditionFile]
    wellheard: str


@dataclass(frozen=True)
class Edition:
    """One archived edition."""

    report: str
    period: Period
    audience: str
    revision: int
    folder: Path
    manifest: EditionManifest

    @property
    def pdf(self) -> Path:
        return self.folder / "report.pdf"

    @property
    def data(self) -> Path:
        return self.folder / "data.json"


def make(
    settings: Settings,
    report: Report,
    publication: Publication,
    period: Period,
    audience: Audience,
) -> Edition:
    """Render, verify and archive the edition, or return the one archived with the same numbers.

    Raises ReportError as `data.assemble`, `render.render` and `verify.verify` do, and when the
    archive is damaged or cannot be written; nothing is archived then.
    """
    document = data.assemble(settings, report, publication, period, audience)
    content = _content_digest(document)
    place = _place(settings, report.name, period, audience.name)
    try:
        place.mkdir(parents=True, exist_ok=True)
        with _only_maker(place):
            _remove_unfinished(place)
            previous = _latest(settings, report.name, period, audience.name)
            last = _last_number(place)
            if previous is not None:
                verify(previous)
                # Not when a later one was set aside: whoever was sent that needs a later number.
                if previous.revision == last and previous.manifest.content_sha256 == content:
                    return previous
            rendered = render.render(settings, document)
            count = verify_pdf(rendered.pdf, document)
            return _archive(place, document, rendered, last + 1, content, count)
    except OSError as error:
        raise ReportError(
            f"the edition {report.name} {period} for {audience.name} could not be archived in "
            f"{place}: {error.strerror or error}; what was archived before still is. "
            "Mend the folder (space, permissions) and render again"
        ) from error


def find(
    settings: Settings, report: str, period: Period, audience: str, revision: int | None = None
) -> Edition:
    """An archived edition: the revision named, or the latest.

    Raises ReportError without one, and for the latest when a later one is set aside as damaged.
    """
    place = _place(settings, report, period, audience)
    known = _revisions(place)
    if not known:
        raise ReportError(
            f"there is no edition of {report} {period} for {audience} in {place}: "
            f"run `wellheard render --period {period} --audience {audience}` first"
        )
    if revision is not None and revision not in known:
        raise ReportError(
            f"there is no revision r{revision} in {place}; "
            f"it has {', '.join(f'r{number}' for number in known)}"
        )
    if revision is None and known[-1] < (last := _last_number(place)):
        raise ReportError(
            f"the latest edition in {place} is set aside as r{last}.damaged: "
            f"run `wellheard render --period {period} --audience {audience}` again"
        )
    return _read(place, report, period, audience, revision or known[-1])


def latest(settings: Settings, report: str, period: Period, audience: str) -> Edition:
    """The latest revision. Raises ReportError when there is none."""
    return find(settings, report, period, audience)


def verify(edition: Edition) -> None:
    """Compare every file with its hash. Raises ReportError naming the one missing or changed."""
    for name, expected in edition.manifest.files.items():
        path = edition.folder / name
        if not path.is_file() or _sha256(path.read_bytes()) != expected.sha256:
            raise ReportError(
                f"{path} is missing or is not the file that was archived; restore it from a "
                f"backup, or {_set_aside(edition.folder)} and render again"
            )


def _content_digest(document: dict[str, Any]) -> str:
    content = {key: value for key, value in document.items() if key not in _PROVENANCE}
    content["method"] = {k: v for k, v in document["method"].items() if k != "provenance"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return _sha256(text.encode())


def _archive(
    place: Path,
    document: dict[str, Any],
    rendered: render.Rendered,
    revision: int,
    content: str,
    figures: int,
) -> Edition:
    files = {
        "report.pdf": rendered.pdf,
        "data.json": finish.encoded(document),
        "report.html": rendered.html.encode(),
    }
    manifest = EditionManifest(
        report=document["report"]["name"],
        period=document["period"]["id"],
        audience=document["audience"]["name"],
        scope=document["audience"]["scope"],
        language=document["language"],
        revision=revision,
        publication=document["publication"],
        build=document["build"],
        verdict=document["verdict"]["word"],
        figures=figures,
        pages=finish.page_count(rendered.pdf),
        content_sha256=content,
        data_sha256=_sha256(files["data.json"]),
        files={n: EditionFile(sha256=_sha256(b), bytes=len(b)) for n, b in files.items()},
        wellheard=version("wellheard"),
    )
    aside = place / f".writing-{os.getpid()}"
    try:
        aside.mkdir()
        text = manifest.model_dump_json(indent=2) + "\n"
        for name, content_bytes in {**files, "manifest.json": text.encode()}.items():
            with (aside / name).open("wb") as file:
                file.write(content_bytes)
                file.flush()
                os.fsync(file.fileno())
        sync(aside)
        aside.rename(place / f"r{revision}")
        # The ledger outlives a loss of power, so what it says was mailed must as well; the first
        # edition made the folders above, too.
        for folder in (place, *place.parents[:3]):
            sync(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return _read(place, manifest.report, Period.parse(manifest.period), manifest.audience, revision)


def _place(settings: Settings, report: str, period: Period, audience: str) -> Path:
    return settings.editions / report / str(period) / audience


def _numbered(place: Path) -> list[re.Match[str]]:
    found = [_REVISION.fullmatch(path.name) for path in place.glob("r*")]
    return [match for match in found if match]


def _revisions(place: Path) -> list[int]:
    """The revisions that can be had."""
    return sorted(int(match[1]) for match in _numbered(place) if not match[2])


def _last_number(place: Path) -> int:
    """The highest revision there ever was, set aside as damaged or not; 0 without any."""
    return max((int(match[1]) for match in _numbered(place)), default=0)


def _set_aside(folder: Path) -> str:
    return f"rename {folder} to {folder.name}.damaged"


def _latest(settings: Settings, report: str, period: Period, audience: str) -> Edition | None:
    place = _place(settings, report, period, audience)
    known = _revisions(place)
    return _read(place, report, period, audience, known[-1]) if known else None


def _read(place: Path, report: str, period: Period, audience: str, revision: int) -> Edition:
    folder = place / f"r{revision}"
    try:
        text = (folder / "manifest.json").read_text(encoding="utf-8")
        manifest = EditionManifest.model_validate_json(text)
    except (OSError, ValidationError) as error:
        raise ReportError(
            f"{folder / 'manifest.json'} is unreadable ({str(error).splitlines()[0]}); restore it "
            f"from a backup, or {_set_aside(folder)} and render again"
        ) from None
    return Edition(report, period, audience, revision, folder, manifest)


@contextmanager
def _only_maker(place: Path) -> Iterator[None]:
    """Hold the edition's lock: two processes making the same edition make it once."""
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove_unfinished(place: Path) -> None:
    """Remove what a killed maker left; called under the lock, so nobody is writing it."""
    for path in place.glob(".writing-*"):
        shutil.rmtree(path, ignore_errors=True)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
