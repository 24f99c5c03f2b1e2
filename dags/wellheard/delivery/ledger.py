"""The delivery ledger: what is known of each edition and recipient, written before sending.

One row per (report, period, audience, revision, recipient), so that a second claim is impossible
whichever process tries it. States:

- `claimed`   this recipient's message is being handed over now
- `accepted`  the mail server took responsibility for it
- `refused`   the mail server refused it for good
- `unknown`   it was being handed over when the sender died or the connection broke; the recipient
              may or may not have it, so nothing is sent again until an operator says so

A recipient without a row has been sent nothing. The ledger is SQLite, or PostgreSQL by URL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from wellheard.delivery import store
from wellheard.delivery.store import approvals, deliveries, history
from wellheard.errors import DeliveryError
from wellheard.periods import as_utc

State = Literal["claimed", "accepted", "refused", "unknown"]


@dataclass(frozen=True, order=True)
class EditionKey:
    """Which edition: report, period (`2026-10`), audience and revision (1, 2, ...)."""

    report: str
    period: str
    audience: str
    revision: int

    def __str__(self) -> str:
        return f"{self.report} {self.period} {self.audience} r{self.revision}"


@dataclass(frozen=True)
class Entry:
    """What the ledger knows of one edition and recipient; times in UTC."""

    key: EditionKey
    recipient: str
    state: State
    message_id: str
    claimed_at: datetime
    ended_at: datetime | None
    detail: str


@dataclass(frozen=True)
class Step:
    """One line of the history of an edition and recipient."""

    at: datetime
    key: EditionKey
    recipient: str
    event: str
    detail: str


@dataclass(frozen=True)
class Approval:
    """Somebody's word that an edition, with exactly this PDF, may be sent."""

    key: EditionKey
    pdf_sha256: str
    approved_by: str
    approved_at: datetime


