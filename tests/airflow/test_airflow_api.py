"""The demo's way to Airflow's REST API, against a server that is busy at first."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from wellheard.demo import airflow
from wellheard.demo.processes import Processes
from wellheard.errors import WellheardError


@contextmanager
def answering(*statuses: int) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    """A server that gives these statuses one after the other; its address and what it was asked."""
    asked: list[tuple[str, Any]] = []
    left = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or "null")
            asked.append((self.command, body))
            self.send_response(left.pop(0))
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def do_PATCH(self) -> None:
            self.do_POST()

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()


def api(url: str) -> airflow.Api:
    known = airflow.Airflow(Path("home"), url, "password", {})
    return airflow.Api(known, cast("Processes", None))


def test_a_connection_is_added_once_the_database_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with answering(500, 409, 200) as (url, asked):
        api(url).add_connection("mail", host="localhost")
    assert [method for method, _ in asked] == ["POST", "POST", "PATCH"]
    assert asked[-1][1] == {"connection_id": "mail", "host": "localhost"}


def test_a_database_that_stays_busy_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with answering(*[500] * 10) as (url, _), pytest.raises(httpx.HTTPStatusError, match="500"):
        api(url).add_connection("mail")


def test_a_back_fill_is_asked_for_once_the_database_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with answering(503, 200) as (url, asked):
        api(url).backfill("pull", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
    assert [method for method, _ in asked] == ["POST", "POST"]


def test_a_run_is_asked_for_once_more_and_started_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with answering(500, 409, 200) as (url, asked):
        began = api(url).trigger("ingest_messaging", window="2026-01-01/2026-02-01")
        other = api(url).trigger("ingest_messaging")
    first, again, another = (body for _, body in asked)
    assert first == again
    assert first["conf"] == {"window": "2026-01-01/2026-02-01"}
    assert first["dag_run_id"] == began != other == another["dag_run_id"]


def test_a_run_airflow_refuses_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with answering(400) as (url, _), pytest.raises(WellheardError, match="refused to run pull"):
        api(url).trigger("pull")
    with answering(*[500] * 10) as (url, _), pytest.raises(WellheardError, match="refused"):
        api(url).trigger("pull")


def test_what_runs_is_read_and_ended_once_the_database_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with answering(500, 200, 500, 200) as (url, asked):
        assert api(url).get("/dags") == {}
        api(url).end("pull", "run")
    assert [method for method, _ in asked] == ["GET", "GET", "PATCH", "PATCH"]
