"""Look at the finished PDF again: every figure there, nothing cut, the structure whole."""

from __future__ import annotations

import re
from collections import Counter
from io import BytesIO
from typing import Any

from wellheard.errors import ReportError
from wellheard.report.finish import structure
from wellheard.report.pdf_text import Box, Run, runs

_BREAK = "\x1f"  # between runs: text of different places never reads as one number
_GAP = rf"[\s\u00a0{_BREAK}]"
_TOLERANCE = 0.75  # points; the boxes of letters are estimates
_EDGE = 8.0  # points of the sheet's edge where nothing may stand


def verify(pdf: bytes, document: dict[str, Any]) -> int:
    """Check a PDF against the document it was made of; the number of figures found.

    Raises ReportError listing the figures whose text is missing, the texts that are cut or run off
    the page, and what is wrong with the structure.
    """
    from wellheard.report.data import figures_of

    found = runs(pdf)
    figures = figures_of(document)
    problems = [
        *missing_figures(found, figures),
        *cut_texts(found),
        *structure_problems(pdf, document["language"]),
    ]
    if problems:
        shown = "; ".join(problems[:8])
        more = f"; and {len(problems) - 8} more" if len(problems) > 8 else ""
        raise ReportError(
            f"the finished PDF of {document['report']['name']} {document['period']['id']} for "
            f"{document['audience']['name']} is not right: {shown}{more}. Nothing was archived; "
            "this is a defect of the templates"
        )
    return len(figures)


def missing_figures(found: list[Run], figures: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Figures whose text stands in the PDF less often than the document has it."""
    text = _BREAK.join(run.text for run in found)
    wanted = Counter(figure["text"] for _, figure in figures)
    first = {figure["text"]: path for path, figure in reversed(figures)}
    problems = []
    for words, count in wanted.items():
        times = len(_pattern(words).findall(text))
        if times < count:
            problems.append(f"figure {first[words]} {words!r} is printed {times} of {count} times")
    return problems


def _pattern(words: str) -> re.Pattern[str]:
    """The words with any gap between them, not inside a longer number."""
    parts = [re.escape(part) for part in re.split(r"[\s\u00a0]+", words.strip())]
    return re.compile(rf"(?<![\d.,+−]){f'{_GAP}+'.join(parts)}(?![\d]|[.,]\d)")


def cut_texts(found: list[Run]) -> list[str]:
    """Runs that something clips, or that reach beyond the sheet (A4, in points)."""
    sheet: Box = (_EDGE, _EDGE, 595.28 - _EDGE, 841.89 - _EDGE)
    problems = []
    for run in found:
        if not run.text.strip():
            continue
        if not _inside(run.box, sheet):
            problems.append(f"page {run.page}: {run.text!r} runs off the page")
        elif run.clip is not None and not _inside(run.box, run.clip):
            problems.append(f"page {run.page}: {run.text!r} is cut")
    return problems


def collisions(found: list[Run]) -> list[str]:
    """Pairs of runs that stand on each other."""
    problems = []
    pages: dict[int, list[Run]] = {}
    for run in found:
        if run.text.strip():
            pages.setdefault(run.page, []).append(run)
    for page, here in pages.items():
        for index, one in enumerate(here):
            for two in here[index + 1 :]:
                if _overlap(one.box, two.box):
                    problems.append(f"page {page}: {one.text!r} and {two.text!r} collide")
    return problems


def structure_problems(pdf: bytes, language: str) -> list[str]:
    """What PDF/UA-1 asks for and the file lacks, as far as a program can see."""
    import pikepdf

    problems = []
    with pikepdf.open(BytesIO(pdf)) as opened:
        root = opened.Root
        metadata = bytes(root.Metadata.read_bytes()) if "/Metadata" in root else b""
        if b"<pdfuaid:part>1</pdfuaid:part>" not in metadata:
            problems.append("the metadata does not say PDF/UA-1")
        if str(root.get("/Lang", "")) != language:
            problems.append(f"the document's language is not {language}")
        for place, key, problem in (
            ("/MarkInfo", "/Marked", "the document is not tagged"),
            ("/ViewerPreferences", "/DisplayDocTitle", "the title is not displayed"),
        ):
            if place not in root or not bool(root[place].get(key, False)):
                problems.append(problem)
        if not str(opened.docinfo.get("/Title", "")).strip():
            problems.append("the document has no title")
        elements = list(structure(root.StructTreeRoot))
        problems += _element_problems(elements)
        for number, page in enumerate(opened.pages, start=1):
            problems += [f"page {number}: {p}" for p in _page_problems(opened, page)]
    return problems


def _element_problems(elements: list[Any]) -> list[str]:
    problems, level = [], 0
    for element in elements:
        kind = str(element.S)
        if kind == "/Figure" and not str(element.get("/Alt", "")).strip():
            problems.append("a figure has no alternative text")
        if kind == "/TH" and "/Scope" not in element.get("/A", {}):
            problems.append("a table header has no scope")
        if re.fullmatch(r"/H[1-6]", kind):
            if int(kind[2]) > level + 1:
                problems.append(f"a heading {kind[1:]} follows one of level {level}")
            level = int(kind[2])
    return problems


def _page_problems(pdf: Any, page: Any) -> list[str]:
    """Content that is neither tagged nor an artifact, and fonts that are not in the file."""
    import pikepdf

    problems = []
    depth = 0
    for instruction in pikepdf.parse_content_stream(page):
        operator = str(instruction.operator)
        if operator in ("BDC", "BMC"):
            depth += 1
        elif operator == "EMC":
            depth -= 1
        elif operator in _SHOWING and not depth:
            problems.append("some content is neither tagged nor an artifact")
            break
    for name, font in page.Resources.get("/Font", {}).items():
        descriptor = font.DescendantFonts[0].FontDescriptor if "/DescendantFonts" in font else font
        if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor.keys()):
            problems.append(f"font {name} is not in the file")
    if str(page.get("/Tabs", "")) != "/S":
        problems.append("the tab order is not that of the structure")
    return problems


_SHOWING = {"Tj", "TJ", "'", '"', "f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "Do", "sh"}


def _inside(box: Box, frame: Box) -> bool:
    return (
        box[0] >= frame[0] - _TOLERANCE
        and box[1] >= frame[1] - _TOLERANCE
        and box[2] <= frame[2] + _TOLERANCE
        and box[3] <= frame[3] + _TOLERANCE
    )


def _overlap(one: Box, two: Box) -> bool:
    """Whether more than a sliver of two boxes is common."""
    width = min(one[2], two[2]) - max(one[0], two[0])
    height = min(one[3], two[3]) - max(one[1], two[1])
    lower = min(one[3] - one[1], two[3] - two[1])
    return width > _TOLERANCE and height > 0.3 * lower
