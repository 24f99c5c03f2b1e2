"""The lake: what every source sent, window by window, as it was sent.

    <lake>/<source>/<stream>/window=<key>/part-<token>-00000.parquet ...  manifest.json

A window is visible only through its manifest, and readers read only the files it lists. A landing
writes its parts under a token of its own, puts the manifest in place in one step and then removes
what the new manifest does not list. Killed anywhere, either the old manifest or the new one is
valid; left-over files are invisible and go with the next landing of that window.

The lake is a local folder or any fsspec URL. Two processes landing the same window are kept apart
by a lock on a local lake; on an object store the scheduler must run one at a time.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import fsspec
from fsspec.implementations.local import LocalFileSystem
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from wellheard import __version__
from wellheard.drift import Drift, FieldTypes
from wellheard.durable import sync
from wellheard.errors import ConfigError, LandingError
from wellheard.lake_cache import LakeCache
from wellheard.landing import LandedFile, Landing, window_lock
from wellheard.periods import Window, as_utc, merge_windows
from wellheard.settings import Settings
from wellheard.sources.base import InputFile

MANIFEST = "manifest.json"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


class Manifest(BaseModel):
    """What one window of one stream holds. Times are UTC; `files` are names in its folder."""

    model_config = ConfigDict(frozen=True)

    source: str
    stream: str
    window_start: AwareDatetime
    window_end: AwareDatetime
    extracted_at: AwareDatetime
    contract: str | None  # file sources: the contract table the records are shaped for
    pages: int
    sent: int  # records on the vendor's pages
    landed: int  # rows in the files; always equal to sent
    distinct: int  # different record ids
    first_change: AwareDatetime | None
    last_change: AwareDatetime | None
    end_signal: bool  # the reader saw the source's own end
    files: list[LandedFile]
    inputs: list[InputFile] = []
    fields: dict[str, str] = {}  # the JSON types of each field, from a sample of every page
    drift: list[Drift] = []  # fields of another type than in all landings before
    wellheard: str

    @property
    def window(self) -> Window:
        return Window(self.window_start, self.window_end)


class Lake:
    """All landings below one folder or fsspec URL.

    `cache` is where the files of a remote lake are kept for reading; unless given, a folder that is
    removed with the lake's object.
    """

    def __init__(self, url: str, cache: Path | None = None) -> None:
        self.url = str(url)
        try:
            self._fs, root = fsspec.core.url_to_fs(self.url)
        except (ImportError, ValueError) as error:
            raise ConfigError(
                f"the lake {self.url!r} cannot be opened: {error}; "
                "set WELLHEARD_LAKE_URL to a folder or an fsspec URL"
            ) from None
        self._root = str(root).rstrip("/")
        self._local = isinstance(self._fs, LocalFileSystem)
        self._cache = LakeCache(self._fs, cache)

    @contextmanager
    def landing(
        self,
        source: str,
        stream: str,
        window: Window,
        *,
        extracted_at: datetime,
        contract: str | None = None,
        known_fields: Mapping[str, str] | None = None,
    ) -> Iterator[Landing]:
        """Land one window: add pages inside the block; leaving it normally makes them visible.

        `known_fields` are the types of what was landed before (`drift.union`): fields of another
        type are kept in the manifest.
        An exception discards all that was written and leaves what was visible before as it was.
        Raises LandingError when the lake cannot be written (a full disk, another process at it).
        """
        folder = self._folder(source, stream, window)
        where = f"{source}/{stream} {window}"
        with window_lock(Path(folder) if self._local else None, where):
            types = FieldTypes(known_fields or {}, ids_may_be_shown=contract is None)
            landing = Landing(
                self._fs,
                folder,
                where,
                self.free_space,
                source,
                stream,
                window,
                extracted_at,
                types,
            )
            try:
                with landing.full_disk_is_a_landing_error():
                    self._remove_orphans(folder)  # they may be what fills the disk
                yield landing
                files = landing.finish()
                manifest = Manifest(
                    source=source,
                    stream=stream,
                    window_start=window.start,
                    window_end=window.end,
                    extracted_at=as_utc(extracted_at),
                    contract=contract,
                    pages=landing.pages,
                    sent=landing.sent,
                    landed=sum(file.rows for file in files),
                    distinct=landing.distinct,
                    first_change=landing.first_change,
                    last_change=landing.last_change,
                    end_signal=landing.end_signal,
                    files=files,
                    inputs=landing.inputs,
                    fields=types.fields,
                    drift=list(types.drift.values()),
                    wellheard=__version__,
                )
                self._commit(folder, manifest, landing, where)
                landing.manifest = manifest
            finally:
                # Whatever happened, what the manifest now in place lists is kept and the rest goes.
                # What cannot be removed here the next landing of the window will remove.
                landing.close()
                with suppress(OSError):
                    self._remove_orphans(folder)

    def manifests(self, source: str | None = None, stream: str | None = None) -> list[Manifest]:
        """The visible landings, by source, stream and window.

        Raises LandingError naming the manifest that is damaged, or whose files are.
        """
        if stream is not None and source is None:
            raise ValueError("a stream is looked up within a source")
        sizes = self._sizes("/".join(filter(None, (self._root, source, stream))))
        found = [
            self._sound_manifest(path, sizes)
            for path in sizes
            if path.endswith(f"/{MANIFEST}") and "/window=" in path[len(self._root) :]
        ]
        return sorted(found, key=lambda m: (m.source, m.stream, m.window))

    def retire(self, manifest: Manifest) -> None:
        """Remove a landing of which all was landed again in other windows.

        Left for the next time when it cannot be removed, or another process is landing it.
        """
        folder = self._folder(manifest.source, manifest.stream, manifest.window)
        with (
            suppress(OSError, LandingError),
            window_lock(
                Path(folder) if self._local else None, f"{manifest.source}/{manifest.stream}"
            ),
        ):
            self._fs.rm_file(f"{folder}/{MANIFEST}")  # first: without it the rest is invisible
            self._remove_orphans(folder)

    def note(self, source: str, stream: str, name: str) -> bytes | None:
        """What `keep_note` kept, or None."""
        try:
            return bytes(self._fs.cat_file(self._note(source, stream, name)))
        except FileNotFoundError:
            return None

    def keep_note(self, source: str, stream: str, name: str, content: bytes | None) -> None:
        """Keep a few bytes beside a stream's windows, or with None remove them.

        Nothing but time hangs on a note: what cannot be kept is let go.
        """
        path = self._note(source, stream, name)
        with suppress(OSError):
            if content is None:
                self._fs.rm_file(path)
            elif self._local:
                _replace(Path(path).parent, Path(path).name, content, "aside")
            else:
                self._fs.pipe_file(path, content)

    def watermark(self, source: str, stream: str, history_start: datetime) -> datetime | None:
        """The end of the cover without a gap from `history_start`; None if nothing covers it."""
        return covered_until(self.manifests(source, stream), history_start)

    def gaps(self, source: str, stream: str, history_start: datetime) -> list[Window]:
        """What is not landed between `history_start` and the end of the last landed window."""
        landed = [m.window for m in self.manifests(source, stream)]
        return missing(landed, history_start, max((w.end for w in landed), default=history_start))

    def local_paths(self, manifest: Manifest) -> list[Path]:
        """The files of a landing on this machine; those of a remote lake are fetched once.

        Raises LandingError when a fetched file is not what the manifest says.
        """
        folder = self._folder(manifest.source, manifest.stream, manifest.window)
        if self._local:
            return [Path(folder) / file.name for file in manifest.files]
        return [self._cache.fetched(f"{folder}/{file.name}", file) for file in manifest.files]

    def forget_all_but(self, manifests: Iterable[Manifest]) -> None:
        """Remove the fetched files that none of the landings lists; nothing of a local lake.

        Only while no other process fetches into the same cache: half-fetched files go too. What
        cannot be removed is left for the next call.
        """
        if not self._local:
            self._cache.forget_all_but([file for one in manifests for file in one.files])

    def verify(self, manifest: Manifest) -> None:
        """Read every file again. Raises LandingError when one is not what the manifest says."""
        folder = self._folder(manifest.source, manifest.stream, manifest.window)
        for file in manifest.files:
            path = f"{folder}/{file.name}"
            try:
                with self._fs.open(path, "rb") as stream:
                    found = hashlib.file_digest(stream, "sha256").hexdigest()
            except OSError as error:
                raise _damaged(manifest, f"{path} cannot be read ({error})") from None
            if found != file.sha256:
                raise _damaged(manifest, f"{path} has other content than when it was landed")

    def free_space(self) -> int | None:
        """Bytes free where a local lake lies; None for a remote one."""
        if not self._local:
            return None
        place = Path(self._root)
        while not place.exists():
            place = place.parent
        return shutil.disk_usage(place).free

    def _folder(self, source: str, stream: str, window: Window) -> str:
        for what, name in (("source", source), ("stream", stream)):
            if not _NAME.fullmatch(name):
                raise ConfigError(
                    f"{what} {name!r} cannot name a folder of the lake; "
                    "use lower-case letters, digits, _ and -"
                )
        return f"{self._root}/{source}/{stream}/window={window.key}"

    def _note(self, source: str, stream: str, name: str) -> str:
        return f"{self._root}/{source}/{stream}/{name}.json"

    def _sizes(self, base: str) -> dict[str, int]:
        """The files below a folder and their sizes; empty when there is no such folder."""
        self._fs.invalidate_cache()
        return {
            self._fs._strip_protocol(path): int(info["size"])
            for path, info in self._fs.find(base, detail=True).items()
        }

    def _sound_manifest(self, path: str, sizes: dict[str, int]) -> Manifest:
        try:
            return self._read_manifest(path, sizes)
        except LandingError:
            # Perhaps the window was replaced after the listing; a damaged one stays damaged.
            return self._read_manifest(path, self._sizes(path.removesuffix(f"/{MANIFEST}")))

    def _read_manifest(self, path: str, sizes: dict[str, int]) -> Manifest:
        remedy = "put the file back from a copy, or delete it and land that window again"
        try:
            manifest = Manifest.model_validate_json(self._fs.cat_file(path))
            expected = self._folder(manifest.source, manifest.stream, manifest.window)
        except (ValidationError, ConfigError, UnicodeDecodeError, OSError) as error:
            first = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
            raise LandingError(f"{path} is damaged ({first}): {remedy}") from None
        folder = path.removesuffix(f"/{MANIFEST}")
        if folder != expected:
            raise LandingError(
                f"{path} is damaged (it describes {manifest.source}/{manifest.stream} "
                f"{manifest.window}): {remedy}"
            )
        for file in manifest.files:
            size = sizes.get(f"{folder}/{file.name}")
            if size != file.bytes:
                state = "is missing" if size is None else f"has {size:,} bytes, not {file.bytes:,}"
                raise _damaged(manifest, f"{folder}/{file.name} {state}")
        return manifest

    def _commit(self, folder: str, manifest: Manifest, landing: Landing, where: str) -> None:
        if manifest.landed != manifest.sent:
            raise LandingError(
                f"{where}: {manifest.sent} records were sent but {manifest.landed} written; "
                "nothing was landed, run the window again"
            )
        content = (manifest.model_dump_json(indent=2) + "\n").encode()
        with landing.full_disk_is_a_landing_error():
            if self._local:
                _replace(Path(folder), MANIFEST, content, landing.token)
                return
            self._fs.invalidate_cache()
            for file in manifest.files:
                if self._fs.size(f"{folder}/{file.name}") != file.bytes:
                    raise OSError(f"{file.name} is not in the store as written")
            self._fs.pipe_file(f"{folder}/{MANIFEST}", content)

    def _remove_orphans(self, folder: str) -> None:
        """Remove what the window's manifest does not list; nothing while it cannot be read."""
        self._fs.invalidate_cache()
        try:
            entries = [str(entry["name"]) for entry in self._fs.ls(folder, detail=True)]
        except FileNotFoundError:
            return
        keep = {MANIFEST}
        manifest = f"{folder}/{MANIFEST}"
        if any(entry.rsplit("/", 1)[-1] == MANIFEST for entry in entries):
            try:
                content = Manifest.model_validate_json(self._fs.cat_file(manifest))
            except (ValidationError, UnicodeDecodeError):
                return
            keep |= {file.name for file in content.files}
        for entry in entries:
            name = entry.rsplit("/", 1)[-1]
            if name not in keep and name.startswith(("part-", f"{MANIFEST}.")):
                self._fs.rm_file(f"{folder}/{name}")


