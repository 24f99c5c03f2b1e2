"""Every vendor's records in two landings, one built upon the other, make what they make at once.

Which records land first is drawn; some of them land again with the others, as newer and as older
copies of themselves.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from test_contract_tables import VENDORS, company, fixture_of, land
from warehouse_contents import differences

from wellheard import warehouse
from wellheard.lake import Manifest, as_lake
from wellheard.periods import Window
from wellheard.settings import Settings
from wellheard.sources.base import Page, Record

pytestmark = pytest.mark.dbt


@pytest.mark.timeout(900)
def test_a_vendors_records_in_two_landings_make_what_they_make_at_once(tmp_path: Path) -> None:
    settings = company(tmp_path, {name: fixture_of(name) for name in VENDORS})
    apart = settings.model_copy(update={"var": tmp_path / "apart"})
    for name in VENDORS:
        land(apart, name, fixture_of(name))
    landed = {(m.source, m.stream): _records(apart, m) for m in _manifests(apart)}
    assert len(landed) > 30

    chance = random.Random(7)
    second = {}
    for (source, stream), records in landed.items():
        first = [record for record in records if chance.random() < 0.6]
        again = [record for record in first if chance.random() < 0.4]
        second[source, stream] = [r for r in records if r not in first] + [
            Record(r.id, r.changed_at + timedelta(days=chance.choice([-3, 3])), r.content)
            for r in again
        ]
        _land(settings, source, stream, first, part=0)
    warehouse.build(settings)
    for (source, stream), records in second.items():
        _land(settings, source, stream, records, part=1)
    steps: list[str] = []
    warehouse.build(settings, progress=steps.append)
    assert not [step for step in steps if step.startswith("building in full")]

    whole = settings.model_copy(update={"lake_url": settings.lake, "var": tmp_path / "whole"})
    warehouse.build(whole, full=True)
    assert differences(settings.warehouse, whole.warehouse) == []


def _manifests(settings: Settings) -> list[Manifest]:
    lake = as_lake(settings)
    return [m for name in VENDORS for m in lake.manifests(name)]


def _records(settings: Settings, manifest: Manifest) -> list[Record]:
    paths = [str(path) for path in as_lake(settings).local_paths(manifest)]
    if not paths:
        return []
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        rows = connection.execute(
            "select record_id, changed_at, payload from read_parquet(?) order by all", [paths]
        ).fetchall()
    return [Record(name, moment, content.encode()) for name, moment, content in rows]


def _land(
    settings: Settings, source: str, stream: str, records: list[Record], *, part: int
) -> None:
    window = Window.parse(fixture_of(source)["window"])
    middle = window.start + (window.end - window.start) / 2
    window = Window(window.start, middle) if part == 0 else Window(middle, window.end)
    now = datetime.fromisoformat(fixture_of(source)["now"])
    with as_lake(settings).landing(source, stream, window, extracted_at=now) as landing:
        landing.add(Page(number=1, records=records))
