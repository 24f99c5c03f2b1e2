from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from publishing import World

from wellheard.gate import Check
from wellheard.settings import Settings


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(Settings(var=tmp_path / "var", company_dir=tmp_path / "company's own"))


@pytest.fixture
def failing() -> Callable[..., Check]:
    """Make a failed check of a severity, with whatever fields the test wants otherwise."""

    def make(severity: str, **changes: object) -> Check:
        return Check.model_validate(
            {
                "name": "volume of zendesk/tickets",
                "table": "gate_volume",
                "expectation": "expect_column_values_to_be_between",
                "severity": severity,
                "success": False,
                "why": "a source that falls silent thins the report",
                "message": "2026-10-31: 3 records, 80 to 130 are usual",
                **changes,
            }
        )

    return make
