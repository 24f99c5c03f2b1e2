"""What a reader could misread: rankings, intervals beside shading, words for nothing, bases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from report_world import LAST, METRICS, Row, Story
from topic_tables import Topics

from wellheard.report import journey_charts
from wellheard.report.figures import misleads, shade
from wellheard.settings import PROJECT

Tables = dict[str, list[Row]]
DocumentOf = Callable[..., dict[str, Any]]
SHORT = [m for m in METRICS if m[0] in ("nps", "csat", "reopen_rate", "first_reply_minutes")]
STAGES = ["Buy", "Use", "Pay", "Renew"]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def story(edit: Callable[[Tables], None] | None = None, **changes: Any) -> Story:
    small: dict[str, Any] = {
        "metrics": SHORT, "stages": STAGES, "touchpoints": ["Checkout", "App home"],
        "channels": ["Web", "Phone"], "topics": Topics(), "edit": edit,
    }  # fmt: skip
    return Story(**{**small, **changes})


def of_company(tables: Tables, name: str) -> list[Row]:
    return [row for row in tables[name] if row["scope"] == "all"]


def scored(*scores: tuple[str, float, float, float]) -> Callable[[Tables], None]:
    """Members of the month's satisfaction with these scores and intervals."""

    def edit(tables: Tables) -> None:
        for row in tables["rpt_metrics"]:
            for member, value, low, high in scores:
                if (row["scope"], row["period"], row["metric"], row["member"]) == (
                    "all", str(LAST), "csat", member,
                ) and row["dimension"] in ("all", "journey_stage"):  # fmt: skip
                    row.update(value=value, low=low, high=high, p_adjusted=0.9)

    return edit


ALL = ("all", 71.9, 69.0, 74.7)


@pytest.mark.parametrize(
    ("scores", "title", "tone"),
    [
        ([("buy", 60.0, 50.0, 73.0), ("use", 65.0, 55.0, 75.0), ("pay", 80.0, 75.0, 85.0)],
         "No journey stage stands apart below the others.", "same"),
        ([("buy", 60.0, 50.0, 70.0), ("use", 55.0, 45.0, 75.0), ("pay", 80.0, 75.0, 85.0)],
         "Buy lies below the score over all answers.", "worse"),
        ([("buy", 60.0, 50.0, 70.0), ("use", 55.0, 45.0, 65.0), ("pay", 70.0, 66.0, 74.0)],
         "Use and Buy lie below the score over all answers.", "worse"),
    ],
)  # fmt: skip
def test_only_stages_that_the_page_shades_are_named_as_low(
    document_of: DocumentOf, scores: list[tuple[str, float, float, float]], title: str, tone: str
) -> None:
    edit = scored(ALL, *scores, ("renew", 72.0, 65.0, 79.0))
    document = document_of(story(edit))
    (found,) = [f for f in document["findings"] if f["title"] == title]
    assert found["tone"] == tone
    shaded = [r["label"] for r in document["journey"]["rows"] if r["shade"] == "below"]
    assert {stage for stage in STAGES if stage in title} == set(shaded)
    german = document_of(story(edit), name="p00000000000b", language="de")
    said = [f["title"] for f in german["findings"]]
    words = "über alle Antworten" if tone == "worse" else "Keine Phase der Kundenreise fällt"
    assert len([t for t in said if words in t]) == 1


def test_of_many_low_stages_three_are_named_and_the_others_counted(
    document_of: DocumentOf,
) -> None:
    names = ["Buy", "Use", "Pay", "Renew", "Return"]
    edit = scored(ALL, *((n.lower(), 60.0 - i, 50.0, 65.0) for i, n in enumerate(names)))
    findings = document_of(story(edit, stages=names))["findings"]
    (low,) = [f for f in findings if "below the score" in f["title"]]
    assert low["title"].startswith("Return, Renew and Pay lie below")
    assert "2 more are not shown." in low["text"]


@pytest.mark.parametrize(
    ("low", "high", "is_misleading"),
    [(71.5, 88.2, True), (72.4, 88.2, False), (71.4, 88.2, False), (60.1, 71.94, False),
     (60.1, 71.6, True), (71.96, 80.0, False)],
)  # fmt: skip
def test_whole_percents_that_contradict_the_shading_are_found(
    low: float, high: float, is_misleading: bool
) -> None:
    row = {"unit": "percent", "better": "higher", "value": 70.0, "low": low, "high": high}
    assert misleads(row, 71.9) is is_misleading


