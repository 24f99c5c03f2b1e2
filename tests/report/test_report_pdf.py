"""The finished PDF: complete, accessible, whole, and the same every time."""

from __future__ import annotations

import copy
import hashlib
import os
import re
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdf
import pytest
from report_making import Made, make
from report_world import Story
from topic_tables import Topics

from wellheard.errors import ReportError
from wellheard.report import data, finish, render, verify
from wellheard.report.pdf_text import runs
from wellheard.settings import Settings

HERE = Path(__file__).parent
# Raised where compressed data happens to end in a line break; qpdf, asked below, is the judge.
FALSE_ALARM = "a stream /Length does not match its raw content length"


def rising(tables: dict[str, list[dict[str, object]]]) -> None:
    """A month in which something happened: a gap, a suppressed stage, three proven changes."""
    for row in tables["rpt_metrics"]:
        if row["period"] == "2026-04":
            row.update(dict.fromkeys(("value", "low", "high", "change", "p_adjusted")), n=0)
        if row["period"] != "2026-10":
            continue
        if row["dimension"] == "all" and row["metric"] in ("nps", "csat", "reopen_rate"):
            row.update(p_adjusted=0.004, signal="outside", signal_p_adjusted=0.02)
            row.update(limit_low=22.0, limit_high=31.0, centre=26.5)
        if row["member"] == "pay":
            row.update(dict.fromkeys(("n", "value", "low", "high", "change", "p_adjusted")))
            row["suppressed"] = True


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    story = Story(
        topics=Topics(),
        edit=rising,
        verdict="WARN",
        warnings=[("volume", "2026-10-31: 3 records of zendesk/tickets, 80 to 130 are usual")],
    )
    return make(tmp_path_factory.mktemp("report"), story)


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory) -> Made:
    story = Story(edit=rising, topics=Topics())
    return make(tmp_path_factory.mktemp("german"), story, language="de", scope="segment=enterprise")


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_every_figure_stands_in_the_pdf_as_often_as_in_the_data(made: Made) -> None:
    assert verify.verify(made.pdf, made.document) > 300


def test_another_reader_finds_every_figure_too(made: Made) -> None:
    pages = pypdf.PdfReader(BytesIO(made.pdf)).pages
    text = squeezed("".join(page.extract_text() for page in pages))
    missing = [
        figure
        for _, figure in data.figures_of(made.document)
        if squeezed(figure["text"]) not in text
    ]
    assert missing == []


def test_a_german_edition_for_a_segment_is_complete(german: Made) -> None:
    assert verify.verify(german.pdf, german.document) > 250
    text = " ".join(run.text for run in runs(german.pdf))
    assert "Nur Kunden des Segments Enterprise" in text
    assert "Consumer" not in text


def test_a_figure_that_is_not_printed_is_an_error_that_names_it(made: Made) -> None:
    document = copy.deepcopy(made.document)
    document["cards"][1]["value"]["text"] = "12,345.6%"
    with pytest.raises(ReportError, match=r"/cards/1/value '12,345\.6%' is printed 0 of 1 times"):
        verify.verify(made.pdf, document)


def test_a_figure_inside_a_longer_number_does_not_count(made: Made) -> None:
    letters = runs(made.pdf)
    for text in ("8", "78", "8.7%", "777"):  # parts of what is printed: 78.7%, 1,777
        figure = {"id": "probe", "text": text}
        whole = sum(run.text.strip() == text for run in letters)
        wanted = [("/probe", figure)] * (whole + 40)
        assert verify.missing_figures(letters, wanted)


def test_the_pdf_has_the_structure_pdf_ua_asks_for(made: Made, german: Made) -> None:
    assert verify.structure_problems(made.pdf, "en") == []
    assert verify.structure_problems(german.pdf, "de") == []


def test_planted_defects_of_structure_are_found(made: Made) -> None:
    with pikepdf.open(BytesIO(made.pdf)) as pdf:
        elements = list(finish.structure(pdf.Root.StructTreeRoot))
        del next(e for e in elements if str(e.S) == "/Figure").Alt
        del next(e for e in elements if str(e.S) == "/TH").A
        next(e for e in elements if str(e.S) == "/H2").S = pikepdf.Name.H4
        pdf.Root.Lang = "fr"
        pdf.pages[1].contents_add(b"0 0 5 5 re f")
        broken = BytesIO()
        pdf.save(broken)
    problems = " ".join(verify.structure_problems(broken.getvalue(), "en"))
    for expected in (
        "no alternative text", "has no scope", "a heading H4 follows one of level 1",
        "language is not en", "page 2: some content is neither tagged",
    ):  # fmt: skip
        assert expected in problems


@pytest.mark.parametrize("profile", ["PDF_UA_1", "PDF_A_3A"])
def test_an_independent_checker_finds_the_pdf_conforming(
    made: Made, german: Made, profile: str
) -> None:
    page = pytest.importorskip("page", reason="page-validation is not installed")
    for pdf in (made.pdf, german.pdf):
        report = page.validate_pdf_bytes(pdf, profile=page.ValidationProfile[profile])
        assert [f.message for f in report.failures if f.message != FALSE_ALARM] == []


