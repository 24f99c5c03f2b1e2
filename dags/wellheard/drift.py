"""Which JSON types a stream's fields have, and which field has got another one.

A vendor that sends `"id": "17"` where it sent `"id": 17` breaks nothing at once: models read fields
leniently. What such a change means is for a person to look at, so it is told, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict

from wellheard.sources.base import Page, Record

RECORDS_PER_PAGE = 5  # looked at, evenly spread over the page: a change shows in nearly all
ITEMS_PER_LIST = 3
DEPTH = 4  # objects and lists within each other
MOST_FIELDS = 1000  # of a stream; some vendors use ids as field names
_SEVERAL = "|"  # between the types of one field
_KINDS = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


class Drift(BaseModel):
    """A field whose type was never seen before in the stream, with an example.

    The example tells type and length, never the content: it could be somebody's name.
    """

    model_config = ConfigDict(frozen=True)

    field: str  # `via.channel`, `tags[]`
    was: str
    now: str
    example: str
    record_id: str | None  # None where the id may be personal (file sources)
    page: int

    def __str__(self) -> str:
        where = f"record {self.record_id}, " if self.record_id else ""
        return (
            f"field {self.field} was {self.was} in all that was landed before and is now "
            f"{self.now}, for example {self.example} ({where}page {self.page})"
        )


class FieldTypes:
    """The types of the fields of one landing, from a sample of every page."""

    def __init__(self, known: Mapping[str, str], ids_may_be_shown: bool = True) -> None:
        self._known = known
        self._ids_may_be_shown = ids_may_be_shown
        self._seen: dict[str, set[str]] = {}
        self.drift: dict[tuple[str, str], Drift] = {}

    def look(self, page: Page) -> None:
        """Take note of the types on a page. What is no JSON has none."""
        step = max(1, -(-len(page.records) // RECORDS_PER_PAGE))
        for record in page.records[::step]:
            try:
                content = msgspec.json.decode(record.content)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue
            for field, value in _fields(content, "", DEPTH):
                if (kind := _kind(value)) not in self._seen.get(field, ()):
                    self._note(field, kind, value, record, page.number)

    @property
    def fields(self) -> dict[str, str]:
        """The types seen, by field, as the manifest keeps them."""
        return {field: _SEVERAL.join(sorted(types)) for field, types in self._seen.items()}

    def _note(self, field: str, kind: str, value: Any, record: Record, page: int) -> None:
        if field not in self._seen and len(self._seen) >= MOST_FIELDS:
            return
        self._seen.setdefault(field, set()).add(kind)
        was = self._known.get(field, "").split(_SEVERAL)
        kinds = [one for one in was if one not in ("", "null")]
        if kinds and kind != "null" and kind not in kinds:
            self.drift[field, kind] = Drift(
                field=field,
                was=" or ".join(kinds),
                now=kind,
                example=_example(value),
                record_id=record.id if self._ids_may_be_shown else None,
                page=page,
            )


def union(fields: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """All types by field, over several landings."""
    types: dict[str, set[str]] = {}
    for one in fields:
        for field, kinds in one.items():
            types.setdefault(field, set()).update(kinds.split(_SEVERAL))
    return {field: _SEVERAL.join(sorted(kinds)) for field, kinds in types.items()}


def _fields(content: Any, name: str, depth: int) -> Iterator[tuple[str, Any]]:
    if name:
        yield name, content
    if depth == 0:
        return
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _fields(value, f"{name}.{key}" if name else str(key), depth - 1)
    elif isinstance(content, list):
        for value in content[:ITEMS_PER_LIST]:
            yield from _fields(value, f"{name}[]", depth - 1)


def _kind(value: Any) -> str:
    return _KINDS[type(value)]


def _example(value: Any) -> str:
    match _kind(value):
        case "string":
            return f"a string of {len(value)} characters"
        case "number":
            return f"a number of {len(str(value))} characters"
        case "array":
            return f"an array of {len(value)}"
        case "object":
            return f"an object of {len(value)} fields"
        case kind:
            return f"a {kind}"