def test_no_printed_interval_contradicts_the_shading_beside_it(document_of: DocumentOf) -> None:
    lows = [71.4, 71.5, 71.8, 72.1]

    def edit(tables: Tables) -> None:
        scored(ALL)(tables)
        known = [r for r in of_company(tables, "rpt_journey_cells") if r["value"] is not None]
        for i, row in enumerate(known):
            row.update(value=80.0, low=lows[i % len(lows)], high=88.0)

    places = ["Checkout", "App home", "Invoice", "Renewal offer"]
    document = document_of(story(edit, touchpoints=places))
    seen = set()
    for row in document["journey_map"]["rows"]:
        for cell in [row["whole"], *row["cells"]]:
            if cell["interval"]:
                low = float(cell["interval"]["text"].split(" to ")[0])
                assert (low > 71.9) == (cell["shade"] == "above"), cell["interval"]["text"]
                seen.add(cell["interval"]["text"])
    assert {"71 to 88%", "71.5 to 88.0%", "72 to 88%"} <= seen
    assert document["journey"]["rows"][0]["interval"]["text"].count(".") == 2
    assert shade({"better": "higher", "value": 80, "low": 71.5, "high": 88}, 71.9) == ""


def test_a_figure_that_moved_and_is_unusual_is_one_finding(document_of: DocumentOf) -> None:
    def edit(tables: Tables) -> None:
        for row in tables["rpt_metrics"]:
            if (row["scope"], row["period"], row["dimension"]) == ("all", str(LAST), "all"):
                row.update(p=0.2, p_adjusted=0.6)
                if row["metric"] in ("nps", "csat"):
                    row.update(signal="outside", signal_p_adjusted=0.001, limit_low=10.0,
                               limit_high=20.0, centre=15.0)  # fmt: skip
                if row["metric"] == "nps":
                    row.update(p=0.001, p_adjusted=0.004, change=9.0, change_low=4.0,
                               change_high=14.0)  # fmt: skip

    findings = document_of(story(edit))["findings"]
    of_nps = [f for f in findings if "Net Promoter Score" in f["title"] + f["text"]]
    moved = findings[0]
    assert moved["title"].startswith("Net Promoter Score rose by 9.0")
    assert "is above its usual +10 to +20." in moved["text"]
    assert "better" not in moved["text"]
    unusual = [f for f in findings if "out of the ordinary" in f["title"]]
    assert [f["title"] for f in unusual] == [
        "Customer satisfaction is out of the ordinary, for the better."
    ]
    assert [f for f in of_nps if "rose" in f["title"] or "usual" in f["text"]] == [moved]


def test_page_one_names_the_actions_that_somebody_has_to_decide_about(
    document_of: DocumentOf,
) -> None:
    found = document_of(story())["findings"][-1]
    assert found["title"].startswith("To decide: One owner per case")
    assert plain(found["text"]) == "At risk, due 30 Nov 2026 (Head of support)."
    assert "decide" not in str(document_of(story(actions=[]), name="p00000000000b")["findings"])


@pytest.mark.parametrize(
    ("language", "words", "note"),
    [("en", "business hours", "Times in business hours"),
     ("de", "Geschäftszeit", "Zeiten in Geschäftszeit")],
)  # fmt: skip
def test_a_time_says_that_it_is_one_of_business_hours(
    document_of: DocumentOf, language: str, words: str, note: str
) -> None:
    document = document_of(story(), language=language)
    counted = {card["metric"]: card["counted_in"] for card in document["cards"]}
    assert counted == {
        "nps": None, "csat": None, "first_reply_minutes": words, "reopen_rate": None,
    }  # fmt: skip
    assert document["months"]["note"].startswith(note)
    without = story(metrics=[m for m in SHORT if m[2] != "minutes"])
    assert document_of(without, name="p00000000000b")["months"]["note"] is None


