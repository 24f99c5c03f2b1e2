"""Mail servers for the delivery tests, on real loopback sockets: one well-behaved, one scripted."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


def parse(content: bytes) -> EmailMessage:
    """A message as a mail program would read it."""
    message = BytesParser(policy=policy.default).parsebytes(content)
    assert isinstance(message, EmailMessage)
    return message


@dataclass
class PostOffice:
    """An aiosmtpd server in a thread. Answers of RCPT and DATA can be set per recipient.

    An answer of `drop` breaks the connection there; a callable is called first.
    """

    at_recipient: dict[str, str] = field(default_factory=dict)
    at_data: dict[str, str | Callable[[], str]] = field(default_factory=dict)
    at_sender: Callable[[], str] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    accounts: Mapping[str, str] | None = None
    received: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    logins: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10)

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        sock = socket.create_server(("127.0.0.1", 0))
        self.port = sock.getsockname()[1]
        self._server = self._loop.run_until_complete(
            self._loop.create_server(
                self._protocol, sock=sock, ssl=self.options.pop("implicit_tls", None)
            )
        )
        ready.set()
        self._loop.run_forever()
        self._server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def _protocol(self) -> SMTP:
        self.connections += 1
        if self.accounts is not None:
            self.options["authenticator"] = self._authenticate
        return SMTP(self, hostname="localhost", loop=self._loop, **self.options)

    def close(self) -> None:
        if self._loop.is_running():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    def to(self, recipient: str) -> list[EmailMessage]:
        """The messages this recipient got."""
        return [parse(content) for who, content in self.received if who == recipient]

    @property
    def recipients(self) -> list[str]:
        return [who for who, _ in self.received]

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        login, password = data.login.decode(), data.password.decode()
        self.logins.append(login)
        assert self.accounts is not None
        return AuthResult(success=self.accounts.get(login) == password, handled=False)

    # The names are aiosmtpd's.
    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.at_sender() if self.at_sender else "250 OK"
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.at_recipient.get(address, "250 OK")
        if answer == "drop":
            server.transport.abort()
            return "421 dropped"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        (recipient,) = envelope.rcpt_tos
        assert isinstance(envelope.content, bytes)
        answer = self.at_data.get(recipient, "250 2.0.0 queued")
        if callable(answer):
            self.received.append((recipient, envelope.content))
            answer = answer()
        elif answer.startswith("250") or answer == "drop":
            self.received.append((recipient, envelope.content))
        if answer == "drop":
            server.transport.abort()
            return "421 dropped"
        self.encrypted.append(session.ssl is not None)
        return answer


class ScriptedServer:
    """A server that gives fixed answers, for behaviour no real server has on purpose.

    `script` maps a command word (or `banner`, `message`) to the bytes sent in answer; None closes
    the connection there, and `then_close` closes it after the answer.
    """

    def __init__(
        self, script: Mapping[str, bytes | None], *, then_close: frozenset[str] = frozenset()
    ) -> None:
        self._script = {
            "banner": b"220 scripted\r\n",
            "EHLO": b"250 scripted\r\n",
            "QUIT": b"221 bye\r\n",
            "DATA": b"354 go\r\n",
            **script,
        }
        self._then_close = then_close
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.commands: list[str] = []
        self.messages: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            with client, client.makefile("rb") as lines:
                self._dialogue(client, lines)

    def _answer(self, client: socket.socket, word: str) -> bool:
        self.commands.append(word)
        answer = self._script.get(word, b"250 OK\r\n")
        if answer is None:
            return False
        client.sendall(answer)
        return word not in self._then_close

    def _dialogue(self, client: socket.socket, lines: Any) -> None:
        try:
            if not self._answer(client, "banner"):
                return
            for line in lines:
                word = line.split()[0].decode().upper()
                if not self._answer(client, word):
                    return
                if word == "DATA" and self._script["DATA"][:3] == b"354":
                    body = []
                    for part in lines:
                        if part == b".\r\n":
                            break
                        body.append(part)
                    self.messages.append(b"".join(body))
                    if not self._answer(client, "message"):
                        return
        except OSError:
            return


def server_context(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
