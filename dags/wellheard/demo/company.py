"""Larkfield, the made-up company of the demo and the tests, as its vendors' systems show it.

What is true there is written down in `story`; this module only puts the records together.
"""

from __future__ import annotations

from datetime import datetime

from wellheard.demo import story
from wellheard.demo.cases import make_cases
from wellheard.demo.follow_ups import FollowUps
from wellheard.demo.people import make_people, make_users
from wellheard.demo.requests import make_requests
from wellheard.demo.simulators.world import Json, World
from wellheard.demo.surveys import make_forms, make_responses, relation_answerers, visible
from wellheard.errors import ConfigError
from wellheard.periods import Period, as_utc


def make_world(seed: int, today: datetime) -> World:
    """All records of Larkfield that exist at `today`, from September 2025 on.

    The same seed gives the same records in every process, and a later `today` only adds to them:
    answers never change, cases go on. Raises ConfigError for a `today` before October 2025, when
    there is no complete month yet.
    """
    now = as_utc(today)
    present = Period.of(now, story.ZONE)
    months = story.months(present)
    if len(months) < 2:
        raise ConfigError(
            f"the demo's today is {now:%Y-%m-%d}, but Larkfield's records begin in "
            f"{story.FIRST_MONTH}; choose {story.FIRST_MONTH.shift(1)}-01 or later"
        )
    people = make_people(seed)
    forms = make_forms(present)
    world = World(now=now, users=make_users(people, now), forms=forms)
    responses: dict[str, list[Json]] = {form["id"]: [] for form in forms}
    calls = FollowUps(people)
    for month in months:
        answered = make_responses(seed, month, people)
        for form, items in answered.items():
            responses[form] += visible(items, now)
        answerers = relation_answerers(seed, month, people)
        given = list(zip(answerers, answered[story.RELATION_FORM], strict=True))
        world.requests += make_requests(seed, month, people, given, now)
        calls.listen(seed, month, answered)
        tickets, events, ratings = make_cases(seed, month, people, now, calls)
        world.tickets += tickets
        world.ticket_events += events
        world.satisfaction_ratings += ratings
    world.responses = responses
    return world
