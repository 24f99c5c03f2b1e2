"""The Roundup connector against a real Roundup, started by the test, with its throttle on."""

from __future__ import annotations

import json
import os
import pwd
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import roundup_process

from wellheard.budgets import Pace
from wellheard.connections import Connection
from wellheard.demo.simulators.roundup import RoundupSimulator
from wellheard.demo.simulators.serving import serve
from wellheard.errors import AccessDenied, SourceError
from wellheard.lake import Lake
from wellheard.periods import Window
from wellheard.sources import roundup
from wellheard.sources.base import Page, Record, Request

DAY = timedelta(days=1)
FIRST = datetime(2026, 10, 1, tzinfo=UTC)
DAYS = [Window(FIRST + DAY * n, FIRST + DAY * (n + 1)) for n in range(3)]
CROWDED = FIRST + timedelta(days=1, hours=6)  # twelve issues in this one second
# An unhurried clock, but for the seconds Roundup asks to wait.
PACE = Pace(jitter=lambda: 0.0)


def written(moment: datetime, thousandth: int = 0) -> str:
    return f"{moment:%Y-%m-%d.%H:%M:%S}.{thousandth:03d}"


def seeded() -> dict[str, list[dict[str, Any]]]:
    """Sixty issues over three days, with a crowded second and a tie on each side of midnight."""
    moments = [(FIRST + timedelta(minutes=37 + 70 * n), 500) for n in range(45)]
    moments += [(CROWDED, 60 * n) for n in range(12)]
    midnight = DAYS[1].end
    moments += [(midnight - timedelta(seconds=1), 999), (midnight, 0), (midnight, 400)]
    issues, messages, users = [], [], []
    for number, (moment, thousandth) in enumerate(moments, 1):
        clock = {
            "creation": written(moment - timedelta(hours=1)),
            "activity": written(moment, thousandth),
        }
        by = {"creator": "10", "actor": "1"}
        said = {"id": str(number), "author": "10", "date": written(moment)}
        messages.append(said | clock | by)
        issues.append(
            {"id": str(number), "title": f"Größe – 電話 {number}", "status": "3", "priority": "3"}
            | {"messages": [str(number)]}
            | clock
            | by
        )
    for number in range(10, 14):
        users.append(
            {"id": str(number), "username": f"kunde{number}", "roles": "User"}
            | {"address": f"kunde{number}@example.org", "creator": "1", "actor": "1"}
            | {"creation": written(FIRST), "activity": written(FIRST + timedelta(hours=number))}
        )
    return {"user": users, "msg": messages, "issue": issues}


@dataclass
class Tracker:
    """A running Roundup: its address and process, and what the connector said while reading."""

    url: str
    process: subprocess.Popen[bytes]
    said: list[str] = field(default_factory=list)

    def account(self, **changes: Any) -> Connection:
        fields = {"login": "colleague", "password": roundup_process.REPORTER, "host": self.url}
        return Connection(id="roundup", **(fields | changes))

    def pages(
        self, stream: str, window: Window, connection: Connection | None = None, **options: Any
    ) -> Iterator[Page]:
        request = Request(
            source="roundup",
            stream=next(s for s in roundup.STREAMS if s.name == stream),
            window=window,
            options=roundup.Options(**({"page_size": 5} | options)),
            connection=connection or self.account(),
            extracted_at=window.end + DAY,
            progress=self.said.append,
        )
        yield from roundup.read(request, PACE)

    def records(self, stream: str, window: Window, **more: Any) -> list[Record]:
        return [record for page in self.pages(stream, window, **more) for record in page.records]

    def ids(self, stream: str, window: Window) -> set[int]:
        return {int(record.id) for record in self.records(stream, window)}

    def change(self, issue: int, **properties: str) -> None:
        """Edit an issue as its staff do: the item's own tag proves that it was seen."""
        with httpx.Client(
            base_url=f"{self.url}/rest/data",
            auth=("admin", roundup_process.ADMIN),
            headers={"X-Requested-With": "rest", "Origin": self.url.removesuffix("/desk")},
            trust_env=False,
        ) as client:
            tag = client.get(f"/issue/{issue}").headers["etag"]
            done = client.patch(f"/issue/{issue}", json=properties, headers={"If-Match": tag})
            done.raise_for_status()


