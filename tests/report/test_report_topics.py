"""Journeys, drivers, comments, money and actions: what the tables say is what stands in print."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from report_making import Made, assemble, make
from report_publication import publish
from report_world import METRICS, Row, Story
from topic_tables import NAMES, Topics

from wellheard.errors import ReportError
from wellheard.report import data, scope, verify
from wellheard.report.panels_comments import direction, shortened
from wellheard.report.pdf_text import runs
from wellheard.settings import Settings

Tables = dict[str, list[Row]]
DocumentOf = Callable[..., dict[str, Any]]
SHORT = [m for m in METRICS if m[0] in ("nps", "csat", "reopen_rate", "first_reply_minutes")]
PANELS = (
    "pain", "moments", "journey_map", "paths", "consistency", "movement", "drivers", "comments",
    "money", "closed_loop", "response", "gaming",
)  # fmt: skip


def story(edit: Callable[[Tables], None] | None = None, **changes: Any) -> Story:
    small: dict[str, Any] = {
        "metrics": SHORT, "stages": ["Buy", "Use", "Get help"],
        "touchpoints": ["Checkout", "App home", "Phone support"], "channels": ["Web", "Phone"],
        "topics": Topics(), "edit": edit,
    }  # fmt: skip
    return Story(**{**small, **changes})


def of(tables: Tables, name: str, **wanted: object) -> list[Row]:
    return [
        row
        for row in tables[name]
        if row.get("scope", "all") == "all" and all(row[k] == v for k, v in wanted.items())
    ]


def changed(name: str, values: dict[str, Any], **wanted: object) -> Callable[[Tables], None]:
    def edit(tables: Tables) -> None:
        found = of(tables, name, **wanted)
        assert found
        for row in found:
            row.update(values)

    return edit


def emptied(*names: str) -> Callable[[Tables], None]:
    def edit(tables: Tables) -> None:
        for name in names:
            tables[name] = []

    return edit


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def themes_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for group in document["comments"]["groups"] for row in group["rows"]]


def grouped(document: dict[str, Any]) -> dict[str, list[str]]:
    groups = document["comments"]["groups"]
    return {group["name"]: [row["label"] for row in group["rows"]] for group in groups}


def every_text(document: dict[str, Any]) -> str:
    return plain(json.dumps(document, ensure_ascii=False))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("topics"), story())


def test_every_number_of_the_tables_that_is_printed_is_the_tables_own(made: Made) -> None:
    def table(name: str) -> list[Row]:
        with made.publication.connect() as reader:
            cursor = reader.execute(f"select * from {name} where scope = 'all' order by all")
            columns = [column[0] for column in cursor.description or []]
            return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    document = made.document
    drivers = {row["label"]: row for row in table("rpt_drivers")}
    for row in [*document["drivers"]["rows"], *document["drivers"]["apart"]]:
        own = drivers.pop(row["label"])
        share, performance = row["share"], row["performance"]
        assert (share["value"], share["low"], share["high"], share["n"]) == (
            own["share"], own["share_low"], own["share_high"], own["n"],
        )  # fmt: skip
        assert share["text"] == f"{own['share']:.1f}%"
        assert performance["value"] == own["performance"]
    assert drivers == {}
    themes = {row["label"]: row for row in table("rpt_themes")}
    for row in themes_of(document):
        own = themes.pop(row["label"])
        effect = row["effect"]
        assert (effect["value"], row["share"]["value"], row["n"]["value"]) == (
            -own["cost"], own["share"], own["n"],
        )  # fmt: skip
        assert (effect["low"], effect["high"]) == (-own["cost_high"], -own["cost_low"])
        assert effect["text"] == f"{-own['cost']:+.1f}".replace("-", "−")
    assert themes == {}
    moments = {(r["outcome"], r["label"]): r for r in table("rpt_moments")}
    for row in document["moments"]["rows"]:
        cell = row["outcomes"][0]
        own = moments["recommendation", row["label"]]
        assert (cell["difference"]["value"], cell["difference"]["low"]) == (
            own["difference"], own["low"],
        )  # fmt: skip
        assert cell["n_good"]["value"] == own["n_good"]
    money = {(r["measure"], r["member"]): r for r in table("rpt_money")}
    assert [card["value"]["value"] for card in document["money"]["cards"]] == [
        money[key]["value"]
        for key in (
            ("logo_churn", "all"), ("revenue_churn", "all"), ("retention", "logo"),
            ("retention", "revenue"), ("lifetime_value", "all"),
        )
    ]  # fmt: skip


def test_every_figure_of_the_new_pages_stands_in_the_pdf(made: Made) -> None:
    assert verify.verify(made.pdf, made.document) > 400
    letters = runs(made.pdf)
    assert verify.cut_texts(letters) == []
    assert verify.collisions(letters) == []
    ids = [figure["id"] for _, figure in data.figures_of(made.document)]
    assert len(ids) == len(set(ids))


def test_an_older_publication_has_no_new_panel_and_no_word_of_it(document_of: DocumentOf) -> None:
    document = document_of(story(topics=None))
    assert [name for name in PANELS if document[name] is not None] == []
    assert document["topics"] == []
    assert document["not_shown"] == []
    assert document["actions"]
    assert {tuple(action["effects"]) for action in document["actions"]} == {()}


@pytest.mark.parametrize("gone", NAMES)
def test_a_publication_that_lacks_one_table_lacks_its_panel_alone(
    settings: Settings, gone: str
) -> None:
    def edit(tables: Tables) -> None:
        del tables[gone]

    document = assemble(settings, publish(settings, story(edit)))
    fills = {
        "rpt_journey": "pain", "rpt_journey_cells": "journey_map", "rpt_moments": "moments",
        "rpt_paths": "paths",
        "rpt_consistency": "consistency", "rpt_movement": "movement", "rpt_drivers": "drivers",
        "rpt_themes": "comments", "rpt_money": "money", "rpt_closed_loop": "closed_loop",
        "rpt_sample": "response", "rpt_gaming": "gaming",
    }  # fmt: skip
    missing = {fills[gone]} if gone in fills else set()
    assert {name for name in PANELS if document[name] is None} == missing
    assert document["not_shown"] == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_panels_without_data_are_one_sentence_each_and_no_page(
    settings: Settings, language: str
) -> None:
    document = assemble(
        settings, publish(settings, story(emptied(*NAMES), touchpoints=[])), language=language
    )
    assert [name for name in PANELS if document[name] is not None] == []
    titles = [line["title"] for line in document["not_shown"]]
    assert len(titles) == len(PANELS) + 1  # the touchpoints as well
    assert len(set(titles)) == len(titles)
    assert all(line["text"].endswith(".") for line in document["not_shown"])


def test_page_one_tells_only_what_passed_its_test(document_of: DocumentOf) -> None:
    lines = {line["kind"]: line for line in document_of(story())["topics"]}
    assert list(lines) == ["driver", "theme", "money"]
    assert lines["driver"]["title"] == "Customer service"
    assert plain(lines["driver"]["text"]).startswith(
        "importance 14% (95%: 9 to 19%): so much of the variance of the NPS answers goes with it."
    )
    assert lines["theme"]["title"] == "Waiting for help"
    assert "4.6 points less NPS (95%: 3.7 to 5.5)" in plain(lines["theme"]["text"])
    assert lines["money"]["title"] == "13,100 to 49,400"

    def nothing(tables: Tables) -> None:
        for name in ("rpt_drivers", "rpt_themes", "rpt_money"):
            for row in tables[name]:
                row["is_significant"] = False

    assert document_of(story(nothing), name="p00000000000b")["topics"] == []


def test_a_theme_that_goes_with_better_scores_is_never_called_costly(
    document_of: DocumentOf,
) -> None:
    themes = {"staff": ("Staff", -3.7, True), "price": ("Price", 0.2, False)}
    document = document_of(story(topics=Topics(themes=themes)))
    assert "theme" not in {line["kind"] for line in document["topics"]}
    groups = {
        g["name"]: [row["label"] for row in g["rows"]] for g in document["comments"]["groups"]
    }
    assert groups == {"brings": ["Staff"], "open": ["Price"]}
    staff, price = themes_of(document)
    assert (staff["effect"]["text"], staff["bar"]) == ("+3.7", {"left": 0, "right": 100})
    assert (price["effect"]["text"], price["bar"]) == ("−0.2", {"left": 5, "right": 0})


def test_revenue_at_risk_is_printed_only_with_a_proven_link(document_of: DocumentOf) -> None:
    document = document_of(story())
    assert document["money"]["at_risk"]["range"]["text"] == "13,100 to 49,400"
    assert "Detractors leave more often than promoters: +7.4" in document["money"]["link"]
    assert "within 180 days" in document["topics"][-1]["text"]
    # Even where the table had a range: the link decides.
    blank = dict.fromkeys(("value", "low", "high"))
    tested = {**blank, "is_significant": False, "note": "no_link"}
    unproven = changed("rpt_money", tested, measure="churn_link")
    document = document_of(story(unproven), name="p00000000000b")
    assert document["money"]["at_risk"] is None
    assert "49,400" not in every_text(document)
    open_link = story(topics=Topics(link_is_significant=False))
    assert document_of(open_link, name="p00000000000c")["money"]["at_risk"] is None


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"note": "no_link", "p_adjusted": 0.39}, "was tested and is not shown by the data (adjus"),
        ({"note": "too_few_followed"}, "Too few detractors or promoters have been followed"),
        ({"note": "history_too_short"}, "does not reach back far enough"),
        ({"note": "no_losses_recorded"}, "knows of no customer lost"),
        ({"note": None, "n": None, "suppressed": True}, "Too few detractors or promoters"),
        ({"note": None}, "cannot be told yet"),
    ],
)
def test_a_link_that_is_not_proven_says_why(
    document_of: DocumentOf, found: dict[str, Any], said: str
) -> None:
    blank = dict.fromkeys(("value", "low", "high", "p_adjusted"))
    row = {**blank, "is_significant": False, **found}
    document = document_of(story(changed("rpt_money", row, measure="churn_link")))
    assert said in plain(document["money"]["link"])
    assert document["money"]["at_risk"] is None


def test_a_proven_link_without_proven_revenue_says_that_too(document_of: DocumentOf) -> None:
    blank = dict.fromkeys(("value", "low", "high"))
    row = {**blank, "is_significant": False, "note": "no_link"}
    document = document_of(story(changed("rpt_money", row, measure="revenue_at_risk")))
    assert document["money"]["at_risk"] is None
    assert document["money"]["link"].endswith("So no revenue is said to be at risk.")
    assert "money" not in [line["kind"] for line in document["topics"]]


def test_drivers_not_told_from_chance_are_set_apart(document_of: DocumentOf) -> None:
    document = document_of(story())
    assert [row["label"] for row in document["drivers"]["apart"]] == ["Emotional connection"]
    assert len(document["drivers"]["rows"]) == 4
    assert "not the cause of" in document["drivers"]["note"]
    none = changed("rpt_drivers", {"is_significant": False})
    document = document_of(story(none), name="p00000000000b")
    assert document["drivers"]["rows"] == []
    assert document["drivers"]["none_proven"] == "No driver is told from chance."


def test_a_driver_that_could_not_be_compared_is_named_with_the_reason(
    document_of: DocumentOf,
) -> None:
    blank = dict.fromkeys(("share", "share_low", "share_high", "p_adjusted"))
    left_out = changed(
        "rpt_drivers", {**blank, "is_significant": False, "note": "constant"}, driver="usability"
    )
    document = document_of(story(left_out))
    assert document["drivers"]["left_out"] == [
        "Usability is left out: everybody gave the same answer."
    ]


def test_the_parts_of_a_change_as_printed_add_up_to_the_change_as_printed(
    settings: Settings,
) -> None:
    def edit(tables: Tables) -> None:
        for row in tables["rpt_metrics"]:
            if row["dimension"] == "all" and row["period"] == "2026-10":
                for name, dimension in (("nps", "segment"), ("csat", "touchpoint")):
                    if row["metric"] == name and row["scope"] == "all":
                        row["change"] = of(tables, "rpt_movement", dimension=dimension)[0]["change"]

    def number(figure: dict[str, Any]) -> int:
        return round(10 * float(figure["text"].replace("−", "-")))

    document = assemble(settings, publish(settings, story(edit)))
    tables = [table for column in document["movement"]["columns"] for table in column]
    assert [table["heading"] for table in tables] == [
        "NPS by segment", "NPS by channel", "CSAT by touchpoint",
    ]  # fmt: skip
    for table in (tables[0], tables[2]):
        parts = sum(number(row["mix"]) + number(row["within"]) for row in table["rows"])
        assert parts == sum(number(row["total"]) for row in table["rows"]) == number(table["sum"])


def test_themes_are_grouped_by_what_is_proven_of_them_the_largest_first(
    document_of: DocumentOf,
) -> None:
    document = document_of(story())
    groups = {
        g["name"]: [row["label"] for row in g["rows"]] for g in document["comments"]["groups"]
    }
    assert groups == {
        "costs": ["Waiting for help", "Bills and charges", "Outages"],
        "brings": ["Staff"],
        "open": ["Activation", "App and website", "Price"],
    }
    quoted = [(q["theme"], q["direction_word"]) for q in document["comments"]["quotes"]]
    assert quoted == [
        ("Waiting for help", "costs points"), ("Bills and charges", "costs points"),
        ("Outages", "costs points"), ("Staff", "brings points"),
    ]  # fmt: skip


def test_a_comment_about_two_themes_is_quoted_once(document_of: DocumentOf) -> None:
    said = "Waited forty minutes on the phone and then nobody knew my bill."

    def both(tables: Tables) -> None:
        for row in tables["rpt_quotes"]:
            if row["theme"] in ("waiting", "billing") and row["position"] == 1:
                row["text"] = said

    quotes = document_of(story(both))["comments"]["quotes"]
    assert [q["text"] for theme in quotes for q in theme["quotes"]].count(said) == 1


def test_hidden_parts_of_a_change_are_said_to_be_missing(document_of: DocumentOf) -> None:
    blank = dict.fromkeys(
        ("share_before", "share_now", "value_before", "value_now", "mix_effect", "within_effect",
         "total_effect", "n_before", "n_now")
    )  # fmt: skip
    hidden = changed("rpt_movement", {**blank, "suppressed": True}, member="consumer")
    (segments, *_), _ = document_of(story(hidden))["movement"]["columns"]
    assert "do not add up" in segments["incomplete"]
    consumer = next(row for row in segments["rows"] if row["label"] == "Consumer")
    assert {consumer[part]["text"] for part in ("share", "mix", "within", "total")} == {"too few"}
    assert consumer["bar"] == {"left": 0, "right": 0}


def test_suppressed_cells_are_printed_as_such(document_of: DocumentOf) -> None:
    blank = dict.fromkeys(
        ("n", "share", "share_low", "share_high", "score_with", "score_without", "cost", "cost_low",
         "cost_high", "p_adjusted", "previous_share", "share_change", "sentiment_negative")
    )  # fmt: skip
    hide = changed(
        "rpt_themes", {**blank, "is_significant": False, "suppressed": True}, theme="price"
    )
    document = document_of(story(hide))
    last = themes_of(document)[-1]
    assert last["label"] == "Price"
    assert last["effect"]["text"] == last["n"]["text"] == "too few"
    moments = {row["label"]: row["outcomes"][1] for row in document["moments"]["rows"]}
    hidden = moments["Phone support"]
    assert hidden["good"]["text"] == hidden["bad"]["text"] == "too few"
    assert hidden["difference"] is None


def test_channels_that_differ_are_named_the_better_first(document_of: DocumentOf) -> None:
    rows = [
        {
            "scope": "all", "period": "2026-10", "months": 12, "metric": "csat",
            "journey_stage": stage, "label": stage.title(), "position": i, "channel_a": "web",
            "channel_b": "phone", "channel_a_label": "Web", "channel_b_label": "Phone", "n_a": 71,
            "n_b": 83, "difference": size, "low90": size - 8, "high90": size + 8, "margin": 10.0,
            "p_equivalent": 0.9, "p_different_adjusted": 0.01, "verdict": verdict,
            "suppressed": False,
        }
        for i, (stage, size, verdict) in enumerate(
            [("buy", -17.0, "different"), ("use", 2.0, "undecided"), ("pay", 0.5, "consistent")]
        )
    ]  # fmt: skip
    absent = dict.fromkeys(
        ("channel_a", "channel_b", "channel_a_label", "channel_b_label", "n_a", "n_b",
         "difference", "low90", "high90", "p_equivalent", "p_different_adjusted")
    )  # fmt: skip
    rows.append({**rows[0], **absent, "journey_stage": "renew", "label": "Renew", "position": 9,
                 "verdict": "no_data"})  # fmt: skip

    def edit(tables: Tables) -> None:
        tables["rpt_consistency"] = rows

    panel = document_of(story(edit))["consistency"]
    (found,) = panel["differences"]
    assert (found["better"], found["worse"], found["difference"]["text"]) == (
        "Phone", "Web", "+17.0",
    )  # fmt: skip
    assert plain(found["interval"]["text"]) == "+9.0 to +25.0"
    assert [n["value"] for n in found["n"]] == [83, 71]
    counts = {row["label"]: [c["value"] for c in row["counts"]] for row in panel["rows"]}
    assert counts == {
        "Buy": [1, 0, 0, 0], "Use": [0, 0, 1, 0], "Pay": [0, 1, 0, 0], "Renew": [0, 0, 0, 0],
    }  # fmt: skip
    assert [v["mark"] for v in panel["verdicts"]] == ["≠", "=", "?", "–"]


def test_a_column_that_no_survey_fills_is_not_printed(document_of: DocumentOf) -> None:
    every = document_of(story())["response"]
    assert set(every["columns"].values()) == {True}
    unasked = dict.fromkeys(
        ("invited", "complete", "partial", "refused", "no_contact", "other", "unknown", "rr1",
         "rr1_low", "rr1_high", "bound_low", "bound_high")
    )  # fmt: skip
    edit = changed("rpt_sample", unasked)
    panel = document_of(story(edit), name="p0123456789ac")["response"]
    assert panel["columns"] == {"asked": False, "raw": True, "weighted": True, "bounds": False}
    assert "Bounds" in every["note"]
    assert "Bounds" not in panel["note"]
    assert "no response rates" in panel["note"]
    assert {row["invited"] for row in panel["rows"]} == {None}, "what has no column is no figure"


def test_unknown_invitations_are_not_called_too_few(document_of: DocumentOf) -> None:
    asked = ("invited", "complete", "partial", "refused", "no_contact", "other", "unknown")
    told = ("n", "raw", "raw_low", "raw_high", "post_stratified", "bound_low", "bound_high")

    def edit(tables: Tables) -> None:
        first, second, *_ = tables["rpt_sample"]
        for row in (first, second):
            row |= dict.fromkeys((*asked, *told, "rr1", "rr1_low", "rr1_high"), None)
            row["suppressed"] = True
        second["refused"] = 0  # the others are hidden, so somebody was invited

    rows = document_of(story(edit))["response"]["rows"]
    said = sorted((row["invited"]["text"], row["complete"] is None) for row in rows)
    assert said[-2:] == [("not known", True), ("too few", False)]
    assert [row["raw"]["text"] for row in rows].count("too few") == 2


def test_a_stage_without_a_pain_point_says_that_none_lies_below(document_of: DocumentOf) -> None:
    none = dict.fromkeys(("pain_touchpoint", "pain_label", "pain_value", "pain_low", "pain_high"))
    panel = document_of(story(changed("rpt_journey", none)))["pain"]
    assert {row["open"] for row in panel["rows"]} == {"none below the rest"}
    assert {row["touchpoint"] for row in panel["rows"]} == {None}


def test_actions_say_what_they_did_or_that_nothing_was_found(document_of: DocumentOf) -> None:
    document = document_of(story())
    (one,) = next(a for a in document["actions"] if a["title"].startswith("Resend"))["effects"]
    assert (one["word"], plain(one["effect"]["text"])) == ("moved, for the better", "+6.3 pts")
    assert plain(one["interval"]["text"]) == "+2.1 to +10.5"
    states = [effect["state"] for action in document["actions"] for effect in action["effects"]]
    assert sorted(states) == [
        "better", "better", "no_detectable_effect", "not_in_force", "too_early",
    ]  # fmt: skip
    for verdict in ("too_early", "not_in_force"):
        early = next(
            e for a in document["actions"] for e in a["effects"] if e["verdict"] == verdict
        )
        assert early["effect"] is early["interval"] is None
    german = document_of(story(), name="p0123456789ac", language="de")
    words = [effect["word"] for action in german["actions"] for effect in action["effects"]]
    assert "noch nicht in Kraft" in words


def test_a_segments_edition_has_no_effects_and_no_signs_of_steering(
    document_of: DocumentOf,
) -> None:
    document = document_of(story(), scope="segment=enterprise")
    assert {tuple(action["effects"]) for action in document["actions"]} == {()}
    assert document["gaming"] is None
    assert document["drivers"] is not None


@pytest.mark.parametrize(
    ("significant", "improved", "words"),
    [(True, 45.4, "answer better"), (True, 11.0, "answer worse"), (False, 45.4, "do not differ")],
)
def test_following_up_is_praised_only_where_the_difference_is_proven(
    document_of: DocumentOf, significant: bool, improved: float, words: str
) -> None:
    told = {"is_significant": significant, "improved_share": improved}
    document = document_of(story(changed("rpt_closed_loop", told)))
    assert words in document["closed_loop"]["note"]


def test_signs_of_steering_name_what_was_found_and_what_was_not(document_of: DocumentOf) -> None:
    panel = document_of(story())["gaming"]
    assert [row["signal"] for row in panel["rows"]] == ["bursts of answers"]
    assert panel["rows"][0]["detail"] == "Relationship survey: 14 Oct 2026, the hour from 09:00"
    assert panel["note"].startswith("Looked for and not found: duplicate answers")
    clean = document_of(story(topics=Topics(flagged=0)), name="p00000000000b")["gaming"]
    assert clean["rows"] == []
    assert clean["note"].startswith("None found. Looked for and not found: bursts")


def test_a_long_comment_ends_at_a_word_and_says_so() -> None:
    assert shortened("short", 260) == "short"
    cut = shortened("word " * 100, 60)
    assert len(cut) <= 60
    assert cut.endswith("word…")
    assert shortened("漢" * 400, 60) == "漢" * 59 + "…"


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("شكرا جزيلا", "rtl"),
        ("123: شكرا", "rtl"),
        ("تطبيق App", "rtl"),
        ("App שלום", "ltr"),
        ("ありがとう", "ltr"),
        ("💥 42", "ltr"),
    ],
)
def test_a_quote_runs_the_way_its_first_letter_does(text: str, way: str) -> None:
    assert direction(text) == way


def test_a_column_an_older_publication_lacks_is_null(settings: Settings) -> None:
    publication = publish(settings, story(months=2))
    wanted = {"rpt_metrics": ["value", "not_there_yet"]}
    query = "select value, not_there_yet from rpt_metrics where value is not null limit 1"
    with pytest.raises(ReportError, match="not_there_yet"):
        scope.run(publication, "all", {"probe": query}, {})
    (row,) = scope.run(publication, "all", {"probe": query}, {}, (), wanted)["probe"]
    assert row["value"] is not None
    assert row["not_there_yet"] is None
