"""The sentences an executive reads first: what moved, what is unusual, which warnings count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from report_making import assemble
from report_publication import publish
from report_world import LAST, METRICS, Row, Story

from wellheard import publication as publications
from wellheard.gate_rules import read_rules
from wellheard.gate_sentences import Finding
from wellheard.settings import Settings

DocumentOf = Callable[..., dict[str, Any]]
SHORT = [m for m in METRICS if m[0] in ("nps", "csat", "reopen_rate", "first_reply_minutes")]


def told(edit: Callable[[Row], object], **changes: Any) -> Story:
    """Four metrics, no touchpoints; `edit` gets the whole company's rows of the last month."""

    def change(tables: dict[str, list[Row]]) -> None:
        for row in tables["rpt_metrics"]:
            if (row["period"], row["dimension"], row["scope"]) == (str(LAST), "all", "all"):
                edit(row)

    small: dict[str, Any] = {
        "metrics": SHORT, "stages": ["Buy", "Use", "Get help"], "touchpoints": [],
        "channels": ["Web", "Phone"], "edit": change,
    }  # fmt: skip
    return Story(**{**small, **changes})


def moves(*metrics: str, down: bool = False) -> Callable[[Row], None]:
    """Only these metrics moved by more than chance."""

    def edit(row: Row) -> None:
        if row["p_adjusted"] is not None:
            row.update(p=0.2, p_adjusted=0.6, change=-5.0 if down else 5.0)
            if row["metric"] in metrics:
                row.update(p=0.001, p_adjusted=0.004)

    return edit


@pytest.mark.parametrize(
    ("moved", "english", "german"),
    [
        (
            [],
            "The difference since September is within what chance would give. "
            "The same holds for the other 2 metrics this edition tests.",
            "Das gilt auch für die übrigen 2 Kennzahlen, die diese Ausgabe prüft.",
        ),
        (
            ["nps"],
            "The change of +5.0 pts since September is more than chance would explain. "
            "None of the other 2 metrics this edition tests changed by more than chance.",
            "Keine der übrigen 2 Kennzahlen, die diese Ausgabe prüft, "
            "hat sich über den Zufall hinaus verändert.",
        ),
        (
            ["csat"],
            "One of the other 2 metrics this edition tests changed by more than chance, "
            "for the better.",
            "Eine der übrigen 2 Kennzahlen, die diese Ausgabe prüft, "
            "hat sich über den Zufall hinaus verändert, "
            "zum Besseren.",
        ),
        (
            ["nps", "csat", "reopen_rate"],
            "2 of the other 2 metrics this edition tests changed by more than chance: "
            "1 for the better, 1 for the worse.",
            "2 der übrigen 2 Kennzahlen, die diese Ausgabe prüft, "
            "haben sich über den Zufall hinaus verändert: "
            "1 zum Besseren, 1 zum Schlechteren.",
        ),
    ],
)
def test_the_first_sentences_count_in_grammatical_words(
    settings: Settings, moved: list[str], english: str, german: str
) -> None:
    publication = publish(settings, told(moves(*moved)))
    for language, words in (("en", english), ("de", german)):
        deck = assemble(settings, publication, language=language)["headline"]["deck"]
        assert words in deck.replace("\u00a0", " ")
        assert " 0 " not in deck


def test_one_other_key_figure_is_spoken_of_in_the_singular(document_of: DocumentOf) -> None:
    deck = document_of(told(moves("nps"), metrics=SHORT[:2]))["headline"]["deck"]
    assert deck.endswith("The other metric this edition tests did not change by more than chance.")


def test_of_changes_with_the_same_adjusted_p_the_strongest_is_named(
    document_of: DocumentOf,
) -> None:
    def edit(row: Row) -> None:
        if row["p_adjusted"] is not None:
            row.update(p=0.4 if row["metric"] == "csat" else 0.9, p_adjusted=1.0)

    (first, *_) = document_of(told(edit))["findings"]
    assert "The strongest difference since September is in Customer satisfaction" in first["text"]


LIMITS = {"limit_low": 22.0, "limit_high": 31.0, "centre": 26.5, "signal": "outside",
          "signal_p_adjusted": 0.02}  # fmt: skip


