"""What a report is: the content of `reports/<name>/report.yml`."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from wellheard.errors import ConfigError
from wellheard.settings import Settings, read_yaml_as

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: dict[str, str]
    languages: list[str] = Field(min_length=1)
    history_months: int = Field(default=13, ge=2, le=25)
    headline: list[str] = Field(min_length=1, max_length=13)
    trend: str
    journey: list[str] = Field(min_length=1)
    pages: list[str] = Field(min_length=1)
    optional_columns: dict[str, list[str]] = {}  # numbers
    optional_tables: list[str] = []

    @field_validator("headline", "pages", "languages", "journey", "optional_tables")
    @classmethod
    def _each_once(cls, names: list[str]) -> list[str]:
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} is there more than once")
        return names

    @model_validator(mode="after")
    def _titled(self) -> _File:
        for language in self.languages:
            if not self.title.get(language):
                raise ValueError(f"title has no {language}, which is one of the languages")
        return self


class Report(_File):
    """A report's definition: its figures, pages and languages, and where its queries are."""

    name: str
    folder: Path

    @property
    def queries(self) -> dict[str, str]:
        """The SQL of each query by its file's name without `.sql`, in alphabetical order."""
        files = sorted((self.folder / "queries").glob("*.sql"))
        return {path.stem: path.read_text(encoding="utf-8") for path in files}

    @property
    def schema_file(self) -> Path:
        return self.folder / "data.schema.json"


def load(settings: Settings, name: str) -> Report:
    """Read a report's definition.

    Raises ConfigError when there is no such report (listing those there are), or naming the file
    and the key that cannot be used, the page without a template, the missing query.
    """
    known = sorted(path.parent.name for path in settings.reports.glob("*/report.yml"))
    if not _NAME.fullmatch(name) or name not in known:
        raise ConfigError(
            f"there is no report {name!r} in {settings.reports}; "
            f"it has {', '.join(known) or 'none'}. A report is a folder with a report.yml in it"
        )
    folder = settings.reports / name
    content = read_yaml_as(_File, folder / "report.yml")
    for page in content.pages:
        template = settings.templates / name / f"{page}.html.j2"
        if not template.is_file():
            raise ConfigError(
                f"{folder / 'report.yml'}: pages: {page!r} has no template {template}"
            )
    for language in content.languages:
        texts = settings.templates / "texts" / f"{language}.yml"
        if not texts.is_file():
            raise ConfigError(
                f"{folder / 'report.yml'}: languages: {language!r} has no texts; "
                f"copy {texts.with_name('en.yml')} to {texts} and translate it"
            )
    return Report(**content.model_dump(), name=name, folder=folder)
