"""A company made by chance: every figure of the journey is counted again without the warehouse."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations, pairwise
from statistics import median
from typing import Any

import duckdb
import pytest
from journey_company import BUILD, Chance, by_chance, visited_through
from metrics_world import Warehouse, build

pytestmark = pytest.mark.dbt

PERIODS = [f"2025-{m:02d}" for m in range(9, 13)] + [f"2026-{m:02d}" for m in range(1, 11)]
HORIZON = datetime(2026, 11, 2, 6, tzinfo=UTC)
SCOPES = ("all", "segment=consumer", "segment=enterprise")


@pytest.fixture(scope="module")
def company() -> Chance:
    return by_chance()


@pytest.fixture(scope="module")
def world(company: Chance, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Built with a minimum of one, so that nothing is hidden and all can be compared."""
    built = build(
        tmp_path_factory.mktemp("chance"),
        company.landings(),
        minimum_n=1,
        arguments=BUILD,
    )
    assert not built.problems, "\n".join(built.problems)
    return built


def table(world: Warehouse, name: str) -> list[dict[str, Any]]:
    with duckdb.connect(str(world.path), read_only=True) as connection:
        return connection.execute(f"from reporting.{name}").to_arrow_table().to_pylist()


def month(at: datetime | date) -> str:
    return at.strftime("%Y-%m")


def window(period: str) -> list[str]:
    end = PERIODS.index(period) + 1
    return PERIODS[max(0, end - 12) : end]


def in_scope(scope: str, segment: str | None) -> bool:
    return scope == "all" or scope == f"segment={segment}"


def test_paths_are_those_counted_again(company: Chance, world: Warehouse) -> None:
    meetings: dict[str, dict[tuple[date, str], datetime]] = defaultdict(dict)
    met = [(s.key, s.touchpoint, s.at) for s in company.said if s.touchpoint] + company.visits
    for key, touchpoint, at in met:
        day = (at.date(), str(touchpoint))
        meetings[key][day] = min(at, meetings[key].get(day, at))
    steps = defaultdict(list)
    for key, days in meetings.items():
        ordered = sorted((at, touchpoint) for (_, touchpoint), at in days.items())
        for (then, start), (now, end) in pairwise(ordered):
            if now - then <= timedelta(days=30):
                steps[month(now), start, end].append((key, (now.date() - then.date()).days))
    expected = {}
    for scope in SCOPES:
        for period in PERIODS:
            taken = defaultdict(list)
            for (when, start, end), each in steps.items():
                if when in window(period):
                    taken[start, end] += [
                        (key, days) for key, days in each if in_scope(scope, company.segments[key])
                    ]
            of_start = defaultdict(int)
            for (start, _), each in taken.items():
                of_start[start] += len(each)
            for (start, end), each in taken.items():
                if each:
                    expected[scope, period, start, end] = (
                        len(each), len({key for key, _ in each}),
                        median(days for _, days in each), len(window(period)),
                        pytest.approx(100 * len(each) / of_start[start]),
                    )  # fmt: skip
    found = {
        (r["scope"], r["period"], r["from_touchpoint"], r["to_touchpoint"]): (
            r["n"], r["customers"], r["median_days"], r["months"], r["share"],
        )
        for r in table(world, "rpt_paths")
    }  # fmt: skip
    assert found == expected


def outcomes(company: Chance) -> list[tuple[str, str, str, bool, datetime, datetime, bool | None]]:
    """(outcome, customer, touchpoint, is_good, asked at, known at, how it came)."""
    found: list[tuple[str, str, str, bool, datetime, datetime, bool | None]] = []
    scores = sorted((s.at, s.key, s.score) for s in company.said if s.question == "nps")
    for s in company.said:
        if s.question != "csat" or s.touchpoint is None:
            continue
        later = [(at, score) for at, key, score in scores if key == s.key and at > s.at]
        limit = s.at + timedelta(days=90)
        answer = later[0] if later and later[0][0] <= limit else None
        known = min(later[0][0], limit) if later else limit
        came = None if answer is None or answer[1] in (7, 8) else answer[1] >= 9
        if answer is not None:
            found.append(("recommendation", s.key, s.touchpoint, s.score >= 4, s.at, known, came))
        left = company.left[s.key]
        known = s.at + timedelta(days=180)
        if (left is None or left > s.at.date()) and known <= HORIZON:
            stays = left is None or left > known.date()
            found.append(("retention", s.key, s.touchpoint, s.score >= 4, s.at, known, stays))
    return found


