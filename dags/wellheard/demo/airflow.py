"""A real Airflow on loopback: its environment, and the few calls of its REST API the demo makes."""

from __future__ import annotations

import json
import os
import re
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from wellheard.demo.processes import Processes
from wellheard.errors import WellheardError

USER = "admin"
ENDED = {"success", "failed"}
# `airflow standalone` puts the component before each line; an exception's last line names its type.
_EXCEPTION = re.compile(r"([\w-]+)\s*\| ((?:\w+\.)*\w*(?:Error|Exception)\b.*)")
TOLD = {"running", "deferred", "up_for_retry", *ENDED}


@dataclass(frozen=True)
class Airflow:
    """Where an Airflow runs and how to log in."""

    home: Path
    url: str
    password: str
    environment: Mapping[str, str]


def prepare(home: Path, dags: Path, ports: list[int], extra: Mapping[str, str]) -> Airflow:
    """Write the login and put together the environment; nothing is started.

    `ports`: three free ones (UI and API, task logs, trigger logs). `extra` is handed to every task.
    """
    home.mkdir(parents=True, exist_ok=True)
    passwords = home / "passwords.json"
    if not passwords.exists():
        passwords.touch(mode=0o600)
        passwords.write_text(json.dumps({USER: secrets.token_urlsafe(9)}))
    api, task_logs, trigger_logs = ports
    url = f"http://127.0.0.1:{api}"
    settings = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # On a busy machine a writer may wait for SQLite longer than its default of five seconds.
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}?timeout=60",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "3",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(api),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(task_logs),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(trigger_logs),
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "WELLHEARD"))}
    password = json.loads(passwords.read_text())[USER]
    return Airflow(home, url, password, {**inherited, **settings, **extra})


