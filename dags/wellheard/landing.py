"""Writing one window of one stream into the lake, page by page, in bounded memory."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from fsspec.implementations.local import LocalFileSystem

from wellheard.errors import LandingError
from wellheard.periods import Window, as_utc
from wellheard.sources.base import InputFile, Page, Record

if TYPE_CHECKING:
    from wellheard.lake import Manifest

ROWS_PER_GROUP = 20_000
BYTES_PER_GROUP = 8 * 2**20  # of payload, before compression
BYTES_PER_FILE = 256 * 2**20
_DIGESTS_IN_MEMORY = 8 * 2**20  # bytes; one million ids
_DIGEST_BYTES = 8


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
    ) -> None:
        self._fs, self._folder, self._where, self._free = fs, folder, where, free_space
        self._constants = (source, stream, window.start, window.end, as_utc(extracted_at))
        self.token = secrets.token_hex(6)
        self.pages = self.sent = 0
        self.first_change: datetime | None = None
        self.last_change: datetime | None = None
        self.end_signal = False  # set by the reader's caller once the read came to its end
        self.inputs: list[InputFile] = []
        self.manifest: Manifest | None = None
        self._files: list[LandedFile] = []
        self._part: _Part | None = None
        self._rows: list[tuple[Record, int]] = []
        self._rows_bytes = 0
        # Unlinked from the start, so a killed process leaves nothing; beside the data, so a small
        # /tmp does not matter.
        beside = folder if isinstance(fs, LocalFileSystem) else None
        self._ids: IO[bytes] = tempfile.SpooledTemporaryFile(  # noqa: SIM115  (closed by close)
            _DIGESTS_IN_MEMORY, dir=beside
        )

    def add(self, page: Page) -> None:
        """Land the records of one page. Raises LandingError when they cannot be written."""
        with self.full_disk_is_a_landing_error():
            for record in page.records:
                changed_at = as_utc(record.changed_at)
                if self.first_change is None or changed_at < self.first_change:
                    self.first_change = changed_at
                if self.last_change is None or changed_at > self.last_change:
                    self.last_change = changed_at
                self._ids.write(
                    hashlib.blake2b(record.id.encode(), digest_size=_DIGEST_BYTES).digest()
                )
                self._rows.append((record, page.number))
                self._rows_bytes += len(record.payload)
                if len(self._rows) >= ROWS_PER_GROUP or self._rows_bytes >= BYTES_PER_GROUP:
                    self._write_group()
            self.pages += 1
            self.sent += len(page.records)
            self.inputs.extend(page.inputs)

    def finish(self) -> list[LandedFile]:
        """Write what is buffered, close the last file; the files, in order."""
        with self.full_disk_is_a_landing_error():
            if self._rows:
                self._write_group()
            self._close_part()
        return self._files

    def distinct(self) -> int:
        """How many different record ids were added; exact but for a chance of about n^2 / 2^65.

        Counted in as many passes over the digests as keep each within a bounded share of memory.
        """
        with self.full_disk_is_a_landing_error():
            size = self._ids.seek(0, os.SEEK_END)
            passes = 1
            while size / passes > _DIGESTS_IN_MEMORY:
                passes *= 2
            return sum(self._distinct_of_pass(number, passes) for number in range(passes))

    def close(self) -> None:
        """Let go of what is open; after a failure the file begun is left unfinished."""
        if self._part is not None:
            with suppress(Exception):
                self._part.abandon()
        self._rows.clear()
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

    def _write_group(self) -> None:
        import pyarrow as pa

        rows, self._rows, self._rows_bytes = self._rows, [], 0
        source, stream, start, end, extracted_at = self._constants
        count = len(rows)
        moment = pa.timestamp("us", tz="UTC")
        try:
            payload = pa.array([r.payload for r, _ in rows], pa.binary()).cast(pa.string())
            record_id = pa.array([r.id for r, _ in rows], pa.string())
        except (pa.ArrowInvalid, UnicodeEncodeError) as error:
            raise LandingError(
                f"{self._where} pages {rows[0][1]} to {rows[-1][1]}: "
                f"a record is not UTF-8 text: {error}"
            ) from None
        columns = {
            "source": pa.repeat(pa.scalar(source), count),
            "stream": pa.repeat(pa.scalar(stream), count),
            "record_id": record_id,
            "changed_at": pa.array([as_utc(r.changed_at) for r, _ in rows], moment),
            "payload": payload,
            "window_start": pa.repeat(pa.scalar(start, moment), count),
            "window_end": pa.repeat(pa.scalar(end, moment), count),
            "extracted_at": pa.repeat(pa.scalar(extracted_at, moment), count),
            "page": pa.array([page for _, page in rows], pa.int32()),
        }
        batch = pa.record_batch(columns)
        if self._part is None:
            name = f"part-{self.token}-{len(self._files):05d}.parquet"
            self._part = _Part(self._fs, self._folder, name, batch.schema)
        self._part.write(batch)
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
        return int(np.unique(np.concatenate(kept)).size) if kept else 0


class _Part:
    """One Parquet file being written, hashed on the way."""

    def __init__(self, fs: Any, folder: str, name: str, schema: Any) -> None:
        import pyarrow.parquet as pq

        self.name, self.bytes, self._rows = name, 0, 0
        self._local = isinstance(fs, LocalFileSystem)
        path = f"{folder}/{name}"
        # Opened by Python itself on a local disk: fsync needs the descriptor.
        self._file: Any = open(path, "xb") if self._local else fs.open(path, "wb")  # noqa: SIM115
        self._digest = hashlib.sha256()
        self._writer = pq.ParquetWriter(
            _Tee(self), schema, compression="zstd", use_dictionary=["source", "stream"]
        )

    def take(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self._file.write(view if self._local else bytes(view))
        self._digest.update(view)
        self.bytes += len(view)
        return len(view)

    def write(self, batch: Any) -> None:
        self._writer.write_batch(batch, row_group_size=batch.num_rows)
        self._rows += batch.num_rows

    def close(self) -> LandedFile:
        self._writer.close()
        if self._local:
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()
        return LandedFile(self.name, self._rows, self.bytes, self._digest.hexdigest())

    def abandon(self) -> None:
        with suppress(Exception):
            self._writer.close()
        self._file.close()


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
