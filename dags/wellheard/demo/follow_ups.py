"""Whom Larkfield speaks to after an unhappy answer: some of the month's cases are about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import log

from wellheard.demo import story
from wellheard.demo.chance import stream
from wellheard.demo.people import Person
from wellheard.demo.simulators.world import Json
from wellheard.periods import Period

UNHAPPY = {"nps": 6, "csat": 2}  # the highest answer that is one
LATEST = timedelta(days=5)
SPREAD = 0.6  # of the logarithm of the hours


class FollowUps:
    """Unhappy customers who wait for a case of theirs, month after month."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = {p.external_id: p for p in people if p.external_id and p.is_followed_up}
        self._waiting: list[tuple[datetime, datetime, Person]] = []  # from, until, who

    def listen(self, seed: int, period: Period, answered: Mapping[str, Sequence[Json]]) -> None:
        """Take note of a month's unhappy answers, those not yet visible too."""
        random = stream(seed, period, "follow-ups")
        for form in sorted(answered):
            for response in answered[form]:
                hours = random.lognormvariate(log(story.FOLLOW_UP_HOURS), SPREAD)
                person = self._people.get(response["hidden"].get("customer_id"))
                if person is None or "submitted_at" not in response or not _is_unhappy(response):
                    continue
                said = datetime.fromisoformat(response["submitted_at"])
                wanted = said + min(timedelta(hours=hours), LATEST)
                if person.is_customer_on(wanted.date()):
                    self._waiting.append((wanted, said + LATEST, person))

    def placed(self, created: Sequence[datetime]) -> dict[int, Person]:
        """The cases (by their place among the month's moments, in order) that are about an answer.

        Each takes the one who has waited longest; who finds none in time is not followed up.
        """
        waiting, found = sorted(self._waiting, key=lambda call: (call[0], call[2].id)), {}
        for number, when in enumerate(created):
            due = next((call for call in waiting if call[0] <= when < call[1]), None)
            if due is not None:
                waiting.remove(due)
                found[number] = due[2]
        last = created[-1] if created else None
        self._waiting = [call for call in waiting if last is None or call[1] > last]
        return found


def _is_unhappy(response: Json) -> bool:
    return any(
        isinstance(value := answer.get("number"), int)
        and value <= UNHAPPY.get(answer["field"]["ref"], -1)
        for answer in response["answers"]
    )
