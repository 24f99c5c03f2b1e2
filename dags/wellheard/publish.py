"""Freeze the reporting tables of a build that passed the gate.

A publication is a folder `var/publications/<id>/` of Parquet files and a manifest. It is written
aside and renamed, and never changed afterwards; `latest.json` names the newest. Reading one is
`wellheard.publication`, whose `Publication`, `latest` and `load` are offered here as well.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb

from wellheard.durable import sync
from wellheard.errors import Held, PublicationError
from wellheard.gate import Verdict
from wellheard.periods import Period, as_utc
from wellheard.publication import (
    CheckLine,
    Publication,
    PublicationManifest,
    TableFile,
    file_sha256,
    latest,
    load,
    missing_sources,
    open_duckdb,
    pointer,
    quoted,
)
from wellheard.restatements import PRINTED, RESTATEMENTS, write_restatements
from wellheard.settings import Settings

if TYPE_CHECKING:
    from wellheard.warehouse import Build

__all__ = ["Publication", "latest", "load", "publish"]


def publish(
    settings: Settings, build: Build, verdict: Verdict, *, published_at: datetime
) -> Publication:
    """Freeze the warehouse's `reporting.rpt_*` tables, and point `latest.json` at them.

    The same tables as the latest publication's give that publication back, untouched. A month that
    was published complete before and has other numbers now is a row of `rpt_restatements`.

    Raises Held when the verdict is HOLD (listing the failed checks), PublicationError when it is
    about another build, or when the warehouse holds another build.
    """
    _refuse_unfit(build, verdict)
    with _only_publisher(settings.publications):
        _remove_unfinished(settings.publications)
        previous = latest(settings) if pointer(settings).exists() else None
        if previous is not None:
            previous.verify()
        aside = settings.publications / f".writing-{os.getpid()}"
        aside.mkdir()
        try:
            return _freeze(settings, build, verdict, published_at, previous, aside)
        except (OSError, duckdb.IOException) as error:
            raise PublicationError(
                f"build {build.id} could not be published: {error}; "
                f"what was published before still is. Mend {settings.publications} "
                "(space, permissions) and publish again"
            ) from error
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _refuse_unfit(build: Build, verdict: Verdict) -> None:
    if verdict.build_id != build.id:
        raise PublicationError(
            f"the verdict is about build {verdict.build_id}, not {build.id}: "
            "run the gate on the current build"
        )
    if verdict.word == "HOLD":
        failed = "\n".join(f"- {check.name}: {check.message}" for check in verdict.failed)
        raise Held(
            f"build {build.id} is held by the gate and is not published; failed checks:\n{failed}"
        )


def _freeze(
    settings: Settings,
    build: Build,
    verdict: Verdict,
    published_at: datetime,
    previous: Publication | None,
    aside: Path,
) -> Publication:
    tables = _copy_tables(settings.warehouse, build.id, aside)
    watermarks = {source: w and as_utc(w) for source, w in build.watermarks.items()}
    history = _histories(settings, build)
    # Warnings that hang on the hour alone are left out: the same build published again tomorrow
    # is the same publication.
    warned = sorted(check.name for check in verdict.failed if not check.by_the_clock)
    content = {
        "tables": {name: file.sha256 for name, file in tables.items()},
        "watermarks": {s: w and w.isoformat() for s, w in watermarks.items()},
        "history": {s: h.isoformat() for s, h in history.items()},
        "verdict": warned,
    }
    content_sha256 = _digest(content)
    if previous is not None and previous.manifest.content_sha256 == content_sha256:
        return previous

    publication_id = "p" + _digest([content_sha256, previous.id if previous else None])[:12]
    write_restatements(
        aside,
        publication_id=publication_id,
        previous=previous.folder if previous else None,
        complete=_complete_periods(aside, watermarks, history, settings.company.zone),
    )
    for table in (PRINTED, RESTATEMENTS):
        tables[table] = _described(aside / f"{table}.parquet")
    manifest = PublicationManifest(
        id=publication_id,
        build_id=build.id,
        inputs_sha256=build.inputs_sha256,
        content_sha256=content_sha256,
        previous=previous.id if previous else None,
        published_at=as_utc(published_at),
        verdict=verdict.word,
        warnings=[check.message for check in verdict.failed],
        checks=[
            CheckLine.model_validate(check.model_dump(include=set(CheckLine.model_fields)))
            for check in verdict.checks
        ],
        tables=dict(sorted(tables.items())),
        watermarks=watermarks,
        history=history,
        wellheard=version("wellheard"),
    )
    _write(aside / "manifest.json", manifest.model_dump_json(indent=2) + "\n")
    for path in aside.iterdir():
        sync(path)
    _put_in_place(settings, aside, publication_id)
    _write_atomically(pointer(settings), json.dumps({"id": publication_id}) + "\n")
    return load(settings, publication_id)


def _histories(settings: Settings, build: Build) -> dict[str, datetime]:
    sources = settings.company.enabled_sources
    if sources.keys() != build.watermarks.keys():
        raise PublicationError(
            f"{settings.company_file} enables {', '.join(sorted(sources)) or 'no source'}, build "
            f"{build.id} was made from {', '.join(sorted(build.watermarks)) or 'none'}: "
            "run `wellheard build` and the gate again"
        )
    return {
        name: datetime.combine(source.history_start, time(), UTC)
        for name, source in sources.items()
    }


def _put_in_place(settings: Settings, aside: Path, publication_id: str) -> None:
    """Rename the finished folder to its id.

    A folder of that id is there when an earlier publisher died before moving the pointer: it is
    kept when it is whole, for its id says it has the same content.
    """
    folder = settings.publications / publication_id
    if folder.exists():
        try:
            load(settings, publication_id).verify()
            return
        except PublicationError:
            folder.rename(settings.publications / f".writing-damaged-{publication_id}")
    aside.rename(folder)
    sync(settings.publications)


def _copy_tables(warehouse: Path, build_id: str, aside: Path) -> dict[str, TableFile]:
    """Copy every `reporting.rpt_*` table, ordered by all its columns so that bytes repeat."""
    if not warehouse.is_file():
        raise PublicationError(f"{warehouse} does not exist: run `wellheard build` first")
    try:
        connection = open_duckdb(warehouse)
    except duckdb.IOException as error:
        reason = str(error).splitlines()[0]
        raise PublicationError(
            f"{warehouse} cannot be opened: {reason}. "
            "When another process writes it, wait for that process to end and publish again"
        ) from None
    with connection:
        _check_build(connection, build_id)
        names = [
            str(row[0])
            for row in connection.execute(
                "select table_name from information_schema.tables where table_schema = 'reporting'"
                " and table_name like 'rpt\\_%' escape '\\' order by table_name"
            ).fetchall()
        ]
        if "rpt_metrics" not in names:
            raise PublicationError(
                f"build {build_id} has no table reporting.rpt_metrics: run `wellheard build` again"
            )
        files = {}
        for name in names:
            path = aside / f"{name}.parquet"
            connection.execute(
                f'copy (select * from reporting."{name}" order by all) '
                f"to {quoted(path)} (format parquet, compression zstd)"
            )
            files[name] = _described(path)
        return files


def _check_build(connection: duckdb.DuckDBPyConnection, build_id: str) -> None:
    try:
        held: Any = connection.execute("select build_id from raw.build").fetchone()
    except duckdb.CatalogException:
        held = None
    if held is None or held[0] != build_id:
        holds = f"holds build {held[0]}" if held else "does not say which build it holds"
        raise PublicationError(
            f"the warehouse {holds}, not {build_id}: run the gate and publish on the current build"
        )


def _complete_periods(
    aside: Path,
    watermarks: dict[str, datetime | None],
    history: dict[str, datetime],
    zone: ZoneInfo,
) -> list[str]:
    """The months of `rpt_metrics` that every source has covered."""
    metrics = quoted(aside / "rpt_metrics.parquet")
    rows = duckdb.execute(f"select distinct period from read_parquet({metrics})").fetchall()
    periods = sorted(Period.parse(str(row[0])) for row in rows)
    return [str(p) for p in periods if not missing_sources(watermarks, history, p, zone)]


@contextmanager
def _only_publisher(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; a second publisher waits for the first, which takes seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove_unfinished(folder: Path) -> None:
    """Remove what a killed publisher left; called under the lock, so nobody is writing it."""
    for path in folder.glob(".writing-*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _described(path: Path) -> TableFile:
    rows = duckdb.execute(f"select count(*) from read_parquet({quoted(path)})").fetchone()
    assert rows is not None
    return TableFile(rows=rows[0], bytes=path.stat().st_size, sha256=file_sha256(path))


def _write_atomically(path: Path, text: str) -> None:
    aside = path.with_name(f".writing-{path.name}")
    _write(aside, text)
    sync(aside)
    aside.replace(path)
    sync(path.parent)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
