"""The warehouse: one DuckDB file, written by one `dbt build` at a time, read by anyone.

A build is made aside, in `var/building-*/`, and renamed over `var/warehouse.duckdb` when dbt has
finished without an error. Killed at any point, the old warehouse stays as it was. It starts from a
copy of that one and touches what landed since, where that makes the same (wellheard.increments).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from wellheard import (
    __version__,
    build_inputs,
    dbt_failures,
    dbt_process,
    increments,
    raw_schema,
    seeds,
)
from wellheard.errors import BuildError, ConfigError, WarehouseLocked, WellheardError
from wellheard.settings import Settings
from wellheard.warehouse_file import connect, first_line, refuse_foreign_writer, writing

if TYPE_CHECKING:
    import duckdb

    from wellheard.lake import Lake

_ATTEMPTS = 3
_FAILED_BUILD = "failed-build"
# Unit tests prove the logic, not the data: the test suite runs them.
_DBT_BUILD = ("build", "--exclude-resource-type", "unit_test", "--log-level-file", "debug")
# An increment has the very seeds and views of the build it goes on from. Tests of its tables that
# look at those too, and tests of its views, run. What fails is told by a build in full, with a log.
_DBT_INCREMENT = (
    "--indirect-selection", "empty",
    "--exclude", "path:seeds", "path:tests/seeds", "config.materialized:view",
    "--log-level-file", "none", "--no-write-json", "--no-populate-cache",
)  # fmt: skip


@dataclass(frozen=True)
class Build:
    """One finished dbt run.

    `folder` keeps build.json and dbt's run_results.json, and whatever belongs to this build
    (verdict, Data Docs). `watermarks`: how far each source is complete (UTC), None if not at all.
    """

    id: str
    inputs_sha256: str
    folder: Path
    watermarks: dict[str, datetime | None] = field(default_factory=dict)


def build(
    settings: Settings,
    *,
    progress: Callable[[str], None] = lambda line: None,
    force: bool = False,
    full: bool = False,
    today: date | None = None,
) -> Build:
    """Build the warehouse from everything the lake shows, and return the build.

    The same inputs have the same build id; if the warehouse already holds that build, it is
    returned without running dbt, unless `force` or `full`. `full` makes everything anew, where a
    build otherwise goes on from the warehouse there is if it can; both make the same tables. The
    company's files are checked before anything is built, their dates against `today`.
    Raises WarehouseLocked while another process writes the warehouse, BuildError naming what failed
    and where to look, ConfigError and LandingError for inputs that cannot be read.
    """
    with writing(settings):
        _sweep(settings)
        refuse_foreign_writer(settings)
        from wellheard.lake import as_lake

        lake = as_lake(settings)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                inputs = raw_schema.collect(settings, lake)
            except ConfigError:
                seeds.check(settings, today=today)  # tells it with all else that is wrong there
                raise
            digest = build_inputs.digest(settings, inputs)
            if not (force or full) and (finished := _finished(settings, digest)) is not None:
                progress(f"build {finished.id} is up to date")
                return finished
            try:
                finished = _make(settings, lake, inputs, digest, progress, full=full, today=today)
            except BuildError:
                # A window landed again while dbt was reading removes the files it replaced.
                now = build_inputs.digest(settings, raw_schema.collect(settings, lake))
                if attempt == _ATTEMPTS or now == digest:
                    raise
                progress("the lake changed while building: starting again")
            else:
                lake.forget_all_but([m for source in inputs for m in source.manifests])
                return finished
    raise AssertionError("unreachable")


def expected_id(settings: Settings) -> str:
    """The id a build of the present inputs has; another than `current`'s says it is out of date."""
    from wellheard.lake import as_lake

    return _id(build_inputs.digest(settings, raw_schema.collect(settings, as_lake(settings))))


def current(settings: Settings) -> Build:
    """The build the warehouse holds.

    Raises WellheardError when there is none, WarehouseLocked when it cannot be read now.
    """
    with connect(settings) as connection:
        return _read_build(settings, connection)


