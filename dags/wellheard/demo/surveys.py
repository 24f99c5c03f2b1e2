"""Larkfield's nine Typeform surveys and what customers answer, as the vendor's API shows it.

A response's `hidden` fields carry `customer_id, channel, touchpoint, language`; an answer's
`field.ref` is the stable question id. What is wrong in the data is wrong on purpose: about one
response in sixteen has no customer, one in sixty is partial, and each month holds a few answers
that are out of scale, not a number, or about a channel or touchpoint nobody knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random

from wellheard.demo import story, texts
from wellheard.demo.chance import at, moment, spread, stamp, stream
from wellheard.demo.people import Person
from wellheard.demo.simulators.world import Json
from wellheard.periods import Period

NO_CUSTOMER = 0.06
PARTIAL = 0.015
STARTED = 0.005
HIDDEN = ["customer_id", "channel", "touchpoint", "language"]
AGENTS = (  # user agent, platform, browser
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/143.0", "other", "firefox"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) Safari/605.1", "mobile", "touch"),
    ("Mozilla/5.0 (Linux; Android 16) Chrome/141.0 Mobile", "mobile", "touch"),
)


@dataclass(frozen=True)
class Question:
    """One field of a form. `steps` is the number of answers of a scale."""

    ref: str
    type: str  # nps | opinion_scale | rating | long_text
    title: str
    steps: int = 0


_PULSE = (
    Question("csat", "rating", "How satisfied are you?", 5),
    Question("ces", "opinion_scale", "Larkfield made it easy for me", 7),
    Question("comment", "long_text", "What should we know about your score?"),
)
QUESTIONS: dict[str, tuple[Question, ...]] = {
    story.RELATION_FORM: (
        Question("nps", "nps", "How likely are you to recommend Larkfield?", 11),
        Question("nps_why", "long_text", "What is the main reason for your score?"),
        *(
            Question(f"driver_{name}", "rating", name.replace("_", " ").capitalize(), 5)
            for name in story.DRIVERS
        ),
    ),
    **{stage.form: _PULSE for stage in story.STAGES.values()},
}
_ADDED = Question(story.UNMAPPED_QUESTION, "rating", "Is the offer priced fairly?", 5)
_ADDED_TO = story.STAGES["renew"].form
_TYPES = {q.ref: q.type for questions in QUESTIONS.values() for q in questions} | {
    _ADDED.ref: _ADDED.type
}


def make_forms(present: Period) -> list[Json]:
    """The definitions of all forms as they stand in the present month."""
    extra = {_ADDED_TO: (_ADDED,)} if present >= story.UNMAPPED_FROM else {}
    titles = {story.RELATION_FORM: "Your relationship with Larkfield"} | {
        stage.form: f"Larkfield pulse: {name.replace('_', ' ')}"
        for name, stage in story.STAGES.items()
    }
    return [
        {
            "id": form,
            "type": "quiz",
            "title": title,
            "created_at": "2025-08-18T09:00:00Z",
            "last_updated_at": (
                f"{story.UNMAPPED_FROM}-01T08:00:00Z" if form in extra else "2025-08-18T09:00:00Z"
            ),
            "published_at": "2025-08-18T09:00:00Z",
            "workspace": {"href": "https://typeform.example/workspaces/lark01"},
            "theme": {"href": "https://typeform.example/themes/lark01"},
            "settings": {"language": "en", "is_public": True, "is_trial": False},
            "hidden": HIDDEN,
            "fields": [
                _definition(form, question) for question in QUESTIONS[form] + extra.get(form, ())
            ],
            "_links": {"display": f"https://typeform.example/to/{form}"},
        }
        for form, title in titles.items()
    ]


def _definition(form: str, question: Question) -> Json:
    properties: Json = {}
    if question.steps:
        properties = {"steps": question.steps, "start_at_one": question.type != "nps"}
    return {
        "id": f"{form}_{question.ref}",
        "ref": question.ref,
        "title": question.title,
        "type": question.type,
        "properties": properties,
        "validations": {"required": question.ref in ("nps", "csat")},
    }


def make_responses(seed: int, period: Period, people: Sequence[Person]) -> dict[str, list[Json]]:
    """All responses of a month by form id; each month's draws are its own."""
    customers = _customers(period, people)
    forms = {story.RELATION_FORM: _relation(seed, period, customers)}
    for name, stage in story.STAGES.items():
        forms[stage.form] = _pulse(seed, period, name, customers)
    for special in texts.SPECIALS:
        _say(forms[special.form], special)
    return forms


