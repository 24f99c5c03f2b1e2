"""Texts that attack, and three times the usual content."""

from __future__ import annotations

import re
import socket
from collections import Counter
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from report_making import Made, make
from report_world import METRICS, Story
from topic_tables import Topics

from wellheard.errors import ReportError
from wellheard.report import render, verify
from wellheard.report.pdf_text import runs
from wellheard.report.plain_text import covered, plain
from wellheard.settings import PROJECT

FONTS = PROJECT / "templates" / "fonts"
HOSTILE = [
    '<script>alert(1)</script><img src="file:///etc/passwd">',
    "{{ 7*7 }} {% raw %} ${x} {name}",
    '=HYPERLINK("http://example.com")',
    "javascript:alert(document.cookie)",
    "before\u202edesrever\u202c\x00\x07\u200b after\ttab\nline",
    "💥 boom 🚀",
    "ありがとうございます",
    "شكرا جزيلا",
]
SHOWN = [*HOSTILE[:4], "beforedesrever after tab line", *HOSTILE[5:]]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Made:
    labels = list(HOSTILE)
    story = Story(
        stages=labels,
        touchpoints=labels,
        channels=["<b>Web</b>", "アプリ", "متجر", "{{phone}}", "Chat"],
        segments=["<i>Consumer</i>", "企業"],
        quarantine=[("<b>source</b>", label, 3) for label in labels],
        actions=[(t, t, "2026-12-01", "on_track", "all", "all") for t in labels],
        verdict="WARN",
        warnings=[("<b>volume</b>", label) for label in labels[:3]],
        topics=Topics(
            drivers={f"d{i}": (t, 9.0 - i, 60.0 + i, i < 5) for i, t in enumerate(labels)},
            themes={f"t{i}": (t, 4.0 - i, i < 5) for i, t in enumerate(reversed(labels))},
            quotes=[*labels[:2], labels[-1]],
            surveys=labels,
        ),
    )
    return make(tmp_path_factory.mktemp("hostile"), story, title="<b>The</b> {{ team }}")


LONG = "a rather long label that somebody in the company once gave to "


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Made:
    touchpoints = [f"{LONG}touchpoint {i} Donaudampfschifffahrtsgesellschaft" for i in range(25)]
    story = Story(
        stages=[f"{LONG}stage {i}" for i in range(20)],
        touchpoints=touchpoints,
        channels=[f"channel with a long name {i}" for i in range(12)],
        segments=[f"segment {i} of customers with a long name" for i in range(5)],
        quarantine=[(f"source_{i % 4}_of_records", f"reason_{i}_in_so_many_words", i + 1)
                    for i in range(40)],
        actions=[(f"{LONG * 2}action {i}", f"{LONG}owner", "2026-12-01", "at_risk", "all", "all")
                 for i in range(15)],
        restated=[(f"2026-0{m}", k, 27.4, 1588, 27.1, 1603)
                  for m in range(1, 9) for k in ("nps", "csat")],
        verdict="WARN",
        warnings=[(f"w{i}", f"2026-10-{i + 1:02d}: {i} records of source_{i} landed, 80 are usual")
                  for i in range(12)],
        metrics=[(m, f"{label} with a rather longer label", u, b, x, d * 3)
                 for m, label, u, b, x, d in METRICS],
        topics=Topics(
            drivers={f"driver_{i}": (f"{LONG}driver {i}", 9.0 - i / 2, 50.0 + 3 * i, i < 8)
                     for i in range(12)},
            themes={f"theme_{i}": (f"{LONG}theme {i}", 6.0 - i / 3, i < 9) for i in range(24)},
            quotes=[f"{LONG * 6} quote {i}" for i in range(9)],
            surveys=[f"{LONG}survey {i}" for i in range(9)],
            flagged=4,
        ),
    )  # fmt: skip
    return make(tmp_path_factory.mktemp("large"), story)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def printed(pdf: bytes) -> str:
    return squeezed("".join(run.text for run in runs(pdf)))


def test_hostile_texts_are_printed_as_text(hostile: Made) -> None:
    text = printed(hostile.pdf)
    for shown in SHOWN[:-1]:
        assert squeezed(shown) in text, shown
    assert squeezed("<b>The</b> {{ team }}") in text
    # Arabic is shaped and painted from right to left: its letters are there, not their order.
    assert set(SHOWN[-1]) - {" "} <= set(text)
    assert "49" not in [run.text for run in runs(hostile.pdf)]


def test_hostile_quotes_are_printed_as_text_in_their_own_direction(hostile: Made) -> None:
    quotes = [q for theme in hostile.document["comments"]["quotes"] for q in theme["quotes"]]
    assert {q["text"] for q in quotes} >= {SHOWN[0], SHOWN[1], SHOWN[-1]}
    assert {q["direction"] for q in quotes if q["text"] == SHOWN[-1]} == {"rtl"}
    assert '<p dir="rtl" lang="en">' in hostile.html
    text = printed(hostile.pdf)
    assert text.count(squeezed(SHOWN[0])) > len(hostile.document["comments"]["quotes"])


def test_hostile_texts_are_neither_markup_nor_links_nor_scripts(hostile: Made) -> None:
    assert "<script>alert" not in hostile.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in hostile.html
    with pikepdf.open(BytesIO(hostile.pdf)) as pdf:
        assert not any("/Annots" in page for page in pdf.pages)
        assert not {"/OpenAction", "/AA"} & set(pdf.Root.keys())
        assert "/JavaScript" not in pdf.Root.get("/Names", {})