@contextmanager
def running(folder: Path) -> Iterator[Tracker]:
    """A tracker under the folder; whatever happens in the block, it is gone afterwards."""
    records = folder / "records.json"
    records.write_text(json.dumps(seeded()))
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, roundup_process.__file__, str(folder), str(port), str(records)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    assert process.stdin is not None
    try:
        wait_until_it_answers(process, port, folder / "server.log")
        yield Tracker(f"http://127.0.0.1:{port}/desk", process)
    finally:
        process.stdin.close()  # which it takes as its end
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"Roundup did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracker]:
    with running(tmp_path_factory.mktemp("roundup")) as tracker:
        yield tracker


def expected(window: Window) -> set[int]:
    """The issues of a window with its overlap; the tracker's ranges hold their very end too."""
    moments = {
        int(issue["id"]): datetime.fromisoformat(f"{issue['activity'].replace('.', 'T', 1)}Z")
        for issue in seeded()["issue"]
    }
    overlap = roundup.STREAMS[0].overlap
    return {
        number
        for number, moment in moments.items()
        if window.start - overlap <= moment <= window.end
    }


def test_every_issue_is_landed_once_over_several_windows_through_the_trackers_own_429s(
    tracker: Tracker, tmp_path: Path
) -> None:
    lake = Lake(str(tmp_path))
    throttled, landed = tracker.account(login="reporter"), []
    for window in DAYS:
        with lake.landing("roundup", "issues", window, extracted_at=window.end + DAY) as landing:
            for page in tracker.pages("issues", window, connection=throttled):
                landing.add(page)
            landing.end_signal = True
        assert landing.manifest is not None
        landed.append(landing.manifest.distinct)
    assert landed == [len(expected(window)) for window in DAYS]
    assert any("answered 429 (too many requests)" in said for said in tracker.said)


def test_the_same_second_on_both_sides_of_a_window_is_lost_on_neither(tracker: Tracker) -> None:
    midnight = DAYS[1].end
    before = Window(midnight - timedelta(minutes=1), midnight)
    behind = Window(midnight, midnight + timedelta(minutes=1))
    assert tracker.ids("issues", before) >= {58}
    assert tracker.ids("issues", behind) >= {59, 60}


def test_more_issues_in_one_second_than_a_page_holds_are_all_read(tracker: Tracker) -> None:
    window = Window(CROWDED, CROWDED + timedelta(seconds=1))
    assert tracker.ids("issues", window) == set(range(46, 58))


def test_an_issue_edited_between_two_windows_arrives_in_the_next_one(tmp_path: Path) -> None:
    now = datetime.now(UTC)  # the tracker's own clock dates the edit
    window = Window(now - timedelta(seconds=2), now + DAY)
    with running(tmp_path) as tracker:
        assert 17 in tracker.ids("issues", DAYS[0])
        tracker.change(17, status="8")
        [changed] = tracker.records("issues", window)
    assert changed.id == "17"
    sent = json.loads(changed.payload)
    assert sent["status"]["name"] == "resolved"
    assert sent["actor"]["id"] == "1"
    assert changed.changed_at >= window.start


def test_messages_carry_their_author_and_users_their_roles(tracker: Tracker) -> None:
    window = Window(FIRST, FIRST + timedelta(hours=14))
    messages = tracker.records("messages", window, page_size=100)
    assert {json.loads(m.payload)["author"]["id"] for m in messages} == {"10"}
    users = tracker.records("users", window, page_size=100)
    assert {int(u.id): json.loads(u.payload)["roles"] for u in users} == dict.fromkeys(
        range(10, 14), "User"
    )


