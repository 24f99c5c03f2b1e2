"""The message that carries an edition: text, HTML and the PDF, one per recipient."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wellheard.audiences import Audience, address_problem
from wellheard.delivery.content import Content, read_content
from wellheard.delivery.ledger import EditionKey
from wellheard.delivery.plain import one_line, printable
from wellheard.errors import ConfigError, DeliveryError
from wellheard.periods import as_utc
from wellheard.settings import Settings

if TYPE_CHECKING:
    from wellheard.report.editions import Edition

# Attached it grows by 37 %, and many mail servers stop at 25 MB.
PDF_LIMIT = 18_000_000
SENDABLE = ("PASS", "WARN")
# Everything as 7-bit text, so that no server on the way has to rewrite it.
POLICY = SMTP.clone(cte_type="7bit")
_WORDS = (
    *("subject", "subject_revised", "revision_note", "key_figures", "figure", "value"),
    *("attached", "reason"),
)


class _File(BaseModel):
    sha256: str
    bytes: int


class _Manifest(BaseModel):
    """What of an edition's manifest.json matters here."""

    model_config = ConfigDict(extra="ignore")

    report: str = Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")
    period: str = Field(pattern=r"^\d{4}-\d{2}$")
    audience: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    revision: int = Field(ge=1)
    verdict: str
    files: dict[str, _File]


@dataclass(frozen=True)
class Letter:
    """An edition ready to be put into messages: what is the same for all recipients."""

    key: EditionKey
    sender: Address
    audience: Audience
    content: Content
    file_name: str
    pdf: bytes
    pdf_sha256: str
    templates: Path


def edition_key(edition: Edition) -> EditionKey:
    """The edition's key in the ledger. Raises DeliveryError when its manifest is damaged."""
    manifest = _manifest(edition)
    return EditionKey(manifest.report, manifest.period, manifest.audience, manifest.revision)


def prepare(settings: Settings, edition: Edition, audience: Audience) -> Letter:
    """Check that the edition may go to the audience, and read what its messages need.

    Raises DeliveryError when it may not (HOLD, another audience's, damaged, too large), ConfigError
    when the sender in `wellheard.yml` is no address or the language has no texts.
    """
    manifest, key = _manifest(edition), edition_key(edition)
    if manifest.verdict not in SENDABLE:
        raise DeliveryError(
            f"{key} was made from data with the verdict {manifest.verdict}; it is never sent. "
            "Mend what the gate found, build, publish and render again"
        )
    if manifest.audience != audience.name:
        raise DeliveryError(f"{key} is not for audience {audience.name}; nothing was sent")
    content = read_content(_sealed(edition, manifest, "data.json"), key)
    if content.scope != audience.scope or content.language != audience.language:
        raise DeliveryError(
            f"{key} shows {content.scope} in {content.language!r}, but audiences.yml now says "
            f"{audience.scope} in {audience.language!r}; render the edition again"
        )
    pdf, digest = sealed_pdf(edition)
    if len(pdf) > PDF_LIMIT:
        raise DeliveryError(
            f"{key}: the PDF has {len(pdf) / 1e6:.1f} MB; more than {PDF_LIMIT / 1e6:.0f} MB does "
            "not pass through mail. Shorten the report (fewer pages or charts), or hand over "
            f"{edition.folder / 'report.pdf'} another way"
        )
    letter = Letter(
        key=key,
        sender=sender_address(settings),
        audience=audience,
        content=content,
        file_name=f"{key.report}-{key.period}-{key.audience}"
        + (f"-r{key.revision}.pdf" if key.revision > 1 else ".pdf"),
        pdf=pdf,
        pdf_sha256=digest,
        templates=settings.templates / "email",
    )
    # Composed once here, so that nothing in the texts can fail after a recipient was claimed.
    _bodies(letter, audience.recipients[0])
    return letter


def sealed_pdf(edition: Edition) -> tuple[bytes, str]:
    """The edition's PDF and its SHA-256. Raises DeliveryError when it is not what was archived."""
    manifest = _manifest(edition)
    return _sealed(edition, manifest, "report.pdf"), manifest.files["report.pdf"].sha256


