"""One definition of each metric: `seeds/metrics.csv`, `figures.yml`, and the page made of them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from wellheard.errors import ConfigError

_FIGURES = Path(__file__).with_name("figures.yml")
# What stands beside a figure and is no figure of its own.
_BESIDE = ("effective_n", "low", "high", "low90", "high90", "p", "p_adjusted", "previous",
           "same_month_last_year", "change", "target", "margin", "test_weight",
           "signal_weight")  # fmt: skip
_BESIDE_ENDS = ("_low", "_high", "_p", "_p_adjusted")
_BESIDE_STARTS = ("p_",)


@dataclass(frozen=True)
class Definition:
    """A metric or figure as the documentation prints it; `columns` hold it (`rpt_x.column`).

    `formula` is empty where the definition says it all.
    """

    name: str
    label: str
    unit: str
    definition: str
    interval: str
    source: str
    columns: tuple[str, ...] = ()
    formula: str = ""


@dataclass(frozen=True)
class Kind:
    """How the metrics of a unit are computed, and a change of them tested."""

    unit: str
    label: str
    formula: str
    interval: str
    test: str
    source: str


@dataclass(frozen=True)
class Rule:
    """What holds for every figure: corrections, weights."""

    name: str
    label: str
    definition: str
    source: str


def kinds() -> list[Kind]:
    """The units of metrics in their order, percentiles apart."""
    return [Kind(unit=unit, **parts) for unit, parts in _content()["units"].items()]


def kind_of(metric: str, unit: str) -> str:
    """The entry of `units` that holds for a metric: a 90th percentile has its own."""
    return f"{unit}_p90" if metric.endswith("_p90") else unit


def rules() -> list[Rule]:
    """The rules in their order."""
    return [
        Rule(one["rule"], one["label"], one["definition"], one["source"])
        for one in _content()["rules"]
    ]


def figures() -> list[Definition]:
    """The figures that are no metric of the seed, in their order."""
    return [
        Definition(one["figure"], one["label"], one["unit"], one["definition"], one["interval"],
                   one["source"], tuple(one["columns"]), one.get("formula", ""))
        for one in _content()["figures"]
    ]  # fmt: skip


def definitions(seed: Path) -> tuple[list[Definition], list[Definition]]:
    """The metrics of the seed in its order, and the other figures.

    Raises ConfigError naming the metric or figure that lacks a part of its definition.
    """
    content = _content()
    with seed.open(encoding="utf-8-sig", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (int(row["position"]), row["metric"]))
    metrics = []
    for row in rows:
        unit = content["units"].get(kind_of(row["metric"], row["unit"]))
        if unit is None:
            raise ConfigError(
                f"{seed}: metric {row['metric']}: {_FIGURES.name} says nothing of unit "
                f"{row['unit']!r}; it knows {', '.join(content['units'])}"
            )
        metrics.append(
            Definition(row["metric"], row["label"], row["unit"], row["definition"],
                       unit["interval"], row["definition_source"] or "", ("rpt_metrics.value",))
        )  # fmt: skip
    others = figures()
    for where, found in ((seed, metrics), (_FIGURES, others)):
        for one in found:
            for part in ("label", "unit", "definition", "interval", "source"):
                if not getattr(one, part).strip():
                    raise ConfigError(f"{where}: {one.name} has no {part}: say it in words")
    return metrics, others


def undocumented(tables: Mapping[str, Sequence[str]], seed: Path) -> list[str]:
    """Columns of numbers (by table) that neither the catalogue nor the figures define.

    What only stands beside a figure (interval, p, comparison) needs no definition of its own.
    """
    _, others = definitions(seed)
    known = {column for one in others for column in one.columns} | {"rpt_metrics.value"}
    named = _content()["named_in"]
    return [
        f"{table}.{column}"
        for table, columns in sorted(tables.items())
        for column in columns
        if not _stands_beside(column) and f"{table}.{column}" not in known
        and not (table in named and column == "value")
    ]  # fmt: skip


def named_in() -> dict[str, str]:
    """Tables whose rows name their figure, and the column that does."""
    return dict(_content()["named_in"])


def page(seed: Path) -> str:
    """The documentation page, in Markdown."""
    return "\n".join(_lines(seed)) + "\n"


def _lines(seed: Path) -> Iterator[str]:
    metrics, others = definitions(seed)
    yield "# Metrics"
    yield ""
    yield "Made by `wellheard metrics` of `dbt_project/seeds/metrics.csv` and"
    yield "`dags/wellheard/figures.yml`; change those. Choices and their reasons: `DECISIONS.md`."
    yield ""
    yield "Claims of change rest on tests corrected together (Holm) over one report: `p_adjusted`."
    yield "Where n, or with weights the effective n, is above 0 and below `minimum_n`, nothing is"
    yield "printed."
    yield ""
    yield "## Reported by month, stage, touchpoint, channel and segment"
    for one in metrics:
        yield from _entry(one)
    yield ""
    yield "## By unit"
    yield ""
    yield "| unit | formula | 95 % interval | test of a change | source |"
    yield "|---|---|---|---|---|"
    for kind in kinds():
        parts = (kind.unit, kind.formula, kind.interval, kind.test, kind.source)
        yield f"| {' | '.join(parts)} |"
    yield ""
    yield "## For every figure"
    for rule in rules():
        yield ""
        yield f"- {rule.label}: {rule.definition} Source: {rule.source}"
    yield ""
    yield "## Other figures"
    for one in others:
        yield from _entry(one)


def _entry(one: Definition) -> Iterator[str]:
    yield ""
    yield f"### {one.label} (`{one.name}`)"
    yield ""
    yield one.definition
    yield ""
    if one.formula:
        yield f"- Formula: {one.formula}"
    yield f"- Unit: {one.unit}"
    yield f"- Interval: {one.interval}"
    yield f"- Source: {one.source}"
    if one.columns and one.columns != ("rpt_metrics.value",):
        yield f"- Columns: {', '.join(f'`{column}`' for column in one.columns)}"


def _stands_beside(column: str) -> bool:
    return column in _BESIDE or column.endswith(_BESIDE_ENDS) or column.startswith(_BESIDE_STARTS)


def _content() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(_FIGURES.read_text(encoding="utf-8"))
    return found
