"""The DAG files as Airflow reads them: one per source, linked by assets, safe by default."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
READ = """
import json
from airflow.dag_processing.dagbag import DagBag
bag = DagBag({dags!r})
def assets(dag):
    condition = getattr(dag.timetable, "asset_condition", None)
    return sorted(asset.name for asset in getattr(condition, "objects", []))
print("FACTS" + json.dumps({{
    "errors": bag.import_errors,
    "dags": {{
        dag.dag_id: {{
            "tags": sorted(dag.tags), "doc": dag.doc_md or "", "catchup": dag.catchup,
            "active": dag.max_active_runs, "assets": assets(dag),
            "tasks_at_once": dag.max_active_tasks,
            "params": {{
                name: {{"description": param.description, **param.schema}}
                for name, param in ((name, dag.params.get_param(name)) for name in dag.params)
            }},
            "timeout": bool(dag.dagrun_timeout),
            "tasks": {{
                task.task_id: {{
                    "owner": task.owner, "retries": task.retries,
                    "backoff": task.retry_exponential_backoff,
                    "timeout": bool(task.execution_timeout),
                    "tells": bool(task.on_failure_callback),
                    "outlets": [outlet.name for outlet in task.outlets],
                    "label": task.map_index_template,
                    "after": sorted(task.upstream_task_ids),
                    "mapped_with": next((g.group_id for g in task.iter_mapped_task_groups()), None),
                }} for task in dag.tasks
            }},
        }} for dag in bag.dags.values()
    }},
}}))
"""


def read_dags(home: Path, **environment: str) -> dict:
    variables = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "WELLHEARD_VAR": str(home / "var"),
        **environment,
    }
    code = READ.format(dags=str(PROJECT / "dags"))
    done = subprocess.run(
        [sys.executable, "-c", code], env=variables, capture_output=True, text=True, timeout=120
    )
    line = [line for line in done.stdout.splitlines() if line.startswith("FACTS")]
    assert line, done.stderr[-3000:]
    return json.loads(line[0].removeprefix("FACTS"))


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return read_dags(tmp_path_factory.mktemp("airflow"))


def test_every_dag_file_imports(facts):
    assert facts["errors"] == {}


def test_there_is_one_ingest_dag_per_enabled_source(facts):
    assert set(facts["dags"]) == {"ingest_zendesk", "ingest_typeform", "metrics", "monthly_report"}


def test_every_dag_says_what_it_does_and_ends_some_day(facts):
    for name, dag in facts["dags"].items():
        assert dag["doc"].strip(), name
        assert "wellheard" in dag["tags"], name
        assert dag["timeout"], name


def test_nothing_catches_up_by_itself(facts):
    for name, dag in facts["dags"].items():
        assert dag["catchup"] is False, name


def test_there_is_one_writer_at_a_time_but_a_month_that_waits_holds_up_no_other(facts):
    active = {name: dag["active"] for name, dag in facts["dags"].items()}
    assert active.pop("monthly_report") > 1
    assert set(active.values()) == {1}


def test_every_task_has_an_owner_a_time_out_and_tells_when_it_fails(facts):
    for name, dag in facts["dags"].items():
        for task_id, task in dag["tasks"].items():
            assert task["owner"] == "cx-data", (name, task_id)
            assert task["timeout"], (name, task_id)
            assert task["tells"], (name, task_id)


def test_what_an_outage_can_break_is_tried_again_with_growing_pauses(facts):
    for dag, task in (("ingest_zendesk", "land_tickets"), ("monthly_report", "deliver")):
        found = facts["dags"][dag]["tasks"][task]
        assert found["retries"] >= 6  # over an hour
        assert found["backoff"] == 2


def test_a_gate_that_was_killed_is_tried_again(facts):
    assert facts["dags"]["metrics"]["tasks"]["check"]["retries"] > 0


def test_a_mapped_task_shows_the_audience_instead_of_a_number(facts):
    for task in ("render", "deliver"):
        assert "['audience']" in facts["dags"]["monthly_report"]["tasks"][task]["label"]


def test_an_edition_that_fails_keeps_the_mail_from_its_own_audience_alone(facts):
    tasks = facts["dags"]["monthly_report"]["tasks"]
    assert tasks["render"]["mapped_with"] == tasks["deliver"]["mapped_with"] == "edition"


def test_the_streams_of_an_account_are_read_together_within_the_budget_they_share(facts):
    assert facts["dags"]["ingest_zendesk"]["tasks_at_once"] > 1


def test_every_param_says_what_it_is_for(facts):
    for name, dag in facts["dags"].items():
        for param, schema in dag["params"].items():
            assert schema["title"], (name, param)
            assert schema["description"], (name, param)


def test_whether_to_deliver_is_a_choice_of_words_so_that_empty_never_looks_like_no(facts):
    schema = facts["dags"]["monthly_report"]["params"]["deliver"]
    assert schema["type"] == "string"
    assert set(schema["enum"]) == set(schema["values_display"]) == {"auto", "yes", "no"}


def test_assets_link_landing_to_metrics_and_metrics_to_the_report(facts):
    dags = facts["dags"]
    assert dags["ingest_zendesk"]["tasks"]["landed"]["outlets"] == ["wellheard-lake-zendesk"]
    assert dags["metrics"]["tasks"]["release"]["outlets"] == ["wellheard-publication"]
    assert dags["metrics"]["assets"] == ["wellheard-lake-typeform", "wellheard-lake-zendesk"]


def test_nothing_is_landed_before_it_has_settled_nor_rendered_before_all_have_landed(facts):
    dags = facts["dags"]
    assert "until_settled" in dags["ingest_typeform"]["tasks"]["land_responses"]["after"]
    assert "wait_for_sources" in dags["monthly_report"]["tasks"]["render"]["after"]
    assert dags["metrics"]["tasks"]["release"]["after"] == ["build", "check"]


def test_a_period_that_is_no_month_cannot_even_be_triggered(facts):
    import jsonschema

    schema = facts["dags"]["monthly_report"]["params"]["period"]
    jsonschema.validate("2026-10", schema)
    for wrong in ("2026-13", "2026-1", "October"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_a_broken_company_file_shows_as_an_import_error_that_names_file_and_key(tmp_path):
    (tmp_path / "wellheard.yml").write_text("company: A\nreporting_zone: Nowhere/At_All\n")
    facts = read_dags(tmp_path, WELLHEARD_COMPANY_DIR=str(tmp_path))
    messages = " ".join(facts["errors"].values())
    assert str(tmp_path / "wellheard.yml") in messages
    assert "unknown time zone" in messages
