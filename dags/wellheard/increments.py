"""Whether a build can start from the warehouse there is, and touch only what landed since.

It can where a build in full would make the same of all that landed before: the same code, project,
seeds and settings, the same sources with the same history, and every landing that was read is still
the lake's, as it was. What is touched then is the business of `macros/increments.sql`.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wellheard import raw_schema

if TYPE_CHECKING:
    import duckdb

_FICLONE = 0x40049409  # Linux: let two files share their blocks until one is written
_SEAL = "warehouse.json"


class InFullError(Exception):
    """The reason why a build must be made in full."""


def known_landings(
    connection: duckdb.DuckDBPyConnection,
    inputs: Sequence[raw_schema.SourceInput],
    recipe_sha256: str,
) -> frozenset[str]:
    """The fingerprints of the landings a warehouse was made from, if it can be gone on from.

    Raises InFullError with the reason if it cannot.
    """
    import duckdb

    try:
        [(recipe,)] = connection.execute("select recipe_sha256 from raw.build").fetchall()
        sources = {
            name: (kind, start)
            for name, kind, start in connection.execute(
                "select source, kind, history_start from raw.sources"
            ).fetchall()
        }
        rows = connection.execute("select source, option, value from raw.options").fetchall()
        options = set(rows)
        read = connection.execute("select fingerprint from raw.landings").fetchall()
    except (duckdb.Error, ValueError):
        raise InFullError("the warehouse was made by another version") from None
    if recipe != recipe_sha256:
        raise InFullError("the project, its seeds or its settings changed")
    asked = set(raw_schema.option_rows(inputs))
    now = {source.name: (source.kind, source.history_start) for source in inputs}
    for name, was in sources.items():
        if now.get(name) != was:
            raise InFullError(f"source {name} was taken out or has another history now")
        if {o for o in options if o[0] == name} != {o for o in asked if o[0] == name}:
            raise InFullError(f"source {name} has other options now")
    if {kind for kind, _ in now.values()} != {kind for kind, _ in sources.values()}:
        raise InFullError("there is a source of a new kind")
    known = frozenset(fingerprint for (fingerprint,) in read)
    gone = known - {raw_schema.fingerprint(m) for source in inputs for m in source.manifests}
    if gone:
        raise InFullError(f"landings were replaced or are gone ({len(gone)})")
    return known


def seal(warehouse: Path, folder: Path) -> None:
    """Note in a build's folder what its finished file looks like."""
    (folder / _SEAL).write_text(json.dumps(_looks(warehouse)))


def check_seal(warehouse: Path, folder: Path) -> None:
    """Raises InFullError when somebody wrote into the warehouse since its build."""
    try:
        sealed = json.loads((folder / _SEAL).read_text())
    except (OSError, ValueError):
        raise InFullError("nothing is known of how the warehouse was made") from None
    if sealed != _looks(warehouse):
        raise InFullError("somebody wrote into the warehouse")


def copy(warehouse: Path, target: Path) -> None:
    """A copy to work on; it costs nothing where the file system lets files share their blocks."""
    with warehouse.open("rb") as old, target.open("wb") as new:
        try:
            fcntl.ioctl(new, _FICLONE, old.fileno())
            return
        except OSError:
            pass
    shutil.copyfile(warehouse, target)


def _looks(warehouse: Path) -> dict[str, int]:
    found = os.stat(warehouse)
    return {"bytes": found.st_size, "mtime_ns": found.st_mtime_ns}
