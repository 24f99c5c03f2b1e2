"""The simulated vendors are as strict as the real ones."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from wellheard.demo.simulators.clock import SimulatedClock
from wellheard.demo.simulators.server import vendors
from wellheard.demo.simulators.serving import serve
from wellheard.demo.simulators.shelf import Shelf
from wellheard.demo.simulators.typeform import TypeformSimulator
from wellheard.demo.simulators.world import World
from wellheard.demo.simulators.zendesk import ZendeskSimulator

NOW = datetime(2026, 11, 2, tzinfo=UTC)
AGENT = httpx.BasicAuth("agent@larkfield.example/token", "demo-zendesk-token")
BEARER = {"authorization": "Bearer demo-typeform-token"}
TICKETS = "/api/v2/incremental/tickets/cursor.json"
RATINGS = "/api/v2/satisfaction_ratings.json"
EVENTS = "/api/v2/incremental/ticket_events.json"


def epoch(**ago: float) -> int:
    return int((NOW - timedelta(**ago)).timestamp())


def iso(**ago: float) -> str:
    return (NOW - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def world() -> World:
    return World(
        now=NOW,
        tickets=[{"id": n, "generated_timestamp": epoch(hours=n)} for n in range(1, 4)]
        + [{"id": 9, "generated_timestamp": epoch(hours=-1)}],
        ticket_events=[
            {"id": 1, "timestamp": epoch(hours=1), "child_events": [{"event_type": "Comment"}]},
            {"id": 2, "timestamp": epoch(seconds=30), "child_events": []},
        ],
        forms=[{"id": "A", "title": "A"}],
        responses={
            "A": [
                {"token": f"t{n}", "landed_at": iso(hours=n), "submitted_at": iso(hours=n)}
                for n in range(1, 5)
            ]
            + [{"token": "new", "landed_at": iso(minutes=20), "submitted_at": iso(minutes=20)}]
        },
    )


@pytest.fixture
def zendesk(world: World) -> Iterator[httpx.Client]:
    with (
        serve(ZendeskSimulator(NOW, world.records()["zendesk"]).app) as url,
        httpx.Client(base_url=url, auth=AGENT) as api,
    ):
        yield api


@pytest.fixture
def typeform(world: World) -> Iterator[httpx.Client]:
    with (
        serve(TypeformSimulator(NOW, world.records()["typeform"]).app) as url,
        httpx.Client(base_url=url, headers=BEARER) as api,
    ):
        yield api


def tokens(answer: httpx.Response) -> list[str]:
    return [item["token"] for item in answer.json()["items"]]


def test_zendesk_wants_the_right_token(zendesk: httpx.Client) -> None:
    wrong = httpx.BasicAuth("agent@larkfield.example", "demo-zendesk-token")
    answer = zendesk.get(TICKETS, params={"start_time": 0}, auth=wrong)
    assert (answer.status_code, answer.json()) == (401, {"error": "Couldn't authenticate you"})


def test_zendesk_refuses_a_start_less_than_five_minutes_back(zendesk: httpx.Client) -> None:
    for path in (TICKETS, EVENTS):
        answer = zendesk.get(path, params={"start_time": epoch(minutes=4)})
        assert answer.status_code == 422
        assert answer.json()["description"].startswith("Too recent start_time")
        assert zendesk.get(path, params={"start_time": epoch(minutes=5)}).status_code == 200


def test_zendesk_keeps_a_cursor_on_the_last_page_and_hides_what_lies_ahead(
    zendesk: httpx.Client,
) -> None:
    first = zendesk.get(TICKETS, params={"start_time": 0, "per_page": 2}).json()
    assert [row["id"] for row in first["tickets"]] == [3, 2]
    assert first["end_of_stream"] is False
    last = httpx.get(first["after_url"], auth=AGENT).json()
    assert [row["id"] for row in last["tickets"]] == [1]
    assert last["end_of_stream"] is True
    assert last["after_cursor"]
    assert last["after_url"]


@pytest.mark.parametrize("params", [{"cursor": "not a cursor"}, {}, {"start_time": "x"}])
def test_zendesk_refuses_what_it_does_not_understand(
    zendesk: httpx.Client, params: dict[str, str]
) -> None:
    assert zendesk.get(TICKETS, params=params).status_code in (400, 422)


def test_zendesk_lists_ratings_by_id_over_opaque_cursors(world: World) -> None:
    world.satisfaction_ratings = [
        {"id": n, "created_at": iso(days=9), "updated_at": iso(hours=n)} for n in (3, 1, 2)
    ]
    simulator = ZendeskSimulator(NOW, world.records()["zendesk"])
    with serve(simulator.app) as url, httpx.Client(base_url=url, auth=AGENT) as api:
        bounds = {"start_time": epoch(hours=3), "end_time": epoch(hours=1), "page[size]": 2}
        first = api.get(RATINGS, params=bounds).json()
        assert [row["id"] for row in first["satisfaction_ratings"]] == [1, 2]
        assert first["meta"]["has_more"]
        last = httpx.get(first["links"]["next"], auth=AGENT).json()
        assert [row["id"] for row in last["satisfaction_ratings"]] == [3]
        assert (last["meta"]["has_more"], last["links"]["next"]) == (False, None)
        for wrong in ({"page[size]": 101}, {"page[after]": "!"}):
            refused = api.get(RATINGS, params=wrong)
            assert refused.status_code == 400
            assert refused.json()["errors"][0]["code"] == "InvalidPaginationParameter"


def test_zendesks_ratings_have_a_limit_of_their_own(world: World) -> None:
    records = world.records()["zendesk"]
    simulator = ZendeskSimulator(NOW, records, requests_per_minute=1)
    with serve(simulator.app) as url, httpx.Client(base_url=url, auth=AGENT) as api:
        asked = (TICKETS, RATINGS, RATINGS)
        answers = [api.get(path, params={"start_time": 0}) for path in asked]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["description"] == "Number of allowed API requests per minute exceeded"


def test_every_made_up_record_is_found_under_the_id_it_is_landed_by() -> None:
    moment = NOW - timedelta(hours=2)
    for simulator in (ZendeskSimulator(NOW), TypeformSimulator(NOW)):
        for stream in simulator.CLOCKS:
            name = simulator.put(stream, 1, moment)
            [key] = simulator.shelves[stream].from_clock(epoch(hours=2), epoch(hours=2))
            assert name.endswith(str(key[1]))
            sent = simulator.shelves[stream].read(key)
            assert simulator.landed_id(stream, sent) == name
            assert simulator.records_in(stream, {"rows": [sent]}) == [sent]


def test_zendesk_never_sends_the_last_minute_of_events_nor_unasked_comments(
    zendesk: httpx.Client,
) -> None:
    plain = zendesk.get(EVENTS, params={"start_time": 0}).json()
    assert [row["id"] for row in plain["ticket_events"]] == [1]
    assert plain["ticket_events"][0]["child_events"] == []
    asked = zendesk.get(EVENTS, params={"start_time": 0, "include": "comment_events"}).json()
    assert asked["ticket_events"][0]["child_events"] == [{"event_type": "Comment"}]
    assert (asked["count"], asked["end_of_stream"]) == (1, True)


def test_zendesk_allows_so_many_calls_a_minute_and_says_how_long_to_wait(world: World) -> None:
    clock = SimulatedClock()
    simulator = ZendeskSimulator(
        NOW, world.records()["zendesk"], requests_per_minute=2, clock=clock.read
    )
    with serve(simulator.app) as url, httpx.Client(base_url=url, auth=AGENT) as api:
        ask = {"start_time": 0}
        assert [api.get(TICKETS, params=ask).status_code for _ in range(3)] == [200, 200, 429]
        clock.sleep(25)
        refused = api.get(TICKETS, params=ask)
        assert refused.headers["retry-after"] == "35"
        assert refused.json()["error"] == "APIRateLimitExceeded"
        clock.sleep(35)
        assert api.get(TICKETS, params=ask).status_code == 200


def test_typeform_wants_the_right_token(typeform: httpx.Client) -> None:
    assert typeform.get("/forms", headers={"authorization": "Bearer x"}).status_code == 403


def test_typeform_sends_the_newest_first_and_hides_the_last_half_hour(
    typeform: httpx.Client,
) -> None:
    answer = typeform.get("/forms/A/responses")
    assert tokens(answer) == ["t1", "t2", "t3", "t4"]
    assert (answer.json()["total_items"], answer.json()["page_count"]) == (4, 1)


def test_typeforms_since_and_until_are_inclusive(typeform: httpx.Client) -> None:
    bounds = {"since": iso(hours=3), "until": iso(hours=2), "sort": "submitted_at,asc"}
    assert tokens(typeform.get("/forms/A/responses", params=bounds)) == ["t3", "t2"]
    seconds = {"since": str(epoch(hours=3)), "until": str(epoch(hours=2))}
    assert tokens(typeform.get("/forms/A/responses", params=seconds)) == ["t2", "t3"]


def test_typeforms_tokens_lead_on_in_both_directions(typeform: httpx.Client) -> None:
    assert tokens(typeform.get("/forms/A/responses", params={"before": "t2"})) == ["t3", "t4"]
    assert tokens(typeform.get("/forms/A/responses", params={"after": "t2"})) == ["t1"]


@pytest.mark.parametrize(
    "params",
    [
        {"before": "t1", "sort": "submitted_at,asc"},
        {"after": "t1", "sort": "submitted_at,asc"},
        {"page_size": "1001"},
        {"since": "yesterday"},
        {"sort": "name,asc"},
        {"response_type": "all"},
        {"before": "nobody"},
    ],
)
def test_typeform_refuses_what_it_does_not_understand(
    typeform: httpx.Client, params: dict[str, str]
) -> None:
    answer = typeform.get("/forms/A/responses", params=params)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")


def test_typeform_does_not_say_how_long_to_wait() -> None:
    with (
        serve(TypeformSimulator(NOW, requests_per_minute=1).app) as url,
        httpx.Client(base_url=url, headers=BEARER) as api,
    ):
        api.get("/forms")
        refused = api.get("/forms")
    assert refused.status_code == 429
    assert "retry-after" not in refused.headers


def test_a_row_edited_on_the_shelf_moves_to_its_new_time() -> None:
    rows = [{"id": n, "at": n} for n in range(5)]
    shelf = Shelf(rows, identify=lambda row: row["id"], clock=lambda row: row["at"])
    shelf.put({"id": 1, "at": 9})
    shelf.put({"id": 7, "at": 2})
    shelf.remove(3)
    assert shelf.from_clock(0, 99) == [(0, 0), (2, 2), (2, 7), (4, 4), (9, 1)]
    assert shelf.after((2, 2), 4) == [(2, 7), (4, 4)]
    assert len(shelf) == 5


def test_the_vendors_share_one_address_and_take_faults_from_outside(world: World) -> None:
    with serve(vendors(world)) as url, httpx.Client(base_url=url) as api:
        forms = {"url": "/typeform/forms", "headers": BEARER}
        assert api.get(**forms).json()["total_items"] == 1
        first = api.get(f"/zendesk{TICKETS}", params={"start_time": 0, "per_page": 1}, auth=AGENT)
        assert first.json()["after_url"].startswith(f"{url}/zendesk/api/v2/incremental/")
        assert httpx.get(first.json()["after_url"], auth=AGENT).status_code == 200

        api.post("/faults", json={"vendor": "typeform", "kind": "error", "times": 9})
        assert api.get(**forms).status_code == 500
        api.delete("/faults")
        assert api.get(**forms).status_code == 200
        unknown = api.post("/faults", json={"vendor": "nobody", "kind": "error"})
        assert unknown.status_code == 404
        assert "there are zendesk, typeform" in unknown.json()["detail"]
        assert [call["path"] for call in api.get("/calls?vendor=typeform").json()] == ["/forms"] * 3


class Server:
    """The server as a process of its own, over a ready file."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.ready_file = folder / "ready.json"
        self._command = [sys.executable, "-m", "wellheard.demo.simulators.server"]
        self._command += ["--seed", "7", "--today", "2025-11-02"]
        self._command += ["--ready-file", str(self.ready_file), *options]

    def command(self) -> list[str]:
        return self._command

    def ready(self) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while not self.ready_file.exists():
            assert time.monotonic() < deadline, "the simulators did not start"
            time.sleep(0.05)
        content: dict[str, Any] = json.loads(self.ready_file.read_text())
        return content


def ended(pid: int) -> bool:
    """Whether a process is gone or only waits to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_the_server_says_where_it_listens_and_ends_when_told(tmp_path: Path, end: int) -> None:
    server = Server(tmp_path)
    process = subprocess.Popen(server.command())
    try:
        ready = server.ready()
        assert ready["pid"] == process.pid
        answer = httpx.get(f"{ready['typeform']}/forms", headers=BEARER)
        assert answer.json()["total_items"] > 0
        process.send_signal(end)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
    assert not server.ready_file.exists()


def test_the_server_ends_with_its_parent_when_asked_to(tmp_path: Path) -> None:
    server = Server(tmp_path, "--with-parent")
    start = "import subprocess, sys; subprocess.Popen(sys.argv[1:]); sys.stdin.read()"
    parent = subprocess.Popen(
        [sys.executable, "-c", start, *server.command()], stdin=subprocess.PIPE
    )
    pid = server.ready()["pid"]
    try:
        parent.kill()
        parent.wait()
        deadline = time.monotonic() + 10
        while not ended(pid):
            assert time.monotonic() < deadline, "the simulators outlived their parent"
            time.sleep(0.05)
    finally:
        if not ended(pid):
            os.kill(pid, signal.SIGKILL)
