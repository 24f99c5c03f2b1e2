"""The gate: run the expectations on a build and give the verdict.

PASS, WARN (published, and printed in the report) or HOLD (not published, nothing is sent). A check
that could not be evaluated counts as HOLD whatever its severity; a gate without checks is an error.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from wellheard.errors import GateError, PublicationError
from wellheard.gate_rules import Rule, RuleFile, RuleSet, Severity, read_rules, rows_sql
from wellheard.gate_sentences import Finding, joined, months, sentence
from wellheard.periods import as_utc
from wellheard.settings import Settings

if TYPE_CHECKING:
    from wellheard.gate_duckdb import Outcome
    from wellheard.warehouse import Build

Word = Literal["PASS", "WARN", "HOLD"]

_IN_A_MESSAGE = 5  # failing rows told in one message; the verdict lists up to 20


class Check(BaseModel):
    """One expectation on one table, and what came of it.

    `observed` counts the rows looked at and those that failed, or is the value an expectation on
    the whole table saw; `unexpected` are the failing rows, at most 20.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    table: str
    expectation: str
    severity: Severity
    success: bool
    why: str
    says: str = ""
    observed: Any = None
    unexpected: list[Any] = []
    message: str = ""
    findings: list[Finding] = []  # the message's sentences, one each row of `unexpected`
    mend: list[str] = []  # what the operators do about it
    accepted: list[str] = []  # the reasons for which rows were set aside
    by_the_clock: bool = False  # judged against the time of the run, not by the data alone
    errored: bool = False

    @property
    def holds(self) -> bool:
        """Whether this check alone holds the build."""
        return not self.success and (self.severity == "hold" or self.errored)


class Verdict(BaseModel):
    """The gate's word on a build, as of a time (UTC). `data_docs` is the page to read on at."""

    model_config = ConfigDict(frozen=True)

    build_id: str
    as_of: datetime
    word: Word
    checks: list[Check]
    data_docs: str = ""

    @property
    def failed(self) -> list[Check]:
        """The checks that did not hold, those that hold the build first."""
        return sorted((c for c in self.checks if not c.success), key=lambda c: not c.holds)


def evaluate(
    settings: Settings,
    build: Build,
    *,
    as_of: datetime,
    progress: Callable[[str], None] = lambda line: None,
) -> Verdict:
    """Run every check of `expectations/*.yml` on the build and keep the verdict with it.

    Writes `verdict.json` and `data_docs/` into the build's folder. `as_of` is what ages are
    measured against.
    Raises GateError when the gate itself cannot run: no checks, a rule file that cannot be used, a
    table the warehouse does not have, a warehouse that holds another build.
    """
    # An earlier verdict must not outlive a run that dies half-way.
    _file(build.folder).unlink(missing_ok=True)
    rules = read_rules(settings)
    _check_tables(settings, build, rules)
    progress("loading Great Expectations")
    from wellheard.gate_duckdb import Session, make_expectation

    expectations = {}
    for stem, file in rules.files.items():
        for rule in file.checks:
            try:
                expectations[rule.name] = make_expectation(
                    rule.expect, rule.arguments_at(as_of), severity=rule.severity, why=rule.why
                )
            except (ValueError, TypeError, GateError) as error:
                reason = " ".join(str(error).split())
                raise GateError(
                    f"{settings.expectations / stem}.yml: check {rule.name!r}: {reason}"
                ) from None

    printed, checks = _last_printed(settings), []
    with _a_verdict_that_cannot_be_kept(build), Session(settings.warehouse) as session:
        for stem, file in rules.files.items():
            for rule in file.checks:
                accepted = rules.accepted.get(rule.name, [])
                outcome = session.run(
                    f"{stem}: {rule.name}",
                    rows_sql(file, rule, accepted, printed),
                    expectations[rule.name],
                    show=file.show,
                    run_name=build.id,
                    run_time=as_utc(as_of),
                )
                check = _check(stem, file, rule, outcome, [entry.because for entry in accepted])
                progress(f"{'ok' if check.success else 'FAILED':6} {check.name}")
                checks.append(check)
        docs = build.folder / "data_docs"
        session.write_data_docs(docs)
    verdict = Verdict(
        build_id=build.id,
        as_of=as_utc(as_of),
        word=_word(checks),
        checks=checks,
        data_docs=str(docs / "index.html"),
    )
    with _a_verdict_that_cannot_be_kept(build):
        _write_atomically(_file(build.folder), verdict.model_dump_json(indent=2) + "\n")
    return verdict


