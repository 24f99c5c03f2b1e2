"""One name per source, the same everywhere; documentation that matches what is there."""

import re
import shlex
from pathlib import Path

import pytest
from conformance import missing
from typer.main import get_command

from wellheard import cli
from wellheard.sources import registry

PROJECT = Path(__file__).resolve().parents[2]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
VENDORS = [name for name in registry() if name != "file"]
COMMANDS = get_command(cli.app).commands


@pytest.mark.parametrize("name", VENDORS)
def test_a_source_has_everything_a_source_has(name):
    lacks = missing(name)
    assert not lacks, "\n".join([f"source {name} is not complete:", *(f"- {s}" for s in lacks)])


def test_every_command_is_documented():
    undocumented = [name for name in COMMANDS if f"`wellheard {name}" not in README]
    assert undocumented == []


def documented_calls():
    found = re.findall(r"`wellheard ([^`]+)`", README)
    return [call for call in found if "..." not in call]


@pytest.mark.parametrize("call", documented_calls())
def test_every_documented_call_is_understood(call):
    name, *arguments = shlex.split(call)
    COMMANDS[name].make_context(name, list(arguments), resilient_parsing=False)


def test_every_make_target_the_readme_names_exists():
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:`|^)make ([a-z]+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_file_the_readme_names_exists():
    for path in re.findall(
        r"(?:dags|dbt_project|docs|examples|expectations|reports|templates|tests)/"
        r"[\w./-]*[\w]",
        README,
    ):
        assert (PROJECT / path).exists() or "<" in README[README.index(path) :][: len(path) + 2], (
            path
        )


def test_every_setting_the_readme_names_is_one():
    from wellheard.settings import Settings

    known = {f"WELLHEARD_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"WELLHEARD_[A-Z_]+", README)) <= known


def test_no_file_names_the_machine_it_was_written_on():
    import subprocess

    names = subprocess.run(
        ["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    for name in filter(None, names):
        if name.endswith((".ttf", ".png")) or name.startswith("requirements"):
            continue
        text = (PROJECT / name).read_text(encoding="utf-8", errors="replace")
        assert str(PROJECT) not in text, name