def test_moments_are_those_counted_again(company: Chance, world: Warehouse) -> None:
    known = outcomes(company)
    checked = 0
    for row in table(world, "rpt_moments"):
        latest: dict[str, tuple[tuple[datetime, datetime], bool, bool | None]] = {}
        for outcome, key, touchpoint, is_good, asked, at, came in known:
            if (
                (outcome, touchpoint) == (row["outcome"], row["touchpoint"])
                and month(at) in window(row["period"])
                and in_scope(row["scope"], company.segments[key])
                and (key not in latest or (at, asked) > latest[key][0])
            ):
                latest[key] = ((at, asked), is_good, came)
        for side, wanted in (("good", True), ("bad", False)):
            after = [c for _, is_good, c in latest.values() if is_good is wanted]
            assert row[f"n_{side}"] == len(after), row
            if after:
                worth = sum((c is True) - (c is False and row["outcome"] == "recommendation")
                            for c in after)  # fmt: skip
                assert row[f"after_{side}"] == pytest.approx(100 * worth / len(after)), row
                checked += 1
    assert checked > 300


def test_movements_sum_to_the_printed_change_of_every_cell(world: Warehouse) -> None:
    changes = {
        (r["scope"], r["metric"], r["period"]): r["change"]
        for r in table(world, "rpt_metrics")
        if r["dimension"] == "all"
    }
    groups = defaultdict(list)
    for row in table(world, "rpt_movement"):
        groups[row["scope"], row["metric"], row["dimension"], row["period"]].append(row)
    told = 0
    for (scope, metric, _, period), rows in groups.items():
        change = changes[scope, metric, period]
        if change is None:
            assert {r["total_effect"] for r in rows} == {None}
            continue
        parts = sum(Decimal(str(r["mix_effect"])) + Decimal(str(r["within_effect"])) for r in rows)
        assert parts == Decimal(repr(change)).quantize(Decimal("0.1"))
        assert parts == sum(Decimal(str(r["total_effect"])) for r in rows)
        assert sum(r["share_now"] for r in rows) == pytest.approx(100)
        told += 1
    assert told > 80
    assert {r["member"] for r in groups["all", "csat", "segment", "2026-05"]} == {
        "consumer", "enterprise", "unknown",
    }  # fmt: skip
    # NPS was never asked about a touchpoint: nothing is told of it.
    assert ("all", "nps", "touchpoint", "2026-05") not in groups


def test_the_curve_is_that_of_rpt_metrics(world: Warehouse) -> None:
    printed = {
        (r["scope"], r["period"], r["member"]): r
        for r in table(world, "rpt_metrics")
        if (r["dimension"], r["metric"]) == ("journey_stage", "csat")
    }
    rows = table(world, "rpt_journey")
    assert len(rows) == len(SCOPES) * len(PERIODS) * 3
    for row in rows:
        same = printed[row["scope"], row["period"], row["journey_stage"]]
        for name in ("n", "value", "low", "high", "previous", "change", "p_adjusted", "suppressed"):
            assert row[name] == same[name]


