"""The mapping of a file source: which file column is which contract column, written in YAML.

Every scalar in the mapping is read as text (`007`, `No` and `2017-05-01` stay as written), because
what it is compared with is the text in a file.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from wellheard import yaml_faults
from wellheard.errors import ConfigError
from wellheard.settings import problems_of

Kind = Literal["text", "number", "integer", "boolean", "time", "date"]
Contract = Literal["feedback", "cases", "case_events", "customers", "interactions", "invitations"]
Format = Literal["csv", "json", "jsonl", "parquet"]
StreamName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]

# What a file record of each contract holds, in this order; columns not mapped are null.
CONTRACTS: dict[Contract, dict[str, Kind]] = {
    "feedback": {
        "response_id": "text",
        "survey_id": "text",
        "question_id": "text",
        "score": "number",
        "responded_at": "time",
        "customer_key": "text",
        "channel": "text",
        "touchpoint": "text",
        "journey_stage": "text",
        "driver": "text",
        "language": "text",
        "weight": "number",
        "comment": "text",
        "segment": "text",
    },
    "cases": {
        "case_id": "text",
        "created_at": "time",
        "priority": "text",
        "customer_key": "text",
        "channel": "text",
        "schedule": "text",
        "first_reply_target_minutes": "integer",
        "is_deleted": "boolean",
        "tells_first_reply": "boolean",
        "tells_all_replies": "boolean",
        "tells_reopenings": "boolean",
    },
    "case_events": {
        "case_event_id": "text",
        "case_id": "text",
        "occurred_at": "time",
        "sequence": "integer",
        "event": "text",
        "actor_role": "text",
        "is_public": "boolean",
        "value": "text",
    },
    "customers": {
        "customer_key": "text",
        "external_id": "text",
        "segment": "text",
        "account_value": "number",
        "joined_on": "date",
        "churned_on": "date",
        "language": "text",
        "name": "text",
        "email": "text",
    },
    "interactions": {
        "interaction_id": "text",
        "customer_key": "text",
        "touchpoint": "text",
        "journey_stage": "text",
        "channel": "text",
        "occurred_at": "time",
    },
    "invitations": {
        "invitation_id": "text",
        "survey_id": "text",
        "customer_key": "text",
        "channel": "text",
        "sent_at": "time",
        "outcome": "text",
    },
}
REQUIRED: dict[Contract, tuple[str, ...]] = {
    "feedback": ("survey_id", "question_id", "responded_at"),
    "cases": ("case_id", "created_at"),
    "case_events": ("case_id", "occurred_at", "event"),
    "customers": ("customer_key",),
    "interactions": ("customer_key", "occurred_at"),
    "invitations": ("survey_id", "sent_at"),
}
# The column that takes the record's own id when the mapping names none.
OWN_ID: dict[Contract, str] = {
    "feedback": "response_id",
    "case_events": "case_event_id",
    "interactions": "interaction_id",
    "invitations": "invitation_id",
}
EVERY_COLUMN = "*"
_SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
_SAMPLE = datetime(2021, 12, 31, 23, 58, 59, tzinfo=UTC)  # tells day, month and year apart


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Texts = Annotated[list[str], BeforeValidator(_listed)]


class DateRule(BaseModel):
    """How a column writes time. `iso`, `epoch` (seconds), `epoch_ms` or a strptime format."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str = "iso"
    zone: str | None = None  # of times that carry no offset; there is no default

    @field_validator("format")
    @classmethod
    def _tells_the_day(cls, text: str) -> str:
        if text not in ("iso", "epoch", "epoch_ms"):
            try:
                read = datetime.strptime(_SAMPLE.strftime(text), text)  # noqa: DTZ007  (the day)
                known = read.date() == _SAMPLE.date() and read.hour in (0, _SAMPLE.hour)
            except ValueError:
                known = False
            if not known:
                raise ValueError(
                    f"{text!r} does not give day, month and year, or an hour without am or pm; "
                    "write iso, epoch, epoch_ms or a format like '%d/%m/%Y %H:%M'"
                )
        return text

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                raise ValueError(
                    f"unknown time zone {name!r}; write one like Europe/London or UTC"
                ) from None
        return name

    @cached_property
    def tzinfo(self) -> ZoneInfo | None:
        return ZoneInfo(self.zone) if self.zone else None


