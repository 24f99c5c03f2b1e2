"""The journey map, and the pages that say how each figure is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from report_making import Made, make
from report_world import METRICS, Row, Story
from topic_tables import Topics

from wellheard import metric_catalogue
from wellheard.report import verify
from wellheard.report.pdf_text import runs
from wellheard.settings import PROJECT

Tables = dict[str, list[Row]]
DocumentOf = Callable[..., dict[str, Any]]
SHORT = [m for m in METRICS if m[0] in ("nps", "csat", "first_reply_minutes")]


def story(edit: Callable[[Tables], None] | None = None, **changes: Any) -> Story:
    small: dict[str, Any] = {
        "metrics": SHORT, "stages": ["Buy", "Use", "Get help"],
        "touchpoints": ["Checkout", "App home", "Phone support"],
        "channels": ["Web", "Phone", "Chat"], "topics": Topics(), "edit": edit,
    }  # fmt: skip
    return Story(**{**small, **changes})


def cells(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """The cells of the map by touchpoint and channel."""
    found = document["journey_map"]
    channels = [name for group in found["groups"] for name in group["names"]]
    return {
        (row["label"], channel): cell
        for row in found["rows"]
        for channel, cell in zip(channels, row["cells"], strict=True)
    }


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("map"), story())


def test_a_cell_of_the_map_says_its_score_or_why_there_is_none(made: Made) -> None:
    found = cells(made.document)
    assert {cell["state"] for cell in found.values()} == {"scored", "silent", "hidden", "absent"}
    for cell in found.values():
        scored = cell["state"] == "scored"
        assert scored == (cell["interval"] is not None) == (cell["n"] is not None)
        assert (cell["value"] is None) == (cell["state"] in ("silent", "absent"))
        if cell["state"] == "hidden":
            assert (cell["value"]["text"], cell["value"]["value"]) == ("too few", None)
        if cell["state"] == "silent":
            assert cell["contacts"]["value"] > 0
    text = squeezed(" ".join(run.text for run in runs(made.pdf)))
    assert "noanswers" in text
    assert "toofew" in text
    assert verify.verify(made.pdf, made.document) > 400


def test_the_maps_numbers_are_the_tables_own(made: Made) -> None:
    with made.publication.connect() as reader:
        rows = reader.execute(
            "select touchpoint_label, channel_label, n, value, low, high, volume"
            " from rpt_journey_cells where scope = 'all' and channel != 'all' and value is not null"
        ).fetchall()
    assert rows
    found = cells(made.document)
    for touchpoint, channel, n, value, low, high, volume in rows:
        cell = found[touchpoint, channel]
        assert cell["value"]["text"] == f"{value:.0f}%"
        assert cell["interval"]["text"] == f"{low:.0f} to {high:.0f}%"
        assert (cell["n"]["value"], cell["contacts"]["value"]) == (n, volume)


def test_shading_is_never_the_only_cue(made: Made) -> None:
    shaded = [cell for cell in cells(made.document).values() if cell["shade"]]
    marks = made.html.count("▲") + made.html.count("▼")
    assert shaded
    assert marks >= len(shaded)


def test_a_channel_nobody_was_met_through_has_no_column(document_of: DocumentOf) -> None:
    def nobody(tables: Tables) -> None:
        for row in tables["rpt_journey_cells"]:
            if row["channel"] == "chat":
                row.update(n=0, value=None, low=None, high=None, volume=0, suppressed=False)

    groups = document_of(story(nobody))["journey_map"]["groups"]
    assert [name for group in groups for name in group["names"]] == ["Web", "Phone"]


def test_every_kind_of_figure_an_edition_prints_is_defined_in_it_and_no_other(
    document_of: DocumentOf,
) -> None:
    known = {one.label: one for one in metric_catalogue.figures()}
    everything = {row["label"] for row in document_of(story())["figures"]}
    assert everything <= set(known)
    for label in (
        "Driver importance (LMG)", "What a theme costs or brings", "Channel consistency",
        "Who stays (Kaplan-Meier)", "Effect of an action", "What moved the score", "Closed loop",
        "Score by customer base", "What silence could hide", "Moments of truth", "Journey map",
        "Churn (customers)", "Revenue at risk", "Burst of answers",
    ):  # fmt: skip
        assert label in everything

    def without(tables: Tables) -> None:
        for name in ("rpt_survival", "rpt_drivers", "rpt_gaming"):
            tables[name] = []
        for row in tables["rpt_money"]:
            if row["measure"] == "revenue_at_risk":
                row.update(value=None, low=None, high=None)

    fewer = {row["label"] for row in document_of(story(without), name="p00000000000b")["figures"]}
    assert everything - fewer == {
        "Who stays (Kaplan-Meier)", "Explained by all drivers", "Driver importance (LMG)",
        "Driver performance", "Revenue at risk", "Burst of answers", "Repeated answers",
        "Straight-lining", "Invitations kept from the unhappy",
    }  # fmt: skip


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_method_pages_print_the_catalogue_itself(
    tmp_path_factory: pytest.TempPathFactory, language: str
) -> None:
    made = make(tmp_path_factory.mktemp(f"method_{language}"), story(), language=language)
    text = squeezed(" ".join(run.text for run in runs(made.pdf)))
    texts = yaml.safe_load((PROJECT / "templates" / "texts" / f"{language}.yml").read_text())
    own = (texts["catalogue"] or {}).get("figures", {})
    figures = {one.name: one for one in metric_catalogue.figures()}
    for name in ("driver_share", "theme_cost", "channel_consistency", "survival", "movement"):
        told = own.get(name, {})
        for part in ("label", "definition", "formula", "interval"):
            assert squeezed(told.get(part, getattr(figures[name], part))) in text, (name, part)
    for kind in metric_catalogue.kinds():
        if kind.unit in ("points", "percent"):
            formula = (
                (texts["catalogue"] or {})
                .get("units", {})
                .get(kind.unit, {})
                .get("formula", kind.formula)
            )
            assert squeezed(formula) in text
