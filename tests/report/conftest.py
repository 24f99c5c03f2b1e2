from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from report_making import assemble, place
from report_publication import publish
from report_world import Story

from wellheard.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return place(tmp_path)


@pytest.fixture
def document_of(settings: Settings) -> Callable[..., dict[str, Any]]:
    """The document of a story's last month, for an audience with changes."""

    def of(
        story: Story | None = None, name: str = "p0123456789ab", **changes: object
    ) -> dict[str, Any]:
        return assemble(settings, publish(settings, story, name=name), **changes)

    return of
