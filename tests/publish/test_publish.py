from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from publishing import LONDON, RESTATED, World, make, rows

from wellheard import publish
from wellheard.errors import PublicationError
from wellheard.gate import Check
from wellheard.periods import Period

Failing = Callable[..., Check]


def test_a_publication_holds_every_reporting_table_and_nothing_else(world: World) -> None:
    made = make(world, world.build())
    assert set(made.manifest.tables) == {
        "rpt_metrics", "rpt_periods", "rpt_printed", "rpt_restatements",
    }  # fmt: skip
    assert made.manifest.tables["rpt_metrics"].rows == 15
    assert rows(made, "select value from rpt_metrics where period = '2026-10' and scope = 'all'"
                      " and metric = 'nps' and dimension = 'all'") == [(24.0,)]  # fmt: skip
    assert publish.latest(world.settings) == made
    assert publish.load(world.settings, made.id) == made


def test_the_manifest_says_where_the_numbers_come_from(world: World, failing: Failing) -> None:
    build = world.build()
    manifest = make(world, build, failing("warn")).manifest
    assert (manifest.build_id, manifest.inputs_sha256) == (build.id, "abc")
    assert manifest.verdict == "WARN"
    assert manifest.warnings == ["2026-10-31: 3 records, 80 to 130 are usual"]
    assert [check.name for check in manifest.checks] == ["volume", "volume of zendesk/tickets"]
    assert manifest.watermarks == {"typeform": world.now, "zendesk": world.now}
    assert manifest.history["zendesk"] == datetime(2025, 9, 1, tzinfo=UTC)
    assert manifest.published_at == world.now


def test_times_come_back_in_utc_whatever_the_machines_zone(world: World) -> None:
    made = make(world, world.build())
    assert rows(made, "select starts_at::varchar from rpt_periods") == [("2026-09-30 23:00:00+00",)]


def test_the_same_build_published_twice_is_the_same_publication(world: World) -> None:
    build = world.build()
    first = make(world, build)
    before = {p: p.stat().st_mtime_ns for p in first.folder.iterdir()}
    world.now += timedelta(days=1)
    assert make(world, build) == first
    assert {p: p.stat().st_mtime_ns for p in first.folder.iterdir()} == before
    assert world.published() == [first.id]


def test_the_order_in_which_rows_were_built_does_not_matter(world: World) -> None:
    first = make(world, world.build())
    world.numbers = dict(reversed(world.numbers.items()))
    assert make(world, world.build("b000000000002")) == first


def test_two_machines_give_one_build_the_same_id(world: World, tmp_path: Path) -> None:
    first = make(world, world.build())
    world.settings.var = tmp_path / "elsewhere"
    second = make(world, world.build())
    assert second.id == first.id
    assert second.folder != first.folder


def test_other_numbers_are_another_publication_that_names_the_one_before(world: World) -> None:
    first = make(world, world.build())
    world.numbers["2026-11", "nps"] = (14, 11.0)
    second = make(world, world.build("b000000000002"))
    assert second.id != first.id
    assert second.manifest.previous == first.id
    assert publish.latest(world.settings) == second
    assert publish.load(world.settings, first.id) == first


def test_a_watermark_that_moved_is_a_new_publication(world: World) -> None:
    first = make(world, world.build())
    world.reached += timedelta(days=1)
    assert make(world, world.build()).id != first.id


def test_a_warning_about_the_data_is_a_new_publication_one_about_the_hour_is_not(
    world: World, failing: Failing
) -> None:
    build = world.build()
    first = make(world, build)
    assert make(world, build, failing("warn", by_the_clock=True)) == first
    warned = make(world, build, failing("warn"))
    assert warned.id != first.id
    assert warned.manifest.verdict == "WARN"


def test_hold_is_refused_with_the_failed_checks_and_leaves_the_latest_alone(
    world: World, failing: Failing
) -> None:
    first = make(world, world.build())
    build = world.build("b000000000002")
    with pytest.raises(PublicationError) as refusal:
        make(world, build, failing("hold"), failing("warn", name="drift", message="more chat"))
    assert "b000000000002 is held" in str(refusal.value)
    assert "volume of zendesk/tickets: 2026-10-31: 3 records, 80 to 130" in str(refusal.value)
    assert publish.latest(world.settings) == first
    assert world.published() == [first.id]


