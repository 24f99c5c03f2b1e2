"""The message that carries an edition, as a mail program reads it."""

from __future__ import annotations

import dataclasses
import html.parser
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from delivery_world import COMPANY_FILE, NOW, PDF, make_edition, make_settings, team
from mail_servers import parse

from wellheard.delivery.message import Letter, compose, prepare
from wellheard.errors import ConfigError, DeliveryError
from wellheard.settings import Settings

ONE = "chief@larkfield.example"
HOSTILE = (
    "Invoice </td><script>alert('x')</script>{{ 7 * 7 }} {title} <img src=https://evil.example/p> "
    '\u202eevil\u202c \x07 & "quotes"'
)

WORDS = """\
subject_revised: x
revision_note: x
key_figures: x
figure: x
value: x
attached: x
reason: x
"""


@pytest.fixture
def letter(tmp_path: Path) -> Callable[..., Letter]:
    """Prepare a made edition, with the given changes, for its audience."""

    def make(audience: dict[str, Any] | None = None, **changes: Any) -> Letter:
        reader = team(**(audience or {}))
        edition = make_edition(tmp_path, scope=reader.scope, language=reader.language, **changes)
        return prepare(make_settings(tmp_path), edition, reader)

    return make


def message_of(letter: Letter, recipient: str = ONE) -> EmailMessage:
    return parse(compose(letter, recipient, now=NOW)[1])


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_a_message_has_text_html_and_the_pdf(letter: Callable[..., Letter]) -> None:
    message = message_of(letter())
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]
    (attachment,) = message.iter_attachments()
    assert attachment.get_filename() == "executive_monthly-2026-10-executive_team.pdf"
    assert attachment.get_content() == PDF
    assert message["From"] == "Larkfield Insight <insight@larkfield.example>"
    assert message["To"] == ONE
    assert message["Subject"] == "Customer experience, October 2026"
    assert message["Date"].datetime == NOW
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Wellheard-Edition"] == "executive_monthly/2026-10/executive_team/1"


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_text_and_html_both_say_verdict_key_figures_and_why_one_gets_it(
    letter: Callable[..., Letter], kind: str
) -> None:
    said = body(message_of(letter()), kind)
    for words in (
        "Net Promoter Score rose to +36",
        "+4.8 pts since September is more than chance would give.",
        "Get help and Onboard are the low points",
        "95%: +32 to +39 · n = 1,703",
        "+4.8 pts since Sep · better",
        "too few answers to print",
        "executive_monthly-2026-10-executive_team.pdf",
        f"Sent to {ONE} as a reader of the edition for Executive team",
    ):
        assert words in said


def test_the_plain_text_reads_well(letter: Callable[..., Letter]) -> None:
    assert body(message_of(letter()), "plain").replace("\r\n", "\n") == (
        "Customer experience, October 2026\n"
        "Larkfield · Executive team\n"
        "\n"
        "Net Promoter Score rose to +36\n"
        "+4.8 pts since September is more than chance would give.\n"
        "\n"
        "- Get help and Onboard are the low points\n"
        "\n"
        "Key figures\n"
        "\n"
        "  Net Promoter Score: +36\n"
        "    95%: +32 to +39 · n = 1,703\n"
        "    +4.8 pts since Sep · better\n"
        "\n"
        "  Customer effort score: n < 5\n"
        "    too few answers to print\n"
        "\n"
        "The report with its charts, method and data is attached: "
        "executive_monthly-2026-10-executive_team.pdf\n"
        "\n"
        "-- \n"
        f"Sent to {ONE} as a reader of the edition for Executive team. It may be confidential.\n"
    )


def test_warnings_of_the_gate_are_in_the_message_and_only_then(
    letter: Callable[..., Letter],
) -> None:
    verdict = {
        "word": "WARN",
        "text": "40 of 41 checks passed. Warnings that do not hold the report back:",
        "warnings": [
            {"name": "volume of typeform/responses", "message": "9 instead of 40", "why": "x"},
            {"name": "freshness of zendesk", "message": "", "why": "y"},
        ],
    }
    warned = message_of(letter(verdict="WARN", data={"verdict": verdict}))
    for kind in ("plain", "html"):
        assert "40 of 41 checks passed" in body(warned, kind)
        assert "volume of typeform/responses: 9 instead of 40" in body(warned, kind)
        assert "freshness of zendesk" in body(warned, kind)
        assert "checks passed" not in body(message_of(letter()), kind)


