"""What is true at Larkfield: the numbers behind the made-up records.

Larkfield sells mobile and broadband. Nothing in the world is drawn without one of these tables, so
a report on it can be checked against them. The planted truths:

- NPS stands at 22 until 2026-07 and then really rises: 26, 29 and 41 in August, September and
  October 2026; it stays at 41 afterwards.
- Customers asked by e-mail recommend less than those asked on the web or in the app. In May 2026
  hardly any e-mail goes out: NPS stands 3 points higher that month though it is 10 points lower in
  every channel (Simpson's paradox).
- In March 2026 an outage hurts the app: satisfaction with `use` through `app` drops by 35 points
  for that month and recovers.
- `get_help` and `onboard` are the low stages, every month, in satisfaction and in effort.
- Enterprise customers are unhappy with invoices: 40 points below everyone else there, nowhere else.
- The same thing done by phone satisfies 16 points fewer than on the web.
- From July 2026 (the first-reply desk) 84 % of cases get a first reply within target; 72 % before.
- Customer service moves recommendation most, emotional connection least.
- Who recommends once mostly does so again, and the least loyal three in ten leave four times as
  often: a detractor's answer comes before a loss.
- How phone support went tells how the customer recommends next; no other touchpoint does.
- Somebody speaks to three in ten unhappy customers within the week (a case about it). They answer
  anew next time, where the others mostly stay as they are: more of them are detractors no longer.
- Of the requests to recommend Larkfield, 34 % are answered by consumers, 28 % by small businesses
  and 22 % by enterprise customers, give or take a sixteenth of it each month.
- Four in eight complaints of detractors are about being handed on and never heard of again.
- Of the actions, the first-reply desk works; one owner per case and the status page change nothing.
- Nothing else changes: effort, reopened cases, one-touch resolution and case satisfaction stay what
  they are from the first month to the last, and a change found there is a false alarm.

Shares are 0..1, NPS is -100..100. Months are in Europe/London.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import exp
from zoneinfo import ZoneInfo

from wellheard.periods import Period

ZONE = ZoneInfo("Europe/London")
FIRST_MONTH = Period(2025, 9)  # the records begin here, whatever the present is

SEGMENTS = {"consumer": 0.60, "small_business": 0.25, "enterprise": 0.15}
LANGUAGES = {"en": 0.86, "de": 0.04, "fr": 0.03, "es": 0.03, "pl": 0.02, "ar": 0.01, "ja": 0.01}

INCIDENT = Period(2026, 3)
RISE = {Period(2026, 8): 26.0, Period(2026, 9): 29.0, Period(2026, 10): 41.0}
NPS_BEFORE = 22.0
NPS_BY_SEGMENT = {"consumer": 2.0, "small_business": -1.0, "enterprise": -6.0}  # nets to zero
RELATION_CHANNELS = {"web": 0.40, "app": 0.35, "email": 0.25}
NPS_BY_CHANNEL = {"web": 7.0, "app": 22.0, "email": -42.0}  # nets to zero
PARADOX = Period(2026, 5)
PARADOX_CHANNELS = {"web": 0.49, "app": 0.49, "email": 0.02}
PARADOX_EFFECT = -10.0  # in every channel
PASSIVES = 0.32
RESPONSE_RATES = {"consumer": 0.34, "small_business": 0.28, "enterprise": 0.22}  # complete, of all
RESPONSE_SPREAD = 0.06  # of a rate, from month to month
UNANSWERED = {  # what the messaging platform says of a request nobody answered; first, of silence
    "email": {"delivered": 0.84, "bounced": 0.09, "unsubscribed": 0.07},
    "web": {"shown": 0.88, "declined": 0.12},
    "app": {"shown": 0.90, "declined": 0.10},
}
NPS_WITHIN = {  # how answers spread inside the three groups
    "detractor": (0.07, 0.04, 0.07, 0.12, 0.15, 0.25, 0.30),  # 0..6
    "passive": (0.50, 0.50),  # 7, 8
    "promoter": (0.45, 0.55),  # 9, 10
}

RELATION_FORM = "LfRelation"
RELATION_ANSWERS = 880  # a month
DRIVERS = {  # rating at an NPS answer of 7, and what one point of NPS goes with
    "usability": (3.8, 0.22),
    "customer_service": (3.4, 0.34),
    "personalisation": (3.5, 0.12),
    "consistency": (3.6, 0.17),
    "emotional_connection": (3.3, 0.06),
}
DRIVER_SPREAD = 0.9


@dataclass(frozen=True)
class Stage:
    """One journey stage and its pulse survey.

    `csat` is the share satisfied and `ces` the level of ease before a channel's effect; `contacts`
    are (touchpoint, channel, share of answers), which sum to 1.
    """

    form: str
    answers: int  # a month
    csat: float
    ces: float
    contacts: tuple[tuple[str, str, float], ...]


STAGES = {
    "discover": Stage("LfDiscover", 90, 0.78, 5.6, (
        ("website_search", "web", 0.65),
        ("website_search", "app", 0.20),
        ("website_search", "store", 0.15),
    )),
    "compare": Stage("LfCompare", 95, 0.74, 5.2, (
        ("plan_comparison", "web", 0.55),
        ("plan_comparison", "store", 0.20),
        ("plan_comparison", "phone", 0.25),
    )),
    "buy": Stage("LfBuy", 120, 0.82, 5.7, (
        ("checkout", "web", 0.40),
        ("checkout", "app", 0.15),
        ("checkout", "phone", 0.20),
        ("store_visit", "store", 0.25),
    )),
    "onboard": Stage("LfOnboard", 125, 0.60, 4.4, (
        ("activation_email", "email", 0.40),
        ("activation_email", "app", 0.20),
        ("activation_email", "web", 0.20),
        ("activation_email", "phone", 0.20),
    )),
    "use": Stage("LfUse", 160, 0.80, 5.8, (
        ("app_home", "app", 0.60),
        ("app_home", "web", 0.15),
        ("outage_notice", "app", 0.10),
        ("outage_notice", "email", 0.15),
    )),
    "get_help": Stage("LfGetHelp", 160, 0.58, 4.3, (
        ("phone_support", "phone", 0.40),
        ("chat_support", "chat", 0.30),
        ("chat_support", "bot", 0.12),
        ("chat_support", "web", 0.18),
    )),
    "pay": Stage("LfPay", 140, 0.82, 5.6, (
        ("invoice", "email", 0.30),
        ("invoice", "web", 0.20),
        ("invoice", "app", 0.10),
        ("card_payment", "web", 0.20),
        ("card_payment", "app", 0.12),
        ("card_payment", "phone", 0.08),
    )),
    "renew": Stage("LfRenew", 90, 0.76, 5.3, (
        ("renewal_offer", "web", 0.35),
        ("renewal_offer", "app", 0.25),
        ("renewal_offer", "phone", 0.40),
    )),
}  # fmt: skip

CSAT_BY_CHANNEL = {
    "web": 0.04, "app": 0.03, "store": 0.03, "chat": 0.02, "email": 0.0, "bot": -0.05,
    "phone": -0.12,
}  # fmt: skip
CES_BY_CHANNEL = {"phone": -0.6, "bot": -0.4}
INCIDENT_EFFECT = -0.35  # use through app, in INCIDENT only
ENTERPRISE_INVOICE_EFFECT = -0.40
CSAT_WITHIN = {"unsatisfied": (0.20, 0.30, 0.50), "satisfied": (0.45, 0.55)}  # 1..3 and 4..5
CES_SPREAD = 1.5

LOYAL_ANSWERS = {False: 0.75, True: 0.30}  # that follow the customer's loyalty; by followed up
LEAVING = ((0.30, 0.026), (0.70, 0.006))  # share of customers, least loyal first, and loss a month
MOMENT_OF_TRUTH = "phone_support"  # satisfaction there follows loyalty as well
FOLLOWED_UP = 0.30  # of customers, whenever they are unhappy
FOLLOW_UP_HOURS = 30  # the median, from the answer to the case about it

UNMAPPED_QUESTION = "price_fair"  # someone added it to the renewal survey and told nobody
UNMAPPED_FROM = Period(2026, 9)

CASES = 255  # a month
REPLY_DESK = Period(2026, 7)
FIRST_REPLY_TARGETS = {"urgent": 60, "high": 120, "normal": 240, "low": 480, None: 240}  # minutes
PRIORITIES = {"urgent": 0.08, "high": 0.20, "normal": 0.55, "low": 0.14, None: 0.03}
CASE_CHANNELS = {  # Zendesk's own names
    "email": 0.30, "web": 0.20, "voice": 0.20, "chat": 0.15, "mobile_sdk": 0.07,
    "answer_bot_for_web_widget": 0.08,
}  # fmt: skip
REOPENED = 0.08  # of solved cases
ONE_REPLY = 0.50  # of cases that are not reopened: solved with the first reply
RATING_OFFERED = 0.45
RATED = 0.50  # of offered
RATED_GOOD = 0.84


def months(present: Period) -> list[Period]:
    """The months from the first to the present one, in order; empty before the first."""
    found, month = [], FIRST_MONTH
    while month <= present:
        found.append(month)
        month = month.shift(1)
    return found


def relation_channels(period: Period) -> dict[str, float]:
    """The share of the recommendation answers that each channel brings in a month."""
    return PARADOX_CHANNELS if period == PARADOX else RELATION_CHANNELS


def nps(period: Period, segment: str | None = None, channel: str | None = None) -> float:
    """The true NPS of a month, -100..100; of everyone, or of one segment or channel."""
    level = NPS_BEFORE
    for start, value in sorted(RISE.items()):
        if period >= start:
            level = value
    if period == PARADOX:
        level += PARADOX_EFFECT
    level += NPS_BY_SEGMENT[segment] if segment else 0.0
    if channel:
        return level + NPS_BY_CHANNEL[channel]
    mix = relation_channels(period).items()
    return level + sum(share * NPS_BY_CHANNEL[name] for name, share in mix)


@cache
def nps_distribution(period: Period, segment: str, channel: str) -> tuple[float, ...]:
    """The true shares of the answers 0..10 of a segment in a channel and month."""
    score = nps(period, segment, channel) / 100
    groups = {
        "detractor": (1 - PASSIVES - score) / 2,
        "passive": PASSIVES,
        "promoter": (1 - PASSIVES + score) / 2,
    }
    return tuple(share * part for group, share in groups.items() for part in NPS_WITHIN[group])


def satisfied(stage: str, touchpoint: str, channel: str, segment: str, period: Period) -> float:
    """The true share of satisfied answers (4 or 5 of 5) in one cell."""
    share = STAGES[stage].csat + CSAT_BY_CHANNEL[channel]
    if period == INCIDENT and (stage, channel) == ("use", "app"):
        share += INCIDENT_EFFECT
    if (touchpoint, segment) == ("invoice", "enterprise"):
        share += ENTERPRISE_INVOICE_EFFECT
    return share


def csat(stage: str, period: Period, channel: str | None = None) -> float:
    """The true share satisfied with a stage in a month, over all segments and touchpoints."""
    cells = [
        (share * weight, satisfied(stage, touchpoint, where, segment, period))
        for touchpoint, where, share in STAGES[stage].contacts
        for segment, weight in SEGMENTS.items()
        if channel in (None, where)
    ]
    return sum(weight * value for weight, value in cells) / sum(weight for weight, _ in cells)


@cache
def csat_distribution(share: float) -> tuple[float, ...]:
    """The shares of the answers 1..5 where this share is satisfied."""
    return tuple((1 - share) * part for part in CSAT_WITHIN["unsatisfied"]) + tuple(
        share * part for part in CSAT_WITHIN["satisfied"]
    )


@cache
def ces_distribution(stage: str, channel: str) -> tuple[float, ...]:
    """The true shares of the answers 1..7; the same in every month."""
    centre = STAGES[stage].ces + CES_BY_CHANNEL.get(channel, 0.0)
    weights = [exp(-((answer - centre) ** 2) / (2 * CES_SPREAD**2)) for answer in range(1, 8)]
    return tuple(weight / sum(weights) for weight in weights)


def ces(stage: str) -> float:
    """The true mean effort score of a stage, 1..7; the same in every month."""
    return sum(
        share * sum(answer * p for answer, p in enumerate(ces_distribution(stage, channel), 1))
        for _, channel, share in STAGES[stage].contacts
    )


def first_reply_in_target(period: Period) -> float:
    """The true share of cases first replied to within their priority's target."""
    return 0.84 if period >= REPLY_DESK else 0.72
