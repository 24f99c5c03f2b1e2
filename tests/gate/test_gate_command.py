"""`wellheard gate`: its exit codes, and what is left when it is killed or finds the disk full."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import CommandLine, Done, killed_at
from gating import BUILD, World

STOCK = (
    "create table gate.stock as select * from (values ('a', 3), ('b', 12)) as t (shelf, n)",
    "create table reporting.rpt_stock as select 12 as n",
)
PUBLISHED = "publications/latest.json"


class Shop:
    """A company with one table to check, and its command line."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.run = CommandLine(world.settings.var.parent)
        self.folder = world.settings.builds / BUILD
        self.settings: dict[str, Any] = {
            "WELLHEARD_PROJECT": str(world.settings.project),
            "WELLHEARD_COMPANY_DIR": str(world.settings.company_dir),
        }
        world.make(*STOCK, models=False)

    def rule(self, most: int, severity: str = "hold") -> None:
        check = {
            "name": "shelves are not too full",
            "expect": "column_values_to_be_between",
            "with": {"column": "n", "max_value": most},
            "severity": severity,
            "why": "they break",
            "says": "shelf {shelf} has {n}",
        }
        table = {"table": "gate.stock", "about": "One row per shelf.", "show": ["shelf", "n"]}
        path = self.world.settings.expectations / "stock.yml"
        path.write_text(yaml.safe_dump({**table, "checks": [check]}))

    def __call__(self, *arguments: str) -> Done:
        return self.run(*arguments, **self.settings)

    def left(self) -> list[str]:
        """What the build's folder holds."""
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def shop(ruled: World) -> Shop:
    return Shop(ruled)


@pytest.mark.parametrize(
    ("most", "severity", "code", "word"),
    [(20, "hold", 0, "PASS"), (10, "warn", 0, "WARN"), (10, "hold", 2, "HOLD")],
)
def test_the_code_tells_hold_from_the_rest_and_only_a_hold_is_not_published(
    shop: Shop, most: int, severity: str, code: int, word: str
) -> None:
    shop.rule(most, severity)
    done = shop("gate")
    assert done.code == code
    assert f"{word}: build {BUILD}, 1 checks" in done.said
    assert ("shelf b has 12" in done.said) == (word != "PASS")

    done = shop("publish")
    assert done.code == code
    assert (shop.world.settings.var / PUBLISHED).exists() == (word != "HOLD")
    if word == "HOLD":
        assert f"held build {BUILD} is held by the gate and is not published" in done.said
        assert "shelf b has 12" in done.said


def test_a_gate_that_cannot_run_is_an_error_and_no_hold(shop: Shop) -> None:
    done = shop("gate")
    assert done.code == 1
    assert "error " in done.said
    assert "expectations" in done.said
    done = shop("publish")
    assert done.code == 1
    assert "has no verdict yet: run `wellheard gate`" in done.said


@pytest.mark.parametrize("name", [".data_docs.writing", ".verdict.json.writing"])
def test_killed_before_its_word_the_build_has_no_verdict_and_the_next_run_finishes(
    shop: Shop, name: str
) -> None:
    shop.rule(20)
    assert shop("gate").code == 0  # the word of an earlier run, on data that was fine
    shop.rule(10)
    warehouse = hashlib.sha256(shop.world.settings.warehouse.read_bytes()).hexdigest()
    killed_at("os.rename", name, "gate", environment=shop.run.environment(**shop.settings))

    done = shop("publish")
    assert done.code == 1
    assert f"build {BUILD} has no verdict yet: run `wellheard gate`" in done.said
    assert not (shop.world.settings.var / PUBLISHED).exists()
    told = shop("status").said
    assert "not checked yet" in told
    assert f"Editions in {shop.run.folder / 'editions'} none" in told
    assert hashlib.sha256(shop.world.settings.warehouse.read_bytes()).hexdigest() == warehouse

    assert shop("gate").code == 2
    assert shop.left() == ["data_docs", "verdict.json"]


def test_a_full_disk_is_told_in_words_and_leaves_neither_verdict_nor_remains(
    shop: Shop, small_disk: Callable[[Path, str], None]
) -> None:
    small_disk(shop.folder, "64k")
    shop.rule(20)
    done = shop("gate")
    assert done.code == 1
    assert f"the verdict on build {BUILD} could not be kept in {shop.folder}" in done.said
    assert "No space left on device" in done.said
    assert "run `wellheard gate` again" in done.said
    assert shop.left() == []
    assert shop("publish").code == 1

    small_disk(shop.folder, "64m")
    assert shop("gate").code == 0
    assert shop("publish").code == 0
