"""Larkfield's support cases: Zendesk tickets and the audits behind them, as the exports show them.

A ticket event is one audit: `{id, ticket_id, timestamp, created_at, updater_id, via, system,
event_type: "Audit", child_events}`. Its children are

- `Create`: the fields a new ticket was given (`status`, `priority`, `type`, `subject`, ...);
- `Comment`: `author_id, body, public, comment_present, comment_public`;
- `Change`: one changed field under its own name with `previous_value`: `status`, `assignee_id`, or
  `satisfaction_score` (`offered`, then `good`, `bad` or, where the customer wrote something,
  `good_with_comment`, `bad_with_comment`).

The updater is -1 where the system acted, and the bot is the agent with the tag `bot`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import exp
from random import Random
from statistics import NormalDist

from wellheard.demo import story, texts
from wellheard.demo.chance import moment, pick, spread, stamp, stream
from wellheard.demo.follow_ups import FollowUps
from wellheard.demo.office_hours import after
from wellheard.demo.people import AGENT_IDS, BOT_ID, SYSTEM_ID, Person
from wellheard.demo.simulators.world import Json
from wellheard.periods import Period

DELETED = 0.01
NO_REPLY = 0.02  # solved by an agent who wrote nothing public
UNSOLVED = 0.01  # left open
WALK_IN = 0.015
REPLY_SPREAD = {"chat": 1.6, "voice": 1.6}  # of the logarithm of the wait; 0.9 elsewhere
IDS_A_MONTH = 100_000  # event ids of one month start at a multiple of this
VIA = {
    "email": "Mail", "web": "Web form", "voice": "Phone call (incoming)", "chat": "Chat",
    "mobile_sdk": "Mobile SDK", "answer_bot_for_web_widget": "Answer Bot for Web Widget",
}  # fmt: skip


@dataclass
class _Case:
    """A case as it unfolds: the ticket's present fields and the audits so far."""

    id: int
    created: datetime
    requester: Person
    channel: str
    priority: str | None
    next_event_id: int
    status: str = "new"
    assignee: int | None = None
    score: str = "unoffered"
    rating_comment: str | None = None
    events: list[Json] = field(default_factory=list)

    def audit(self, when: datetime, updater: int, children: list[Json]) -> None:
        audit_id = self._next_id()
        via = VIA[self.channel] if updater != SYSTEM_ID else "Rule"
        for child in children:
            child.update({"id": self._next_id(), "via": via, "via_reference_id": None})
        self.events.append(
            {
                "id": audit_id,
                "ticket_id": self.id,
                "timestamp": int(when.timestamp()),
                "created_at": stamp(when),
                "updater_id": updater,
                "via": via,
                "system": {},
                "event_type": "Audit",
                "child_events": children,
            }
        )

    def _next_id(self) -> int:
        self.next_event_id += 1
        return self.next_event_id

    def set_status(self, status: str) -> Json:
        change = {"event_type": "Change", "status": status, "previous_value": self.status}
        self.status = status
        return change

    def set_score(self, score: str) -> Json:
        change = {
            "event_type": "Change", "satisfaction_score": score, "previous_value": self.score,
        }  # fmt: skip
        self.score = score
        return change

    def assign(self, agent: int) -> list[Json]:
        if self.assignee == agent:
            return []
        change = {
            "event_type": "Change", "assignee_id": agent, "previous_value": self.assignee,
        }  # fmt: skip
        self.assignee = agent
        return [change]


def _comment(author: int, body: str, *, public: bool = True) -> Json:
    return {
        "event_type": "Comment",
        "type": "Comment",
        "author_id": author,
        "body": body,
        "public": public,
        "comment_present": True,
        "comment_public": public,
    }


def make_cases(
    seed: int,
    period: Period,
    people: Sequence[Person],
    now: datetime,
    calls: FollowUps | None = None,
) -> tuple[list[Json], list[Json], list[Json]]:
    """The tickets created in a month, their events and their ratings, as they stand at `now` (UTC).

    A month's draws are its own, so the same case has the same past whatever the present is. Some of
    the cases are those in which an unhappy customer of `calls` is followed up; it is told which.
    """
    random = stream(seed, period, "cases")
    first = date(period.year, period.month, 1)
    customers = [p for p in people if p.external_id and p.is_customer_on(first)]
    walk_ins = [p for p in people if p.external_id is None and p.joined <= first]
    n = round(story.CASES * random.uniform(0.96, 1.04))
    month = (period.year - 2025) * 12 + period.month
    created = sorted(moment(random, period, story.ZONE) for _ in range(n))
    draws = [spread(random, n) for _ in range(5)]
    about = calls.placed(created) if calls else {}
    tickets: list[Json] = []
    events: list[Json] = []
    ratings: list[Json] = []
    for number, (when, *fates) in enumerate(zip(created, *draws, strict=True)):
        known = random.random() >= WALK_IN or not walk_ins
        anyone = random.choice(customers if known else walk_ins)
        case = _Case(
            id=month * 1000 + number + 1,
            created=when,
            requester=about.get(number, anyone),
            channel=pick(random, story.CASE_CHANNELS),
            priority=pick(random, story.PRIORITIES),
            next_event_id=month * IDS_A_MONTH + number * 100,
        )
        # A generator of its own: how long one case takes must not change the next.
        own = Random(random.getrandbits(64))
        ticket, history = _unfold(own, case, period, fates, now)
        tickets += ticket
        events += history
        ratings += _ratings(case)
    return tickets, events, ratings


