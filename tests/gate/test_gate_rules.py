"""Rule files that people write, and what is said when one cannot be used."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from gating import AS_OF, World

from wellheard import gate
from wellheard.errors import GateError
from wellheard.gate_rules import read_rules, rows_sql
from wellheard.settings import Settings
from wellheard.warehouse import Build

RULE = {
    "name": "not too full",
    "expect": "column_values_to_be_between",
    "with": {"column": "n"},
    "severity": "warn",
    "why": "they break",
    "says": "{n}",
}
FILE = {"table": "gate.stock", "about": "One row per shelf.", "show": ["n"], "checks": [RULE]}


def write(world: World, content: object, name: str = "stock.yml") -> None:
    (world.settings.expectations / name).write_text(yaml.safe_dump(content))


def test_the_projects_own_rules_can_be_read_and_say_why() -> None:
    rules = [rule for file in read_rules(Settings()).files.values() for rule in file.checks]
    assert len(rules) == 28
    assert {rule.severity for rule in rules} == {"hold", "warn"}
    assert all(len(rule.why) > 20 for rule in rules)


@pytest.mark.parametrize("checks", [None, []])
def test_a_gate_without_checks_is_an_error_not_a_pass(
    ruled: World, checks: list[object] | None
) -> None:
    if checks is not None:
        write(ruled, {**FILE, "checks": checks})
    with pytest.raises(GateError, match="nothing may pass a gate that checks nothing"):
        gate.evaluate(ruled.settings, ruled.make(models=False), as_of=AS_OF)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"severity": "fatal"}, r"checks entry 1, severity: 'fatal' is unknown; known: hold, warn"),
        ({"says": "{weight}"}, r"'not too full' says {weight}, which is not listed under show"),
        ({"whyy": "typo"}, r"checks entry 1, whyy: there is no such key; write why "),
        ({"why": None}, r"checks entry 1, why: is empty"),
    ],
)
def test_a_wrong_rule_names_file_and_key(
    ruled: World, change: dict[str, Any], problem: str
) -> None:
    write(ruled, {**FILE, "checks": [RULE | change]})
    with pytest.raises(GateError, match=problem) as refusal:
        read_rules(ruled.settings)
    assert "stock.yml" in str(refusal.value)


@pytest.mark.parametrize("change", [{"query": "select 1 as n"}, {"table": None}])
def test_a_file_is_about_a_table_or_a_query(ruled: World, change: dict[str, Any]) -> None:
    write(ruled, FILE | change)
    with pytest.raises(GateError, match="give either table or query"):
        read_rules(ruled.settings)


def test_a_file_that_is_not_yaml_is_named(ruled: World) -> None:
    (ruled.settings.expectations / "stock.yml").write_text("checks: [")
    with pytest.raises(GateError, match=r"stock.yml is not valid YAML"):
        read_rules(ruled.settings)


def test_a_rule_file_that_would_not_be_read_is_refused(ruled: World) -> None:
    write(ruled, FILE)
    write(ruled, FILE, "more_stock.yaml")
    with pytest.raises(
        GateError, match=r"more_stock.yaml is not read: rename it to more_stock.yml"
    ):
        read_rules(ruled.settings)


def test_two_checks_of_one_name_are_refused(ruled: World) -> None:
    write(ruled, FILE)
    write(ruled, FILE, "stock_again.yml")
    with pytest.raises(GateError, match=r"stock_again.yml: check 'not too full' is also in stock"):
        read_rules(ruled.settings)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"check": "not too ful"}, "there is no check 'not too ful'; there are not too full"),
        ({"rows": {"shelf": "b"}}, "has no column 'shelf'; write some of n"),
        ({"rows": {}}, "rows: is empty"),
        ({"because": " "}, "say why these rows are accepted"),
    ],
)
def test_what_is_accepted_must_name_a_check_its_rows_and_a_reason(
    ruled: World, entry: dict[str, Any], problem: str
) -> None:
    write(ruled, FILE)
    whole = {"check": "not too full", "rows": {"n": 12}, "because": "it is made of steel"}
    path = ruled.settings.company_file.with_name("accepted.yml")
    path.write_text(yaml.safe_dump([whole | entry]))
    with pytest.raises(GateError, match=problem) as refusal:
        read_rules(ruled.settings)
    assert str(path) in str(refusal.value)


def test_an_accepted_value_is_text_not_sql(ruled: World) -> None:
    write(ruled, FILE)
    entry = {"check": "not too full", "rows": {"n": "x') or ('1' = '1"}, "because": "it tries"}
    ruled.settings.company_file.with_name("accepted.yml").write_text(yaml.safe_dump([entry]))
    rules = read_rules(ruled.settings)
    (file,) = rules.files.values()
    sql = rows_sql(file, file.checks[0], rules.accepted["not too full"], None)
    assert sql.endswith("""'x'') or (''1'' = ''1')""")


def test_a_table_the_warehouse_does_not_have_is_named_with_those_it_has(ruled: World) -> None:
    write(ruled, FILE)
    with pytest.raises(
        GateError, match=r"no table gate.stock; in gate it has gate.gate_business_hours, gate"
    ):
        gate.evaluate(ruled.settings, ruled.make(), as_of=AS_OF)


def test_a_warehouse_of_another_build_is_refused(ruled: World) -> None:
    write(ruled, FILE)
    ruled.make(models=False)
    other = Build("b999999999999", "abc", ruled.settings.builds / "b999999999999", {})
    with pytest.raises(GateError, match="holds build b0123456789ab, not b999999999999"):
        gate.evaluate(ruled.settings, other, as_of=AS_OF)


def test_a_damaged_verdict_asks_for_the_gate_to_run_again(ruled: World) -> None:
    ruled.build.folder.mkdir(parents=True)
    (ruled.build.folder / "verdict.json").write_text('{"build_id": "b01')
    with pytest.raises(GateError, match="run `wellheard gate` again"):
        gate.load_verdict(ruled.settings, ruled.build)
