"""VendorTitle: vendorstream.

Connection: `password` an access token that may read vendorstream; `host` where it is not HOST.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pydantic import BaseModel, ConfigDict

from wellheard.budgets import REAL_TIME, Pace
from wellheard.endpoints import bearer
from wellheard.http import Client
from wellheard.sources.base import Page, Request, Source, Stream
from wellheard.sources.cursors import CursorList

HOST = "https://api.vendorname.invalid"
BUDGET = (60, 60.0)  # requests, seconds
LIST = CursorList(
    path="/v1/vendorstream",
    since="updated_since",
    until="updated_until",
    page_size={"limit": 100},
    cursor="cursor",
    rows="vendorstream",
    following="next_cursor",
    id="id",
    changed_at="updated_at",
)

# The vendor shows a change late: read some minutes again, and no window before they have passed.
STREAMS = (Stream("vendorstream", overlap=timedelta(minutes=5), settle=timedelta(minutes=10)),)


class Options(BaseModel):
    """No options in wellheard.yml."""

    model_config = ConfigDict(extra="forbid")


def read(request: Request, pace: Pace = REAL_TIME) -> Iterator[Page]:
    """The pages of a window, to the vendor's own end. Raises as Client does."""
    with Client(
        request, title="VendorTitle", host=HOST, authorization=bearer, budgets=[BUDGET], pace=pace
    ) as client:
        yield from LIST.pages(client)


SOURCE = Source("vendorname", "VendorTitle", Options, lambda options: STREAMS, read)
