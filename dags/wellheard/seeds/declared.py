"""What `seeds/_seeds.yml` of the dbt project declares of each seed, and which rows break it.

dbt tests the same declarations of the tables it has loaded; here they are held against the files,
so that line and column can be told. There is no second list of columns, types or known names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from wellheard import written
from wellheard.seeds.sheets import Fault, Sheet, file_of

DECLARATIONS = "_seeds.yml"


@dataclass(frozen=True)
class Declared:
    """A seed's columns with their types, the columns that may be missing, and what must hold."""

    name: str
    types: Mapping[str, str]
    optional: frozenset[str] = frozenset()
    needed: tuple[str, ...] = ()
    keys: tuple[tuple[str, ...], ...] = ()  # columns that together name one row
    accepted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    named_in: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # column: seed, column

    @property
    def names(self) -> frozenset[str]:
        """The columns whose values are names: a space beside one makes another name of it."""
        keys = {column for key in self.keys for column in key}
        texts = {column for column, kind in self.types.items() if kind == "varchar"}
        return frozenset((keys & texts) | {*self.accepted, *self.named_in})


def declarations(folder: Path) -> dict[str, Declared]:
    """By name what the project's `_seeds.yml` says; empty without one."""
    path = folder / DECLARATIONS
    content = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {seed["name"]: _declared(seed) for seed in content.get("seeds") or []}


def _declared(seed: Mapping[str, Any]) -> Declared:
    config = seed.get("config") or {}
    needed: list[str] = []
    keys: list[tuple[str, ...]] = []
    accepted: dict[str, tuple[str, ...]] = {}
    named_in: dict[str, tuple[str, str]] = {}
    for test, arguments in _tests(seed):
        if test == "unique_together":
            keys.append(tuple(arguments["columns"]))
    for column in seed.get("columns") or []:
        name = column["name"]
        for test, arguments in _tests(column):
            if test == "not_null":
                needed.append(name)
            elif test == "unique":
                keys.append((name,))
            elif test == "accepted_values":
                accepted[name] = tuple(map(str, arguments["values"]))
            elif test == "relationships":
                to = str(arguments["to"]).removeprefix("ref(").rstrip(")").strip("'\" ")
                named_in[name] = (to, arguments["field"])
    return Declared(
        seed["name"],
        {name: str(kind).lower() for name, kind in (config.get("column_types") or {}).items()},
        frozenset((config.get("meta") or {}).get("may_be_missing") or ()),
        tuple(needed),
        tuple(keys),
        accepted,
        named_in,
    )


def _tests(owner: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for test in owner.get("data_tests") or []:
        if isinstance(test, str):
            yield test, {}
        else:
            [(name, given)] = test.items()
            yield name, (given or {}).get("arguments") or given or {}


def broken(sheet: Sheet, seed: Declared, sheets: Mapping[str, Sheet]) -> Iterator[Fault]:
    """Empty cells, names nobody knows, rows given twice. Only of lines that could be read whole."""
    for row in sheet.rows:
        if not row.whole:
            continue
        for column in seed.needed:
            if column in sheet.columns and row.cells.get(column) is None:
                yield Fault(sheet.file, row.line, column, "is empty; every row needs one")
        for column in sorted(seed.names):
            if (text := row.cells.get(column)) is not None:
                yield from _name(sheet, seed, row.line, column, text, sheets)
    for key in seed.keys:
        yield from _doubles(sheet, key)


def _name(
    sheet: Sheet, seed: Declared, line: int, column: str, text: str, sheets: Mapping[str, Sheet]
) -> Iterator[Fault]:
    value = text.strip()
    if value != text:
        where = "end" if value and text.startswith(value) else "beginning"
        told = f"'{text}' has a space at its {where}; write {value or 'a name'}"
        yield Fault(sheet.file, line, column, told)
    if not value:
        return
    known: Sequence[str]
    if column in seed.accepted:
        known = seed.accepted[column]
        if seed.types.get(column, "varchar") != "varchar":
            value = value.removesuffix(".0").lstrip("0") or value
            if not value.lstrip("+-").isdigit():
                return  # no number, and told as such
        if value not in known:
            yield Fault(sheet.file, line, column, written.unknown(value, known))
    if column in seed.named_in:
        other, field_ = seed.named_in[column]
        lists = sheets.get(other)
        if lists is None or not lists.readable or field_ not in lists.columns:
            return  # the list itself is told
        known = lists.values(field_)
        if value not in known:
            told = written.unknown(value, known)
            told += "" if known else f"; {file_of(other)} has no rows"
            yield Fault(sheet.file, line, column, told)


def _doubles(sheet: Sheet, key: tuple[str, ...]) -> Iterator[Fault]:
    first: dict[tuple[str, ...], int] = {}
    for row in sheet.rows:
        values = tuple((row.cells.get(column) or "").strip() for column in key)
        if not row.whole or not all(values):
            continue
        if (line := first.setdefault(values, row.line)) != row.line:
            told = f"'{'/'.join(values)}' stands in line {line} already; keep one of the two rows"
            yield Fault(sheet.file, row.line, key[0] if len(key) == 1 else "", told)
