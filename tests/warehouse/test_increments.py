"""A build that goes on from the one before holds what a build in full would hold, to the digit."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from increments_world import History, company, differences, try_history
from warehouse_world import OCTOBER, land_tickets, small_company, write_project

from wellheard import warehouse, warehouse_file
from wellheard.periods import Window
from wellheard.settings import Settings

pytestmark = pytest.mark.dbt
NOVEMBER = Window.parse("2026-11-01/2026-12-01")


def built(settings: Settings, *, full: bool = False) -> list[str]:
    """Build, and what was told of how."""
    steps: list[str] = []
    warehouse.build(settings, progress=steps.append, full=full)
    return [step for step in steps if "landings" in step or step.startswith("building in full")]


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("seed", [1, 2])
def test_increments_make_what_a_build_in_full_makes(tmp_path: Path, seed: int) -> None:
    assert try_history(tmp_path, seed, 4) == []


@pytest.mark.timeout(900)
def test_a_late_answer_is_looked_at_beside_those_of_the_months_behind_it(tmp_path: Path) -> None:
    history = History(company(tmp_path), random.Random(4))
    march, april, may = (datetime(2026, month, 10, tzinfo=UTC) for month in (3, 4, 5))
    history.land_answers(march, april, may)
    built(history.settings)

    history.land_answers(march)
    assert [step.partition(": ")[2] for step in built(history.settings)] == [
        "2 landings, 1 of them new"
    ]

    apart = history.settings.model_copy(update={"var": tmp_path / "apart"})
    built(apart, full=True)
    assert differences(history.settings.warehouse, apart.warehouse) == []
    with duckdb.connect(str(apart.warehouse), read_only=True) as connection:
        pairs = connection.execute(
            "select period, earlier_period, pair_w from marts.int_channel_repeats order by all"
        ).fetchall()
    # Of each of three customers: two answers of March by the one of each month behind.
    assert pairs == [
        ("2026-04", "2026-03", 6), ("2026-05", "2026-03", 6), ("2026-05", "2026-04", 3),
    ]  # fmt: skip


@pytest.mark.timeout(900)
def test_a_build_goes_on_from_the_last_one_unless_what_it_was_made_from_changed(
    tmp_path: Path,
) -> None:
    settings = small_company(tmp_path)
    land_tickets(settings, ["one"])
    assert [step.partition(": ")[2] for step in built(settings)] == ["5 landings"]

    land_tickets(settings, ["one", "two"], window=NOVEMBER)
    assert [step.partition(": ")[2] for step in built(settings)] == ["10 landings, 5 of them new"]
    with warehouse_file.connect(settings) as connection:
        assert connection.execute("select count(*) from tickets").fetchone() == (3,)
        left = "select count(*) from duckdb_schemas() where schema_name = 'touched'"
        assert connection.execute(left).fetchone() == (0,)

    assert [step.partition(": ")[2] for step in built(settings, full=True)] == ["10 landings"]

    land_tickets(settings, ["won"], window=OCTOBER)
    assert built(settings)[0] == "building in full: landings were replaced or are gone (1)"

    model = settings.dbt_project / "models" / "tickets.sql"
    model.write_text(model.read_text() + "\n-- another\n")
    assert built(settings)[0] == (
        "building in full: the project, its seeds or its settings changed"
    )

    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("create table mine as select 1 as number")
    land_tickets(settings, [], window=Window.parse("2026-12-01/2027-01-01"))
    assert built(settings)[0] == "building in full: somebody wrote into the warehouse"


def test_a_failing_increment_is_built_in_full_before_anybody_is_told(tmp_path: Path) -> None:
    settings = small_company(tmp_path)
    (settings.dbt_project / "models" / "only_in_full.sql").write_text(
        "select {{ 'no_such_column' if execute and env_var('WELLHEARD_INCREMENT', '') else 1 }}\n"
    )
    land_tickets(settings, ["one"])
    built(settings)
    land_tickets(settings, ["two"], window=NOVEMBER)
    told = built(settings)
    assert told[1] == "building in full: the increment failed"
    assert told[2].endswith(": 10 landings")


def test_an_increment_makes_no_view_again_and_leaves_out_no_test_but_those_of_seeds_alone(
    tmp_path: Path,
) -> None:
    settings = small_company(tmp_path)
    write_project(
        settings.dbt_project,
        {
            "models/subjects.sql": """
{{ config(materialized='view') }}
select record_id from {{ ref('tickets') }}
""",
            "models/_models.yml": """
models:
  - name: subjects
    columns:
      - {name: record_id, data_tests: [not_null]}
""",
            "tests/of_a_table_and_a_seed.sql": """
select 1 from {{ ref('tickets') }}
where source in (select metric from {{ ref('survey_questions') }})
""",
            "tests/seeds/of_a_seed.sql": """
select 1 from {{ ref('survey_questions') }} where metric is null
""",
        },
    )
    land_tickets(settings, ["one"])
    in_full = _ran(warehouse.build(settings))
    land_tickets(settings, ["two"], window=NOVEMBER)
    increment = _ran(warehouse.build(settings))
    assert in_full - increment == {
        "subjects", "survey_questions", "of_a_seed",
        "accepted_values_survey_questions_metric__nps__csat__ces",
    }  # fmt: skip
    assert increment == {"tickets", "of_a_table_and_a_seed", "not_null_subjects_record_id"}


def _ran(build: warehouse.Build) -> set[str]:
    results = json.loads((build.folder / "run_results.json").read_text())["results"]
    ids = [result["unique_id"].split(".") for result in results]
    return {name for kind, _, name, *_ in ids if kind != "operation"}
