"""What is wrong in a YAML file people edit, by line and as it is to be written.

The parser tells where it stopped and in its own terms; what was meant is seen in the lines there.
"""

from __future__ import annotations

import re

import yaml

_NO_COLON = "line {}: no colon with a space follows its key; write `key: value`"
_OPENS_A_LIST = "expected ',' or ']'"
_OPENS_A_MAPPING = "expected ',' or '}'"
_BEGINS_OTHERWISE = ("an alias", "an anchor", "a tag", "a directive", "a block scalar")


def told(error: yaml.YAMLError, text: str) -> str:
    """The fault that ended the reading of `text`, with its line and what to write.

    >>> try: yaml.safe_load("title: Team: one")
    ... except yaml.YAMLError as error: told(error, "title: Team: one")
    'line 1: a colon stands in a text; put the text into quotation marks'
    """
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return f"line {line}: a sign that is none of a text (U+{_code_of(error):04X}); delete it"
    mark = getattr(error, "problem_mark", None)
    if not isinstance(error, yaml.MarkedYAMLError) or mark is None:
        return str(error)
    lines = text.splitlines()
    opened = error.context_mark.line + 1 if error.context_mark else mark.line + 1
    return _told(error, mark.line + 1, mark.column, opened, lines)


def _code_of(error: yaml.reader.ReaderError) -> int:
    """The sign that cannot be read; the parser gives it as a number or as the sign itself."""
    sign: object = error.character
    return sign if isinstance(sign, int) else ord(str(sign)[:1] or "\0")


def _told(
    error: yaml.MarkedYAMLError, line: int, column: int, opened: int, lines: list[str]
) -> str:
    said, doing = error.problem or "", error.context or ""
    here = lines[line - 1] if line <= len(lines) else ""
    if "that cannot start any token" in said and here[column : column + 1] == "\t":
        return f"line {line}: a tab stands there; indent with spaces"
    if said.startswith("mapping values are not allowed"):
        return _one_colon_too_many(line, column, lines)
    if said.startswith("could not find expected ':'"):
        return _NO_COLON.format(opened)
    if said.startswith("found unexpected end of stream"):
        return f"line {opened}: a quotation mark opens there and is never closed"
    if said.startswith((_OPENS_A_LIST, _OPENS_A_MAPPING)) or doing == "while parsing a flow node":
        sign = "{" if said.startswith(_OPENS_A_MAPPING) or "{" in here else "["
        return (
            f"line {opened}: {'a list' if sign == '[' else 'a mapping'} opens there with {sign} "
            f"and does not end; close it with {']' if sign == '[' else '}'}"
        )
    if said.startswith("expected <block end>"):
        return _out_of_line(said, doing, line, column, opened, here)
    if said.startswith("but found another document"):
        return f"line {line}: --- begins a second file there; take that line out"
    if said.startswith("expected '<document start>'"):
        return f"line {line}: it does not go with the lines above it; look where they begin"
    begins = next((way for way in _BEGINS_OTHERWISE if doing.endswith(way)), "")
    at = (opened, error.context_mark.column) if begins and error.context_mark else (line, column)
    if begins or re.match(
        r"found (character|undefined alias|unhashable key)|could not determine a constructor", said
    ):
        found = lines[at[0] - 1][at[1] : at[1] + 1] if at[0] <= len(lines) else ""
        return f"line {at[0]}: a text cannot begin with {found}; put it into quotation marks"
    return f"line {line}: {said}"


def _one_colon_too_many(line: int, column: int, lines: list[str]) -> str:
    """A colon behind what has begun as a text: in this line, or in the one it goes on from."""
    if ": " in lines[line - 1][:column]:
        return f"line {line}: a colon stands in a text; put the text into quotation marks"
    above = next((n for n in range(line - 1, 0, -1) if lines[n - 1].strip()), line)
    before = lines[above - 1].strip()
    if not before.startswith("-") and not re.search(r":(\s|$)", before):
        return _NO_COLON.format(above)
    return (
        f"line {line}: it begins further to the right than line {above}, which has its value "
        "already; begin both in the same column"
    )


def _out_of_line(said: str, doing: str, line: int, column: int, opened: int, here: str) -> str:
    if "<scalar>" in said and re.search("[\"']", here[:column]):
        return (
            f"line {line}: a text goes on behind its quotation mark; put all of it between two "
            '", and write \\" for one within'
        )
    if doing.endswith("block collection") and "'-'" not in said and "sequence" not in said:
        return (
            f"line {line}: a `key: value` stands among entries with a hyphen (from line {opened}); "
            "write all of them in one way"
        )
    return (
        f"line {line}: it begins in another column than the lines it belongs to (from line "
        f"{opened}); begin them in the same column"
    )
