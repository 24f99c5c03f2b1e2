"""Delivering by report, month and audience: which revision goes, and what a dead sender left."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from delivery_world import NOW, PERIOD, REPORT, TEAM, World, by_state, make_edition, plain_mail
from mail_servers import PostOffice

from wellheard import delivery, doctor, steps
from wellheard.delivery import Delivery, EditionKey, open_ledger
from wellheard.errors import ReportError

MakeOffice = Callable[..., PostOffice]
KEY = EditionKey(REPORT, PERIOD, "executive_team", 1)


@pytest.fixture
def world(world: World) -> World:
    company = world.settings.company_dir
    assert company is not None
    team = f"{{title: Executive team, recipients: {json.dumps(TEAM)}}}"
    (company / "audiences.yml").write_text(f"audiences:\n  executive_team: {team}\n")
    return World(world.root, world.settings.model_copy(update={"today": NOW}))


def deliver(world: World, port: int, revision: int | None, said: list[str]) -> list[Delivery]:
    return steps.deliver_edition(
        world.settings,
        REPORT,
        PERIOD,
        "executive_team",
        revision,
        connection=plain_mail(port),
        progress=said.append,
    )


def test_a_revision_is_sent_to_nobody_once_there_is_a_newer_one(
    world: World, post_office: MakeOffice
) -> None:
    office, said = post_office(), list[str]()
    first = make_edition(world.root)
    make_edition(world.root, audience="another", revision=3)
    assert len(deliver(world, office.port, 1, said)) == 3
    second = make_edition(world.root, revision=2)
    said.clear()
    done = deliver(world, office.port, 1, said)
    assert done == []
    assert said == [
        "executive_monthly 2026-10 executive_team r1 is superseded by r2; nothing is sent"
    ]
    delivery.require_complete(first, done)
    assert len(office.received) == 3
    for revision in (2, None):
        delivery.require_complete(second, deliver(world, office.port, revision, said))
    assert len(office.received) == 6


def test_a_revision_is_not_sent_while_a_newer_one_is_set_aside_as_damaged(
    world: World, post_office: MakeOffice
) -> None:
    office = post_office()
    make_edition(world.root)
    newer = make_edition(world.root, revision=2).folder
    newer.rename(newer.with_name("r2.damaged"))
    for revision in (1, None):
        with pytest.raises(ReportError, match=r"set aside as r2\.damaged"):
            deliver(world, office.port, revision, [])
    assert office.connections == 0


def test_a_revision_that_is_not_there_is_refused(world: World) -> None:
    make_edition(world.root)
    with pytest.raises(ReportError, match="no revision r2"):
        deliver(world, 1, 2, [])


def findings(world: World) -> list[doctor.Finding]:
    return [f for f in doctor.examine(world.settings, offline=True) if f.subject == "ledger"]


def test_the_doctor_names_a_message_a_dead_sender_left_and_it_can_be_resolved(
    world: World, post_office: MakeOffice
) -> None:
    ledger = open_ledger(world.settings.ledger)
    recent, old = NOW - timedelta(minutes=59), NOW - timedelta(minutes=61)
    ledger.claim(KEY, TEAM[0], message_id="<a@b>", at=recent)
    assert [finding.state for finding in findings(world)] == ["ok"]
    ledger.claim(KEY, TEAM[1], message_id="<b@b>", at=old)
    (finding,) = findings(world)
    assert finding.state == "warn"
    assert finding.detail == (f"1 messages may or may not have arrived: {TEAM[1]} ({KEY})")
    assert "--revision N" in finding.mend
    ledger.resolve(KEY, TEAM[1], "received", by="ops", at=NOW)
    assert world.states() == {TEAM[0]: "unknown", TEAM[1]: "accepted"}


def test_what_a_dead_sender_left_is_sent_again_by_a_run_that_is_told_to(
    world: World, post_office: MakeOffice
) -> None:
    office, edition = post_office(), make_edition(world.root)
    ledger = open_ledger(world.settings.ledger)
    ledger.claim(KEY, TEAM[0], message_id="<a@b>", at=NOW - timedelta(days=1))
    done = world.deliver(edition, office.port, resend_unknown=True)
    assert set(by_state(done).values()) == {"accepted"}
    assert sorted(office.recipients) == sorted(TEAM)