def _unfold(
    random: Random, case: _Case, period: Period, fates: Sequence[float], now: datetime
) -> tuple[list[Json], list[Json]]:
    """Play the case up to `now`; no ticket where it does not exist yet."""
    subject, body = random.choice(texts.CASES)
    late = timedelta(seconds=random.randint(60, 3 * 86_400) if random.random() < 0.1 else 0)
    for when, happen in _plot(random, case, period, fates, subject, body):
        if when > now:
            break
        happen(when)
    if not case.events:
        return [], []
    return [_ticket(case, subject, body, min(late, _room(case, now)))], case.events


def _room(case: _Case, now: datetime) -> timedelta:
    return timedelta(seconds=int(now.timestamp()) - case.events[-1]["timestamp"])


_Step = tuple[datetime, Callable[[datetime], None]]


def _plot(
    random: Random,
    case: _Case,
    period: Period,
    fates: Sequence[float],
    subject: str,
    body: str,
) -> list[_Step]:
    """What happens to a case and when, in order. `fates` are five numbers in [0, 1)."""
    reopened_at, one_reply_at, good_at, speed_at, ending = fates
    agent = random.choice(AGENT_IDS)
    customer = case.requester.id
    steps: list[_Step] = []

    def then(when: datetime, updater: int, children: Callable[[], list[Json]]) -> datetime:
        steps.append((when, lambda at_time: case.audit(at_time, updater, children())))
        return when

    def open_minutes(start: datetime, minutes: float) -> datetime:
        return after(case.requester.schedule, start, timedelta(seconds=round(minutes * 60)))

    def solved_by_agent(when: datetime) -> datetime:
        return then(when, agent, lambda: [
            _comment(agent, closing), *case.assign(agent), case.set_status("solved")
        ])  # fmt: skip

    closing = random.choice(texts.CLOSINGS)
    then(case.created, customer, lambda: [_created(case, subject), _comment(customer, body)])
    if case.channel == "answer_bot_for_web_widget":
        greeted = case.created + timedelta(seconds=5)
        then(greeted, BOT_ID, lambda: [_comment(BOT_ID, texts.BOT_REPLY)])
    reply_at = open_minutes(case.created, _first_wait(case, period, speed_at))
    reply_at = max(reply_at, case.created + timedelta(seconds=30))
    if random.random() < 0.15:
        noted = case.created + (reply_at - case.created) * random.uniform(0.3, 0.9)
        note = random.choice(texts.NOTES)
        then(noted, agent, lambda: [_comment(agent, note, public=False)])
    if ending < DELETED:
        then(reply_at, agent, lambda: [case.set_status("deleted")])
        return steps
    if ending < DELETED + NO_REPLY:
        solved = then(reply_at, agent, lambda: [
            _comment(agent, texts.NOTES[0], public=False), case.set_status("solved"),
        ])  # fmt: skip
        then(solved + timedelta(days=4), SYSTEM_ID, lambda: [case.set_status("closed")])
        return steps

    reopened = reopened_at < story.REOPENED
    if one_reply_at < story.ONE_REPLY:
        solved = solved_by_agent(reply_at)
    else:
        solved = _exchange(random, case, then, open_minutes, agent, reply_at)
        if ending < DELETED + NO_REPLY + UNSOLVED:
            return steps
        solved = solved_by_agent(solved)
    if reopened:
        again = solved + timedelta(hours=random.uniform(3, 70))
        complaint = random.choice(texts.FOLLOW_UPS)
        then(again, customer, lambda: [_comment(customer, complaint), case.set_status("open")])
        solved = solved_by_agent(open_minutes(again, random.uniform(30, 600)))
    if random.random() < story.RATING_OFFERED:
        offered = then(solved + timedelta(hours=24), SYSTEM_ID, lambda: [case.set_score("offered")])
        if random.random() < story.RATED:
            word = "good" if good_at < story.RATED_GOOD else "bad"
            remark = random.choice(texts.RATING_COMMENTS[word]) if random.random() < 0.3 else None
            rated = offered + timedelta(minutes=random.uniform(3, 2800))
            then(rated, customer, lambda: _rating(case, word, remark))
    then(solved + timedelta(days=4), SYSTEM_ID, lambda: [case.set_status("closed")])
    return sorted(steps, key=lambda step: step[0])


