"""A mail server for the demo: takes every message and keeps it as a file, sends nothing on.

`python -m wellheard.demo.mailbox --ready-file PATH --folder DIR` listens on a free loopback port,
writes `{"host": ..., "port": ..., "pid": ...}` to the ready file once it does, stores each message
as one `.eml` file with the envelope in `X-Envelope-*` lines on top, and ends on SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from wellheard.errors import ConfigError, WellheardError

SIZE_LIMIT = 30_000_000  # bytes; an attached PDF of 18 MB is about 25 MB on the way


class _Keep:
    """Keeps each message before it is acknowledged."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    # The name is aiosmtpd's.
    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        message = content.encode() if isinstance(content, str) else content or b""
        try:
            name = self._store(envelope, message)
        except OSError as error:
            return f"452 cannot store the message: {error.strerror}"
        return f"250 kept as {name}"

    def _store(self, envelope: Envelope, message: bytes) -> str:
        top = [f"X-Envelope-From: {envelope.mail_from}"]
        top += [f"X-Envelope-To: {recipient}" for recipient in envelope.rcpt_tos]
        heading = "\r\n".join([*top, ""]).encode("utf-8", "replace")
        while (path := self._folder / f"{next(self._numbers):05d}.eml").exists():
            pass  # a mailbox may be opened again
        write_atomically(path, heading + message)
        return path.name


async def serve(folder: Path, ready_file: Path) -> None:
    """Take mail until the process gets SIGTERM or SIGINT."""
    folder.mkdir(parents=True, exist_ok=True)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, ended.set)
    handler = _Keep(folder)
    server = await loop.create_server(
        lambda: SMTP(handler, data_size_limit=SIZE_LIMIT, hostname="localhost", loop=loop),
        host="127.0.0.1",
        port=0,
    )
    host, port = server.sockets[0].getsockname()[:2]
    ready = json.dumps({"host": host, "port": port, "pid": os.getpid()})
    write_atomically(ready_file, ready.encode())
    try:
        await ended.wait()
    finally:
        server.close()
        ready_file.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m wellheard.demo.mailbox", description=__doc__)
    parser.add_argument("--ready-file", type=Path, required=True, help="written once it listens")
    parser.add_argument("--folder", type=Path, required=True, help="where messages are kept")
    options = parser.parse_args(arguments)
    try:
        _check(options.folder, options.ready_file)
        asyncio.run(serve(options.folder, options.ready_file))
    except WellheardError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _check(folder: Path, ready_file: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ready_file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{error.filename} cannot be made: {error.strerror}") from None


if __name__ == "__main__":
    raise SystemExit(main())
