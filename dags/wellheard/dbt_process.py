"""dbt as a process of its own: started, followed, ended.

The process ends with its parent, however the parent ends, so no orphan goes on writing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wellheard import feeds
from wellheard.dbt_failures import plain

PARSED = "partial_parse.msgpack"  # dbt's own name for what it parsed, in its target folder
# Imports dbt and what the Python models load, and waits for a byte on its standard input before it
# opens the database: to read the project takes it seconds, too. Leaves when that input ends, which
# only the parent holds open. Tells itself what is wanted of dbt's events:
# dbt's logger makes a line of each before it looks at its level. Keeps the results where it is told
# to write neither its manifest nor them, which costs it a second. What dbt makes lives as long as
# its process: to look for garbage among it every 700 objects, and to take it down in the end, costs
# two seconds.
_BOOTSTRAP = """
import gc, os, sys, threading
gc.set_threshold(1_000_000)
ready = threading.Event()
def follow_parent():
    while os.read(0, 1):
        ready.set()
    os._exit(130)
threading.Thread(target=follow_parent, daemon=True).start()
from dbt.cli.main import dbtRunner
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt_common.events.functions import msg_to_json
import pandas, scipy.special
def tell(event):
    about = event.info
    if about.level in ("warn", "error") or about.name in ("LogModelResult", "LogSeedResult"):
        sys.stdout.write(msg_to_json(event) + "\\n")
        sys.stdout.flush()
open_at_once = DuckDBConnectionManager.open
def open_when_ready(connection):
    ready.wait()
    return open_at_once(connection)
DuckDBConnectionManager.open = staticmethod(open_when_ready)
done = dbtRunner(callbacks=[tell]).invoke(sys.argv[1:])
if "--no-write-json" in sys.argv and hasattr(done.result, "write"):
    done.result.write(os.path.join("target", "run_results.json"))
if not done.success:
    sys.exit(str(done.exception or "") or 1)
DuckDBConnectionManager.close_all_connections()
os._exit(0)
"""
# Secrets and another dbt's settings stay outside.
_KEPT_OUT = ("AIRFLOW_", "DBT_", "WELLHEARD_", "PYTHONPATH")
_RESULT_EVENTS = {"LogModelResult", "LogSeedResult"}
# What the operating system says, as dbt and DuckDB pass it on.
_NO_ROOM = ("No space left on device", "Disk quota exceeded", "File too large")


@dataclass(frozen=True)
class Outcome:
    """How a dbt run ended. `errors` are the messages of errors that belong to no node.

    `no_room`: what the system said of a full disk, empty when it was something else.
    """

    succeeded: bool
    target: Path
    errors: list[str] = field(default_factory=list)
    no_room: str = ""


def run(
    arguments: Sequence[str],
    *,
    project: Path,
    work: Path,
    variables: Mapping[str, Any],
    environment: Mapping[str, str],
    progress: Callable[[str], None],
    parsed: Path | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> Outcome:
    """Run `dbt <arguments>` on the project and report each finished seed and model.

    Everything dbt writes goes below `work`: target/, logs/, stderr.txt. Nothing is sent anywhere.
    `parsed` is the PARSED file of an earlier run of the same project, which spares parsing it
    again. It is of no use where seeds are loaded: dbt looks for them where they were then.
    `meanwhile` makes ready the database; dbt takes seconds until it opens it, and waits for it.
    """
    work.mkdir(parents=True, exist_ok=True)
    target = work / "target"
    if parsed is not None and parsed.is_file():
        target.mkdir(exist_ok=True)
        shutil.copyfile(parsed, target / PARSED)
    command = [
        sys.executable, "-c", _BOOTSTRAP, *arguments,
        "--project-dir", str(project), "--profiles-dir", str(project),
        "--target-path", str(target), "--log-path", str(work / "logs"),
        "--log-level", "none", "--no-use-colors", "--no-use-colors-file", "--no-version-check",
        "--vars", json.dumps({**feeds.variables(project), **variables}),
    ]  # fmt: skip
    errors: list[str] = []
    no_room = ""
    with (work / "stderr.txt").open("wb") as stderr:
        process = subprocess.Popen(
            command,
            cwd=work,
            env=_environment(project, environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            meanwhile()
            with suppress(BrokenPipeError):  # it ended by itself: its standard error says why
                process.stdin.write(b"\n")
                process.stdin.flush()
            for event in _events(process.stdout):
                _tell(event, progress)
                no_room = no_room or said_of_no_room(event["info"]["msg"])
                if event["info"]["level"] == "error" and not event["data"].get("node_info"):
                    errors.append(plain(event["info"]["msg"]))
            code = process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
    if code == 0:
        return Outcome(succeeded=True, target=target)
    said = (work / "stderr.txt").read_text(errors="replace")
    if not errors:
        tail = said.strip().splitlines()[-3:]
        errors.append(f"dbt ended with code {code}" + "".join(f"\n  {line}" for line in tail))
    no_room = no_room or said_of_no_room(said)
    return Outcome(succeeded=False, target=target, errors=errors, no_room=no_room)


def said_of_no_room(text: str) -> str:
    """The words for a full disk in a message; empty when it is about something else."""
    return next((words for words in _NO_ROOM if words in text), "")


def _environment(project: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """What dbt's process may see: the machine's variables without secrets, and what it needs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_KEPT_OUT)}
    return {
        **kept,
        # Python models import the library, wherever it was loaded from.
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        **extra,
    }


def _events(lines: Any) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue  # a library printed something of its own
        if isinstance(event, dict) and "info" in event and "data" in event:
            yield event


def _tell(event: Mapping[str, Any], progress: Callable[[str], None]) -> None:
    name, data = event["info"]["name"], event["data"]
    if name == "LogTestResult" and data["status"] == "warn":
        progress(f"warning: test {data['name']} found {data['num_failures']} rows")
    if name not in _RESULT_EVENTS:
        return
    node = data["node_info"]
    progress(
        f"{data['index']}/{data['total']} {node['resource_type']} {node['node_name']} "
        f"{node['node_status']} {data['execution_time']:.2f} s"
    )
