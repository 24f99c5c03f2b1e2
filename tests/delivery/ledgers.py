"""Places for a ledger: a SQLite file, and a PostgreSQL server of the test's own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

STARTUP_SECONDS = 30


def _binaries() -> Path | None:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found and shutil.which("postgres") else None


@contextmanager
def postgres_server() -> Iterator[str]:
    """A running PostgreSQL on a free loopback port; yields a URL. Skips where there is none."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed (apt-get install postgresql)")
    # The server refuses to run as root, so its files belong to the unprivileged `nobody` then.
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="wellheard-pg-"))
    try:
        if user:
            shutil.chown(folder, user)
        data, log = folder / "data", folder / "log"
        subprocess.run(
            [
                *(binaries / "initdb", "-D", data, "-U", "wellheard", "-A", "trust"),
                *("-E", "UTF8", "--no-sync", "--locale=C"),
            ],
            user=user,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            cwd="/",
            check=True,
            capture_output=True,
        )
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with log.open("wb") as output:
            server = subprocess.Popen(
                [
                    *(binaries / "postgres", "-D", data, "-p", str(port), "-k", folder),
                    *("-c", "listen_addresses=127.0.0.1"),
                ],
                user=user,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                cwd="/",
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            _wait_until_ready(server, log, port)
            yield f"postgresql://wellheard:a-password@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(STARTUP_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(server: subprocess.Popen[bytes], log: Path, port: int) -> None:
    import psycopg

    for _ in range(STARTUP_SECONDS * 10):
        assert server.poll() is None, log.read_text()
        try:
            psycopg.connect(f"host=127.0.0.1 port={port} user=wellheard dbname=postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())
