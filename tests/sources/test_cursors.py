"""A list paged by a cursor: its end is the vendor's word alone, and standing still is no end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request as Call
from starlette.responses import JSONResponse
from starlette.routing import Route

from wellheard.connections import Connection
from wellheard.demo.simulators.clock import SimulatedClock
from wellheard.demo.simulators.serving import serve
from wellheard.endpoints import bearer
from wellheard.errors import SourceError
from wellheard.http import Client
from wellheard.periods import Window
from wellheard.sources.base import Page, Request, Stream
from wellheard.sources.cursors import STANDSTILL, CursorList

LIST = CursorList(
    path="/things",
    since="from",
    until="to",
    page_size={"size": 2},
    cursor="at",
    rows="things",
    following="next",
    id="key",
    changed_at="changed",
)
DAY = Window(datetime(2026, 10, 30, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC))
ROW = {"key": 7, "changed": "2026-10-30T02:00:00+02:00"}


class NoOptions(BaseModel):
    pass


class Vendor:
    """Gives the answers it is told to, the last of them for ever; keeps what it was asked."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.asked: list[dict[str, str]] = []
        self.answers = answers
        self.clock = SimulatedClock()

    async def answer(self, call: Call) -> JSONResponse:
        self.asked.append(dict(call.query_params))
        return JSONResponse(self.answers[min(len(self.asked), len(self.answers)) - 1])

    def pages(self) -> Iterator[Page]:
        with serve(Starlette(routes=[Route("/things", self.answer)])) as url:
            request = Request(
                source="things",
                stream=Stream("things"),
                window=DAY,
                options=NoOptions(),
                connection=Connection(id="things", host=url, password="secret"),
                extracted_at=DAY.end,
                progress=lambda message: None,
            )
            with Client(
                request,
                title="Things",
                budgets=[(10**6, 60.0)],
                authorization=bearer,
                pace=self.clock.pace(),
            ) as client:
                yield from LIST.pages(client)


def test_the_window_is_asked_for_and_then_the_cursor_until_it_is_null() -> None:
    vendor = Vendor(
        {"things": [ROW], "next": "b"}, {"things": [], "next": "c"}, {"things": [ROW], "next": None}
    )
    pages = list(vendor.pages())
    assert [(page.number, len(page.records)) for page in pages] == [(1, 1), (2, 0), (3, 1)]
    (record,) = pages[0].records
    assert (record.id, record.changed_at) == ("7", DAY.start)
    assert vendor.asked == [
        {"from": "2026-10-30T00:00:00Z", "to": "2026-10-31T00:00:00Z", "size": "2"},
        {"at": "b", "size": "2"},
        {"at": "c", "size": "2"},
    ]


def test_a_cursor_that_comes_twice_is_followed_after_a_wait() -> None:
    again = {"things": [ROW], "next": "b"}
    vendor = Vendor(again, again, {"things": [ROW], "next": None})
    assert len(list(vendor.pages())) == 3
    assert vendor.clock.slept


def test_a_list_that_stands_still_fails_the_window_instead_of_going_on_for_ever() -> None:
    vendor = Vendor({"things": [ROW], "next": "b"})
    with pytest.raises(SourceError, match=r"things/things .* stands still: the same cursor came 6"):
        list(vendor.pages())
    assert len(vendor.asked) == STANDSTILL + 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"things": [ROW]}, "missing required field `next`"),
        ({"next": None}, "missing required field `things`"),
        ({"things": [{"key": 7}], "next": None}, "missing required field `changed`"),
        ({"things": [{**ROW, "key": None}], "next": None}, r"got `null` - at `\$.key`"),
        ({"things": [{**ROW, "changed": "2026-10-30T00:00:00"}], "next": None}, r"\$.changed`"),
    ],
)
def test_an_answer_that_is_not_as_promised_fails_the_window_by_name(
    answer: dict[str, Any], said: str
) -> None:
    with pytest.raises(SourceError, match=said):
        list(Vendor(answer).pages())
