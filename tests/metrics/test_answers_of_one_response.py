"""A response that answers several questions of one metric is not as many responses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from metrics_world import Warehouse, answer, build, moment, seed

from wellheard import statistics as st

pytestmark = pytest.mark.dbt

MONTHS = [f"{2018 + i // 12}-{i % 12 + 1:02d}" for i in range(100)]
RESPONSES = 120
QUESTIONS = ("at_checkout", "in_app", "on_invoice")
LIKENESS = 0.8  # of the feelings behind two answers of one response
SEEDS = {
    "survey_questions": "\n".join(
        [
            seed("survey_questions"),
            "polls,*,at_checkout,csat,Checkout?,1,5,4,checkout,,,false,",
            "polls,*,in_app,csat,App?,1,5,4,app_home,,,false,",
            "polls,*,on_invoice,csat,Invoice?,1,5,4,invoice,,,false,",
            "polls,*,easy_again,ces,Still easy?,1,7,6,,,,false,",
        ]
    )
}


def feelings(chance: np.random.Generator) -> np.ndarray:
    """A response's feeling about each question, as alike as LIKENESS says."""
    own = chance.normal(size=(RESPONSES, len(QUESTIONS)))
    shared = chance.normal(size=(RESPONSES, 1))
    return np.sqrt(LIKENESS) * shared + np.sqrt(1 - LIKENESS) * own


@pytest.fixture(scope="module")
def scores() -> dict[str, np.ndarray]:
    """By month, each response's scores (1 to 5) for the three questions; nothing ever changes."""
    chance = np.random.default_rng(7)
    return {
        month: 1 + np.searchsorted([-1.2, -0.6, -0.1, 0.8], feelings(chance)) for month in MONTHS
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, scores: dict[str, np.ndarray]) -> Warehouse:
    rows: list[dict[str, Any]] = []
    for month, given in scores.items():
        for number, marks in enumerate(given.tolist()):
            rows += [
                answer(f"{month}-{number}", question, mark, f"{month}-15T12:00:00Z")
                for question, mark in zip(QUESTIONS, marks, strict=True)
            ]
    # Twelve who give both questions the same score: in May two of them a low one, in June none.
    rows += [
        answer(f"twice-{i}", question, 7 if i < 10 else 3, "2026-05-12T12:00:00Z")
        for i in range(12)
        for question in ("ces", "easy_again")
    ]
    rows += [
        answer(f"content-{i}", question, 7, "2026-06-12T12:00:00Z")
        for i in range(12)
        for question in ("ces", "easy_again")
    ]
    built = build(
        tmp_path_factory.mktemp("world"),
        {"file__feedback": rows},
        seeds=SEEDS,
        sources=[("polls", "file", moment("2018-01-01 00:00"), moment("2026-07-01 00:00"))],
    )
    assert not built.problems, "\n".join(built.problems)
    return built


def test_where_nothing_changes_no_more_changes_are_found_than_stated(world: Warehouse) -> None:
    [(found, months)] = world.rows(
        "select count(*) filter (where greatest(p, p_exact) < 0.05), count(p) "
        "from reporting.rpt_metrics where scope = 'all' and metric = 'csat' and dimension = 'all'"
    )
    assert months == len(MONTHS) - 1
    # As if each answer came from somebody else, it is 19 of 99.
    assert found / months <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / months)


@pytest.mark.parametrize("month", ["2018-01", "2022-07"])
def test_the_interval_is_that_of_the_answers_a_response_is_worth(
    world: Warehouse, scores: dict[str, np.ndarray], month: str
) -> None:
    top = (scores[month] >= 4).astype(float)
    apart = top - top.mean()
    # Var(sum of a response's answers) against what independent ones would have.
    design_effect = (apart.sum(axis=1) ** 2).sum() / (apart**2).sum()
    assert design_effect > 1.8
    n = top.size / design_effect

    printed = world.figure(metric="csat", period=month)

    assert printed["n"] == top.size
    wanted = [100 * float(part) for part in st.share(top.mean() * n, n)]
    assert [printed[name] for name in ("value", "low", "high")] == pytest.approx(wanted)


def test_where_each_response_answers_once_nothing_is_taken_off(
    world: Warehouse, scores: dict[str, np.ndarray]
) -> None:
    top = scores["2018-01"][:, 0] >= 4
    printed = world.figure(
        metric="csat", period="2018-01", dimension="touchpoint", member="checkout"
    )
    wanted = [100 * float(part) for part in st.share(float(top.sum()), float(top.size))]
    assert [printed[name] for name in ("value", "low", "high")] == pytest.approx(wanted)


@pytest.mark.parametrize(("month", "at_ease"), [("2026-05", 10), ("2026-06", 12)])
def test_twelve_who_say_it_twice_are_twelve(world: Warehouse, month: str, at_ease: int) -> None:
    printed = world.figure(metric="ces_top2", period=month)
    assert printed["n"] == 24
    wanted = [100 * float(part) for part in st.share(float(at_ease), 12.0)]
    assert [printed[name] for name in ("value", "low", "high")] == pytest.approx(wanted)


def test_the_sample_panel_has_the_interval_of_the_headline(world: Warehouse) -> None:
    headline = world.figure(metric="csat", period="2022-07")
    [(value, low, high)] = world.rows(
        "select raw, raw_low, raw_high from reporting.rpt_sample "
        "where scope = 'all' and period = '2022-07' and metric = 'csat'"
    )
    assert (value, low, high) == pytest.approx(
        (headline["value"], headline["low"], headline["high"])
    )
