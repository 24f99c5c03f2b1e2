"""A build that fails or dies says why, and leaves the warehouse as it was."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from warehouse_world import Built, land_tickets, small_company, write_project

from wellheard import seeds, warehouse, warehouse_file
from wellheard.errors import BuildError, WarehouseLocked
from wellheard.settings import Settings

pytestmark = pytest.mark.dbt

_FAULTS = {
    "seeds/metrics.csv": "metric,label\nnps,Recommendation\nces,\nnps,Again\n",
    "seeds/survey_questions.csv": (
        "source,survey_id,question_id,metric\ntypeform,pulse,q1,nps\ntypeform,pulse,q2,npss\n"
    ),
    "seeds/_seeds.yml": """
seeds:
  - name: survey_questions
    columns:
      - name: metric
        data_tests:
          - relationships: {arguments: {to: ref('metrics'), field: metric}}
          - accepted_values: {arguments: {values: [nps, ces]}}
  - name: metrics
    columns:
      - {name: metric, data_tests: [unique]}
      - {name: label, data_tests: [not_null]}
models:
  - name: tickets
    columns:
      - {name: subject, data_tests: [{accepted_values: {arguments: {values: [fine]}}}]}
""",
    "tests/assert_questions_are_known.sql": (
        "select 'seeds/survey_questions.csv: add ' || question_id as problem "
        "from {{ ref('survey_questions') }} where metric = 'npss'"
    ),
    "models/broken.sql": "select no_such_column from (select 1 as one)",
}


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, str]:
    """A company with every kind of fault at once, and the message of its build."""
    settings = small_company(tmp_path_factory.mktemp("faults"))
    land_tickets(settings, ["call Jane Doe, jane@example.org"])
    write_project(settings.dbt_project, _FAULTS)
    settings.var.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        # What the files' own check lets pass, dbt's tests of the tables find.
        patch.setattr(seeds, "check", lambda settings, today: None)
        with pytest.raises(BuildError) as raised:
            warehouse.build(settings)
    return settings, str(raised.value)


@pytest.mark.parametrize(
    "sentence",
    [
        "seeds/survey_questions.csv: metric 'npss' of typeform/pulse/q2 is unknown; "
        "known: ces, nps",
        "seeds/survey_questions.csv: metric 'npss' of typeform/pulse/q2 is unknown; "
        "known: nps, ces",
        "seeds/metrics.csv: metric 'nps' is given more than once",
        "seeds/metrics.csv: label is empty of ces",
        "seeds/survey_questions.csv: add q2",
        "models/broken.sql: model broken: ",
        'Referenced column "no_such_column" not found',
    ],
)
def test_a_fault_is_told_with_its_file_and_value(
    failed: tuple[Settings, str], sentence: str
) -> None:
    assert sentence in failed[1]


def test_a_failed_test_on_customers_rows_shows_no_row(failed: tuple[Settings, str]) -> None:
    assert "test accepted_values_tickets_subject__fine: Got 1 result" in failed[1]
    assert "Jane" not in failed[1]


def test_what_failed_can_be_looked_into_and_no_warehouse_appeared(
    failed: tuple[Settings, str],
) -> None:
    settings, message = failed
    kept = settings.var / "failed-build"
    assert str(kept) in message
    assert (kept / "warehouse.duckdb").is_file()
    assert (kept / "logs" / "dbt.log").is_file()
    assert not settings.warehouse.exists()
    assert not list(settings.var.glob("building-*"))


def test_a_project_dbt_cannot_read_is_told_in_dbts_words(tmp_path: Path) -> None:
    settings = small_company(tmp_path)
    write_project(settings.dbt_project, {"models/a.sql": "select * from {{ ref('nowhere') }}"})
    with pytest.raises(BuildError, match="depends on a node named 'nowhere' which was not found"):
        warehouse.build(settings)


def test_a_landing_with_damaged_content_is_named(tmp_path: Path) -> None:
    settings = small_company(tmp_path)
    land_tickets(settings, ["fine"])
    [part] = Path(settings.lake).glob("zendesk/tickets/*/part-*.parquet")
    part.write_bytes(b"x" * part.stat().st_size)
    with pytest.raises(BuildError, match=f"{part.name}.* mended by landing its window again"):
        warehouse.build(settings)
    assert not settings.warehouse.exists()
    assert not list(settings.var.glob("building-*"))
    assert not dbt_processes(settings)  # started meanwhile, and never let go


def test_a_state_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    settings = small_company(tmp_path)
    settings.var.write_text("a file where the folder should be")
    with pytest.raises(BuildError, match=r"cannot be written .* name another with WELLHEARD_VAR"):
        warehouse.build(settings)


# Some 25 MB that do not compress.
_BIG_MODEL = (
    "select "
    + " || ".join(f"md5((range + {n})::varchar)" for n in range(4))
    + (" as noise from range(200000)")
)


@pytest.mark.parametrize("room", ["4m", "10m"], ids=["while dbt reads", "while DuckDB writes"])
def test_a_full_disk_is_told_in_words_and_leaves_the_old_warehouse(
    built: Built, small_disk: Callable[[Path, str], None], tmp_path: Path, room: str
) -> None:
    settings = Settings(project=tmp_path, var=tmp_path / "var")
    small_disk(settings.var, room)
    shutil.copytree(built.settings.project, tmp_path, dirs_exist_ok=True)
    land_tickets(settings, ["second"])
    write_project(settings.dbt_project, {"models/big.sql": _BIG_MODEL})

    with pytest.raises(BuildError) as raised:
        warehouse.build(settings)

    message = str(raised.value)
    assert f"{settings.var} cannot be written (No space left on device)" in message
    assert "MB were free there when it stopped" in message
    assert "The warehouse is as it was before: make room" in message
    assert "Traceback" not in message
    assert len(message.splitlines()) == 1
    assert subjects(settings) == ["cannot log in", "it's broken"]
    assert warehouse.current(settings).id == built.build.id
    # What failed does not keep the disk full.
    assert not list(settings.var.glob("building-*"))
    assert not (settings.var / "failed-build").exists()
    if room == "10m":
        small_disk(settings.var, "100m")
        warehouse.build(settings)
        assert subjects(settings) == ["second"]


_WAITING_MODEL = """
import os, time
def model(dbt, session):
    open({began!r}, "w").close()
    while os.path.exists({wait!r}):
        time.sleep(0.05)
    return session.sql("select 1 as one")
