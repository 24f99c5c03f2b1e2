"""A customer who answers a metric several times in a month is not as many customers."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from metrics_world import Warehouse, answer, build, moment, seed

from wellheard import statistics as st

pytestmark = pytest.mark.dbt

MONTHS = [f"{2018 + i // 12}-{i % 12 + 1:02d}" for i in range(100)]
RESPONSES = 120
QUESTIONS = ("at_checkout", "in_app", "on_invoice")
LIKENESS = 0.8  # of the feelings behind two answers of one response, or of one customer
CUSTOMERS = 60
GUESTS = 300
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


def without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name and value is not None}


@pytest.fixture(scope="module")
def scores() -> dict[str, np.ndarray]:
    """By month, each response's scores (1 to 5) for the three questions; nothing ever changes."""
    chance = np.random.default_rng(7)
    return {
        month: 1 + np.searchsorted([-1.2, -0.6, -0.1, 0.8], feelings(chance)) for month in MONTHS
    }


@pytest.fixture(scope="module")
def loyal() -> dict[str, list[tuple[int, int]]]:
    """By month, customers who answer one to six times: who, and the score for recommendation."""
    chance = np.random.default_rng(11)
    months: dict[str, list[tuple[int, int]]] = {}
    for month in MONTHS:
        who = np.repeat(np.arange(CUSTOMERS), chance.integers(1, 7, CUSTOMERS))
        shared = chance.normal(size=CUSTOMERS)[who]
        felt = np.sqrt(LIKENESS) * shared + np.sqrt(1 - LIKENESS) * chance.normal(size=len(who))
        scores = 4 + np.searchsorted([-1.8, -1.2, -0.7, -0.2, 0.3, 0.9], felt)
        months[month] = list(zip(who.tolist(), scores.tolist(), strict=True))
    return months


@pytest.fixture(scope="module")
def mixed() -> list[dict[str, Any]]:
    """Answers of August 2026 by few, over two surveys, three places and two channels; weighted.

    One customer gave more than are set against each other one by one.
    """
    chance = np.random.default_rng(13)
    feeling = 1.5 * chance.normal(size=25)
    feeling[7] = -2
    known = [*chance.integers(0, 25, 110).tolist(), *[7] * 40]
    return [
        {
            "customer_key": f"m{who}" if who else None,
            "survey_id": str(chance.choice(["monthly", "weekly"])),
            "touchpoint": str(chance.choice(["checkout", "invoice", "app_home"])),
            "channel": str(chance.choice(["web", "app"])),
            "score": int(1 + np.searchsorted([-1.3, -0.8, -0.2, 0.7], feeling[who] + own)),
            "weight": float(chance.choice([0.5, 1.0, 2.25])),
        }
        for who, own in zip(known, chance.normal(size=150), strict=True)
    ]


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory,
    scores: dict[str, np.ndarray],
    loyal: dict[str, list[tuple[int, int]]],
    mixed: list[dict[str, Any]],
) -> Warehouse:
    rows: list[dict[str, Any]] = []
    for month, given in scores.items():
        for number, marks in enumerate(given.tolist()):
            rows += [
                answer(f"{month}-{number}", question, mark, f"{month}-15T12:00:00Z")
                for question, mark in zip(QUESTIONS, marks, strict=True)
            ]
    for month, said in loyal.items():
        rows += [
            answer(
                f"{month}-l{i}",
                "nps",
                score,
                f"{month}-11T12:00:00Z",
                survey_id="loyal",
                customer_key=f"c{who}",
            )
            for i, (who, score) in enumerate(said)
        ]
    rows += [
        answer(f"mixed-{i}", "csat", one["score"], "2026-08-12T12:00:00Z", **without(one, "score"))
        for i, one in enumerate(mixed)
    ]
    # One key for all who do not say who they are.
    rows += [
        answer(f"guest-{i}", "nps", i % 11, "2026-08-12T12:00:00Z", customer_key="guest")
        for i in range(GUESTS)
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
        sources=[("polls", "file", moment("2018-01-01 00:00"), moment("2026-09-01 00:00"))],
    )
    assert not built.problems, "\n".join(built.problems)
    return built