def test_a_verdict_about_another_build_is_refused(world: World) -> None:
    build = world.build()
    other = world.verdict(replace(build, id="b000000000009"))
    with pytest.raises(PublicationError, match="about build b000000000009, not b000000000001"):
        publish.publish(world.settings, build, other, published_at=world.now)


def test_a_warehouse_that_holds_another_build_is_refused(world: World) -> None:
    old = world.build("b000000000001")
    world.build("b000000000002")
    with pytest.raises(PublicationError, match="holds build b000000000002, not b000000000001"):
        make(world, old)
    assert world.published() == []


def test_a_source_enabled_since_the_build_asks_for_a_new_build(world: World) -> None:
    build = world.build()
    world.sources = ("surveymonkey", *world.sources)
    world.write_company()
    with pytest.raises(PublicationError, match=r"enables surveymonkey, .*run `wellheard build`"):
        make(world, build)


def test_no_warehouse_and_no_reporting_tables_say_what_to_run(world: World) -> None:
    build = world.build()
    with duckdb.connect(str(world.settings.warehouse)) as connection:
        connection.execute("drop table reporting.rpt_metrics")
    with pytest.raises(PublicationError, match=r"no table reporting.rpt_metrics: run `wellheard b"):
        make(world, build)
    world.settings.warehouse.unlink()
    with pytest.raises(PublicationError, match="does not exist: run `wellheard build` first"):
        make(world, build)
    assert world.published() == []


def test_a_warehouse_being_written_by_another_process_is_said_so(world: World) -> None:
    build = world.build()
    script = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True);"
        " sys.stdin.read()"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", script, str(world.settings.warehouse)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"open\n"
        with pytest.raises(PublicationError, match="wait for that process to end"):
            make(world, build)
    finally:
        writer.communicate()


# --- which months a publication covers ---------------------------------------------------------


def test_a_month_is_covered_once_every_source_has_passed_its_end(world: World) -> None:
    end_of_october = datetime(2026, 11, 1, tzinfo=UTC)
    behind = end_of_october - timedelta(seconds=1)
    made = make(world, world.build(reached={"typeform": end_of_october, "zendesk": behind}))
    assert made.covers(Period(2026, 9), LONDON)
    assert not made.covers(Period(2026, 10), LONDON)
    assert made.missing(Period(2026, 10), LONDON) == {"zendesk": behind}
    made = make(world, world.build(reached=dict.fromkeys(world.sources, end_of_october)))
    assert made.covers(Period(2026, 10), LONDON)


def test_the_months_end_is_that_of_the_reporting_zone(world: World) -> None:
    end_of_september_in_london = datetime(2026, 9, 30, 23, tzinfo=UTC)
    reached = dict.fromkeys(world.sources, end_of_september_in_london)
    made = make(world, world.build(reached=reached))
    assert made.covers(Period(2026, 9), LONDON)
    assert not made.covers(Period(2026, 9), ZoneInfo("UTC"))


def test_a_source_never_landed_covers_nothing(world: World) -> None:
    made = make(world, world.build(reached={"zendesk": None}))
    assert made.missing(Period(2026, 9), LONDON) == {"zendesk": None}


def test_a_source_that_begins_later_is_not_waited_for(world: World) -> None:
    world.late_source_starts = "2026-10-01"
    made = make(world, world.build(reached={"zendesk": None}))
    assert made.covers(Period(2026, 8), LONDON)
    assert not made.covers(Period(2026, 10), LONDON)


# --- damage, and death half-way ----------------------------------------------------------------


def test_no_publication_yet_says_what_to_run(world: World) -> None:
    with pytest.raises(PublicationError, match=r"no publication .* run `wellheard build`"):
        publish.latest(world.settings)


@pytest.mark.parametrize("unknown", ["p000000000000", "../secrets", ""])
def test_an_unknown_publication_is_refused_with_the_known_ones(world: World, unknown: str) -> None:
    made = make(world, world.build())
    with pytest.raises(PublicationError, match=f"it has {made.id}"):
        publish.load(world.settings, unknown)


