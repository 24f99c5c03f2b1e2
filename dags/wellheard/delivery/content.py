"""What a message says of an edition: texts of the edition's data.json, no arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from wellheard.delivery.plain import one_line
from wellheard.errors import DeliveryError


@dataclass(frozen=True)
class KeyFigure:
    """One key figure as printed: what it is, its value, its interval and n, and its change."""

    label: str
    value: str
    detail: str
    change: str


@dataclass(frozen=True)
class Content:
    """What the messages of one edition say; every text is one line."""

    company: str
    title: str
    period: str
    language: str
    scope: str
    headline: str
    deck: str
    findings: list[str]
    figures: list[KeyFigure]
    warning: str
    warnings: list[str]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Titled(_Part):
    title: str


class _Text(_Part):
    text: str


class _Audience(_Part):
    name: str
    scope: str


class _Headline(_Part):
    title: str
    deck: str


class _Card(_Part):
    label: str
    value: _Text
    change_text: str | None
    status: str
    interval_text: str | None
    n: _Text | None


class _Warning(_Part):
    name: str
    message: str


class _Verdict(_Part):
    word: str
    text: str
    warnings: list[_Warning]


class _Data(_Part):
    """What is read of data.json."""

    company: str
    report: _Titled
    period: _Titled
    language: str
    audience: _Audience
    verdict: _Verdict
    headline: _Headline
    findings: list[_Titled]
    cards: list[_Card]


def read_content(data: bytes, edition: object) -> Content:
    """Take the texts of an edition's data.json. Raises DeliveryError when it is not understood."""
    try:
        read = _Data.model_validate_json(data)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "its start"
        raise DeliveryError(
            f"{edition}: data.json is not understood at {where}; render the edition again"
        ) from None
    warnings = read.verdict.warnings
    return Content(
        company=one_line(read.company),
        title=one_line(read.report.title),
        period=one_line(read.period.title),
        language=read.language,
        scope=read.audience.scope,
        headline=one_line(read.headline.title),
        deck=one_line(read.headline.deck),
        findings=[one_line(finding.title) for finding in read.findings],
        figures=[_figure(card) for card in read.cards],
        warning=one_line(read.verdict.text) if warnings else "",
        warnings=[
            one_line(f"{warning.name}: {warning.message}" if warning.message else warning.name)
            for warning in warnings
        ],
    )


def _figure(card: _Card) -> KeyFigure:
    detail = [card.interval_text, card.n.text if card.n else None]
    return KeyFigure(
        label=one_line(card.label),
        value=one_line(card.value.text),
        detail=one_line(" · ".join(filter(None, detail))),
        change=one_line(" · ".join(filter(None, [card.change_text, card.status]))),
    )
