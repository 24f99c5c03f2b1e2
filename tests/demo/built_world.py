"""The made-up company as a built warehouse: its records landed as the sources land them, then dbt.

No vendor is simulated and no Airflow started: what is tested is what the tables find of the planted
truths.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from wellheard import warehouse, warehouse_file
from wellheard.demo import company_files, requests, story
from wellheard.demo.simulators.world import World
from wellheard.ingest import ingest
from wellheard.lake import Lake
from wellheard.periods import Window
from wellheard.settings import Settings
from wellheard.sources.base import Page, Record

Rows = list[dict[str, Any]]
_PAGE = 5000


class Built:
    """A warehouse and questions to it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._connection = warehouse_file.connect(settings)

    def rows(self, query: str, *values: object) -> Rows:
        found = self._connection.execute(query, list(values))
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def row(self, query: str, *values: object) -> dict[str, Any]:
        """The only row."""
        (row,) = self.rows(query, *values)
        return row

    def tables(self) -> set[str]:
        """The names of the reporting tables."""
        found = self.rows("select table_name from duckdb_tables() where schema_name = 'reporting'")
        return {row["table_name"] for row in found}


def build(world: World, folder: Path, **more: Any) -> Built:
    """Land everything the world holds and build the warehouse from it, as the demo does."""
    company = company_files.furnish(Settings(company_dir=None), folder)
    requests.drop(world.requests, world.now, company_files.drops(folder))
    settings = Settings(
        **{"var": folder, "lake_url": None, "today": world.now, "company_dir": company} | more
    )
    lake = Lake(settings.lake)
    start = datetime(story.FIRST_MONTH.year, story.FIRST_MONTH.month, 1, tzinfo=UTC)
    window = Window(start, world.now)
    for (source, stream), records in _streams(world).items():
        with lake.landing(source, stream, window, extracted_at=world.now) as landing:
            for number, page in enumerate(_pages(list(records)), 1):
                landing.add(Page(number=number, records=page))
    if settings.company_dir == company:
        ingest(
            settings, company_files.SOURCE, window, connection=None, extracted_at=world.now,
            progress=lambda text: None,
        )  # fmt: skip
    warehouse.build(settings)
    return Built(settings)


def _pages(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    for first in range(0, max(len(records), 1), _PAGE):
        yield records[first : first + _PAGE]


def _streams(world: World) -> Mapping[tuple[str, str], Iterator[Record]]:
    zendesk = {
        "tickets": world.tickets,
        "ticket_events": world.ticket_events,
        "users": world.users,
        "organizations": [],
        "satisfaction_ratings": world.satisfaction_ratings,
    }
    landed = {("zendesk", name): map(_record, items) for name, items in zendesk.items()}
    responses = (
        _record(response, f"{form}/{response['token']}", "submitted_at", "landed_at")
        for form, items in world.responses.items()
        for response in items
    )
    forms = (_record(form, form["id"], "last_updated_at") for form in world.forms)
    return {
        **landed,
        ("typeform", "forms"): forms,
        ("typeform", "responses"): responses,
    }


def _record(item: dict[str, Any], name: str | None = None, *clocks: str) -> Record:
    clock = next(item[c] for c in clocks or ("updated_at", "created_at") if item.get(c))
    at = datetime.fromisoformat(clock)
    return Record(str(name or item["id"]), at, json.dumps(item).encode())


def complete(world: World) -> list[str]:
    """The months that are over at the world's present, oldest first."""
    present = world.now.astimezone(story.ZONE) - timedelta(microseconds=1)
    return [str(p) for p in story.months(type(story.FIRST_MONTH)(present.year, present.month))][:-1]
