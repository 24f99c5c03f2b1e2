"""A build that goes on from the one before holds what a build in full would hold, to the digit."""

from __future__ import annotations

from pathlib import Path

import pytest
from increments_world import try_history

pytestmark = pytest.mark.dbt


@pytest.mark.parametrize("seed", [1, 2])
def test_increments_make_what_a_build_in_full_makes(tmp_path: Path, seed: int) -> None:
    assert try_history(tmp_path, seed, 4) == []
