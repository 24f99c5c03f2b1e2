"""All settings and paths, one typed object. Nothing else reads the environment.

Two layers: `Settings` says where things are (environment variables `WELLHEARD_*`); `Company` says
what is reported (the file `wellheard.yml`, edited by people).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from wellheard import written, yaml_faults
from wellheard.errors import ConfigError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

PROJECT = Path(__file__).resolve().parents[2]
Model = TypeVar("Model", bound=BaseModel)


class SourceConfig(BaseModel):
    """One enabled source in `wellheard.yml`; keys beyond these are the source's own options."""

    model_config = ConfigDict(extra="allow")

    kind: str | None = None  # the connector; the source's own name unless said otherwise
    connection: str | None = None  # the Airflow connection; the source's own name by default
    history_start: date  # the first day ever to be landed; the watermark counts from here
    enabled: bool = True
    history_slice_days: int = Field(default=31, ge=1)  # a longer window is landed in such pieces

    @property
    def options(self) -> dict[str, Any]:
        """The keys that belong to the connector, unchecked."""
        return dict(self.model_extra or {})


class Company(BaseModel):
    """What is reported, and to whom the operators' notices go: the content of `wellheard.yml`."""

    model_config = ConfigDict(extra="forbid")

    company: str
    reporting_zone: str
    operators: list[str] = Field(default_factory=list)
    sender: str = "Wellheard <wellheard@localhost>"
    minimum_n: int = Field(default=5, ge=1)
    currency: str | None = None  # of account values, as ISO 4217 writes it; no sign is printed else
    mail_connection: str = "wellheard_smtp"
    report_deadline_days: int = Field(default=5, ge=0)  # after the period's end; then a HOLD
    sources: dict[str, SourceConfig] = Field(default_factory=dict)

    @field_validator("reporting_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"unknown time zone {name!r}; write one like Europe/London") from None
        return name

    @field_validator("currency")
    @classmethod
    def _currency_code(cls, code: str | None) -> str | None:
        if code is not None and not re.fullmatch(r"[A-Z]{3}", code):
            raise ValueError(f"{code!r} is no currency; write three capitals like GBP (ISO 4217)")
        return code

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.reporting_zone)

    @property
    def enabled_sources(self) -> dict[str, SourceConfig]:
        return {name: source for name, source in self.sources.items() if source.enabled}


class Settings(BaseSettings):
    """Where things are. Every field is an environment variable, `WELLHEARD_VAR` and so on.

    `company_dir`, when set, is a folder that holds another company's `wellheard.yml`, `seeds/` and
    `audiences.yml`; the project's own are used otherwise.
    """

    model_config = SettingsConfigDict(env_prefix="WELLHEARD_", extra="ignore")

    project: Path = PROJECT
    company_dir: Path | None = None
    var: Path = PROJECT / "var"
    lake_url: str | None = None  # any fsspec URL; var/lake by default
    editions: Path = PROJECT / "reports" / "editions"
    ledger_url: str | None = None  # any SQLAlchemy URL; var/ledger.sqlite by default
    today: datetime | None = None  # the demo's and the tests' idea of now; the clock otherwise
    progress: Literal["auto", "plain", "none"] = "auto"

    @field_validator("today")
    @classmethod
    def _today_in_utc(cls, moment: datetime | None) -> datetime | None:
        if moment is not None and moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        return moment

    @field_validator("project", "company_dir", "var", "editions")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return path.absolute() if path is not None else None

    def now(self) -> datetime:
        """The time, for entry points (command line, DAG tasks) alone; below them time is passed."""
        return self.today or datetime.now(UTC)

    @property
    def lake(self) -> str:
        return self.lake_url or str(self.var / "lake")

    @property
    def ledger(self) -> str:
        return self.ledger_url or f"sqlite:///{self.var / 'ledger.sqlite'}"

    @property
    def warehouse(self) -> Path:
        return self.var / "warehouse.duckdb"

    @property
    def builds(self) -> Path:
        return self.var / "builds"

    @property
    def publications(self) -> Path:
        return self.var / "publications"

    @property
    def dbt_project(self) -> Path:
        return self.project / "dbt_project"

    @property
    def expectations(self) -> Path:
        return self.project / "expectations"

    @property
    def reports(self) -> Path:
        return self.project / "reports"

    @property
    def templates(self) -> Path:
        return self.project / "templates"

    @property
    def seeds(self) -> Path:
        return self.company_dir / "seeds" if self.company_dir else self.dbt_project / "seeds"

    @property
    def company_file(self) -> Path:
        return (self.company_dir or self.project) / "wellheard.yml"

    @property
    def labels_file(self) -> Path:
        """The company's own names in other languages; it may be missing."""
        return self.company_file.with_name("labels.yml")

    def audiences_file(self, report: str) -> Path:
        if self.company_dir:
            return self.company_dir / "audiences.yml"
        return self.reports / report / "audiences.yml"

    @cached_property
    def company(self) -> Company:
        """The content of `wellheard.yml`. Raises ConfigError naming the file and the key."""
        return read_yaml_as(Company, self.company_file, self.project / self.company_file.name)


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a key given twice, of which YAML would silently drop the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value != "<<" and str(key.value) in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value} is there more than once", key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)

    def construct_yaml_timestamp(self, node: yaml.ScalarNode) -> Any:
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError:  # 2025-09-31, which is told as no date where one is expected
            return node.value


