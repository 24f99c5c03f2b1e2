"""The split of a score's change: exact, symmetric, and silent about hidden members."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as some

from wellheard.movement import movements, printed, rounded_to_sum, split

UNITS = {"nps": "points", "csat": "percent", "ces": "score", "wait": "minutes"}
Row = dict[str, Any]


def cells(*members: tuple[str, str, int, float], change: float | None, **more: Any) -> list[Row]:
    """Cells of CSAT by segment: (member, period, n, satisfied); all answers weigh 1."""
    plain = {"scope": "all", "metric": "csat", "dimension": "segment", "is_hidden": False,
             "is_total_hidden": False, "change": change, **more}  # fmt: skip
    return [
        {**plain, "member": member, "period": period, "n": n, "sum_w": float(n), "sum_x": float(x)}
        for member, period, n, x in members
    ]


def moved(rows: list[Row], minimum_n: int = 5) -> dict[tuple[str, str], Row]:
    table = pa.Table.from_pylist(rows).cast(
        pa.schema([(c, pa.float64() if c == "change" else pa.Table.from_pylist(rows)[c].type)
                   for c in rows[0]])
    )  # fmt: skip
    found = movements(table, UNITS, minimum_n).to_pylist()
    return {(row["scope"], row["member"]): row for row in found}


def test_a_worked_example_by_hand() -> None:
    # 60 of 100 consumers and 20 of 100 enterprises satisfied, then 90 of 150 and 20 of 50:
    # 40 % became 55 %.
    found = moved(
        cells(
            ("consumer", "2026-09", 100, 60), ("enterprise", "2026-09", 100, 20),
            ("consumer", "2026-10", 150, 90), ("enterprise", "2026-10", 50, 20),
            change=15.0,
        )
    )  # fmt: skip
    consumer, enterprise = found["all", "consumer"], found["all", "enterprise"]
    # Consumers: share 50 -> 75 %, score 60 both times; R = 47.5. (75 - 50) % x 12.5 = 3.125.
    assert (consumer["within_effect"], consumer["value_before"]) == (0.0, 60.0)
    # Enterprise: share 50 -> 25 %, score 20 -> 40. -25 % x (30 - 47.5) = 4.375; 37.5 % x 20 = 7.5.
    assert enterprise["within_effect"] == 7.5
    # 3.125 + 4.375 + 7.5 = 15.0: the one tenth that rounding leaves goes to the larger remainder.
    assert sorted([consumer["mix_effect"], enterprise["mix_effect"]]) == [3.1, 4.4]
    assert consumer["total_effect"] == 3.1
    assert (enterprise["total_effect"], enterprise["change"]) == (11.9, 15.0)
    assert (consumer["share_before"], consumer["share_now"]) == (50.0, 75.0)


def test_simpsons_paradox_shows_as_mix() -> None:
    """Every segment does better, and the score falls, because the unhappy segment grew."""
    found = moved(
        cells(
            ("consumer", "2026-09", 160, 128), ("enterprise", "2026-09", 40, 12),
            ("consumer", "2026-10", 60, 50), ("enterprise", "2026-10", 140, 49),
            change=100 * (99 / 200 - 140 / 200),
        )
    )  # fmt: skip
    assert all(row["within_effect"] > 0 for row in found.values())
    assert sum(row["mix_effect"] for row in found.values()) < -20
    assert sum(Decimal(str(r["total_effect"])) for r in found.values()) == Decimal("-20.5")


def test_a_new_member_and_one_that_is_gone_only_change_the_mix() -> None:
    found = moved(
        cells(
            ("old", "2026-09", 50, 10), ("old", "2026-10", 0, 0),
            ("new", "2026-09", 0, 0), ("new", "2026-10", 50, 40),
            ("stays", "2026-09", 50, 30), ("stays", "2026-10", 50, 30),
            change=30.0,
        )
    )  # fmt: skip
    old, new, stays = (found["all", name] for name in ("old", "new", "stays"))
    assert (old["mix_effect"], old["within_effect"], old["value_now"]) == (17.5, 0.0, None)
    assert (new["mix_effect"], new["within_effect"], new["value_before"]) == (12.5, 0.0, None)
    assert (stays["total_effect"], stays["n_now"]) == (0.0, 50)
    assert (old["n_now"], old["share_now"], old["suppressed"]) == (0, 0.0, False)


months = some.lists(
    some.tuples(some.integers(0, 400), some.integers(0, 400), some.floats(-100, 100)),
    min_size=1,
    max_size=9,
)


@given(before=months, now=months)
def test_the_parts_sum_to_the_change_and_are_the_same_backwards(
    before: list[tuple[int, int, float]], now: list[tuple[int, int, float]]
) -> None:
    size = max(len(before), len(now))
    sides = []
    for month in (before, now):
        n = np.array([w for w, *_ in month] + [0] * (size - len(month)), float)
        v = np.array([v for *_, v in month] + [0.0] * (size - len(month)))
        if not n.sum():
            n[0] = 1
        sides.append((n / n.sum(), np.where(n > 0, v, np.nan)))
    (s0, v0), (s1, v1) = sides
    change = np.nansum(s1 * v1) - np.nansum(s0 * v0)
    forward, backward = split(s0, v0, s1, v1), split(s1, v1, s0, v0)
    assert sum(forward.mix) + sum(forward.within) == pytest.approx(change, abs=1e-9)
    assert forward.mix == pytest.approx(-backward.mix, abs=1e-9)
    assert forward.within == pytest.approx(-backward.within, abs=1e-9)
    whole = printed(change, "points")
    parts = [*forward.mix, *forward.within]
    rounded = rounded_to_sum(parts, whole)
    assert sum(rounded) == whole
    assert all(abs(float(r) - p) <= 0.1 + 1e-6 for r, p in zip(rounded, parts, strict=True))


def test_rounding_keeps_an_exact_zero_and_gives_to_the_larger_remainder() -> None:
    assert rounded_to_sum([1 / 3, 1 / 3, 1 / 3, 0.0], Decimal("1.0")) == [
        Decimal("0.4"), Decimal("0.3"), Decimal("0.3"), Decimal("0.0"),
    ]  # fmt: skip
    assert rounded_to_sum([0.16, -0.06, -1e-16], Decimal("0.1")) == [
        Decimal("0.2"), Decimal("-0.1"), Decimal("0.0"),
    ]  # fmt: skip
    assert rounded_to_sum([], Decimal("0.0")) == []


def test_shares_that_do_not_make_a_whole_are_refused() -> None:
    with pytest.raises(ValueError, match=r"the shares sum to 0\.9"):
        split([0.5, 0.4], [1, 1], [0.5, 0.5], [1, 1])


def test_a_metric_without_a_splittable_unit_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="the change of wait cannot be split"):
        moved(cells(("a", "2026-10", 9, 9), change=None, metric="wait"))


def test_a_hidden_member_does_not_follow_from_the_others() -> None:
    rows = cells(
        ("consumer", "2026-09", 60, 40), ("consumer", "2026-10", 60, 45),
        ("small_business", "2026-09", 20, 10), ("small_business", "2026-10", 20, 12),
        ("enterprise", "2026-09", 20, 10), ("enterprise", "2026-10", 4, 1),
        change=5.0,
    )  # fmt: skip
    found = moved(rows)
    hidden = {member for (_, member), row in found.items() if row["suppressed"]}
    assert hidden == {"enterprise", "small_business"}
    secrets = found["all", "enterprise"]
    kept = {"scope", "metric", "dimension", "member", "period", "change", "suppressed"}
    assert all(secrets[name] is None for name in set(secrets) - kept)
    # The rounding counts the hidden ones too: what is printed leaves their sum, not one of them.
    assert found["all", "consumer"]["change"] == 5.0


def test_answers_without_a_member_are_hidden_where_they_would_give_another_away() -> None:
    rows = cells(
        ("consumer", "2026-09", 60, 40), ("consumer", "2026-10", 60, 45),
        ("unknown", "2026-09", 30, 10), ("unknown", "2026-10", 30, 10), change=1.0,
    )  # fmt: skip
    rows += cells(
        ("enterprise", "2026-09", 9, 5), ("enterprise", "2026-10", 9, 5), change=1.0, is_hidden=True
    )
    found = moved(rows)
    assert found["all", "unknown"]["suppressed"]
    assert found["all", "enterprise"]["suppressed"]
    assert not found["all", "consumer"]["suppressed"]


def test_without_a_printed_change_there_are_no_effects() -> None:
    rows = cells(
        ("consumer", "2026-09", 0, 0), ("consumer", "2026-10", 60, 45),
        ("enterprise", "2026-09", 0, 0), ("enterprise", "2026-10", 60, 45), change=None,
    )  # fmt: skip
    row = moved(rows)["all", "consumer"]
    assert row["mix_effect"] is row["within_effect"] is row["total_effect"] is row["change"] is None
    assert (row["n_before"], row["n_now"], row["suppressed"]) == (0, 60, False)


def test_a_hidden_total_hides_all_its_members() -> None:
    rows = cells(
        ("consumer", "2026-09", 6, 4), ("consumer", "2026-10", 60, 45), change=None,
        is_total_hidden=True,
    )  # fmt: skip
    assert moved(rows)["all", "consumer"]["suppressed"]


def test_the_order_of_the_cells_changes_nothing() -> None:
    rows = cells(
        ("b", "2026-09", 30, 11), ("b", "2026-10", 40, 13),
        ("a", "2026-09", 70, 31), ("a", "2026-10", 50, 17), change=100 * (30 / 90 - 42 / 100),
    )  # fmt: skip
    assert list(moved(rows).items()) == list(moved(rows[::-1]).items())