def _customers(period: Period, people: Sequence[Person]) -> list[Person]:
    first = date(period.year, period.month, 1)
    return [p for p in people if p.external_id and p.is_customer_on(first)]


def relation_answerers(seed: int, period: Period, people: Sequence[Person]) -> list[Person]:
    """Who gives the answers of the relation survey in a month, in their order."""
    return _relation_draws(seed, period, _customers(period, people))[-1]


def _relation_draws(
    seed: int, period: Period, customers: Sequence[Person]
) -> tuple[Random, list[float], list[float], list[Person]]:
    """The stream behind them, and for each answer a draw of its score, of its channel, and who."""
    random = stream(seed, period, story.RELATION_FORM)
    n = _how_many(random, story.RELATION_ANSWERS)
    scores, channels = spread(random, n), spread(random, n)
    return random, scores, channels, _asked(random, customers, n)


def _relation(seed: int, period: Period, customers: Sequence[Person]) -> list[Json]:
    random, scores, channels, asked = _relation_draws(seed, period, customers)
    shares = story.relation_channels(period)
    responses = []
    for person, score_at, channel_at in zip(
        asked, _by_loyalty(seed, period, asked, scores), channels, strict=True
    ):
        channel = list(shares)[at(channel_at, tuple(shares.values()))]
        score = at(score_at, story.nps_distribution(period, person.segment, channel))
        answers = [_number("nps", score, story.RELATION_FORM)]
        mood = -1.0 if score <= 6 else (0.0 if score == 7 else 1.0)
        if text := _maybe_comment(random, "", person.language, mood):
            answers.append(_text("nps_why", text, story.RELATION_FORM))
        for driver, (level, slope) in story.DRIVERS.items():
            rating = random.gauss(level + slope * (score - 7), story.DRIVER_SPREAD)
            value = min(max(round(rating), 1), 5)
            answers.append(_number(f"driver_{driver}", value, story.RELATION_FORM))
        responses.append(_response(random, period, person, channel, "", answers))
    _spoil(responses, "nps", 11, "number", count=2)
    return responses


def _pulse(seed: int, period: Period, name: str, customers: Sequence[Person]) -> list[Json]:
    stage = story.STAGES[name]
    random = stream(seed, period, stage.form)
    n = _how_many(random, stage.answers)
    csats, efforts, contacts = spread(random, n), spread(random, n), spread(random, n)
    shares = [share for *_, share in stage.contacts]
    asked = _asked(random, customers, n)
    met = [stage.contacts[at(contact_at, shares)] for contact_at in contacts]
    telling = [i for i, contact in enumerate(met) if contact[0] == story.MOMENT_OF_TRUTH]
    of_them = [asked[i] for i in telling], [csats[i] for i in telling]
    for i, csat_at in zip(telling, _by_loyalty(seed, period, *of_them), strict=True):
        csats[i] = csat_at
    responses = []
    for person, csat_at, ces_at, (touchpoint, channel, _) in zip(
        asked, csats, efforts, met, strict=True
    ):
        share = story.satisfied(name, touchpoint, channel, person.segment, period)
        score = at(csat_at, story.csat_distribution(share)) + 1
        effort = at(ces_at, story.ces_distribution(name, channel)) + 1
        answers = [_number("csat", score, stage.form), _number("ces", effort, stage.form)]
        if text := _maybe_comment(random, name, person.language, score - 3.0):
            answers.append(_text("comment", text, stage.form))
        if name == "renew" and period >= story.UNMAPPED_FROM and random.random() < 0.25:
            answers.append(_number(story.UNMAPPED_QUESTION, random.randint(1, 5), stage.form))
        responses.append(_response(random, period, person, channel, touchpoint, answers))
    _spoil_pulse(name, responses)
    return responses


def _how_many(random: Random, a_month: int) -> int:
    return round(a_month * random.uniform(0.97, 1.03))


def _asked(random: Random, customers: Sequence[Person], n: int) -> list[Person]:
    """`n` customers, each segment by its share of the company."""
    by_segment = {s: [p for p in customers if p.segment == s] for s in story.SEGMENTS}
    bounds = [round(n * share) for share in accumulate(story.SEGMENTS.values())]
    asked: list[Person] = []
    for members, bound in zip(by_segment.values(), bounds, strict=True):
        asked += random.sample(members, bound - len(asked))
    random.shuffle(asked)
    return asked


