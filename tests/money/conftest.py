"""Tables of these tests come from a small company built with `tests/metrics/metrics_world.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "metrics"))
