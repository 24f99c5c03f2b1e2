"""Writing one window of one stream into the lake, page by page, in bounded memory."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import tempfile
from array import array
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from fsspec.implementations.local import LocalFileSystem

from wellheard.drift import FieldTypes
from wellheard.errors import LandingError
from wellheard.periods import Window
from wellheard.sources.base import Content, InputFile, Page, columns, microseconds, moment

if TYPE_CHECKING:
    from wellheard.lake import Manifest

ROWS_PER_GROUP = 20_000
BYTES_PER_GROUP = 8 * 2**20  # of payload, before compression
BYTES_PER_FILE = 256 * 2**20
_DIGESTS_IN_MEMORY = 2**20  # bytes; 131,072 ids
_ROWS_PER_BATCH = 1000
_BYTES_PER_WRITE = 2**20


@dataclass(frozen=True)
class LandedFile:
    """One Parquet file of a landing: its name in the window's folder, rows, size and SHA-256."""

    name: str
    rows: int
    bytes: int
    sha256: str


class Landing:
    """One attempt to land one window. `Lake.landing` makes it and ends it; callers add pages.

    `manifest` is set once the window is visible.
    """

    def __init__(
        self,
        fs: Any,
        folder: str,
        where: str,
        free_space: Callable[[], int | None],
        source: str,
        stream: str,
        window: Window,
        extracted_at: datetime,
        types: FieldTypes,
    ) -> None:
        self._fs, self._folder, self._where, self._free = fs, folder, where, free_space
        self._names = (source, stream)
        self._times = [microseconds(time) for time in (window.start, window.end, extracted_at)]
        self._types = types
        self.token = secrets.token_hex(6)
        self.pages = self.sent = self.distinct = 0
        self.first_change: datetime | None = None
        self.last_change: datetime | None = None
        self.end_signal = False  # set by the reader's caller once the read came to its end
        self.inputs: list[InputFile] = []
        self.manifest: Manifest | None = None
        self._files: list[LandedFile] = []
        self._part: _Part | None = None
        self._batches: list[Any] = []
        self._rows = self._rows_bytes = 0
        self._writer = ThreadPoolExecutor(1)
        self._writing: Future[None] | None = None
        # Unlinked from the start, so a killed process leaves nothing; beside the data, so a small
        # /tmp does not matter.
        beside = folder if isinstance(fs, LocalFileSystem) else None
        self._ids: IO[bytes] = tempfile.SpooledTemporaryFile(  # noqa: SIM115  (closed by close)
            _DIGESTS_IN_MEMORY, dir=beside
        )

    def add(self, page: Page) -> None:
        """Land the records of one page. Raises LandingError when they cannot be written."""
        self._types.look(page)
        with self.full_disk_is_a_landing_error():
            ids, changes, contents = columns(page.records)
            for run in _runs(contents):
                self._add(ids[run], changes[run], contents[run], page.number)
            self.pages += 1
            self.sent += len(page.records)
            self.inputs.extend(page.inputs)

    def finish(self) -> list[LandedFile]:
        """Write what is buffered, close the last file, count the ids; the files, in order."""
        with self.full_disk_is_a_landing_error():
            if self._batches:
                self._write_group()
            self._written()
            self._writing = self._writer.submit(self._close_part)
            self.distinct = self._distinct()
            self._written()
        return self._files

    def _distinct(self) -> int:
        """How many different record ids were added; exact but for a chance of about n^2 / 2^65.

        Counted in as many passes over the digests as keep each within a bounded share of memory.
        """
        size = self._ids.seek(0, os.SEEK_END)
        passes = 1
        while size / passes > _DIGESTS_IN_MEMORY:
            passes *= 2
        return sum(self._distinct_of_pass(number, passes) for number in range(passes))

    def close(self) -> None:
        """Let go of what is open; after a failure the file begun is left unfinished."""
        self._writer.shutdown()
        if self._part is not None:
            with suppress(Exception):
                self._part.abandon()
        self._batches.clear()
        self._ids.close()

    @contextmanager
    def full_disk_is_a_landing_error(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            free = self._free()
            space = "" if free is None else f"; {free / 2**20:,.1f} MB are free there"
            reason = error.strerror or str(error) or type(error).__name__
            raise LandingError(
                f"{self._where}: cannot write to the lake at {self._folder}: {reason}{space}. "
                "Nothing of this attempt is visible and what was landed before still is; "
                "make room or mend access, then run the window again"
            ) from error

    def _add(
        self,
        ids: Sequence[str],
        changes: Sequence[int],
        contents: Sequence[Content],
        page: int,
    ) -> None:
        import pyarrow as pa

        first, last = moment(min(changes)), moment(max(changes))
        self.first_change = min(self.first_change or first, first)
        self.last_change = max(self.last_change or last, last)
        # A text's hash differs from process to process, but not within one.
        self._ids.write(array("q", map(hash, ids)).tobytes())
        numbers = pa.Array.from_buffers(pa.int32(), 1, [None, pa.py_buffer(array("i", [page]))])
        try:
            payload = _texts(contents)
            record_id = _texts([one.encode() for one in ids])
        except (pa.ArrowInvalid, UnicodeEncodeError) as error:
            raise LandingError(
                f"{self._where} page {page}: a record is not UTF-8 text: {error}"
            ) from None
        count = len(ids)
        source, stream, start, end, extracted_at = (
            pa.repeat(one, count) for one in self._constants
        )
        columns = {
            "source": source,
            "stream": stream,
            "record_id": record_id,
            "changed_at": _moments(changes),
            "payload": payload,
            "window_start": start,
            "window_end": end,
            "extracted_at": extracted_at,
            "page": pa.repeat(numbers[0], count),
        }
        self._batches.append(pa.record_batch(columns))
        self._rows += count
        self._rows_bytes += payload.nbytes
        if self._rows >= ROWS_PER_GROUP or self._rows_bytes >= BYTES_PER_GROUP:
            self._write_group()

    @cached_property
    def _constants(self) -> list[Any]:
        """What is the same in all rows, as Arrow's values: the names, then the times."""
        return [*_texts([name.encode() for name in self._names]), *_moments(self._times)]

    def _write_group(self) -> None:
        """Let what is buffered be written while the next pages come; one group at a time."""
        self._written()
        batches, self._batches, self._rows, self._rows_bytes = self._batches, [], 0, 0
        self._writing = self._writer.submit(self._write, batches)

    def _written(self) -> None:
        """Wait for the group that is being written. Raises what went wrong with it."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            writing.result()

    def _write(self, batches: list[Any]) -> None:
        import pyarrow as pa

        table = pa.Table.from_batches(batches)
        if self._part is None:
            name = f"part-{self.token}-{len(self._files):05d}.parquet"
            self._part = _Part(self._fs, self._folder, name, table.schema)
        self._part.write(table)
        if self._part.bytes >= BYTES_PER_FILE:
            self._close_part()

    def _close_part(self) -> None:
        if self._part is not None:
            self._files.append(self._part.close())
            self._part = None

    def _distinct_of_pass(self, number: int, passes: int) -> int:
        import numpy as np

        self._ids.seek(0)
        kept = []
        while block := self._ids.read(_DIGESTS_IN_MEMORY):
            digests = np.frombuffer(block, np.uint64)
            kept.append(digests[digests & np.uint64(passes - 1) == number])
        if not (found := np.concatenate(kept) if kept else np.empty(0, np.uint64)).size:
            return 0
        found.sort()  # in place: a million ids are to take no more memory than a thousand
        return 1 + int(np.count_nonzero(found[1:] != found[:-1]))


def _runs(contents: Sequence[Content]) -> Iterator[slice]:
    """The records in runs, so that a long page is not held twice."""
    most = min(_ROWS_PER_BATCH, ROWS_PER_GROUP)
    start = 0
    if len(contents) > most or sum(map(len, contents)) > BYTES_PER_GROUP:
        size = 0
        for at, content in enumerate(contents):
            if at > start and (at - start >= most or size >= BYTES_PER_GROUP):
                yield slice(start, at)
                start, size = at, 0
            size += len(content)
    if contents:
        yield slice(start, len(contents))


# Arrow arrays from their buffers: `pa.array` of a list and `pa.scalar` import pandas first (and
# `cast` Arrow's functions), which takes longer, and more memory, than most landings.


def _texts(values: Sequence[Content]) -> Any:
    """A string array. Raises pa.ArrowInvalid for what is no UTF-8."""
    import pyarrow as pa

    offsets = array("i", accumulate(map(len, values), initial=0))
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(values))]
    texts = pa.Array.from_buffers(pa.string(), len(values), buffers)
    texts.validate(full=True)
    return texts


def _moments(values: Sequence[int]) -> Any:
    """An array of UTC timestamps in microseconds."""
    import pyarrow as pa

    numbers = pa.py_buffer(array("q", values))
    return pa.Array.from_buffers(pa.timestamp("us", tz="UTC"), len(values), [None, numbers])


class _Part:
    """One Parquet file being written, hashed on the way."""

    def __init__(self, fs: Any, folder: str, name: str, schema: Any) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.name, self.bytes, self._rows = name, 0, 0
        self._local = isinstance(fs, LocalFileSystem)
        path = f"{folder}/{name}"
        # Opened by Python itself on a local disk: fsync needs the descriptor.
        self._file: Any = open(path, "xb") if self._local else fs.open(path, "wb")  # noqa: SIM115
        self._digest = hashlib.sha256()
        # Every write waits for the interpreter, which other threads need: few and large ones.
        self._sink = pa.BufferedOutputStream(pa.PythonFile(_Tee(self), "w"), _BYTES_PER_WRITE)
        self._writer = pq.ParquetWriter(
            self._sink,
            schema,
            compression="zstd",
            use_dictionary=["source", "stream"],
            write_statistics=[name for name in schema.names if name != "payload"],
        )

    def take(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self._file.write(view if self._local else bytes(view))
        self._digest.update(view)
        self.bytes += len(view)
        return len(view)

    def write(self, table: Any) -> None:
        self._writer.write_table(table, row_group_size=table.num_rows)
        self._sink.flush()
        self._rows += table.num_rows

    def close(self) -> LandedFile:
        self._writer.close()
        self._sink.close()
        if self._local:
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()
        return LandedFile(self.name, self._rows, self.bytes, self._digest.hexdigest())

    def abandon(self) -> None:
        for stream in (self._writer, self._sink, self._file):
            with suppress(Exception):
                stream.close()


class _Tee:
    """The write-only file object pyarrow wants; hands every byte to its part."""

    def __init__(self, part: _Part) -> None:
        self._part: _Part = part
        self.closed = False

    def write(self, data: Any) -> int:
        return self._part.take(data)

    def tell(self) -> int:
        return self._part.bytes

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False


@contextmanager
def window_lock(folder: Path | None, where: str) -> Iterator[None]:
    """One process at a time per window of a local lake; the folder itself is what is locked.

    The lock dies with its holder. A folder left empty is removed again.
    """
    if folder is None:
        yield
        return
    handle = _locked_folder(folder, where)
    try:
        yield
    finally:
        with suppress(OSError):
            folder.rmdir()  # succeeds only when nothing was landed
        os.close(handle)


def _locked_folder(folder: Path, where: str) -> int:
    while True:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue  # removed by another process between the two calls
        except OSError as error:
            raise LandingError(
                f"{where}: cannot make {folder}: {error.strerror}; "
                "mend access or set WELLHEARD_LAKE_URL to a folder that can be written"
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(handle), os.stat(folder)):
                return handle
        except BlockingIOError:
            os.close(handle)
            raise LandingError(
                f"{where}: another process is landing this window; let it end, then run again"
            ) from None
        except FileNotFoundError:
            pass
        os.close(handle)
