"""A company that has answers and no more: no touchpoint, stage, channel or segment has a name."""

from __future__ import annotations

from pathlib import Path

import pytest
from metrics_world import SEEDS, answer, build, seed

pytestmark = pytest.mark.dbt
NAMES = (
    "touchpoints",
    "journey_stages",
    "channels",
    "segments",
    "case_touchpoints",
    "case_statuses",
    "targets",
    "actions",
)


def test_a_company_that_names_nothing_has_its_score(tmp_path: Path) -> None:
    told = [
        answer(
            n, "nps", 9 if n % 2 else 3, f"2026-{8 + n % 2:02}-10T12:00:00Z", customer_key=f"C{n}"
        )
        for n in range(20)
    ]
    questions = "\n".join(seed("survey_questions").splitlines()[:2])
    seeds = {name: SEEDS[name].strip().splitlines()[0] for name in NAMES}
    built = build(
        tmp_path, {"file__feedback": told}, seeds={**seeds, "survey_questions": questions}
    )
    assert built.problems == []
    [found] = built.rows(
        "select value, n from reporting.rpt_metrics"
        " where scope = 'all' and period = '2026-09' and metric = 'nps' and dimension = 'all'"
    )
    assert found == (100.0, 10)
