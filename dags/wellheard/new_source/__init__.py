"""`wellheard new-source NAME`: all files of a new source, as a skeleton that runs as it is.

The skeleton reads a vendor that pages by a cursor. Its files lie in `skeleton/`; what is the new
source's own in them is spelled `vendorname`, `VendorTitle`, `VendorClass` and `vendorstream`.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wellheard.errors import ConfigError
from wellheard.settings import Settings

SKELETON = Path(__file__).parent / "skeleton"
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST_NAME = 24
# What the conformance test finds again and asks for.
PLACEHOLDER = "SAY HERE"


@dataclass(frozen=True)
class Kind:
    """What a source of one kind has: a stream, contract tables it feeds, a row in a seed."""

    stream: str
    contracts: tuple[str, ...]
    seed: str
    row: str


KINDS: Mapping[str, Kind] = {
    "feedback": Kind(
        "responses",
        ("feedback",),
        "survey_questions.csv",
        f"vendorname,*,nps,nps,{PLACEHOLDER} how the question reads,0,10,9,,,,false,",
    ),
    "cases": Kind(
        "tickets",
        ("cases", "case_events"),
        "case_policies.csv",
        "vendorname,*,uk_9_18,240",
    ),
}


def create(settings: Settings, name: str, title: str, kind: str = "feedback") -> list[Path]:
    """Write the files of a new source, add its rows to README and seed; the paths, in that order.

    Raises ConfigError for a name that cannot be one, for a source or any file that is there
    already; nothing is written then.
    """
    _check_name(settings, name)
    if not title.strip() or not title.isprintable() or set(title) & set('"\\{}|'):
        raise ConfigError(f"title {title!r} cannot be used: write the vendor's name as people do")
    new = _new_files(settings, name, title, KINDS[kind])
    grown = _grown_files(settings, name, title, KINDS[kind])
    for path in new:
        if path.exists():
            raise ConfigError(f"{path} exists already and is left as it is; choose another name")
    written: list[Path] = []
    try:
        for path, text in new.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                written.append(path)
                file.write(text)
        for path, text in grown.items():
            path.write_text(text, encoding="utf-8")
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return [*new, *grown]


def _check_name(settings: Settings, name: str) -> None:
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME or keyword.iskeyword(name):
        raise ConfigError(
            f"source name {name!r} cannot be used: write lower-case letters and digits in words "
            f"joined by single _, beginning with a letter, at most {LONGEST_NAME} characters"
        )
    for folder in ("sources", "demo/simulators"):
        path = settings.project / "dags" / "wellheard" / folder / f"{name}.py"
        if path.exists():
            raise ConfigError(f"source name {name!r} is taken: {path} exists already")


def _new_files(settings: Settings, name: str, title: str, kind: Kind) -> dict[Path, str]:
    project, staging = settings.project, settings.dbt_project / "models" / "staging" / name
    own = SKELETON / kind.contracts[0]
    files = {
        project / "dags/wellheard/sources" / f"{name}.py": SKELETON / "source.py",
        staging / f"stg_{name}__{kind.stream}.sql": own / "stg.sql",
        **{
            staging / f"int_{contract}__{name}.sql": own / f"int_{contract}.sql"
            for contract in kind.contracts
        },
        staging / f"_{name}.yml": own / "models.yml",
        project / "dags/wellheard/demo/simulators" / f"{name}.py": SKELETON / "simulator.py",
        project / "tests/fixtures" / f"{name}.json": own / "fixture.json",
        project / "tests/sources" / f"test_{name}.py": SKELETON / "test_source.py",
    }
    example = (own / "record.txt").read_text(encoding="utf-8").strip()
    return {
        path: _named(origin.read_text(encoding="utf-8"), name, title, kind).replace(
            "EXAMPLE: Json = {}", example
        )
        for path, origin in files.items()
    }


def _grown_files(settings: Settings, name: str, title: str, kind: Kind) -> dict[Path, str]:
    """README and seed, as they are with the source's rows."""
    readme, seed = settings.project / "README.md", settings.seeds / kind.seed
    row = (
        f"| `{name}` | {kind.stream} ({PLACEHOLDER} what is worth knowing of them) "
        f"| password an access token ({PLACEHOLDER} where {title} gives one) |\n"
    )
    return {
        readme: _with_row(readme, row, name, before="| `file` |"),
        seed: _with_row(seed, _named(kind.row, name, title, kind) + "\n", name),
    }


def _with_row(path: Path, row: str, name: str, before: str | None = None) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist; the source's row belongs there") from None
    lines = [line if line.endswith("\n") else f"{line}\n" for line in text.splitlines(True)]
    if any(line.startswith((f"{name},", f"| `{name}` |")) for line in lines):
        raise ConfigError(f"{path} has a row for {name!r} already; choose another name")
    at = len(lines)
    if before is not None:
        places = [n for n, line in enumerate(lines) if line.startswith(before)]
        if not places:
            raise ConfigError(f"{path} has no row that begins with {before}: put it back first")
        at = places[0]
    return "".join([*lines[:at], row, *lines[at:]])


def _named(text: str, name: str, title: str, kind: Kind) -> str:
    known = {
        "vendorname": name,
        "vendorstream": kind.stream,
        "VendorTitle": title,
        "VendorClass": "".join(word.capitalize() for word in name.split("_")),
    }
    return re.sub("|".join(known), lambda found: known[found[0]], text)
