"""Make editions of made-up publications."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from report_publication import publish
from report_world import LAST, Story

from wellheard.audiences import Audience
from wellheard.publication import Publication
from wellheard.report import data, definitions, render
from wellheard.settings import Settings

COMPANY = "company: Larkfield\nreporting_zone: Europe/London\nminimum_n: 5\n"


def audience(**changes: object) -> Audience:
    """The executive team, with whatever fields a test wants otherwise."""
    fields: dict[str, Any] = {
        "name": "executive_team",
        "title": "Executive team",
        "recipients": ["a@example.com"],
    }
    return Audience.model_validate({**fields, **changes})


@dataclass(frozen=True)
class Made:
    """A rendered edition: what it was made from and what came out."""

    settings: Settings
    publication: Publication
    document: dict[str, Any]
    html: str
    pdf: bytes


def place(root: Path) -> Settings:
    """Settings of a company in a folder of its own; the project's templates and reports."""
    company = root / "company"
    company.mkdir()
    (company / "wellheard.yml").write_text(COMPANY)
    return Settings(var=root / "var", company_dir=company, editions=root / "editions")


def make(root: Path, story: Story, **changes: object) -> Made:
    """Publish a story and render its last month."""
    settings = place(root)
    publication = publish(settings, story)
    document = assemble(settings, publication, **changes)
    rendered = render.render(settings, document)
    return Made(settings, publication, document, rendered.html, rendered.pdf)


def assemble(settings: Settings, publication: Publication, **changes: object) -> dict[str, Any]:
    """The document of the last month."""
    report = definitions.load(settings, "executive_monthly")
    return data.assemble(settings, report, publication, LAST, audience(**changes))
