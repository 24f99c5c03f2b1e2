"""What a build is made from beside the landings: the dbt project, the seeds, settings and code."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from wellheard import __version__, feeds, seeds
from wellheard.raw_schema import SourceInput
from wellheard.settings import Settings

UNIT_TESTS = "_unit_tests.yml"
_NOT_PROJECT = {"target", "logs", "dbt_packages", "__pycache__"}
# Library code whose change changes what a build holds.
_CODE = (
    "comments/costs.py",
    "comments/emerging.py",
    "comments/feelings.py",
    "comments/given_names.py",
    "comments/language.py",
    "comments/names.py",
    "comments/numbers.py",
    "comments/places.py",
    "comments/quotes.py",
    "comments/redaction.py",
    "comments/repeats.py",
    "comments/sentiment.py",
    "comments/tables.py",
    "comments/terms.py",
    "comments/theme_cells.py",
    "comments/themes.py",
    "action_effects.py",
    "cell_sums.py",
    "closed_loop.py",
    "control_chart.py",
    "driver_panel.py",
    "drivers.py",
    "equivalence.py",
    "metric_cells.py",
    "moments_of_truth.py",
    "money.py",
    "money_cells.py",
    "money_panel.py",
    "money_register.py",
    "movement.py",
    "paths.py",
    "rates.py",
    "raw_schema.py",
    "reckoning.py",
    "sample_trust.py",
    "share_test.py",
    "signal_tests.py",
    "statistics.py",
    "suppression.py",
    "survival.py",
    "survival_panel.py",
)


def digest(settings: Settings, inputs: Sequence[SourceInput]) -> str:
    """SHA-256 over all a build is made from: landings, dbt project, seeds, settings, code."""
    texts = [recipe(settings), *(source.fingerprint() for source in inputs)]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def recipe(settings: Settings) -> str:
    """SHA-256 over all a build is made from beside what is landed."""
    company = settings.company
    found = hashlib.sha256()
    for text in (
        __version__,
        f"duckdb {version('duckdb')} dbt-core {version('dbt-core')}",
        f"{company.reporting_zone} {company.minimum_n}",
    ):
        found.update(text.encode() + b"\n")
    package = Path(__file__).parent
    files = {f"code/{name}": package / name for name in _CODE}
    files |= {f"dbt/{p.relative_to(settings.dbt_project)}": p for p in _project_files(settings)}
    files |= {f"seeds/{name}": path for name, path in seeds.paths(settings).items()}
    for name, path in sorted(files.items()):
        if path.is_file():
            found.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return found.hexdigest()


def _project_files(settings: Settings) -> Iterator[Path]:
    root = settings.dbt_project
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in _NOT_PROJECT]
        for name in names:
            path = Path(folder, name)
            is_seed = path.suffix == ".csv" and path.parent == root / "seeds"
            if not name.startswith(".") and not is_seed:
                yield path


def stage_project(settings: Settings, work: Path, kinds: Collection[str]) -> Path:
    """A copy of the dbt project with the company's seeds, which editing cannot change meanwhile.

    Only what the kinds of source in use need is in it; unit tests are the test suite's.
    """
    staged = work / "dbt_project"
    for path in _project_files(settings):
        if path.name == UNIT_TESTS:
            continue
        target = staged / path.relative_to(settings.dbt_project)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    feeds.keep_only(staged, kinds)
    (staged / "seeds").mkdir(exist_ok=True)
    for name, path in seeds.paths(settings).items():
        shutil.copyfile(path, staged / "seeds" / name)
    return staged
