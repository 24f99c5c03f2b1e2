"""The company's files, read and checked before anything is built: every fault of all of them.

A fault is a sentence: file, line, column, value, and what to write there. What must hold is said
in the dbt project (`seeds/_seeds.yml`, `tests/seeds/*.sql`); what only `wellheard.yml` can tell,
the names of sources and their priorities, is asked here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from wellheard import sources, written
from wellheard.errors import ConfigError
from wellheard.seeds import declared, rules, sheets
from wellheard.seeds.sheets import Fault, Sheet
from wellheard.settings import Settings, SourceConfig

_ANY = "*"
_ANY_SOURCE = frozenset(("case_touchpoints", "case_statuses"))  # whose rows may be for every source
_OF_THEMES = ("theme", "label", "language", "pattern")
_SHOWN_OF_FILE = 20
CATALOGUE = "metrics.csv"  # the project's own stands in for a company's


def paths(settings: Settings) -> dict[str, Path]:
    """The company's seeds by file name, and the project's catalogue unless it has its own."""
    found = {path.name: path for path in sorted(settings.seeds.glob("*.csv"))}
    catalogue = settings.dbt_project / "seeds" / CATALOGUE
    if catalogue.exists():
        found.setdefault(catalogue.name, catalogue)
    return found


def check(settings: Settings, *, today: date | None = None) -> None:
    """Raise ConfigError with all that is wrong in `wellheard.yml` and the company's seeds."""
    told = []
    try:
        configured: Mapping[str, SourceConfig] | None = settings.company.sources
    except ConfigError as error:
        told, configured = [str(error)], None
    told += faults(settings, configured, today=today)
    if told:
        raise ConfigError(
            "\n".join(
                [
                    f"the company's files cannot be used ({settings.seeds}); correct them and "
                    "build again, the warehouse is as it was before:",
                    *(f"  {line}" for line in told),
                ]
            )
        )


def faults(
    settings: Settings,
    configured: Mapping[str, SourceConfig] | None,
    *,
    today: date | None = None,
) -> list[str]:
    """A sentence for each fault, by file and line; empty where all is well.

    `configured` are the sources of `wellheard.yml` (None where that cannot be read). Dates many
    years after `today` are faults.
    """
    here, wanted = paths(settings), declared.declarations(settings.dbt_project / "seeds")
    read = {}
    found = list(_missing(settings, here))
    for name, path in here.items():
        seed = wanted.get(path.stem) or declared.Declared(path.stem, {})
        try:
            read[path.stem] = sheets.read(path, tuple(seed.types), seed.optional)
        except OSError as error:
            found.append(Fault(f"seeds/{name}", 0, "", f"cannot be read ({error.strerror})"))
    for sheet in read.values():
        found += sheet.faults
    doubted = {(fault.file, fault.line) for fault in found}
    seeds = {name: seed for name, seed in wanted.items() if name in read and read[name].readable}
    found += _within(settings.dbt_project, read, seeds, doubted, today)
    for name in seeds:
        found += _of_sources(read[name], configured)
    if "themes" in seeds:
        found += _of_themes(read["themes"], doubted)
    return list(_told(sorted(set(found))))


def _missing(settings: Settings, here: Mapping[str, Path]) -> Iterator[Fault]:
    """The default company's files are the pattern of what every company has."""
    for path in sorted((settings.dbt_project / "seeds").glob("*.csv")):
        if path.name not in here:
            told = f"the file is missing; copy {path} and keep at least its header"
            yield Fault(f"seeds/{path.name}", 0, "", told)


def _within(
    project: Path,
    read: Mapping[str, Sheet],
    seeds: Mapping[str, declared.Declared],
    doubted: set[tuple[str, int]],
    today: date | None,
) -> Iterator[Fault]:
    """What the project declares and tests. Lines in doubt are added to `doubted`."""
    import duckdb

    with duckdb.connect() as connection:
        for name, seed in seeds.items():
            for fault in rules.load(connection, read[name], seed, today):
                doubted.add((fault.file, fault.line))
                yield fault
        for name, seed in seeds.items():
            for fault in declared.broken(read[name], seed, read):
                if fault.told.startswith("is empty"):
                    doubted.add((fault.file, fault.line))
                yield fault
        yield from rules.broken(connection, project, read, doubted)


def _of_sources(sheet: Sheet, configured: Mapping[str, SourceConfig] | None) -> Iterator[Fault]:
    """Sources nobody configured, and priorities a source cannot send."""
    if configured is None or "source" not in sheet.columns:
        return
    known = [*configured, *([_ANY] if sheet.name in _ANY_SOURCE else [])]
    connectors = sources.registry()
    for row in sheet.rows:
        name, priority = row.cells.get("source"), row.cells.get("priority")
        if not row.whole or name is None:
            continue
        if name.strip() not in known and name.strip() not in connectors:
            told = written.unknown(name.strip(), known, list(connectors))
            told += "; a source of another name needs an entry in wellheard.yml"
            yield Fault(sheet.file, row.line, "source", told)
        entry = configured.get(name)
        connector = connectors.get((entry.kind if entry else None) or name)
        if connector and connector.priorities and priority:
            can = [*connector.priorities, _ANY]
            if priority.strip() not in can:
                told = written.unknown(priority.strip(), can)
                yield Fault(sheet.file, row.line, "priority", told)


def _of_themes(sheet: Sheet, doubted: set[tuple[str, int]]) -> Iterator[Fault]:
    """Patterns, keys and labels that themes cannot be found by, as `themes.problems` tells them."""
    from wellheard.comments.themes import ThemeRow, problems_by_row

    if sheet.is_guessed or not set(_OF_THEMES) <= set(sheet.columns):
        return
    rows = [row for row in sheet.rows if row.whole and (sheet.file, row.line) not in doubted]
    given = []
    for row in rows:
        theme, label, language, pattern = (row.cells[name] or "" for name in _OF_THEMES)
        given.append(ThemeRow(theme, label, language, pattern, 0))
    for place, told in problems_by_row(given):
        yield Fault(sheet.file, rows[place].line, "", told)


def _told(found: Sequence[Fault]) -> Iterator[str]:
    counts: Counter[str] = Counter()
    for fault in found:
        counts[fault.file] += 1
        if counts[fault.file] <= _SHOWN_OF_FILE:
            yield str(fault)
    for file, count in counts.items():
        if count > _SHOWN_OF_FILE:
            yield f"{file}: {count - _SHOWN_OF_FILE} more such faults"
