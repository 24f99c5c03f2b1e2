"""The tests of metrics have the small company that the warehouse tests here build."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "metrics"))
