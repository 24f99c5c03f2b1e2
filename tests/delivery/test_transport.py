"""Handing one message to a mail server, over real sockets."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from certificates import Certificate
from mail_servers import PostOffice, ScriptedServer, server_context

from wellheard.connections import Connection
from wellheard.delivery import transport
from wellheard.delivery.transport import MailServerDownError, Outcome
from wellheard.errors import ConfigError, DeliveryError

MESSAGE = b"Subject: hello\r\n\r\n.dot\r\n..two dots\r\nend\r\n"


@pytest.fixture
def scripted() -> Iterator[Callable[..., ScriptedServer]]:
    servers: list[ScriptedServer] = []

    def make(*arguments: object, **options: object) -> ScriptedServer:
        servers.append(ScriptedServer(*arguments, **options))  # type: ignore[arg-type]
        return servers[-1]

    yield make
    for server in servers:
        server.close()


def plain(port: int, **extra: object) -> Connection:
    extra = {"disable_ssl": True, "disable_tls": True, "timeout": 5, "data_timeout": 5, **extra}
    return Connection("mail", host="127.0.0.1", port=port, extra=extra)


def send(connection: Connection, message: bytes = MESSAGE) -> Outcome:
    session = transport.connect(connection)
    try:
        return transport.send(
            session,
            connection,
            sender="insight@larkfield.example",
            recipient="one@larkfield.example",
            message=message,
        )
    finally:
        transport.close(session)


def test_a_message_arrives_byte_for_byte_dots_at_line_starts_included(
    post_office: Callable[..., PostOffice],
) -> None:
    office = post_office()
    outcome = send(plain(office.port))
    assert outcome == Outcome("accepted", "250 2.0.0 queued")
    assert office.received == [("one@larkfield.example", MESSAGE)]


@pytest.mark.parametrize(
    ("step", "answer", "ending"),
    [
        ("RCPT", b"550 5.1.1 no such user\r\n", "refused"),
        ("RCPT", b"450 4.2.0 greylisted\r\n", "deferred"),
        ("DATA", b"554 5.7.1 no\r\n", "refused"),
        ("DATA", b"451 4.3.0 later\r\n", "deferred"),
        ("message", b"552 5.3.4 too big\r\n", "refused"),
        ("message", b"452 4.3.1 disk full\r\n", "deferred"),
    ],
)
def test_a_refusal_is_final_with_5xx_and_passing_with_4xx(
    scripted: Callable[..., ScriptedServer], step: str, answer: bytes, ending: str
) -> None:
    server = scripted({step: answer})
    outcome = send(plain(server.port))
    assert outcome == Outcome(ending, answer.decode().strip())  # type: ignore[arg-type]
    assert "RSET" in server.commands, "the session is clean for the next recipient"


@pytest.mark.parametrize("answer", [b"550 sender not allowed\r\n", b"451 try later\r\n"])
def test_a_refused_sender_says_nothing_about_the_recipient(
    scripted: Callable[..., ScriptedServer], answer: bytes
) -> None:
    outcome = send(plain(scripted({"MAIL": answer}).port))
    assert outcome.ending == "deferred"
    assert outcome.server_wide
    assert "insight@larkfield.example" in outcome.detail


def test_421_ends_the_session_and_is_tried_again(scripted: Callable[..., ScriptedServer]) -> None:
    outcome = send(plain(scripted({"RCPT": b"421 going down\r\n"}).port))
    assert outcome == Outcome("deferred", "421 going down", lost=True)


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_a_connection_lost_before_the_message_defers_it(
    scripted: Callable[..., ScriptedServer], step: str
) -> None:
    server = scripted({step: None})
    outcome = send(plain(server.port))
    assert (outcome.ending, outcome.lost) == ("deferred", True)
    assert server.messages == []


def test_a_connection_lost_after_the_message_and_before_the_answer_is_unknown(
    scripted: Callable[..., ScriptedServer],
) -> None:
    server = scripted({"message": None})
    outcome = send(plain(server.port))
    assert outcome.ending == "unknown"
    assert "before the server's answer" in outcome.detail
    assert len(server.messages) == 1, "the server has it all the same"


def test_a_connection_lost_in_the_middle_of_the_message_is_unknown(
    scripted: Callable[..., ScriptedServer],
) -> None:
    server = scripted({}, then_close=frozenset({"DATA"}))
    assert send(plain(server.port), message=b"x" * 70 + b"\r\n").ending == "unknown"


def test_a_server_silent_after_the_message_is_unknown(
    scripted: Callable[..., ScriptedServer],
) -> None:
    server = scripted({"message": b""})
    assert send(plain(server.port, data_timeout=0.2)).ending == "unknown"


def test_an_answer_that_is_no_smtp_after_the_message_is_unknown(
    scripted: Callable[..., ScriptedServer],
) -> None:
    outcome = send(plain(scripted({"message": b"<html>gateway</html>\r\n"}).port))
    assert outcome.ending == "unknown"


def test_a_connection_lost_after_the_answer_changes_nothing(
    scripted: Callable[..., ScriptedServer],
) -> None:
    server = scripted({"message": b"250 kept\r\n"}, then_close=frozenset({"message"}))
    assert send(plain(server.port)) == Outcome("accepted", "250 kept")


def test_a_server_that_is_down_is_named_with_its_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(MailServerDownError, match=rf"127\.0\.0\.1:{port}.*refused.*'mail'"):
        transport.connect(plain(port))


def test_a_server_that_never_greets_is_given_up_in_time() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as mute,
        pytest.raises(MailServerDownError, match="timed out"),
    ):
        transport.connect(plain(mute.getsockname()[1], timeout=0.2))


def test_a_server_that_greets_with_an_error_is_down(
    scripted: Callable[..., ScriptedServer],
) -> None:
    server = scripted({"banner": b"554 no service\r\n"})
    with pytest.raises(MailServerDownError, match="554 no service"):
        transport.connect(plain(server.port))


def test_starttls_encrypts_and_the_login_is_used(
    post_office: Callable[..., PostOffice], certificate: Certificate
) -> None:
    office = post_office(
        options={
            "tls_context": server_context(certificate.chain, certificate.key),
            "require_starttls": True,
            "auth_required": True,
        },
        accounts={"reporter": "s3cret-word"},
    )
    connection = Connection(
        "mail",
        host="localhost",
        port=office.port,
        login="reporter",
        password="s3cret-word",
        extra={"disable_ssl": "true", "timeout": "5"},
    )
    assert send(connection).ending == "accepted"
    assert office.encrypted == [True]
    assert office.logins == ["reporter"]


def test_tls_from_the_first_byte_is_the_default(
    post_office: Callable[..., PostOffice], certificate: Certificate
) -> None:
    office = post_office(
        options={"implicit_tls": server_context(certificate.chain, certificate.key)}
    )
    connection = Connection("mail", host="localhost", port=office.port, extra={"timeout": 5})
    assert send(connection).ending == "accepted"
    assert len(office.received) == 1


def test_a_wrong_password_is_told_without_the_password(
    post_office: Callable[..., PostOffice],
) -> None:
    office = post_office(options={"auth_require_tls": False}, accounts={"reporter": "right"})
    connection = Connection(
        "relay",
        host="127.0.0.1",
        port=office.port,
        login="reporter",
        password="wrong-s3cret",
        extra={"disable_ssl": True, "disable_tls": True},
    )
    with pytest.raises(
        DeliveryError, match=r"refuses the login: 535.*connection 'relay'"
    ) as caught:
        transport.connect(connection)
    assert not isinstance(caught.value, MailServerDownError), "trying again would not help"
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(connection)


def test_an_untrusted_certificate_stops_before_login_and_message(
    post_office: Callable[..., PostOffice],
    certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "nobody.pem").write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nobody.pem"))
    context = server_context(certificate.chain, certificate.key)
    office = post_office(options={"tls_context": context}, accounts={"reporter": "x"})
    extra = {"disable_ssl": True, "timeout": 5}
    connection = Connection(
        "mail", host="localhost", port=office.port, login="reporter", password="x", extra=extra
    )
    with pytest.raises(DeliveryError, match="certificate of mail server localhost"):
        transport.connect(connection)
    assert office.logins == []
    trusting = Connection(
        "mail", host="localhost", port=office.port, extra={**extra, "ssl_context": "none"}
    )
    transport.check(trusting)


def test_a_server_without_starttls_is_not_spoken_to_in_plain_text(
    post_office: Callable[..., PostOffice],
) -> None:
    office = post_office()
    connection = Connection("mail", host="127.0.0.1", port=office.port, extra={"disable_ssl": True})
    with pytest.raises(DeliveryError, match=r"no STARTTLS.*disable_tls.*'mail'"):
        transport.connect(connection)


def test_tls_against_a_plain_port_says_which_setting_to_change(
    post_office: Callable[..., PostOffice],
) -> None:
    office = post_office()
    connection = Connection("mail", host="127.0.0.1", port=office.port, extra={"timeout": 5})
    with pytest.raises(DeliveryError, match=r"does not speak TLS.*disable_ssl"):
        transport.connect(connection)


@pytest.mark.parametrize(
    ("connection", "message"),
    [
        (Connection("mail"), "'mail' has no host"),
        (
            Connection(
                "mail",
                host="mail.larkfield.example",
                login="a",
                password="b",
                extra={"disable_ssl": True, "disable_tls": True},
            ),
            "password in plain text",
        ),
        (Connection("mail", host="h", extra={"disable_ssl": "perhaps"}), "true or false"),
        (Connection("mail", host="h", extra={"timeout": "soon"}), "timeout in extra"),
        (Connection("mail", host="h", extra={"ssl_context": "mine"}), "default or none"),
        (Connection("mail", host="h", extra={"auth_type": "oauth2"}), "oauth2.*not supported"),
    ],
)
def test_a_connection_that_cannot_be_used_names_the_field(
    connection: Connection, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        transport.connect(connection)


def test_a_password_repeated_by_the_server_is_blotted_out(
    scripted: Callable[..., ScriptedServer],
) -> None:
    server = scripted(
        {
            "EHLO": b"250-scripted\r\n250 AUTH PLAIN\r\n",
            "AUTH": b"535 password tops3cret is\x07 wrong\r\n",
        }
    )
    connection = Connection(
        "mail",
        host="127.0.0.1",
        port=server.port,
        login="a",
        password="tops3cret",
        extra={"disable_ssl": True, "disable_tls": True},
    )
    with pytest.raises(DeliveryError, match=re.escape("535 password *** is wrong")):
        transport.connect(connection)


def test_the_size_a_server_announces_is_known(post_office: Callable[..., PostOffice]) -> None:
    office = post_office(options={"data_size_limit": 1000})
    session = transport.connect(plain(office.port))
    assert transport.size_limit(session) == 1000
    transport.close(session)
    assert not transport.is_alive(session)