class StreamMapping(BaseModel):
    """One stream of a file source: which files, and how their columns become a contract's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contract: Contract
    files: Annotated[Texts, Field(min_length=1)]
    format: Format | None = None
    encoding: str = "utf-8"
    delimiter: str | None = None  # a comma, or a tab in a .tsv file
    decimal: Literal[".", ","] = "."
    id: Texts = Field(default_factory=list)  # file columns; the row's hash when there are none
    columns: dict[str, str] = Field(default_factory=dict)
    dates: dict[str, DateRule] = Field(default_factory=dict)
    missing: dict[str, Texts] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)

    @property
    def kinds(self) -> dict[str, Kind]:
        return CONTRACTS[self.contract]

    @property
    def needed(self) -> frozenset[str]:
        """The file columns without which no row can be read."""
        return frozenset(self.columns.values()) | frozenset(self.id)

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            io.TextIOWrapper(io.BytesIO(), encoding=name)  # also refuses base64, rot13, ...
        except LookupError:
            raise ValueError(
                f"unknown encoding {name!r}; write utf-8, cp1252, latin-1, utf-16, ..."
            ) from None
        return name

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, text: str | None) -> str | None:
        text = {"tab": "\t", "\\t": "\t"}.get(text, text) if text is not None else None
        if text is not None and (len(text) != 1 or text in '"\r\n'):
            raise ValueError(f"{text!r} is not one character; write ',', ';', '|' or tab")
        return text

    @model_validator(mode="after")
    def _fits_the_contract(self) -> StreamMapping:
        kinds = CONTRACTS[self.contract]
        given = self.columns.keys() | self.constants.keys()
        for key in ("columns", "constants", "dates", "missing", "values"):
            for column in getattr(self, key):
                if column == EVERY_COLUMN and key == "missing":
                    continue
                if column not in kinds:
                    raise ValueError(
                        f"{key}.{column}: {self.contract} has no such column; "
                        f"it has {', '.join(kinds)}"
                    )
                if key in ("dates", "missing", "values") and column not in given:
                    raise ValueError(f"{key}.{column}: the column is not under columns")
        for column in self.dates:
            if kinds[column] not in ("time", "date"):
                raise ValueError(f"dates.{column}: the column does not hold a time or a date")
        for column in self.columns.keys() & self.constants.keys():
            raise ValueError(f"{column} is under columns and under constants; keep one")
        lacking = [column for column in REQUIRED[self.contract] if column not in given]
        if self.contract == "feedback" and not given & {"score", "comment"}:
            lacking.append("score or comment")
        if lacking:
            raise ValueError(
                f"{self.contract} needs {', '.join(lacking)}: "
                "name the file's column under columns, or one value for all rows under constants"
            )
        return self

    def format_of(self, name: str) -> Format | None:
        """The format of a file: as mapped, or by its suffix (before `.gz`); None if unknown."""
        return self.format or _SUFFIXES.get(Path(name.lower().removesuffix(".gz")).suffix)

    def delimiter_of(self, name: str) -> str:
        tabbed = name.lower().removesuffix(".gz").endswith(".tsv")
        return self.delimiter or ("\t" if tabbed else ",")


class Mapping(BaseModel):
    """The whole mapping file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    streams: Annotated[dict[StreamName, StreamMapping], Field(min_length=1)]


def load(path: Path) -> Mapping:
    """Read a mapping. Raises ConfigError naming the file, the key and what is expected there."""
    text = ""
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = yaml.load(text, Loader=_TextLoader)
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist; it is the mapping of a file source") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not valid YAML: {yaml_faults.told(error, text)}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path} line {line} is not written in UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror})") from None
    try:
        return Mapping.model_validate(content or {})
    except ValidationError as error:
        raise ConfigError(f"{path}: {problems_of(error, Mapping)}") from None


class _TextLoader(yaml.BaseLoader):
    """YAML with every scalar as text, and no key twice: the second would hide the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is not None and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)
