"""Who gets a report: audiences, their scope, language and recipients, as `audiences.yml` says."""

from __future__ import annotations

import re
from collections import Counter
from email.errors import HeaderParseError
from email.headerregistry import Address

from pydantic import BaseModel, ConfigDict, Field, field_validator

from wellheard.errors import ConfigError
from wellheard.settings import Settings, read_yaml_as

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")  # also a folder's name in the archive of editions
_SCOPE = re.compile(r"all|segment=[A-Za-z0-9][A-Za-z0-9_-]*")
_LANGUAGE = re.compile(r"[a-z]{2}")
_DOMAIN = re.compile(
    r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9-]*[a-z0-9]", re.I
)


class Audience(BaseModel):
    """One group of readers: they see the rows of their scope, in their language, and no others'."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str = Field(min_length=1, max_length=120)
    scope: str = "all"  # 'all' or 'segment=<segment>'
    language: str = "en"
    recipients: list[str] = Field(min_length=1)
    approval: bool = False  # nothing is sent until somebody has approved the edition

    @field_validator("name")
    @classmethod
    def _folder_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"{name!r} is not a name; use small letters, digits and _, like executive_team"
            )
        return name

    @field_validator("title")
    @classmethod
    def _one_line(cls, title: str) -> str:
        if not title.isprintable():
            raise ValueError("must be one line of printable text")
        return title

    @field_validator("scope")
    @classmethod
    def _known_scope(cls, scope: str) -> str:
        if not _SCOPE.fullmatch(scope):
            raise ValueError(f"{scope!r} is not a scope; write all or segment=enterprise")
        return scope

    @field_validator("language")
    @classmethod
    def _two_letters(cls, language: str) -> str:
        if not _LANGUAGE.fullmatch(language):
            raise ValueError(f"{language!r} is not a language; write two letters like en or de")
        return language

    @field_validator("recipients")
    @classmethod
    def _addresses_once(cls, recipients: list[str]) -> list[str]:
        for position, recipient in enumerate(recipients, start=1):
            problem = address_problem(recipient)
            if problem:
                raise ValueError(f"entry {position}, {recipient!r}, {problem}")
        twice = [a for a, n in Counter(r.casefold() for r in recipients).items() if n > 1]
        if twice:
            raise ValueError(f"{twice[0]} is there more than once; remove the others")
        return recipients

    @property
    def segment(self) -> str | None:
        """The one segment this audience may see, or None for all."""
        return self.scope.partition("=")[2] or None


class _File(BaseModel):
    """The content of `audiences.yml`: audiences by name."""

    model_config = ConfigDict(extra="forbid")

    audiences: dict[str, Audience] = Field(min_length=1)

    @field_validator("audiences", mode="before")
    @classmethod
    def _named_by_key(cls, value: object) -> object:
        if not isinstance(value, dict):
            raise ValueError("must be a mapping from an audience's name to what it gets")
        for name, entry in value.items():
            if isinstance(entry, dict) and entry.get("name", name) != name:
                raise ValueError(f"{name} has another name inside; take that line out")
        return {
            name: {"name": str(name), **entry} if isinstance(entry, dict) else entry
            for name, entry in value.items()
        }


def load(settings: Settings, report: str) -> list[Audience]:
    """The audiences of a report, in the file's order.

    Raises ConfigError that names the file, the audience and the field.
    """
    pattern = settings.reports / report / "audiences.yml"
    return list(read_yaml_as(_File, settings.audiences_file(report), pattern).audiences.values())


def get(settings: Settings, report: str, name: str) -> Audience:
    """One audience of a report. Raises ConfigError that lists the known ones."""
    known = {audience.name: audience for audience in load(settings, report)}
    if name not in known:
        raise ConfigError(
            f"{settings.audiences_file(report)} has no audience {name!r}; known: {', '.join(known)}"
        )
    return known[name]


def address_problem(text: str) -> str | None:
    """Why a text cannot be used as one bare e-mail address (`name@domain`), or None if it can."""
    if not text.isascii():
        return (
            "has characters beyond ASCII, which many mail servers refuse; "
            "write a domain name in its xn-- form"
        )
    if not text.isprintable() or " " in text:
        return "has a space or a control character in it"
    try:
        address = Address(addr_spec=text)
    except (HeaderParseError, ValueError, IndexError):
        return "is not an e-mail address; write one like name@example.com"
    if address.addr_spec != text or not address.username:
        return "is not a bare e-mail address; write one like name@example.com"
    if len(address.username) > 64 or not _DOMAIN.fullmatch(address.domain):
        return "is not an e-mail address; write one like name@example.com"
    return None
