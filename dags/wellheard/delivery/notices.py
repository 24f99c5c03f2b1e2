"""Telling the operators that something needs them: on file first, then by mail."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from wellheard.audiences import address_problem
from wellheard.connections import Connection
from wellheard.delivery import transport
from wellheard.delivery.message import POLICY, sender_address
from wellheard.delivery.plain import one_line, printable
from wellheard.errors import WellheardError
from wellheard.periods import as_utc
from wellheard.settings import Settings


@dataclass(frozen=True)
class Notice:
    """What became of a notice: whether it is on file, and who could not be mailed and why."""

    recorded: bool
    sent_to: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def sent(self) -> bool:
        """Whether every operator's message was taken by the mail server."""
        return bool(self.sent_to) and not self.problems

    def __str__(self) -> str:
        told = f"told {', '.join(self.sent_to)}" if self.sent_to else "nobody was mailed"
        return "; ".join([told, *self.problems])


def notify_operators(
    settings: Settings,
    subject: str,
    text: str,
    *,
    connection: Connection | None,
    now: datetime,
) -> Notice:
    """Tell the operators of `wellheard.yml`, each in a message of their own.

    The notice is appended to `var/notices.jsonl` whatever happens to the mail. Never raises for a
    mail server that is down or an address that is wrong: a notice must not hide what it is about.
    """
    problems: list[str] = []
    sent_to: list[str] = []
    try:
        operators = settings.company.operators
        if not operators:
            problems.append(f"no operators are named in {settings.company_file}")
        elif connection is None:
            problems.append(f"connection {settings.company.mail_connection!r} is not set")
        else:
            _mail(settings, operators, subject, text, connection, now, sent_to, problems)
    except (WellheardError, OSError) as error:
        problems.append(str(error))
    recorded = _record(settings, subject, text, now, sent_to, problems)
    return Notice(recorded, tuple(sent_to), tuple(problems))


def _mail(
    settings: Settings,
    operators: list[str],
    subject: str,
    text: str,
    connection: Connection,
    now: datetime,
    sent_to: list[str],
    problems: list[str],
) -> None:
    sender = sender_address(settings)
    session = transport.connect(connection)
    try:
        for operator in operators:
            problem = address_problem(operator)
            if problem:
                problems.append(f"{settings.company_file}: operators: {operator!r} {problem}")
                continue
            message = EmailMessage(policy=POLICY)
            message["From"] = sender
            message["To"] = Address(addr_spec=operator)
            message["Subject"] = one_line(f"[Wellheard] {subject}", longest=200)
            message["Date"] = format_datetime(as_utc(now))
            message["Message-ID"] = make_msgid("wellheard", sender.domain)
            message["Auto-Submitted"] = "auto-generated"
            message.set_content(printable(text) + "\n")
            outcome = transport.send(
                session,
                connection,
                sender=sender.addr_spec,
                recipient=operator,
                message=message.as_bytes(),
            )
            if outcome.ending == "accepted":
                sent_to.append(operator)
            else:
                problems.append(f"{operator}: {outcome.ending} ({outcome.detail})")
    finally:
        transport.close(session)


def _record(
    settings: Settings,
    subject: str,
    text: str,
    now: datetime,
    sent_to: list[str],
    problems: list[str],
) -> bool:
    """Append one line to the file of notices; lines of several processes do not mix."""
    line = json.dumps(
        {
            "at": as_utc(now).isoformat(),
            "subject": subject,
            "text": text,
            "sent_to": sent_to,
            "problems": problems,
        },
        ensure_ascii=False,
    )
    path = settings.var / "notices.jsonl"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(descriptor, (line + "\n").encode("utf-8", "replace"))
        finally:
            os.close(descriptor)
    except OSError as error:
        problems.append(f"{path} cannot be written: {error.strerror}")
        return False
    return True
