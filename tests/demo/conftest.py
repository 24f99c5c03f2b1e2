"""One world for all tests of this folder: building it takes a second and a half."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from wellheard.demo.company import make_world
from wellheard.demo.simulators.world import World

SEED = 7
TODAY = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture(scope="session")
def world() -> World:
    """Larkfield on 2 November 2026, as the demo sees it. Read only."""
    return make_world(SEED, TODAY)
