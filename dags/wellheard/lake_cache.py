"""The files of a remote lake on this machine: fetched once, checked, and named by their content."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Collection
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from wellheard.errors import LandingError
from wellheard.landing import LandedFile


class LakeCache:
    """Copies in a folder; unless given, one of its own that is removed with it."""

    def __init__(self, fs: Any, folder: Path | None = None) -> None:
        self._fs, self._given = fs, folder

    @cached_property
    def _folder(self) -> Path:
        if self._given is not None:
            return self._given
        own = Path(tempfile.mkdtemp(prefix="wellheard-lake-"))
        weakref.finalize(self, shutil.rmtree, own, ignore_errors=True)
        return own

    def fetched(self, path: str, file: LandedFile) -> Path:
        """The copy of a file of the lake. Raises LandingError when it is not what was landed."""
        try:
            target = self._folder / f"{file.sha256}.parquet"
            if target.exists() and target.stat().st_size == file.bytes:
                return target
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=self._folder, suffix=".aside")
            os.close(handle)
        except OSError as error:
            raise LandingError(f"{path} cannot be kept for reading: {error}") from error
        aside = Path(name)
        try:
            self._fs.get_file(path, str(aside))
            with aside.open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
            if found != file.sha256:
                raise LandingError(
                    f"{path} has other content than when it was landed: "
                    "put it back from a copy, or land that window again"
                )
            aside.replace(target)
        except OSError as error:
            raise LandingError(f"{path} cannot be fetched: {error}") from error
        finally:
            aside.unlink(missing_ok=True)
        return target

    def forget_all_but(self, files: Collection[LandedFile]) -> None:
        """Remove the copies of all other files; what cannot be removed is left."""
        keep = {f"{file.sha256}.parquet" for file in files}
        for path in [*self._folder.glob("*.parquet"), *self._folder.glob("*.aside")]:
            if path.name not in keep:
                with suppress(OSError):
                    path.unlink()
