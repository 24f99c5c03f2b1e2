"""Which sources' models a dbt project holds, told by the names of their files.

`models/staging/<kind>/int_<contract>__<kind>.sql` feeds a contract table, and
`stg_<kind>__<stream>.sql` stages a stream; dbt gets both lists as variables, so that a new source
is taken up by being there.

    python -m wellheard.feeds dbt_project     # the variables as JSON, as `dbt parse` wants them
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Collection
from pathlib import Path

FILES = "file"  # the kind of source every build has, so no contract table is without columns


def variables(project: Path) -> dict[str, object]:
    """`feeds` (contract -> kinds), `streams` (pairs of kind and stream), `identities` (kinds)."""
    feeds: dict[str, list[str]] = {}
    streams: list[list[str]] = []
    for folder in _staging_folders(project):
        for model in sorted(folder.glob(f"int_*__{folder.name}.sql")):
            contract = model.stem.removeprefix("int_").removesuffix(f"__{folder.name}")
            feeds.setdefault(contract, []).append(folder.name)
        for model in sorted(folder.glob(f"stg_{folder.name}__*.sql")):
            streams.append([folder.name, model.stem.removeprefix(f"stg_{folder.name}__")])
    identities = [
        path.stem.removeprefix("identities__")
        for path in sorted((project / "models" / "restricted").glob("identities__*.sql"))
    ]
    return {"feeds": feeds, "streams": streams, "identities": identities}


def keep_only(project: Path, kinds: Collection[str]) -> None:
    """Take the models of all other kinds out of a copy of the project: nothing lands for them."""
    kept = {*kinds, FILES}
    for folder in _staging_folders(project):
        if folder.name not in kept:
            shutil.rmtree(folder)
    for path in (project / "models" / "restricted").glob("identities__*.sql"):
        if path.stem.removeprefix("identities__") not in kept:
            path.unlink()


def _staging_folders(project: Path) -> list[Path]:
    return sorted(path for path in (project / "models" / "staging").glob("*") if path.is_dir())


if __name__ == "__main__":
    print(json.dumps(variables(Path(sys.argv[1]))))
