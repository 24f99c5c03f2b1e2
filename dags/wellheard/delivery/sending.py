"""Delivering one edition to its audience: at most one message per recipient, whatever dies when."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from wellheard.audiences import Audience
from wellheard.connections import Connection
from wellheard.delivery import transport
from wellheard.delivery.ledger import Approval, EditionKey, Entry, Ledger, open_ledger
from wellheard.delivery.message import Letter, compose, edition_key, prepare, sealed_pdf
from wellheard.errors import DeliveryError
from wellheard.settings import Settings

if TYPE_CHECKING:
    from wellheard.report.editions import Edition

Progress = Callable[[str], None]
# One recipient may make a server hang up; a server that hangs up on so many is in trouble itself.
LOST_IN_A_ROW = 3


@dataclass(frozen=True)
class Delivery:
    """What is known of one edition and one recipient after a run.

    `accepted`, `refused` and `unknown` are the ledger's states; `deferred` means nothing was sent
    and a later run will try; `waiting` means the edition is not approved yet. `sent_now` tells a
    message of this run from one of an earlier run; `was_known` what an earlier run found, for which
    this one sent nothing.
    """

    recipient: str
    state: Literal["accepted", "refused", "unknown", "deferred", "waiting"]
    detail: str
    sent_now: bool = False
    was_known: bool = False

    @property
    def told(self) -> str:
        """What happened in this run, in words."""
        if not self.was_known:
            return f"{self.state} {self.detail}".rstrip()
        said = "already sent" if self.state == "accepted" else f"{self.state} since an earlier run"
        return f"{said}, nothing sent now; {self.detail}"


def deliver(
    settings: Settings,
    edition: Edition,
    audience: Audience,
    *,
    connection: Connection,
    now: datetime,
    resend_unknown: bool = False,
    progress: Progress = lambda line: None,
) -> list[Delivery]:
    """Send an edition to every recipient of its audience who has not been sent it.

    One Delivery per recipient, in the audience's order. A recipient whose message is `unknown` gets
    it again only with `resend_unknown`, a `refused` one not at all; see `Ledger.resolve`.

    Raises DeliveryError when the edition may not be sent at all (HOLD, another audience's, damaged,
    too large), when the connection must be mended first, or when the ledger cannot be written.
    Every check comes before anything is sent.
    """
    key = edition_key(edition)
    letter = prepare(settings, edition, audience)
    ledger = open_ledger(settings.ledger)
    if audience.approval and not _approved(ledger, key, letter):
        detail = (
            f"nobody has approved {key} yet: `wellheard approve {_one(key)} --by NAME`, "
            "then deliver again"
        )
        progress(detail)
        return [Delivery(recipient, "waiting", detail) for recipient in audience.recipients]

    def wait_note() -> None:
        progress(f"another process is delivering {key}; waiting until it ends")

    with ledger.sole_sender(key, waiting=wait_note):
        for recipient in ledger.give_up_abandoned(key, at=now):
            progress(f"{recipient}: unknown; an earlier run stopped while sending")
        if resend_unknown:
            _release_unknown(ledger, key, audience, now)
        known = ledger.of(key)
        outbox = [r for r in audience.recipients if r.casefold() not in known]
        fresh = _send_all(
            ledger, key, letter, outbox, connection=connection, now=now, progress=progress
        )
    return [
        fresh.get(recipient) or _as_known(recipient, known[recipient.casefold()])
        for recipient in audience.recipients
    ]


def require_complete(edition: Edition, deliveries: Sequence[Delivery]) -> None:
    """Raise a DeliveryError that lists every recipient who is not known to have the edition.

    An edition that waits for approval is no failure.
    """
    key = edition_key(edition)
    resolve = f"wellheard resolve {_one(key)} --recipient ADDRESS --by NAME --outcome"
    advice = {
        "deferred": f"deliver again later: `wellheard deliver {_options(key)}`",
        "unknown": f"ask the recipient, then `{resolve} received` or `{resolve} resend`",
        "refused": f"correct the address in audiences.yml, or `{resolve} resend`",
    }
    missing = [d for d in deliveries if d.state in advice]
    if missing:
        lines = [f"{d.recipient}: {d.state} ({d.detail}); {advice[d.state]}" for d in missing]
        raise DeliveryError(
            f"{key} did not reach {len(missing)} of {len(deliveries)} "
            "recipients:\n  " + "\n  ".join(lines)
        )


def approve(settings: Settings, edition: Edition, *, by: str, now: datetime) -> Approval:
    """Record somebody's word that this edition may be sent.

    Raises DeliveryError when the archived PDF is damaged or another was approved.
    """
    digest = sealed_pdf(edition)[1]
    ledger = open_ledger(settings.ledger)
    return ledger.approve(edition_key(edition), pdf_sha256=digest, by=by, at=now)


def _options(key: EditionKey) -> str:
    """The edition as `wellheard deliver` wants it, which sends the latest revision."""
    return f"--report {key.report} --period {key.period} --audience {key.audience}"


def _one(key: EditionKey) -> str:
    """The edition as the commands want it that take a revision."""
    return f"{_options(key)} --revision {key.revision}"


def _approved(ledger: Ledger, key: EditionKey, letter: Letter) -> bool:
    approval = ledger.approval(key)
    if approval is not None and approval.pdf_sha256 != letter.pdf_sha256:
        raise DeliveryError(f"{key}: the archived PDF is not the one that was approved; not sent")
    return approval is not None


def _release_unknown(ledger: Ledger, key: EditionKey, audience: Audience, now: datetime) -> None:
    wanted = {recipient.casefold() for recipient in audience.recipients}
    for recipient, entry in ledger.of(key).items():
        if entry.state == "unknown" and recipient in wanted:
            ledger.settle(key, recipient, "resend", by="resend_unknown", at=now)


def _send_all(
    ledger: Ledger,
    key: EditionKey,
    letter: Letter,
    outbox: Sequence[str],
    *,
    connection: Connection,
    now: datetime,
    progress: Progress,
) -> dict[str, Delivery]:
    """Send to each recipient of the outbox in turn, over as few sessions as the server allows."""
    results: dict[str, Delivery] = {}
    session: smtplib.SMTP | None = None
    lost_in_a_row = 0
    try:
        for position, recipient in enumerate(outbox):
            message_id, message = compose(letter, recipient, now=now)
            if session is not None and not transport.is_alive(session):
                transport.close(session)
                session = None
            try:
                session = session or _connect(connection, len(message))
            except transport.MailServerDownError as error:
                _defer_rest(results, outbox[position:], str(error), progress)
                break
            if not ledger.claim(key, recipient, message_id=message_id, at=now):
                entry = ledger.of(key).get(recipient.casefold())
                if entry is not None:
                    results[recipient] = _as_known(recipient, entry)
                continue
            outcome = transport.send(
                session,
                connection,
                sender=letter.sender.addr_spec,
                recipient=recipient,
                message=message,
            )
            results[recipient] = _write_down(ledger, key, recipient, outcome, now)
            progress(f"{recipient}: {outcome.ending} ({outcome.detail})")
            lost_in_a_row = lost_in_a_row + 1 if outcome.lost else 0
            if outcome.server_wide or lost_in_a_row == LOST_IN_A_ROW:
                _defer_rest(results, outbox[position + 1 :], outcome.detail, progress)
                break
    finally:
        if session is not None:
            transport.close(session)
    return results


def _connect(connection: Connection, message_bytes: int) -> smtplib.SMTP:
    """A session that takes messages of this size. Raises DeliveryError when the server does not."""
    session = transport.connect(connection)
    limit = transport.size_limit(session)
    if limit is not None and message_bytes > limit:
        transport.close(session)
        raise DeliveryError(
            f"the message has {message_bytes / 1e6:.1f} MB, the mail server of connection "
            f"{connection.id!r} takes at most {limit / 1e6:.1f} MB; raise its limit "
            "or shorten the report; nothing was sent"
        )
    return session


def _write_down(
    ledger: Ledger, key: EditionKey, recipient: str, outcome: transport.Outcome, now: datetime
) -> Delivery:
    """Put the outcome into the ledger; a deferred message gives its claim back."""
    ending, detail = outcome.ending, outcome.detail
    try:
        if ending == "deferred":
            ledger.release(key, recipient, detail=detail, at=now)
        else:
            ledger.end(key, recipient, ending, detail=detail, at=now)
    except DeliveryError as error:
        raise DeliveryError(
            f"{key}: the message to {recipient} ended as {ending} ({detail}), but that could not "
            f"be written down: {error}; the next run will show it as unknown"
        ) from None
    return Delivery(recipient, ending, detail, sent_now=ending == "accepted")


def _defer_rest(
    results: dict[str, Delivery], recipients: Sequence[str], detail: str, progress: Progress
) -> None:
    for recipient in recipients:
        results[recipient] = Delivery(recipient, "deferred", detail)
        progress(f"{recipient}: deferred ({detail})")


def _as_known(recipient: str, entry: Entry) -> Delivery:
    """What an earlier run found."""
    when = f"{entry.ended_at or entry.claimed_at:%Y-%m-%d %H:%M} UTC"
    state: Literal["accepted", "refused", "unknown"] = (
        "unknown" if entry.state == "claimed" else entry.state
    )
    return Delivery(recipient, state, f"{when}: {entry.detail}", was_known=True)
