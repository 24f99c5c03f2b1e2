"""The journey's tests build small companies as those of the metrics do."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "metrics"))
