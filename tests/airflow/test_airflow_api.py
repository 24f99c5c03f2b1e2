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


@contextmanager
def answering(*statuses: int) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    """A server that gives these statuses one after the other; its address and what it was asked."""
    asked: list[tuple[str, Any]] = []
    left = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked.append((self.command, body))
            self.send_response(left.pop(0))
            self.send_header("content-length", "0")
            self.end_headers()

        def do_PATCH(self) -> None:
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
