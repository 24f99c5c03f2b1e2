"""The seeds hold what the contracts between the rooms say, and agree with the made-up company."""

from __future__ import annotations

import re
from datetime import date, time
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from larkfield_records import answers, seed_rows

from wellheard.demo import story
from wellheard.demo.office_hours import SCHEDULES
from wellheard.demo.simulators.world import World

COLUMNS = {
    "survey_questions": "source,survey_id,question_id,metric,label,scale_min,scale_max,top_from,"
    "touchpoint,journey_stage,driver,reversed,about_question",
    "metrics": "metric,label,unit,better,definition,definition_source,position",
    "journey_stages": "journey_stage,label,position",
    "touchpoints": "touchpoint,label,journey_stage,position",
    "channels": "channel,label,position",
    "segments": "segment,label,position",
    "targets": "metric,dimension,member,valid_from,valid_to,target",
    "business_hours": "schedule,zone,weekday,opens,closes",
    "holidays": "schedule,holiday",
    "case_policies": "source,priority,schedule,first_reply_target_minutes",
    "case_touchpoints": "source,channel,touchpoint",
    "actions": "action_id,title,owner,due_on,status,target_metric,target_dimension,target_member,"
    "decided_on,effective_on",
    "themes": "theme,label,language,pattern,position",
}
KEYS = {
    "survey_questions": ("source", "survey_id", "question_id"),
    "metrics": ("metric",),
    "journey_stages": ("journey_stage",),
    "touchpoints": ("touchpoint",),
    "channels": ("channel",),
    "segments": ("segment",),
    "targets": ("metric", "dimension", "member", "valid_from"),
    "business_hours": ("schedule", "weekday"),
    "holidays": ("schedule", "holiday"),
    "case_policies": ("source", "priority"),
    "case_touchpoints": ("source", "channel"),
    "actions": ("action_id",),
    "themes": ("theme", "language"),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_seed_has_its_columns_and_a_unique_key(name: str) -> None:
    rows = seed_rows(name)
    assert list(rows[0]) == COLUMNS[name].split(",")
    keys = [tuple(row[column] for column in KEYS[name]) for row in rows]
    assert len(set(keys)) == len(keys)
    assert all(None not in row.values() and None not in row for row in rows), "ragged row"
    if "position" in rows[0]:
        assert [int(row["position"]) for row in rows] == list(range(1, len(rows) + 1))


def test_every_metric_is_defined_and_cites_a_public_source() -> None:
    rows = {row["metric"]: row for row in seed_rows("metrics")}
    assert set(rows) == {
        "nps", "csat", "ces", "ces_top2", "first_reply_minutes", "first_reply_minutes_p90",
        "first_resolution_minutes", "first_resolution_minutes_p90", "full_resolution_minutes",
        "full_resolution_minutes_p90", "reopen_rate", "one_touch_rate",
        "first_contact_resolution", "first_reply_in_target", "case_csat", "case_volume",
        "case_backlog", "bot_resolution_rate", "bot_handover_rate",
    }  # fmt: skip
    for row in rows.values():
        assert len(row["definition"]) > 40
        assert re.search(r"https://\S+", row["definition_source"])
        assert row["unit"] in {"points", "percent", "score", "minutes", "cases"}
        assert row["better"] in {"higher", "lower", "neither"}
    assert "(9-10)" in rows["nps"]["definition"]
    assert "(0-6)" in rows["nps"]["definition"]
    assert "strictly more" in rows["first_reply_in_target"]["definition"]
    assert "'offered'" in rows["case_csat"]["definition"]


def test_questions_name_scales_stages_and_drivers_that_exist() -> None:
    rows = seed_rows("survey_questions")
    stages = {row["journey_stage"] for row in seed_rows("journey_stages")}
    touchpoints = {row["touchpoint"] for row in seed_rows("touchpoints")}
    for row in rows:
        assert row["metric"] in {"nps", "csat", "ces", "rating", "comment"}
        assert row["journey_stage"] in stages | {""}
        assert row["touchpoint"] in touchpoints | {""}
        assert row["reversed"] == "false"
        if row["metric"] == "comment":
            asked = {r["question_id"] for r in rows if r["survey_id"] == row["survey_id"]}
            assert row["about_question"] in asked
        else:
            low, high = int(row["scale_min"]), int(row["scale_max"])
            assert low < int(row["top_from"]) <= high
        assert bool(row["driver"]) == (row["metric"] == "rating")
    assert {row["driver"] for row in rows} - {""} == set(story.DRIVERS)
    nps = next(row for row in rows if row["metric"] == "nps")
    assert (nps["scale_min"], nps["scale_max"], nps["top_from"]) == ("0", "10", "9")


def test_questions_are_those_larkfield_asks_but_for_the_one_nobody_mapped(world: World) -> None:
    asked = {(form["id"], f["ref"]) for form in world.forms for f in form["fields"]}
    mapped = {(row["survey_id"], row["question_id"]) for row in seed_rows("survey_questions")}
    assert asked - mapped == {("LfRenew", story.UNMAPPED_QUESTION)}
    assert mapped <= asked
    assert {(a.form, a.ref) for a in answers(world)} == asked


def test_touchpoints_and_channels_are_those_customers_meet() -> None:
    stage_of = {row["touchpoint"]: row["journey_stage"] for row in seed_rows("touchpoints")}
    channels = {row["channel"] for row in seed_rows("channels")}
    assert [row["journey_stage"] for row in seed_rows("journey_stages")] == list(story.STAGES)
    met = set()
    for name, stage in story.STAGES.items():
        assert sum(share for *_, share in stage.contacts) == pytest.approx(1)
        for touchpoint, channel, _ in stage.contacts:
            assert stage_of[touchpoint] == name
            assert channel in channels
            met.add(touchpoint)
    assert met == set(stage_of)
    assert [row["segment"] for row in seed_rows("segments")] == list(story.SEGMENTS)


def test_office_hours_and_holidays_are_the_ones_larkfield_keeps() -> None:
    hours = {
        (row["schedule"], ZoneInfo(row["zone"]), int(row["weekday"]),
         time.fromisoformat(row["opens"]), time.fromisoformat(row["closes"]))
        for row in seed_rows("business_hours")
    }  # fmt: skip
    assert hours == {
        (name, schedule.zone, *span) for name, schedule in SCHEDULES.items()
        for span in schedule.hours
    }  # fmt: skip
    holidays = {(r["schedule"], date.fromisoformat(r["holiday"])) for r in seed_rows("holidays")}
    assert holidays == {(n, day) for n, schedule in SCHEDULES.items() for day in schedule.holidays}


def test_reply_targets_are_the_ones_larkfield_works_to() -> None:
    targets = {
        None if row["priority"] == "*" else row["priority"]: int(row["first_reply_target_minutes"])
        for row in seed_rows("case_policies")
    }
    assert targets == story.FIRST_REPLY_TARGETS
    assert {row["schedule"] for row in seed_rows("case_policies")} <= set(SCHEDULES)


@pytest.mark.parametrize(
    ("seed", "metric", "dimension", "member"),
    [
        ("targets", "metric", "dimension", "member"),
        ("actions", "target_metric", "target_dimension", "target_member"),
    ],
)
def test_targets_and_actions_point_at_metrics_and_members_that_exist(
    seed: str, metric: str, dimension: str, member: str
) -> None:
    metrics = {row["metric"] for row in seed_rows("metrics")}
    members = {"all": {"all"}} | {
        name: {row[name] for row in seed_rows(f"{name}s")}
        for name in ("journey_stage", "touchpoint", "channel", "segment")
    }
    for row in seed_rows(seed):
        assert row[metric] in metrics
        parts = zip(row[dimension].split("|"), row[member].split("|"), strict=True)
        assert all(one in members[kind] for kind, one in parts), row


def test_actions_have_an_owner_and_were_decided_before_they_are_due() -> None:
    for row in seed_rows("actions"):
        assert row["owner"]
        assert row["status"] in {"not_started", "in_progress", "on_track", "at_risk", "done"}
        assert date.fromisoformat(row["decided_on"]) < date.fromisoformat(row["due_on"])
        assert row["effective_on"] or row["status"] != "done"


def test_targets_of_one_cell_do_not_overlap() -> None:
    spans: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for row in seed_rows("targets"):
        key = (row["metric"], row["dimension"], row["member"])
        spans.setdefault(key, []).append((row["valid_from"], row["valid_to"] or "9999-12-31"))
    for found in spans.values():
        found.sort()
        assert all(a[1] < b[0] for a, b in pairwise(found))
