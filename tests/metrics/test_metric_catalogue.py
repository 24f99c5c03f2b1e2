"""Every printed figure has one definition, and the documentation is made of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from metrics_world import PROJECT

from wellheard import metric_catalogue
from wellheard.errors import ConfigError

SEED = PROJECT / "seeds" / "metrics.csv"
PAGE = PROJECT.parent / "docs" / "metrics.md"
HEADER = "metric,label,unit,better,definition,definition_source,position\n"


def reporting() -> dict[str, list[dict[str, Any]]]:
    """Columns of each reporting table by its contract."""
    return {
        model["name"]: model["columns"]
        for path in sorted((PROJECT / "models" / "reporting").glob("_*.yml"))
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    }


def test_every_figure_of_every_reporting_table_is_defined() -> None:
    numbers = {
        table: [column["name"] for column in columns if column.get("data_type") == "double"]
        for table, columns in reporting().items()
    }
    missing = metric_catalogue.undocumented(numbers, SEED)
    assert missing == [], (
        "define these in dags/wellheard/figures.yml (definition, interval, source)"
    )


def test_no_definition_is_of_a_column_that_is_gone() -> None:
    there = {f"{table}.{c['name']}" for table, columns in reporting().items() for c in columns}
    metrics, figures = metric_catalogue.definitions(SEED)
    assert {c for one in (*metrics, *figures) for c in one.columns} <= there
    names = [one.name for one in (*metrics, *figures)]
    assert len(names) == len(set(names))


def test_every_measure_a_table_names_is_defined() -> None:
    _, figures = metric_catalogue.definitions(SEED)
    known = {one.name for one in figures}
    for table, named_by in metric_catalogue.named_in().items():
        (column,) = [c for c in reporting()[table] if c["name"] == named_by]
        accepted = [
            value
            for constraint in column["constraints"]
            if constraint["type"] == "check"
            for value in re.findall(r"'(\w+)'", constraint["expression"])
        ]
        assert accepted, f"{table}.{named_by} lists its values in a check"
        assert set(accepted) <= known, f"{table}: define {set(accepted) - known} in figures.yml"


def test_an_undefined_column_is_found() -> None:
    found = metric_catalogue.undocumented({"rpt_new": ["value", "value_low", "p"]}, SEED)
    assert found == ["rpt_new.value"]


def test_the_documentation_page_is_the_catalogue_s() -> None:
    expected = metric_catalogue.page(SEED)
    assert PAGE.read_text(encoding="utf-8") == expected, "run: wellheard metrics --write"
    metrics, _ = metric_catalogue.definitions(SEED)
    assert all(f"(`{one.name}`)" in expected for one in metrics)


def test_every_unit_rule_and_formula_stands_on_the_page() -> None:
    text = metric_catalogue.page(SEED)
    for kind in metric_catalogue.kinds():
        assert all((kind.formula, kind.interval, kind.test, kind.source)), kind.unit
        assert kind.formula in text
    for rule in metric_catalogue.rules():
        assert rule.definition in text
    assert all(f"- Formula: {one.formula}" in text for one in metric_catalogue.figures()
               if one.formula)  # fmt: skip


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("reach,Reach,percent,higher,,Somebody,1", "reach has no definition: say it in words"),
        ("reach,Reach,percent,higher,Words,,1", "reach has no source"),
        ("reach,Reach,people,higher,Words,Somebody,1", "says nothing of unit 'people'"),
    ],
)
def test_a_metric_without_its_definition_is_told(tmp_path: Path, row: str, message: str) -> None:
    seed = tmp_path / "metrics.csv"
    seed.write_text(HEADER + row + "\n")
    with pytest.raises(ConfigError, match=message):
        metric_catalogue.page(seed)
