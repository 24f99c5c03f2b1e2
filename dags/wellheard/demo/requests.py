"""Who was asked to recommend Larkfield, as its messaging platform's monthly log tells it.

Typeform holds the answers and does not know whom the link was sent to. The platform sends it by
e-mail or shows it on the web and in the app, and hears from Typeform how far somebody came. Who
does not answer may be asked again in the same month: a row is one request, not one customer.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import cycle, groupby, islice
from pathlib import Path
from random import Random

from wellheard.demo import story
from wellheard.demo.chance import moment, pick, stamp, stream
from wellheard.demo.people import Person
from wellheard.demo.simulators.world import Json
from wellheard.periods import Period

COLUMNS = ("request", "survey", "customer", "channel", "sent", "status")
ANSWERED = {"completed": "completed", "partial": "partially completed", "started": "started"}
HOURS_TO_ANSWER = {"email": 20.0, "web": 0.1, "app": 0.2}  # on average


def make_requests(
    seed: int,
    period: Period,
    people: Sequence[Person],
    responses: Sequence[tuple[Person, Json]],
    now: datetime,
) -> list[Json]:
    """The requests of a month that were sent by `now`, with what had become of them by then.

    `responses` are the month's answers to the relation survey and who gave them.
    """
    random = stream(seed, period, "requests")
    first = datetime(period.year, period.month, 1, tzinfo=story.ZONE)
    rows = [_answered(random, first, person, response, now) for person, response in responses]
    answering = {person.id for person, _ in responses}
    customers = [p for p in people if p.external_id and p.is_customer_on(first.date())]
    for segment, usual in story.RESPONSE_RATES.items():
        given = [r["response_type"] for p, r in responses if p.segment == segment]
        silent = [p for p in customers if p.segment == segment and p.id not in answering]
        rate = usual * random.uniform(1 - story.RESPONSE_SPREAD, 1 + story.RESPONSE_SPREAD)
        requests = round(given.count("completed") / rate)
        random.shuffle(silent)
        for person in islice(cycle(silent), requests - len(given)):
            channel = pick(random, story.relation_channels(period))
            status = pick(random, story.UNANSWERED[channel])
            sent = stamp(moment(random, period, story.ZONE))
            rows.append(_row(person, channel, sent, status))
    rows.sort(key=lambda row: (row["sent"], row["customer"]))
    numbered = [row | {"request": f"{period}-{n:05d}"} for n, row in enumerate(rows, 1)]
    return [row for row in numbered if row["sent"] <= stamp(now)]


def _answered(
    random: Random, first: datetime, person: Person, response: Json, now: datetime
) -> Json:
    channel = response["hidden"]["channel"]
    opened = datetime.fromisoformat(response["landed_at"])
    waited = timedelta(hours=random.expovariate(1 / HOURS_TO_ANSWER[channel]))
    # Sent in the month it is answered in.
    sent = opened - min(waited, max(opened - first, timedelta()) * random.random())
    is_known = (response.get("submitted_at") or response["landed_at"]) <= stamp(now)
    silent = next(iter(story.UNANSWERED[channel]))
    status = ANSWERED[response["response_type"]] if is_known else silent
    return _row(person, channel, stamp(sent), status)


def _row(person: Person, channel: str, sent: str, status: str) -> Json:
    return {
        "survey": story.RELATION_FORM,
        "customer": person.external_id,
        "channel": channel,
        "sent": sent,
        "status": status,
    }


def drop(requests: Sequence[Json], now: datetime, folder: Path) -> None:
    """Write the platform's log into a folder: one CSV for each month, none of them half."""
    folder.mkdir(parents=True, exist_ok=True)
    for month, rows in groupby(requests, key=lambda row: row["request"][:7]):
        path = folder / f"requests_{month}.csv"
        aside = path.with_suffix(".part")
        with aside.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        os.utime(aside, (now.timestamp(), now.timestamp()))  # in the simulated present
        aside.replace(path)
