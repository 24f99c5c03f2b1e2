"""Larkfield's customers and agents, as Zendesk users. Every name is put together from lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from wellheard.demo.chance import at, pick, spread, stamp, stream
from wellheard.demo.simulators.world import Json
from wellheard.demo.story import FOLLOWED_UP, LANGUAGES, LEAVING, SEGMENTS
from wellheard.demo.texts import FIRST_NAMES, LAST_NAMES

CUSTOMERS = 2500
WALK_INS = 40  # people who wrote to support and are in no customer register
MOVED_IN = datetime(2025, 9, 1, 3, tzinfo=UTC)  # the register was first copied to Zendesk then
HISTORY = date(2025, 9, 1)
SYSTEM_ID = -1  # Zendesk's own author of automations and triggers
BOT_ID = 7000
AGENT_IDS = range(7001, 7025)
FIRST_USER_ID = 100_001
REVENUE = {"consumer": (22, 65), "small_business": (120, 650), "enterprise": (1500, 12000)}


@dataclass(frozen=True)
class Person:
    """A customer, or a walk-in when `external_id` is None. Revenue in pounds a month.

    `loyalty` is 0 (least) to 1; `is_followed_up`: somebody speaks to them when they are unhappy.
    """

    id: int
    external_id: str | None
    name: str
    email: str
    segment: str
    language: str
    revenue: float
    joined: date
    churned: date | None
    schedule: str
    loyalty: float
    is_followed_up: bool

    def is_customer_on(self, day: date) -> bool:
        return self.joined <= day and (self.churned is None or day < self.churned)


def make_people(seed: int) -> list[Person]:
    """All customers there ever will be, then the walk-ins; the same whatever the present is."""
    random = stream(seed, "people")
    segments, languages = (spread(random, CUSTOMERS) for _ in range(2))
    character = stream(seed, "character")
    loyalties, cared_for = (spread(character, CUSTOMERS + WALK_INS) for _ in range(2))
    people = []
    for number in range(CUSTOMERS + WALK_INS):
        known = number < CUSTOMERS
        segment = _of(SEGMENTS, segments[number]) if known else "consumer"
        first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
        joined = _joined(random.random(), random.random())
        low, high = REVENUE[segment]
        people.append(
            Person(
                id=FIRST_USER_ID + number,
                external_id=f"C{number + 1:05d}" if known else None,
                name=f"{first} {last}",
                email=f"{first}.{last}.{number + 1}@example.{pick(random, _DOMAINS)}".lower(),
                segment=segment,
                language=_of(LANGUAGES, languages[number]) if known else "en",
                revenue=round(low * (high / low) ** random.random(), 2),
                joined=joined,
                churned=_churned(
                    max(joined, HISTORY), random.expovariate(_leaving(loyalties[number]))
                ),
                schedule=(
                    "new_york_8_20"
                    if random.random() < 0.4 and segment == "enterprise"
                    else "uk_9_18"
                ),
                loyalty=loyalties[number],
                is_followed_up=cared_for[number] < FOLLOWED_UP,
            )
        )
    return people


_DOMAINS = {"com": 0.6, "org": 0.4}


def _of(shares: dict[str, float], share: float) -> str:
    return list(shares)[at(share, tuple(shares.values()))]


def _joined(kind: float, when: float) -> date:
    """Most joined in the four years before the history, the others steadily since."""
    if kind < 0.85:
        return HISTORY - timedelta(days=1 + int(when * 4 * 365))
    return HISTORY + timedelta(days=int(when * 600))


def _leaving(loyalty: float) -> float:
    return LEAVING[at(loyalty, tuple(share for share, _ in LEAVING))][1]


def _churned(start: date, months: float) -> date | None:
    days = 30 + int(months * 30.4)
    return start + timedelta(days=days) if days < 1500 else None


def make_users(people: Sequence[Person], now: datetime) -> list[Json]:
    """Agents, the bot, and everyone known by `now`, as the Zendesk user export shows them."""
    users = []
    for place, number in enumerate(AGENT_IDS):
        first, last = FIRST_NAMES[place * 2], LAST_NAMES[-1 - place]
        email = f"{first}.{last}@example.org".lower()
        users.append(_user(number, f"{first} {last}", email, "agent", ["staff"]))
    users.append(_user(BOT_ID, "Larkfield Assistant", "assistant@example.org", "agent", ["bot"]))
    users += [_customer(person, now) for person in people if person.joined <= now.date()]
    return [user for user in users if user["updated_at"] <= stamp(now)]


def _customer(person: Person, now: datetime) -> Json:
    gone = person.churned is not None and _at_three(person.churned) <= now
    churned = person.churned if gone else None
    user = _user(person.id, person.name, person.email, "end-user", [], person.language) | {
        "external_id": person.external_id,
        "created_at": stamp(_at_three(person.joined)),
        "updated_at": stamp(max(_at_three(churned or person.joined), MOVED_IN)),
    }
    user["user_fields"]["zone_schedule"] = person.schedule
    if person.external_id:
        user["user_fields"] |= {
            "segment": person.segment,
            "monthly_revenue": person.revenue,
            "joined_on": person.joined.isoformat(),
            "churned_on": churned.isoformat() if churned else None,
        }
    return user


def _at_three(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 3, tzinfo=UTC)


def _user(
    number: int, name: str, email: str, role: str, tags: list[str], language: str = "en"
) -> Json:
    return {
        "id": number,
        "url": f"https://zendesk.example/api/v2/users/{number}.json",
        "external_id": None,
        "name": name,
        "email": email,
        "role": role,
        "active": True,
        "locale": {"en": "en-GB"}.get(language, language),
        "time_zone": "London",
        "iana_time_zone": "Europe/London",
        "organization_id": None,
        "tags": tags,
        "suspended": False,
        "created_at": stamp(MOVED_IN),
        "updated_at": stamp(MOVED_IN),
        "user_fields": {
            "segment": None,
            "monthly_revenue": None,
            "joined_on": None,
            "churned_on": None,
            "zone_schedule": None,
        },
    }
