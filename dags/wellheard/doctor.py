"""`wellheard doctor`: what is missing on the machine or in the files, and how to mend it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Literal

from wellheard import connections, ingest, seeds, system, written
from wellheard.errors import ConfigError, WellheardError
from wellheard.periods import Window
from wellheard.settings import Settings
from wellheard.sources.base import Request

State = Literal["ok", "warn", "fail"]
ROOM = 1 << 30  # bytes; a build needs the warehouse twice
HANDING_OVER = timedelta(hours=1)  # no message takes so long; its sender is gone


@dataclass(frozen=True)
class Finding:
    """One thing looked at: its state, what was found, and what to do about it."""

    state: State
    subject: str
    detail: str
    mend: str = ""


def examine(settings: Settings, *, offline: bool) -> list[Finding]:
    """Look at everything; nothing is changed. `offline` leaves vendors and mail server alone."""
    parts: list[Callable[[], Iterator[Finding]]] = [
        lambda: _machine(settings),
        lambda: _configuration(settings),
        lambda: _labels(settings),
        lambda: _accepted(settings),
        lambda: _seeds(settings),
        lambda: _sources(settings, offline),
        lambda: _mail(settings, offline),
        lambda: _ledger(settings),
    ]
    findings: list[Finding] = []
    for part in parts:
        try:
            findings.extend(part())
        except WellheardError as error:
            # The first broken file stops its part; its message names the file and what to write.
            findings.append(Finding("fail", "configuration", str(error)))
    return list(dict.fromkeys(findings))  # one broken file is met by several parts


def _machine(settings: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        yield Finding("ok", "Python", version)
    else:
        yield Finding("fail", "Python", version, "use Python 3.11, 3.12 or 3.13")
    missing = system.missing_libraries()
    if missing:
        mend = system.install_command(missing)
        yield Finding("fail", "system libraries", f"missing: {', '.join(missing)}", mend)
    else:
        yield Finding("ok", "system libraries", ", ".join(system.LIBRARIES))
    place = next(p for p in (settings.var, *settings.var.parents) if p.exists())
    free = shutil.disk_usage(place).free
    text = f"{free / (1 << 30):.1f} GiB free at {place}"
    if free < ROOM:
        yield Finding("warn", "disk", text, "make room, or set WELLHEARD_VAR to a larger disk")
    else:
        yield Finding("ok", "disk", text)


def _configuration(settings: Settings) -> Iterator[Finding]:
    company = settings.company
    yield Finding("ok", "company", f"{company.company} ({settings.company_file})")
    if not company.operators:
        mend = f"list their addresses under operators in {settings.company_file}"
        yield Finding("warn", "operators", "nobody is told when a report is held", mend)
    yield from _addresses(settings)
    yield from _reports(settings)


def _addresses(settings: Settings) -> Iterator[Finding]:
    """Whom mail goes to beside the audiences, and from whom: known before a message fails."""
    from wellheard.audiences import address_problem
    from wellheard.delivery.message import sender_address

    for address in settings.company.operators:
        if problem := address_problem(address):
            mend = f"correct it under operators in {settings.company_file}"
            yield Finding("fail", "operators", f"{address!r} {problem}", mend)
    try:
        sender_address(settings)
    except ConfigError as error:
        yield Finding("fail", "sender", str(error))


def _seeds(settings: Settings) -> Iterator[Finding]:
    try:
        configured = settings.company.sources
    except ConfigError:
        configured = None  # told by its own part
    found = seeds.faults(settings, configured, today=settings.now().date())
    yield from (Finding("fail", "seeds", fault) for fault in found)
    if not found:
        yield Finding("ok", "seeds", str(settings.seeds))


def _reports(settings: Settings) -> Iterator[Finding]:
    from wellheard import audiences

    texts, segments = settings.templates / "texts", _segments(settings)
    for path in sorted(settings.reports.glob("*/report.yml")):
        for audience in audiences.load(settings, path.parent.name):
            subject = f"audience {audience.name}"
            if not (texts / f"{audience.language}.yml").exists():
                known = ", ".join(sorted(p.stem for p in texts.glob("*.yml")))
                mend = f"use one of {known}, or add templates/texts/{audience.language}.yml"
                yield Finding("fail", subject, f"no texts in {audience.language!r}", mend)
            elif audience.segment and segments and audience.segment not in segments:
                detail = f"segment {written.unknown(audience.segment, segments)}"
                file = settings.audiences_file(path.parent.name)
                mend = f"correct its scope in {file}, or add the segment to seeds/segments.csv"
                yield Finding("fail", subject, detail, mend)
            else:
                count = len(audience.recipients)
                people = "recipient" if count == 1 else "recipients"
                detail = f"{audience.scope}, {audience.language}, {count} {people}"
                yield Finding("ok", subject, detail)


def _segments(settings: Settings) -> list[str]:
    """The segments an audience can have; none where their file cannot be read, which is told."""
    return _named(settings, "segment")


def _named(settings: Settings, kind: str) -> list[str]:
    """What the seed of this kind names (`segment`: segments.csv); none where there is no file."""
    path = settings.seeds / f"{kind}s.csv"
    return seeds.sheets.read(path, (kind,)).values(kind) if path.is_file() else []


def _labels(settings: Settings) -> Iterator[Finding]:
    """A label of what nobody has is never printed: no error, but hardly what was meant."""
    from wellheard.report import labels

    if not settings.labels_file.is_file():
        return
    found = labels.read(settings)
    yield Finding("ok", "labels", str(settings.labels_file))
    languages = sorted(path.stem for path in (settings.templates / "texts").glob("*.yml"))
    for language, kinds in found.items():
        if language not in languages:
            detail = f"language {written.unknown(language, languages)}"
            yield Finding("warn", "labels", detail, f"correct it in {settings.labels_file}")
        for kind in labels.OF_SEEDS & kinds.keys():
            known = _named(settings, kind)
            for key in kinds[kind] if known else ():
                if key not in known:
                    detail = f"{language}.{kind}: {written.unknown(key, known)}"
                    yield Finding("warn", "labels", detail, f"correct it in {settings.labels_file}")


def _accepted(settings: Settings) -> Iterator[Finding]:
    from wellheard import gate_rules

    path = gate_rules.accepted_file(settings)
    if path.is_file():
        gate_rules.read_rules(settings)
        yield Finding("ok", "accepted findings", str(path))


def _sources(settings: Settings, offline: bool) -> Iterator[Finding]:
    if not settings.company.enabled_sources:
        mend = f"add one under sources in {settings.company_file}"
        yield Finding("fail", "sources", "none is enabled", mend)
    for name in settings.company.enabled_sources:
        try:
            yield _source(settings, name, offline)
        except WellheardError as error:
            yield Finding("fail", f"source {name}", str(error))


def _source(settings: Settings, name: str, offline: bool) -> Finding:
    """Read the first page of a day that has settled, which tries address and credentials."""
    found = ingest.configured(settings, name)
    subject = f"source {name}"
    connection = None
    if found.connection_id:
        try:
            connection = connections.from_environment(found.connection_id)
        except connections.NotSet as error:
            return Finding("warn", subject, "its connection is not set here", str(error))
    if offline:
        return Finding("ok", subject, "configured; not tried (offline)")
    now = settings.now()
    window = Window(now - timedelta(days=3), now - timedelta(days=2))
    for stream in found.streams:
        request = Request(
            source=name,
            stream=stream,
            window=window,
            options=found.options,
            connection=connection,
            extracted_at=now,
            progress=lambda message: None,
        )
        list(islice(found.source.read(request), 1))
    return Finding("ok", subject, f"answers: {', '.join(s.name for s in found.streams)}")


def _mail(settings: Settings, offline: bool) -> Iterator[Finding]:
    from wellheard.delivery import transport

    connection_id = settings.company.mail_connection
    try:
        connection = connections.from_environment(connection_id)
        if not offline:
            transport.check(connection)
    except connections.NotSet as error:
        yield Finding("warn", "mail", f"connection {connection_id} is not set here", str(error))
    except WellheardError as error:
        yield Finding("fail", "mail", str(error))
    else:
        place = connection.host + (f":{connection.port}" if connection.port else "")
        tried = "configured; not tried (offline)" if offline else f"{place} answers"
        yield Finding("ok", "mail", tried)


def _ledger(settings: Settings) -> Iterator[Finding]:
    from wellheard.delivery.ledger import open_ledger

    if settings.ledger_url is None and not (settings.var / "ledger.sqlite").exists():
        yield Finding("ok", "ledger", "nothing was delivered yet")
        return
    ledger = open_ledger(settings.ledger)
    begun_before = settings.now() - HANDING_OVER
    abandoned = [e for e in ledger.entries(state="claimed") if e.claimed_at < begun_before]
    unknown = sorted([*ledger.entries(state="unknown"), *abandoned], key=lambda entry: entry.key)
    if unknown:
        who = ", ".join(f"{entry.recipient} ({entry.key})" for entry in unknown[:5])
        yield Finding(
            "warn",
            "ledger",
            f"{len(unknown)} messages may or may not have arrived: {who}",
            "ask the recipient, then `wellheard resolve ... --revision N --outcome received` "
            "(or `resend`)",
        )
    else:
        yield Finding("ok", "ledger", ledger.place)
