"""Handing one message for one recipient to a mail server, and saying exactly how that ended.

The fields of the connection mean what they mean to Airflow's own SMTP connection: `host`, `port`,
`login`, `password`, and in `extra` `disable_ssl`, `disable_tls`, `timeout` (seconds) and
`ssl_context` (`default` or `none`). TLS from the first byte is the default, `disable_ssl` makes it
STARTTLS, `disable_ssl` with `disable_tls` makes it plain text.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass
from typing import Any, Literal

from wellheard.connections import Connection, is_loopback
from wellheard.errors import ConfigError, DeliveryError

TIMEOUT_SECONDS = 30.0
# RFC 5321, 4.5.3.2.6: after the message a server may take ten minutes to scan it and answer.
ACKNOWLEDGEMENT_SECONDS = 600.0

Ending = Literal["accepted", "refused", "deferred", "unknown"]


class MailServerDownError(DeliveryError):
    """The mail server cannot be reached or asks to come back later; nothing was sent."""


@dataclass(frozen=True)
class Outcome:
    """How handing over one message ended.

    `accepted` and `refused` are the server's final word; `deferred` means nothing was taken and a
    later try may work; `unknown` means the connection broke after the message had begun to go out.
    `server_wide` says that the other recipients would meet the same, `lost` that the session ended
    before the message.
    """

    ending: Ending
    detail: str
    server_wide: bool = False
    lost: bool = False


def connect(connection: Connection) -> smtplib.SMTP:
    """A session with the mail server, with TLS and login as the connection asks.

    Raises MailServerDownError when a later try may work, another DeliveryError or a ConfigError,
    which name the connection, when that must be changed first.
    """
    try:
        return _open(connection)
    except smtplib.SMTPAuthenticationError as error:
        answer = _said(error.smtp_code, error.smtp_error, connection)
        if error.smtp_code < 500:
            raise MailServerDownError(
                f"{_name(connection)} cannot check the login now: {answer}"
            ) from None
        raise DeliveryError(
            f"{_name(connection)} refuses the login: {answer}; correct login and password of "
            f"connection {connection.id!r}"
        ) from None
    except smtplib.SMTPNotSupportedError:
        raise DeliveryError(
            f"{_name(connection)} offers no STARTTLS, or no login; set disable_tls, or remove the "
            f"login, in connection {connection.id!r} if that is meant"
        ) from None
    except ssl.SSLCertVerificationError as error:
        raise DeliveryError(
            f"the certificate of {_name(connection)} cannot be trusted: {error.verify_message}; "
            "install its authority on this machine, or mend host in connection "
            f"{connection.id!r}"
        ) from None
    except ssl.SSLError:
        raise DeliveryError(
            f"{_name(connection)} does not speak TLS there; for STARTTLS set disable_ssl in the "
            f"extra of connection {connection.id!r}, for plain text disable_tls too"
        ) from None
    except smtplib.SMTPResponseException as error:
        raise MailServerDownError(
            f"{_name(connection)} does not take mail: "
            + _said(error.smtp_code, error.smtp_error, connection)
        ) from None
    except (smtplib.SMTPException, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise MailServerDownError(
            f"{_name(connection)} cannot be reached: {reason}; check that it runs, and host and "
            f"port of connection {connection.id!r}"
        ) from None


def _open(connection: Connection) -> smtplib.SMTP:
    extra = connection.extra
    if str(extra.get("auth_type", "basic")) != "basic":
        raise ConfigError(
            f"connection {connection.id!r}: auth_type {extra['auth_type']!r} is not supported; "
            "use a mail relay with basic login"
        )
    if not connection.host:
        raise ConfigError(f"connection {connection.id!r} has no host; write the mail server's name")
    from_first_byte = not _flag(connection, "disable_ssl")
    start_tls = not from_first_byte and not _flag(connection, "disable_tls")
    encrypted = from_first_byte or start_tls
    if connection.login and not encrypted and not is_loopback(connection.host):
        raise ConfigError(
            f"connection {connection.id!r} would send its password in plain text; "
            "take disable_tls out of its extra"
        )
    timeout = _seconds(connection, "timeout", TIMEOUT_SECONDS)
    context = _tls_context(connection) if encrypted else None
    if from_first_byte:
        session: smtplib.SMTP = smtplib.SMTP_SSL(
            connection.host, connection.port or 465, timeout=timeout, context=context
        )
    else:
        session = smtplib.SMTP(connection.host, connection.port or 25, timeout=timeout)
    try:
        session.ehlo_or_helo_if_needed()
        if start_tls:
            code, text = session.starttls(context=context)
            if code != 220:
                raise smtplib.SMTPResponseException(code, text)
        if connection.login:
            session.login(connection.login, connection.password)
    except BaseException:
        session.close()
        raise
    return session


def check(connection: Connection) -> None:
    """Try address, TLS and login without sending anything. Raises as `connect` does."""
    close(connect(connection))


def is_alive(session: smtplib.SMTP) -> bool:
    """Whether the server still answers in this session; asked before each claim."""
    try:
        return session.noop()[0] == 250
    except (smtplib.SMTPException, OSError):
        return False


def close(session: smtplib.SMTP) -> None:
    """End the session; what the server took is its own by now, so no failure matters here."""
    try:
        session.quit()
    except (smtplib.SMTPException, OSError):
        session.close()


def size_limit(session: smtplib.SMTP) -> int | None:
    """The largest message, in bytes, the server says it takes; None when it does not say."""
    announced = session.esmtp_features.get("size", "").strip()
    return int(announced) if announced.isdigit() and int(announced) > 0 else None


def send(
    session: smtplib.SMTP, connection: Connection, *, sender: str, recipient: str, message: bytes
) -> Outcome:
    """Hand over one message (CRLF lines) for one recipient. Never raises for what a server does.

    Whether the session can be used again, `is_alive` tells.
    """
    try:
        options = [f"size={len(message)}"] if session.has_extn("size") else []
        code, text = session.mail(sender, options)
        if code != 250:
            # The sender is the same for all, so this says nothing about the recipient.
            answer = _said(code, text, connection)
            return Outcome("deferred", f"sender {sender} not taken: {answer}", server_wide=True)
        code, text = session.rcpt(recipient)
        if code not in (250, 251):
            return _not_taken(session, code, text, connection)
        code, text = session.docmd("DATA")
        if code != 354:
            return _not_taken(session, code, text, connection)
    except (smtplib.SMTPException, OSError) as error:
        session.close()
        return Outcome("deferred", f"connection lost before the message: {error}", lost=True)

    # The message goes out from here on: without an answer nobody knows whether it was taken.
    try:
        if session.sock is not None:
            acknowledgement = _seconds(connection, "data_timeout", ACKNOWLEDGEMENT_SECONDS)
            session.sock.settimeout(acknowledgement)
        session.send(_quoted(message))
        code, text = session.getreply()
    except (smtplib.SMTPException, OSError) as error:
        session.close()
        return Outcome("unknown", f"connection lost before the server's answer: {error}")
    if 200 <= code < 300:
        return Outcome("accepted", _said(code, text, connection))
    if 400 <= code < 600:
        return _not_taken(session, code, text, connection)
    session.close()
    return Outcome("unknown", f"answer not understood: {_said(code, text, connection)}")


def _not_taken(session: smtplib.SMTP, code: int, text: bytes, connection: Connection) -> Outcome:
    """A final (5xx) or passing (4xx) refusal; 421 also ends the session."""
    detail = _said(code, text, connection)
    if code == 421 or not 400 <= code < 600:
        session.close()
        return Outcome("deferred", detail, lost=True)
    try:
        session.rset()
    except (smtplib.SMTPException, OSError):
        session.close()
    return Outcome("refused" if code >= 500 else "deferred", detail)


def _quoted(message: bytes) -> bytes:
    """The message as DATA wants it: dots at line starts doubled, ended by a line with one dot."""
    body = re.sub(rb"(?m)^\.", b"..", message)
    return body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _said(code: int, text: Any, connection: Connection) -> str:
    """The server's answer in one short line, without the password should the server repeat it."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    if connection.password:
        line = line.replace(connection.password, "***")
    return f"{code} {line[:300]}".strip()


def _name(connection: Connection) -> str:
    return f"mail server {connection.host}" + (f":{connection.port}" if connection.port else "")


def _flag(connection: Connection, key: str) -> bool:
    """A yes or no of the extra, which a connection URI can only hold as text."""
    value = connection.extra.get(key, False)
    if isinstance(value, str):
        known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
        if value.strip().lower() in (*known, ""):
            return known.get(value.strip().lower(), False)
    elif isinstance(value, bool | int):
        return bool(value)
    raise ConfigError(f"connection {connection.id!r}: {key} in extra must be true or false")


def _seconds(connection: Connection, key: str, default: float) -> float:
    try:
        seconds = float(connection.extra.get(key) or default)
    except (TypeError, ValueError):
        seconds = -1.0
    if not 0 < seconds <= 3600:
        raise ConfigError(
            f"connection {connection.id!r}: {key} in extra must be seconds, 1 to 3600"
        )
    return seconds


def _tls_context(connection: Connection) -> ssl.SSLContext:
    wanted = connection.extra.get("ssl_context") or "default"
    if wanted not in ("default", "none"):
        raise ConfigError(
            f"connection {connection.id!r}: ssl_context in extra must be default or none"
        )
    context = ssl.create_default_context()
    if wanted == "none":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