def test_a_cell_without_answers_is_the_same_on_the_heat_table_and_on_the_map(
    document_of: DocumentOf,
) -> None:
    def edit(tables: Tables) -> None:
        tables["rpt_metrics"] = [
            row for row in tables["rpt_metrics"]
            if not (row["dimension"] == "journey_stage|channel" and row["member"] in (
                "buy|web", "buy|phone"))
        ]  # fmt: skip
        for row in tables.get("rpt_journey_cells", []):
            if row["journey_stage"] == "buy" and row["channel"] != "all":
                met = 17 if row["channel"] == "web" else 0
                row.update(n=0, value=None, low=None, high=None, volume=met, suppressed=False)

    document = document_of(story(edit))
    (buy,) = [row for row in document["journey"]["rows"] if row["label"] == "Buy"]
    assert [cell["state"] for cell in buy["channels"]] == ["silent", "absent"]
    assert "–: nobody was met there." in document["journey"]["legend"]
    plainly = document_of(story(edit, topics=None), name="p00000000000b")["journey"]
    (buy,) = [row for row in plainly["rows"] if row["label"] == "Buy"]
    assert [cell["state"] for cell in buy["channels"]] == ["silent", "silent"]
    assert "nobody was met" not in plainly["legend"]


def test_later_losses_stand_under_the_answer_they_are_counted_from(
    document_of: DocumentOf,
) -> None:
    bands = document_of(story())["money"]["bands"]
    assert (bands["by_last"], bands["by_first"]) == ("Last of 12 months", "First of 18 months")


def test_themes_say_how_many_comments_they_are_shares_of(document_of: DocumentOf) -> None:
    def edit(tables: Tables) -> None:
        for row in tables["rpt_themes"]:
            row.update(n=239, share=100 * 239 / 1018)

    note = document_of(story(edit))["comments"]["note"]
    assert "Themes of 1,018 comments with an NPS answer in 3 months" in note


def test_a_quote_in_another_language_says_which(document_of: DocumentOf) -> None:
    def edit(tables: Tables) -> None:
        for row in tables["rpt_quotes"]:
            row["language"] = "es"

    def first(language: str, name: str) -> str:
        document = document_of(story(edit), name=name, language=language)
        return str(document["comments"]["quotes"][0]["quotes"][0]["band"])

    assert first("en", "p00000000000b") == "Detractor, Spanish"
    assert first("de", "p00000000000c") == "Kritiker, Spanisch"
    own = document_of(story())["comments"]["quotes"][0]["quotes"][0]
    assert own["band"] == "Detractor"


def test_surveys_stand_in_the_order_of_their_names(document_of: DocumentOf) -> None:
    def edit(tables: Tables) -> None:
        for row in tables["rpt_sample"]:
            row["invited"] = 10 if row["label"] == "pay" else None

    labels = ["Your relationship", "buy", "pay", "Use"]
    rows = document_of(story(edit, topics=Topics(surveys=labels)))["response"]["rows"]
    assert [row["label"] for row in rows] == ["pay", "buy", "Use", "Your relationship"]


def test_signs_of_steering_are_told_in_the_language_of_the_report(
    document_of: DocumentOf,
) -> None:
    def said(language: str, name: str) -> list[str]:
        document = document_of(story(topics=Topics(flagged=4)), name=name, language=language)
        return [plain(row["detail"]) for row in document["gaming"]["rows"]]

    assert said("en", "p00000000000b") == [
        "Relationship survey: 14 Oct 2026, the hour from 09:00",
        "2.2%, 0.1% in the twelve months before",
        "2.2%, 0.1% in the twelve months before",
        "2.2% asked after a bad experience, 0.1% after the others",
    ]
    german = said("de", "p00000000000c")
    assert german[0] == "Relationship survey: 14. Okt. 2026, die Stunde ab 09:00"
    assert "2,2 %, 0,1 % in den zwölf Monaten davor" in german


def test_no_line_of_the_emotion_curve_runs_through_a_word(document_of: DocumentOf) -> None:
    panel = document_of()["journey"]
    spec = journey_charts.journey(panel, PROJECT / "templates" / "fonts", 500, 160)
    channels = set(panel["channels"])
    words = [layer for layer in spec["layer"] if layer["mark"]["type"] == "text"]
    named = [one for layer in words for one in layer["data"]["values"] if one["t"] in channels]
    halos = next(layer for layer in spec["layer"] if layer["mark"]["type"] == "rect")
    boxes = halos["data"]["values"]
    assert named
    for one in named:
        assert any(b["a"] < one["x"] < b["c"] and b["b"] < one["y"] < b["d"] for b in boxes)
