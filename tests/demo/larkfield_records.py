"""What the vendors' records of Larkfield say, read with nothing but the standard library.

Written apart from the project's own SQL on purpose: if both misread the records, they do so in
different ways.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from math import sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any
from zoneinfo import ZoneInfo

from wellheard.demo.simulators.world import World

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
LONDON = ZoneInfo("Europe/London")
STAGE_OF_FORM = {
    "LfDiscover": "discover", "LfCompare": "compare", "LfBuy": "buy", "LfOnboard": "onboard",
    "LfUse": "use", "LfGetHelp": "get_help", "LfPay": "pay", "LfRenew": "renew",
}  # fmt: skip


def seed_rows(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def month(text: str) -> str:
    return f"{at(text).astimezone(LONDON):%Y-%m}"


@dataclass(frozen=True)
class Answer:
    form: str
    ref: str
    value: Any
    month: str
    channel: str
    touchpoint: str
    segment: str | None
    response: str


_READ: dict[int, tuple[World, list[Answer]]] = {}


def answers(world: World) -> list[Answer]:
    """Every answer of every completed response; read once for each world."""
    if id(world) not in _READ:
        _READ[id(world)] = (world, list(_answers(world)))
    return _READ[id(world)][1]


def _answers(world: World) -> Iterator[Answer]:
    segments = {u["external_id"]: u["user_fields"]["segment"] for u in world.users}
    for form, responses in world.responses.items():
        for response in responses:
            if response["response_type"] != "completed":
                continue
            hidden = response["hidden"]
            for answer in response["answers"]:
                yield Answer(
                    form,
                    answer["field"]["ref"],
                    answer[answer["type"]],
                    month(response["submitted_at"]),
                    hidden["channel"],
                    hidden["touchpoint"],
                    segments.get(hidden.get("customer_id") or None),
                    response["token"],
                )


def scores(world: World, ref: str, low: int, high: int) -> list[Answer]:
    """The answers to a question that are on its scale."""
    return [
        a
        for a in answers(world)
        if a.ref == ref and isinstance(a.value, int) and low <= a.value <= high
    ]


def unhappy_answers(world: World, of: str) -> list[tuple[datetime, str | None]]:
    """When a month's unhappy responses were given, and by which customer, where that is known."""
    found: dict[str, tuple[datetime, str | None]] = {}
    for response in (r for responses in world.responses.values() for r in responses):
        hidden = response["hidden"]
        # Two a month are about a channel or touchpoint nobody knows, and are set aside.
        known = hidden["channel"] != "kiosk" and hidden["touchpoint"] != "old_landing_page"
        if response["response_type"] != "completed" or not known:
            continue
        if month(response["submitted_at"]) != of:
            continue
        for answer in response["answers"]:
            top = {"nps": 6, "csat": 2}.get(answer["field"]["ref"], -1)
            lowest = 1 if answer["field"]["ref"] == "csat" else 0
            value = answer.get("number")
            if isinstance(value, int) and lowest <= value <= top:
                said = at(response["submitted_at"])
                found[response["token"]] = (said, hidden.get("customer_id") or None)
    return list(found.values())


def by_month(found: Sequence[Answer]) -> dict[str, list[int]]:
    months: dict[str, list[int]] = defaultdict(list)
    for answer in found:
        months[answer.month].append(answer.value)
    return dict(sorted(months.items()))


def nps_values(values: Sequence[int]) -> list[int]:
    return [(value >= 9) - (value <= 6) for value in values]


@dataclass
class Case:
    id: int
    created: datetime
    priority: str | None
    requester: int
    replies: list[datetime] = field(default_factory=list)  # public, by an agent who is no bot
    solved: list[datetime] = field(default_factory=list)
    closed: bool = False
    deleted: bool = False
    score: str | None = None

    @property
    def month(self) -> str:
        return f"{self.created.astimezone(LONDON):%Y-%m}"

    @property
    def finished(self) -> bool:
        return bool(self.solved) or self.closed


def cases(world: World) -> list[Case]:
    """The cases as their events tell them, deleted ones left out."""
    humans = {u["id"] for u in world.users if u["role"] == "agent" and "bot" not in u["tags"]}
    found = {
        t["id"]: Case(t["id"], at(t["created_at"]), t["priority"], t["requester_id"])
        for t in world.tickets
    }
    for event in sorted(world.ticket_events, key=lambda e: (e["timestamp"], e["id"])):
        case, when = found[event["ticket_id"]], at(event["created_at"])
        for child in event["child_events"]:
            if child.get("comment_public") and child["author_id"] in humans:
                case.replies.append(when)
            if child.get("status") == "solved":
                case.solved.append(when)
            case.closed |= child.get("status") == "closed"
            case.deleted |= child.get("status") == "deleted"
            if "satisfaction_score" in child and child["satisfaction_score"] != "offered":
                case.score = child["satisfaction_score"]
    return [case for case in found.values() if not case.deleted]


class Hours:
    """Open seconds between two moments, by the schedules in the seeds."""

    def __init__(self) -> None:
        self.hours: dict[str, list[tuple[ZoneInfo, int, time, time]]] = defaultdict(list)
        for row in seed_rows("business_hours"):
            opens, closes = time.fromisoformat(row["opens"]), time.fromisoformat(row["closes"])
            zone = ZoneInfo(row["zone"])
            self.hours[row["schedule"]].append((zone, int(row["weekday"]), opens, closes))
        self.holidays = {
            (row["schedule"], date.fromisoformat(row["holiday"])) for row in seed_rows("holidays")
        }

    def between(self, schedule: str, start: datetime, end: datetime) -> float:
        """Open seconds in `[start, end)`."""
        total, day = 0.0, start.date() - timedelta(days=1)
        while day <= end.date() + timedelta(days=1):
            for zone, weekday, opens, closes in self.hours[schedule]:
                if weekday == day.isoweekday() and (schedule, day) not in self.holidays:
                    since = datetime.combine(day, opens, zone).astimezone(UTC)
                    until = datetime.combine(day, closes, zone).astimezone(UTC)
                    total += max((min(until, end) - max(since, start)).total_seconds(), 0)
            day += timedelta(days=1)
        return total


def mean(values: Sequence[float]) -> float:
    """As `statistics.mean`, which is a hundred times slower."""
    return sum(values) / len(values)


def variance(values: Sequence[float]) -> float:
    middle = mean(values)
    return sum((value - middle) ** 2 for value in values) / (len(values) - 1)


def two_sided(z: float) -> float:
    return 2 * (1 - NormalDist().cdf(abs(z)))


def change_in_share(before: Sequence[bool], after: Sequence[bool]) -> float:
    """p of the pooled z test of two shares."""
    share = (sum(before) + sum(after)) / (len(before) + len(after))
    if share in (0, 1):
        return 1.0
    error = sqrt(share * (1 - share) * (1 / len(before) + 1 / len(after)))
    return two_sided((mean(after) - mean(before)) / error)


def change_in_mean(before: Sequence[float], after: Sequence[float]) -> float:
    """p of the difference of two means, large samples."""
    error = sqrt(variance(before) / len(before) + variance(after) / len(after))
    return two_sided((mean(after) - mean(before)) / error)


def holm(ps: Sequence[float]) -> list[float]:
    """Holm's adjusted p values, in the order given."""
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    adjusted, floor = [0.0] * len(ps), 0.0
    for rank, i in enumerate(order):
        floor = max(floor, min(1.0, (len(ps) - rank) * ps[i]))
        adjusted[i] = floor
    return adjusted
