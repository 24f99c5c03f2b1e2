"""One world for all tests of this folder, and one warehouse built from it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from built_world import Built, build

from wellheard.demo.company import make_world
from wellheard.demo.simulators.world import World

SEED = 7
TODAY = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture(scope="session")
def world() -> World:
    """Larkfield on 2 November 2026, as the demo sees it. Read only."""
    return make_world(SEED, TODAY)


@pytest.fixture(scope="session")
def built(world: World, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The demo's warehouse as it stands on that day; about a minute. Read only."""
    return build(world, tmp_path_factory.mktemp("larkfield"))
