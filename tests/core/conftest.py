from __future__ import annotations

from pathlib import Path

import cli_company
import pytest
from command_line import CommandLine


@pytest.fixture
def wellheard(tmp_path: Path) -> CommandLine:
    return cli_company.found(tmp_path)