def test_a_changed_file_is_found_by_its_hash(world: World) -> None:
    made = make(world, world.build())
    path = made.path("rpt_metrics")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(PublicationError, match=r"damaged: .*rpt_metrics.parquet is not the file"):
        made.verify()
    with pytest.raises(PublicationError, match="Restore the folder from a backup"):
        made.connect()
    world.numbers["2026-10", "nps"] = (391, 24.3)
    with pytest.raises(PublicationError, match="damaged"):  # what was printed is not known
        make(world, world.build("b000000000002"))


def test_a_missing_file_and_a_broken_manifest_are_named(world: World) -> None:
    made = make(world, world.build())
    made.path("rpt_periods").unlink()
    with pytest.raises(PublicationError, match=r"rpt_periods.parquet is missing"):
        made.verify()
    (made.folder / "manifest.json").write_text('{"id": ')
    with pytest.raises(PublicationError, match=r"manifest.json is unreadable"):
        publish.load(world.settings, made.id)
    (world.settings.publications / "latest.json").write_text("")
    with pytest.raises(PublicationError, match=r"latest.json is damaged: it should read"):
        publish.latest(world.settings)


def test_a_table_it_does_not_hold_is_named_with_those_it_does(world: World) -> None:
    with pytest.raises(PublicationError, match="no table rpt_actions; it has rpt_metrics"):
        make(world, world.build()).path("rpt_actions")


_KILLED = textwrap.dedent(
    """
    import os, signal, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from publishing import Build, World
    from wellheard import publish
    from wellheard.settings import Settings

    event, name = sys.argv[3:]

    def die(happening, arguments):
        paths = [a for a in arguments if isinstance(a, (str, os.PathLike))]
        touched = [Path(os.fsdecode(a)).name for a in paths]
        if happening == event and any(t.startswith(name) for t in touched):
            os.kill(os.getpid(), signal.SIGKILL)

    world = World(Settings(var=sys.argv[1], company_dir=sys.argv[2]))
    build = Build("b000000000002", "abc", Path(), dict.fromkeys(world.sources, world.reached))
    sys.addaudithook(die)
    publish.publish(world.settings, build, world.verdict(build), published_at=world.now)
    """
)


@pytest.mark.parametrize(
    ("event", "name"),
    [
        pytest.param("open", "manifest.json", id="before the manifest is written"),
        pytest.param("os.rename", ".writing", id="before the folder is put in place"),
        pytest.param("open", ".writing-latest.json", id="before the pointer moves"),
    ],
)
def test_killed_half_way_the_old_publication_stands_and_the_next_run_finishes(
    world: World, event: str, name: str
) -> None:
    first = make(world, world.build())
    world.numbers["2026-10", "nps"] = (391, 24.3)
    build = world.build("b000000000002")
    var, company = world.settings.var, world.settings.company_dir
    here = Path(__file__).resolve().parent
    path = os.pathsep.join([str(here), str(here.parents[1] / "dags")])
    dead = subprocess.run(
        [sys.executable, "-c", _KILLED, str(var), str(company), event, name],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert dead.returncode == -signal.SIGKILL, dead.stderr
    assert publish.latest(world.settings) == first
    first.verify()
    for folder in world.published():  # whatever is visible is whole
        publish.load(world.settings, folder).verify()

    second = make(world, build)
    assert publish.latest(world.settings) == second
    second.verify()
    assert second.manifest.previous == first.id
    assert len(rows(second, RESTATED)) == 1
    assert list(world.settings.publications.glob(".writing*")) == []
    assert world.published() == sorted([first.id, second.id])


def test_a_full_disk_keeps_what_was_published_and_leaves_nothing_aside(world: World) -> None:
    first = make(world, world.build())
    world.numbers["2026-10", "nps"] = (391, 24.3)
    build = world.build("b000000000002")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))  # no file may grow beyond this
    try:
        with pytest.raises(PublicationError, match="what was published before still is"):
            make(world, build)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert publish.latest(world.settings) == first
    assert list(world.settings.publications.glob(".writing*")) == []
    assert make(world, build).manifest.previous == first.id


def test_publishers_at_once_give_one_publication(world: World) -> None:
    build = world.build()
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.append(make(world, build).id)) for _ in "1234"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [world.published()[0]] * 4
