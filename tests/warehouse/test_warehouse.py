"""A build holds what is landed, is made once, and replaces the warehouse in one step."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from warehouse_world import OCTOBER, Built, land_tickets, small_company, write_project

from wellheard import build_inputs, gate, raw_schema, warehouse, warehouse_file
from wellheard.errors import ConfigError, GateError, WarehouseLocked, WellheardError
from wellheard.lake import Lake, Manifest, as_lake
from wellheard.periods import Window
from wellheard.settings import Settings

pytestmark = pytest.mark.dbt


def rows(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with warehouse_file.connect(settings) as connection:
        return connection.execute(query).fetchall()


def test_an_empty_lake_builds_and_has_no_watermark(built: Built) -> None:
    assert built.empty.watermarks == {"zendesk": None}
    assert built.empty.id != built.build.id


def test_a_build_holds_the_landed_records_and_the_settings(built: Built) -> None:
    found = rows(built.settings, "select subject, zone, minimum_n from tickets order by 1")
    assert found == [("cannot log in", "Europe/London", 5), ("it's broken", "Europe/London", 5)]


def test_a_lake_behind_a_url_is_read_like_a_folder(built: Built) -> None:
    assert built.settings.lake.startswith("memory://")
    assert rows(built.settings, "select count(*) from raw.zendesk__tickets") == [(2,)]


def test_a_stream_without_landings_is_an_empty_view_of_the_same_shape(built: Built) -> None:
    shape = "select column_name, column_type from (describe raw.{})"
    landed = rows(built.settings, shape.format("zendesk__tickets"))
    for view in ("typeform__responses", "zendesk__users", "file__cases", "file__invitations"):
        assert rows(built.settings, f"select count(*) from raw.{view}") == [(0,)]
        assert rows(built.settings, shape.format(view)) == landed


def test_the_landings_and_sources_are_listed_with_their_counts(built: Built) -> None:
    query = "select kind, stream, contract, sent, landed, distinct_ids from raw.landings order by 2"
    assert rows(built.settings, query) == [
        ("zendesk", "organizations", None, 0, 0, 0),
        ("zendesk", "satisfaction_ratings", None, 0, 0, 0),
        ("zendesk", "ticket_events", None, 0, 0, 0),
        ("zendesk", "tickets", None, 2, 2, 2),
        ("zendesk", "users", None, 0, 0, 0),
    ]
    assert rows(built.settings, "select source, kind, watermark from raw.sources") == [
        ("zendesk", "zendesk", OCTOBER.end)
    ]


def test_the_current_build_is_the_one_that_was_made(built: Built) -> None:
    assert warehouse.current(built.settings) == built.build
    assert built.build.watermarks == {"zendesk": datetime(2026, 11, 1, tzinfo=UTC)}
    kept = {path.name for path in built.build.folder.iterdir()}
    assert kept == {
        "build.json", "run_results.json", "warehouse.json", "partial_parse.msgpack"
    }  # fmt: skip


def test_each_model_and_seed_is_reported_as_it_finishes(built: Built) -> None:
    assert any("model tickets success" in step for step in built.steps)
    assert any("seed survey_questions success" in step for step in built.steps)


def test_dbt_never_sees_a_connection(built: Built) -> None:
    assert rows(built.settings, "select distinct secret from tickets") == [("absent",)]


def test_the_same_inputs_are_built_once(built: Built) -> None:
    before = built.settings.warehouse.stat()
    steps: list[str] = []
    assert warehouse.build(built.settings, progress=steps.append) == built.build
    assert steps == [f"build {built.build.id} is up to date"]
    assert built.settings.warehouse.stat() == before


def test_nothing_is_left_beside_the_warehouse(built: Built) -> None:
    left = {path.name for path in built.settings.var.iterdir()}
    assert left == {"builds", "lake-cache", "warehouse.duckdb", "warehouse.lock"}


def _edit(path: str, old: str, new: str) -> Callable[[Settings], None]:
    def change(settings: Settings) -> None:
        file = settings.project / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda settings: land_tickets(settings, ["one", "two"]),
        lambda settings: land_tickets(
            settings, ["later"], window=Window.parse("2026-11-01/2026-11-02")
        ),
        _edit("dbt_project/models/tickets.sql", "as zone", "as reporting_zone"),
        _edit("dbt_project/seeds/survey_questions.csv", "nps", "csat"),
        _edit("wellheard.yml", "Europe/London", "Europe/Berlin"),
        _edit("wellheard.yml", "sources:", "minimum_n: 7\nsources:"),
        _edit("wellheard.yml", "2026-10-01", "2026-09-01"),
    ],
    ids=["landed again", "landed more", "model", "seed", "zone", "minimum n", "history"],
)
def test_a_changed_input_is_another_build(
    tmp_path: Path, change: Callable[[Settings], None]
) -> None:
    settings = small_company(tmp_path)
    land_tickets(settings, ["one"])
    before = warehouse.expected_id(settings)
    change(settings)
    assert warehouse.expected_id(Settings(project=tmp_path, var=settings.var)) != before


def test_who_gets_the_notices_does_not_change_the_build(tmp_path: Path) -> None:
    settings = small_company(tmp_path)
    before = warehouse.expected_id(settings)
    _edit("wellheard.yml", "sources:", "operators: [ops@example.org]\nsources:")(settings)
    assert warehouse.expected_id(Settings(project=tmp_path, var=settings.var)) == before


def test_a_stream_added_to_a_mapping_is_another_build_without_a_watermark(tmp_path: Path) -> None:
    settings = small_company(tmp_path)
    stream = """
  {name}:
    contract: feedback
    files: drops/{name}-*.csv
    id: id
    columns: {{response_id: id, score: score, responded_at: when}}
    dates: {{responded_at: {{format: "%Y-%m-%d", zone: UTC}}}}
    constants: {{survey_id: relationship, question_id: nps}}
