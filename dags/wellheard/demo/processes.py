"""Child processes that never outlive the demo, however it ends.

`python -m wellheard.demo.processes SECONDS` is the guard: it reads process ids, one a line, until
the demo that writes them is gone - even killed - and then ends those still running.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
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
    patience: float = 10.0  # seconds between being asked to end and being killed
    _started: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _guard: subprocess.Popen[bytes] | None = None
    _starting: bool = False
    _interrupted: bool = False

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a process in a session of its own; its output goes to `logs/<name>.log`."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self._starting = True
        try:
            guard = self._guard = self._guard or _start_guard(self.patience)
            with (self.logs / f"{name}.log").open("ab") as log:
                self._started[name] = subprocess.Popen(
                    command,
                    env=dict(environment),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            assert guard.stdin is not None
            with contextlib.suppress(BrokenPipeError):  # somebody ended the guard
                guard.stdin.write(f"{self._started[name].pid}\n".encode())
        finally:
            self._starting = False
        if self._interrupted:
            raise KeyboardInterrupt

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt - not before a process just being started is known."""
        self._interrupted = True
        if not self._starting:
            raise KeyboardInterrupt

    def check(self) -> None:
        """Raise WellheardError, with the end of its log, when a process has ended by itself."""
        for name, process in self._started.items():
            if process.poll() is not None:
                log = self.logs / f"{name}.log"
                end = log.read_text(errors="replace")[-2000:]
                raise WellheardError(
                    f"{name} ended with exit code {process.returncode}; the end of {log}:\n{end}"
                )

    def stop(self) -> None:
        """End all of them and whatever they started: first asked, then killed."""
        end_sessions({process.pid for process in self._started.values()}, self.patience)
        for started in self._started.values():
            started.wait()
        self._started.clear()
        if self._guard is not None:
            self._guard.communicate()  # closes its input; it finds nobody and ends
            self._guard = None


def end_sessions(sessions: set[int], patience: float) -> None:
    """End all processes of these sessions and their descendants: first asked, then killed."""
    everyone = _members(sessions)
    for process in everyone:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(everyone, timeout=patience)
    # What was started while the others were ending hangs on to the same sessions.
    for process in {*stubborn, *_members(sessions)}:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _members(sessions: set[int]) -> list[psutil.Process]:
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError, PermissionError):
            if os.getsid(process.pid) in sessions:
                found[process.pid] = process
                for child in process.children(recursive=True):
                    found[child.pid] = child
    return list(found.values())


def _start_guard(patience: float) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "wellheard.demo.processes", str(patience)],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a terminal's Ctrl-C is not meant for it
    )


@contextlib.contextmanager
def running(logs: Path, patience: float = 10.0) -> Iterator[Processes]:
    """Processes that end with the block, also on Ctrl-C, SIGTERM and a closed terminal."""

    def interrupted(number: int, frame: FrameType | None) -> None:
        processes.interrupt()

    processes = Processes(logs, patience)
    # What is ignored stays so: `nohup` means to outlive the terminal.
    before = {
        name: handler
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if (handler := signal.getsignal(name)) is not signal.SIG_IGN
    }
    for name in before:
        signal.signal(name, interrupted)
    try:
        yield processes
    finally:
        # A second Ctrl-C must not leave half of them running.
        for name in before:
            signal.signal(name, signal.SIG_IGN)
        processes.stop()
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


if __name__ == "__main__":
    end_sessions({int(line) for line in sys.stdin}, float(sys.argv[1]))
