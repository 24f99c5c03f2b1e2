"""What a source is: the shape every connector has.

A connector is one module in this package that ends in `SOURCE = Source(...)`. Its `read` yields
pages of records exactly as the vendor sent them and returns only after the vendor's own end signal;
anything else raises a SourceError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TypeAlias, overload

import msgspec
from pydantic import BaseModel

from wellheard.connections import Connection
from wellheard.periods import Window

Content: TypeAlias = bytes | memoryview | msgspec.Raw
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record of a stream, as sent.

    `id` is the vendor's; `changed_at` (UTC) is the vendor's change clock, by which the newest of
    several copies wins; `payload` is the record's JSON text, byte for byte. `content` may be the
    piece of the vendor's answer itself, which saves copying it.
    """

    id: str
    changed_at: datetime
    content: Content

    @property
    def payload(self) -> bytes:
        return bytes(self.content)


class Split(Sequence[Record]):
    """The records of a long answer, whose texts are cut out of it only when they are needed.

    By then the connector is asking for the next page, so cutting takes no time of its own. `cut`
    gives the texts of the records that `ids` and `changes` (`microseconds`) tell of, in their
    order; it must not be able to fail, so the answer is to be checked before.
    """

    def __init__(
        self, ids: Sequence[str], changes: Sequence[int], cut: Callable[[], Sequence[Content]]
    ) -> None:
        self.ids, self.changes, self._cut = ids, changes, cut

    @cached_property
    def contents(self) -> Sequence[Content]:
        return self._cut()

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, at: int) -> Record: ...
    @overload
    def __getitem__(self, at: slice) -> list[Record]: ...
    def __getitem__(self, at: int | slice) -> Record | list[Record]:
        if isinstance(at, slice):
            changes = map(moment, self.changes[at])
            return list(map(Record, self.ids[at], changes, self.contents[at]))
        return Record(self.ids[at], moment(self.changes[at]), self.contents[at])


def columns(
    records: Sequence[Record],
) -> tuple[Sequence[str], Sequence[int], Sequence[Content]]:
    """Ids, changes (`microseconds`) and contents of the records, each in their order."""
    if isinstance(records, Split):
        return records.ids, records.changes, records.contents
    return (
        [record.id for record in records],
        [microseconds(record.changed_at) for record in records],
        [record.content for record in records],
    )


def microseconds(moment: datetime) -> int:
    """Microseconds from 1970 on, without the making of a `datetime` for each of many records."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(microseconds: int) -> datetime:
    """The moment in UTC."""
    return _EPOCH + microseconds * _MICROSECOND


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file a file source has read: its name, the SHA-256 of its content and its size in bytes."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Page:
    """The records of one answer of the vendor; may be empty."""

    number: int  # 1, 2, ... in the order read
    records: Sequence[Record]
    inputs: Sequence[InputFile] = ()  # file sources alone: files read to their end by this page


@dataclass(frozen=True)
class Stream:
    """One collection of a source.

    `overlap` is read again before the window's start, for rows the vendor shows late; a window may
    be read only once `settle` has passed since its end. A `whole` stream has no answer that is
    cheaper for a part of the time (definitions, lists that cannot be asked by time): a long window
    of it is read in one go. `contract` is set by file sources alone: the contract table their
    records are shaped for.
    """

    name: str
    overlap: timedelta = timedelta(0)
    settle: timedelta = timedelta(0)
    contract: str | None = None
    whole: bool = False


@dataclass(frozen=True)
class Request:
    """Read this window of this stream."""

    source: str  # the name in wellheard.yml
    stream: Stream
    window: Window
    options: BaseModel
    connection: Connection | None
    extracted_at: datetime
    progress: Callable[[str], None]
    # File sources alone: what the landings of this stream that are visible were read from.
    landed: Mapping[Window, Sequence[InputFile]] = field(default_factory=dict)
    budgets: Path | None = None  # where the processes of this machine share their request budgets


@dataclass(frozen=True)
class Source:
    """A connector: its name, options, streams, and how to read a window of one of them."""

    name: str
    title: str
    options: type[BaseModel]
    streams: Callable[[BaseModel], tuple[Stream, ...]]
    read: Callable[[Request], Iterator[Page]]
    needs_connection: bool = True
    # What its cases' priorities can be, in the words of the contract; empty where each company has
    # its own.
    priorities: tuple[str, ...] = ()
