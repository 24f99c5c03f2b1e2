"""The text of a finished PDF, run by run, with where it stands and what cuts it.

Reads what WeasyPrint writes: composite fonts with Identity-H and a ToUnicode map.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

Box = tuple[float, float, float, float]  # left, bottom, right, top in points
Matrix = tuple[float, float, float, float, float, float]

_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
_PAIR = re.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>")
_RANGE = re.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>")
# How far letters reach above and below the line, in shares of the font size.
_ABOVE, _BELOW = 0.74, 0.2


@dataclass(frozen=True)
class Run:
    """Letters shown by one operator. `box` is where they stand, `clip` the part that shows."""

    page: int
    text: str
    box: Box
    clip: Box | None
    size: float


@dataclass(frozen=True)
class _Font:
    letters: dict[int, str]
    widths: dict[int, float]
    default: float


@dataclass
class _State:
    matrix: Matrix
    clip: Box | None
    font: _Font | None = None
    size: float = 0.0


def runs(pdf: bytes) -> list[Run]:
    """Every run of text in the order it is painted, page by page."""
    import pikepdf

    found: list[Run] = []
    fonts: dict[Any, _Font] = {}
    with pikepdf.open(BytesIO(pdf)) as opened:
        for number, page in enumerate(opened.pages, start=1):
            state = _State(_IDENTITY, None)
            found += _content(page, page.Resources, state, number, fonts)
    return _joined(found)


def _joined(letters: list[Run]) -> list[Run]:
    """Charts are painted letter by letter: letters that follow each other on a line are one run."""
    done: list[Run] = []
    single = False  # whether the last run is made of single letters
    for run in letters:
        last = done[-1] if done else None
        if last and single and len(run.text) == 1 and _follows(last, run):
            gap = run.box[0] - last.box[2]
            text = last.text + (" " if gap > 0.12 * run.size else "") + run.text
            box = (last.box[0], min(last.box[1], run.box[1]), run.box[2],
                   max(last.box[3], run.box[3]))  # fmt: skip
            done[-1] = Run(run.page, text, box, last.clip, run.size)
        else:
            done.append(run)
            single = len(run.text) == 1
    return done


def _follows(last: Run, run: Run) -> bool:
    gap = run.box[0] - last.box[2]
    level = abs(last.box[1] - run.box[1]) < 0.1 * run.size
    alike = last.page == run.page and abs(last.size - run.size) < 0.1 and last.clip == run.clip
    return alike and level and -0.2 * run.size < gap < 0.6 * run.size


def _content(
    source: Any, resources: Any, state: _State, page: int, fonts: dict[Any, _Font]
) -> Iterator[Run]:
    import pikepdf

    stack: list[_State] = []
    line: Matrix = _IDENTITY
    path: list[tuple[float, float]] = []
    clipping = False
    for instruction in pikepdf.parse_content_stream(source):
        operands, operator = instruction.operands, str(instruction.operator)
        if operator == "q":
            stack.append(_State(state.matrix, state.clip, state.font, state.size))
        elif operator == "Q":
            state = stack.pop()
        elif operator == "cm":
            state.matrix = _times(_matrix(operands), state.matrix)
        elif operator == "re":
            x, y, width, height = (float(o) for o in operands)
            corners = ((x, y), (x + width, y), (x, y + height), (x + width, y + height))
            path += [_apply(state.matrix, *corner) for corner in corners]
        elif operator in ("m", "l"):
            path.append(_apply(state.matrix, float(operands[0]), float(operands[1])))
        elif operator == "c":
            path.append(_apply(state.matrix, float(operands[4]), float(operands[5])))
        elif operator in ("W", "W*"):
            clipping = True
        elif operator in _PAINTING:
            if clipping and path:
                state.clip = _intersection(state.clip, _around(path))
            path, clipping = [], False
        elif operator == "Tf":
            state.font = _font(resources.Font[str(operands[0])], fonts)
            state.size = float(operands[1])
        elif operator == "BT":
            line = _IDENTITY
        elif operator == "Tm":
            line = _matrix(operands)
        elif operator == "Td":
            line = _times((1, 0, 0, 1, float(operands[0]), float(operands[1])), line)
        elif operator in ("TJ", "Tj") and state.font is not None:
            parts = list(operands[0]) if operator == "TJ" else [operands[0]]
            run, advance = _run(parts, state, state.font, line, page)
            line = _times((1, 0, 0, 1, advance, 0), line)
            yield run
        elif operator == "Do":
            form = resources.XObject[str(operands[0])]
            if str(form.get("/Subtype")) == "/Form":
                yield from _form(form, resources, state, page, fonts)


_PAINTING = {"n", "f", "F", "f*", "B", "B*", "b", "b*", "S", "s"}


def _form(
    form: Any, resources: Any, state: _State, page: int, fonts: dict[Any, _Font]
) -> Iterator[Run]:
    own = _matrix(form.Matrix) if "/Matrix" in form else _IDENTITY
    matrix = _times(own, state.matrix)
    left, bottom, right, top = (float(edge) for edge in form.BBox)
    corners = [_apply(matrix, x, y) for x in (left, right) for y in (bottom, top)]
    inner = _State(matrix, _intersection(state.clip, _around(corners)))
    yield from _content(form, form.get("/Resources", resources), inner, page, fonts)


def _run(
    parts: list[Any], state: _State, font: _Font, line: Matrix, page: int
) -> tuple[Run, float]:
    """The run that the parts show, and how far the pen moves."""
    import pikepdf

    letters, advance, extent = [], 0.0, 0.0
    for part in parts:
        if not isinstance(part, pikepdf.String):
            advance -= float(part) / 1000
            continue
        codes = bytes(part)
        for at in range(0, len(codes) - 1, 2):
            code = codes[at] << 8 | codes[at + 1]
            letter = font.letters.get(code, "")
            letters.append(letter)
            advance += font.widths.get(code, font.default) / 1000
            if letter.strip():
                extent = advance
    matrix = _times(line, state.matrix)
    size = state.size
    corners = [
        _apply(matrix, x, y) for x in (0.0, extent * size) for y in (-_BELOW * size, _ABOVE * size)
    ]
    scale = abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]) ** 0.5
    run = Run(page, "".join(letters), _around(corners), state.clip, size * scale)
    return run, advance * size


def _font(font: Any, fonts: dict[Any, _Font]) -> _Font:
    key = font.objgen
    if key not in fonts:
        descendant = font.DescendantFonts[0]
        fonts[key] = _Font(
            _letters(bytes(font.ToUnicode.read_bytes())),
            _widths(descendant.get("/W", [])),
            float(descendant.get("/DW", 1000)),
        )
    return fonts[key]


def _letters(cmap: bytes) -> dict[int, str]:
    found: dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.S):
        for code, text in _PAIR.findall(block):
            found[int(code, 16)] = _utf16(text)
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.S):
        for first, last, text in _RANGE.findall(block):
            start = _utf16(text)
            for code in range(int(first, 16), int(last, 16) + 1):
                found[code] = start[:-1] + chr(ord(start[-1]) + code - int(first, 16))
    return found


def _utf16(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be", errors="replace")


def _widths(array: Any) -> dict[int, float]:
    import pikepdf

    widths: dict[int, float] = {}
    items = list(array)
    at = 0
    while at < len(items):
        first, second = int(items[at]), items[at + 1]
        if isinstance(second, pikepdf.Array):
            widths.update({first + i: float(width) for i, width in enumerate(second)})
            at += 2
        else:
            widths.update(dict.fromkeys(range(first, int(second) + 1), float(items[at + 2])))
            at += 3
    return widths


def _matrix(operands: Any) -> Matrix:
    a, b, c, d, e, f = (float(operand) for operand in operands)
    return a, b, c, d, e, f


def _times(one: Matrix, two: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = two
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j,
            e * g + f * i + k, e * h + f * j + m)  # fmt: skip


def _apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _around(points: list[tuple[float, float]]) -> Box:
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return min(xs), min(ys), max(xs), max(ys)


def _intersection(one: Box | None, two: Box) -> Box:
    if one is None:
        return two
    return max(one[0], two[0]), max(one[1], two[1]), min(one[2], two[2]), min(one[3], two[3])
