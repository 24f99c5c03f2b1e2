"""Drivers month by month: who is compared with whom, and what may not be printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from wellheard import driver_panel

PERIODS = [f"2025-{m:02d}" for m in range(11, 13)] + [f"2026-{m:02d}" for m in range(1, 13)]
Response = tuple[str | None, int, float, dict[str, float]]  # segment, group, score, ratings


SCHEMA = pa.schema(
    {
        "response_key": pa.int64(),
        "question_id": pa.string(),
        "is_outcome": pa.bool_(),
        "driver": pa.string(),
        "score": pa.float64(),
        "is_satisfied": pa.bool_(),
        "segment": pa.string(),
        "customer_hash": pa.int64(),
    }
)


def responses(
    count: int,
    *,
    seed: int = 0,
    segment: str | None = "consumer",
    drivers: Mapping[str, float] | None = None,
    customers: int = 400,
) -> list[Response]:
    """Responses whose score these drivers move by so much; ratings 0, .25 .. 1."""
    random = np.random.default_rng(seed)
    slopes = {"service": 4.0, "price": 2.0, "brand": 0.0} if drivers is None else drivers
    found: list[Response] = []
    for number in range(count):
        ratings = {name: float(random.integers(0, 5)) / 4 for name in slopes}
        raw = 3 + sum(slopes[name] * r for name, r in ratings.items()) + random.normal()
        found.append((segment, number % customers, float(np.clip(round(raw), 0, 10)), ratings))
    return found


def answered(rows: Sequence[Response]) -> list[dict[str, Any]]:
    """Rows as `int_driver_answers` has them."""
    found = []
    for number, (segment, customer, score, ratings) in enumerate(rows):
        for driver, value in {None: score, **ratings}.items():
            found.append(
                {
                    "response_key": number,
                    "question_id": driver or "nps",
                    "is_outcome": driver is None,
                    "driver": driver,
                    "score": value,
                    "is_satisfied": value >= 0.75,
                    "segment": segment,
                    "customer_hash": customer,
                }
            )
    return found


def table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist([dict(row) for row in rows], SCHEMA)


def one_month(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The table over one month that has these rows."""
    return driver_panel.judge(
        lambda period: table(rows),
        periods=["2026-10"],
        drivers=["brand", "price", "service"],
        segments=["consumer"],
        minimum_n=5,
    ).to_pylist()


def judged(
    months: Mapping[str, Sequence[Response]],
    drivers: Sequence[str] = ("brand", "price", "service"),
    minimum_n: int = 5,
) -> dict[tuple[str, ...], dict[str, Any]]:
    """Rows by (period, driver), or with the scope in front where it is not all."""

    segments = {r[0] for rows in months.values() for r in rows if r[0] is not None}
    rows = driver_panel.judge(
        lambda period: table(answered(months.get(period, []))),
        periods=PERIODS,
        drivers=drivers,
        segments=sorted(segments),
        minimum_n=minimum_n,
    ).to_pylist()
    return {
        (() if r["scope"] == "all" else (r["scope"],)) + (r["period"], r["driver"]): r for r in rows
    }


def test_shares_add_up_and_what_goes_with_nothing_is_set_apart() -> None:
    found = judged({"2026-10": responses(500)})
    rows = {name: found["2026-10", name] for name in ("service", "price", "brand")}
    assert sum(r["share"] for r in rows.values()) == pytest.approx(rows["brand"]["r2"])
    assert [rows[n]["position"] for n in ("service", "price", "brand")] == [1, 2, 3]
    assert [rows[n]["is_significant"] for n in ("service", "price", "brand")] == [
        True, True, False,
    ]  # fmt: skip
    assert rows["brand"]["p_adjusted"] > 0.05
    for row in rows.values():
        assert row["n"] == 500
        assert row["share_low"] <= row["share"] <= row["share_high"]
        assert row["r2_low"] < row["r2"] < row["r2_high"]
        # Ratings of .75 and 1 of five equally likely ones satisfy.
        assert row["performance_low"] < 40 < row["performance_high"]


def test_the_window_is_the_last_twelve_months() -> None:
    found = judged({"2025-12": responses(200, seed=1), "2026-12": responses(100, seed=2)})
    assert found["2026-11", "service"]["n"] == 200
    assert found["2026-12", "service"]["n"] == 100
    assert [found[p, "service"]["months"] for p in ("2025-11", "2026-10", "2026-12")] == [1, 12, 12]
    assert (found["2025-11", "service"]["n"], found["2025-11", "service"]["note"]) == (
        0,
        "not_asked",
    )


def test_too_few_complete_responses_tell_their_number_and_nothing_else() -> None:
    row = judged({"2026-10": responses(73)})["2026-10", "service"]  # 50 + 8 x 3 are needed
    assert (row["n"], row["note"], row["suppressed"]) == (73, "too_few_responses", True)
    assert {row[name] for name in ("r2", "share", "performance", "p_adjusted")} == {None}
    assert judged({"2026-10": responses(74)})["2026-10", "service"]["share"] is not None


def test_many_answers_of_few_customers_are_not_enough() -> None:
    row = judged({"2026-10": responses(500, customers=20)})["2026-10", "service"]
    assert (row["n"], row["note"], row["share"]) == (500, "too_few_customers", None)