def test_an_unusual_month_says_which_way_and_whether_that_is_good(document_of: DocumentOf) -> None:
    def edit(row: Row) -> None:
        if row["metric"] == "nps":
            row.update(LIMITS, value=42.0, low=37.0, high=47.0)
        if row["metric"] == "reopen_rate":
            row.update(LIMITS, value=12.0, low=9.0, high=15.0, limit_low=-2.0, limit_high=11.0,
                       centre=5.0)  # fmt: skip

    for language, title, text in (
        (
            "en",
            "Out of the ordinary: Net Promoter Score for the better, Reopened cases for the worse.",
            "Net Promoter Score at +42 is above its usual +22 to +31 (better); "
            "Reopened cases at 12.0% is above its usual 0.0 to 11.0% (worse).",
        ),
        (
            "de",
            "Aus dem Rahmen: Net Promoter Score zum Besseren, Wieder geöffnete Fälle zum "
            "Schlechteren.",
            "Net Promoter Score liegt mit +42 über den üblichen +22 bis +31 (besser); Wieder "
            "geöffnete Fälle liegt mit 12,0 % über den üblichen 0,0 bis 11,0 % (schlechter).",
        ),
    ):
        name = f"p00000000000{language[0]}"
        finding = document_of(told(edit), name=name, language=language)["findings"][-1]
        assert finding["title"] == title
        assert finding["text"].replace("\u00a0", " ") == text


def test_a_time_below_its_usual_range_is_better_and_ends_in_one_full_stop(
    document_of: DocumentOf,
) -> None:
    def edit(row: Row) -> None:
        if row["metric"] == "first_reply_minutes":
            row.update(LIMITS, value=77.0, limit_low=81.0, limit_high=124.0, centre=100.0,
                       provisional_limits=True)  # fmt: skip

    finding = document_of(told(edit), language="de")["findings"][-1]
    assert finding["tone"] == "better"
    assert finding["title"].endswith("fällt aus dem Rahmen, zum Besseren.")
    assert "unter den üblichen 1:21 bis 2:04 Std. Was üblich ist, ist vorläufig" in finding[
        "text"
    ].replace("\u00a0", " ")


@pytest.mark.parametrize("signal", ["outside", "trend", "two_of_three", "run"])
@pytest.mark.parametrize("down", [False, True])
def test_every_rule_of_the_control_chart_has_words_both_ways(
    document_of: DocumentOf, signal: str, down: bool
) -> None:
    def edit(row: Row) -> None:
        if row["metric"] == "csat":
            row.update(
                LIMITS, signal=signal, value=20.0 if down else 40.0, change=-1.0 if down else 1.0
            )

    finding = document_of(told(edit))["findings"][-1]
    side = "worse" if down else "better"
    assert finding["title"] == f"Customer satisfaction is out of the ordinary, for the {side}."
    assert finding["text"].endswith(".")
    assert "{" not in finding["text"]


def test_the_same_month_of_last_year_is_printed_on_its_card(document_of: DocumentOf) -> None:
    def edit(row: Row) -> None:
        if row["metric"] == "csat":
            row.update(same_month_last_year=71.6, same_month_last_year_n=948)

    cards = {card["metric"]: card for card in document_of(told(edit))["cards"]}
    assert cards["csat"]["last_year_text"] == "A year ago: 71.6%"
    assert (cards["csat"]["last_year"]["value"], cards["csat"]["last_year"]["n"]) == (71.6, 948)
    assert cards["nps"]["last_year_text"] is None


def test_the_status_of_a_key_figure_that_moved_stands_for_itself(document_of: DocumentOf) -> None:
    card = document_of(told(moves("nps")))["cards"][0]
    assert card["status"] == "better by more than chance"


def test_only_warnings_of_the_month_or_of_the_whole_build_are_printed(settings: Settings) -> None:
    def edition(*found: Finding) -> dict[str, Any]:
        story = told(lambda row: None, verdict="WARN", warnings=[("volume", "all of it")])
        made = publish(settings, story, name=f"p{len(made_so_far):012x}")
        made_so_far.append(made)
        checks = [
            check if check.success else check.model_copy(update={"findings": list(found)})
            for check in made.manifest.checks
        ]
        manifest = made.manifest.model_copy(update={"checks": checks})
        seen = publications.Publication(made.id, made.folder, manifest)
        return dict(assemble(settings, seen)["verdict"])

    made_so_far: list[object] = []
    june, october = (Finding(text=f"hole in {m}", months=[m]) for m in ("2026-06", "2026-10"))
    build = Finding(text="a channel faded")
    mixed = edition(june, october, build)
    assert [w["message"] for w in mixed["warnings"]] == ["hole in 2026-10; a channel faded"]
    assert (mixed["word"], mixed["title"]) == ("WARN", "WITH WARNINGS")
    elsewhere = edition(june)
    assert elsewhere["warnings"] == []
    assert (elsewhere["word"], elsewhere["title"]) == ("WARN", "PASSED FOR THIS MONTH")
    assert elsewhere["text"] == (
        "24 of 25 checks passed. What the rest found concerns other months than October 2026."
    )
    assert edition()["warnings"][0]["message"] == "all of it"  # published before months were told


