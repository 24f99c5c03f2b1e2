"""Small cells everywhere: what stands in the place of a number fits its column in any language."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from itertools import pairwise

import pytest
from report_making import Made, make
from report_world import Row, Story
from topic_tables import Topics

from wellheard.report import verify
from wellheard.report.data import figures_of
from wellheard.report.language import load
from wellheard.report.pdf_text import Run, runs
from wellheard.settings import PROJECT

# Numbers that are no figure of their row: places, and what is the same for every row of a panel.
_ALWAYS = {"position", "months", "margin", "family_size", "r2", "r2_low", "r2_high"}


def half_is_small(which: int) -> Callable[[dict[str, list[Row]]], None]:
    """Every second row of every table that can hide one is hidden, and all months of a member."""

    def edit(tables: dict[str, list[Row]]) -> None:
        for name, rows in tables.items():
            if name == "rpt_metrics":
                members = sorted({(r["dimension"], r["member"]) for r in rows})
                places = {key: at for at, key in enumerate(members)}
                small = [
                    row for row in rows
                    if row["dimension"] != "all"
                    and places[row["dimension"], row["member"]] % 2 == which
                ]  # fmt: skip
            elif len(rows) > 1 and "suppressed" in rows[0]:
                small = rows[which::2]
            else:
                small = []
            for row in small:
                row.update(_hidden(row))

    return edit


def _hidden(row: Row) -> Row:
    numbers = {
        name: None
        for name, value in row.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool) and name not in _ALWAYS
    }
    claims = {"is_significant": False} if row.get("is_significant") is not None else {}
    return {**numbers, **claims, "suppressed": True}


@pytest.fixture(
    scope="module", params=[("de", 0), ("de", 1), ("en", 1)], ids=lambda p: f"{p[0]}-{p[1]}"
)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    language, which = request.param
    story = Story(topics=Topics(), edit=half_is_small(which))
    return make(tmp_path_factory.mktemp("small"), story, language=language)


def broken_words(letters: list[Run], html: str) -> list[str]:
    """Words of the page that end one run and go on in the next: broken inside at a line's end.

    An address is as long as it is, and may.
    """
    text = re.sub(r"<style.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL)
    whole = set(unescape(text).split())
    broken = []
    for one, two in pairwise(letters):
        end, start = one.text.split()[-1:], two.text.split()[:1]
        if end and start and not (end[0] in whole and start[0] in whole):
            word = end[0] + start[0]
            is_right = end[0].endswith("-") or "/" in word
            broken += [word] if word in whole and not is_right else []
    return broken


def test_an_edition_full_of_small_cells_has_every_word_whole_and_in_its_place(made: Made) -> None:
    few = load(PROJECT / "templates", made.document["language"]).say("words.suppressed")
    hidden = [path for path, figure in figures_of(made.document) if figure["text"] == few]
    assert {path.split("/")[1] for path in hidden} >= {
        "journey", "touchpoints", "journey_map", "moments", "movement", "comments", "money",
        "response", "pain",
    }  # fmt: skip
    assert verify.verify(made.pdf, made.document) > 800
    letters = runs(made.pdf)
    assert verify.cut_texts(letters) == []
    assert verify.collisions(letters) == []
    assert broken_words(letters, made.html) == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_word_of_a_usual_edition_breaks_inside(
    tmp_path_factory: pytest.TempPathFactory, language: str
) -> None:
    made = make(tmp_path_factory.mktemp("usual"), Story(topics=Topics()), language=language)
    assert broken_words(runs(made.pdf), made.html) == []
