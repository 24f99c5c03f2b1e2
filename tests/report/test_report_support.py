"""The page about support: its numbers are the tables' own, and it says only what a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from report_making import Made, make
from report_world import LAST, METRICS, Row, Story

from wellheard.report import data, panels_support, verify
from wellheard.report.pdf_text import runs

Tables = dict[str, list[Row]]
DocumentOf = Callable[..., dict[str, Any]]
SUPPORT = [m for m in METRICS if m[0] == "nps" or m[0] in panels_support.METRICS]
BLANK = dict.fromkeys(
    ("n", "value", "low", "high", "previous", "previous_n", "change", "change_low", "change_high",
     "p", "p_adjusted")
)  # fmt: skip


def story(edit: Callable[[Tables], None] | None = None, **changes: Any) -> Story:
    """NPS and all of support, few stages: nothing moved but what a test moves."""

    def settled(tables: Tables) -> None:
        for row in tables["rpt_metrics"]:
            if row["p"] is not None:
                row.update(p=0.4, p_adjusted=1.0)
        if edit:
            edit(tables)

    small: dict[str, Any] = {
        "metrics": SUPPORT, "stages": ["Buy", "Use", "Get help"], "touchpoints": [],
        "channels": ["Web", "Phone", "Bot"], "edit": settled,
    }  # fmt: skip
    return Story(**{**small, **changes})


def rows(tables: Tables, **wanted: object) -> Iterator[Row]:
    wanted = {"period": str(LAST), "scope": "all", **wanted}
    return (row for row in tables["rpt_metrics"] if all(row[k] == v for k, v in wanted.items()))


def changed(change: Mapping[str, object], **wanted: object) -> Story:
    def edit(tables: Tables) -> None:
        for row in rows(tables, **wanted):
            row.update(change)

    return story(edit)


MOVED = {"value": 91.0, "previous": 80.0, "change": 11.0, "change_low": 4.0, "change_high": 18.0,
         "p": 0.0001, "p_adjusted": 0.012}  # fmt: skip


def share(document: dict[str, Any], label: str) -> dict[str, Any]:
    groups = document["support"]["shares"]["groups"]
    return next(row for group in groups for row in group["rows"] if row["label"] == label)


def part(document: dict[str, Any], member: str, column: str) -> dict[str, Any]:
    parts = document["support"]["parts"]
    at = [c["label"] for c in parts["columns"]].index(column)
    found = [row for group in parts["groups"] for row in group["rows"] if row["label"] == member]
    return dict(found[0]["cells"][at])


def sentence(document: dict[str, Any]) -> str:
    return str(document["support"]["sentence"]).replace("\u00a0", " ")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("support"), story())


def test_every_number_of_the_page_is_the_tables_own(made: Made) -> None:
    with made.publication.connect() as reader:
        cursor = reader.execute(
            "select * from rpt_metrics where scope = 'all' and period = ?", [str(LAST)]
        )
        columns = [column[0] for column in cursor.description or []]
        table = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    own = {(r["metric"], r["dimension"], r["member"]): r for r in table}
    support = made.document["support"]
    figures = {f["id"]: f for _, f in data.figures_of(support)}
    labels = {m[0]: m[1] for m in METRICS}
    for metric in panels_support.METRICS:
        row = own[metric, "all", "all"]
        value = figures[f"support/{metric}/{LAST}/value"]
        assert (value["value"], value["low"], value["high"], value["n"]) == (
            row["value"], row["low"], row["high"], row["n"],
        )  # fmt: skip
        change = figures[f"support/{metric}/{LAST}/change"]
        assert (change["value"], change["low"], change["high"]) == (
            row["change"], row["change_low"], row["change_high"],
        )  # fmt: skip
    for time in support["times"]["rows"]:
        median = next(m for m in panels_support.TIMES if labels[m] == time["label"])
        assert time["median"]["value"]["value"] == own[median, "all", "all"]["value"]
        p90 = own[panels_support.TIMES[median], "all", "all"]
        assert time["p90"]["value"]["value"] == p90["value"]
    phone = part(made.document, "Phone", "First contact")["value"]
    row = own["first_contact_resolution", "channel", "phone"]
    assert (phone["value"], phone["n"]) == (row["value"], row["n"])
    bars = {c["metric"]: c["bars"] for c in support["counts"]}
    assert len(bars["case_backlog"]) == len(made.document["months"]["rows"])
    assert bars["case_backlog"][-1]["value"] == own["case_backlog", "all", "all"]["value"]


@pytest.mark.parametrize(("language", "scope"), [("en", "all"), ("de", "segment=small_business")])
def test_every_figure_of_the_page_stands_in_the_pdf(
    tmp_path_factory: pytest.TempPathFactory, made: Made, language: str, scope: str
) -> None:
    if language != "en":
        made = make(tmp_path_factory.mktemp(language), story(), language=language, scope=scope)
    assert verify.verify(made.pdf, made.document) > 100
    assert verify.collisions(runs(made.pdf)) == []
    text = " ".join(run.text for run in runs(made.pdf)).replace("\u00a0", " ")
    assert ("business hours" if language == "en" else "Geschäftsstunden") in text


def test_page_one_counts_the_tests_the_edition_prints(document_of: DocumentOf) -> None:
    document = document_of(story(metrics=METRICS))
    tested = {
        t["metric"] for t in document["tests"] if (t["kind"], t["dimension"]) == ("change", "all")
    }
    others = len(tested - {"nps"})
    assert (
        f"The same holds for the other {others} metrics this edition tests."
        in document["headline"]["deck"]
    )
    printed = {
        metric
        for _, figure in data.figures_of(document)
        for metric in tested
        if figure["id"].endswith(f"{metric}/{LAST}/value")
    }
    assert printed == tested
    assert {"ces_top2", "first_contact_resolution", "bot_resolution_rate"} <= printed
    of_support = len(tested & set(panels_support.METRICS))
    assert f"None of the {of_support} support figures tested changed" in sentence(document)


def test_without_a_passed_test_the_page_claims_nothing(document_of: DocumentOf) -> None:
    document = document_of(story())
    assert sentence(document) == (
        "None of the 7 support figures tested changed by more than chance since September, "
        "neither over all cases nor in a part of them."
    )
    states = [r["state"] for g in document["support"]["shares"]["groups"] for r in g["rows"]]
    assert set(states) == {"same"}
    cells = [c for g in document["support"]["parts"]["groups"] for r in g["rows"]
             for c in r["cells"]]  # fmt: skip
    assert {(c["change"], c["state"]) for c in cells} == {(None, "")}


def test_a_change_that_passed_is_told_here_and_on_page_one(document_of: DocumentOf) -> None:
    told = changed(MOVED, metric="first_contact_resolution", dimension="all")
    document = document_of(told)
    said = "First-contact resolution +11.0 pts to 91.0% (better; by chance alone: 1.2% of months)"
    assert sentence(document) == f"Since September, by more than chance: {said}."
    row = share(document, "First-contact resolution")
    assert (row["state"], row["status"].replace("\u00a0", " ")) == ("better", "better, p = 0.012")
    first = document["findings"][0]
    assert "First-contact resolution rose by 11.0" in first["title"]
    german = document_of(told, name="p00000000000b", language="de")
    assert "über den Zufall hinaus: Beim ersten Kontakt gelöst +11,0" in sentence(german)


def test_a_time_is_never_said_to_have_changed(document_of: DocumentOf) -> None:
    document = document_of(
        changed({"previous": 9000.0, "change": -8000.0}, metric="first_reply_minutes_p90")
    )
    assert sentence(document).startswith("None of the 7 support figures tested changed")
    time = document["support"]["times"]["rows"][0]
    assert time["p90"]["change"]["value"] == -8000.0


def test_a_channel_that_moved_is_named_and_the_others_print_no_change(
    document_of: DocumentOf,
) -> None:
    document = document_of(changed(MOVED, metric="case_csat", dimension="channel", member="phone"))
    assert sentence(document) == (
        "None of the 7 support figures tested changed by more than chance since September. "
        "In parts of the cases: Case satisfaction, Phone +11.0 pts to 91.0% "
        "(better; by chance alone: 1.2% of months)."
    )
    moved = part(document, "Phone", "Case CSAT")
    assert (moved["state"], moved["change"]["value"]) == ("better", 11.0)
    assert part(document, "Web", "Case CSAT")["change"] is None


def test_a_month_out_of_the_ordinary_is_told_only_where_its_test_passed(
    document_of: DocumentOf,
) -> None:
    mark = {"signal": "outside", "limit_low": 20.0, "limit_high": 60.0, "centre": 40.0,
            "value": 10.0, "provisional_limits": False}  # fmt: skip
    where = {"metric": "bot_resolution_rate", "dimension": "all"}
    proven = document_of(changed({**mark, "signal_p_adjusted": 0.01}, **where))
    said = "Resolved by the bot is out of the ordinary, for the worse."
    assert sentence(proven).endswith(said)
    assert proven["findings"][-1]["title"] == said
    open_ = document_of(changed({**mark, "signal_p_adjusted": 0.2}, **where), name="p00000000000b")
    assert "out of the ordinary" not in sentence(open_)


def test_what_is_hidden_or_has_too_few_cases_says_so(document_of: DocumentOf) -> None:
    def edit(tables: Tables) -> None:
        for row in rows(tables, metric="case_csat", dimension="channel", member="phone"):
            row.update(BLANK, suppressed=True)
        for row in rows(tables, metric="case_csat", dimension="channel", member="web"):
            row.update(BLANK, n=0)
        for row in rows(tables, metric="first_reply_minutes_p90"):
            row.update(value=None, low=None, high=None, change=None, n=30)

    document = document_of(story(edit))
    hidden, silent = (part(document, name, "Case CSAT") for name in ("Phone", "Web"))
    assert (hidden["value"]["text"], hidden["value"]["value"], hidden["n"]) == (
        "too few", None, None,
    )  # fmt: skip
    assert silent["value"] is None
    first = document["support"]["times"]["rows"][0]
    assert (first["p90"]["value"]["text"], first["p90"]["change"]) == ("too few", None)
    assert first["median"]["value"]["value"] is not None


def test_a_month_without_a_count_is_a_gap_and_not_a_zero(document_of: DocumentOf) -> None:
    backlog = document_of(changed(BLANK | {"n": 0}, metric="case_backlog", period="2026-05"))
    (count, *_) = backlog["support"]["counts"]
    bar = next(bar for bar in count["bars"] if bar["period"] == "2026-05")
    assert (bar["value"], bar["text"]) == (None, "no data")
    assert count["gaps"] == "–: too few, or no data"
    assert "May 2026 no data" in count["alt"]


def test_a_segments_edition_has_its_channels_and_no_segments(document_of: DocumentOf) -> None:
    whole, own = (
        document_of(story(), name=f"p00000000000{scope[0]}", scope=scope)["support"]["parts"]
        for scope in ("all", "segment=small_business")
    )
    assert [group["heading"] for group in whole["groups"]] == ["Channel", "Segment"]
    assert [group["heading"] for group in own["groups"]] == ["Channel"]
    assert own["heading"] == "By channel"


def test_a_publication_without_support_has_no_page_and_no_word_of_it(
    document_of: DocumentOf,
) -> None:
    document = document_of(story(metrics=METRICS[:1]))
    assert document["support"] is None
    assert "Support" not in {line["title"] for line in document["not_shown"]}


def test_support_without_a_case_is_one_sentence_and_no_page(document_of: DocumentOf) -> None:
    def silent(tables: Tables) -> None:
        for row in tables["rpt_metrics"]:
            if row["metric"] != "nps":
                row.update(BLANK, n=0, suppressed=False)

    document = document_of(story(silent))
    assert document["support"] is None
    assert [line for line in document["not_shown"] if line["title"] != "Touchpoints"] == [
        {"title": "Support", "text": "No source has cases of these months."}
    ]


@pytest.mark.parametrize("language", ["en", "de"])
def test_figures_that_nothing_was_counted_for_are_named_where_support_has_others(
    document_of: DocumentOf, language: str
) -> None:
    """As where no case has business hours: its times would be missing without a word."""
    times = {*panels_support.TIMES, *panels_support.TIMES.values()}

    def untimed(tables: Tables) -> None:
        for row in tables["rpt_metrics"]:
            if row["metric"] in times:
                row.update(BLANK, n=0, suppressed=False)

    document = document_of(story(untimed), name=f"p00000000000{len(language)}", language=language)
    assert document["support"]["times"] is None
    said = {
        "en": "Without any data in these months: First reply time, Full resolution time and First "
        "resolution time.",
        "de": "In diesen Monaten ohne Daten: Zeit bis zur ersten Antwort, Zeit bis zur "
        "Lösung und Zeit bis zur ersten Lösung.",
    }
    assert said[language] in [line["text"] for line in document["not_shown"]]