def test_a_driver_added_lately_does_not_throw_away_the_year() -> None:
    more = {"service": 4.0, "price": 2.0, "brand": 0.0, "speed": 3.0}
    months = {"2026-09": responses(400), "2026-10": responses(100, seed=5, drivers=more)}
    drivers = ("brand", "price", "service", "speed")
    found = judged(months, drivers)
    assert found["2026-10", "service"]["n"] == 500
    speed = found["2026-10", "speed"]
    assert (speed["n"], speed["share"], speed["note"]) == (None, None, "asked_of_too_few")
    months["2026-11"] = responses(400, seed=6, drivers=more)
    found = judged(months, drivers)
    assert (found["2026-11", "speed"]["n"], found["2026-11", "service"]["n"]) == (500, 500)
    assert found["2026-11", "speed"]["is_significant"]


def test_only_complete_responses_count() -> None:
    rows = responses(300)
    for *_, ratings in rows[:40]:
        del ratings["price"]
    assert judged({"2026-10": rows})["2026-10", "service"]["n"] == 260


def test_a_driver_everyone_rates_alike_has_no_share() -> None:
    rows = [(s, g, score, {**r, "brand": 0.5}) for s, g, score, r in responses(300)]
    found = judged({"2026-10": rows})
    brand, service = found["2026-10", "brand"], found["2026-10", "service"]
    assert (brand["share"], brand["note"], brand["n"]) == (None, "constant", 300)
    assert brand["performance"] == 0
    assert service["share"] + found["2026-10", "price"]["share"] == pytest.approx(service["r2"])


def test_a_score_everyone_gives_leaves_nothing_to_explain() -> None:
    rows = [(s, g, 10.0, r) for s, g, _, r in responses(300)]
    row = judged({"2026-10": rows})["2026-10", "service"]
    assert (row["r2"], row["share"], row["note"]) == (None, None, "score_constant")
    assert row["performance"] is not None


def test_drivers_that_say_the_same_are_marked() -> None:
    rows = [(s, g, score, {**r, "brand": r["service"]}) for s, g, score, r in responses(300)]
    found = judged({"2026-10": rows})
    assert found["2026-10", "brand"]["note"] == "told_by_others"
    assert found["2026-10", "service"]["note"] == "told_by_others"
    assert found["2026-10", "price"]["note"] is None
    assert found["2026-10", "brand"]["share"] == pytest.approx(found["2026-10", "service"]["share"])


def test_more_drivers_than_can_be_compared_say_so() -> None:
    names = [f"d{i:02d}" for i in range(13)]
    rows = responses(300, drivers=dict.fromkeys(names, 0.5))
    row = judged({"2026-10": rows}, names)["2026-10", "d00"]
    assert (row["n"], row["share"], row["note"]) == (300, None, "too_many_drivers")


def test_a_small_segment_cannot_be_found_by_subtraction() -> None:
    months = {
        "2026-10": responses(200)
        + responses(3, seed=1, segment="enterprise")
        + responses(120, seed=2, segment="small")
    }
    found = judged(months)
    assert found["2026-10", "service"]["n"] == 323
    assert found["segment=consumer", "2026-10", "service"]["n"] == 200
    for segment in ("enterprise", "small"):
        row = found[f"segment={segment}", "2026-10", "service"]
        assert (row["n"], row["share"], row["suppressed"]) == (None, None, True)
        assert not row["is_significant"]


def test_a_company_without_drivers_has_an_empty_table() -> None:
    assert judged({}, drivers=()) == {}


def test_the_order_of_the_answers_is_nothing_to_the_figures() -> None:
    rows = answered(responses(150))
    shuffled = [rows[i] for i in np.random.default_rng(1).permutation(len(rows))]
    assert one_month(rows) == one_month(shuffled)


def test_of_two_questions_the_first_outcome_counts_and_ratings_are_their_mean() -> None:
    rows = answered(responses(150))
    again = [row | {"question_id": "nps2", "score": 0.0} for row in rows if row["is_outcome"]]
    assert one_month(rows) == one_month(again + rows)
    service = [row for row in rows if row["driver"] == "service"]
    twice = [row | {"question_id": "service2"} for row in service]
    assert one_month(rows) == one_month(rows + twice)
    unlike = [row | {"is_satisfied": False} for row in twice]
    (found,) = (
        row
        for row in one_month(rows + unlike)
        if (row["scope"], row["driver"]) == ("all", "service")
    )
    assert (found["performance"], found["n"]) == (0.0, 150)


def test_ratings_without_an_outcome_and_outcomes_without_a_rating_do_not_count() -> None:
    rows = answered(responses(150))
    lone = [row | {"response_key": 900 + i} for i, row in enumerate(rows) if row["is_outcome"]]
    orphans = [row | {"response_key": 2000 + row["response_key"]} for row in rows if row["driver"]]
    assert one_month(rows) == one_month(rows + lone + orphans)


def test_respondents_nobody_knows_are_each_their_own() -> None:
    rows = [row | {"customer_hash": None} for row in answered(responses(150))]
    assert {row["n"] for row in one_month(rows)} == {150}
    assert all(row["share"] is not None for row in one_month(rows))


def test_only_wanted_months_are_judged_and_only_their_windows_read() -> None:
    months = {"2025-12": responses(200, seed=1), "2026-12": responses(100, seed=2)}
    read: list[str] = []

    def answers(period: str) -> pa.Table:
        read.append(period)
        return table(answered(months.get(period, [])))

    found = driver_panel.judge(
        answers,
        periods=PERIODS,
        drivers=["brand", "price", "service"],
        segments=["consumer"],
        minimum_n=5,
        wanted=["2026-12"],
    ).to_pylist()
    assert read == PERIODS[-12:]
    whole = judged(months)
    assert [row for row in found if row["scope"] == "all"] == [
        whole["2026-12", name] for name in ("brand", "price", "service")
    ]
