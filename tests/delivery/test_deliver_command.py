"""`wellheard deliver`: 0: everybody has it; 2: somebody has not; 1: it could not run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from command_line import CommandLine, Done
from delivery_world import PERIOD, TEAM, World, make_edition
from mail_servers import PostOffice

MakeOffice = Callable[..., PostOffice]
AUDIENCES = (
    "audiences:\n"
    f"  executive_team: {{title: Executive team, recipients: {json.dumps(TEAM)}, approval: %s}}\n"
)


@pytest.fixture
def wellheard(world: World) -> Callable[..., Done]:
    """Runs a command for the company; `port` is the mail server's."""
    company = world.settings.company_dir
    assert company is not None
    (company / "audiences.yml").write_text(AUDIENCES % "false")

    def run(*arguments: str, port: int = 1, **environment: Any) -> Done:
        extra = {"disable_ssl": True, "disable_tls": True, "timeout": 5}
        mail = {"host": "127.0.0.1", "port": port, "password": "hunter2", "extra": extra}
        settings = {"WELLHEARD_COMPANY_DIR": str(company), "AIRFLOW_CONN_WELLHEARD_SMTP": mail}
        return CommandLine(world.root)(*arguments, **{**settings, **environment})

    return run


DELIVER = ("deliver", "--period", PERIOD)


def test_delivered_is_fine_and_a_second_run_sends_nothing(
    world: World, wellheard: Callable[..., Done], post_office: MakeOffice
) -> None:
    office = post_office()
    make_edition(world.root)
    for said in ("accepted 250", "already sent, nothing sent now; 20"):
        done = wellheard(*DELIVER, port=office.port)
        assert done.code == 0, done.said
        assert all(f"executive_team: {one} {said}" in done.said for one in TEAM)
    assert sorted(office.recipients) == sorted(TEAM)


def test_a_refused_recipient_is_told_by_the_code_and_the_others_have_it(
    world: World, wellheard: Callable[..., Done], post_office: MakeOffice
) -> None:
    office = post_office(at_recipient={TEAM[1]: "550 no such mailbox"})
    make_edition(world.root)
    done = wellheard(*DELIVER, port=office.port)
    assert done.code == 2
    assert f"{TEAM[1]} refused" in done.said
    assert "no such mailbox" in done.said
    assert office.recipients == [TEAM[0], TEAM[2]]


def test_a_mail_server_that_is_down_leaves_everybody_for_the_next_run(
    world: World, wellheard: Callable[..., Done], post_office: MakeOffice
) -> None:
    make_edition(world.root)
    done = wellheard(*DELIVER)
    assert done.code == 2
    assert all(f"executive_team: {one} deferred" in done.said for one in TEAM)
    assert "connection 'wellheard_smtp'" in done.said
    assert "hunter2" not in done.said
    assert world.states() == {}
    office = post_office()
    assert wellheard(*DELIVER, port=office.port).code == 0
    assert sorted(office.recipients) == sorted(TEAM)


def test_an_unknown_ending_is_told_until_somebody_has_settled_it(
    world: World, wellheard: Callable[..., Done], post_office: MakeOffice
) -> None:
    office = post_office(at_data={TEAM[0]: "drop"})
    make_edition(world.root)
    for said in ("unknown", "unknown since an earlier run, nothing sent now;"):
        done = wellheard(*DELIVER, port=office.port)
        assert done.code == 2
        assert f"executive_team: {TEAM[0]} {said} " in done.said
    settle = ("resolve", "--period", PERIOD, "--audience", "executive_team", "--by", "me")
    done = wellheard(*settle, "--recipient", TEAM[0], "--outcome", "received")
    assert done.code == 0, done.said
    assert wellheard(*DELIVER, port=office.port).code == 0


def test_waiting_for_approval_is_no_failure(
    world: World, wellheard: Callable[..., Done], post_office: MakeOffice
) -> None:
    office = post_office()
    make_edition(world.root)
    assert world.settings.company_dir is not None
    (world.settings.company_dir / "audiences.yml").write_text(AUDIENCES % "true")
    done = wellheard(*DELIVER, port=office.port)
    assert done.code == 0
    assert "wellheard approve" in done.said
    assert office.recipients == []
    approve = ("approve", "--period", PERIOD, "--audience", "executive_team", "--by", "me")
    assert wellheard(*approve).code == 0
    assert wellheard(*DELIVER, port=office.port).code == 0
    assert sorted(office.recipients) == sorted(TEAM)


def test_without_an_edition_the_command_that_makes_it_is_named(
    wellheard: Callable[..., Done], post_office: MakeOffice
) -> None:
    office = post_office()
    done = wellheard(*DELIVER, port=office.port)
    assert done.code == 1
    assert f"run `wellheard render --period {PERIOD} --audience executive_team` first" in done.said
    assert office.recipients == []


def test_what_a_mail_server_says_is_printed_as_it_said_it(
    world: World, wellheard: Callable[..., Done], post_office: MakeOffice
) -> None:
    office = post_office(at_recipient={TEAM[0]: "550 no [/such] mailbox at [mx.example.com]"})
    make_edition(world.root)
    done = wellheard(*DELIVER, port=office.port)
    assert done.code == 2
    assert "no [/such] mailbox at [mx.example.com]" in done.said
    assert office.recipients == [TEAM[1], TEAM[2]]


def test_an_audience_without_an_edition_keeps_the_mail_from_nobody_else(
    world: World, wellheard: Callable[..., Done], post_office: MakeOffice
) -> None:
    office = post_office()
    make_edition(world.root)
    company = world.settings.company_dir
    assert company is not None
    other = '  a_first_one: {title: First, recipients: ["first@larkfield.example"]}\n'
    text = (AUDIENCES % "false").replace("audiences:\n", "audiences:\n" + other)
    (company / "audiences.yml").write_text(text)
    done = wellheard(*DELIVER, port=office.port)
    assert done.code == 1
    assert "a_first_one" in done.said
    assert sorted(office.recipients) == sorted(TEAM)


def test_an_edition_set_aside_is_shown_as_such_and_its_messages_can_still_be_settled(
    world: World, wellheard: Callable[..., Done], post_office: MakeOffice
) -> None:
    office = post_office(at_data={TEAM[0]: "drop"})
    edition = make_edition(world.root)
    assert wellheard(*DELIVER, port=office.port).code == 2
    edition.folder.rename(edition.folder.with_name("r1.damaged"))
    assert "set aside" in wellheard("status").said
    settle = ("resolve", "--period", PERIOD, "--audience", "executive_team", "--by", "me")
    done = wellheard(*settle, "--revision", "1", "--recipient", TEAM[0], "--outcome", "received")
    assert done.code == 0, done.said
    assert world.states()[TEAM[0]] == "accepted"
