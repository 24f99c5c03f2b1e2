"""The tests of the dbt project that look after the judged tables find what they are there for."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from metrics_world import Warehouse, answers, build, moment

from wellheard import dbt_failures, dbt_process

TEST = "assert_a_record_of_a_file_is_one_row"
DOUBLED = "insert into staging.int_feedback_judged from staging.int_feedback_judged limit 1"
LOST = "delete from staging.int_feedback_judged where value = '3'"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Five answers, one of them landed twice and one three times."""
    sent = answers("nps", [1, 3, 8, 9, 10], "2026-10-05T10:00:00Z")
    again = [{**sent[0], "extracted_at": moment("2026-11-01")}]
    thrice = [{**sent[4], "page": page} for page in (2, 3)]
    landed = [*sent, *again, *thrice]
    return build(tmp_path_factory.mktemp("judged"), {"file__feedback": landed})


def test_every_record_is_one_row_however_often_it_landed(company: Warehouse) -> None:
    assert not company.problems, "\n".join(company.problems)
    assert company.one("select count(*) from staging.int_feedback_judged") == 5
    counted = "select readable, distinct_ids, distinct_to_stage from gate.int_gate_readable"
    assert company.rows(f"{counted} where stream = 'answers'") == [(8, 5, 5)]


@pytest.mark.parametrize("damage", [[DOUBLED], [LOST], [LOST, DOUBLED]])
def test_a_record_judged_twice_or_lost_fails_the_build(
    company: Warehouse, tmp_path: Path, damage: list[str]
) -> None:
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(company.path.read_bytes())
    with duckdb.connect(str(path)) as connection:
        for change in damage:
            connection.execute(change)
    tested = dbt_process.run(
        ["build", "--select", "gate_reconciliation", TEST],
        project=company.path.parent / "dbt_project",
        work=tmp_path,
        variables={"reporting_zone": "Europe/London", "minimum_n": 5},
        environment={"WELLHEARD_WAREHOUSE": str(path), "WELLHEARD_SEEDS": "seeds"},
        progress=lambda line: None,
    )
    assert not tested.succeeded
    assert any(TEST in line for line in dbt_failures.explain(tested.target, path))