def _by_loyalty(
    seed: int, period: Period, asked: Sequence[Person], scores: Sequence[float]
) -> list[float]:
    """The same draws in another order, within each segment: high ones for the loyal, mostly.

    How answers spread in a segment stays as it is; only who gives which is no longer chance.
    """
    random = stream(seed, period, "loyalty")
    wanted = [
        person.loyalty if mood < story.LOYAL_ANSWERS[person.is_followed_up] else chance
        for person, mood, chance in ((p, random.random(), random.random()) for p in asked)
    ]
    found = list(scores)
    for segment in story.SEGMENTS:
        places = [i for i, person in enumerate(asked) if person.segment == segment]
        draws = sorted(scores[i] for i in places)
        for i, draw in zip(sorted(places, key=lambda i: wanted[i]), draws, strict=True):
            found[i] = draw
    return found


def _maybe_comment(random: Random, stage: str, language: str, mood: float) -> str | None:
    if random.random() >= (0.30 if mood > 0 else 0.55):
        return None
    return texts.comment(random, stage, language, mood)


def _response(
    random: Random,
    period: Period,
    person: Person,
    channel: str,
    touchpoint: str,
    answers: list[Json],
) -> Json:
    submitted = moment(random, period, story.ZONE)
    landed = submitted - timedelta(seconds=random.randint(25, 420))
    token = f"{random.getrandbits(128):032x}"
    user_agent, platform, browser = random.choice(AGENTS)
    hidden = {
        "customer_id": person.external_id if random.random() >= NO_CUSTOMER else "",
        "channel": channel,
        "touchpoint": touchpoint,
        "language": person.language,
    }
    if not hidden["customer_id"] and random.random() < 0.5:
        del hidden["customer_id"]  # a link without the parameter; the others have it empty
    fate = random.random()
    kind, reached = "completed", len(answers)
    if fate < STARTED:
        kind, reached = "started", 0
    elif fate < STARTED + PARTIAL:
        kind, reached = "partial", 1
    response: Json = {
        "landing_id": token,
        "token": token,
        "response_id": token,
        "response_type": kind,
        "landed_at": stamp(landed),
        "submitted_at": stamp(submitted),
        "metadata": {
            "user_agent": user_agent,
            "platform": platform,
            "referer": "https://typeform.example/to/",
            "network_id": f"{random.getrandbits(40):010x}",
            "browser": browser,
        },
        "hidden": hidden,
        "calculated": {"score": 0},
        "answers": answers[:reached],
    }
    if kind != "completed":
        del response["submitted_at"]
    return response


def _number(ref: str, value: int, form: str) -> Json:
    return {"field": _field(ref, form), "type": "number", "number": value}


def _text(ref: str, text: str, form: str) -> Json:
    return {"field": _field(ref, form), "type": "text", "text": text}


def _field(ref: str, form: str) -> Json:
    return {"id": f"{form}_{ref}", "type": _TYPES[ref], "ref": ref}


def _completed(responses: Sequence[Json]) -> list[Json]:
    return [r for r in responses if r["response_type"] == "completed"]


def _spoil(responses: Sequence[Json], ref: str, value: object, kind: str, count: int = 1) -> None:
    """Give the first complete responses an answer that cannot be right."""
    for response in _completed(responses)[:count]:
        answer = next(a for a in response["answers"] if a["field"]["ref"] == ref)
        del answer[answer["type"]]
        answer.update({"type": kind, kind: value})


def _mislabel(responses: Sequence[Json], field: str, value: str) -> None:
    _completed(responses)[3]["hidden"][field] = value


def _spoil_pulse(stage: str, responses: Sequence[Json]) -> None:
    mistakes: dict[str, Callable[[], None]] = {
        "use": lambda: _spoil(responses, "csat", 6, "number"),
        "pay": lambda: _spoil(responses, "ces", 0, "number"),
        "buy": lambda: _spoil(
            responses, "csat", {"id": "a1", "ref": "a1", "label": "4 - satisfied"}, "choice"
        ),
        "discover": lambda: _mislabel(responses, "channel", "kiosk"),
        "compare": lambda: _mislabel(responses, "touchpoint", "old_landing_page"),
    }
    mistakes.get(stage, lambda: None)()


def _say(responses: Sequence[Json], special: texts.Special) -> None:
    """Put the special comment into the first response that has a comment of its own."""
    for response in _completed(responses)[5:]:
        for answer in response["answers"]:
            if answer["type"] == "text":
                answer["text"] = special.text
                response["hidden"]["language"] = special.language
                return


def visible(responses: Sequence[Json], now: datetime) -> list[Json]:
    """The responses that exist by `now`: submitted, or begun where they were never submitted."""
    limit = stamp(now)
    return [r for r in responses if str(r.get("submitted_at") or r["landed_at"]) <= limit]
