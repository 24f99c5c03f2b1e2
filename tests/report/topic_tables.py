"""Rows of the tables behind the pages on journey, drivers, comments, money and the sample."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]

DRIVERS = {
    "usability": ("Usability", 9.1, 71.0, True),
    "customer_service": ("Customer service", 14.2, 63.0, True),
    "personalisation": ("Personalisation", 3.4, 58.0, True),
    "consistency": ("Consistency", 6.0, 66.0, True),
    "emotional_connection": ("Emotional connection", 0.8, 52.0, False),
}
THEMES = {
    "waiting": ("Waiting for help", 4.6, True),
    "billing": ("Bills and charges", 3.1, True),
    "outages": ("Outages", 1.9, True),
    "activation": ("Activation", 1.1, False),
    "app": ("App and website", 0.4, False),
    "price": ("Price", 0.2, False),
    "staff": ("Staff", -1.7, True),
}
QUOTES = [
    "Waited forty minutes on the phone and then the line dropped. Nobody called back.",
    "Three agents, three different answers, and my case is still open after two weeks.",
    "You sort everything out in the end, but it takes far too long before anyone answers at all.",
]


@dataclass
class Topics:
    """What the made-up company's further tables say; tests bend one thing at a time."""

    drivers: dict[str, tuple[str, float, float, bool]] = field(
        default_factory=lambda: dict(DRIVERS)
    )
    themes: dict[str, tuple[str, float, bool]] = field(default_factory=lambda: dict(THEMES))
    quotes: list[str] = field(default_factory=lambda: list(QUOTES))
    surveys: list[str] = field(default_factory=lambda: ["Relationship survey", "After a case"])
    link_is_significant: bool = True
    flagged: int = 1


def tables(
    topics: Topics,
    period: str,
    scopes: Sequence[str],
    stages: dict[str, str],
    touchpoints: dict[str, str],
    channels: dict[str, str],
    segments: dict[str, str],
) -> dict[str, list[Row]]:
    """Every table of the period, by name; names map members to labels."""
    found: dict[str, list[Row]] = {name: [] for name in NAMES}
    for scope in scopes:
        chance = random.Random(scope)
        made = {
            "rpt_journey": _journey(chance, stages, touchpoints),
            "rpt_journey_cells": _cells(stages, touchpoints, channels),
            "rpt_moments": _moments(chance, touchpoints),
            "rpt_paths": _paths(chance, touchpoints),
            "rpt_consistency": _consistency(chance, stages, channels),
            "rpt_movement": _movement(
                chance, {"segment": segments, "channel": channels, "touchpoint": touchpoints}
            ),
            "rpt_drivers": _drivers(topics),
            "rpt_themes": _themes(topics),
            "rpt_quotes": _quotes(topics),
            "rpt_comments": [COMMENTS],
            "rpt_money": _money(topics),
            "rpt_survival": _survival(),
            "rpt_closed_loop": [LOOP],
            "rpt_sample": _sample(topics),
        }
        for name, rows in made.items():
            found[name] += [{"scope": scope, "period": period, **row} for row in rows]
    found["rpt_action_effects"] = [{"scope": "all", "period": period, **row} for row in EFFECTS]
    found["rpt_gaming"] = [{"period": period, **row} for row in _gaming(topics)]
    return found


NAMES = (
    "rpt_journey", "rpt_journey_cells", "rpt_moments", "rpt_paths", "rpt_consistency",
    "rpt_movement", "rpt_drivers", "rpt_themes", "rpt_quotes", "rpt_comments", "rpt_money",
    "rpt_survival", "rpt_action_effects", "rpt_closed_loop", "rpt_sample", "rpt_gaming",
)  # fmt: skip


def _around(name: str, value: float, half: float) -> Row:
    return {name: value, f"{name}_low": value - half, f"{name}_high": value + half}