_UniqueKeys.add_constructor("tag:yaml.org,2002:timestamp", _UniqueKeys.construct_yaml_timestamp)


def read_yaml_as(model: type[Model], path: Path, pattern: Path | None = None) -> Model:
    """Read a YAML file that people edit into a model.

    Raises ConfigError that names the file and, per problem, the key and what is expected there;
    where the file is missing, with the `pattern` it can be made from.
    """
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        content = yaml.load(text, _UniqueKeys)
    except FileNotFoundError:
        is_one = pattern is not None and pattern != path and pattern.is_file()
        copy = f"; copy {pattern} there and make it your own" if is_one else ""
        raise ConfigError(f"{path} does not exist{copy}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path} line {line} is not written in UTF-8; save it as UTF-8") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not valid YAML: {yaml_faults.told(error, text)}") from None
    try:
        return model.model_validate(content if content is not None else {})
    except ValidationError as error:
        raise ConfigError(f"{path}: {problems_of(error, model)}") from None


# What pydantic calls a value of the wrong kind, and the kind as `written` knows it.
_KINDS = {
    "date_from_datetime_parsing": "date",
    "date_from_datetime_inexact": "date",
    "date_parsing": "date",
    "date_type": "date",
    "datetime_from_date_parsing": "date",
    "datetime_parsing": "date",
    "int_parsing": "integer",
    "int_from_float": "integer",
    "int_type": "integer",
    "float_parsing": "double",
    "float_type": "double",
    "bool_parsing": "boolean",
    "bool_type": "boolean",
}


_OF_A_KEY = "[key]"

# What pydantic calls a value of another shape than the file has there, and how it is written.
_SHAPES = {
    "list_type": "is no list; write each entry on a line of its own, behind a hyphen",
    "dict_type": "must be lines of `key: value`",
    "model_type": "must be lines of `key: value`",
}


def problems_of(error: ValidationError, model: type[BaseModel] | None = None) -> str:
    """Each problem of a file people edit as `key: what is expected there`.

    With the model the file was read into, a key it has not is told with those it has.
    """
    return "; ".join(
        f"{_place(e['loc']) or 'the file'}: {_problem(e, model)}" for e in error.errors()
    )


def _place(parts: tuple[int | str, ...]) -> str:
    """The keys that lead there, and in a list the entry as people count them.

    Behind a key that is itself wrong pydantic puts `[key]`; a number there is no entry.

    >>> _place(("checks", 0, "severity"))
    'checks entry 1, severity'
    """
    place, joint = "", ""
    for part, behind in zip(parts, (*parts[1:], ""), strict=False):
        if isinstance(part, int) and behind != _OF_A_KEY:
            place, joint = f"{place}{' ' if place else ''}entry {part + 1}", ", "
        elif part != _OF_A_KEY:
            place, joint = f"{place}{joint}{part}", "."
    return place


def _problem(error: ErrorDetails, model: type[BaseModel] | None) -> str:
    kind, given, limits = error["type"], error["input"], error.get("ctx", {})
    if kind in _KINDS and isinstance(given, str | int | float):
        return written.none_of(_KINDS[kind], str(given))
    if kind == "missing":
        return "is missing"
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", str(limits["expected"]))
        if error["loc"][-1] == _OF_A_KEY:
            return f"there is no such key; {written.instead(str(given), known)}"
        return written.unknown(str(given), known)
    if kind == "extra_forbidden":
        known = _keys_at(model, error["loc"][:-1])
        instead = written.instead(str(error["loc"][-1]), known)
        return "there is no such key" + (f"; {instead}" if instead else "")
    if kind == "greater_than_equal":
        return f"{given} is too small; write {limits['ge']} or more"
    if kind in ("too_short", "string_too_short") and not given:
        return "is empty"
    if kind in _SHAPES:
        return "is empty" if given is None else _SHAPES[kind]
    if kind == "string_type" and error["loc"][-1] == _OF_A_KEY:
        return "its key is no text; put the key into quotation marks"
    if kind == "string_type":
        return "is empty" if given is None else f"{given} is no text; put it into quotation marks"
    return error["msg"].removeprefix("Value error, ")


def _keys_at(model: type[BaseModel] | None, place: Sequence[int | str]) -> list[str]:
    """The keys that may stand at a place of the file; none where the model does not say."""
    found: Any = model
    for part in place:
        if isinstance(found, type) and issubclass(found, BaseModel):
            named = found.model_fields.get(str(part))
            found = named.annotation if named else None
        else:  # a list's or a mapping's content
            found = (get_args(found) or (None,))[-1]
    if not (isinstance(found, type) and issubclass(found, BaseModel)):
        return []
    return [named.alias or name for name, named in found.model_fields.items()]


def load() -> Settings:
    """Settings from the environment. Raises ConfigError naming the variable that cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(
            f"WELLHEARD_{'_'.join(map(str, e['loc'])).upper()}: {_problem(e, None)}"
            for e in error.errors()
        )
        raise ConfigError(problems) from None