def test_a_later_revision_says_that_it_replaces_the_earlier(
    letter: Callable[..., Letter],
) -> None:
    message = message_of(letter(revision=2))
    assert message["Subject"] == "Customer experience, October 2026 (revision 2)"
    assert "revision 2 of the report for October 2026. It replaces" in body(message, "plain")
    (attachment,) = message.iter_attachments()
    assert attachment.get_filename() == "executive_monthly-2026-10-executive_team-r2.pdf"


def test_the_message_id_belongs_to_edition_and_recipient(letter: Callable[..., Letter]) -> None:
    first = letter()

    def ident(of: Letter, recipient: str = ONE) -> str:
        return compose(of, recipient, now=NOW)[0]

    assert ident(first) == ident(letter()) == str(message_of(first)["Message-ID"])
    assert ident(first, "CHIEF@larkfield.example") == ident(first)
    others = [
        ident(first, "finance@larkfield.example"),
        ident(letter(revision=2)),
        ident(letter(pdf=PDF + b" ")),
        ident(letter()),
    ]
    assert len(set(others)) == 4
    assert ident(first).endswith("@larkfield.example>")


def test_german_words_and_names_beyond_ascii_survive_the_wire(
    letter: Callable[..., Letter],
) -> None:
    audience = {"title": "Geschäftsführung 東京 🚀", "language": "de"}
    data = {
        "report": {"title": "Kundenerlebnis – Überblick"},
        "company": "Lärkfield العربية",
        "period": {"title": "März 2026"},
    }
    made = letter(audience, data=data)
    wire = compose(made, ONE, now=NOW)[1]
    assert wire.isascii()
    assert max(map(len, wire.split(b"\r\n"))) <= 998
    assert b"\n" not in wire.replace(b"\r\n", b"")
    message = parse(wire)
    assert message["Subject"] == "Kundenerlebnis – Überblick, März 2026"
    assert message["Content-Language"] == "de"
    for kind in ("plain", "html"):
        assert "Geschäftsführung 東京 🚀" in body(message, kind)
        assert "Lärkfield العربية" in body(message, kind)
        assert "Kennzahlen" in body(message, kind)


def test_a_sender_with_a_name_beyond_ascii_is_kept(
    letter: Callable[..., Letter], tmp_path: Path
) -> None:
    settings = make_settings(tmp_path)
    sender = 'sender: "Lärkfield, Kundenstimme <stimme@larkfield.example>"'
    changed = COMPANY_FILE.replace("sender: Larkfield Insight <insight@larkfield.example>", sender)
    settings.company_file.write_text(changed.replace("Lärkfield, K", "Lärkfield K"), "utf-8")
    made = prepare(settings, make_edition(tmp_path), team())
    (address,) = message_of(made)["From"].addresses
    assert address.display_name == "Lärkfield Kundenstimme"
    assert address.addr_spec == "stimme@larkfield.example"


class _Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_hostile_text_is_text_in_the_html_and_changes_nothing_else(
    letter: Callable[..., Letter],
) -> None:
    data: dict[str, Any] = {
        "company": HOSTILE,
        "headline": {"title": HOSTILE, "deck": HOSTILE},
        "findings": [{"title": HOSTILE}],
        "cards": [
            {
                "label": HOSTILE,
                "value": {"text": HOSTILE},
                "change_text": HOSTILE,
                "status": HOSTILE,
                "interval_text": HOSTILE,
                "n": {"text": HOSTILE},
            }
        ],
        "verdict": {
            "word": "WARN",
            "text": HOSTILE,
            "warnings": [{"name": HOSTILE, "message": HOSTILE}],
        },
    }
    message = message_of(letter(data=data))
    said = body(message, "html")
    hostile, usual = _Tags(), _Tags()
    hostile.feed(said)
    usual.feed(body(message_of(letter(revision=2)), "html"))
    assert hostile.tags <= usual.tags | {"div"}
    assert not {"src", "href", "onclick", "onerror"} & hostile.attributes
    assert "&lt;script&gt;" in said
    assert "{{ 7 * 7 }} {title}" in said, "template syntax stays as it is"
    for character in "\u202e\u202c\x07":
        assert character not in said
        assert character not in body(message, "plain")
    assert "</td><script>alert('x')</script>" in body(message, "plain")


