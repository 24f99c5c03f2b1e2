"""The report's data: one JSON document per edition, checked against the report's schema.

Every number in it is a figure `{id, value, n, low, high, unit, text}`. Templates and charts print
the texts and compute nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jsonschema

from wellheard.errors import ReportError
from wellheard.periods import Period
from wellheard.publication import Publication
from wellheard.report import (
    findings,
    labels,
    language,
    method,
    panels,
    panels_actions,
    panels_comments,
    panels_drivers,
    panels_journey,
    panels_map,
    panels_money,
    panels_movement,
    panels_sample,
    panels_support,
    scope,
    topics,
)
from wellheard.report.definitions import Report
from wellheard.report.edition_facts import Facts
from wellheard.report.figures import Row, empty, months_up_to
from wellheard.report.plain_text import covered, plain
from wellheard.settings import Settings

if TYPE_CHECKING:
    from wellheard.audiences import Audience

Document = dict[str, Any]


def assemble(
    settings: Settings,
    report: Report,
    publication: Publication,
    period: Period,
    audience: Audience,
) -> Document:
    """The document of one edition.

    Raises ReportError when the period has no answers (naming the months that have some), when a
    query fails, the scope is unknown, the report is not made in the audience's language, or the
    document does not match `data.schema.json`.
    """
    if audience.language not in report.languages:
        raise ReportError(
            f"report {report.name} is not made in {audience.language!r}, which audience "
            f"{audience.name} asks for; it is made in {', '.join(report.languages)}. "
            f"Correct {settings.audiences_file(report.name)}"
        )
    words = language.of_company(settings, audience.language)
    months = months_up_to(period, report.history_months)
    results = scope.run(
        publication,
        audience.scope,
        report.queries,
        {
            "period": str(period),
            "first_period": str(months[0]),
            "period_end": f"{period.shift(1)}-01",
        },
        report.optional_tables,
        report.optional_columns,
    )
    results = labels.put(labels.load(settings, words), results)
    drawable = covered(settings.templates / "fonts")

    def clean(text: str) -> str:
        return plain(text, drawable)

    results = {name: [_cleaned(row, clean) for row in rows] for name, rows in results.items()}
    _refuse_empty(results["months_with_answers"], period, audience, publication)
    facts = _facts(settings, report, publication, period, audience, words, results, clean)
    document = _document(facts)
    check(document, report)
    return document


def check(document: Document, report: Report) -> None:
    """Compare a document with the report's JSON Schema. Raises ReportError naming the place."""
    schema = json.loads(report.schema_file.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    error = jsonschema.exceptions.best_match(validator.iter_errors(document))
    if error is not None:
        raise ReportError(
            f"the data of {report.name} does not match {report.schema_file} at "
            f"{error.json_path}: {error.message[:300]}"
        )


def _facts(
    settings: Settings,
    report: Report,
    publication: Publication,
    period: Period,
    audience: Audience,
    words: language.Language,
    results: dict[str, list[Row]],
    clean: Callable[[str], str],
) -> Facts:
    catalogue = {
        row["metric"]: {
            **row,
            "label": words.label(row["metric"], row["label"]),
            "short_label": words.short_label(row["metric"], row["label"]),
            "definition": words.definition(row["metric"], row["definition"]),
        }
        for row in results["catalogue"]
    }
    rows = {(row["metric"], row["period"]): row for row in results["series"]}
    months = months_up_to(period, report.history_months)
    # The history shown starts with its first month that has anything; later gaps stay gaps.
    told = {row["period"] for row in results["months_with_answers"]}
    while str(months[0]) not in told:
        del months[0]
    series = {
        name: [rows.get((name, str(month))) or empty(metric, month) for month in months]
        for name, metric in catalogue.items()
    }
    members: dict[str, dict[str, str]] = {}
    for row in results["members"]:
        members.setdefault(row["dimension"], {})[row["member"]] = row["label"]
    segment = audience.scope.partition("=")[2]
    return Facts(
        report=report,
        company=clean(settings.company.company),
        zone=settings.company.reporting_zone,
        publication=publication,
        period=period,
        audience=audience,
        audience_title=clean(audience.title),
        scope_title=members.get("segment", {}).get(segment, segment),
        words=words,
        results=results,
        catalogue=catalogue,
        months=months,
        series={n: s for n, s in series.items() if any(r["n"] or r["suppressed"] for r in s)},
        members=members,
        clean=clean,
    )


def _document(facts: Facts) -> Document:
    words, period = facts.words, facts.period
    found = {name: make(facts) for name, make in _PANELS.items()}
    missing = [panel["missing"] for panel in found.values() if panel and "missing" in panel]
    shown = {name: None if panel and "missing" in panel else panel for name, panel in found.items()}
    touchpoints = panels.touchpoints(facts)
    if touchpoints is None:
        nothing = {"title": words.say("touchpoints.title"), "text": words.say("numbers.none")}
        missing.append(nothing)
    if (uncounted := method.without_data(facts)) is not None:
        missing.append(uncounted)
    manifest = facts.publication.manifest
    return {
        "format": 1,
        "report": {
            "name": facts.report.name,
            "title": facts.report.title[words.code],
            "pages": list(facts.report.pages),
        },
        "company": facts.company,
        "language": words.code,
        "period": {
            "id": str(period),
            "title": words.month(period),
            "previous": words.month(period.shift(-1)),
            "end": words.day(facts.last_day),
            "last_day": facts.last_day.isoformat(),
        },
        "audience": {
            "name": facts.audience.name,
            "title": facts.audience_title,
            "scope": facts.audience.scope,
            "scope_title": facts.scope_title,
        },
        "publication": manifest.id,
        "build": manifest.build_id,
        "verdict": method.verdict(facts),
        "headline": findings.headline(facts),
        "findings": findings.findings(facts),
        "topics": topics.topics(facts),
        "cards": panels.cards(facts),
        "trend": panels.trend(facts),
        "journey": panels.journey(facts),
        "touchpoints": touchpoints,
        "months": panels.months(facts),
        "sources": method.sources(facts),
        "quarantine": method.quarantine(facts),
        "restatements": method.restatements(facts),
        "actions": panels_actions.actions(facts),
        **shown,
        "not_shown": missing,
        "definitions": method.definitions(facts),
        "figures": method.figures_printed(facts),
        "method": method.method(facts),
        "tests": method.tests(facts),
    }


# Panels of tables that a publication may lack (None: absent) or that may have no data: then a
# sentence in `not_shown` says so.
_PANELS: dict[str, Callable[[Facts], dict[str, Any] | None]] = {
    "pain": panels_journey.pain,
    "moments": panels_journey.moments,
    "journey_map": panels_map.journey_map,
    "paths": panels_journey.paths,
    "consistency": panels_journey.consistency,
    "support": panels_support.support,
    "movement": panels_movement.movement,
    "drivers": panels_drivers.drivers,
    "comments": panels_comments.comments,
    "money": panels_money.money,
    "closed_loop": panels_actions.closed_loop,
    "response": panels_sample.response,
    "gaming": panels_sample.gaming,
}


def _cleaned(row: Row, clean: Callable[[str], str]) -> Row:
    return {k: clean(v) if isinstance(v, str) else v for k, v in row.items()}


def _refuse_empty(
    rows: list[Row], period: Period, audience: Audience, publication: Publication
) -> None:
    known = [row["period"] for row in rows]
    if str(period) in known:
        return
    whose = "" if audience.scope == "all" else f" of {audience.scope}"
    some = f"the months that have some: {', '.join(known)}" if known else "no month of it has any"
    raise ReportError(
        f"{period} has no answers{whose} in publication {publication.id}, so there is nothing to "
        f"report; {some}. Ask for one of those, or land and build the data of {period} first"
    )


def figures_of(document: Document) -> list[tuple[str, dict[str, Any]]]:
    """Every figure of a document with the path to it, in the document's order."""
    found: list[tuple[str, dict[str, Any]]] = []

    def walk(node: Any, path: str) -> None:
        if isinstance(node, dict):
            if "id" in node and "text" in node:
                found.append((path, node))
                return
            for key, child in node.items():
                walk(child, f"{path}/{key}")
        elif isinstance(node, list):
            for index, child in enumerate(node):
                walk(child, f"{path}/{index}")

    walk(document, "")
    return found