def _exchange(
    random: Random,
    case: _Case,
    then: Callable[[datetime, int, Callable[[], list[Json]]], datetime],
    open_minutes: Callable[[datetime, float], datetime],
    agent: int,
    reply_at: datetime,
) -> datetime:
    """Question and answer until the case can be solved; gives the time of its solution."""
    customer = case.requester.id
    when = reply_at
    for _ in range(1 if random.random() < 0.8 else 2):
        reply, follow_up = random.choice(texts.REPLIES), random.choice(texts.FOLLOW_UPS)
        then(when, agent, lambda reply=reply: [  # type: ignore[misc]
            _comment(agent, reply), *case.assign(agent), case.set_status("pending")
        ])  # fmt: skip
        back = when + timedelta(minutes=random.expovariate(1 / 600) + 2)
        then(back, customer, lambda text=follow_up: [  # type: ignore[misc]
            _comment(customer, text), case.set_status("open")
        ])  # fmt: skip
        when = open_minutes(back, random.expovariate(1 / 240) + 1)
    return when


def _first_wait(case: _Case, period: Period, speed_at: float) -> float:
    """Business minutes to the first reply: log-normal, so that the planted share is in target."""
    share = story.first_reply_in_target(period)
    sigma = REPLY_SPREAD.get(case.channel, 0.9)
    normal = NormalDist()
    away = normal.inv_cdf(min(max(speed_at, 1e-4), 1 - 1e-3)) - normal.inv_cdf(share)
    return story.FIRST_REPLY_TARGETS[case.priority] * exp(sigma * away)


def _created(case: _Case, subject: str) -> Json:
    return {
        "event_type": "Create",
        "status": "new",
        "subject": subject,
        "priority": case.priority,
        "type": "problem",
        "requester_id": case.requester.id,
    }


def _rating(case: _Case, word: str, remark: str | None) -> list[Json]:
    case.rating_comment = remark
    return [case.set_score(f"{word}_with_comment" if remark else word)]


def _ratings(case: _Case) -> list[Json]:
    """The rating as Zendesk lists it: one record from the offer on, which the answer changes."""
    moments = [
        audit["created_at"]
        for audit in case.events
        if any("satisfaction_score" in child for child in audit["child_events"])
    ]
    if not moments:
        return []
    return [
        {
            "id": case.id,
            "url": f"https://zendesk.example/api/v2/satisfaction_ratings/{case.id}.json",
            "assignee_id": case.assignee,
            "group_id": None,
            "requester_id": case.requester.id,
            "ticket_id": case.id,
            "score": case.score.removesuffix("_with_comment"),
            "comment": case.rating_comment,
            "reason": None,
            "reason_id": None,
            "created_at": moments[0],
            "updated_at": moments[-1],
        }
    ]


def _ticket(case: _Case, subject: str, body: str, late: timedelta) -> Json:
    """The ticket as it stands. `late`: how long after its last audit the system touched it."""
    last = case.events[-1]
    deleted = case.status == "deleted"
    rating: Json = {"score": case.score}
    if case.score not in ("unoffered", "offered"):
        rating |= {"id": case.id, "comment": case.rating_comment, "reason": None}
    return {
        "id": case.id,
        "url": f"https://zendesk.example/api/v2/tickets/{case.id}.json",
        "external_id": None,
        "via": {"channel": case.channel, "source": {"from": {}, "to": {}, "rel": None}},
        "created_at": stamp(case.created),
        "updated_at": last["created_at"],
        "generated_timestamp": last["timestamp"] + int(late.total_seconds()),
        "type": "problem",
        "subject": "SCRUBBED" if deleted else subject,
        "raw_subject": "SCRUBBED" if deleted else subject,
        "description": "X" if deleted else body,
        "priority": case.priority,
        "status": case.status,
        "recipient": None,
        "requester_id": case.requester.id,
        "submitter_id": case.requester.id,
        "assignee_id": case.assignee,
        "organization_id": None,
        "group_id": None,
        "tags": [],
        "custom_fields": [],
        "satisfaction_rating": rating,
        "brand_id": 1,
        "is_public": True,
        "has_incidents": False,
        "due_at": None,
    }