def compose(letter: Letter, recipient: str, *, now: datetime) -> tuple[str, bytes]:
    """The message for one recipient as it goes over the wire, with its Message-ID.

    The Message-ID is the same whenever the same edition is composed for the same recipient, so a
    mail program that gets it twice can tell.
    """
    subject, text, html = _bodies(letter, recipient)
    message = EmailMessage(policy=POLICY)
    message["From"] = letter.sender
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = subject
    message["Date"] = format_datetime(as_utc(now))
    message["Message-ID"] = message_id(letter, recipient)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Wellheard-Edition"] = "/".join(str(part) for part in vars(letter.key).values())
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    message.add_attachment(
        letter.pdf, maintype="application", subtype="pdf", filename=letter.file_name
    )
    message["Content-Language"] = letter.content.language
    return str(message["Message-ID"]), message.as_bytes()


def message_id(letter: Letter, recipient: str) -> str:
    """Derived from edition, PDF and recipient; the domain is the sender's."""
    parts = [*map(str, vars(letter.key).values()), letter.pdf_sha256, recipient.casefold()]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f"<wellheard.{digest[:24]}@{letter.sender.domain}>"


def sender_address(settings: Settings) -> Address:
    """The sender of all messages. Raises ConfigError naming the file when it is no address."""
    name, address = parseaddr(settings.company.sender)
    problem = address_problem(address)
    if problem:
        raise ConfigError(
            f"{settings.company_file}: sender: {settings.company.sender!r} {problem}, "
            "or like Larkfield Insight <insight@larkfield.example>"
        )
    return Address(one_line(name, longest=100), addr_spec=address)


def _bodies(letter: Letter, recipient: str) -> tuple[str, str, str]:
    """Subject, plain text and HTML."""
    content, key = letter.content, letter.key
    texts = _texts(letter.templates, content.language)
    names = {
        "title": content.title,
        "company": content.company,
        "period": content.period,
        "audience": letter.audience.title,
        "revision": key.revision,
        "file": letter.file_name,
        "recipient": recipient,
    }
    revised = key.revision > 1
    try:
        said = {name: words.format_map(names) for name, words in texts.items()}
        view = {
            **vars(content),
            "audience": letter.audience.title,
            "revision_note": said["revision_note"] if revised else "",
        }
        environment = _environment(letter.templates)
        text, html = (
            printable(environment.get_template(name).render(letter=view, texts=said))
            for name in ("edition.txt.j2", "edition.html.j2")
        )
        subject = said["subject_revised" if revised else "subject"]
    except (KeyError, ValueError, IndexError, AttributeError, TemplateError) as error:
        raise ConfigError(
            f"the message cannot be put together from {letter.templates}, "
            f"{content.language}.yml and edition.*.j2: {error}; names to be filled in are "
            + ", ".join(f"{{{name}}}" for name in names)
        ) from None
    return one_line(subject, longest=200), text, html


@cache
def _environment(folder: Path) -> Environment:
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _texts(folder: Path, language: str) -> dict[str, str]:
    path = folder / f"{language}.yml"
    try:
        texts = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"there are no words for messages in {language!r}: copy {folder / 'en.yml'} to "
            f"{path} and translate it"
        ) from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not valid YAML: {error}") from None
    if not isinstance(texts, dict):
        raise ConfigError(f"{path} must be a mapping from a name to its words")
    missing = [name for name in _WORDS if name not in texts]
    if missing:
        raise ConfigError(f"{path} lacks {', '.join(missing)}; see {folder / 'en.yml'}")
    return {str(name): str(words) for name, words in texts.items()}


def _manifest(edition: Edition) -> _Manifest:
    path = edition.folder / "manifest.json"
    try:
        return _Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        raise DeliveryError(f"{path} is missing or damaged; render the edition again") from None


def _sealed(edition: Edition, manifest: _Manifest, name: str) -> bytes:
    """A file of the edition, exactly as it was archived."""
    path = edition.folder / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DeliveryError(f"{path} cannot be read: {error.strerror}; nothing was sent") from None
    sealed = manifest.files.get(name)
    if sealed is None or hashlib.sha256(content).hexdigest() != sealed.sha256:
        raise DeliveryError(
            f"{path} is not what was archived (its hash differs); nothing was sent. Put the file "
            f"back from a copy, or rename {edition.folder} to {edition.folder.name}.damaged and "
            "render again"
        )
    return content
