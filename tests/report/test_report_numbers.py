"""What the report's data says, and what it may not say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import yaml
from report_making import assemble, audience
from report_publication import publish
from report_world import LAST, METRICS, Row, Story

from wellheard.errors import ReportError
from wellheard.report import data, definitions, language, scope
from wellheard.report.figures import target_state
from wellheard.settings import PROJECT, Settings

Tables = dict[str, list[Row]]
DocumentOf = Callable[..., dict[str, Any]]
BLANK = dict.fromkeys(
    ("n", "value", "low", "high", "previous", "change", "change_low", "change_high", "p",
     "p_adjusted")
)  # fmt: skip
SHORT = [metric for metric in METRICS if metric[0] in ("nps", "csat", "reopen_rate",
                                                       "first_reply_minutes")]  # fmt: skip


def story(**changes: Any) -> Story:
    """Four metrics, three stages, no touchpoints: what most of these tests need."""
    small: dict[str, Any] = {
        "metrics": SHORT, "stages": ["Buy", "Use", "Get help"], "touchpoints": [],
        "channels": ["Web", "Phone"],
    }  # fmt: skip
    return Story(**{**small, **changes})


def rows(tables: Tables, **wanted: object) -> Iterable[Row]:
    return (row for row in tables["rpt_metrics"] if all(row[k] == v for k, v in wanted.items()))


def edited(change: Callable[[Row], object], **wanted: object) -> Story:
    def edit(tables: Tables) -> None:
        for row in rows(tables, **wanted):
            change(row)

    return story(edit=edit)


def card(document: dict[str, Any], metric: str) -> dict[str, Any]:
    return next(card for card in document["cards"] if card["metric"] == metric)


def words(document: dict[str, Any]) -> str:
    found = [document["headline"]["title"], document["headline"]["deck"]]
    found += [f"{finding['title']} {finding['text']}" for finding in document["findings"]]
    return " ".join(found)


def test_a_change_is_claimed_only_when_its_adjusted_p_is_below_five_percent(
    settings: Settings,
) -> None:
    moved = {"change": 5.0, "change_low": 1.0, "change_high": 9.0, "previous": 30.0}
    for name, p, claimed in (("p00000000000a", 0.05, False), ("p00000000000b", 0.0499, True)):
        told = edited(lambda row, p=p: row.update(moved, p=p, p_adjusted=p), period=str(LAST))
        document = assemble(settings, publish(settings, told, name=name))
        states = {c["metric"]: c["state"] for c in document["cards"]}
        said = words(document)
        if claimed:
            assert states["nps"] == states["csat"] == "better"
            assert states["reopen_rate"] == "worse"  # more of it is worse
            assert "rose" in document["headline"]["title"]
            assert "rose by 5.0" in said.replace("\u00a0", " ")
        else:
            assert set(states.values()) <= {"same", "untested"}
            assert not {"rose", "fell", "better", "worse"} & set(said.replace(".", " ").split())
            assert "No metric moved by more than chance" in said


def test_a_time_without_a_test_is_never_said_to_have_changed(document_of: DocumentOf) -> None:
    def faster(row: Row) -> None:
        row.update(change=-500.0, previous=900.0, p=None, p_adjusted=None)

    told = edited(faster, period=str(LAST), metric="first_reply_minutes")
    document = document_of(told)
    reply = card(document, "first_reply_minutes")
    assert (reply["state"], reply["status"]) == ("untested", "not tested")
    assert "First reply time rose" not in words(document)
    assert "First reply time fell" not in words(document)


def test_a_suppressed_cell_says_too_few_and_prints_no_number(document_of: DocumentOf) -> None:
    def hide(row: Row) -> None:
        row.update(BLANK, suppressed=True)

    document = document_of(edited(hide, period=str(LAST), member="buy", scope="all"))
    hidden = next(row for row in document["journey"]["rows"] if row["label"] == "Buy")
    assert hidden["value"]["text"] == "too few"
    assert (hidden["value"]["value"], hidden["value"]["n"], hidden["interval"]) == (None,) * 3
    assert hidden["n"]["text"] == "–"


def test_the_smallest_printed_n_is_the_companys(settings: Settings) -> None:
    def hide(row: Row) -> None:
        row.update(BLANK, suppressed=True)

    path = settings.company_file
    path.write_text(path.read_text().replace("minimum_n: 5", "minimum_n: 10"))
    told = edited(hide, period=str(LAST), member="buy", scope="all")
    document = assemble(settings, publish(settings, told))
    hidden = next(row for row in document["journey"]["rows"] if row["label"] == "Buy")
    assert hidden["value"]["text"] == "too few"
    assert "Too few: below 10 answers" in document["journey"]["legend"]
    assert any("fewer than 10 answers" in line for line in document["method"]["reading"])


def test_a_suppressed_headline_is_not_a_headline(document_of: DocumentOf) -> None:
    def hide(row: Row) -> None:
        row.update(BLANK, suppressed=True)

    document = document_of(edited(hide, period=str(LAST), metric="nps", dimension="all"))
    assert document["headline"]["title"] == "Too few answers in October 2026 for a headline"
    assert card(document, "nps")["value"]["text"] == "too few"


def test_a_month_without_data_is_a_gap_and_not_a_zero(document_of: DocumentOf) -> None:
    def silent(row: Row) -> None:
        row.update(BLANK, n=0)

    document = document_of(edited(silent, period="2026-05"))
    point = next(p for p in document["trend"]["points"] if p["period"] == "2026-05")
    assert (point["value"], point["low"], point["missing"]) == (None, None, "no data")
    month = next(row for row in document["months"]["rows"] if row["month"] == "May 2026")
    assert {cell["text"] for cell in month["cells"]} == {"no data"}
    assert None in card(document, "nps")["spark"]["values"]
    assert 0 not in card(document, "nps")["spark"]["values"]
    assert "May 2026 no data" in document["trend"]["alt"]


def test_a_month_missing_from_the_tables_is_a_gap_too(document_of: DocumentOf) -> None:
    def edit(tables: Tables) -> None:
        for name in ("rpt_metrics", "rpt_distribution"):
            tables[name] = [row for row in tables[name] if row["period"] != "2026-05"]

    document = document_of(story(edit=edit))
    assert [p["period"] for p in document["trend"]["points"]].count("2026-05") == 1
    assert next(bar for bar in document["trend"]["distribution"]["bars"]
                if bar["period"] == "2026-05")["parts"] == []  # fmt: skip


def test_months_before_the_first_with_data_are_left_out(document_of: DocumentOf) -> None:
    def silent(row: Row) -> None:
        if row["period"] < "2026-06" or row["period"] == "2026-08":
            row.update(BLANK, n=0)

    document = document_of(edited(silent))
    shown = [row["month"].split()[0] for row in document["months"]["rows"]]
    assert shown == ["June", "July", "August", "September", "October"]


def test_a_period_without_answers_is_refused_and_the_months_that_have_some_are_named(
    settings: Settings,
) -> None:
    publication = publish(settings, story(months=3))
    report = definitions.load(settings, "executive_monthly")
    with pytest.raises(ReportError) as refused:
        data.assemble(settings, report, publication, LAST.shift(1), audience())
    assert "2026-11 has no answers" in str(refused.value)
    assert "2026-08, 2026-09, 2026-10" in str(refused.value)


def test_an_audience_of_a_segment_sees_its_rows_alone(document_of: DocumentOf) -> None:
    def mark(tables: Tables) -> None:
        for row in tables["rpt_metrics"]:
            if row["scope"] != "segment=enterprise" and row["value"] is not None:
                row.update(value=66.6, low=66.5, high=66.7, n=66666, previous=66.4, change=0.2)
        for row in tables["rpt_distribution"]:
            if row["scope"] != "segment=enterprise":
                row.update(n=66666, share=66.6)
        for name in ("rpt_sources", "rpt_periods", "rpt_quarantine"):
            for row in tables[name]:
                row.update({k: 66666 for k in row if k in _COUNTS})
        for row in tables["rpt_restatements"]:
            row.update(printed_value=66.6, printed_n=66666, value=66.6, n=66666)

    told = story(
        edit=mark, verdict="WARN", warnings=[("volume", "66666 records of zendesk arrived")]
    )
    document = document_of(told, scope="segment=enterprise")
    text = json.dumps(document)
    assert "66666" not in text
    assert "66,666" not in text
    assert "66.6" not in text
    assert document["audience"]["scope_title"] == "Enterprise"
    assert card(document, "nps")["value"]["value"] is not None
    assert document["restatements"]["rows"] == []
    assert document["quarantine"]["rows"] == []
    assert document["verdict"]["warnings"][0]["name"] == "volume"
    assert {source["records"] for source in document["sources"]} == {None}


_COUNTS = {"records", "quarantined", "answers", "cases", "n"}


def test_actions_about_another_segment_are_not_shown_to_a_segment(
    document_of: DocumentOf,
) -> None:
    told = story(
        actions=[
            ("For all", "A", "2026-12-01", "on_track", "all", "all"),
            ("For us", "B", "2026-12-01", "on_track", "touchpoint|segment", "invoice|enterprise"),
            ("For them", "C", "2026-12-01", "on_track", "segment", "consumer"),
        ]
    )
    document = document_of(told, scope="segment=enterprise")
    assert [action["title"] for action in document["actions"]] == ["For all", "For us"]


def test_an_unknown_scope_is_refused_with_those_there_are(settings: Settings) -> None:
    publication = publish(settings, story(months=2))
    with pytest.raises(ReportError, match=r"segment=enterprise, segment=small_business"):
        assemble(settings, publication, scope="segment=nobody")


@pytest.mark.parametrize(
    "sql",
    [
        "select scope from rpt_metrics",
        "select * from read_csv('/etc/passwd')",
        "copy (select 1) to '/tmp/leak.csv'",
        "set enable_external_access = true",
        "attach ':memory:' as other; select nothing",
    ],
)
def test_a_query_sees_the_cut_tables_and_nothing_else(settings: Settings, sql: str) -> None:
    publication = publish(settings, story(months=2))
    with pytest.raises(ReportError, match=r"query probe\.sql failed"):
        scope.run(publication, "segment=enterprise", {"probe": sql}, {})


def test_later_months_do_not_change_an_earlier_edition(settings: Settings) -> None:
    def without_last(tables: Tables) -> None:
        for name in ("rpt_metrics", "rpt_distribution", "rpt_sources", "rpt_quarantine"):
            tables[name] = [row for row in tables[name] if row["period"] != str(LAST)]

    report = definitions.load(settings, "executive_monthly")
    documents = [
        data.assemble(settings, report, publication, LAST.shift(-1), audience())
        for publication in (
            publish(settings, story(), name="p00000000000a"),
            publish(settings, story(edit=without_last), name="p00000000000b"),
        )
    ]
    for document in documents:
        del document["publication"], document["method"]["provenance"]
    assert documents[0] == documents[1]


def test_a_restated_figure_of_nothing_is_no_data_and_a_hidden_one_too_few(
    document_of: DocumentOf,
) -> None:
    def edit(tables: Tables) -> None:
        gone, hidden = tables["rpt_restatements"]
        gone.update(value=None, n=0)
        hidden.update(value=None, n=None)

    restated = [(f"2026-0{month}", "nps", 27.4, 1588, 27.1, 1603) for month in (7, 8)]
    rows = document_of(story(edit=edit, restated=restated))["restatements"]["rows"]
    # The newest month first.
    assert [row["now"]["text"] for row in rows] == ["too few", "no data"]


def test_restated_months_show_what_was_printed_and_what_is_true_now(
    document_of: DocumentOf,
) -> None:
    document = document_of(story(restated=[("2026-08", "nps", 27.4, 1588, 27.1, 1603)]))
    (row,) = document["restatements"]["rows"]
    assert (row["month"], row["metric"]) == ("August 2026", "Net Promoter Score")
    assert (row["printed"]["text"], row["now"]["text"]) == ("+27.4", "+27.1")
    assert (row["printed_n"]["value"], row["now_n"]["value"]) == (1588, 1603)


def test_warnings_of_the_gate_are_part_of_the_report(document_of: DocumentOf) -> None:
    message = "2026-10-31: 3 records of zendesk/tickets, 80 to 130 are usual"
    document = document_of(story(verdict="WARN", warnings=[("volume", message)]))
    assert document["verdict"]["word"] == "WARN"
    assert document["verdict"]["text"].startswith("24 of 25 checks passed")
    assert [w["message"] for w in document["verdict"]["warnings"]] == [message]


def test_a_german_edition_has_german_words_and_numbers(document_of: DocumentOf) -> None:
    def known(row: Row) -> None:
        row.update(value=81.25, low=1234.5, high=90.0, n=12345, change=-1.5, previous=82.75)

    told = edited(known, period=str(LAST), metric="csat", dimension="all")
    satisfaction = card(document_of(told, language="de"), "csat")
    assert satisfaction["label"] == "Kundenzufriedenheit"
    assert satisfaction["value"]["text"] == "81,2\u00a0%"
    assert satisfaction["n"]["text"] == "n\u00a0=\u00a012.345"
    assert satisfaction["change_text"] == "−1,5\u00a0Pkt. seit Sep"
    assert satisfaction["interval"]["text"] == "1.234,5 bis 90,0\u00a0%"


def test_numbers_have_true_signs_and_never_a_negative_zero() -> None:
    english = language.load(PROJECT / "templates", "en")
    assert english.measure("points", -12.4) == "−12"
    assert english.measure("points", -0.2) == "0"
    assert english.difference("percent", 0.04).startswith("0.0")
    assert english.measure("minutes", 187.0).replace("\u00a0", " ") == "3 h 07 min"
    assert english.measure("minutes", 59.6).replace("\u00a0", " ") == "1 h"
    assert english.difference("minutes", -24.0).replace("\u00a0", " ") == "−24 min"
    assert english.probability(0.00001).replace("\u00a0", " ") == "p < 0.001"


@pytest.mark.parametrize(
    ("code", "currency", "estimate", "counted", "span"),
    [
        ("en", None, "40,100", "794,032", "7,940 to 24,000"),
        ("en", "GBP", "£40,100", "£794,032", "£7,940 to 24,000"),
        ("en", "CHF", "CHF 40,100", "CHF 794,032", "CHF 7,940 to 24,000"),
        ("de", "GBP", "40.100 £", "794.032 £", "7.940 bis 24.000 £"),
        ("de", "EUR", "40.100 €", "794.032 €", "7.940 bis 24.000 €"),
    ],
)
def test_amounts_carry_the_companys_currency_as_the_reader_writes_it(
    code: str, currency: str | None, estimate: str, counted: str, span: str
) -> None:
    words = language.load(PROJECT / "templates", code, 5, currency)
    assert words.money(40_069.0, estimated=True).replace("\u00a0", " ") == estimate
    assert words.money(794_032.0).replace("\u00a0", " ") == counted
    assert words.money_span(7_941.2, 23_987.0).replace("\u00a0", " ") == span


def test_large_amounts_are_short_and_ranges_say_what_they_share_once() -> None:
    english = language.load(PROJECT / "templates", "en", 5, "GBP")
    german = language.load(PROJECT / "templates", "de", 5, "GBP")
    assert english.money_span(1_234_567.0, 1_834_567.0) == "£1.23M to 1.83M"
    assert english.money_span(870_000.0, 1_834_567.0) == "£870,000 to 1.83M"
    assert english.money_span(-500.0, 700.0) == "−£500 to £700"
    assert english.money(61_234_567.0) == "£61.2M"
    spoken = german.money_span(1_234_567.0, 1_834_567.0).replace("\u00a0", " ")
    assert spoken == "1,23 bis 1,83 Mio. £"
    spoken = german.money_span(870_000.0, 1_834_567.0).replace("\u00a0", " ")
    assert spoken == "870.000 bis 1,83 Mio. £"


def test_an_interval_says_its_unit_once() -> None:
    english = language.load(PROJECT / "templates", "en")
    assert english.span("percent", 72.4, 88.0, coarse=True) == "72 to 88%"
    assert english.joined("+3.0\u00a0pts", "+9.2\u00a0pts") == "+3.0 to +9.2\u00a0pts"
    assert english.span("points", -3.0, 12.0) == "−3 to +12"


def test_an_end_of_an_interval_never_reads_like_a_target_it_does_not_reach() -> None:
    english = language.load(PROJECT / "templates", "en")

    def span(unit: str, low: float, high: float, target: float) -> str:
        return english.span(unit, low, high, target=target).replace("\u00a0", " ")

    assert span("minutes", 56.7, 89.8, 90.0) == "0:57 to 1:29 h"
    assert span("minutes", 90.2, 120.0, 90.0) == "1:31 to 2:00 h"
    assert span("minutes", 60.0, 90.0, 90.0) == "1:00 to 1:30 h"
    assert span("percent", 80.02, 88.0, 80.0) == "80.1 to 88.0%"
    assert span("points", 34.8, 47.0, 35.0) == "+34 to +47"
    assert span("score", 4.9, 5.197, 5.2) == "4.90 to 5.19"


@pytest.mark.parametrize("code", ["en", "de"])
def test_page_one_says_what_was_tested_in_words_for_those_who_do_not_test(
    document_of: DocumentOf, code: str
) -> None:
    def moved(row: dict[str, Any]) -> None:
        if row["metric"] == "nps" and row["change"] is not None:
            row.update(p=0.001, p_adjusted=0.012)

    document = document_of(edited(moved, period=str(LAST)), language=code)
    said = " ".join(f"{one['title']} {one['text']}" for one in document["findings"])
    said = said.replace("\u00a0", " ")
    assert ("in 1.2% of months" if code == "en" else "in 1,2 % der Monate") in said
    said += " ".join(line["text"] for line in document["topics"])
    said += document["headline"]["deck"]
    for term in ("adjusted", "Holm", "variance", "p =", "p <", "korrigiert", "Varianz"):
        assert term not in said


def test_every_language_has_every_text_with_the_same_names_to_fill_in() -> None:
    def keys(node: Any, path: str = "") -> dict[str, frozenset[str]]:
        if isinstance(node, dict):
            found: dict[str, frozenset[str]] = {}
            for key, child in node.items():
                found |= keys(child, f"{path}.{key}")
            return found
        names = [part.partition("}")[0] for part in str(node).split("{")[1:]]
        return {path: frozenset(names)}

    def texts(path: Any) -> dict[str, frozenset[str]]:
        found = keys(yaml.safe_load(path.read_text(encoding="utf-8")))
        # English is what the project's files say; tests of their own hold others against those.
        own = (
            ".metrics",
            ".definitions",
            ".drivers_named",
            ".money_measures",
            ".catalogue",
            ".checks",
        )
        return {key: names for key, names in found.items() if not key.startswith(own)}

    folder = PROJECT / "templates" / "texts"
    english = texts(folder / "en.yml")
    assert len(english) > 150
    for path in folder.glob("*.yml"):
        assert texts(path) == english, path


def test_a_report_is_not_made_in_a_language_it_does_not_have(settings: Settings) -> None:
    with pytest.raises(ReportError, match=r"not made in 'fr'.*en, de.*audiences\.yml"):
        assemble(settings, publish(settings, story(months=2)), language="fr")


def test_data_that_does_not_match_its_schema_is_refused(
    settings: Settings, document_of: DocumentOf
) -> None:
    document = document_of(story(months=3))
    report = definitions.load(settings, "executive_monthly")
    data.check(document, report)
    del document["cards"][0]["value"]["text"]
    with pytest.raises(ReportError, match=r"\$\.cards\[0\]\.value.*'text'"):
        data.check(document, report)


def test_the_day_data_is_complete_to_is_never_after_the_month(document_of: DocumentOf) -> None:
    assert {s["complete_to"] for s in document_of(story())["sources"]} == {"31 Oct 2026"}


def test_a_metric_without_any_data_is_left_out(document_of: DocumentOf) -> None:
    document = document_of(story(metrics=METRICS[:1]))
    assert [c["metric"] for c in document["cards"]] == ["nps"]
    assert document["journey"]["metric"] == "nps"
    assert document["touchpoints"] is None


def test_every_figure_has_an_id_of_its_own(document_of: DocumentOf) -> None:
    ids = [figure["id"] for _, figure in data.figures_of(document_of(Story()))]
    assert len(ids) > 200
    assert len(ids) == len(set(ids))


def test_a_figure_without_an_interval_leaves_its_target_unclear() -> None:
    alike = {"unit": "score", "better": "higher", "value": 7.0, "target": 5.5, "low": None,
             "high": None}  # fmt: skip
    assert target_state(alike) == "open"
    assert target_state(alike | {"low": 6.1, "high": 7.0}) == "met"
    # All cases are counted: their number needs no interval.
    assert target_state(alike | {"unit": "cases", "better": "lower"}) == "missed"
