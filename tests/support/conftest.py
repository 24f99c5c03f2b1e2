from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from support_cases import CUSTOMERS, desk_cases, drawn_cases, truth_cases
from support_world import NODES, copy_project, explained, run_dbt, write_contracts


@dataclass(frozen=True)
class SupportWorld:
    """The built warehouse, and what dbt's test of the schedules said about it."""

    warehouse: Path
    told_of_schedules: list[str]


@pytest.fixture(scope="session")
def support_world(tmp_path_factory: pytest.TempPathFactory) -> SupportWorld:
    """The support marts over all of these tests' cases, built once.

    One of the cases has a schedule nobody described; the test that catches it runs by itself, for
    in a build it stops all that depends on the cases.
    """
    project = copy_project(tmp_path_factory.mktemp("support"))
    warehouse = project.parent / "warehouse.duckdb"
    write_contracts(warehouse, [*desk_cases(), *drawn_cases(), *truth_cases()], CUSTOMERS)
    catch = "assert_schedules_are_known"
    built = run_dbt(project, "build", "--select", *NODES, "--exclude", catch)
    assert explained(built, project) == []
    return SupportWorld(warehouse, explained(run_dbt(project, "build", "--select", catch), project))


@pytest.fixture(scope="session")
def support(support_world: SupportWorld) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built warehouse, read-only, times in UTC."""
    with duckdb.connect(str(support_world.warehouse), read_only=True) as db:
        db.execute("set TimeZone = 'UTC'")
        yield db
