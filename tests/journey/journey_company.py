"""A small company whose customers meet touchpoints, answer, and some of them leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from metrics_world import answer, record

TABLES = ("rpt_metrics", "rpt_journey", "rpt_journey_cells", "rpt_moments", "rpt_paths",
          "rpt_consistency", "rpt_movement")  # fmt: skip
# The tables and all they are made from, with the tests that need nothing else.
BUILD = (
    "build", "--exclude-resource-type", "unit_test", "--indirect-selection", "cautious",
    "--select", *(f"+{table}" for table in TABLES),
)  # fmt: skip
Records = list[dict[str, Any]]
TOUCHPOINTS = {"checkout": "buy", "app_home": "use", "invoice": "pay"}
CHANNELS = {"checkout": ("web", "phone"), "app_home": ("app",), "invoice": ("email", "web")}


def customer(key: str, **more: Any) -> dict[str, Any]:
    return record("crm", "customers", key, {"customer_key": key, "joined_on": "2024-01-01", **more})


def interaction(
    number: int, key: str | None, touchpoint: str, at: str, channel: str | None = None
) -> dict[str, Any]:
    payload = {"interaction_id": f"i{number}", "customer_key": key, "touchpoint": touchpoint,
               "occurred_at": at, "channel": channel}  # fmt: skip
    return record("crm", "visits", f"i{number}", payload)


def said(
    number: int, question: str, score: int, at: str, key: str | None, **more: Any
) -> dict[str, Any]:
    return answer(f"{question}{number}", question, score, at, customer_key=key, **more)


# --- By hand --------------------------------------------------------------------------------------


def by_hand() -> dict[str, Records]:
    """Twelve customers about the invoice in March, six on a path in May, and some who do not count.

    B0..B5 were dissatisfied and recommend nobody a month later; five of them left in July.
    G0..G5 were satisfied, recommend 83 days later, and stay. L answered too late for it to count,
    E had left before, N joined after, S is known to no register.
    """
    feedback: Records = []
    people = [customer(f"G{i}", segment="consumer") for i in range(6)]
    people += [customer("L"), customer("E", churned_on="2026-02-01")]
    people.append(customer("N", joined_on="2026-04-01"))
    for i in range(6):
        left = {"churned_on": "2026-07-01"} if i < 5 else {}
        people.append(customer(f"B{i}", segment="consumer", **left))
        feedback += [
            said(i, "csat", 1, "2026-03-10T12:00:00Z", f"B{i}", touchpoint="invoice"),
            said(i, "nps", 2, "2026-04-10T12:00:00Z", f"B{i}"),
            said(10 + i, "csat", 5, "2026-03-10T12:00:00Z", f"G{i}", touchpoint="invoice"),
            said(10 + i, "nps", 10, "2026-06-01T12:00:00Z", f"G{i}"),
        ]
    for number, key in enumerate(("L", "E", "N", "S"), start=20):
        feedback.append(said(number, "csat", 5, "2026-03-10T12:00:00Z", key, touchpoint="invoice"))
    feedback.append(said(30, "nps", 0, "2026-06-09T12:00:00Z", "L"))  # 91 days later
    visits: Records = []
    for i in range(6):
        key = f"P{i}"
        people.append(customer(key))
        feedback.append(said(40 + i, "csat", 4, "2026-05-01T12:00:00Z", key, touchpoint="checkout"))
        through = "app" if i == 2 else None
        visits.append(interaction(i, key, "app_home", f"2026-05-0{4 + i % 2}T12:00:00Z", through))
    # The same meeting as the visit at noon, whose channel counts although this came first.
    feedback.append(
        said(61, "ces", 5, "2026-05-04T08:00:00Z", "P2", touchpoint="app_home", channel="web")
    )
    visits += [
        interaction(10, "P0", "app_home", "2026-05-04T18:00:00Z", "phone"),  # the same meeting
        interaction(11, "P0", "invoice", "2026-06-10T12:00:00Z"),  # 37 days: no step
        interaction(12, None, "app_home", "2026-05-04T12:00:00Z"),  # nobody's
        interaction(13, None, "app_home", "2026-05-04T12:00:00Z"),
    ]
    # In July paying by card goes worse than the few who say so show; in August nothing is worse. In
    # September it goes badly, in another stage as the records say.
    for first, day, touchpoint, stage, n, satisfied in (
        (100, "2026-07-10", "invoice", "pay", 30, 21),
        (200, "2026-07-10", "card", "pay", 6, 1),
        (300, "2026-08-10", "invoice", "pay", 6, 3),
        (400, "2026-08-10", "card", "pay", 6, 3),
        (500, "2026-09-10", "invoice", "pay", 30, 21),
        (600, "2026-09-10", "card", "use", 10, 0),
    ):
        feedback += [
            said(first + i, "csat", 5 if i < satisfied else 1, f"{day}T12:00:00Z", None,
                 touchpoint=touchpoint, journey_stage=stage)
            for i in range(n)
        ]  # fmt: skip
    feedback.append(said(60, "ces", 5, "2026-10-10T12:00:00Z", "P0"))  # the last month there is
    return {"file__feedback": feedback, "file__customers": people, "file__interactions": visits}


# --- By chance ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    number: int
    key: str
    question: str
    score: int
    at: datetime
    touchpoint: str | None
    channel: str | None
    segment: str | None


@dataclass(frozen=True)
class Chance:
    """What a company made by chance holds, for a test to count again."""

    said: list[Said]
    visits: list[tuple[str, str, datetime]]
    left: dict[str, date | None]
    segments: dict[str, str | None]

    def landings(self) -> dict[str, Records]:
        feedback = [
            said(s.number, s.question, s.score, s.at.isoformat(), s.key,
                 touchpoint=s.touchpoint, channel=s.channel, segment=s.segment)
            for s in self.said
        ]  # fmt: skip
        people = [
            customer(key, segment=self.segments[key], churned_on=day and day.isoformat())
            for key, day in self.left.items()
        ]
        visits = [
            interaction(i, key, touchpoint, at.isoformat(), visited_through(i, touchpoint))
            for i, (key, touchpoint, at) in enumerate(self.visits)
        ]
        return {"file__feedback": feedback, "file__customers": people, "file__interactions": visits}


def visited_through(number: int, touchpoint: str) -> str | None:
    """The channel of a visit; of each third nobody knows it."""
    return ("chat", None, CHANNELS[touchpoint][-1])[number % 3]


def by_chance(seed: int = 5, customers: int = 120) -> Chance:
    """Fourteen months to October 2026; noon UTC, so that days are the same in London."""
    random = Random(seed)
    begin = datetime(2025, 9, 1, 12, tzinfo=UTC)
    left: dict[str, date | None] = {}
    segments: dict[str, str | None] = {}
    answers: list[Said] = []
    visits: list[tuple[str, str, datetime]] = []
    for who in range(customers):
        key = f"K{who}"
        segments[key] = random.choice(["consumer", "consumer", "enterprise", None])
        gone = begin.date() + timedelta(days=random.randrange(30, 600))
        left[key] = gone if random.random() < 0.4 else None
        for day in random.sample(range(425), random.randrange(2, 14)):
            at = begin + timedelta(days=day, minutes=random.randrange(300))
            touchpoint = random.choice(list(TOUCHPOINTS))
            channel = random.choice(CHANNELS[touchpoint])
            kind = random.random()
            if kind < 0.45:
                said_of = random.choice([touchpoint, touchpoint, None])
                answers.append(
                    Said(len(answers), key, "csat", random.randrange(1, 6), at, said_of,
                         random.choice([channel, None]), segments[key])
                )  # fmt: skip
            elif kind < 0.8:
                answers.append(
                    Said(len(answers), key, "nps", random.randrange(11), at, None,
                         random.choice([channel, None]), segments[key])
                )  # fmt: skip
            else:
                visits.append((key, touchpoint, at))
    return Chance(answers, visits, left, segments)