def _make(
    settings: Settings,
    lake: Lake,
    inputs: list[raw_schema.SourceInput],
    digest: str,
    progress: Callable[[str], None],
    *,
    full: bool,
    today: date | None,
) -> Build:
    make = partial(_make_aside, settings, lake, inputs, digest, progress, today=today)
    why = ""
    if not full and settings.warehouse.exists():
        try:
            return make(go_on=True)
        except increments.InFullError as reason:
            why = str(reason)
        except BuildError:
            # What is wrong is told by a build that owes nothing to the one before.
            why = "the increment failed"
    return make(go_on=False, in_full_because=why)


def _make_aside(
    settings: Settings,
    lake: Lake,
    inputs: list[raw_schema.SourceInput],
    digest: str,
    progress: Callable[[str], None],
    *,
    go_on: bool,
    today: date | None,
    in_full_because: str = "",
) -> Build:
    build_id = _id(digest)
    folder = settings.builds / build_id
    try:
        work = Path(mkdtemp(prefix="building-", dir=settings.var))
    except OSError as error:
        raise _unwritable(settings, build_id, error.strerror or str(error)) from None
    try:
        # The same file name: DuckDB names the catalog after it, and views keep that name.
        aside = work / settings.warehouse.name
        known, before = _known(settings, inputs) if go_on else (None, None)

        def make_ready() -> None:
            seeds.check(settings, today=today)
            if in_full_because:
                progress(f"building in full: {in_full_because}")
            folder.mkdir(parents=True, exist_ok=True)
            if go_on:
                increments.copy(settings.warehouse, aside)
            _write_raw(settings, aside, lake, inputs, build_id, digest, known)
            landings = sum(len(s.manifests) for s in inputs)
            since = f", {landings - len(known)} of them new" if known is not None else ""
            progress(f"build {build_id}: {landings} landings{since}")

        outcome = dbt_process.run(
            [*_DBT_BUILD, *(_DBT_INCREMENT if go_on else [])],
            project=build_inputs.stage_project(settings, work, {s.kind for s in inputs}),
            work=work,
            variables={
                "reporting_zone": settings.company.reporting_zone,
                "minimum_n": settings.company.minimum_n,
            },
            environment={
                "WELLHEARD_WAREHOUSE": aside.name,  # in dbt's working folder
                "WELLHEARD_WAREHOUSE_BEFORE": str(settings.warehouse),
                "WELLHEARD_INCREMENT": "1" if go_on else "",
                "WELLHEARD_SEEDS": "seeds",
            },
            parsed=before / dbt_process.PARSED if before else None,
            progress=progress,
            meanwhile=make_ready,
        )
        if outcome.no_room:
            # Nothing of it can be trusted to be whole, and keeping it would keep the disk full.
            raise _unwritable(settings, build_id, outcome.no_room)
        _keep(outcome.target / "run_results.json", folder)
        if not outcome.succeeded:
            raise _failed(settings, work, aside, build_id, outcome)
        finished = Build(build_id, digest, folder, {s.name: s.watermark for s in inputs})
        _write_json(folder / "build.json", _described(finished))
        if before:
            (before / dbt_process.PARSED).unlink(missing_ok=True)
        _keep(outcome.target / dbt_process.PARSED, folder)
        # The gate's word on an earlier warehouse of this id is none on the one now put in place.
        (folder / "verdict.json").unlink(missing_ok=True)
        _replace_warehouse(settings, aside, folder)
        return finished
    except OSError as error:
        raise _unwritable(settings, build_id, error.strerror or str(error)) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _known(settings: Settings, inputs: list[raw_schema.SourceInput]) -> tuple[frozenset[str], Path]:
    """The fingerprints of the warehouse's landings, and its build's folder.

    Raises InFullError if it cannot be gone on from.
    """
    try:
        with connect(settings) as connection:
            known = increments.known_landings(connection, inputs, build_inputs.recipe(settings))
            folder = _read_build(settings, connection).folder
            increments.check_seal(settings.warehouse, folder)
    except WarehouseLocked:
        raise
    except WellheardError as error:
        raise increments.InFullError(str(error)) from None
    return known, folder


