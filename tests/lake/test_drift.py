"""A field that changes its type is told once, with an example that tells nobody's words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lake_world import NOON, SEEN
from pydantic import BaseModel

from wellheard import sources
from wellheard.connections import Connection
from wellheard.drift import MOST_FIELDS, FieldTypes
from wellheard.ingest import ingest
from wellheard.lake import Manifest, as_lake
from wellheard.overview import lake
from wellheard.periods import Window
from wellheard.settings import Settings
from wellheard.sources.base import Page, Record, Request, Source, Stream

FIRST = Window.parse("2026-10-01/2026-10-02")


class NoOptions(BaseModel, extra="forbid"):
    """A connector without options."""


class Desk:
    """Lands what it is given, a day further each time."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.rows, self.days = settings, list[Any](), 0
        self.notices: list[str] = []

    def read(self, request: Request) -> Iterator[Page]:
        records = [
            Record(str(number), NOON, json.dumps(row).encode())
            for number, row in enumerate(self.rows, 1)
        ]
        yield Page(1, records)

    def land(self, rows: Sequence[Any], *, day: int | None = None) -> Manifest:
        self.rows = list(rows)
        moved = timedelta(days=self.days if day is None else day)
        self.days += day is None
        (manifest,) = ingest(
            self.settings,
            "desk",
            Window(FIRST.start + moved, FIRST.end + moved),
            connection=Connection("desk"),
            extracted_at=SEEN + moved,
            progress=lambda line: None,
            notice=self.notices.append,
        )
        return manifest


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    (tmp_path / "wellheard.yml").write_text(
        "company: T\nreporting_zone: UTC\nsources:\n  desk: {history_start: 2026-10-01}\n"
    )
    made = Desk(Settings(company_dir=tmp_path, var=tmp_path / "var"))
    source = Source(
        name="desk",
        title="A desk",
        options=NoOptions,
        streams=lambda options: (Stream("tickets"),),
        read=made.read,
    )
    monkeypatch.setattr(sources, "get", lambda kind: source)
    return made


def test_a_changed_type_is_told_with_an_example_and_shown_with_the_lake(desk: Desk) -> None:
    desk.land([{"id": 17, "via": {"channel": "web"}}])
    manifest = desk.land([{"id": "Ada Lovelace", "via": "web"}])
    said = [str(one) for one in manifest.drift]
    assert said == [
        "field id was number in all that was landed before and is now string, "
        "for example a string of 12 characters (record 1, page 1)",
        "field via was object in all that was landed before and is now string, "
        "for example a string of 3 characters (record 1, page 1)",
    ]
    where = "desk/tickets [2026-10-02T00:00:00Z .. 2026-10-03T00:00:00Z): "
    assert desk.notices == [f"{where}{one}" for one in said]
    assert lake(desk.settings, None).drift == desk.notices
    assert "Ada" not in manifest.model_dump_json()


def test_it_is_told_once_although_the_next_windows_have_it_too_or_it_is_landed_again(
    desk: Desk,
) -> None:
    desk.land([{"id": 17}])
    for _ in range(3):
        desk.land([{"id": "17"}])
    desk.land([{"id": 18}])  # and back
    desk.land([{"id": "17"}], day=1)
    assert len(desk.notices) == 1
    assert len(lake(desk.settings, "desk").drift) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a": 1}, {"a": None}),
        ({"a": 1}, {}),
        ({"a": None}, {"a": "x"}),
        ({}, {"a": "x"}),
        ({"a": 1}, {"a": 1.5}),
        ({"a": []}, {"a": ["x"]}),
    ],
)
def test_what_is_new_or_null_or_another_number_is_no_change_of_type(
    desk: Desk, before: Any, after: Any
) -> None:
    desk.land([before])
    desk.land([after])
    assert desk.notices == []


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": True}}}, "a.b.c"),
        ({"tags": ["x"]}, {"tags": [{"name": "x"}]}, "tags[]"),
        ({"a": {"b": 1}}, {"a": []}, "a"),
    ],
)
def test_fields_within_objects_and_lists_are_looked_at_too(
    desk: Desk, before: Any, after: Any, field: str
) -> None:
    desk.land([before])
    assert [one.field for one in desk.land([after]).drift] == [field]


def test_a_sample_of_every_page_is_looked_at_and_a_change_of_all_records_is_in_it(
    desk: Desk,
) -> None:
    desk.land([{"id": number} for number in range(1000)])
    manifest = desk.land([{"id": number if number < 700 else "x"} for number in range(1000)])
    assert [one.now for one in manifest.drift] == ["string"]


def test_fields_named_by_ids_do_not_grow_the_manifest_without_end(desk: Desk) -> None:
    manifest = desk.land([{str(number): 1 for number in range(5000)}])
    assert len(manifest.fields) == MOST_FIELDS


def test_a_record_nested_without_end_has_no_types() -> None:
    types = FieldTypes({})
    types.look(Page(1, [Record("1", NOON, b"[" * 100_000 + b"]" * 100_000)]))
    assert types.fields == {}


def test_a_manifest_of_before_types_were_kept_is_read_and_nothing_is_told(desk: Desk) -> None:
    desk.land([{"id": 1}])
    path = next((desk.settings.var / "lake").rglob("manifest.json"))
    content = json.loads(path.read_text())
    del content["fields"], content["drift"]
    path.write_text(json.dumps(content))
    desk.land([{"id": "1"}])
    assert desk.notices == []
    assert len(as_lake(desk.settings).manifests()) == 2
