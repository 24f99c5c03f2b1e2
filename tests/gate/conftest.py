from __future__ import annotations

from pathlib import Path

import pytest
from gating import World

from wellheard.settings import Settings


def _settings(folder: Path, **others: Path) -> Settings:
    return Settings(var=folder / "var", company_dir=folder / "company", **others)


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a healthy warehouse, without the gate's tables."""
    world = World(_settings(tmp_path_factory.mktemp("healthy")))
    world.make(models=False)
    return world.settings.warehouse


@pytest.fixture
def world(tmp_path: Path, healthy: Path) -> World:
    """A healthy company under the project's own rules."""
    return World(_settings(tmp_path), healthy)


@pytest.fixture
def ruled(tmp_path: Path, healthy: Path) -> World:
    """A healthy company without any rules: the test writes `expectations/*.yml`."""
    (tmp_path / "project" / "expectations").mkdir(parents=True)
    return World(_settings(tmp_path, project=tmp_path / "project"), healthy)