def load_verdict(settings: Settings, build: Build) -> Verdict:
    """The verdict kept with a build. Raises GateError when the gate has not seen it yet."""
    return load_verdict_of(settings, build.id)


def load_verdict_of(settings: Settings, build_id: str) -> Verdict:
    """The verdict kept with the build of this id. Raises GateError when there is none."""
    path = _file(settings.builds / build_id)
    try:
        verdict = Verdict.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise GateError(f"build {build_id} has no verdict yet: run `wellheard gate`") from None
    except ValidationError as error:
        raise GateError(
            f"{path} cannot be read ({str(error).splitlines()[0]}): run `wellheard gate` again"
        ) from None
    if verdict.build_id != build_id:
        raise GateError(f"{path} is about {verdict.build_id}: run `wellheard gate` again")
    return verdict


def summary(verdict: Verdict) -> str:
    """The verdict in a few lines: the word, then each failed check with what it found and why."""
    failed = verdict.failed
    holding = sum(check.holds for check in failed)
    counts = [f"{len(verdict.checks)} checks"]
    if holding:
        counts.append(f"{holding} hold it")
    if len(failed) > holding:
        counts.append(f"{len(failed) - holding} warn")
    lines = [f"{verdict.word}: build {verdict.build_id}, {', '.join(counts)}"]
    for check in failed:
        lines.append(f"- {'HOLD' if check.holds else 'WARN'} {check.name}: {check.message}")
        lines += [f"  what to do: {advice}" for advice in check.mend]
        lines.append(f"  why it is checked: {check.why}")
    if holding:
        lines.append(
            "Mend what is wrong and build again. What is right all the same can be let through: "
            "name the check, the rows and the reason in accepted.yml beside wellheard.yml."
        )
    if failed:
        lines.append(f"All checks: {verdict.data_docs}")
    return "\n".join(lines)


def _check(stem: str, file: RuleFile, rule: Rule, outcome: Outcome, reasons: list[str]) -> Check:
    rows = sorted(
        ({name: _plain(value) for name, value in row.items()} for row in outcome.rows), key=str
    )
    observed = outcome.observed
    if outcome.unexpected is not None:
        observed = {"rows": outcome.looked_at, "unexpected": outcome.unexpected}
    return Check(
        name=rule.name,
        table=file.table or stem,
        expectation=f"expect_{rule.expect}",
        severity=rule.severity,
        success=outcome.success,
        why=rule.why,
        says=rule.says,
        observed=_plain(observed),
        unexpected=rows,
        message=_message(stem, rule, outcome),
        findings=[] if outcome.success else _findings(rule, outcome),
        mend=[] if outcome.success else _advice(rule, outcome),
        accepted=reasons,
        by_the_clock=rule.by_the_clock,
        errored=outcome.error is not None,
    )


def _message(stem: str, rule: Rule, outcome: Outcome) -> str:
    """What to tell of a failed check: a sentence per failing row; empty when it held."""
    if outcome.error is not None:
        return (
            f"could not be evaluated: {outcome.error}; see the check in expectations/{stem}.yml "
            "and the tables it reads"
        )
    if outcome.success:
        return ""
    told = [finding.text for finding in _findings(rule, outcome)[: len(outcome.rows) or 1]]
    return joined(told, _IN_A_MESSAGE, outcome.unexpected)