def test_qpdf_finds_no_error(made: Made, tmp_path: Path) -> None:
    if shutil.which("qpdf") is None:
        pytest.skip("qpdf is not installed")
    path = tmp_path / "report.pdf"
    path.write_bytes(made.pdf)
    checked = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_figure_box_lies_on_its_page(made: Made) -> None:
    with pikepdf.open(BytesIO(made.pdf)) as pdf:
        boxes = [
            [float(edge) for edge in element.A.BBox]
            for element in finish.structure(pdf.Root.StructTreeRoot)
            if str(element.S) == "/Figure"
        ]
    assert len(boxes) >= 10
    for left, bottom, right, top in boxes:
        assert 0 <= left < right <= 596
        assert 0 <= bottom < top <= 842


def test_nothing_is_cut_and_nothing_collides(made: Made, german: Made) -> None:
    for pdf in (made.pdf, german.pdf):
        letters = runs(pdf)
        assert verify.cut_texts(letters) == []
        assert verify.collisions(letters) == []
        assert min(run.size for run in letters if re.search(r"\w", run.text)) >= 6.2


def test_cut_and_colliding_texts_are_found() -> None:
    html = (
        '<html lang="en"><title>t</title><body style="font:20pt Inter">'
        '<div style="overflow:hidden;width:30pt;white-space:nowrap">far too long</div>'
        '<p style="margin:0">under</p><p style="margin:0;margin-top:-24pt">over</p>'
    )
    import weasyprint

    letters = runs(weasyprint.HTML(string=html).write_pdf())
    assert "'far too long' is cut" in " ".join(verify.cut_texts(letters))
    assert "'under' and 'over' collide" in " ".join(verify.collisions(letters))


def test_no_page_is_nearly_empty_and_the_pages_are_the_promised_ones(
    made: Made, german: Made
) -> None:
    for pdf in (made.pdf, german.pdf):
        pages: dict[int, list[float]] = {}
        for run in runs(pdf):
            if 60 < run.box[1] < 790:  # without running heads and feet
                pages.setdefault(run.page, []).append(run.box[1])
        assert len(pages) <= 14
        for number, levels in pages.items():
            # The last page ends where the report does.
            assert max(levels) - min(levels) > (0.1 if number == len(pages) else 0.5) * 842
    first = squeezed("".join(run.text for run in runs(made.pdf) if run.size > 26))
    heads = [squeezed(r.text) for r in runs(made.pdf) if r.page > 1 and r.size > 18]
    assert heads == [
        "Trendandjourney", "Whatcustomerswentthrough", "Touchpoints", "Support",
        "Whythescoreiswhatitis", "Intheirwords", "Money", "Actions", "Howfarthesamplecarries",
        "Dataandmethod", "Thenumbersbehindthecharts", "Howeachfigureismade",
    ]  # fmt: skip
    assert first.startswith("NetPromoterScoreroseto+35")


def test_the_data_travels_inside_the_pdf(made: Made) -> None:
    with pikepdf.open(BytesIO(made.pdf)) as pdf:
        attached = pdf.attachments["data.json"].get_file().read_bytes()
    assert attached == finish.encoded(made.document)


def test_warnings_and_restatements_are_printed(made: Made) -> None:
    text = squeezed(" ".join(run.text for run in runs(made.pdf) if run.page > 2))
    assert squeezed("3 records of zendesk/tickets, 80 to 130 are usual") in text
    assert squeezed("24 of 25 checks passed") in text
    assert "August2026" in text
    assert "+27.4" in text


def test_the_same_publication_gives_the_same_bytes_in_another_process(made: Made) -> None:
    program = (
        "import sys, hashlib; from pathlib import Path; sys.path[:0] = sys.argv[1:3]\n"
        "from wellheard.settings import Settings\n"
        "from wellheard import publication\n"
        "from wellheard.report import render\n"
        "from report_making import assemble\n"
        "root = Path(sys.argv[3])\n"
        "settings = Settings(var=root / 'var', company_dir=root / 'company')\n"
        "document = assemble(settings, publication.load(settings, 'p0123456789ab'))\n"
        "made = render.render(settings, document)\n"
        "print(hashlib.sha256(made.html.encode()).hexdigest())\n"
        "print(hashlib.sha256(made.pdf).hexdigest())\n"
    )
    root = made.settings.var.parent
    done = subprocess.run(
        [sys.executable, "-c", program, str(HERE), str(HERE.parents[1] / "dags"), str(root)],
        env={**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C",
             "HOME": str(root), "XDG_CACHE_HOME": str(root / "cache")},
        cwd=root, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # the renderer is quiet
    assert done.stdout.split() == [
        hashlib.sha256(made.html.encode()).hexdigest(),
        hashlib.sha256(made.pdf).hexdigest(),
    ]


def test_a_missing_system_library_is_named_with_the_command_that_installs_it(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wellheard.system.missing_libraries", lambda: ["libpango-1.0-0"])
    with pytest.raises(ReportError, match=r"libpango-1\.0-0\. Install them: apt-get"):
        render.render(made.settings, made.document)


def test_what_the_renderer_warns_of_is_an_error(settings: Settings, made: Made) -> None:
    html = made.html.replace("</style>", "p { colour: red }</style>", 1)
    with pytest.raises(ReportError, match=r"could not be printed faithfully.*colour"):
        render.to_pdf(settings, made.document, html)
