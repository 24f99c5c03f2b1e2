"""The gate's rules as people write them: `expectations/*.yml`, and what was accepted.

A rule file names a table (or gives a query) and lists checks on it. A check is an expectation of
Great Expectations with its arguments, a severity, the reason, and the sentence that a row
which fails it is reported with. `accepted.yml` beside the company's `wellheard.yml` sets single
rows aside, with a reason: the way out of a HOLD over something that really happened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from string import Formatter
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, field_validator, model_validator

from wellheard.errors import ConfigError, GateError
from wellheard.periods import as_utc
from wellheard.settings import Settings, read_yaml_as

Severity = Literal["hold", "warn"]

_AS_OF = re.compile(r"([+-]\d+)([hd])")
_UNITS = {"h": "hours", "d": "days"}


class Rule(BaseModel):
    """One check: an expectation on the rows of its file's table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    expect: str  # an expectation of Great Expectations, without its leading `expect_`
    arguments: dict[str, Any] = Field(default_factory=dict, alias="with")
    where: str | None = None  # SQL; the check looks at these rows alone
    severity: Severity
    why: str
    says: str  # the sentence about a row that fails, with `{column}` for its values
    mend: str = ""  # what the operators do about it, likewise; no reader of a report sees it

    @property
    def by_the_clock(self) -> bool:
        """Whether the check depends on the time of the run."""
        return any(_is_as_of(value) for value in self.arguments.values())

    def arguments_at(self, as_of: datetime) -> dict[str, Any]:
        """The arguments, with `{as_of: -36h}` turned into that time (UTC)."""
        return {
            name: _moment(value, as_of) if _is_as_of(value) else value
            for name, value in self.arguments.items()
        }


class RuleFile(BaseModel):
    """A table or query, and the checks on it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: str | None = None
    query: str | None = None  # may read `published.rpt_printed`, empty before any publication
    about: str
    show: list[str] = Field(min_length=1)  # the columns a failing row is reported with
    checks: list[Rule]

    @model_validator(mode="after")
    def _table_or_query(self) -> RuleFile:
        if (self.table is None) == (self.query is None):
            raise ValueError("give either table or query")
        for rule in self.checks:
            fields = {name for _, name, _, _ in Formatter().parse(rule.says + rule.mend) if name}
            unknown = sorted(fields - set(self.show) - {"observed"})
            if unknown:
                raise ValueError(
                    f"check {rule.name!r} says {{{unknown[0]}}}, which is not listed under show"
                )
        return self


class Accepted(BaseModel):
    """Rows of one check that are known and right, or known and lived with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    check: str
    rows: dict[str, str | int | float | bool | date] = Field(min_length=1)
    because: str = Field(min_length=1)

    @field_validator("because")
    @classmethod
    def _says_something(cls, reason: str) -> str:
        if not reason.strip():
            raise ValueError("say why these rows are accepted")
        return reason


class AcceptedRows(RootModel[list[Accepted]]):
    """The content of `accepted.yml`."""


class RuleSet(BaseModel):
    """All rules, by the name of their file, and the accepted rows by the name of the check."""

    model_config = ConfigDict(frozen=True)

    files: dict[str, RuleFile]
    accepted: dict[str, list[Accepted]]


def accepted_file(settings: Settings) -> Path:
    """The company's `accepted.yml`; it may be missing."""
    return settings.company_file.with_name("accepted.yml")


def read_rules(settings: Settings) -> RuleSet:
    """Read every rule file and `accepted.yml`.

    Raises GateError naming the file: one that cannot be read, a check name used twice, an accepted
    row of an unknown check or column, no check at all.
    """
    for path in settings.expectations.glob("*.yaml"):
        raise GateError(f"{path} is not read: rename it to {path.stem}.yml")
    files: dict[str, RuleFile] = {}
    owners: dict[str, str] = {}
    for path in sorted(settings.expectations.glob("*.yml")):
        try:
            files[path.stem] = read_yaml_as(RuleFile, path)
        except ConfigError as error:
            raise GateError(str(error)) from None
        for rule in files[path.stem].checks:
            if rule.name in owners:
                raise GateError(
                    f"{path}: check {rule.name!r} is also in {owners[rule.name]}.yml; "
                    "give each check a name of its own"
                )
            owners[rule.name] = path.stem
    if not owners:
        raise GateError(
            f"there is no check in {settings.expectations}: nothing may pass a gate that checks "
            "nothing; restore the expectations/*.yml files"
        )
    return RuleSet(files=files, accepted=_read_accepted(settings, files, owners))


def rows_sql(file: RuleFile, rule: Rule, accepted: list[Accepted], printed: Path | None) -> str:
    """The SELECT that gives the rows a check looks at.

    `printed` is the latest publication's `rpt_printed.parquet`, None before the first.
    """
    source = f"({file.query.strip().rstrip(';')})" if file.query else file.table
    assert source is not None
    conditions = [f"({rule.where})"] if rule.where else []
    for exception in accepted:
        same = " and ".join(
            f'cast("{column}" as varchar) is not distinct from {_literal(_text(value))}'
            for column, value in exception.rows.items()
        )
        conditions.append(f"not ({same})")
    where = f" where {' and '.join(conditions)}" if conditions else ""
    return _with_published(f"select * from {source} as looked_at{where}", printed)


def _read_accepted(
    settings: Settings, files: Mapping[str, RuleFile], owners: Mapping[str, str]
) -> dict[str, list[Accepted]]:
    path = accepted_file(settings)
    if not path.exists():
        return {}
    try:
        entries = read_yaml_as(AcceptedRows, path).root
    except ConfigError as error:
        raise GateError(str(error)) from None
    by_check: dict[str, list[Accepted]] = {}
    for entry in entries:
        if entry.check not in owners:
            raise GateError(
                f"{path}: there is no check {entry.check!r}; there are {', '.join(sorted(owners))}"
            )
        shown = files[owners[entry.check]].show
        unknown = sorted(set(entry.rows) - set(shown))
        if unknown:
            raise GateError(
                f"{path}: check {entry.check!r} has no column {unknown[0]!r}; "
                f"write some of {', '.join(shown)}"
            )
        by_check.setdefault(entry.check, []).append(entry)
    return by_check


def _with_published(sql: str, printed: Path | None) -> str:
    if printed is None:
        rows = (
            "(select null::varchar as scope, null::varchar as period, null::varchar as metric,"
            " null::double as value, null::bigint as n, null::varchar as publication where false)"
        )
    else:
        # Publications of before hold the whole company's rows alone and name no scope.
        rows = (
            "(from (select 'all' as scope where false) union all by name "
            f"from read_parquet({_literal(str(printed))}))"
        )
    return sql.replace("published.rpt_printed", rows)


def _is_as_of(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {"as_of"}


def _moment(value: dict[str, str], as_of: datetime) -> datetime:
    match = _AS_OF.fullmatch(str(value["as_of"]))
    if not match:
        raise GateError(
            f"as_of: {value['as_of']!r} is not understood; "
            "write a sign, a number and h or d, for example -36h or +1d"
        )
    return as_utc(as_of) + timedelta(**{_UNITS[match[2]]: int(match[1])})


def _text(value: str | int | float | bool | date) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
