"""Telling the operators, also when there is no mail."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from delivery_world import COMPANY_FILE, NOW, make_settings, plain_mail
from mail_servers import PostOffice

from wellheard.connections import Connection
from wellheard.delivery import notify_operators
from wellheard.settings import Settings

MakeOffice = Callable[..., PostOffice]
OPERATORS = ["data-team@larkfield.example", "night-shift@larkfield.example"]
TEXT = "volume of zendesk/tickets failed:\n  2026-10-31: 3 records, 80 to 130 are usual – prüfen"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path)


def lines(settings: Settings) -> list[dict[str, Any]]:
    path = settings.var / "notices.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def notify(settings: Settings, connection: Connection | None, subject: str = "HOLD") -> Any:
    return notify_operators(settings, subject, TEXT, connection=connection, now=NOW)


def test_every_operator_is_told_in_a_message_of_their_own_and_it_is_on_file(
    settings: Settings, post_office: MakeOffice
) -> None:
    office = post_office()
    notice = notify(settings, plain_mail(office.port))
    assert notice.sent
    assert notice.recorded
    assert notice.sent_to == tuple(OPERATORS) == tuple(office.recipients)
    (message,) = office.to(OPERATORS[0])
    assert message["Subject"] == "[Wellheard] HOLD"
    assert message["To"] == OPERATORS[0]
    assert message.get_content().replace("\r\n", "\n") == TEXT + "\n"
    (line,) = lines(settings)
    assert line == {
        "at": "2026-11-02T07:30:00+00:00",
        "subject": "HOLD",
        "text": TEXT,
        "sent_to": OPERATORS,
        "problems": [],
    }


def test_a_mail_server_that_is_down_raises_nothing_and_the_notice_is_on_file(
    settings: Settings, post_office: MakeOffice
) -> None:
    office = post_office()
    office.close()
    notice = notify(settings, plain_mail(office.port))
    assert not notice.sent
    assert notice.recorded
    assert "cannot be reached" in str(notice)
    notify(settings, None)
    first, second = lines(settings)
    assert "cannot be reached" in first["problems"][0]
    assert second["problems"] == ["connection 'wellheard_smtp' is not set"]


def test_a_refused_operator_does_not_keep_it_from_the_others(
    settings: Settings, post_office: MakeOffice
) -> None:
    office = post_office(at_recipient={OPERATORS[0]: "550 gone"})
    notice = notify(settings, plain_mail(office.port))
    assert not notice.sent
    assert notice.sent_to == (OPERATORS[1],)
    assert notice.problems == (f"{OPERATORS[0]}: refused (550 gone)",)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("data-team@larkfield.example", "'data team'", "operators: 'data team' has a space"),
        ("[data-team@larkfield.example, night-shift@larkfield.example]", "[]", "no operators"),
        ("<insight@larkfield.example>", "", "sender"),
        ("company: Larkfield", "companie: Larkfield", "wellheard.yml"),
    ],
)
def test_a_mistake_in_wellheard_yml_does_not_hide_the_notice(
    settings: Settings, post_office: MakeOffice, before: str, after: str, problem: str
) -> None:
    settings.company_file.write_text(COMPANY_FILE.replace(before, after), encoding="utf-8")
    notice = notify(settings, plain_mail(post_office().port))
    assert not notice.sent
    assert problem in str(notice)
    assert lines(settings)[0]["text"] == TEXT


def test_a_file_that_cannot_be_written_is_a_problem_of_the_notice_not_an_error(
    settings: Settings, post_office: MakeOffice
) -> None:
    settings.var.write_text("not a folder")
    notice = notify(settings, plain_mail(post_office().port))
    assert not notice.recorded
    assert notice.sent_to == tuple(OPERATORS)
    assert "notices.jsonl cannot be written" in str(notice)


def test_a_subject_cannot_add_a_header(settings: Settings, post_office: MakeOffice) -> None:
    office = post_office()
    notify(settings, plain_mail(office.port), subject="HOLD\r\nBcc: thief@evil.example\r\n\r\nx")
    (message,) = office.to(OPERATORS[0])
    assert message["Bcc"] is None
    assert "[Wellheard] HOLD Bcc: thief@evil.example x" in message["Subject"]
    assert office.recipients == OPERATORS