class Api:
    """Airflow's REST API, as far as the demo needs it."""

    def __init__(self, airflow: Airflow, processes: Processes) -> None:
        self._airflow, self._processes = airflow, processes
        # Longer than Airflow itself waits for its SQLite, on a machine busy with other things too.
        self._client = httpx.Client(base_url=airflow.url, timeout=120)

    def wait_until_ready(self, dags: set[str], seconds: float, say: Callable[[str], None]) -> None:
        """Until scheduler, triggerer and DAG processor report healthy and the DAGs are parsed.

        Raises WellheardError with the import errors, or what is missing, after `seconds`.
        """
        deadline = time.monotonic() + seconds
        state = "starting"
        while time.monotonic() < deadline:
            self._processes.check()
            state = self._state(dags)
            if not state:
                return
            time.sleep(0.5)
        log = self._processes.logs / "airflow.log"
        raise WellheardError(
            f"Airflow is not ready after {seconds:.0f} s: {state}. "
            f"Its log is {log}{first_error(log)}"
        )

    def _state(self, dags: set[str]) -> str:
        """What is missing, in words; empty when ready."""
        try:
            health = self._client.get("/api/v2/monitor/health").json()
        except (httpx.TransportError, ValueError):
            return "the API server does not answer yet"
        parts = ("scheduler", "triggerer", "dag_processor")
        sick = [part for part in parts if (health.get(part) or {}).get("status") != "healthy"]
        if sick:
            return f"waiting for {', '.join(sick)}"
        if "authorization" not in self._client.headers:
            self._log_in()
        broken = self.get("/importErrors")["import_errors"]
        if broken:
            raise WellheardError(f"Airflow cannot import a DAG:\n{broken[0]['stack_trace']}")
        known = {dag["dag_id"] for dag in self.get("/dags?limit=100")["dags"]}
        return f"DAGs not parsed yet: {', '.join(sorted(dags - known))}" if dags - known else ""

    def _log_in(self) -> None:
        login = {"username": USER, "password": self._airflow.password}
        answer = self._client.post("/auth/token", json=login)
        answer.raise_for_status()
        self._client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"

    def get(self, path: str) -> Any:
        """The JSON answer to a GET below `/api/v2`."""
        answer = self._ask("GET", path)
        answer.raise_for_status()
        return answer.json()

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        """What Airflow answers once its SQLite is free.

        SQLite refuses one of two transactions that have read and now want to write, however long
        each is ready to wait; Airflow then answers 5xx and has done nothing.
        """
        for _ in range(9):
            answer = self._client.request(method, f"/api/v2{path}", json=body)
            if not answer.is_server_error:
                return answer
            time.sleep(2)
        return self._client.request(method, f"/api/v2{path}", json=body)

    def add_connection(self, connection_id: str, **fields: Any) -> None:
        """Create the connection, or overwrite the one of that id."""
        body = {"connection_id": connection_id, **fields}
        answer = self._ask("POST", "/connections", body)
        if answer.status_code == httpx.codes.CONFLICT:
            answer = self._ask("PATCH", f"/connections/{connection_id}", body)
        answer.raise_for_status()

    def trigger(self, dag_id: str, **conf: Any) -> str:
        """Start a run with these params; returns its id."""
        # Named here, so that asking again after a 5xx can never start a second run.
        run_id = f"manual__{datetime.now(UTC).isoformat()}"
        body = {"logical_date": None, "conf": conf, "dag_run_id": run_id}
        answer = self._ask("POST", f"/dags/{dag_id}/dagRuns", body)
        if answer.is_error and answer.status_code != httpx.codes.CONFLICT:
            raise WellheardError(f"Airflow refused to run {dag_id}: {answer.text[:500]}")
        return run_id

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """The DAG's runs, oldest first."""
        return list(self.get(f"/dags/{dag_id}/dagRuns?limit=100&order_by=id")["dag_runs"])

    def backfill(self, dag_id: str, start: str, end: str) -> None:
        """Back-fill the data intervals that begin in `[start, end]` (ISO times)."""
        body = {"dag_id": dag_id, "from_date": start, "to_date": end, "dag_run_conf": {}}
        answer = self._ask("POST", "/backfills", body)
        if answer.is_error:
            raise WellheardError(f"Airflow refused to back-fill {dag_id}: {answer.text[:500]}")

    def run_of_type(self, dag_id: str, run_type: str, seconds: float) -> str:
        """The id of the DAG's newest run of a type (manual, backfill, asset_triggered, ...).

        Raises WellheardError when there is none after `seconds`.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._processes.check()
            found = [run for run in self.runs(dag_id) if run["run_type"] == run_type]
            if found:
                return str(found[-1]["dag_run_id"])
            time.sleep(0.5)
        raise WellheardError(f"{dag_id} has no {run_type} run after {seconds:.0f} s")

    def wait_for_task(
        self, dag_id: str, run_id: str, task_id: str, state: str, seconds: float
    ) -> None:
        """Until a task is in that state. Raises WellheardError when it is not after `seconds`."""
        deadline = time.monotonic() + seconds
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}"
        now = None
        while time.monotonic() < deadline:
            self._processes.check()
            now = self.get(path)["state"]
            if now == state:
                return
            time.sleep(0.5)
        raise WellheardError(f"{dag_id}.{task_id} is {now}, not {state}, after {seconds:.0f} s")

    def end(self, dag_id: str, run_id: str) -> None:
        """Mark a run as failed, which ends its tasks."""
        answer = self._ask("PATCH", f"/dags/{dag_id}/dagRuns/{run_id}", {"state": "failed"})
        answer.raise_for_status()

    def wait_for(
        self, dag_id: str, run_id: str, seconds: float, say: Callable[[str], None]
    ) -> None:
        """Until the run ends well, saying each task's change of state.

        Raises WellheardError with the failed task's log when the run fails or takes too long.
        """
        deadline = time.monotonic() + seconds
        seen: dict[tuple[str, int], str] = {}
        path = f"/dags/{dag_id}/dagRuns/{run_id}"
        while time.monotonic() < deadline:
            self._processes.check()
            tasks = self.get(f"{path}/taskInstances?limit=100")["task_instances"]
            for one in tasks:
                name = one["task_id"] + (f"[{_label(one)}]" if one["map_index"] >= 0 else "")
                state = one["state"] or "waiting"
                key = (one["task_id"], one["map_index"])
                if state == "running" and _label(one).isdigit():
                    continue  # what it is for shows in a moment
                if seen.get(key) != state and state in TOLD:
                    say(f"{dag_id} · {name} · {state}")
                seen[key] = state
            state = self.get(path)["state"]
            if state == "failed":
                raise WellheardError(f"{dag_id} failed.\n{self._failure(path, tasks)}")
            if state in ENDED:
                return
            time.sleep(0.5)
        states = ", ".join(f"{task}: {state}" for (task, _), state in seen.items())
        raise WellheardError(f"{dag_id} is not done after {seconds:.0f} s: {states}")

    def _failure(self, path: str, tasks: list[dict[str, Any]]) -> str:
        """The end of the first failed task's log."""
        for one in tasks:
            if one["state"] == "failed":
                where = f"{path}/taskInstances/{one['task_id']}/logs/{max(one['try_number'], 1)}"
                log = self._client.get(
                    f"/api/v2{where}", params={"map_index": one["map_index"], "full_content": True}
                )
                return f"{one['task_id']}:\n{_plain(log)[-3000:]}"
        return "no task failed"


def _label(task: dict[str, Any]) -> str:
    """What one of several mapped tasks is for, or its number while that is not known."""
    return str(task.get("rendered_map_index") or task["map_index"])


def first_error(log: Path) -> str:
    """The first exception Airflow's components logged, in words; empty when there is none.

    `airflow standalone` goes on when one of them has died.
    """
    with log.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            found = _EXCEPTION.match(line)
            if found:
                return f"; the first error in it, of the {found[1]}: {found[2]}"
    return ""


def _plain(log: httpx.Response) -> str:
    try:
        lines = log.json()["content"]
    except (ValueError, KeyError):
        return log.text
    return "\n".join(_line(line) if isinstance(line, dict) else str(line) for line in lines)


def _line(line: dict[str, Any]) -> str:
    """What was logged, and an exception's type and message without its frames."""
    errors = [
        f"{error.get('exc_type')}: {error.get('exc_value')}"
        for error in line.get("error_detail") or []
        if isinstance(error, dict)
    ]
    return "\n".join([str(line.get("event", "")), *errors])