def _journey(
    chance: random.Random, stages: dict[str, str], touchpoints: dict[str, str]
) -> list[Row]:
    labels = list(touchpoints.items())
    rows = []
    for i, (stage, label) in enumerate(stages.items()):
        value = 78 + chance.uniform(-15, 9)
        worst = labels[i * len(labels) // len(stages)] if labels else (None, None)
        pain = _around("pain", value - 9, 5.5)
        rows.append(
            {
                "journey_stage": stage, "label": label, "position": i + 1, "metric": "csat",
                "n": 210 + i, "value": value, "low": value - 4, "high": value + 4,
                "previous": value - 1, "change": 1.0, "p_adjusted": 0.6,
                "volume": 1480 + 37 * i, "interactions": 1201 + 53 * i,
                "pain_touchpoint": worst[0], "pain_label": worst[1],
                "pain_value": pain["pain"], "pain_low": pain["pain_low"],
                "pain_high": pain["pain_high"], "pain_n": 61 + i, "suppressed": False,
            }
        )  # fmt: skip
    return rows


def _cells(
    stages: dict[str, str], touchpoints: dict[str, str], channels: dict[str, str]
) -> list[Row]:
    """Every touchpoint through every channel: scored, met but silent, too few, or never met."""
    names = list(stages.items())
    rows: list[Row] = []
    for i, (touchpoint, label) in enumerate(touchpoints.items()):
        stage, stage_label = names[i * len(names) // len(touchpoints)] if names else (None, None)
        for j, (channel, channel_label) in enumerate({"all": "All", **channels}.items()):
            kind = "scored" if j == 0 else ("scored", "silent", "hidden", "absent")[(i + j) % 4]
            value = 71.0 + (7 * i + 3 * j) % 19
            n = {"scored": 40 + 3 * i + j, "hidden": None}.get(kind, 0)
            scored = kind == "scored"
            rows.append(
                {
                    "metric": "csat", "unit": "percent", "journey_stage": stage,
                    "stage_label": stage_label, "touchpoint": touchpoint,
                    "touchpoint_label": label, "channel": channel, "channel_label": channel_label,
                    "position": 100 * i + j, "n": n, "value": value if scored else None,
                    "low": value - 6 if scored else None, "high": value + 5 if scored else None,
                    "volume": {"scored": 90 + i, "silent": 17 + j, "hidden": None}.get(kind, 0),
                    "suppressed": kind == "hidden",
                }
            )  # fmt: skip
    return rows


def _moments(chance: random.Random, touchpoints: dict[str, str]) -> list[Row]:
    rows = []
    for outcome, base, half in (("recommendation", 45.0, 9.0), ("retention", 96.0, 2.5)):
        for i, (touchpoint, label) in enumerate(touchpoints.items()):
            gap = max(1.0, (52 if outcome == "recommendation" else 8) - 5 * i)
            good, bad = base - i, base - i - gap
            rows.append(
                {
                    "months": 12, "outcome": outcome, "touchpoint": touchpoint, "label": label,
                    "position": i + 1, "n_good": 402 - 9 * i, "n_bad": 113 - 4 * i,
                    **_around("after_good", good, half / 3), **_around("after_bad", bad, half),
                    "difference": gap, "low": gap - half, "high": gap + half,
                    "p_adjusted": 0.001 if gap > half else 0.4, "is_significant": gap > half,
                    "n_open": 20, "suppressed": False,
                }
            )  # fmt: skip
    if len(touchpoints) > 2:
        rows[-1] |= {
            **dict.fromkeys(
                k for k in rows[-1] if k.startswith(("after", "n_", "low", "high", "diff"))
            ),
            "p_adjusted": None, "is_significant": False, "suppressed": True,
        }  # fmt: skip
    return rows


def _paths(chance: random.Random, touchpoints: dict[str, str]) -> list[Row]:
    pairs = [(a, b) for a in touchpoints for b in touchpoints][1:14:2]
    return [
        {
            "months": 12, "from_touchpoint": a, "from_label": touchpoints[a],
            "to_touchpoint": b, "to_label": touchpoints[b], "n": 941 - 57 * i,
            "customers": 700 - 40 * i, "share": 31.0 - 2.5 * i, "median_days": 1.5 + i,
            "suppressed": False,
        }
        for i, (a, b) in enumerate(pairs)
    ]  # fmt: skip


def _consistency(
    chance: random.Random, stages: dict[str, str], channels: dict[str, str]
) -> list[Row]:
    members = list(channels)
    pairs = [(a, b) for i, a in enumerate(members) for b in members[i + 1 :]]
    rows = []
    for position, (stage, label) in enumerate(stages.items(), start=1):
        for number, (a, b) in enumerate(pairs or [(None, None)]):
            kind = ("no_data", "undecided", "consistent", "undecided")[(number + position) % 4]
            if number == 1 and position % 3 == 0:
                kind = "different"
            known = kind != "no_data"
            size = (-1) ** position * (17.0 + position) if kind == "different" else 2.0
            rows.append(
                {
                    "months": 12, "metric": "csat", "journey_stage": stage, "label": label,
                    "position": position, "channel_a": a, "channel_b": b,
                    "channel_a_label": channels.get(a or ""),
                    "channel_b_label": channels.get(b or ""),
                    "n_a": 71 if known else 0, "n_b": 83 if known else 0,
                    "difference": size if known else None,
                    "low90": size - 8 if known else None, "high90": size + 8 if known else None,
                    "margin": 10.0, "p_equivalent": 0.2 if known else None,
                    "p_different_adjusted": 0.01 if kind == "different" else None,
                    "verdict": kind, "suppressed": False,
                }
            )  # fmt: skip
    return rows


def _movement(chance: random.Random, dimensions: dict[str, dict[str, str]]) -> list[Row]:
    rows = []
    for dimension, labels in dimensions.items():
        if not labels:
            continue
        members = {**labels, "unknown": "Unknown"}
        for i, (member, label) in enumerate(members.items()):
            mix, within = round(chance.uniform(-0.6, 0.6), 1), round(chance.uniform(-1.4, 1.4), 1)
            rows.append(
                {
                    "metric": "csat" if dimension == "touchpoint" else "nps",
                    "dimension": dimension, "member": member, "label": label, "position": i + 1,
                    "share_before": 100 / len(members), "share_now": 100 / len(members),
                    "value_before": 30.0, "value_now": 31.0, "mix_effect": mix,
                    "within_effect": within, "total_effect": round(mix + within, 1),
                    "change": None, "n_before": 300, "n_now": 310, "suppressed": False,
                }
            )  # fmt: skip
    for dimension in dimensions:
        here = [row for row in rows if row["dimension"] == dimension]
        total = round(sum(row["total_effect"] for row in here), 1)
        for row in here:
            row["change"] = total
    return rows


def _drivers(topics: Topics) -> list[Row]:
    total = sum(share for _, share, _, _ in topics.drivers.values())
    return [
        {
            "months": 12, "driver": driver, "label": label, "position": i + 1, "n": 1204,
            **_around("r2", total, 3.2), **_around("share", share, 0.31 * share + 0.5),
            **_around("performance", performance, 2.7),
            "p_adjusted": 0.001 if proven else 0.3, "is_significant": proven, "note": None,
            "suppressed": False,
        }
        for i, (driver, (label, share, performance, proven)) in enumerate(
            sorted(topics.drivers.items(), key=lambda item: (not item[1][3], -item[1][1]))
        )
    ]  # fmt: skip


def _themes(topics: Topics) -> list[Row]:
    return [
        {
            "metric": "nps", "months": 1 if theme == "outages" else 3, "theme": theme,
            "label": label, "position": i + 1, "is_emerging": theme == "outages", "n": 163 - 11 * i,
            **_around("share", 17.5 - i, 2.1), "score_with": 4.0 + i, "score_without": 31.0,
            **_around("cost", cost, 0.9), "p_adjusted": 0.002 if proven else 0.5,
            "is_significant": proven, "previous_share": 15.0, "share_change": 2.5 - i,
            "share_p_adjusted": 0.01 if i == 0 else 0.7,
            "emerging_p_adjusted": 0.02 if theme == "outages" else None,
            "sentiment_negative": 71.0 - 6 * i,
            "suppressed": False,
        }
        for i, (theme, (label, cost, proven)) in enumerate(topics.themes.items())
    ]  # fmt: skip


def _quotes(topics: Topics) -> list[Row]:
    """The quotes of the first theme, and for each other the same ones with its label behind."""
    bands = ("detractor", "passive", "promoter")
    first = next(iter(topics.themes), None)
    return [
        {
            "theme": theme, "position": i + 1,
            "text": text if theme == first else f"{text} ({label})", "language": "en",
            "sentiment": "negative", "score_band": bands[i % 3], "written_on": "2026-10-14",
        }
        for theme, (label, _, _) in topics.themes.items()
        for i, text in enumerate(topics.quotes)
    ]  # fmt: skip


COMMENTS: Row = {
    "n": 927, "n_language_known": 901, "n_sentiment_known": 744, **_around("negative", 41.2, 3.5),
    "neutral": 22.0, "positive": 36.8, "n_agreement": 604, **_around("agreement", 88.1, 2.6),
    "redactions": 58, "suppressed": False,
}  # fmt: skip

LOOP: Row = {
    "detractors": 381, "unknown_customer": 12, "waiting": 7, "n": 362, "followed_up": 214,
    "followed_up_share": 59.1, "low": 54.0, "high": 64.1, "median_hours": 31.5, "hours_low": 27.0,
    "hours_high": 38.2, "outcomes": 97, "improved": 44, "improved_share": 45.4,
    "improved_low": 35.8, "improved_high": 55.3, "other_outcomes": 71, "other_improved_share": 25.4,
    "other_improved_low": 16.7, "other_improved_high": 36.6, "difference": 20.0,
    "difference_low": 5.4, "difference_high": 33.1, "p": 0.008, "is_significant": True,
    "suppressed": False,
}  # fmt: skip

EFFECTS: list[Row] = [
    {
        "action_id": action, "method": method, "metric": metric, "dimension": "all",
        "member": "all", "label": "All", "unit": unit, "better": better, "months_before": 9,
        "months_after": 4, "effect": effect, "low": low, "high": high, "p": 0.01,
        "p_adjusted": 0.02, "verdict": verdict,
    }
    for action, method, metric, unit, better, effect, low, high, verdict in (
        ("A-01", "difference_in_differences", "csat", "percent", "higher", 6.3, 2.1, 10.5, "moved"),
        ("A-02", "interrupted_series", "reopen_rate", "percent", "lower", -0.6, -2.4, 1.2,
         "no_detectable_effect"),
        ("A-03", "interrupted_series", "first_reply_minutes", "minutes", "lower", -44.0, -71.0,
         -17.0, "moved"),
        ("A-04", "difference_in_differences", "csat", "percent", "higher", None, None, None,
         "too_early"),
        ("A-05", None, "csat", "percent", "higher", None, None, None, "not_in_force"),
    )
]  # fmt: skip


def _money(topics: Topics) -> list[Row]:
    link = topics.link_is_significant

    def row(measure: str, member: str, label: str, unit: str, n: int, *figures: Any) -> Row:
        value, low, high, *significant = figures
        return {
            "months": {"churn_link": 18, "revenue_at_risk": 18, "churn_by_band": 18}.get(
                measure, 1 if measure.endswith("churn") else 12
            ), "measure": measure, "member": member,
            "label": label, "unit": unit, "n": n, "value": value, "low": low, "high": high,
            "p_adjusted": (0.004 if significant[0] else 0.41) if significant else None,
            "is_significant": significant[0] if significant else None, "note": None,
            "suppressed": False,
        }  # fmt: skip

    rows = [
        row("logo_churn", "all", "Customers lost in the month", "percent", 8412, 1.42, 1.2, 1.7),
        row("revenue_churn", "all", "Revenue lost in the month", "percent", 8412, 1.1, 0.9, 1.4),
        row("retention", "logo", "Customers kept over twelve months", "percent", 7803, 84.6, 83.8,
            85.4),
        row("retention", "revenue", "Revenue kept over twelve months", "percent", 7803, 87.2, 86.1,
            88.3),
        row("lifetime_value", "all", "Revenue still to come, a customer", "money", 8412, 2140.0,
            1985.0, 2330.0),
        # A link that is not proven has no figures, and its note says that it was tested.
        row("churn_link", "all", "Detractors lost more than promoters", "points", 1904,
            *((7.4, 3.1, 11.7) if link else (None,) * 3), link),
        row("revenue_at_risk", "all", "Revenue at risk with detractors", "money", 381,
            *((31250.0, 13100.0, 49400.0) if link else (None,) * 3), link),
    ]  # fmt: skip
    if not link:
        for unproven in rows[-2:]:
            unproven["note"] = "no_link"
    for i, band in enumerate(("promoter", "passive", "detractor", "no_answer")):
        paid = (1_240_000.0 - 231_000 * i, None, None)
        rows.append(row("revenue_by_band", band, band, "money", 2110 - 300 * i, *paid))
        if band != "no_answer":
            lost = 3.1 + 3.7 * i
            rows.append(
                row("churn_by_band", band, band, "percent", 1904 - 310 * i, lost, lost - 1.2,
                    lost + 1.4)
            )  # fmt: skip
    return rows


def _survival() -> list[Row]:
    return [
        {
            "curve": curve, "month": month, "at_risk": 2000 - 40 * month,
            "survival": 100.0 * kept**month, "low": max(0.0, 100.0 * kept**month - 0.15 * month),
            "high": min(100.0, 100.0 * kept**month + 0.15 * month),
        }
        for curve, kept in (("all", 0.988), ("promoter", 0.994), ("passive", 0.99),
                            ("detractor", 0.975))
        for month in range(31)
    ]  # fmt: skip


def _sample(topics: Topics) -> list[Row]:
    return [
        {
            "source": "typeform", "survey_id": f"F{i}", "label": label, "metric": "nps",
            "invited": 6120 - 400 * i,
            "complete": 1650 - 130 * i, "partial": 120, "refused": 44, "no_contact": 210,
            "other": 3, "unknown": 4093, **_around("rr1", 27.0 - 2 * i, 1.1), "rr2": 28.9,
            "n": 1640 - 130 * i,
            **_around("raw", 34.5 - 3 * i, 3.6), "post_stratified": 32.1 - 3 * i,
            "post_low": 28.2 - 3 * i, "post_high": 36.0 - 3 * i, "bound_low": -64.0,
            "bound_high": 82.0, "suppressed": False,
        }
        for i, label in enumerate(topics.surveys)
    ]  # fmt: skip


def _gaming(topics: Topics) -> list[Row]:
    signals = ("burst", "duplicate", "suppressed_invitations", "straight_lining")
    return [
        {
            "source": "typeform", "signal": signal, "n": 37 if i < topics.flagged else 0,
            "n_answers": 1650, "compared": None if signal == "burst" else 12,
            "n_compared": None if signal == "burst" else 16_000,
            "detail": "F0 2026-10-14 09:00" if signal == "burst" else None,
            "p_adjusted": 0.001 if i < topics.flagged else 0.8, "is_flagged": i < topics.flagged,
        }
        for i, signal in enumerate(signals)
    ]  # fmt: skip
