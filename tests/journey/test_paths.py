"""Which paths may be printed: people count, not how often they went."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from wellheard.paths import paths, stage_volumes

Row = dict[str, Any]


def path(start: str, end: str, n: int, customers: int | None = None, scope: str = "all") -> Row:
    return {
        "scope": scope, "period": "2026-10", "months": 12, "from_touchpoint": start,
        "to_touchpoint": end, "n": n, "customers": n if customers is None else customers,
        "median_days": 3.5,
    }  # fmt: skip


def printed(*rows: Row) -> dict[tuple[str, ...], Row]:
    found = paths(pa.Table.from_pylist(list(rows)), 5).to_pylist()
    return {(row["scope"], row["from_touchpoint"], row["to_touchpoint"]): row for row in found}


def test_shares_are_of_the_steps_from_the_same_touchpoint() -> None:
    found = printed(path("web", "shop", 30), path("web", "phone", 10), path("shop", "web", 7))
    assert found["all", "web", "shop"]["share"] == 75.0
    assert found["all", "web", "phone"]["share"] == 25.0
    assert found["all", "shop", "web"]["share"] == 100.0
    assert found["all", "web", "shop"]["median_days"] == 3.5


def test_one_customer_who_went_often_is_still_one_customer() -> None:
    found = printed(
        path("web", "shop", 30, 2), path("web", "phone", 40, 30), path("web", "web", 9, 8)
    )
    row = found["all", "web", "shop"]
    assert row["suppressed"]
    assert row["n"] is row["customers"] is row["share"] is row["median_days"] is None
    # The shares of the two others would tell the total, and with it the third.
    assert [key[2] for key, row in found.items() if row["suppressed"]] == ["shop", "web"]


def test_a_segments_path_does_not_follow_from_the_other_scopes() -> None:
    found = printed(
        path("web", "shop", 33),
        path("web", "shop", 3, scope="segment=a"),
        path("web", "shop", 10, scope="segment=b"),
        path("web", "shop", 20, scope="segment=c"),
    )
    hidden = {scope for (scope, *_), row in found.items() if row["suppressed"]}
    assert "segment=a" in hidden
    assert len(hidden) >= 2


def test_a_stage_few_have_met_shows_no_volume() -> None:
    counts = [
        {"scope": "all", "period": "2026-10", "measure": measure, "dimension": "journey_stage",
         "member": stage, "n": n}
        for measure, stage, n in (
            ("volume", "buy", 4), ("volume", "use", 40), ("interactions", "buy", 0),
        )
    ]  # fmt: skip
    rows = stage_volumes(pa.Table.from_pylist(counts), 5, {}).to_pylist()
    assert {(r["measure"], r["member"]): r["n"] for r in rows} == {
        ("volume", "buy"): None, ("volume", "use"): 40, ("interactions", "buy"): 0,
    }  # fmt: skip