def _write_raw(
    settings: Settings,
    aside: Path,
    lake: Lake,
    inputs: list[raw_schema.SourceInput],
    build_id: str,
    digest: str,
    known: frozenset[str] | None,
) -> None:
    import duckdb

    try:
        # The pinned DuckDB's format: to compress into the oldest one takes three times as long.
        with duckdb.connect(
            str(aside), config={"storage_compatibility_version": "latest"}
        ) as connection:
            connection.execute("set TimeZone = 'UTC'")
            raw_schema.write(
                connection,
                lake,
                inputs,
                build_id=build_id,
                inputs_sha256=digest,
                recipe_sha256=build_inputs.recipe(settings),
                known=known,
            )
    except duckdb.Error as error:
        if said := dbt_process.said_of_no_room(str(error)):
            raise _unwritable(settings, build_id, said) from None
        raise BuildError(
            f"build {build_id} failed while reading the landings: {first_line(error)}; "
            "a damaged landing is mended by landing its window again"
        ) from None


def _sweep(settings: Settings) -> None:
    """Remove what killed builds left; the lock is held, so nobody works there."""
    for left in [*settings.var.glob("building-*"), settings.var / _FAILED_BUILD]:
        shutil.rmtree(left, ignore_errors=True)


def _finished(settings: Settings, digest: str) -> Build | None:
    """The warehouse's build if it was made from these very inputs."""
    try:
        build = current(settings)
    except WarehouseLocked:
        raise
    except WellheardError:
        return None
    return build if build.inputs_sha256 == digest and build.folder.is_dir() else None


def _read_build(settings: Settings, connection: duckdb.DuckDBPyConnection) -> Build:
    import duckdb

    try:
        row = connection.execute("select build_id, inputs_sha256 from raw.build").fetchone()
        marks = connection.execute("select source, watermark from raw.sources").fetchall()
    except duckdb.CatalogException:
        row = None
    if row is None:
        raise WellheardError(
            f"{settings.warehouse} holds no finished build: remove it and run `wellheard build`"
        )
    watermarks = {
        source: mark.astimezone(UTC) if mark is not None else None for source, mark in marks
    }
    return Build(row[0], row[1], settings.builds / row[0], watermarks)


def _id(digest: str) -> str:
    return f"b{digest[:12]}"


def _unwritable(settings: Settings, build_id: str, said: str) -> BuildError:
    free = shutil.disk_usage(settings.var).free
    return BuildError(
        f"build {build_id} failed: {settings.var} cannot be written ({said}); "
        f"{free / 2**20:,.1f} MB were free there when it stopped. The warehouse is as it was "
        "before: make room or mend access, then build again"
    )


def _failed(
    settings: Settings, work: Path, aside: Path, build_id: str, outcome: dbt_process.Outcome
) -> BuildError:
    """The error to raise; what is needed to look into it is kept until the next build."""
    lines = dbt_failures.explain(outcome.target, aside) or outcome.errors
    kept = settings.var / _FAILED_BUILD
    shutil.rmtree(kept, ignore_errors=True)
    work.rename(kept)
    return BuildError(
        "\n".join(
            [
                f"build {build_id} failed; the warehouse is as it was before:",
                *(f"  {line}" for text in lines for line in text.splitlines()),
                f"dbt's log, its queries and the half-made warehouse are in {kept}",
            ]
        )
    )


def _replace_warehouse(settings: Settings, aside: Path, folder: Path) -> None:
    import duckdb

    if Path(f"{aside}.wal").exists():  # dbt's process could not put all into the one file
        try:
            with duckdb.connect(str(aside)) as connection:
                connection.execute("checkpoint")
        except duckdb.IOException as error:
            raise OSError(first_line(error)) from None
    refuse_foreign_writer(settings)
    # A log left by a program that died would be replayed into a file it does not belong to.
    Path(f"{settings.warehouse}.wal").unlink(missing_ok=True)
    increments.seal(aside, folder)
    aside.replace(settings.warehouse)


def _described(build: Build) -> dict[str, object]:
    return {
        "id": build.id,
        "inputs_sha256": build.inputs_sha256,
        "watermarks": {
            name: mark.isoformat() if mark else None for name, mark in build.watermarks.items()
        },
        "wellheard": __version__,
    }


def _write_json(path: Path, content: object) -> None:
    aside = path.with_suffix(".partial")
    aside.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")
    aside.replace(path)


def _keep(path: Path, folder: Path) -> None:
    if path.is_file():
        shutil.copy(path, folder)
