"""Delivering an edition: at most one message per recipient, each with its own ending."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest
from delivery_world import (
    ALL_ACCEPTED,
    NOW,
    PDF,
    TEAM,
    World,
    by_state,
    make_edition,
    team,
)
from mail_servers import PostOffice, ScriptedServer

from wellheard import delivery
from wellheard.connections import Connection
from wellheard.delivery import EditionKey, open_ledger
from wellheard.errors import DeliveryError

KEY = EditionKey("executive_monthly", "2026-10", "executive_team", 1)
MakeOffice = Callable[..., PostOffice]


def test_each_recipient_gets_one_message_of_their_own_with_the_pdf(
    world: World, post_office: MakeOffice
) -> None:
    office = post_office()
    done = world.deliver(make_edition(world.root), office.port)
    assert by_state(done) == ALL_ACCEPTED
    assert all(one.sent_now for one in done)
    assert office.recipients == TEAM
    assert office.connections == 1, "one session serves all recipients"
    for recipient in TEAM:
        (message,) = office.to(recipient)
        assert message["To"] == recipient
        (attachment,) = message.iter_attachments()
        assert attachment.get_content() == PDF
    assert world.states() == ALL_ACCEPTED


def test_a_second_run_sends_nothing_and_says_what_is_known(
    world: World, post_office: MakeOffice
) -> None:
    office, edition = post_office(), make_edition(world.root)
    world.deliver(edition, office.port)
    again = world.deliver(edition, office.port)
    assert by_state(again) == ALL_ACCEPTED
    assert not any(one.sent_now for one in again)
    assert "2026-11-02 07:30 UTC: 250" in again[0].detail
    assert len(office.received) == 3
    assert office.connections == 1, "the second run does not even connect"


def test_a_new_revision_is_sent_to_everybody_again(world: World, post_office: MakeOffice) -> None:
    office = post_office()
    world.deliver(make_edition(world.root), office.port)
    world.deliver(make_edition(world.root, revision=2), office.port)
    assert len(office.received) == 6


def test_a_recipient_added_later_gets_the_edition_and_the_others_no_second_one(
    world: World, post_office: MakeOffice
) -> None:
    office, edition = post_office(), make_edition(world.root)
    world.deliver(edition, office.port, team(recipients=TEAM[:2]))
    world.deliver(edition, office.port)
    assert sorted(office.recipients) == sorted(TEAM)


def test_one_refused_recipient_does_not_keep_it_from_the_others(
    world: World, post_office: MakeOffice
) -> None:
    office = post_office(at_recipient={TEAM[1]: "550 5.1.1 no such mailbox"})
    edition = make_edition(world.root)
    done = world.deliver(edition, office.port)
    assert by_state(done) == {**ALL_ACCEPTED, TEAM[1]: "refused"}
    assert done[1].detail == "550 5.1.1 no such mailbox"
    office.at_recipient.clear()
    assert by_state(world.deliver(edition, office.port))[TEAM[1]] == "refused"
    assert office.recipients == [TEAM[0], TEAM[2]], "a refusal is final until an operator says so"
    with pytest.raises(
        DeliveryError,
        match=r"did not reach 1 of 3[\s\S]*finance.*550.*audiences.yml, "
        r"or `wellheard resolve --report executive_monthly --period 2026-10 --audience "
        r"executive_team --revision 1 --recipient",
    ):
        delivery.require_complete(edition, done)


def test_a_passing_refusal_is_sent_by_the_next_run(world: World, post_office: MakeOffice) -> None:
    office = post_office(at_recipient={TEAM[0]: "450 4.2.1 mailbox busy"})
    office.at_data[TEAM[1]] = "451 4.3.0 scanner busy"
    edition = make_edition(world.root)
    done = world.deliver(edition, office.port)
    assert by_state(done) == {TEAM[0]: "deferred", TEAM[1]: "deferred", TEAM[2]: "accepted"}
    assert world.states() == {TEAM[2]: "accepted"}, "a deferred message leaves no claim"
    office.at_recipient.clear()
    office.at_data.clear()
    assert by_state(world.deliver(edition, office.port)) == ALL_ACCEPTED
    assert sorted(office.recipients) == sorted(TEAM)


def test_a_refusal_after_the_message_is_final_with_5xx(
    world: World, post_office: MakeOffice
) -> None:
    office = post_office(at_data={TEAM[2]: "554 5.7.1 policy"})
    done = world.deliver(make_edition(world.root), office.port)
    assert by_state(done)[TEAM[2]] == "refused"


def test_a_server_that_is_down_defers_everybody_and_leaves_no_claim(
    world: World, post_office: MakeOffice
) -> None:
    office, edition = post_office(), make_edition(world.root)
    port = office.port
    office.close()
    done = world.deliver(edition, port)
    assert set(by_state(done).values()) == {"deferred"}
    assert "cannot be reached" in done[0].detail
    assert world.states() == {}
    with pytest.raises(DeliveryError, match="deliver again later"):
        delivery.require_complete(edition, done)
    assert by_state(world.deliver(edition, post_office().port)) == ALL_ACCEPTED


def test_a_connection_dropped_at_one_recipient_does_not_keep_it_from_the_others(
    world: World, post_office: MakeOffice
) -> None:
    office, edition = post_office(at_recipient={TEAM[0]: "drop"}), make_edition(world.root)
    done = world.deliver(edition, office.port)
    assert by_state(done) == {**ALL_ACCEPTED, TEAM[0]: "deferred"}
    office.at_recipient.clear()
    assert by_state(world.deliver(edition, office.port)) == ALL_ACCEPTED
    assert sorted(office.recipients) == sorted(TEAM)


def test_a_server_that_hangs_up_each_time_is_left_alone_after_three_times(
    world: World, post_office: MakeOffice
) -> None:
    many = [f"reader{number}@larkfield.example" for number in range(8)]
    office = post_office(at_recipient=dict.fromkeys(many, "drop"))
    done = world.deliver(make_edition(world.root), office.port, team(recipients=many))
    assert by_state(done) == dict.fromkeys(many, "deferred")
    assert office.connections == 3
    assert world.states() == {}


def test_a_sender_the_server_refuses_is_tried_once_and_blames_no_recipient(
    world: World, post_office: MakeOffice
) -> None:
    office = post_office(at_sender=lambda: "553 5.7.1 sender not allowed")
    done = world.deliver(make_edition(world.root), office.port)
    assert by_state(done) == dict.fromkeys(TEAM, "deferred")
    assert "sender insight@larkfield.example not taken: 553" in done[2].detail
    assert world.states() == {}


def test_a_connection_dropped_before_the_acknowledgement_is_unknown_and_never_sent_again_by_itself(
    world: World, post_office: MakeOffice
) -> None:
    office, edition = post_office(at_data={TEAM[0]: "drop"}), make_edition(world.root)
    done = world.deliver(edition, office.port)
    assert by_state(done) == {**ALL_ACCEPTED, TEAM[0]: "unknown"}
    office.at_data.clear()
    for _ in range(2):
        assert by_state(world.deliver(edition, office.port))[TEAM[0]] == "unknown"
    assert office.recipients.count(TEAM[0]) == 1
    with pytest.raises(DeliveryError, match="ask the recipient"):
        delivery.require_complete(edition, done)


def test_an_unknown_message_is_sent_again_when_told_and_is_the_same_message(
    world: World, post_office: MakeOffice
) -> None:
    office, edition = post_office(at_data={TEAM[0]: "drop"}), make_edition(world.root)
    world.deliver(edition, office.port)
    office.at_data.clear()
    done = world.deliver(edition, office.port, resend_unknown=True)
    assert by_state(done) == ALL_ACCEPTED
    assert [one.sent_now for one in done] == [True, False, False]
    first, second = office.to(TEAM[0])
    assert first["Message-ID"] == second["Message-ID"]
    events = [s.event for s in open_ledger(world.settings.ledger).history(KEY)]
    assert "resolved_resend" in events


def test_a_message_resolved_as_received_is_left_alone(
    world: World, post_office: MakeOffice
) -> None:
    office, edition = post_office(at_data={TEAM[0]: "drop"}), make_edition(world.root)
    world.deliver(edition, office.port)
    ledger = open_ledger(world.settings.ledger)
    ledger.resolve(KEY, TEAM[0], "received", by="operator", at=NOW)
    done = world.deliver(edition, office.port, resend_unknown=True)
    assert by_state(done) == ALL_ACCEPTED
    assert office.recipients.count(TEAM[0]) == 1


def test_a_server_that_closes_after_each_message_is_met_again_for_the_next(world: World) -> None:
    script = {"message": b"250 kept\r\n"}
    server = ScriptedServer(script, then_close=frozenset({"message"}))
    try:
        done = world.deliver(make_edition(world.root), server.port)
    finally:
        server.close()
    assert by_state(done) == ALL_ACCEPTED
    assert len(server.messages) == 3


@pytest.mark.parametrize("verdict", ["HOLD", "hold", "", "UNHEARD OF"])
def test_an_edition_on_hold_is_sent_to_nobody(
    world: World, post_office: MakeOffice, verdict: str
) -> None:
    office = post_office()
    with pytest.raises(DeliveryError, match="never sent"):
        world.deliver(make_edition(world.root, verdict=verdict), office.port)
    assert office.connections == 0
    assert not (world.root / "var").exists()


def test_an_edition_that_needs_approval_waits_for_it(world: World, post_office: MakeOffice) -> None:
    office, edition, audience = post_office(), make_edition(world.root), team(approval=True)
    waiting = world.deliver(edition, office.port, audience)
    assert by_state(waiting) == dict.fromkeys(TEAM, "waiting")
    assert "nobody has approved executive_monthly 2026-10 executive_team r1" in waiting[0].detail
    assert "--audience executive_team --revision 1 --by NAME" in waiting[0].detail
    assert office.connections == 0
    delivery.require_complete(edition, waiting)
    delivery.approve(world.settings, edition, by="Head of CX", now=NOW)
    assert by_state(world.deliver(edition, office.port, audience)) == ALL_ACCEPTED


def test_an_approval_does_not_cover_another_revision_or_another_pdf(
    world: World, post_office: MakeOffice
) -> None:
    office, audience = post_office(), team(approval=True)
    edition = make_edition(world.root)
    delivery.approve(world.settings, edition, by="Head of CX", now=NOW)
    second = make_edition(world.root, revision=2)
    assert set(by_state(world.deliver(second, office.port, audience)).values()) == {"waiting"}
    swapped = make_edition(world.root, pdf=PDF + b"more")
    with pytest.raises(DeliveryError, match="not the one that was approved"):
        world.deliver(swapped, office.port, audience)
    assert office.connections == 0


def test_another_audiences_edition_is_refused(world: World, post_office: MakeOffice) -> None:
    office = post_office()
    edition = make_edition(world.root, audience="enterprise_unit", scope="segment=enterprise")
    with pytest.raises(DeliveryError, match="not for audience executive_team"):
        world.deliver(edition, office.port)
    assert office.connections == 0


@pytest.mark.parametrize("changes", [{"scope": "segment=enterprise"}, {"language": "de"}])
def test_an_edition_made_for_another_scope_or_language_is_refused(
    world: World, post_office: MakeOffice, changes: dict[str, str]
) -> None:
    office = post_office()
    with pytest.raises(DeliveryError, match="render the edition again"):
        world.deliver(make_edition(world.root), office.port, team(**changes))
    assert office.connections == 0


@pytest.mark.parametrize("name", ["report.pdf", "data.json"])
def test_a_damaged_archive_is_not_sent(world: World, post_office: MakeOffice, name: str) -> None:
    office, edition = post_office(), make_edition(world.root)
    (edition.folder / name).write_bytes((edition.folder / name).read_bytes() + b" ")
    with pytest.raises(DeliveryError, match=rf"{name} is not what was archived"):
        world.deliver(edition, office.port)
    (edition.folder / name).unlink()
    with pytest.raises(DeliveryError, match=rf"{name} cannot be read"):
        world.deliver(edition, office.port)
    assert office.connections == 0


def test_a_pdf_too_large_for_mail_is_refused_with_advice(
    world: World, post_office: MakeOffice
) -> None:
    office = post_office()
    edition = make_edition(world.root, pdf=b"%PDF" + bytes(18_000_000))
    with pytest.raises(DeliveryError, match=r"18\.0 MB.*Shorten the report.*report\.pdf"):
        world.deliver(edition, office.port)
    assert office.connections == 0
    assert world.states() == {}


def test_a_message_too_large_for_the_server_is_refused_before_anybody_is_claimed(
    world: World, post_office: MakeOffice
) -> None:
    office = post_office(options={"data_size_limit": 10_000})
    with pytest.raises(DeliveryError, match=r"takes at most 0\.0 MB; raise its limit"):
        world.deliver(make_edition(world.root), office.port)
    assert world.states() == {}


def test_wrong_credentials_stop_before_anybody_is_claimed(
    world: World, post_office: MakeOffice
) -> None:
    office = post_office(options={"auth_require_tls": False}, accounts={"reporter": "right"})
    connection = Connection(
        "wellheard_smtp",
        host="127.0.0.1",
        port=office.port,
        login="reporter",
        password="wr0ng-s3cret",
        extra={"disable_ssl": True, "disable_tls": True},
    )
    with pytest.raises(DeliveryError, match="'wellheard_smtp'") as caught:
        world.deliver(make_edition(world.root), office.port, connection=connection)
    assert "s3cret" not in str(caught.value)
    assert world.states() == {}


def test_a_ledger_that_cannot_be_written_stops_before_anything_is_sent(
    world: World, post_office: MakeOffice
) -> None:
    office = post_office()
    world.root.joinpath("var").write_text("not a folder")
    with pytest.raises(DeliveryError, match="nothing was sent"):
        world.deliver(make_edition(world.root), office.port)
    assert office.connections == 0


def test_an_ending_that_cannot_be_written_down_is_told_and_not_sent_twice(
    world: World, post_office: MakeOffice
) -> None:
    edition = make_edition(world.root)
    open_ledger(world.settings.ledger)
    path = world.root / "var" / "ledger.sqlite"

    def break_ledger() -> str:
        with sqlite3.connect(path) as db:
            db.execute("alter table wellheard_deliveries rename to gone")
        return "250 queued"

    office = post_office(at_data={TEAM[0]: break_ledger})
    with pytest.raises(DeliveryError, match=r"ended as accepted.*show it as unknown"):
        world.deliver(edition, office.port)
    with sqlite3.connect(path) as db:
        db.execute("alter table gone rename to wellheard_deliveries")
    office.at_data.clear()
    assert by_state(world.deliver(edition, office.port)) == {**ALL_ACCEPTED, TEAM[0]: "unknown"}
    assert office.recipients == TEAM
