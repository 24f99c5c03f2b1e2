"""What a source is: the shape every connector has.

A connector is one module in this package that ends in `SOURCE = Source(...)`. Its `read` yields
pages of records exactly as the vendor sent them and returns only after the vendor's own end signal;
anything else raises a SourceError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import BaseModel

from wellheard.connections import Connection
from wellheard.periods import Window


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a stream, as sent.

    `id` is the vendor's; `changed_at` (UTC) is the vendor's change clock, by which the newest of
    several copies wins; `payload` is the record's JSON text, byte for byte.
    """

    id: str
    changed_at: datetime
    payload: bytes


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
    be read only once `settle` has passed since its end. `contract` is set by file sources alone:
    the contract table their records are shaped for.
    """

    name: str
    overlap: timedelta = timedelta(0)
    settle: timedelta = timedelta(0)
    contract: str | None = None


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


@dataclass(frozen=True)
class Source:
    """A connector: its name, options, streams, and how to read a window of one of them."""

    name: str
    title: str
    options: type[BaseModel]
    streams: Callable[[BaseModel], tuple[Stream, ...]]
    read: Callable[[Request], Iterator[Page]]
    needs_connection: bool = True
