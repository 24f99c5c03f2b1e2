"""A small made-up publication for the report's tests: every rpt_ table, fourteen months."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import support_metrics
import topic_tables

from wellheard.periods import Period

Row = dict[str, Any]
LAST = Period(2026, 10)
ZONE = ZoneInfo("Europe/London")

METRICS = [
    ("nps", "Net Promoter Score", "points", "higher", 26.0,
     "Share of promoters (9-10) minus share of detractors (0-6) on the 0-10 scale, times "
     "100. Interval: adjusted Wald, 95 %."),
    ("csat", "Customer satisfaction", "percent", "higher", 78.0,
     "Share of answers at or above the question's declared top score. "
     "Interval: Wilson, 95 %."),
    ("ces", "Customer effort score", "score", "higher", 5.3,
     "Mean agreement that the company made it easy, 1-7; higher means less effort. "
     "Interval: t, 95 %."),
    ("ces_top2", "Found it easy", "percent", "higher", 58.0,
     "Share of effort answers in the top two of the scale. Interval: Wilson, 95 %."),
    ("first_reply_minutes", "First reply time", "minutes", "lower", 190.0,
     "Median business minutes from a case's creation to its first public comment by "
     "an agent."),
    ("full_resolution_minutes", "Full resolution time", "minutes", "lower", 1120.0,
     "Median business minutes from a case's creation to the last time it was solved."),
    ("reopen_rate", "Reopened cases", "percent", "lower", 9.0,
     "Share of solved cases that were solved more than once. Interval: Wilson, 95 %."),
    ("one_touch_rate", "One-touch resolution", "percent", "higher", 41.0,
     "Share of solved cases with exactly one public comment by an agent. "
     "Interval: Wilson, 95 %."),
    ("first_reply_in_target", "First reply in target", "percent", "higher", 82.0,
     "Share of cases whose first reply did not exceed the target of their priority. "
     "Interval: Wilson, 95 %."),
    ("case_csat", "Case satisfaction", "percent", "higher", 86.0,
     "Share of 'good' among rated cases. Interval: Wilson, 95 %."),
    ("case_volume", "Support cases", "cases", "neither", 300.0,
     "Number of cases created in the month, deleted ones left out."),
]  # fmt: skip
METRICS += support_metrics.MORE
SUPPORT = {
    *(metric[0] for metric in support_metrics.MORE), "first_reply_minutes",
    "full_resolution_minutes", "reopen_rate", "one_touch_rate", "first_reply_in_target",
    "case_csat", "case_volume",
}  # fmt: skip
STAGES = ["Discover", "Compare", "Buy", "Onboard", "Use", "Get help", "Pay", "Renew"]
LIFT = {
    "Discover": 4, "Compare": 2, "Buy": 5, "Onboard": -12, "Use": 3, "Get help": -17, "Pay": -2,
    "Renew": 1,
}  # fmt: skip
TOUCHPOINTS = [
    "Website search", "Plan comparison", "Checkout", "Store visit", "Activation e-mail",
    "App home", "Outage notice", "Phone support", "Chat support", "Invoice", "Card payment",
    "Renewal offer",
]  # fmt: skip
CHANNELS = ["Web", "App", "Store", "Phone", "Chat", "E-mail", "Bot"]
SEGMENTS = ["Consumer", "Small business", "Enterprise"]
TARGETS = {
    "nps": 35.0, "csat": 75.0, "ces": 5.2, "first_reply_in_target": 80.0,
    "first_reply_minutes": 90.0, "reopen_rate": 8.0, "case_csat": 85.0,
}  # fmt: skip


def key(label: str) -> str:
    """The member a label belongs to: `Get help` is `get_help`."""
    return label.lower().replace(" ", "_").replace("-", "")


@dataclass
class Story:
    """What the made-up company looks like; tests bend one thing at a time."""

    stages: list[str] = field(default_factory=lambda: list(STAGES))
    touchpoints: list[str] = field(default_factory=lambda: list(TOUCHPOINTS))
    channels: list[str] = field(default_factory=lambda: list(CHANNELS))
    segments: list[str] = field(default_factory=lambda: list(SEGMENTS))
    metrics: list[tuple[str, str, str, str, float, str]] = field(
        default_factory=lambda: list(METRICS)
    )
    months: int = 14
    quarantine: list[tuple[str, str, int]] = field(
        default_factory=lambda: [
            ("typeform", "unmapped_question", 41),
            ("typeform", "out_of_scale", 7),
            ("zendesk", "unknown_channel", 3),
        ]
    )
    actions: list[tuple[str, str, str, str, str, str]] = field(
        default_factory=lambda: [
            ("Resend the activation e-mail within five minutes; make its link last seven days",
             "Head of onboarding", "2026-12-15", "in_progress", "journey_stage", "onboard"),
            ("One owner per case: no hand-over without a warm introduction",
             "Head of support", "2026-11-30", "at_risk", "all", "all"),
            ("First-reply desk for urgent and high cases",
             "Head of support", "2026-07-01", "done", "all", "all"),
            ("Itemised invoice layout for enterprise accounts",
             "Head of billing", "2027-01-31", "on_track", "touchpoint|segment",
             "invoice|enterprise"),
            ("Call back instead of queueing after five minutes",
             "Head of contact centre", "2026-12-31", "on_track", "channel", "phone"),
        ]
    )  # fmt: skip
    restated: list[tuple[str, str, float, int, float, int]] = field(
        default_factory=lambda: [("2026-08", "nps", 27.4, 1588, 27.1, 1603)]
    )
    verdict: str = "PASS"
    warnings: list[tuple[str, str]] = field(default_factory=list)  # name, message
    # None: an older publication, without the tables about journeys, drivers, comments and money.
    topics: topic_tables.Topics | None = None
    edit: Callable[[dict[str, list[Row]]], None] | None = None


def _cells(story: Story, scope: str) -> Iterable[tuple[str, str, str, int, float, float]]:
    """dimension, member, label, position, share of answers, lift in points."""
    yield "all", "all", "All", 1, 1.0, 0.0
    for dimension, labels in (
        ("journey_stage", story.stages),
        ("touchpoint", story.touchpoints),
        ("channel", story.channels),
        ("segment", story.segments),
    ):
        for i, label in enumerate(labels):
            if dimension == "segment" and scope not in ("all", f"segment={key(label)}"):
                continue
            lift = LIFT.get(label, (i * 37 % 11) - 5.0)
            yield dimension, key(label), label, i + 1, 1 / len(labels), lift
    for i, stage in enumerate(story.stages):
        for j, channel in enumerate(story.channels):
            lift = LIFT.get(stage, 0) + [6, 9, 2, -7, 0, -3, -10][j % 7]
            yield (
                "journey_stage|channel",
                f"{key(stage)}|{key(channel)}",
                f"{stage} | {channel}",
                i * 100 + j,
                1 / len(story.stages) / len(story.channels),
                lift,
            )
    for i, touchpoint in enumerate(story.touchpoints):
        for j, segment in enumerate(story.segments):
            if scope not in ("all", f"segment={key(segment)}"):
                continue
            lift = (i * 37 % 11) - 5 + [2, 0, -6][j % 3] - (18 if (i, j) == (9, 2) else 0)
            share = [0.7, 0.22, 0.08][j % 3] / len(story.touchpoints)
            yield (
                "touchpoint|segment",
                f"{key(touchpoint)}|{key(segment)}",
                f"{touchpoint} | {segment}",
                i * 100 + j,
                share,
                lift,
            )


def _spread(unit: str, value: float, n: int) -> float:
    if unit == "points":
        return 78 / math.sqrt(n)
    if unit == "percent":
        share = min(max(value, 2), 98) / 100
        return 100 * math.sqrt(share * (1 - share) / n)
    return {"score": 1.4, "minutes": value * 0.9, "cases": 0.0}[unit] / math.sqrt(n)


def _series(story: Story, scope: str, size: float) -> Iterable[Row]:
    periods = [LAST.shift(i - story.months + 1) for i in range(story.months)]
    for position, (metric, _, unit, better, base, _) in enumerate(story.metrics):
        for dimension, member, label, place, share, lift in _cells(story, scope):
            if metric in SUPPORT and dimension not in ("all", "channel", "segment"):
                continue
            crossed = "|" in dimension
            if crossed and metric not in (story.metrics[0][0], "csat"):
                continue
            # One stream of chance per cell: changing one list leaves the other cells alone.
            chance = random.Random(f"{scope}/{metric}/{dimension}/{member}")
            previous: Row | None = None
            for month, period in enumerate(periods):
                if crossed and month < story.months - 2:
                    continue
                total = (300 if metric in SUPPORT else 1650) * size
                n = max(0, round(total * share * chance.uniform(0.92, 1.08)))
                scale = {"score": 0.04, "minutes": -base / 90, "cases": 0.0}.get(unit, 1.0)
                trend = {"nps": 0.25 * month + (5.5 if month == story.months - 1 else 0)}.get(
                    metric, 0.08 * month
                )
                row: Row = {
                    "scope": scope,
                    "period": str(period),
                    "metric": metric,
                    "dimension": dimension,
                    "member": member,
                    "label": label,
                    "position": place,
                    "unit": unit,
                    "better": better,
                    "n": n,
                    "value": None,
                    "low": None,
                    "high": None,
                    "previous": None,
                    "previous_n": None,
                    "change": None,
                    "change_low": None,
                    "change_high": None,
                    "p": None,
                    "p_adjusted": None,
                    "test_weight": None,
                    "family_size": len(story.metrics),
                    "same_month_last_year": None,
                    "same_month_last_year_n": None,
                    "target": TARGETS.get(metric) if dimension == "all" else None,
                    "signal": None,
                    "signal_p": None,
                    "signal_p_adjusted": None,
                    "signal_weight": None,
                    "provisional_limits": False,
                    "limit_low": None,
                    "limit_high": None,
                    "centre": None,
                    "suppressed": False,
                    "_order": position,
                }
                if 0 < n < 5:
                    row.update(n=None, suppressed=True)
                elif n:
                    se = _spread(unit, base, n)
                    noise = chance.gauss(0, 0.35) * se
                    value = base + scale * (trend + lift) + noise
                    if unit == "percent":
                        value = min(max(value, 0.0), 100.0)
                    if metric in ("case_volume", "case_backlog"):
                        value = float(n)
                    low, high = value - 1.96 * se, value + 1.96 * se
                    if unit == "percent":
                        low, high = max(low, 0.0), min(high, 100.0)
                    row.update(value=value, low=low, high=high)
                    if unit == "cases":
                        row.update(low=None, high=None)
                    _compare(row, previous, unit, se)
                previous = row
                yield row


def _compare(row: Row, previous: Row | None, unit: str, se: float) -> None:
    if previous is None or previous["value"] is None:
        return
    change = row["value"] - previous["value"]
    row.update(previous=previous["value"], previous_n=previous["n"], change=change)
    if unit in ("points", "percent", "score") and se:
        both = se * math.sqrt(2)
        p = math.erfc(abs(change) / both / math.sqrt(2))
        row.update(
            change_low=change - 1.96 * both,
            change_high=change + 1.96 * both,
            p=p,
            p_adjusted=min(1.0, p * 4),
        )


def tables(story: Story) -> dict[str, list[Row]]:
    """The rows of every table, of the whole company and of each segment."""
    scopes = [("all", 1.0)] + [
        (f"segment={key(s)}", [0.7, 0.22, 0.08][i % 3]) for i, s in enumerate(story.segments)
    ]
    metrics = [row for scope, size in scopes for row in _series(story, scope, size)]
    for row in metrics:
        row.pop("_order")
    periods = sorted({row["period"] for row in metrics})
    distribution = []
    for row in metrics:
        if row["metric"] != "nps" or row["dimension"] not in ("all", "journey_stage", "segment"):
            continue
        detractors = None if row["value"] is None else (100 - row["value"]) / 2 - 15
        shares = (
            [None] * 3
            if detractors is None
            else [
                detractors,
                100 - detractors - (detractors + row["value"]),
                detractors + row["value"],
            ]
        )
        for i, bucket in enumerate(("detractors", "passives", "promoters")):
            distribution.append(
                {
                    **{k: row[k] for k in ("scope", "period", "metric", "dimension", "member")},
                    "bucket": bucket,
                    "position": i + 1,
                    "n": None
                    if row["n"] is None or shares[i] is None
                    else round(row["n"] * shares[i] / 100),
                    "share": shares[i],
                }
            )
    return {
        **_topics(story, [scope for scope, _ in scopes]),
        "rpt_metrics": metrics,
        "rpt_distribution": distribution,
        "rpt_sources": [
            {
                "period": p,
                "source": source,
                "kind": source,
                "records": 1650 if source == "typeform" else 300,
                "quarantined": sum(n for s, _, n in story.quarantine if s == source),
                "watermark": datetime(2026, 11, 2, 6, tzinfo=UTC),
                "covers_period": True,
            }
            for p in periods
            for source in ("typeform", "zendesk")
        ],
        "rpt_quarantine": [
            {"period": p, "source": s, "reason": r, "n": n}
            for p in periods
            for s, r, n in story.quarantine
        ],
        "rpt_metric_catalogue": [
            {
                "metric": m,
                "label": label,
                "unit": unit,
                "better": better,
                "definition": text,
                "definition_source": "Reichheld, Harvard Business Review 81(12), 2003, "
                "https://hbr.org/2003/12/the-one-number-you-need-to-grow",
                "position": i + 1,
            }
            for i, (m, label, unit, better, _, text) in enumerate(story.metrics)
        ],
        "rpt_actions": [
            {
                "action_id": f"A-{i + 1:02d}",
                "title": title,
                "owner": owner,
                "due_on": due,
                "status": status,
                "target_metric": "csat",
                "target_dimension": dimension,
                "target_member": member,
                "decided_on": "2026-09-01",
            }
            for i, (title, owner, due, status, dimension, member) in enumerate(story.actions)
        ],
        "rpt_periods": [
            {
                "period": p,
                "starts_at": Period.parse(p).window(ZONE).start,
                "ends_at": Period.parse(p).window(ZONE).end,
                "answers": 1650,
                "cases": 300,
            }
            for p in periods
        ],
        "rpt_restatements": [
            {
                "scope": "all",
                "period": period,
                "metric": metric,
                "printed_value": pv,
                "printed_n": pn,
                "value": v,
                "n": n,
                "first_publication": "p00000000aaaa",
                "publication": "p00000000bbbb",
            }
            for period, metric, pv, pn, v, n in story.restated
        ],
    }


def _topics(story: Story, scopes: list[str]) -> dict[str, list[Row]]:
    if story.topics is None:
        return {}
    named = [
        {key(label): label for label in labels}
        for labels in (story.stages, story.touchpoints, story.channels, story.segments)
    ]
    return topic_tables.tables(story.topics, str(LAST), scopes, *named)
