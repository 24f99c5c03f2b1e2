"""The delivery ledger, in SQLite and in PostgreSQL."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from datetime import UTC, datetime, timedelta, timezone
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

import pytest

from wellheard.delivery.ledger import EditionKey, Ledger, open_ledger
from wellheard.errors import ConfigError, DeliveryError

KEY = EditionKey("executive_monthly", "2026-10", "executive_team", 1)
NOW = datetime(2026, 11, 2, 7, 30, tzinfo=UTC)
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def ledger(ledger_url: str) -> Ledger:
    return open_ledger(ledger_url)


def claim(ledger: Ledger, recipient: str = "one@larkfield.example", key: EditionKey = KEY) -> bool:
    return ledger.claim(key, recipient, message_id="<a@b>", at=NOW)


def test_a_recipient_is_claimed_once_per_edition_whatever_the_spelling(ledger: Ledger) -> None:
    assert claim(ledger, "One@Larkfield.example")
    assert not claim(ledger, "one@larkfield.example")
    assert claim(ledger, key=EditionKey("executive_monthly", "2026-10", "executive_team", 2))
    assert claim(ledger, key=EditionKey("executive_monthly", "2026-11", "executive_team", 1))


@pytest.mark.parametrize("state", ["accepted", "refused", "unknown"])
def test_an_ended_claim_stays_taken(ledger: Ledger, state: str) -> None:
    claim(ledger)
    ledger.end(KEY, "one@larkfield.example", state, detail="250 ok", at=NOW)  # type: ignore[arg-type]
    assert not claim(ledger)
    (entry,) = ledger.entries()
    assert (entry.key, entry.recipient, entry.state) == (KEY, "one@larkfield.example", state)
    assert (entry.message_id, entry.detail) == ("<a@b>", "250 ok")
    assert entry.claimed_at == entry.ended_at == NOW


def test_a_released_claim_can_be_taken_again_and_the_history_keeps_why(ledger: Ledger) -> None:
    claim(ledger)
    ledger.release(KEY, "one@larkfield.example", detail="451 later", at=NOW)
    assert ledger.entries() == []
    assert claim(ledger)
    steps = [(step.event, step.detail) for step in ledger.history(KEY)]
    assert steps == [("claimed", "<a@b>"), ("released", "451 later"), ("claimed", "<a@b>")]


def test_times_keep_their_moment_whatever_zone_they_were_given_in(ledger: Ledger) -> None:
    local = datetime(2026, 11, 2, 8, 30, tzinfo=timezone(timedelta(hours=1)))
    ledger.claim(KEY, "one@larkfield.example", message_id="<a@b>", at=local)
    (entry,) = ledger.entries()
    assert entry.claimed_at == NOW
    assert entry.claimed_at.tzinfo is UTC


def test_abandoned_claims_become_unknown_and_ended_ones_stay(ledger: Ledger) -> None:
    for recipient in ("a@x.example", "b@x.example", "c@x.example"):
        claim(ledger, recipient)
    ledger.end(KEY, "a@x.example", "accepted", detail="250 ok", at=NOW)
    assert sorted(ledger.give_up_abandoned(KEY, at=NOW)) == ["b@x.example", "c@x.example"]
    states = {recipient: entry.state for recipient, entry in ledger.of(KEY).items()}
    assert states == {"a@x.example": "accepted", "b@x.example": "unknown", "c@x.example": "unknown"}
    assert ledger.give_up_abandoned(KEY, at=NOW) == []


def test_only_unknown_and_refused_messages_are_resolved(ledger: Ledger) -> None:
    claim(ledger)
    with (
        ledger.sole_sender(KEY),
        pytest.raises(DeliveryError, match="is claimed; only unknown and refused"),
    ):
        ledger.settle(KEY, "one@larkfield.example", "resend", by="ops", at=NOW)
    with pytest.raises(DeliveryError, match="not in the ledger"):
        ledger.resolve(KEY, "two@larkfield.example", "received", by="ops", at=NOW)
    ledger.end(KEY, "one@larkfield.example", "unknown", detail="?", at=NOW)
    ledger.resolve(KEY, "ONE@larkfield.example", "received", by="ops", at=NOW)
    (entry,) = ledger.entries()
    assert (entry.state, entry.detail) == ("accepted", "received, says ops")
    with pytest.raises(DeliveryError, match="is accepted"):
        ledger.resolve(KEY, "one@larkfield.example", "resend", by="ops", at=NOW)


def test_nobodys_word_neither_approves_nor_resolves(ledger: Ledger) -> None:
    claim(ledger)
    ledger.end(KEY, "one@larkfield.example", "unknown", detail="?", at=NOW)
    with pytest.raises(DeliveryError, match="nobody is named; write who it was, --by NAME"):
        ledger.resolve(KEY, "one@larkfield.example", "received", by=" ", at=NOW)
    with pytest.raises(DeliveryError, match="nobody is named"):
        ledger.approve(KEY, pdf_sha256="a" * 64, by="", at=NOW)
    assert ledger.approval(KEY) is None
    assert [entry.state for entry in ledger.entries()] == ["unknown"]


@pytest.mark.parametrize("outcome", ["received", "resend"])
def test_what_a_dead_sender_left_claimed_is_resolved(ledger: Ledger, outcome: str) -> None:
    claim(ledger)
    ledger.resolve(KEY, "one@larkfield.example", outcome, by="ops", at=NOW)  # type: ignore[arg-type]
    events = [step.event for step in ledger.history(KEY)]
    assert events == ["claimed", "unknown", f"resolved_{outcome}"]


def test_a_claim_is_not_resolved_while_its_sender_lives(ledger: Ledger) -> None:
    waited, refusals = threading.Event(), list[str]()

    def resolve() -> None:
        one = "one@larkfield.example"
        try:
            ledger.resolve(KEY, one, "resend", by="ops", at=NOW, waiting=waited.set)
        except DeliveryError as error:
            refusals.append(str(error))

    operator = threading.Thread(target=resolve, daemon=True)
    with ledger.sole_sender(KEY):
        claim(ledger)
        operator.start()
        assert waited.wait(10), "the operator is told that they wait"
        assert [entry.state for entry in ledger.entries()] == ["claimed"]
        ledger.end(KEY, "one@larkfield.example", "accepted", detail="250 ok", at=NOW)
    operator.join(30)
    assert len(refusals) == 1
    assert "is accepted; only unknown" in refusals[0]


def test_a_message_resolved_for_resending_can_be_claimed_again(ledger: Ledger) -> None:
    claim(ledger)
    ledger.end(KEY, "one@larkfield.example", "refused", detail="550 no", at=NOW)
    ledger.resolve(KEY, "one@larkfield.example", "resend", by="ops", at=NOW)
    assert claim(ledger)
    assert [step.event for step in ledger.history(KEY)] == [
        "claimed",
        "refused",
        "resolved_resend",
        "claimed",
    ]


def test_an_approval_is_for_one_pdf_and_the_first_word_stays(ledger: Ledger) -> None:
    assert ledger.approval(KEY) is None
    first = ledger.approve(KEY, pdf_sha256="a" * 64, by="head of CX", at=NOW)
    again = ledger.approve(KEY, pdf_sha256="a" * 64, by="another", at=NOW + timedelta(days=1))
    assert first == again == ledger.approval(KEY)
    with pytest.raises(DeliveryError, match="another PDF was approved"):
        ledger.approve(KEY, pdf_sha256="b" * 64, by="head of CX", at=NOW)


def test_entries_are_found_by_any_part(ledger: Ledger) -> None:
    claim(ledger, "a@x.example")
    claim(ledger, "b@x.example", EditionKey("executive_monthly", "2026-09", "enterprise_unit", 2))
    ledger.end(KEY, "a@x.example", "accepted", detail="", at=NOW)
    assert len(ledger.entries(report="executive_monthly")) == 2
    assert [e.recipient for e in ledger.entries(period="2026-09")] == ["b@x.example"]
    assert [e.recipient for e in ledger.entries(state="accepted")] == ["a@x.example"]
    assert [e.recipient for e in ledger.entries(recipient="B@x.example")] == ["b@x.example"]
    assert ledger.entries(audience="enterprise_unit", revision=1) == []


def _claim_all(url: str, start: Barrier, won: Queue[tuple[int, str]], number: int) -> None:
    start.wait(60)
    ledger = open_ledger(url)  # both create the tables
    for i in range(25):
        if claim(ledger, f"r{i}@x.example"):
            won.put((number, f"r{i}@x.example"))
    won.put((number, "done"))


def test_of_two_processes_claiming_the_same_recipients_each_wins_different_ones(
    ledger_url: str,
) -> None:
    start, won = SPAWN.Barrier(2), SPAWN.Queue()
    processes = [
        SPAWN.Process(target=_claim_all, args=(ledger_url, start, won, number), daemon=True)
        for number in range(2)
    ]
    for process in processes:
        process.start()
    claimed, finished = [], 0
    while finished < 2:
        _, recipient = won.get(timeout=60)
        if recipient == "done":
            finished += 1
        else:
            claimed.append(recipient)
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert sorted(claimed) == sorted(f"r{i}@x.example" for i in range(25))


def _hold_until_killed(url: str, holding: Event) -> None:
    with open_ledger(url).sole_sender(KEY):
        holding.set()
        threading.Event().wait()


def test_an_edition_held_by_a_killed_process_is_free_at_once(ledger_url: str) -> None:
    holding = SPAWN.Event()
    holder = SPAWN.Process(target=_hold_until_killed, args=(ledger_url, holding), daemon=True)
    holder.start()
    assert holding.wait(60)
    ledger, waited, entered = open_ledger(ledger_url), threading.Event(), threading.Event()

    def enter() -> None:
        with ledger.sole_sender(KEY, waiting=waited.set):
            entered.set()

    waiter = threading.Thread(target=enter, daemon=True)
    waiter.start()
    assert waited.wait(10), "the second sender says that it waits"
    assert not entered.is_set()
    with ledger.sole_sender(EditionKey("executive_monthly", "2026-10", "enterprise_unit", 1)):
        pass  # other editions are free
    assert holder.pid is not None
    os.kill(holder.pid, signal.SIGKILL)
    assert entered.wait(30)
    waiter.join(30)
    holder.join(30)


@pytest.mark.parametrize(
    "url", ["mysql://a:s3cret@h/d", "sqlite://", "nonsense", "postgresql+asyncpg://h/d", ""]
)
def test_another_database_is_refused_without_printing_its_url(url: str) -> None:
    with pytest.raises(ConfigError, match="WELLHEARD_LEDGER_URL") as caught:
        open_ledger(url)
    assert "s3cret" not in str(caught.value)


def test_a_database_that_is_down_is_named_without_its_password() -> None:
    with pytest.raises(DeliveryError, match=r"127\.0\.0\.1:1/ledger cannot be used") as caught:
        open_ledger("postgresql://wellheard:s3cret@127.0.0.1:1/ledger")
    assert "s3cret" not in str(caught.value)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_text("this is a note to myself, and long enough to be no database header " * 20)
    with pytest.raises(
        DeliveryError, match=r"ledger\.sqlite cannot be used: file is not a database"
    ):
        open_ledger(f"sqlite:///{path}")
    assert path.read_text().startswith("this is a note")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")
    with pytest.raises(DeliveryError, match="nothing was sent"):
        open_ledger(f"sqlite:///{tmp_path / 'var' / 'ledger.sqlite'}")