def test_hostile_texts_leave_the_report_whole_and_accessible(hostile: Made) -> None:
    letters = runs(hostile.pdf)
    assert verify.verify(hostile.pdf, hostile.document) > 300
    assert verify.collisions(letters) == []
    page = pytest.importorskip("page", reason="page-validation is not installed")
    report = page.validate_pdf_bytes(hostile.pdf, profile=page.ValidationProfile.PDF_UA_1)
    assert [failure.message for failure in report.failures] == []


def test_a_character_no_bundled_font_has_is_printed_as_a_box() -> None:
    drawable = covered(FONTS)
    assert plain("한 ok \ue000\U000e0041\ufdd0", drawable) == "□ ok □□"
    assert plain("a\u2066b\u2069\ufeffc\u0301", drawable) == "abć"


@pytest.mark.parametrize(
    "reference",
    [
        '<img alt="x" src="file:///etc/passwd">',
        '<img alt="x" src="{loopback}/pixel.png">',
        '<img alt="x" src="../../../etc/passwd">',
        '<img alt="x" src="data:image/png;base64,AAAA">',
        '<style>p {{ background: url("{loopback}/a.png") }}</style>',
        '<style>@import "{loopback}/a.css";</style>',
        '<link rel="stylesheet" href="{loopback}/a.css">',
        '<link rel="attachment" href="/etc/hostname">',
        '<svg><image href="{loopback}/a.png" width="5" height="5"/></svg>',
    ],
)
def test_nothing_is_fetched_but_bundled_templates(hostile: Made, reference: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        loopback = f"http://127.0.0.1:{server.getsockname()[1]}"
        body = reference.format(loopback=loopback)
        html = f'<html lang="en"><head><title>t</title></head><body><p>x</p>{body}</body></html>'
        refused = "which is not bundled|Failed to render SVG image"
        with pytest.raises(ReportError, match=refused):
            render.to_pdf(hostile.settings, hostile.document, html)
        with pytest.raises(BlockingIOError):
            server.accept()  # nobody came


def test_a_bundled_template_may_be_fetched(hostile: Made) -> None:
    html = (
        '<html lang="en"><head><title>t</title><link rel="stylesheet" href="layout/report.css">'
        "</head><body><h1>x</h1></body></html>"
    )
    assert render.to_pdf(hostile.settings, hostile.document, html).startswith(b"%PDF")


def test_three_times_the_usual_content_overflows_nothing_and_cuts_nothing(large: Made) -> None:
    letters = runs(large.pdf)
    assert verify.verify(large.pdf, large.document) > 900
    assert verify.cut_texts(letters) == []
    assert verify.collisions(letters) == []


def test_three_times_the_usual_content_is_all_there(large: Made) -> None:
    text = printed(large.pdf)
    rows = [
        *(row["label"] for row in large.document["journey"]["rows"]),
        *(row["label"] for row in large.document["touchpoints"]["rows"]),
        *(row["reason"] for row in large.document["quarantine"]["rows"]),
        *(row["title"] for row in large.document["actions"]),
        *(warning["message"] for warning in large.document["verdict"]["warnings"]),
    ]
    assert len(rows) == 20 + 25 + 40 + 15 + 12
    parts = [table for column in large.document["movement"]["columns"] for table in column]
    rows += [
        *(row["label"] for row in large.document["pain"]["rows"]),
        *(row["label"] for table in parts for row in table["rows"]),
        *(row["label"] for row in large.document["drivers"]["rows"]),
        *(row["label"] for g in large.document["comments"]["groups"] for row in g["rows"]),
        *(row["label"] for row in large.document["journey_map"]["rows"]),
        *(quote["text"] for t in large.document["comments"]["quotes"] for quote in t["quotes"]),
        *(row["label"] for row in large.document["response"]["rows"]),
    ]
    assert len(rows) > 112 + 20 + 45 + 8 + 10 + 12 + 9 - 1
    assert [row for row in rows if squeezed(row) not in text] == []


def test_many_segments_with_long_names_leave_no_page_all_but_empty(tmp_path: Path) -> None:
    """Columns that stand side by side cannot be divided among pages, and began a new one."""
    story = Story(
        segments=[f"{i} customers of a business unit with a long name" for i in range(15)],
        touchpoints=[f"{i} touchpoint of a business unit with a long name" for i in range(15)],
        topics=Topics(),
    )
    made = make(tmp_path, story)
    assert verify.verify(made.pdf, made.document) > 300
    lines = Counter(page for page, _ in {(run.page, round(run.box[1])) for run in runs(made.pdf)})
    assert min(lines[page] for page in lines if page < max(lines)) > 8, lines


def test_three_times_the_usual_content_is_still_accessible(large: Made) -> None:
    assert verify.structure_problems(large.pdf, "en") == []


def test_the_fonts_carry_their_licences() -> None:
    families = {re.sub(r"-\w+$", "", path.stem) for path in FONTS.glob("*.ttf")}
    licences = {path.stem.removeprefix("OFL-") for path in FONTS.glob("OFL-*.txt")}
    assert families == licences
    for path in FONTS.glob("OFL-*.txt"):
        assert "SIL Open Font License" in Path(path).read_text(encoding="utf-8")
