"""The demo's mail server."""

from __future__ import annotations

import json
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from delivery_world import NOW, TEAM, make_edition, make_settings, plain_mail, team
from mail_servers import parse

from wellheard.delivery import deliver

START_SECONDS = 30
COMMAND = (sys.executable, "-m", "wellheard.demo.mailbox")


class Mailbox:
    """The mailbox as a process, the way the demo runs it."""

    def __init__(self, root: Path) -> None:
        self.ready_file, self.folder = root / "run dir" / "mailbox.json", root / "mail box"
        self.process = subprocess.Popen(
            [*COMMAND, "--ready-file", self.ready_file, "--folder", self.folder],
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(START_SECONDS * 20):
            if self.ready_file.exists() or self.process.poll() is not None:
                break
            try:
                self.process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
        self.ready = json.loads(self.ready_file.read_text())

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(START_SECONDS)


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    made = Mailbox(tmp_path)
    yield made
    if made.process.poll() is None:
        made.end(signal.SIGKILL)


def test_it_says_where_it_listens_keeps_every_message_and_ends_when_told(
    mailbox: Mailbox, tmp_path: Path
) -> None:
    assert mailbox.ready["host"] == "127.0.0.1"
    assert mailbox.ready["pid"] == mailbox.process.pid
    done = deliver(
        make_settings(tmp_path),
        make_edition(tmp_path),
        team(),
        connection=plain_mail(mailbox.ready["port"]),
        now=NOW,
    )
    assert [one.detail for one in done] == [f"250 kept as 0000{n}.eml" for n in (1, 2, 3)]
    assert [path.name for path in sorted(mailbox.folder.iterdir())] == [
        "00001.eml",
        "00002.eml",
        "00003.eml",
    ]
    kept = [parse(path.read_bytes()) for path in sorted(mailbox.folder.iterdir())]
    assert [message["X-Envelope-To"] for message in kept] == TEAM
    assert {message["X-Envelope-From"] for message in kept} == {"insight@larkfield.example"}
    assert [part.get_content_type() for part in kept[0].iter_attachments()] == ["application/pdf"]
    assert mailbox.end() == 0
    assert not mailbox.ready_file.exists()


def test_a_mailbox_opened_again_keeps_what_it_has(mailbox: Mailbox, tmp_path: Path) -> None:
    def send(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port) as session:
            session.sendmail("a@x.example", ["b@x.example"], b"Subject: hello\r\n\r\nhello\r\n")

    send(mailbox.ready["port"])
    assert mailbox.end(signal.SIGINT) == 0
    again = Mailbox(tmp_path)
    send(again.ready["port"])
    assert again.end() == 0
    assert sorted(path.name for path in mailbox.folder.iterdir()) == ["00001.eml", "00002.eml"]


def test_a_folder_that_cannot_be_made_is_one_line_of_advice(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [*COMMAND, "--ready-file", tmp_path / "ready", "--folder", tmp_path / "file" / "mail"],
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
    )
    assert done.returncode == 1
    assert "cannot be made" in done.stderr
    assert "Traceback" not in done.stderr
