"""The command line as a user meets it: arguments in; an exit code and what is printed out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from wellheard import cli


@dataclass(frozen=True)
class Done:
    """How a command ended. `said` is all that was printed, spaces and line ends as one space."""

    code: int
    said: str


@dataclass(frozen=True)
class CommandLine:
    """Runs `wellheard ...` for a company in a folder, with its state below `var`."""

    folder: Path

    @property
    def var(self) -> Path:
        return self.folder / "var"

    def environment(self, **more: Any) -> dict[str, str]:
        """The settings; a connection is given as `AIRFLOW_CONN_<ID>=dict(...)`."""
        return {
            "WELLHEARD_COMPANY_DIR": str(self.folder),
            "WELLHEARD_VAR": str(self.var),
            "WELLHEARD_EDITIONS": str(self.folder / "editions"),
            "WELLHEARD_TODAY": "2026-11-02T08:00:00Z",
            "WELLHEARD_PROGRESS": "plain",
        } | {k: v if isinstance(v, str) else json.dumps(v) for k, v in more.items()}

    def __call__(self, *arguments: str, **environment: Any) -> Done:
        """Run a command. Fails the test when it ends by anything but an exit."""
        result = CliRunner().invoke(cli.app, arguments, env=self.environment(**environment))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise AssertionError(f"{arguments} ended with a traceback") from result.exception
        assert "Traceback" not in result.output
        return Done(result.exit_code, " ".join(result.output.split()))

    def files(self) -> dict[str, bytes]:
        """Every file of the state and the archive with its content.

        Locks and the count of requests sent are no content.
        """
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for top in (self.var, self.folder / "editions")
            for path in sorted(top.rglob("*"))
            if path.is_file() and path.suffix not in (".lock", ".budget")
        }


# Runs the command line and kills the process when it touches a file: an audit event ("open",
# "os.rename") on a path whose name begins as given.
_KILLED = """
import os, signal, sys
from pathlib import Path

event, name = sys.argv[1:3]

def die(happening, arguments):
    paths = [a for a in arguments if isinstance(a, (str, os.PathLike))]
    if happening == event and any(Path(os.fsdecode(p)).name.startswith(name) for p in paths):
        os.kill(os.getpid(), signal.SIGKILL)

from wellheard.cli import app
sys.addaudithook(die)
app(sys.argv[3:])
"""


def killed_at(event: str, name: str, *arguments: str, environment: dict[str, str]) -> None:
    """Run a command in a process that is killed there; fail the test when it lives on."""
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, event, name, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
