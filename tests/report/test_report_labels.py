"""Every word in every language: the product's own, and the demo company's names of things."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import yaml
from report_world import Story
from topic_tables import Topics

from wellheard import gate_rules, metric_catalogue
from wellheard.errors import ConfigError
from wellheard.report import language
from wellheard.settings import PROJECT, Settings

SEEDS = PROJECT / "dbt_project" / "seeds"
TEXTS = PROJECT / "templates" / "texts"
FOREIGN = sorted(path.stem for path in TEXTS.glob("*.yml") if path.stem != "en")
DocumentOf = Callable[..., dict[str, Any]]


def seed(name: str, column: str) -> set[str]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {row[column] for row in csv.DictReader(file) if row[column]}


def keys() -> dict[str, set[str]]:
    """What the demo's seeds name, by kind; surveys also by the sources' own ids."""
    return {
        "journey_stage": seed("journey_stages", "journey_stage"),
        "touchpoint": seed("touchpoints", "touchpoint"),
        "channel": seed("channels", "channel"),
        "segment": seed("segments", "segment"),
        "theme": seed("themes", "theme"),
        "action": seed("actions", "action_id"),
        "owner": seed("actions", "owner"),
        "survey": seed("survey_questions", "survey_id"),
    }


@pytest.mark.parametrize("code", FOREIGN)
def test_everything_the_demo_company_names_has_its_name_in_every_language(code: str) -> None:
    told = yaml.safe_load((PROJECT / "labels.yml").read_text(encoding="utf-8"))[code]
    for kind, known in keys().items():
        assert known <= set(told[kind]), (
            f"labels.yml: {code}: {kind}: add {known - set(told[kind])}"
        )
        extra = set(told[kind]) - known - {"satisfaction_rating"}
        assert not extra, f"labels.yml: {code}: {kind}: nothing is called {extra}"


@pytest.mark.parametrize("code", FOREIGN)
def test_every_metric_has_its_name_and_definition_in_every_language(code: str) -> None:
    texts = yaml.safe_load((TEXTS / f"{code}.yml").read_text(encoding="utf-8"))
    metrics = seed("metrics", "metric")
    for part in ("metrics", "definitions"):
        assert set(texts[part]) == metrics, f"{code}.yml: {part}"
    defined, _ = metric_catalogue.definitions(SEEDS / "metrics.csv")
    for marks, part in (("definitions_of", "definition"), ("labels_of", "label")):
        assert texts[marks] == {
            one.name: language.wording(getattr(one, part)) for one in defined
        }, f"{code}.yml: translate what changed in metrics.csv, then put its mark in {marks}"


@pytest.mark.parametrize("code", FOREIGN)
def test_a_definition_that_a_company_words_anew_is_printed_in_every_language(
    code: str, settings: Settings
) -> None:
    words = language.of_company(settings, code)
    defined, _ = metric_catalogue.definitions(SEEDS / "metrics.csv")
    shipped = {one.name: one.definition for one in defined}["nps"]
    assert words.definition("nps", shipped) == words.texts["definitions"]["nps"] != shipped
    own = shipped.replace("9-10", "8-10")
    assert words.definition("nps", own) == own


@pytest.mark.parametrize("code", ["en", *FOREIGN])
def test_a_metric_that_a_company_renames_has_its_own_name_in_every_language(
    code: str, settings: Settings
) -> None:
    words = language.of_company(settings, code)
    defined, _ = metric_catalogue.definitions(SEEDS / "metrics.csv")
    shipped = {one.name: one.label for one in defined}
    assert words.texts["labels_of"] == {m: language.wording(own) for m, own in shipped.items()}
    told = words.texts["metrics"].get("csat", shipped["csat"])
    assert words.label("csat", shipped["csat"]) == told
    assert words.short_label("csat", shipped["csat"]) == "CSAT"
    assert words.short_label("first_resolution_minutes", shipped["first_resolution_minutes"]) == (
        words.label("first_resolution_minutes", shipped["first_resolution_minutes"])
    )
    own = "Happy guests"
    assert words.label("csat", own) == words.short_label("csat", own) == own


@pytest.mark.parametrize("code", FOREIGN)
def test_every_warning_of_the_gate_is_told_in_every_language(code: str, settings: Settings) -> None:
    words = language.of_company(settings, code)
    files = gate_rules.read_rules(settings).files.values()
    rules = {r.name: (r, file.show) for file in files for r in file.checks if r.severity == "warn"}
    assert set(words.texts["checks"]) == set(rules)
    marks = {name: language.wording(r.why + r.says) for name, (r, _) in rules.items()}
    assert words.texts["checks_of"] == marks, (
        f"{code}.yml: translate what changed in expectations/, then put its mark in checks_of"
    )
    for name, (_, show) in rules.items():
        told = words.texts["checks"][name]
        assert set(told) == {"name", "why", "says"}
        fields = {field for _, field, _, _ in Formatter().parse(told["says"]) if field}
        assert fields <= {*show, *(["label"] if "metric" in show else [])}, name


@pytest.mark.parametrize("code", FOREIGN)
def test_every_figure_and_its_making_is_told_in_every_language(code: str) -> None:
    texts = yaml.safe_load((TEXTS / f"{code}.yml").read_text(encoding="utf-8"))["catalogue"]
    figures = {one.name: one for one in metric_catalogue.figures()}
    assert set(texts["figures"]) == set(figures)
    assert set(texts["units"]) == {kind.unit for kind in metric_catalogue.kinds()}
    assert set(texts["rules"]) == {rule.name for rule in metric_catalogue.rules()}
    for name, told in texts["figures"].items():
        assert {"label", "definition"} <= set(told), name
        # What stays in English is a name (Wilson) or signs alone.
        for part in ("interval", "formula"):
            own = getattr(figures[name], part)
            short = len([word for word in own.split() if word.isalpha() and len(word) > 1]) <= 1
            assert part in told or short or own.isascii() is False, f"{name}: {part}: {own}"


def names(document: dict[str, Any]) -> set[str]:
    journey, drivers = document["journey"], document["drivers"]
    return {
        *journey["channels"], *(row["label"] for row in journey["rows"]),
        *(row["label"] for row in document["touchpoints"]["rows"]),
        *(row["label"] for row in document["journey_map"]["rows"]),
        *(row["label"] for row in document["moments"]["rows"]),
        *(row["touchpoint"] for row in document["pain"]["rows"]),
        *(row["start"] for row in document["paths"]["rows"]),
        *(row["label"] for group in document["comments"]["groups"] for row in group["rows"]),
        *(row["label"] for row in drivers["rows"]),
        *(row["label"] for row in document["response"]["rows"]),
        *(action["title"] for action in document["actions"]),
    }  # fmt: skip


def told() -> Story:
    return Story(topics=Topics())


def test_a_company_names_things_in_its_readers_language_and_else_the_seeds_label_stands(
    settings: Settings, document_of: DocumentOf
) -> None:
    (settings.labels_file).write_text(
        "de:\n"
        "  journey_stage: {buy: Kaufen}\n"
        "  touchpoint: {checkout: Kasse, phone_support: Hotline}\n"
        "  channel: {store: Filiale}\n"
        "  theme: {waiting: Warten auf Hilfe}\n"
        "  driver: {consistency: Beständigkeit}\n"
        "  survey: {F0: Beziehungsumfrage}\n"
        "  action: {A-01: Mail neu senden}\n"
    )
    german = names(document_of(told(), language="de"))
    assert {
        "Kaufen", "Kasse", "Hotline", "Filiale", "Warten auf Hilfe", "Beständigkeit",
        "Beziehungsumfrage", "Mail neu senden",
    } <= german  # fmt: skip
    assert not {"Buy", "Checkout", "Phone support", "Waiting for help", "Relationship survey"} & (
        german
    )
    assert {"Discover", "Bills and charges", "After a case"} <= german  # not named: the seeds'
    assert "Kundenservice" in german  # the product's own word for a driver of the design
    english = names(document_of(told(), name="p00000000000b"))
    assert {"Buy", "Checkout", "Phone support"} <= english


@pytest.mark.parametrize("code", ["en", *FOREIGN])
def test_a_renamed_metric_has_its_new_name_on_every_page(
    document_of: DocumentOf, code: str
) -> None:
    story = told()
    story.metrics = [
        (name, "Happy guests" if name == "csat" else label, *rest)
        for name, label, *rest in story.metrics
    ]
    document = document_of(story, language=code)
    assert "Happy guests" in document["months"]["columns"]
    said = json.dumps(document, ensure_ascii=False)
    assert not re.search(r"\bCSAT\b(?<!Case CSAT)(?<!Fall-CSAT)|Kundenzufriedenheit", said)


def test_a_label_of_nothing_the_report_knows_is_refused(
    settings: Settings, document_of: DocumentOf
) -> None:
    settings.labels_file.write_text("de:\n  touchpoints: {checkout: Kasse}\n")
    with pytest.raises(ConfigError, match=r"labels\.yml.*touchpoints"):
        document_of(told(), language="de")


def test_without_labels_every_name_is_the_seeds(settings: Settings, tmp_path: Path) -> None:
    assert not settings.labels_file.exists()
    words = language.of_company(settings, "de")
    from wellheard.report import labels

    assert set(labels.load(settings, words)) == {"driver"}