def test_the_cells_are_those_counted_again(company: Chance, world: Warehouse) -> None:
    stages = {"checkout": "buy", "app_home": "use", "invoice": "pay"}
    satisfied: dict[tuple[str, ...], list[bool]] = defaultdict(list)
    met: dict[tuple[str, ...], int] = defaultdict(int)

    def places(key: str, at: datetime, touchpoint: str, channel: str | None) -> list[Any]:
        return [
            (scope, month(at), stages[touchpoint], part, way)
            for scope in SCOPES
            if in_scope(scope, company.segments[key])
            for part in ("all", touchpoint)
            for way in {"all", channel} - {None}
        ]

    for s in company.said:
        if s.touchpoint:
            for place in places(s.key, s.at, s.touchpoint, s.channel):
                met[place] += 1  # nobody meets a touchpoint twice on a day
                if s.question == "csat":
                    satisfied[place].append(s.score >= 4)
    for i, (key, touchpoint, at) in enumerate(company.visits):
        for place in places(key, at, touchpoint, visited_through(i, touchpoint)):
            met[place] += 1
    rows = [r for r in table(world, "rpt_journey_cells") if r["metric"] == "csat"]
    assert len(rows) == len(SCOPES) * len(PERIODS) * 6 * 7
    for row in rows:
        key = tuple(row[c] for c in ("scope", "period", "journey_stage", "touchpoint", "channel"))
        scores = satisfied[key]
        assert (row["n"], row["volume"]) == (len(scores), met[key]), key
        assert not row["suppressed"]
        expected = 100 * sum(scores) / len(scores) if scores else None
        assert row["value"] == (expected and pytest.approx(expected)), key
    assert sum(1 for r in rows if r["channel"] != "all" and r["n"]) > 100


def test_cells_agree_with_the_tables_of_their_margins(world: Warehouse) -> None:
    figures = ("n", "value", "low", "high", "suppressed")
    metrics = {
        (r["scope"], r["period"], r["metric"], r["dimension"], r["member"]): r
        for r in table(world, "rpt_metrics")
    }
    assert not [key for key in metrics if key[3] == "touchpoint|channel"]
    volume = {
        (r["scope"], r["period"], r["journey_stage"]): r["volume"]
        for r in table(world, "rpt_journey")
    }
    seen = 0
    for row in table(world, "rpt_journey_cells"):
        whole, through = row["touchpoint"] == "all", row["channel"]
        if whole and through == "all":
            assert row["volume"] == volume[row["scope"], row["period"], row["journey_stage"]]
        elif not whole and through != "all":
            continue
        dimension = ("journey_stage" if whole else "touchpoint") + "|channel" * (through != "all")
        member = row["journey_stage"] if whole else row["touchpoint"]
        member += f"|{through}" * (through != "all")
        same = metrics.get((row["scope"], row["period"], row["metric"], dimension, member))
        if same is not None:
            seen += 1
            assert [row[f] for f in figures] == [same[f] for f in figures]
    assert seen > 200


def test_channels_are_compared_over_the_last_twelve_months(
    company: Chance, world: Warehouse
) -> None:
    stages = {"checkout": "buy", "app_home": "use", "invoice": "pay"}
    sums: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for s in company.said:
        if s.question == "csat" and s.touchpoint and s.channel and month(s.at) in PERIODS[2:]:
            sums[stages[s.touchpoint], s.channel].append(s.score >= 4)
    rows = {
        (r["journey_stage"], r["channel_a"], r["channel_b"]): r
        for r in table(world, "rpt_consistency")
        if (r["scope"], r["period"], r["metric"]) == ("all", "2026-10", "csat")
    }
    order = ["web", "app", "phone", "email"]
    pairs = {
        (stage, a, b)
        for a, b in combinations(order, 2)
        for stage in stages.values()
        if sums[stage, a] and sums[stage, b]
    }
    assert set(rows) == {*pairs, ("use", "app", None)}
    for stage, a, b in pairs:
        row, (one, other) = rows[stage, a, b], (sums[stage, a], sums[stage, b])
        assert (row["n_a"], row["n_b"]) == (len(one), len(other))
        expected = 100 * (sum(one) / len(one) - sum(other) / len(other))
        assert row["difference"] == pytest.approx(expected)
    assert rows["use", "app", None]["verdict"] == "no_data"
