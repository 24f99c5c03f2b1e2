"""Every vendor's records, served by its simulator, end as the rows their fixture says by hand.

`tests/fixtures/<source>.json` holds the vendor's records and the rows expected of them in each
contract table. All chosen sources are landed into one lake and built once.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from wellheard import ingest, warehouse, warehouse_file
from wellheard.demo.simulators import registry as simulators
from wellheard.demo.simulators.serving import serve
from wellheard.periods import Window
from wellheard.settings import PROJECT, Settings
from wellheard.sources import registry

FIXTURES = PROJECT / "tests" / "fixtures"
VENDORS = [name for name in registry() if name != "file"]
CONTRACTS = (
    "feedback",
    "comments",
    "cases",
    "case_events",
    "customers",
    "interactions",
    "invitations",
    "surveys",
)
FAST = {"requests_per_minute": 600_000, "requests_per_day": 10_000_000}

pytestmark = pytest.mark.dbt


@dataclass(frozen=True)
class Built:
    """The contract tables' rows of all sources that were landed."""

    rows: Mapping[str, list[dict[str, Any]]]

    def of(self, contract: str, source: str) -> list[dict[str, Any]]:
        return [row for row in self.rows[contract] if row["source"] == source]


def fixture_of(name: str) -> dict[str, Any]:
    path = FIXTURES / f"{name}.json"
    assert path.exists(), f"write {path.relative_to(PROJECT)}: records and the rows they become"
    fixture: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return fixture


@pytest.fixture(scope="module")
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """All sources that the chosen tests are about, landed and built once."""
    names = sorted(
        {item.callspec.params["name"] for item in request.session.items
         if item.path == request.path and hasattr(item, "callspec")}
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("contracts")
    fixtures = {name: fixture_of(name) for name in names}
    settings = company(folder, fixtures)
    for name, fixture in fixtures.items():
        land(settings, name, fixture)
    warehouse.build(settings, progress=lambda line: None)
    with warehouse_file.connect(settings) as connection:
        rows = {}
        for contract in (*CONTRACTS, "quarantine"):
            result = connection.execute(f"select * from contracts.{contract}")
            columns = [column[0] for column in result.description]
            rows[contract] = [
                {key: plain(value) for key, value in zip(columns, row, strict=True)}
                for row in result.fetchall()
            ]
    return Built(rows)


def company(folder: Path, fixtures: Mapping[str, Mapping[str, Any]]) -> Settings:
    """A company that has all these sources, with the demo's seeds and the fixtures' rows."""
    sources = {
        name: {"history_start": fixture["window"][:10], **fixture.get("options", {})}
        for name, fixture in fixtures.items()
    }
    content = {"company": "Fixture", "reporting_zone": "Europe/London", "sources": sources}
    seeds = folder / "company" / "seeds"
    seeds.mkdir(parents=True)
    (folder / "company" / "wellheard.yml").write_text(yaml.safe_dump(content, sort_keys=False))
    for path in (PROJECT / "dbt_project" / "seeds").glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            columns, rows = list(reader.fieldnames or []), list(reader)
        for name, fixture in fixtures.items():
            for row in fixture.get("seeds", {}).get(path.stem, []):
                assert set(row) <= set(columns), f"{name}: {path.stem} has no {set(row)}"
                rows.append({"source": name, "reversed": "false", **row})
        with (seeds / path.name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
    return Settings(var=folder / "var", company_dir=folder / "company")


def land(settings: Settings, name: str, fixture: Mapping[str, Any]) -> None:
    now = datetime.fromisoformat(fixture["now"])
    simulator = simulators()[name](now, fixture["records"])
    with serve(simulator.app) as url:
        connection = simulator.connection(url)
        ingest.ingest(
            settings,
            name,
            Window.parse(fixture["window"]),
            connection=replace(connection, extra={**connection.extra, **FAST}),
            extracted_at=now,
            progress=lambda line: None,
        )


def plain(value: Any) -> Any:
    """As a fixture writes it: moments in UTC with Z, whole numbers without a point."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def differences(expected: list[dict[str, Any]], found: list[dict[str, Any]]) -> Iterator[str]:
    """What is missing and what is too much; an expected row names only columns worth checking."""
    left = list(found)
    for row in expected:
        match = next((r for r in left if all(r.get(k, "?") == v for k, v in row.items())), None)
        if match is None:
            yield f"missing: {row}"
        else:
            left.remove(match)
    for row in left:
        yield f"not expected: { {k: v for k, v in row.items() if v is not None} }"


@pytest.mark.parametrize("contract", [*CONTRACTS, "quarantine"])
@pytest.mark.parametrize("name", VENDORS)
def test_a_sources_records_become_the_rows_expected_of_them(
    name: str, contract: str, built: Built
) -> None:
    expected = fixture_of(name)["contracts"].get(contract, [])
    wrong = list(differences(expected, built.of(contract, name)))
    assert not wrong, f"contracts.{contract} of {name}:\n" + "\n".join(wrong)


@pytest.mark.parametrize("name", VENDORS)
def test_a_fixture_expects_something_of_every_contract_its_source_feeds(name: str) -> None:
    folder = PROJECT / "dbt_project" / "models" / "staging" / name
    fed = {path.stem.removeprefix("int_").split("__")[0] for path in folder.glob("int_*.sql")}
    silent = {contract for contract in fed if not fixture_of(name)["contracts"].get(contract)}
    assert not silent, f"tests/fixtures/{name}.json has no rows for {', '.join(sorted(silent))}"