"""
_BUILD = """
import sys
from pathlib import Path
from wellheard import seeds, warehouse
from wellheard.settings import Settings
warehouse.build(Settings(project=Path(sys.argv[1]), var=Path(sys.argv[1]) / "var"))
"""


@pytest.fixture
def building(built: Built, tmp_path: Path) -> Iterator[tuple[Settings, subprocess.Popen[bytes]]]:
    """A second build, in a process of its own, that stands in the middle of dbt's work.

    The warehouse holds a first build already; the file `wait` keeps the second from finishing.
    """
    shutil.copytree(built.settings.project, tmp_path, dirs_exist_ok=True)
    settings = Settings(project=tmp_path, var=tmp_path / "var")
    land_tickets(settings, ["second"])
    began, wait = tmp_path / "began", tmp_path / "wait"
    model = _WAITING_MODEL.format(began=str(began), wait=str(wait))
    write_project(settings.dbt_project, {"models/waiting.py": model})
    wait.touch()
    with subprocess.Popen([sys.executable, "-c", _BUILD, str(tmp_path)]) as process:
        try:
            deadline = time.monotonic() + 60
            while not began.exists():
                assert process.poll() is None, "the build ended by itself"
                assert time.monotonic() < deadline, "dbt never reached the waiting model"
                time.sleep(0.05)
            yield settings, process
        finally:
            wait.unlink(missing_ok=True)
            process.kill()


def subjects(settings: Settings) -> list[str]:
    with warehouse_file.connect(settings) as connection:
        return [
            row[0]
            for row in connection.execute("select subject from tickets order by 1").fetchall()
        ]


def dbt_processes(settings: Settings) -> list[int]:
    """The running processes whose command names this company's folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(settings.var / "building-").encode() in command:
                found.append(int(entry.name))
    return found


def test_a_second_writer_is_refused_and_a_killed_build_leaves_the_old_warehouse(
    building: tuple[Settings, subprocess.Popen[bytes]],
) -> None:
    settings, process = building
    first = warehouse.current(settings)  # readers are not disturbed by a build

    with pytest.raises(WarehouseLocked, match=f"process {process.pid} is building the warehouse"):
        warehouse.build(settings)

    assert len(dbt_processes(settings)) == 1
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert subjects(settings) == ["cannot log in", "it's broken"]
    assert warehouse.current(settings) == first

    deadline = time.monotonic() + 10
    while dbt_processes(settings):  # dbt leaves with the process that started it
        assert time.monotonic() < deadline, "dbt lives on without its parent"
        time.sleep(0.05)

    assert list(settings.var.glob("building-*"))
    (settings.project / "wait").unlink()
    with warehouse_file.connect(settings) as reader:
        again = warehouse.build(settings)
        # whoever was reading keeps the warehouse it opened
        assert reader.execute("select build_id from raw.build").fetchone() == (first.id,)
    assert again.id != first.id
    assert subjects(settings) == ["second"]
    assert not list(settings.var.glob("building-*"))
