"""`wellheard new-source`: a skeleton that runs, and a test that says in words what it lacks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Done

from wellheard import new_source
from wellheard.settings import PROJECT

MOST_LINES = 120  # of Python and SQL, for a source that pages by a cursor
COPIED = ("dags", "dbt_project", "reports", "tests", "README.md", "pyproject.toml", "wellheard.yml")


class Tree:
    """A copy of the project in which sources are made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in COPIED:
            if (PROJECT / name).is_dir():
                left = shutil.ignore_patterns("__pycache__", "editions", "target", "airflow")
                shutil.copytree(PROJECT / name, folder / name, ignore=left)
            else:
                shutil.copy(PROJECT / name, folder / name)

    def run(self, *arguments: str) -> Done:
        """Run Python on the copy's own library."""
        known = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**known, "PYTHONPATH": str(self.folder / "dags"), "COLUMNS": "300"},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        return Done(done.returncode, " ".join((done.stdout + done.stderr).split()))

    def wellheard(self, *arguments: str) -> Done:
        return self.run("-m", "wellheard.cli", *arguments)

    def tests(self, *arguments: str) -> Done:
        return self.run(
            "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments
        )

    def files(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }

    def edit(self, path: str, *changes: tuple[str, str]) -> None:
        text = (self.folder / path).read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, f"{old!r} is not in {path}"
            text = text.replace(old, new)
        (self.folder / path).write_text(text, encoding="utf-8")


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


NAMES = {"feedback": "acme", "cases": "acme_desk"}
# By contract: the rows the skeleton's fixture becomes, told from its records by hand.
EXPECTED = {
    "feedback": {
        "feedback": [
            {
                "feedback_id": "acme|S1|1|nps",
                "metric": "nps",
                "score": 9,
                "responded_at": "2026-10-01T09:02:00Z",
                "customer_key": "acme:C00001",
            }
        ]
    },
    "cases": {
        "cases": [
            {"case_key": "acme_desk|1", "created_at": "2026-10-01T09:00:00Z", "channel": "email"},
            {"case_key": "acme_desk|2", "created_at": "2026-10-02T09:00:00Z", "customer_key": None},
        ],
        "case_events": [
            {
                "case_event_id": "acme_desk|tickets|1|1",
                "event": "created",
                "actor_role": "customer",
            },
            {"case_event_id": "acme_desk|tickets|1|2", "event": "comment", "actor_role": "agent"},
            {"case_event_id": "acme_desk|tickets|1|3", "event": "status", "value": "solved"},
        ],
    },
}