# As if each answer came from somebody else, it is 19 of 99, and 36 of 99.
@pytest.mark.parametrize("metric", ["csat", "nps"])
def test_where_nothing_changes_no_more_changes_are_found_than_stated(
    world: Warehouse, metric: str
) -> None:
    [(found, months)] = world.rows(
        "select count(*) filter (where greatest(p, coalesce(p_exact, 0)) < 0.05), count(p) "
        f"from reporting.rpt_metrics where scope = 'all' and metric = '{metric}' "
        f"and dimension = 'all' and period <= '{MONTHS[-1]}'"
    )
    assert months == len(MONTHS) - 1
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
    assert (printed["n"], printed["effective_n"]) == (24, pytest.approx(12))
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


def test_answers_of_a_customer_count_as_their_sum_varies(
    world: Warehouse, loyal: dict[str, list[tuple[int, int]]]
) -> None:
    said = loyal["2020-03"]
    x = np.array([(score >= 9) * 1.0 - (score <= 6) for _, score in said])
    of_each = np.bincount([who for who, _ in said], x - x.mean())
    design_effect = (of_each**2).sum() / ((x - x.mean()) ** 2).sum()
    assert design_effect > 2
    counts = [(x == kind).sum() / design_effect for kind in (-1, 0, 1)]

    printed = world.figure(metric="nps", period="2020-03")

    assert printed["n"] == len(said)
    assert printed["effective_n"] == pytest.approx(len(said) / design_effect)
    wanted = [100 * float(part) for part in st.nps(*counts)]
    assert [printed[name] for name in ("value", "low", "high")] == pytest.approx(wanted)


def share(answers: list[dict[str, Any]]) -> list[float]:
    """Satisfied of all in percent with its interval, two answers of a customer at a time."""
    x = np.array([one["score"] >= 4 for one in answers], float)
    w = np.array([one["weight"] for one in answers])
    mean = (w * x).sum() / w.sum()
    variance = mean * (1 - mean)
    two = [
        (w[i] * w[j], (x[i] - mean) * (x[j] - mean))
        for i, j in combinations(range(len(answers)), 2)
        if answers[i]["customer_key"] and answers[i]["customer_key"] == answers[j]["customer_key"]
    ]
    together = sum(weight for weight, _ in two)
    alike = sum(weight * product for weight, product in two) / together / variance
    assert alike > 0.1
    n = w.sum() ** 2 / ((w**2).sum() + 2 * together * min(alike, 1))
    return [100 * float(part) for part in st.share(mean * n, n)]


@pytest.mark.parametrize(
    ("dimension", "member"),
    [("all", "all"), ("touchpoint", "checkout"), ("channel", "app"), ("touchpoint", "invoice")],
)
def test_a_cell_has_the_likeness_of_its_own_answers(
    world: Warehouse, mixed: list[dict[str, Any]], dimension: str, member: str
) -> None:
    printed = world.figure(metric="csat", period="2026-08", dimension=dimension, member=member)
    there = [one for one in mixed if one.get(dimension, "all") == member]
    assert printed["n"] == len(there)
    assert [printed[name] for name in ("value", "low", "high")] == pytest.approx(share(there))


def test_a_survey_has_that_of_its_own(world: Warehouse, mixed: list[dict[str, Any]]) -> None:
    printed = world.rows(
        "select raw, raw_low, raw_high from reporting.rpt_sample where scope = 'all' "
        "and period = '2026-08' and metric = 'csat' and survey_id = 'weekly'"
    )
    there = [one for one in mixed if one["survey_id"] == "weekly"]
    assert printed == [pytest.approx(tuple(share(there)))]


def test_a_key_that_many_share_takes_nothing_off(world: Warehouse) -> None:
    printed = world.figure(metric="nps", period="2026-08")
    assert printed["n"] == printed["effective_n"] == GUESTS
    kinds = [
        sum(low <= i % 11 <= high for i in range(GUESTS)) for low, high in ((0, 6), (7, 8), (9, 10))
    ]
    wanted = [100 * float(part) for part in st.nps(*kinds)]
    assert [printed[name] for name in ("value", "low", "high")] == pytest.approx(wanted)