def test_a_wrong_password_is_final_and_names_the_connection(tracker: Tracker) -> None:
    account = tracker.account(password="not-the-password")
    with pytest.raises(AccessDenied, match=r"Roundup refused the credentials.*'roundup'") as denied:
        tracker.records("issues", DAYS[0], connection=account)
    assert "not-the-password" not in str(denied.value)


def test_a_property_the_tracker_does_not_have_fails_the_window_at_once(tracker: Tracker) -> None:
    with pytest.raises(SourceError, match="Roundup refused /rest/data/issue with 400"):
        tracker.records("issues", DAYS[0], issue_properties=["severity"])


QUESTIONS = {
    "a page": {"@fields": "title,status,activity", "@sort": "activity,id", "@page_size": "7"},
    "labels": {"@fields": "status,creator", "@verbose": "2", "@page_size": "2"},
    "no labels": {"@fields": "status,creator", "@verbose": "1", "@page_size": "2"},
    "the last page": {"@sort": "activity,id", "@page_size": "7", "@page_index": "9"},
    "past the last page": {"@page_size": "7", "@page_index": "40"},
    "no paging": {"activity": f"from {written(CROWDED)}+0000"},
    "both ends": {
        "activity": f"from {CROWDED:%Y-%m-%d.%H:%M:%S}+0000 to {CROWDED:%Y-%m-%d.%H:%M:%S}+0000"
    },
    "another offset": {"activity": "from 2026-10-02.08:00:00+0200", "@page_size": "3"},
    "no such time": {"activity": "from long ago", "@page_size": "3"},
    "no such property to show": {"@fields": "severity"},
    "no such property to ask by": {"severity": "3"},
    "no such property to sort by": {"@sort": "severity"},
    "too large a page": {"@page_size": "10000001"},
    "unknown controls": {"@nothing": "1", "@page_size": "1"},
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_the_simulator_answers_as_the_real_tracker_does(
    tracker: Tracker, question: dict[str, str]
) -> None:
    names = {"status": {"3": "chatting"}, "priority": {"3": "bug"}}
    label = {"creator": "kunde10", "actor": "admin"}

    def as_sent(issue: dict[str, Any]) -> dict[str, Any]:
        linked = {k: {"id": issue[k], "name": names[k][issue[k]]} for k in names}
        linked |= {k: {"id": issue[k], "username": label[k]} for k in label}
        return issue | linked | {"creation": issue["creation"][:19]}

    simulator = RoundupSimulator(
        datetime.now(UTC), {"issues": [as_sent(i) for i in seeded()["issue"]]}
    )
    with serve(simulator.app) as url:
        simulated = asked(url, simulator.connection(url), question)
    admin = tracker.account(login="admin", password=roundup_process.ADMIN)  # who is not throttled
    real = asked(tracker.url, admin, question)
    assert simulated == real


def asked(url: str, account: Connection, question: dict[str, str]) -> tuple[int, str, Any]:
    """Status, media type and content of an answer, without the host and links to items."""
    said = httpx.get(
        f"{url}/rest/data/issue",
        params=question,
        auth=(account.login, account.password),
        trust_env=False,
        verify=False,  # loopback; loading certificates takes a while
    )
    text = said.text.replace(f"{url}/", "")
    return said.status_code, said.headers["content-type"], without_item_links(json.loads(text))


def without_item_links(content: Any) -> Any:
    if isinstance(content, list):
        return [without_item_links(item) for item in content]
    if isinstance(content, dict):
        return {k: without_item_links(v) for k, v in content.items() if k != "link"}
    return content


def test_the_tracker_is_gone_after_a_test_that_failed(tmp_path: Path) -> None:
    def failing() -> None:
        with running(tmp_path) as tracker:
            trackers.append(tracker)
            assert tracker.process.poll() is None
            raise RuntimeError("made up")

    trackers: list[Tracker] = []
    with pytest.raises(RuntimeError, match="made up"):
        failing()
    assert trackers[0].process.returncode is not None
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", httpx.URL(trackers[0].url).port), timeout=1)