def _findings(rule: Rule, outcome: Outcome) -> list[Finding]:
    """A sentence per failing row, each with the months it is about."""
    if outcome.error is not None:
        return []
    if not outcome.rows:
        return [Finding(text=_sentence(rule, {"observed": outcome.observed}))]
    found = [
        Finding(text=_sentence(rule, row), months=months(row), values=_plain(row))
        for row in outcome.rows
    ]
    found.sort(key=lambda finding: finding.text)
    more = (outcome.unexpected or 0) - len(found)
    return [*found, Finding(text=f"{more:,} more like these", more=more)] if more > 0 else found


def _advice(rule: Rule, outcome: Outcome) -> list[str]:
    """What to do about the failing rows, each advice once."""
    if not rule.mend or outcome.error is not None:
        return []
    told = []
    for row in outcome.rows[:_IN_A_MESSAGE]:
        try:
            told.append(sentence(rule.mend, row))
        except (KeyError, ValueError, TypeError):  # a null; the sentence above names the row
            continue
    return list(dict.fromkeys(told))


def _sentence(rule: Rule, row: dict[str, Any]) -> str:
    try:
        return sentence(rule.says, row)
    except (KeyError, ValueError, TypeError):  # a null where the sentence wants a number
        values = ", ".join(f"{name} {_plain(value)}" for name, value in row.items())
        return f"{rule.name}: {values}"


def _word(checks: list[Check]) -> Word:
    if any(check.holds for check in checks):
        return "HOLD"
    return "PASS" if all(check.success for check in checks) else "WARN"


def _check_tables(settings: Settings, build: Build, rules: RuleSet) -> None:
    """Refuse a warehouse of another build, and rules about tables it does not have."""
    from wellheard import warehouse_file

    with warehouse_file.connect(settings) as connection:
        held = connection.execute("select build_id from raw.build").fetchone()
        known = {
            f"{schema}.{table}"
            for schema, table in connection.execute(
                "select table_schema, table_name from information_schema.tables"
            ).fetchall()
        }
    if held is None or held[0] != build.id:
        raise GateError(
            f"the warehouse holds build {held[0] if held else 'none'}, not {build.id}: "
            "run `wellheard build`"
        )
    for stem, file in rules.files.items():
        if file.table is not None and file.table not in known:
            schema = file.table.partition(".")[0]
            there = sorted(name for name in known if name.startswith(f"{schema}."))
            raise GateError(
                f"{settings.expectations / stem}.yml: the warehouse has no table {file.table}; "
                f"in {schema} it has {', '.join(there) or 'nothing'}"
            )


def _last_printed(settings: Settings) -> Path | None:
    """What was printed so far, or None before the first publication."""
    from wellheard import publication
    from wellheard.restatements import PRINTED

    if not publication.pointer(settings).exists():
        return None
    try:
        newest = publication.latest(settings)
        newest.verify()
        return newest.path(PRINTED)
    except PublicationError as error:
        raise GateError(f"the build cannot be compared with what was published: {error}") from None


def _plain(value: Any) -> Any:
    """A value as JSON can hold it; times in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat() if value.tzinfo else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


@contextmanager
def _a_verdict_that_cannot_be_kept(build: Build) -> Iterator[None]:
    """Tell of a full disk in words; what was begun aside goes, so that it does not fill it more."""
    try:
        yield
    except OSError as error:
        shutil.rmtree(build.folder / ".data_docs.writing", ignore_errors=True)
        raise GateError(
            f"the verdict on build {build.id} could not be kept in {build.folder}: "
            f"{error.strerror or error}. The build has no verdict and is not published: "
            "make room or mend access, then run `wellheard gate` again"
        ) from None


def _file(folder: Path) -> Path:
    return folder / "verdict.json"


def _write_atomically(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.writing")
    try:
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