@pytest.mark.dbt
def test_a_new_source_runs_as_it_is_and_is_complete_once_the_sentences_are_followed(
    tree: Tree,
) -> None:
    for contract, name in NAMES.items():
        before = set(tree.files())
        made = tree.wellheard("new-source", name, "--contract", contract, "--title", "Acme Voice")
        assert made.code == 0, made.said
        written = set(tree.files()) - before
        assert all(path in made.said for path in written)
        count = sum(
            len((tree.folder / path).read_text(encoding="utf-8").splitlines())
            for path in written
            if path.endswith(".sql") or path.startswith("dags/wellheard/sources/")
        )
        print(f"{contract}: {count} lines of Python and SQL")
        assert count <= MOST_LINES

    # They run: the kit (both read by the same code), their own tests.
    for tests in (["tests/torture", "-k", "acme and not desk"], ["tests/sources", "-k", "acme"]):
        ran = tree.tests(*tests, "-x")
        assert ran.code == 0, ran.said

    # What is missing is said, all of it at once.
    lacks = tree.tests("tests/core/test_conformance.py", "-k", "acme")
    assert lacks.code == 1
    for name in NAMES.values():
        for sentence in (
            f"put the vendor's own host in the place of api.{name}.invalid",
            f"give the answer to a wrong login in dags/wellheard/demo/simulators/{name}.py the",
            f"replace {new_source.PLACEHOLDER} in the row of {name} in README.md",
            f"is to hold into tests/fixtures/{name}.json, by hand",
        ):
            assert sentence in lacks.said

    # So it is done.
    for contract, name in NAMES.items():
        tree.edit(f"dags/wellheard/sources/{name}.py", (f"{name}.invalid", f"{name}.example"))
        tree.edit(
            f"dags/wellheard/demo/simulators/{name}.py",
            ("UNAUTHORIZED: Json = {}", 'UNAUTHORIZED: Json = {"error": "unauthorized"}'),
        )
        fixture = tree.folder / f"tests/fixtures/{name}.json"
        content = json.loads(fixture.read_text(encoding="utf-8"))
        content["contracts"] = EXPECTED[contract]
        fixture.write_text(json.dumps(content), encoding="utf-8")
    for path in ("README.md", "dbt_project/seeds/survey_questions.csv"):
        tree.edit(path, (f"{new_source.PLACEHOLDER} ", ""))
    done = tree.tests("tests/core/test_conformance.py", "tests/contracts", "-k", "acme")
    assert done.code == 0, done.said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Acme", "cannot be used"),
        ("acme-voice", "cannot be used"),
        ("acme__voice", "cannot be used"),
        ("_acme", "cannot be used"),
        ("3acme", "cannot be used"),
        ("../acme", "cannot be used"),
        ("import", "cannot be used"),
        ("a" * 25, "cannot be used"),
        ("zendesk", "is taken"),
        ("file", "is taken"),
        ("base", "is taken"),
    ],
)
def test_a_bad_or_taken_name_is_refused_and_nothing_is_written(
    small_tree: Tree, name: str, said: str
) -> None:
    before = small_tree.files()
    with pytest.raises(new_source.ConfigError, match=said):
        new_source.create(settings_of(small_tree), name, "Acme")
    assert small_tree.files() == before


def test_a_file_that_is_there_already_is_never_overwritten(small_tree: Tree) -> None:
    fixture = small_tree.folder / "tests/fixtures/acme.json"
    fixture.parent.mkdir(parents=True, exist_ok=True)
    fixture.write_text("mine", encoding="utf-8")
    before = small_tree.files()
    with pytest.raises(new_source.ConfigError, match=r"acme\.json exists already"):
        new_source.create(settings_of(small_tree), "acme", "Acme")
    assert small_tree.files() == before


def test_a_row_that_is_there_already_is_not_added_twice(small_tree: Tree) -> None:
    seed = small_tree.folder / "dbt_project/seeds/survey_questions.csv"
    with seed.open("a", encoding="utf-8") as file:
        file.write("acme,*,q,nps,Mine,0,10,9,,,,false,\n")
    before = small_tree.files()
    with pytest.raises(new_source.ConfigError, match="has a row for 'acme' already"):
        new_source.create(settings_of(small_tree), "acme", "Acme")
    assert small_tree.files() == before


@pytest.mark.parametrize("name", ["ab", "a_rather_long_source_name"[:24]])
def test_what_is_written_passes_the_linters_whatever_the_name(small_tree: Tree, name: str) -> None:
    for contract in new_source.KINDS:
        made = new_source.create(
            settings_of(small_tree), f"{name[:22]}_{contract[0]}", "A", contract
        )
        python = [str(path) for path in made if path.suffix == ".py"]
        sql = [str(path) for path in made if path.suffix == ".sql"]
        for command in (
            ["ruff", "check", *python],
            ["ruff", "format", "--check", *python],
            ["sqlfluff", "lint", *sql],
        ):
            done = small_tree.run("-m", *command)
            assert done.code == 0, done.said


@pytest.fixture
def small_tree(tmp_path: Path) -> Tree:
    """As much of the project as the skeleton is written into."""
    tree = Tree.__new__(Tree)
    tree.folder = tmp_path
    for name in ("dags", "dbt_project/macros"):
        left = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=left)
    for name in (
        "README.md",
        "pyproject.toml",
        ".sqlfluff",
        "dbt_project/seeds/survey_questions.csv",
        "dbt_project/seeds/case_policies.csv",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, tmp_path / name)
    return tree


def settings_of(tree: Tree):
    from wellheard.settings import Settings

    return Settings(project=tree.folder, var=tree.folder / "var")
