"""One row of a file as a record of a contract: columns, dates, codes, constants of its mapping."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import msgspec

from wellheard.errors import ConfigError
from wellheard.sources.file_mapping import (
    EVERY_COLUMN,
    OWN_ID,
    DateRule,
    Kind,
    StreamMapping,
)
from wellheard.sources.file_readers import Row, as_text

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_GROUPED = {
    ",": re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d*)?"),
    ".": re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+\.\d*"),
}
_TRUE, _FALSE = {"true", "t", "yes", "y", "1"}, {"false", "f", "no", "n", "0"}
_LIKE_A_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b")
_LIKE_A_NUMBER_OF_SOMEONE = re.compile(r"\+?\d[\d -]{7,}\d")  # a telephone, a card
_LONGEST_SHOWN = 40
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadValueError(Exception):
    """A field that is not what its contract column holds. The message names no file."""


@dataclass(frozen=True)
class _Column:
    """How one contract column gets its value from a row."""

    name: str
    field: str  # the file's column
    missing: frozenset[str]
    values: dict[str, str]
    convert: Callable[[Any, str], Any]  # (raw field, its text) -> JSON value
    remedy: str


class RowShape:
    """A stream's mapping, ready to be put on rows.

    Raises ConfigError when a constant is not what its column holds.
    """

    def __init__(self, mapping: StreamMapping, mapping_file: Path, stream: str) -> None:
        self._mapping = mapping
        rules = mapping.dates
        everywhere = mapping.missing.get(EVERY_COLUMN, [])
        self._columns = [
            _Column(
                name=name,
                field=field,
                missing=frozenset(["", *everywhere, *mapping.missing.get(name, [])]),
                values=mapping.values.get(name, {}),
                convert=_converter(mapping.kinds[name], rules.get(name, DateRule()), mapping),
                remedy=_remedy(mapping.kinds[name], name, rules.get(name, DateRule())),
            )
            for name, field in mapping.columns.items()
        ]
        self._empty: dict[str, Any] = dict.fromkeys(mapping.kinds)
        for name, text in mapping.constants.items():
            convert = _converter(mapping.kinds[name], rules.get(name, DateRule()), mapping)
            try:
                self._empty[name] = convert(text, text)
            except BadValueError as error:
                raise ConfigError(
                    f"{mapping_file}: streams.{stream}.constants.{name}: {shown(text)} {error}"
                ) from None

    def shape(self, row: Row, unit: str) -> tuple[dict[str, Any], dict[str, str | None]]:
        """The contract's columns and the raw row as text.

        Raises BadValueError naming the row, the column and what was found there.
        """
        raw = {name: as_text(value) for name, value in row.fields.items()}
        record = self._empty.copy()
        for column in self._columns:
            text = (raw.get(column.field) or "").strip()
            if text in column.missing:
                continue
            value: Any = row.fields[column.field]
            if column.values:
                mapped = column.values.get(text)
                if mapped is not None:
                    value = text = mapped
            try:
                record[column.name] = column.convert(value, text)
            except BadValueError as error:
                raise BadValueError(
                    f"{unit} {row.place}, column {column.field!r}: {shown(text)} {error}. Mend the "
                    f"file, or in the mapping {column.remedy}"
                ) from None
        return record, raw

    def record_id(self, raw: dict[str, str | None], row: Row, unit: str) -> str | None:
        """The row's id from the mapping's id columns; None when the mapping names none."""
        if not self._mapping.id:
            return None
        texts = [(raw.get(field) or "").strip() for field in self._mapping.id]
        parts = [text.encode("utf-8", "replace").decode() for text in texts]
        for field, part in zip(self._mapping.id, parts, strict=True):
            if not part:
                raise BadValueError(
                    f"{unit} {row.place}, column {field!r}: it is empty, but the mapping's `id` "
                    "names it; fill it in the file, or leave `id` out to tell rows apart by "
                    "their content"
                )
        if len(parts) == 1:
            return parts[0]
        return "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)

    def payload(
        self,
        record: dict[str, Any],
        raw: dict[str, str | None],
        *,
        record_id: str,
        file: str,
        line: int,
    ) -> bytes:
        """The record's JSON text, UTF-8."""
        own = OWN_ID.get(self._mapping.contract)
        if own is not None and record[own] is None:
            record[own] = record_id
        if "sequence" in record and record["sequence"] is None:
            record["sequence"] = line  # events of the same second keep the file's order
        whole = {**record, "_row": raw, "_file": file, "_line": line}
        try:
            return msgspec.json.encode(whole)
        except UnicodeEncodeError:  # half of a surrogate pair, which JSON text may smuggle in
            return msgspec.json.encode(_without_lone_surrogates(whole))


