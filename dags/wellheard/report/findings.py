"""The sentences of page one. A change is claimed only where its adjusted p is below 0.05."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wellheard.report import panels_actions, signals
from wellheard.report.edition_facts import Facts
from wellheard.report.figures import MOVED, Figures, Outcome, Row, outcome, shade, target_state

Finding = dict[str, Any]

SHOWN = 4
STAGES_NAMED = 3
ACTIONS_NAMED = 2


def headline(facts: Facts) -> dict[str, Any]:
    """The title of the edition and the sentence under it."""
    words = facts.words
    metric = facts.headline[0]
    row = facts.now(metric)
    previous = words.month_name(facts.period.shift(-1))
    said: dict[str, Any] = {"metric": metric, "state": outcome(row)}
    label = {"metric": facts.label(metric), "value": Figures(words, "headline").value(row)["text"]}
    if row["value"] is None:
        said["title"] = words.say("headline.hidden", month=words.month(facts.period))
    elif said["state"] in MOVED:
        rose = row["change"] > 0
        said["title"] = words.say(f"headline.{'rose' if rose else 'fell'}", **label)
    elif said["state"] == "same":
        said["title"] = words.say("headline.same", **label)
    else:
        said["title"] = words.say("headline.only", **label)
    said["deck"] = _deck(facts, row, previous)
    return said


def _deck(facts: Facts, row: Row, previous: str) -> str:
    words = facts.words
    state = outcome(row)
    others = [outcome(facts.now(metric)) for metric in facts.judged[1:]]
    rest = [other for other in others if other != "untested"]
    if state == "untested":
        return _rest(facts, rest, "all") or words.say("headline.untested")
    if state == "same":
        first = words.say("headline.same_text", previous=previous)
        if rest and not set(rest) & set(MOVED):
            return f"{first} {_counted(facts, 'also', len(rest))}"
    else:
        change = words.difference(row["unit"], row["change"])
        first = words.say("headline.moved_text", change=change, previous=previous)
    return f"{first} {_rest(facts, rest, 'other')}".strip()


def _counted(facts: Facts, key: str, count: int, **values: str) -> str:
    """The sentence at `headline.<key>`, or the one for a single key figure."""
    single = "_single" if count == 1 else ""
    return facts.words.say(f"headline.{key}{single}", count=facts.words.number(count), **values)


def _rest(facts: Facts, states: Sequence[Outcome], group: str) -> str:
    """What the tested key figures did, apart from the one in the headline (`other`) or `all`."""
    words = facts.words
    moved = [state for state in states if state in MOVED]
    if not states:
        return ""
    if not moved:
        return _counted(facts, f"{group}_none", len(states))
    better, worse = moved.count("better"), moved.count("worse")
    direction = ""
    if "changed" not in moved:
        way = "both" if better and worse else "better" if better else "worse"
        counts = {"better": words.number(better), "worse": words.number(worse)}
        direction = words.say(f"headline.toward_{way}", **(counts if way == "both" else {}))
    key = f"{group}_one" if len(moved) == 1 else f"{group}_some"
    said = {"direction": direction, "changed": words.number(len(moved))}
    return _counted(facts, key, len(states), **said)


def findings(facts: Facts) -> list[Finding]:
    """At most four: what moved, the journey's low points, targets, unusual months, what to decide.

    A key figure that moved and is unusual, too, is one finding and not two.
    """
    found = [
        _changes(facts),
        _journey(facts),
        _targets(facts),
        signals.finding(facts, besides=[row["metric"] for row in _moved(facts)]),
        _decision(facts),
    ]
    return [finding for finding in found if finding is not None][:SHOWN]


def _moved(facts: Facts) -> list[Row]:
    """The key figures that moved by more than chance, the strongest first."""
    return [row for row in _tested(facts) if outcome(row) in MOVED]


def _tested(facts: Facts) -> list[Row]:
    rows = [facts.now(metric) for metric in facts.judged]
    return sorted(
        (row for row in rows if outcome(row) != "untested"),
        # Adjusted p are often 1 together; the p of the test itself tells which is the strongest.
        key=lambda row: (row["p_adjusted"], row["p"], facts.judged.index(row["metric"])),
    )


def _finding(title: str, text: str, tone: str) -> Finding:
    return {"title": title, "text": text, "tone": tone}


def _changes(facts: Facts) -> Finding:
    words = facts.words
    previous = words.month_name(facts.period.shift(-1))
    tested, moved = _tested(facts), _moved(facts)
    if not tested:
        return _finding(words.say("findings.none"), words.say("findings.none_plain"), "same")
    if not moved:
        row = tested[0]
        text = words.say(
            "findings.none_detail" if len(tested) > 1 else "findings.none_single",
            previous=previous,
            metric=facts.label(row["metric"]),
            change=words.difference(row["unit"], row["change"]),
        )
        return _finding(words.say("findings.none"), text, "same")
    row, *others = moved
    sentences = [_detail(facts, row, previous)]
    if others:
        items = [
            words.say(
                "findings.also_item",
                metric=facts.label(other["metric"]),
                change=words.difference(other["unit"], other["change"]),
                value=words.measure(other["unit"], other["value"]),
                p=words.chance(other["p_adjusted"]),
            )
            for other in others
        ]
        sentences.append(words.say("findings.also", items=words.listed(items)))
    unusual = signals.said_of(facts, [row["metric"] for row in moved])
    if unusual:
        sentences.append(unusual)
    title = words.say(
        f"findings.{'rose' if row['change'] > 0 else 'fell'}",
        metric=facts.label(row["metric"]),
        change=words.difference(row["unit"], abs(row["change"])).lstrip("+"),
        value=words.measure(row["unit"], row["value"]),
    )
    return _finding(title, " ".join(sentences), outcome(row))


def _detail(facts: Facts, row: Row, previous: str) -> str:
    words = facts.words
    values = {
        "previous": previous,
        "before": words.measure(row["unit"], row["previous"]),
        "p": words.chance(row["p_adjusted"]),
        "n": words.sample(row["n"]),
    }
    if row["change_low"] is None or row["change_high"] is None:
        return words.say("findings.detail_plain", **values)
    low, high = (words.difference(row["unit"], row[k]) for k in ("change_low", "change_high"))
    interval = words.joined(low, high)
    return words.say("findings.detail", **values, interval=interval)


def _journey(facts: Facts) -> Finding | None:
    """The stages below the score over all answers, by the rule that shades them on page two."""
    words = facts.words
    metric = facts.journey_metric()
    if metric is None:
        return None
    cells = facts.cells("journey_stage", metric)
    # A single answer has a mean and no interval: it says nothing about its stage.
    scored = [r for r in cells.values() if r["value"] is not None and r["low"] is not None]
    if len(scored) < 3:
        return None
    labels = facts.members["journey_stage"]
    overall = facts.now(metric)
    total = Figures(words, "findings").value(overall)["text"]
    below = sorted(
        (row for row in scored if shade(row, overall["value"]) == "below"),
        key=lambda row: row["value"] * (-1 if row["better"] == "lower" else 1),
    )
    changes = _stage_changes(facts, scored, labels)
    said = {"metric": facts.label(metric), "overall": total, "count": words.number(len(scored))}
    if not below:
        text = words.say("findings.lowest_none_detail", **said)
        return _finding(words.say("findings.lowest_none"), f"{text} {changes}".strip(), "same")
    low, single = below[:STAGES_NAMED], "_one" if len(below) == 1 else ""
    items = [
        words.say(
            "findings.lowest_item",
            stage=labels[row["member"]],
            value=words.measure(row["unit"], row["value"]),
            interval=words.span(row["unit"], row["low"], row["high"]),
            n=words.sample(row["n"]),
        )
        for row in low
    ]
    text = words.say(f"findings.lowest_detail{single}", items=words.listed(items), **said)
    if len(below) > len(low):
        more = words.say("words.more", count=words.number(len(below) - len(low)))
        text = f"{text} {more}"
    stages = words.listed([labels[row["member"]] for row in low])
    title = words.say(f"findings.lowest{single}", stages=stages)
    return _finding(title, f"{text} {changes}".strip(), "worse")


def _stage_changes(facts: Facts, rows: list[Row], labels: dict[str, str]) -> str:
    words = facts.words
    previous = words.month_name(facts.period.shift(-1))
    if all(outcome(row) == "untested" for row in rows):
        return ""
    items = [
        words.say(
            "findings.stage_change",
            stage=labels[row["member"]],
            change=words.difference(row["unit"], row["change"]),
            p=words.chance(row["p_adjusted"]),
        )
        for row in rows
        if outcome(row) in MOVED
    ]
    if not items:
        return words.say("findings.stage_same", previous=previous)
    return words.say("findings.stage_changes", previous=previous, items=words.listed(items))


def _targets(facts: Facts) -> Finding | None:
    words = facts.words
    states: dict[str, list[str]] = {"met": [], "missed": [], "open": []}
    for metric in facts.headline:
        state = target_state(facts.now(metric))
        if state is not None:
            name = _against_target if state == "missed" else Facts.label
            states[state].append(name(facts, metric))
    if not any(states.values()):
        return None
    missed = states["missed"]
    if missed:
        title = words.say("findings.targets_missed", metrics=words.listed(missed))
    else:
        title = words.say("findings.targets_missed_none")
    sentences = [
        words.say(f"findings.targets_{state}", metrics=words.listed(states[state]))
        for state in ("met", "open")
        if states[state]
    ]
    text = " ".join(sentences)
    return _finding(title, text, "worse" if missed else "same")


def _decision(facts: Facts) -> Finding | None:
    """The actions that are at risk: what somebody has to decide before they are due."""
    words = facts.words
    at_risk = [row for row in panels_actions.actions(facts) if row["state"] == "at_risk"]
    if not at_risk:
        return None
    shown = at_risk[:ACTIONS_NAMED]
    items = [
        words.say(
            "findings.decide_item" if row["owner"] else "findings.decide_item_plain",
            status=row["status"],
            due=row["due"] or "–",
            owner=row["owner"] or "",
        )
        for row in shown
    ]
    text = "; ".join(items) + "."
    if len(at_risk) > len(shown):
        more = words.say("words.more", count=words.number(len(at_risk) - len(shown)))
        text = f"{text} {more}"
    actions = "; ".join(row["title"].rstrip(".") for row in shown)
    return _finding(words.say("findings.decide", actions=actions), text, "same")


def _against_target(facts: Facts, metric: str) -> str:
    words, row = facts.words, facts.now(metric)
    return words.say(
        "findings.target_item",
        metric=facts.label(metric),
        value=words.measure(row["unit"], row["value"]),
        target=words.target(row["unit"], row["target"]),
    )
