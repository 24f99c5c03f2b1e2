"""The sentences of page one. A change is claimed only where its adjusted p is below 0.05."""

from __future__ import annotations

from typing import Any

from wellheard.report.edition_facts import Facts
from wellheard.report.figures import Figures, Row, outcome, target_state

Finding = dict[str, Any]
_MOVED = ("better", "worse", "changed")


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
    elif said["state"] in _MOVED:
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
    tested = [m for m in facts.headline if outcome(facts.now(m)) != "untested"]
    states = [outcome(facts.now(m)) for m in tested]
    moved = [state for state in states if state in _MOVED]
    first = ""
    if outcome(row) in _MOVED:
        change = words.difference(row["unit"], row["change"])
        first = words.say("headline.better_one", change=change, previous=previous)
    elif outcome(row) == "same":
        first = words.say("headline.same_text", previous=previous)
    if len(tested) < 2:
        return first or words.say("headline.untested")
    numbers = {"tested": words.number(len(tested)), "changed": words.number(len(moved))}
    if not moved:
        second = words.say("headline.count_none", tested=numbers["tested"], previous=previous)
    elif "changed" in moved:
        second = words.say("headline.count_neutral", **numbers)
    else:
        second = words.say(
            "headline.count_some",
            **numbers,
            better=words.number(moved.count("better")),
            worse=words.number(moved.count("worse")),
        )
    return f"{first} {second}".strip()


def findings(facts: Facts) -> list[Finding]:
    """At most four: what moved, the journey's low points, targets, and unusual months."""
    found = [_changes(facts), _journey(facts), _targets(facts), _signals(facts)]
    return [finding for finding in found if finding is not None]


def _finding(title: str, text: str, tone: str) -> Finding:
    return {"title": title, "text": text, "tone": tone}


def _changes(facts: Facts) -> Finding:
    words = facts.words
    previous = words.month_name(facts.period.shift(-1))
    rows = [facts.now(metric) for metric in facts.headline]
    tested = sorted(
        (row for row in rows if outcome(row) != "untested"),
        key=lambda row: (row["p_adjusted"], facts.headline.index(row["metric"])),
    )
    moved = [row for row in tested if outcome(row) in _MOVED]
    if not tested:
        return _finding(words.say("findings.none"), words.say("findings.none_plain"), "same")
    if not moved:
        row = tested[0]
        text = words.say(
            "findings.none_detail",
            previous=previous,
            metric=facts.label(row["metric"]),
            change=words.difference(row["unit"], row["change"]),
            p=words.probability(row["p_adjusted"]),
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
                p=words.probability(other["p_adjusted"]),
            )
            for other in others
        ]
        sentences.append(words.say("findings.also", items=words.listed(items)))
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
        "p": words.probability(row["p_adjusted"]),
        "n": words.sample(row["n"]),
    }
    if row["change_low"] is None or row["change_high"] is None:
        return words.say("findings.detail_plain", **values)
    low, high = (words.difference(row["unit"], row[k]) for k in ("change_low", "change_high"))
    interval = f"{low} {words.say('words.to')} {high}"
    return words.say("findings.detail", **values, interval=interval)


def _journey(facts: Facts) -> Finding | None:
    words = facts.words
    metric = facts.journey_metric()
    if metric is None:
        return None
    cells = facts.cells("journey_stage", metric)
    scored = [row for row in cells.values() if row["value"] is not None]
    if len(scored) < 3:
        return None
    labels = facts.members["journey_stage"]
    worst_first = sorted(
        scored, key=lambda row: row["value"] * (-1 if row["better"] == "lower" else 1)
    )
    low = worst_first[: 2 if len(scored) > 3 else 1]
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
    overall = facts.now(metric)
    text = words.say(
        "findings.lowest_detail",
        metric=facts.label(metric),
        items=words.listed(items),
        overall=Figures(words, "findings").value(overall)["text"],
    )
    title = words.say(
        "findings.lowest" if len(low) > 1 else "findings.lowest_one",
        stages=words.listed([labels[row["member"]] for row in low]),
        count=words.number(len(scored)),
    )
    return _finding(title, f"{text} {_stage_changes(facts, scored, labels)}".strip(), "worse")


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
            p=words.probability(row["p_adjusted"]),
        )
        for row in rows
        if outcome(row) in _MOVED
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
            states[state].append(facts.label(metric))
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


def _signals(facts: Facts) -> Finding | None:
    words = facts.words
    rows = [facts.now(metric) for metric in facts.headline if facts.now(metric)["signal"]]
    if not rows:
        return None
    items = [
        words.say(
            "findings.signal_item",
            metric=facts.label(row["metric"]),
            signal=words.name("signals", row["signal"], row["signal"]),
        )
        for row in rows
    ]
    if len(rows) == 1:
        title = words.say("findings.signal", metric=facts.label(rows[0]["metric"]))
    else:
        title = words.say("findings.signal_many", count=words.number(len(rows)))
    return _finding(title, "; ".join(items) + ".", "changed")