"""
    mapping = "streams:" + stream.format(name="shops")
    source = "  drops: {kind: file, history_start: 2026-10-01, mapping: mapping.yml}\n"
    write_project(
        tmp_path,
        {
            "mapping.yml": mapping,
            "wellheard.yml": (tmp_path / "wellheard.yml").read_text() + source,
        },
    )
    settings = Settings(project=tmp_path, var=settings.var)
    lake = as_lake(settings)
    with lake.landing("drops", "shops", OCTOBER, extracted_at=OCTOBER.end, contract="feedback"):
        pass
    before = warehouse.expected_id(settings)
    assert raw_schema.collect(settings, lake)[0].watermark == OCTOBER.end
    (tmp_path / "mapping.yml").write_text(mapping + stream.format(name="online"))
    assert raw_schema.collect(settings, lake)[0].watermark is None
    assert warehouse.expected_id(settings) != before


def test_a_landing_that_finishes_while_the_lake_is_read_moves_both_or_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = small_company(tmp_path)
    land_tickets(settings, ["one"])
    lake = as_lake(settings)
    listed = lake.manifests

    def list_then_land(*arguments: str) -> list[Manifest]:
        monkeypatch.undo()
        found = listed(*arguments)
        land_tickets(settings, ["later"], window=Window.parse("2026-11-01/2026-11-02"))
        return found

    monkeypatch.setattr(lake, "manifests", list_then_land)
    (found,) = raw_schema.collect(settings, lake)
    assert len(listed()) == 10
    assert found.watermark == max(manifest.window_end for manifest in found.manifests)


def test_the_build_depends_on_the_library_code_it_runs_and_on_no_other() -> None:
    package = Path(build_inputs.__file__).parent
    models = (package.parents[1] / "dbt_project" / "models").rglob("*.py")
    imported = {
        name for model in models for name in re.findall(r"from (wellheard\S*)", model.read_text())
    }
    script = (
        f"import sys, {', '.join(sorted(imported))}\n"
        "print(*(name for name in sys.modules if name.startswith('wellheard.')))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=package.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    modules = (name.removeprefix("wellheard.").replace(".", "/") for name in ran.stdout.split())
    loaded = {f"{name}.py" for name in modules if not (package / name).is_dir()}
    assert set(build_inputs._CODE) == loaded | {"raw_schema.py"}


def test_made_again_a_build_has_no_verdict_until_the_gate_has_seen_it(tmp_path: Path) -> None:
    settings = small_company(tmp_path)
    build = warehouse.build(settings)
    verdict = gate.Verdict(
        build_id=build.id, as_of=OCTOBER.end, word="PASS", checks=[], data_docs="index.html"
    )
    (build.folder / "verdict.json").write_text(verdict.model_dump_json())
    assert warehouse.build(settings) == build
    assert gate.load_verdict(settings, build) == verdict  # up to date: the same warehouse
    assert warehouse.build(settings, force=True) == build
    with pytest.raises(GateError, match="has no verdict yet: run `wellheard gate`"):
        gate.load_verdict(settings, build)


def test_a_build_leaves_only_the_files_it_reads_in_a_remote_lakes_cache(tmp_path: Path) -> None:
    settings = small_company(tmp_path).model_copy(update={"lake_url": f"memory://{tmp_path.name}"})
    lake, cache = as_lake(settings), settings.var / "lake-cache"
    land_tickets(settings, ["old"], lake=lake)
    old = {path for manifest in lake.manifests() for path in lake.local_paths(manifest)}
    land_tickets(settings, ["new"], lake=lake)
    (cache / "tmpk1ll3d.aside").write_bytes(b"half")
    warehouse.build(settings)
    listed = {path for manifest in lake.manifests() for path in lake.local_paths(manifest)}
    assert old - listed
    assert set(cache.iterdir()) == listed
    assert rows(settings, "select payload ->> 'subject' from raw.zendesk__tickets") == [("new",)]


def test_without_a_warehouse_the_next_step_is_named(tmp_path: Path) -> None:
    settings = small_company(tmp_path)
    with pytest.raises(WellheardError, match=r"no warehouse at .* run `wellheard build`"):
        warehouse.current(settings)


def test_a_damaged_warehouse_is_named_not_a_traceback(tmp_path: Path) -> None:
    settings = small_company(tmp_path)
    settings.var.mkdir()
    settings.warehouse.write_bytes(b"not a database" * 1000)
    with pytest.raises(WellheardError, match=r"cannot be read .* remove it and run"):
        warehouse.current(settings)


def test_a_seed_missing_from_the_companys_folder_is_named(tmp_path: Path) -> None:
    small_company(tmp_path)
    company = tmp_path / "company"
    write_project(company, {"wellheard.yml": (tmp_path / "wellheard.yml").read_text()})
    (company / "seeds").mkdir()
    settings = Settings(project=tmp_path, var=tmp_path / "var", company_dir=company)
    with pytest.raises(ConfigError, match=r"survey_questions\.csv: the file is missing; copy "):
        warehouse.build(settings)
    assert not list(settings.var.glob("building-*"))


def test_the_catalogue_of_metrics_is_the_projects_unless_the_company_has_its_own(
    tmp_path: Path,
) -> None:
    small_company(tmp_path)
    catalogue = tmp_path / "dbt_project" / "seeds" / "metrics.csv"
    company = tmp_path / "company"
    write_project(company, {"wellheard.yml": (tmp_path / "wellheard.yml").read_text()})
    settings = Settings(project=tmp_path, var=tmp_path / "var", company_dir=company)
    ids = set()
    for text in ("metric\nnps\n", "metric\nces\n"):
        catalogue.write_text(text)
        ids.add(warehouse.expected_id(settings))
    assert len(ids) == 2
    write_project(company, {"seeds/metrics.csv": "metric\ncsat\n"})
    own = warehouse.expected_id(settings)
    catalogue.write_text("metric\nnps\n")
    assert warehouse.expected_id(settings) == own


def test_a_file_url_is_the_same_lake_as_its_folder(tmp_path: Path) -> None:
    settings = small_company(tmp_path)
    land_tickets(settings, ["near"])
    url = f"file://{settings.lake}"
    assert Lake(url).manifests() == Lake(settings.lake).manifests()
    there = settings.model_copy(update={"lake_url": url})
    assert warehouse.expected_id(there) == warehouse.expected_id(settings)


def test_a_window_landed_again_while_dbt_runs_is_built_from_anew(tmp_path: Path) -> None:
    settings = small_company(tmp_path)
    land_tickets(settings, ["first"])
    steps: list[str] = []

    def land_again_once(step: str) -> None:
        steps.append(step)
        if len(steps) == 1:
            land_tickets(settings, ["second"])

    build = warehouse.build(settings, progress=land_again_once)
    assert "the lake changed while building: starting again" in steps
    assert rows(settings, "select subject from tickets") == [("second",)]
    assert build.id == warehouse.expected_id(settings)


@pytest.fixture
def other_program(tmp_path: Path) -> Iterator[tuple[Settings, int]]:
    """Another program, by its process id, that has the warehouse open for writing."""
    settings = small_company(tmp_path)
    settings.var.mkdir()
    script = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); c.execute('create table t (a int)');"
        "print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(settings.warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        try:
            yield settings, process.pid
        finally:
            process.kill()


def test_a_warehouse_open_for_writing_elsewhere_is_neither_read_nor_replaced(
    other_program: tuple[Settings, int],
) -> None:
    settings, pid = other_program
    for action in (warehouse.build, warehouse_file.connect, warehouse.current):
        with pytest.raises(WarehouseLocked, match=r"another program has .* open for writing") as e:
            action(settings)
        assert str(pid) in str(e.value)
    assert not list(settings.var.glob("building-*"))