class Ledger:
    """A handle on the ledger's database. Every method is one transaction.

    All methods raise DeliveryError when the database cannot be reached or written.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @property
    def place(self) -> str:
        """The database's URL without its password."""
        return self._engine.url.render_as_string(hide_password=True)

    @contextmanager
    def sole_sender(
        self, key: EditionKey, *, waiting: Callable[[], None] = lambda: None
    ) -> Iterator[None]:
        """Hold the edition: no other process sends it meanwhile. Waits, after calling `waiting`.

        The hold ends with the process, however it ends; so whoever has it knows that every claim
        it finds was left by a sender that is gone.
        """
        with store.hold(self._engine, str(key), waiting):
            yield

    def create(self) -> None:
        """Create the tables that are not there yet."""
        with (
            store.hold(self._engine, "create", lambda: None),
            store.transaction(self._engine) as db,
        ):
            store.metadata.create_all(db)

    def entries(
        self,
        *,
        report: str | None = None,
        period: str | None = None,
        audience: str | None = None,
        revision: int | None = None,
        recipient: str | None = None,
        state: State | None = None,
    ) -> list[Entry]:
        """The rows that match, in the order of edition and recipient."""
        wanted = {
            "report": report,
            "period": period,
            "audience": audience,
            "revision": revision,
            "recipient": recipient.casefold() if recipient is not None else None,
            "state": state,
        }
        table = deliveries
        query = sa.select(table).order_by(
            table.c.report, table.c.period, table.c.audience, table.c.revision, table.c.recipient
        )
        for name, value in wanted.items():
            if value is not None:
                query = query.where(table.c[name] == value)
        with store.transaction(self._engine) as db:
            rows = db.execute(query).mappings().all()
        return [
            Entry(
                key=_key(row),
                recipient=row["recipient"],
                state=row["state"],
                message_id=row["message_id"],
                claimed_at=row["claimed_at"],
                ended_at=row["ended_at"],
                detail=row["detail"],
            )
            for row in rows
        ]

    def of(self, key: EditionKey) -> dict[str, Entry]:
        """The rows of one edition by recipient (in small letters)."""
        found = self.entries(
            report=key.report, period=key.period, audience=key.audience, revision=key.revision
        )
        return {entry.recipient: entry for entry in found}

    def history(self, key: EditionKey) -> list[Step]:
        """Everything that happened to an edition's messages, oldest first."""
        with store.transaction(self._engine) as db:
            rows = (
                db.execute(sa.select(history).where(*_is(history, key)).order_by(history.c.id))
                .mappings()
                .all()
            )
        return [
            Step(row["at"], _key(row), row["recipient"], row["event"], row["detail"])
            for row in rows
        ]

    def claim(self, key: EditionKey, recipient: str, *, message_id: str, at: datetime) -> bool:
        """Take the right to send this one message. False when anybody has or had it."""
        row = {**vars(key), "recipient": recipient.casefold(), "state": "claimed"}
        try:
            with store.transaction(self._engine) as db:
                db.execute(
                    sa.insert(deliveries).values(
                        **row, message_id=message_id, claimed_at=at, detail=""
                    )
                )
                _note(db, key, recipient, "claimed", message_id, at)
        except sa.exc.IntegrityError:
            return False
        return True

    def end(
        self, key: EditionKey, recipient: str, state: State, *, detail: str, at: datetime
    ) -> None:
        """Write how this process's own claim ended."""
        with store.transaction(self._engine) as db:
            db.execute(
                sa.update(deliveries)
                .where(*_is(deliveries, key, recipient))
                .values(state=state, detail=detail, ended_at=at)
            )
            _note(db, key, recipient, state, detail, at)

    def release(self, key: EditionKey, recipient: str, *, detail: str, at: datetime) -> None:
        """Give the claim back: nothing reached the recipient, so a later run may send."""
        with store.transaction(self._engine) as db:
            db.execute(sa.delete(deliveries).where(*_is(deliveries, key, recipient)))
            _note(db, key, recipient, "released", detail, at)

    def give_up_abandoned(self, key: EditionKey, *, at: datetime) -> list[str]:
        """Turn the edition's claims without an ending into `unknown`; their recipients.

        Only for the holder of `sole_sender`.
        """
        detail = "the sender stopped while handing the message over; it may have been delivered"
        with store.transaction(self._engine) as db:
            query = sa.select(deliveries.c.recipient).where(
                *_is(deliveries, key), deliveries.c.state == "claimed"
            )
            abandoned: list[str] = list(db.execute(query).scalars())
            for recipient in abandoned:
                db.execute(
                    sa.update(deliveries)
                    .where(*_is(deliveries, key, recipient))
                    .values(state="unknown", detail=detail, ended_at=at)
                )
                _note(db, key, recipient, "unknown", detail, at)
        return abandoned

    def resolve(
        self,
        key: EditionKey,
        recipient: str,
        outcome: Literal["received", "resend"],
        *,
        by: str,
        at: datetime,
        waiting: Callable[[], None] = lambda: None,
    ) -> None:
        """An operator's word on an `unknown` or `refused` message.

        `received`: the recipient has it, it counts as accepted. `resend`: they do not have it, the
        next delivery sends it. A claim that a dead sender left is unknown; a living sender is
        waited for, after calling `waiting`. Raises DeliveryError when there is nothing to resolve,
        or nobody is named who says so.
        """
        with self.sole_sender(key, waiting=waiting):
            self.give_up_abandoned(key, at=at)
            self.settle(key, recipient, outcome, by=by, at=at)

    def settle(
        self,
        key: EditionKey,
        recipient: str,
        outcome: Literal["received", "resend"],
        *,
        by: str,
        at: datetime,
    ) -> None:
        """`resolve` for the holder of `sole_sender`, who would wait for itself there."""
        _named(by)
        with store.transaction(self._engine) as db:
            state = db.execute(
                sa.select(deliveries.c.state).where(*_is(deliveries, key, recipient))
            ).scalar_one_or_none()
            if state not in ("unknown", "refused"):
                raise DeliveryError(
                    f"{recipient} of {key} is {state or 'not in the ledger'}; "
                    "only unknown and refused messages are resolved"
                )
            # The state is asked for again: whatever happens, one message is resolved only once.
            still = (*_is(deliveries, key, recipient), deliveries.c.state == state)
            if outcome == "received":
                change: sa.Update | sa.Delete = (
                    sa.update(deliveries)
                    .where(*still)
                    .values(state="accepted", detail=f"received, says {by}", ended_at=at)
                )
            else:
                change = sa.delete(deliveries).where(*still)
            if db.execute(change).rowcount != 1:
                raise DeliveryError(f"{recipient} of {key} was just resolved by somebody else")
            _note(db, key, recipient, f"resolved_{outcome}", f"was {state}; by {by}", at)

    def approve(self, key: EditionKey, *, pdf_sha256: str, by: str, at: datetime) -> Approval:
        """Record that this edition, with exactly this PDF, may be sent. The first approval stays.

        Raises DeliveryError when nobody is named, or another PDF was approved under the same key.
        """
        _named(by)
        row = {**vars(key), "pdf_sha256": pdf_sha256, "approved_by": by, "approved_at": at}
        try:
            with store.transaction(self._engine) as db:
                db.execute(sa.insert(approvals).values(**row))
        except sa.exc.IntegrityError:
            earlier = self.approval(key)
            if earlier is None or earlier.pdf_sha256 != pdf_sha256:
                raise DeliveryError(
                    f"{key}: another PDF was approved under this revision; render a new revision"
                ) from None
            return earlier
        return Approval(key, pdf_sha256, by, as_utc(at))

    def approval(self, key: EditionKey) -> Approval | None:
        """The approval of an edition, if there is one."""
        with store.transaction(self._engine) as db:
            row = (
                db.execute(sa.select(approvals).where(*_is(approvals, key)))
                .mappings()
                .one_or_none()
            )
        if row is None:
            return None
        return Approval(key, row["pdf_sha256"], row["approved_by"], row["approved_at"])


def _named(by: str) -> None:
    """Refuse a word of nobody: it could not be asked about later."""
    if not by.strip():
        raise DeliveryError("nobody is named; write who it was, --by NAME")


def open_ledger(url: str) -> Ledger:
    """Open the ledger, creating folder and tables when they are not there yet.

    Raises ConfigError for a URL that is neither SQLite nor PostgreSQL, DeliveryError when the
    database cannot be reached.
    """
    ledger = Ledger(store.open_engine(url))
    ledger.create()
    return ledger


def _is(
    table: sa.Table, key: EditionKey, recipient: str | None = None
) -> list[sa.ColumnElement[bool]]:
    terms = [table.c[name] == value for name, value in vars(key).items()]
    if recipient is not None:
        terms.append(table.c.recipient == recipient.casefold())
    return terms


def _key(row: sa.RowMapping) -> EditionKey:
    return EditionKey(row["report"], row["period"], row["audience"], row["revision"])


def _note(
    db: sa.Connection, key: EditionKey, recipient: str, event: str, detail: str, at: datetime
) -> None:
    row = {**vars(key), "recipient": recipient.casefold(), "event": event, "detail": detail}
    db.execute(sa.insert(history).values(at=at, **row))
