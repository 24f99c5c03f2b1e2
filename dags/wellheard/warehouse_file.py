"""The warehouse's file: who may write it, and who reads it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wellheard.errors import BuildError, WarehouseLocked, WellheardError
from wellheard.settings import Settings

if TYPE_CHECKING:
    import duckdb


def connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the warehouse, times in UTC; the caller closes it.

    Raises WellheardError when there is no warehouse, WarehouseLocked when another program has it
    open for writing.
    """
    import duckdb

    if not settings.warehouse.exists():
        raise WellheardError(
            f"there is no warehouse at {settings.warehouse} yet: run `wellheard build`"
        )
    try:
        connection = duckdb.connect(str(settings.warehouse), read_only=True)
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise _locked(settings, error) from None
        raise WellheardError(
            f"{settings.warehouse} cannot be read ({first_line(error)}): "
            "remove it and run `wellheard build`"
        ) from None
    connection.execute("set TimeZone = 'UTC'")
    return connection


@contextmanager
def writing(settings: Settings) -> Iterator[None]:
    """Hold the one writer's lock; it falls with the process, however that ends.

    Raises WarehouseLocked while another process holds it, BuildError where it cannot be written.
    """
    path = settings.var / "warehouse.lock"
    try:
        settings.var.mkdir(parents=True, exist_ok=True)
        lock = path.open("a+")
    except OSError as error:
        raise BuildError(
            f"{path} cannot be written ({error.strerror}): make the folder writable, "
            "or name another with WELLHEARD_VAR"
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise WarehouseLocked(
                f"process {holder} is building the warehouse {settings.warehouse}: "
                "wait until it has finished, then build again"
            ) from None
        lock.seek(0)
        lock.truncate()
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def refuse_foreign_writer(settings: Settings) -> None:
    """Raise WarehouseLocked if a program has the file open for writing.

    It would lose its changes when a build is put in the file's place.
    """
    import duckdb

    if not settings.warehouse.exists():
        return
    try:
        duckdb.connect(str(settings.warehouse), read_only=True).close()
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise _locked(settings, error) from None
        # Damaged: this build replaces it.


def _locked(settings: Settings, error: Exception) -> WarehouseLocked:
    return WarehouseLocked(
        f"another program has {settings.warehouse} open for writing: close it and try again "
        f"({first_line(error)})"
    )


def first_line(error: Exception) -> str:
    """What DuckDB says, without the query it goes on to quote."""
    return str(error).strip().splitlines()[0]