def covered_until(manifests: Iterable[Manifest], history_start: datetime) -> datetime | None:
    """The end of the cover one stream's landings give without a gap; None if there is none."""
    start = as_utc(history_start)
    for cover in merge_windows([m.window for m in manifests]):
        if cover.contains(start):
            return cover.end
    return None


def missing(landed: Iterable[Window], start: datetime, end: datetime) -> list[Window]:
    """What of the time from start to end none of the windows covers."""
    found, at = [], as_utc(start)
    for cover in merge_windows(list(landed)):
        if cover.start > at and at < end:
            found.append(Window(at, min(cover.start, end)))
        at = max(at, cover.end)
    return [*found, Window(at, end)] if at < end else found


def _damaged(manifest: Manifest, problem: str) -> LandingError:
    return LandingError(
        f"{manifest.source}/{manifest.stream} {manifest.window}: {problem}: put the file back from "
        f"a copy, or delete the {MANIFEST} beside it and land that window again"
    )


def _replace(folder: Path, name: str, content: bytes, token: str) -> None:
    """Put a file in place in one step; it is on the disk before it has its name."""
    aside = folder / f"{name}.{token}"
    with aside.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(aside, folder / name)
    sync(folder)


def as_lake(settings: Settings) -> Lake:
    """The lake the settings name; a remote one keeps its copies below `var`."""
    return Lake(settings.lake, cache=settings.var / "lake-cache")
