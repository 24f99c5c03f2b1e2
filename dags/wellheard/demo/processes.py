"""Child processes that never outlive the demo, however it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psutil

from wellheard.errors import WellheardError


def free_ports(count: int) -> list[int]:
    """So many ports of the loopback interface nobody listens on at the moment, all different."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@dataclass
class Processes:
    """Processes started together and ended together, with all their descendants."""

    logs: Path
    _started: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a process in a session of its own; its output goes to `logs/<name>.log`."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("ab") as log:
            self._started[name] = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def check(self) -> None:
        """Raise WellheardError, with the end of its log, when a process has ended by itself."""
        for name, process in self._started.items():
            if process.poll() is not None:
                log = self.logs / f"{name}.log"
                end = log.read_text(errors="replace")[-2000:]
                raise WellheardError(
                    f"{name} ended with exit code {process.returncode}; the end of {log}:\n{end}"
                )

    def stop(self, patience: float = 10.0) -> None:
        """End all of them and whatever they started: first asked, then killed."""
        everyone = self._descendants()
        for process in everyone:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        _, stubborn = psutil.wait_procs(everyone, timeout=patience)
        # What was started while the others were ending hangs on to the same sessions.
        for process in {*stubborn, *self._descendants()}:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        for started in self._started.values():
            started.wait()
        self._started.clear()

    def _descendants(self) -> list[psutil.Process]:
        sessions = {process.pid for process in self._started.values()}
        found: dict[int, psutil.Process] = {}
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError, PermissionError):
                if os.getsid(process.pid) in sessions:
                    found[process.pid] = process
                    for child in process.children(recursive=True):
                        found[child.pid] = child
        return list(found.values())


@contextlib.contextmanager
def running(logs: Path) -> Iterator[Processes]:
    """Processes that end with the block, also on Ctrl-C, SIGTERM and a closed terminal."""

    def interrupted(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    processes = Processes(logs)
    before = {name: signal.signal(name, interrupted) for name in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield processes
    finally:
        # A second Ctrl-C must not leave half of them running.
        ignored = {n: signal.signal(n, signal.SIG_IGN) for n in (signal.SIGINT, *before)}
        processes.stop()
        signal.signal(signal.SIGINT, ignored[signal.SIGINT])
        for name, handler in before.items():
            signal.signal(name, handler)


def wait_for_file(path: Path, processes: Processes, seconds: float) -> str:
    """The content of a file a child writes when ready. Raises WellheardError after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if path.exists():
            return path.read_text()
        processes.check()
        time.sleep(0.1)
    raise WellheardError(
        f"{path.name} was not written within {seconds:.0f} s; see {processes.logs}"
    )