def digest(raw: dict[str, str | None]) -> bytes:
    """16 bytes that tell rows of different content apart, whatever the order of the columns."""
    canonical = repr(sorted(raw.items())).encode()
    return hashlib.blake2b(canonical, digest_size=16).digest()


def shown(text: str) -> str:
    """A value as an error may print it: short, and without what could identify a person."""
    if "@" in text:
        return "(a text with an @, not shown)"
    if not _LIKE_A_DATE.match(text):
        text = _LIKE_A_NUMBER_OF_SOMEONE.sub(lambda match: f"{match[0][:4]}…", text)
    return repr(text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…")


def _converter(kind: Kind, rule: DateRule, mapping: StreamMapping) -> Callable[[Any, str], Any]:
    match kind:
        case "text":
            return lambda raw, text: text
        case "number":
            return lambda raw, text: _written_number(raw, text, mapping.decimal)
        case "integer":
            return lambda raw, text: _integer(raw, text, mapping.decimal)
        case "boolean":
            return lambda raw, text: _boolean(text)
        case "time":
            return lambda raw, text: _time(raw, text, rule)
        case "date":
            return lambda raw, text: _moment(raw, text, rule).date().isoformat()


def _remedy(kind: Kind, name: str, rule: DateRule) -> str:
    missing = f"list the value under `missing.{name}` if it means no answer"
    if kind in ("time", "date"):
        return f"set `dates.{name}.format` (now {rule.format!r}) or `dates.{name}.zone`; {missing}"
    if kind == "boolean":
        return f"say under `values.{name}` whether it is true or false; {missing}"
    return f"give its number under `values.{name}`; {missing}"


def _written_number(raw: Any, text: str, decimal: str) -> int | float:
    """A number as text may group its thousands; one that JSON or Parquet has as a number does not.

    With a decimal comma 1.234 is a thousand and more. With a point 1,234 could be either.
    """
    grouped = isinstance(raw, str) and _GROUPED[decimal].fullmatch(text)
    return _number(text.replace("." if decimal == "," else ",", "") if grouped else text, decimal)


def _number(text: str, decimal: str) -> int | float:
    plain = text.replace(",", ".") if decimal == "," and "." not in text else text
    if not _NUMBER.fullmatch(plain):
        is_comma = decimal == "." and "," in plain
        hint = ' (write `decimal: ","` if it is a decimal comma)' if is_comma else ""
        raise BadValueError(f"is not a number{hint}")
    value = float(plain)
    if value in (float("inf"), float("-inf")):
        raise BadValueError("is too large a number")
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _integer(raw: Any, text: str, decimal: str) -> int:
    value = _written_number(raw, text, decimal)
    if not isinstance(value, int):
        raise BadValueError("is not a whole number")
    return value


def _boolean(text: str) -> bool:
    folded = text.casefold()
    if folded in _TRUE:
        return True
    if folded in _FALSE:
        return False
    raise BadValueError("is neither true nor false")


def _time(raw: Any, text: str, rule: DateRule) -> str:
    moment = _moment(raw, text, rule)
    if moment.tzinfo is None:
        if rule.tzinfo is None:
            raise BadValueError("is a time without a zone, and the mapping gives none")
        moment = moment.replace(tzinfo=rule.tzinfo)
    try:
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except OverflowError:
        raise BadValueError("is not a time that can be told in UTC") from None


def _moment(raw: Any, text: str, rule: DateRule) -> datetime:
    if isinstance(raw, date):  # Parquet has times and dates of its own
        return raw if isinstance(raw, datetime) else datetime.combine(raw, time())
    try:
        match rule.format:
            case "iso":
                return datetime.fromisoformat(text)
            case "epoch":
                return _EPOCH + timedelta(seconds=float(_number(text, ".")))
            case "epoch_ms":
                return _EPOCH + timedelta(milliseconds=float(_number(text, ".")))
            case pattern:
                return datetime.strptime(text, pattern)  # noqa: DTZ007  (the caller gives the zone)
    except (ValueError, OverflowError):
        pass
    except BadValueError:
        pass
    named = {"iso": "an ISO 8601 date", "epoch": "seconds since 1970", "epoch_ms": "milliseconds"}
    expected = named.get(rule.format, f"a date of the format {rule.format!r}")
    raise BadValueError(f"is not {expected}")


def _without_lone_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {
            _without_lone_surrogates(key): _without_lone_surrogates(item)
            for key, item in value.items()
        }
    return value
