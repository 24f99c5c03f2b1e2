"""The messaging platform's log of Larkfield: who was asked to recommend it, and what came of it."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

from larkfield_records import at, month

from wellheard.demo import requests, story
from wellheard.demo.simulators.world import World


def test_every_answer_was_asked_for_once_and_before_it_came(world: World) -> None:
    statuses = set(requests.ANSWERED.values())
    asked = {
        (row["customer"], month(row["sent"])): row
        for row in world.requests
        if row["status"] in statuses
    }
    given = world.responses[story.RELATION_FORM]
    assert len(asked) == len(given)
    all_requests = Counter((row["customer"], month(row["sent"])) for row in world.requests)
    named = [r for r in given if r["hidden"].get("customer_id")]
    assert len(named) > 0.9 * len(given)
    for response in named:
        key = response["hidden"]["customer_id"], month(response["landed_at"])
        assert at(asked[key]["sent"]) <= at(response["landed_at"])
        assert asked[key]["channel"] == response["hidden"]["channel"]
        assert asked[key]["status"] == requests.ANSWERED[response["response_type"]]
        assert all_requests[key] == 1, "who has answered is not asked again that month"


def test_only_customers_are_asked_and_nobody_all_the_time(world: World) -> None:
    fields = {u["external_id"]: u["user_fields"] for u in world.users if u["external_id"]}
    often = Counter((row["customer"], row["request"][:7]) for row in world.requests)
    assert max(often.values()) <= 4
    for customer, period in often:
        first = date.fromisoformat(f"{period}-01")
        left = fields[customer]["churned_on"]
        assert date.fromisoformat(fields[customer]["joined_on"]) <= first
        assert left is None or first < date.fromisoformat(left)


def test_requests_go_out_through_the_channels_of_the_month(world: World) -> None:
    sent = Counter((row["request"][:7], row["channel"]) for row in world.requests)
    for period in (str(story.PARADOX), "2026-10"):
        shares = story.relation_channels(story.FIRST_MONTH.parse(period))
        total = sum(sent[period, channel] for channel in shares)
        for channel, share in shares.items():
            assert abs(sent[period, channel] / total - share) < 0.03


def test_requests_of_the_future_are_not_in_the_log_and_answers_of_it_are_silence(
    world: World,
) -> None:
    assert all(at(row["sent"]) <= world.now for row in world.requests)
    numbers = [row["request"] for row in world.requests]
    assert len(set(numbers)) == len(numbers)


def test_the_log_is_left_as_a_file_for_each_month(world: World, tmp_path: Path) -> None:
    requests.drop(world.requests, world.now, tmp_path)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [
        f"requests_{period}.csv" for period in story.months(story.FIRST_MONTH.shift(14))
    ]
    rows = []
    for file in files:
        assert file.stat().st_mtime == world.now.timestamp()
        with file.open(encoding="utf-8", newline="") as content:
            rows += list(csv.DictReader(content))
    assert rows == world.requests
