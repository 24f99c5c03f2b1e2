"""VendorTitle: what is particular to it. What can happen to any source, tests/torture tries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest

from wellheard.connections import Connection
from wellheard.demo.simulators import registry as simulators
from wellheard.demo.simulators.clock import SimulatedClock
from wellheard.demo.simulators.serving import serve
from wellheard.demo.simulators.vendor import Simulator
from wellheard.errors import SourceError
from wellheard.periods import Window
from wellheard.sources import get
from wellheard.sources.base import Page, Request

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
OCTOBER = Window(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
SOURCE = get("vendorname")
READ = import_module("wellheard.sources.vendorname").read


@pytest.fixture
def vendor() -> Iterator[tuple[Simulator, Connection]]:
    """Five records on pages of two."""
    simulator = simulators()["vendorname"](NOW)
    simulator.page_size = 2
    for number in range(1, 6):
        simulator.put("vendorstream", number, OCTOBER.start + timedelta(days=number))
    with serve(simulator.app) as url:
        yield simulator, simulator.connection(url)


def pages(connection: Connection) -> list[Page]:
    request = Request(
        source="vendorname",
        stream=SOURCE.streams(SOURCE.options())[0],
        window=OCTOBER,
        options=SOURCE.options(),
        connection=connection,
        extracted_at=NOW,
        progress=lambda message: None,
    )
    return list(READ(request, SimulatedClock().pace()))


def test_the_pages_are_followed_to_the_vendors_own_end(
    vendor: tuple[Simulator, Connection],
) -> None:
    simulator, connection = vendor
    read = pages(connection)
    assert [len(page.records) for page in read] == [2, 2, 1]
    assert len(simulator.app.calls) == 3


def test_an_answer_that_does_not_say_whether_more_follows_is_no_end(
    vendor: tuple[Simulator, Connection],
) -> None:
    simulator, connection = vendor
    simulator.app.rewrite = lambda content: {"vendorstream": content["vendorstream"]}
    with pytest.raises(SourceError, match="missing required field `next_cursor`"):
        pages(connection)
