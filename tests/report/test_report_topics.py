"""Journeys, drivers, comments, money and actions: what the tables say is what stands in print."""

from __future__ import annotations

from typing import Any

import pytest
from report_making import Made, assemble, make
from report_publication import publish
from report_world import Row
from topic_story import DocumentOf, Tables, changed, emptied, of, plain, story, themes_of
from topic_tables import NAMES, Topics

from wellheard.errors import ReportError
from wellheard.report import data, render, scope, topic_charts, verify
from wellheard.report.pdf_text import runs
from wellheard.settings import PROJECT, Settings

PANELS = (
    "pain", "moments", "journey_map", "paths", "consistency", "movement", "drivers", "comments",
    "money", "closed_loop", "response", "gaming",
)  # fmt: skip


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


def test_money_of_a_segment_stays_on_one_page(settings: Settings) -> None:
    document = assemble(settings, publish(settings, story()), scope="segment=enterprise")
    html = render.render(settings, document).html
    before, _, after = html.partition('<h2 class="head">Money</h2>')
    assert before.rstrip().endswith('<div class="keep">')
    block = after.partition('<p class="say">')[0]
    assert block.count("</div>") <= block.count("<div"), "open until its last words"


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
        "importance 14% (95%: 9 to 19%): so much of what sets high and low NPS answers apart goes "
        "with it."
    )
    assert lines["theme"]["title"] == "Waiting for help"
    assert "4.6 points less NPS (95%: 3.7 to 5.5)" in plain(lines["theme"]["text"])
    assert lines["money"]["title"] == "13,100 to 49,400"

    def nothing(tables: Tables) -> None:
        for name in ("rpt_drivers", "rpt_themes", "rpt_money"):
            for row in tables[name]:
                row["is_significant"] = False

    assert document_of(story(nothing), name="p00000000000b")["topics"] == []


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


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "Unhappy answers (381): 362 counted under Followed up, 7 with time left and 12 of "
             "customers not known."),
        ({"n": 350, "waiting": 0}, "Unhappy answers (381): 350 counted under Followed up, 12 of "
                                   "customers not known and 19 where no source tells of "
                                   "contacts."),
        ({"unknown_customer": 1, "n": 373}, "7 with time left and 1 of customers not known."),
        ({"n": 381, "waiting": 0, "unknown_customer": 0}, None),
    ],
)  # fmt: skip
def test_the_counts_of_the_closed_loop_add_up(
    document_of: DocumentOf, told: dict[str, int], said: str | None
) -> None:
    note = document_of(story(changed("rpt_closed_loop", told)))["closed_loop"]["note"]
    assert said in note if said else "Unhappy answers (" not in note


def test_bounds_that_would_tell_of_a_few_say_so(document_of: DocumentOf) -> None:
    def edit(tables: Tables) -> None:
        row = tables["rpt_sample"][0]
        row.update(dict.fromkeys(("partial", "rr2", "bound_low", "bound_high")))

    panel = document_of(story(edit))["response"]
    texts = [row["bounds"] and row["bounds"]["text"] for row in panel["rows"]]
    assert texts.count("too few") == 1
    assert "the bounds would tell of fewer than 5 answers in part" in panel["note"]
    usual = document_of(story(), name="p0123456789ac")["response"]
    assert "Too few" not in usual["note"]


def test_a_curve_that_ends_early_is_named_where_it_ends(document_of: DocumentOf) -> None:
    def followed_for_three_months(tables: Tables) -> None:
        rows = tables["rpt_survival"]
        rows[:] = [r for r in rows if r["curve"] != "detractor" or r["month"] <= 3]

    curves = document_of(story(followed_for_three_months))["money"]["survival"]
    chart = topic_charts.survival(curves, PROJECT / "templates" / "fonts", 287, 120)
    texts = [t for layer in chart["layer"] for t in layer["data"]["values"] if "t" in t]
    across = {text["t"]: text["x"] / chart["width"] for text in texts}
    assert across["Detractors"] < 0.2
    assert across["Promoters"] > 1


def test_signs_of_steering_name_what_was_found_and_what_was_not(document_of: DocumentOf) -> None:
    panel = document_of(story())["gaming"]
    assert [row["signal"] for row in panel["rows"]] == ["bursts of answers"]
    assert panel["rows"][0]["detail"] == "Relationship survey: 14 Oct 2026, the hour from 09:00"
    assert panel["note"].startswith("Looked for and not found: duplicate answers")
    clean = document_of(story(topics=Topics(flagged=0)), name="p00000000000b")["gaming"]
    assert clean["rows"] == []
    assert clean["note"].startswith("None found. Looked for and not found: bursts")


def test_a_column_an_older_publication_lacks_is_null(settings: Settings) -> None:
    publication = publish(settings, story(months=2))
    wanted = {"rpt_metrics": ["value", "not_there_yet"]}
    query = "select value, not_there_yet from rpt_metrics where value is not null limit 1"
    with pytest.raises(ReportError, match="not_there_yet"):
        scope.run(publication, "all", {"probe": query}, {})
    (row,) = scope.run(publication, "all", {"probe": query}, {}, (), wanted)["probe"]
    assert row["value"] is not None
    assert row["not_there_yet"] is None