def warned(settings: Settings, check: str, *found: Finding, **rule: str) -> list[dict[str, str]]:
    """The warnings of a German edition whose gate found these rows."""
    story = told(lambda row: None, verdict="WARN", warnings=[(check, "as it was said")])
    made = publish(settings, story, name=f"p{uuid4().hex[:12]}")
    checks = [
        line if line.success else line.model_copy(update={"findings": list(found), **rule})
        for line in made.manifest.checks
    ]
    manifest = made.manifest.model_copy(update={"checks": checks})
    seen = publications.Publication(made.id, made.folder, manifest)
    return list(assemble(settings, seen, language="de")["verdict"]["warnings"])


def test_the_gate_s_warnings_are_told_in_the_edition_s_language(settings: Settings) -> None:
    name = "no metric is far below its own past"
    rules = read_rules(settings)
    rule = next(r for r in rules.files["plausibility"].checks if r.name == name)
    row = {"metric": "csat", "period": "2026-10", "label": "Customer satisfaction", "value": 71.25,
           "low": 68.0, "high": 74.5, "usual": 82.4, "after_number": "%"}  # fmt: skip
    found = Finding(
        text="Customer satisfaction of 2026-10 is 71.3%", months=["2026-10"], values=row
    )
    more = Finding(text="1,200 more like these", more=1200)
    (warning,) = warned(settings, name, found, more, why=rule.why, says=rule.says)
    assert warning["name"] == "Keine Kennzahl liegt weit unter ihren früheren Monaten"
    assert warning["why"].startswith("Einen so großen Rückgang gibt es eher")
    assert warning["message"].replace("\u00a0", " ") == (
        "Kundenzufriedenheit im Oktober 2026: 71,2 % (95-%-Intervall 68,0 % bis 74,5 %); üblich in "
        "den Monaten davor: etwa 82,4 %; 1.200 weitere dieser Art"
    )
    # Published before the values were, or with a null among them: as the gate said it.
    for values in ({}, {**row, "usual": None}):
        old = found.model_copy(update={"values": values})
        (warning,) = warned(settings, name, old, why=rule.why, says=rule.says)
        assert warning["message"] == found.text
    # A rule the company worded anew, and one of its own.
    (own,) = warned(settings, name, found, why="We agreed on it.", says=rule.says)
    assert (own["name"], own["why"], own["message"]) == (name, "We agreed on it.", found.text)
    (own,) = warned(settings, "ours", found, why=rule.why, says=rule.says)
    assert (own["name"], own["message"]) == ("ours", found.text)


def test_a_report_without_channels_does_not_explain_any(document_of: DocumentOf) -> None:
    document = document_of(told(lambda row: None, channels=[]))
    assert "Small" not in document["journey"]["note"] + document["journey"]["legend"]
    assert (
        "Small dots" in document_of(told(lambda row: None), name="p00000000000b")["journey"]["note"]
    )


def test_formulas_of_what_is_printed_and_every_test_are_in_the_data(
    settings: Settings,
) -> None:
    publication = publish(settings, told(lambda row: None))
    document = assemble(settings, publication)
    kinds = [row["label"] for row in document["method"]["formulas"]["rows"]]
    assert kinds == ["NPS", "Shares", "Times"]
    assert f"Publication {publication.id}" in document["method"]["provenance"]
    assert "data.json" in document["method"]["provenance"]
    with publication.connect() as reader:
        expected = reader.execute(
            "select count(*) from rpt_metrics where scope = 'all' and p is not null and period = ?"
            " and value is not null", [str(LAST)],
        ).fetchone()  # fmt: skip
    assert (len(document["tests"]),) == expected
    assert {"nps", "csat", "reopen_rate"} == {
        test["metric"] for test in document["tests"] if test["dimension"] == "all"
    }


def test_a_stage_whose_score_has_no_interval_is_shown_and_not_spoken_of(
    document_of: DocumentOf,
) -> None:
    """With `minimum_n: 1` a single answer has a mean, and a mean of one answer no interval."""

    def change(tables: dict[str, list[Row]]) -> None:
        for row in tables["rpt_metrics"]:
            cell = row["period"], row["dimension"], row["member"]
            if cell == (str(LAST), "journey_stage", "buy"):
                row.update(n=1, value=0.0, low=None, high=None)

    stages = ["Buy", "Use", "Get help", "Pay", "Renew"]
    story = Story(metrics=SHORT, stages=stages, touchpoints=[], channels=["Web"], edit=change)
    titles = [finding["title"] for finding in document_of(story)["findings"]]
    assert [t for t in titles if "below the score" in t] == [
        "Get help lies below the score over all answers."
    ]