@pytest.mark.parametrize(
    "injected",
    [f"{end}Bcc: thief@evil.example" for end in ("\r\n", "\n", "\r", "\x0b", "\x85", "\u2028")],
)
def test_a_title_cannot_add_a_header_or_a_recipient(
    letter: Callable[..., Letter], tmp_path: Path, injected: str
) -> None:
    data = {
        "report": {"title": "Customers" + injected},
        "company": "Larkfield" + injected,
        "period": {"title": "October" + injected},
        "headline": {"title": "NPS" + injected, "deck": "up" + injected},
    }
    message = message_of(letter(data=data))
    usual = message_of(letter())
    assert message.keys() == usual.keys()
    assert message["Bcc"] is None
    assert message["Subject"].startswith("Customers Bcc: thief@evil.example")
    assert len(message["To"].addresses) == 1


def test_a_very_long_title_gives_a_short_subject(letter: Callable[..., Letter]) -> None:
    message = message_of(letter(data={"report": {"title": "Überraschung " * 400}}))
    assert len(message["Subject"]) <= 200


@pytest.mark.parametrize("sender", ["Insight", "Insight <insight at larkfield>", "", "a@b@c"])
def test_a_sender_that_is_no_address_names_file_and_key(tmp_path: Path, sender: str) -> None:
    settings = make_settings(tmp_path)
    lines = COMPANY_FILE.replace("Larkfield Insight <insight@larkfield.example>", repr(sender))
    settings.company_file.write_text(lines, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"wellheard\.yml: sender: "):
        prepare(settings, make_edition(tmp_path), team())


def test_a_language_without_words_says_which_file_to_add(letter: Callable[..., Letter]) -> None:
    with pytest.raises(ConfigError, match=r"'pt': copy .*en\.yml to .*pt\.yml"):
        letter({"language": "pt"})


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("en.yml", f"subject: '{{titel}}'\n{WORDS}", "titel"),
        ("en.yml", "- a list", "must be a mapping"),
        ("en.yml", "subject: [", "not valid YAML"),
        ("en.yml", "key_figures: x", "lacks subject, .*attached"),
        ("edition.txt.j2", "{{ letter.nonsense }}", "nonsense"),
        ("edition.html.j2", "{% if %}", "edition"),
    ],
)
def test_broken_words_or_templates_are_found_before_anything_is_sent(
    letter: Callable[..., Letter],
    tmp_path: Path,
    name: str,
    content: str,
    problem: str,
) -> None:
    good = letter()
    folder = tmp_path / "templates" / "email"
    folder.mkdir(parents=True)
    for path in good.templates.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / name).write_text(content)
    (tmp_path / "reports").mkdir()
    broken = Settings(project=tmp_path, company_dir=tmp_path / "company", var=tmp_path / "var")
    with pytest.raises(ConfigError, match=problem):
        prepare(broken, make_edition(tmp_path), team())


@pytest.mark.parametrize(
    ("data", "where"),
    [({"cards": None}, "cards"), ({"headline": {"title": 7, "deck": ""}}, "headline.title")],
)
def test_data_that_is_not_understood_is_named(
    letter: Callable[..., Letter], data: dict[str, Any], where: str
) -> None:
    with pytest.raises(DeliveryError, match=rf"data\.json is not understood at {where}"):
        letter(data=data)


def test_an_edition_without_a_manifest_is_refused(tmp_path: Path) -> None:
    edition = make_edition(tmp_path)
    (edition.folder / "manifest.json").unlink()
    with pytest.raises(DeliveryError, match=r"manifest\.json is missing or damaged"):
        prepare(make_settings(tmp_path), edition, team())


def test_a_letter_keeps_no_recipient(letter: Callable[..., Letter]) -> None:
    made = letter()
    for recipient in ("a@larkfield.example", "b@larkfield.example"):
        assert message_of(made, recipient)["To"] == recipient
    assert "a@larkfield.example" not in body(message_of(made, "b@larkfield.example"), "plain")
    assert dataclasses.is_dataclass(made)
