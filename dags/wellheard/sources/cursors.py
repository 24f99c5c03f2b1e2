"""A list of JSON records that a vendor pages by an opaque cursor: the plainest kind of API.

The vendor gives the next page's cursor with each page and none with the last one, which is its end
signal. Records stay byte for byte as they were sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Annotated, Any

import msgspec

from wellheard.http import Client
from wellheard.sources.base import Page, Record

STANDSTILL = 5  # times one cursor may be given before the window fails


@dataclass(frozen=True)
class CursorList:
    """What the vendor calls things: where the list is, what to ask it, what it answers.

    `since` and `until` bound the time of change; `page_size` is asked for with every page.
    `following` holds the next cursor: it must be there in every answer, and is null in the last.
    `id` and `changed_at`, an ISO time with its offset, are a record's.
    """

    path: str
    since: str
    until: str
    page_size: Mapping[str, int]
    cursor: str
    rows: str
    following: str
    id: str
    changed_at: str

    def pages(self, client: Client) -> Iterator[Page]:
        """All pages of the client's window, with its stream's overlap before it.

        Raises SourceError, also when a record lacks its id or its time, or when one cursor comes
        again and again.
        """
        window, overlap = client.request.window, client.request.stream.overlap
        understand, given = self._understanding(), Counter[str]()
        asked: dict[str, str | int] = {
            self.since: _written(window.start - overlap),
            self.until: _written(window.end),
            **self.page_size,
        }
        for number in count(1):
            records, following = client.get(self.path, asked, page=number, read=understand)
            yield Page(number, records)
            if following is None:
                return
            given[following] += 1
            if given[following] > STANDSTILL:
                raise client.error(
                    f"{client.title}'s list of {self.rows} stands still: the same cursor came "
                    f"{given[following]} times, so its end is not known; nothing of this window "
                    "is kept: run it again later",
                    number,
                )
            if given[following] > 1:
                client.pause(given[following] - 1)
            asked = {self.cursor: following, **self.page_size}

    def _understanding(self) -> Callable[[bytes], tuple[Sequence[Record], str | None]]:
        moment = Annotated[datetime, msgspec.Meta(tz=True)]
        row = _decoder(id=(int | str, self.id), changed_at=(moment, self.changed_at))
        answer = _decoder(
            rows=(list[msgspec.Raw], self.rows), following=(str | None, self.following)
        )

        def understood(body: bytes) -> tuple[Sequence[Record], str | None]:
            sent = answer.decode(body)
            records = []
            for raw in sent.rows:
                known = row.decode(raw)
                changed_at = known.changed_at.astimezone(UTC)
                records.append(Record(str(known.id), changed_at, bytes(raw)))
            return records, sent.following

        return understood


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _decoder(**fields: tuple[Any, str]) -> msgspec.json.Decoder[Any]:
    """Of an object: field=(type, the vendor's name for it)."""
    named = [(field, kind, msgspec.field(name=name)) for field, (kind, name) in fields.items()]
    return msgspec.json.Decoder(msgspec.defstruct("Sent", named))
