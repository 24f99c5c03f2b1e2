"""HTML and PDF of a report's data. Nothing is fetched but the bundled templates.

The PDF is tagged (PDF/UA-1) and repeats byte for byte: it depends on the data, the templates, the
fonts and the library versions, on no clock and no machine.
"""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from wellheard import system
from wellheard.errors import ReportError
from wellheard.report import (
    charts,
    finish,
    journey_charts,
    language,
    month_charts,
    support_charts,
    topic_charts,
)
from wellheard.settings import Settings

Document = dict[str, Any]


@dataclass(frozen=True)
class Rendered:
    """An edition's files: the HTML as printed, and the finished PDF."""

    html: str
    pdf: bytes


def render(settings: Settings, document: Document) -> Rendered:
    """Render a document that passed its schema.

    Raises ReportError when a system library is missing (naming the command that installs it), when
    a template or chart fails, or when the renderer warns of something it could not print.
    """
    missing = system.missing_libraries()
    if missing:
        raise ReportError(
            f"WeasyPrint needs system libraries that are not there: {', '.join(missing)}. "
            f"Install them: {system.install_command(missing)}"
        )
    html = to_html(settings, document)
    return Rendered(html, to_pdf(settings, document, html))


def to_html(settings: Settings, document: Document) -> str:
    """One HTML file with its style and charts inside it; fonts are named, not included."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(settings.templates),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = language.of_company(settings, document["language"])
    name = document["report"]["name"]
    css = (settings.templates / "layout" / "report.css").read_text(encoding="utf-8")
    try:
        return environment.get_template(f"{name}/report.html.j2").render(
            doc=document,
            say=words.say,
            charts=_charts(document, settings.templates / "fonts", words),
            css=Markup(css),
        )
    except (jinja2.TemplateError, KeyError) as error:
        raise ReportError(
            f"the templates of {name} failed: {type(error).__name__}: {error}. "
            f"See {settings.templates / name} and templates/texts/{words.code}.yml"
        ) from error


def _charts(document: Document, fonts: Path, words: language.Language) -> Document:
    """Every chart of the document as SVG; None where there is nothing to draw."""
    signs = words.locale.number_symbols["latn"]
    locale = {
        "decimal": signs["decimal"], "thousands": signs["group"], "grouping": [3],
        "currency": ["", ""], "minus": language.MINUS,
    }  # fmt: skip

    def draw(spec: charts.Spec | None, alt: str) -> Markup | None:
        return None if spec is None else charts.svg(spec, alt, fonts, locale)

    trend, journey = document["trend"], document["journey"]
    shares = trend and trend["distribution"]
    cards = document["cards"]
    drivers, curves = document["drivers"], (document["money"] or {}).get("survival")
    return {
        "sparks": {
            card["metric"]: draw(
                month_charts.spark(card["spark"], card["state"], light="" if i else _ON_DARK),
                card["spark"]["alt"],
            )
            for i, card in enumerate(cards)
        },
        "trend": trend
        and draw(month_charts.trend(trend, fonts, 388 if shares else _WIDTH, 158), trend["alt"]),
        "distribution": shares
        and draw(month_charts.distribution(shares, trend["ticks"], fonts, 240, 158), shares["alt"]),
        "journey": journey
        and draw(journey_charts.journey(journey, fonts, _WIDTH, 172), journey["alt"]),
        "support": {
            count["metric"]: count["bars"]
            and draw(support_charts.bars(count, fonts, _HALF, 44), count["alt"])
            for count in (document["support"] or {}).get("counts", [])
        },
        "drivers": drivers
        and draw(topic_charts.drivers(drivers, fonts, _WIDTH, 200), drivers["alt"]),
        "survival": curves
        and draw(topic_charts.survival(curves, fonts, _CHART, 120), curves["alt"]),
    }


_WIDTH = 657  # between the page's margins
_CHART = 287  # beside a wide table
_HALF = 313  # beside another
_ON_DARK = "#ffffff"


def to_pdf(settings: Settings, document: Document, html: str) -> bytes:
    """The finished PDF of an HTML file made by `to_html`. Raises ReportError as `render` does."""
    last_day = date.fromisoformat(document["period"]["last_day"])
    made = datetime(last_day.year, last_day.month, last_day.day, tzinfo=UTC)
    with _environment(settings, made), _renderer_warnings() as warnings, _no_collection():
        raw = _weasyprint(settings, html)
    if warnings:
        raise ReportError(f"the report could not be printed faithfully: {'; '.join(warnings[:5])}")
    return finish.finish(raw, document, made)


def _weasyprint(settings: Settings, html: str) -> bytes:
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    templates = settings.templates.resolve()

    class Bundled(URLFetcher):  # type: ignore[misc]  # weasyprint is untyped
        """Opens files below `templates/`; anything else ends the rendering."""

        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            from urllib.parse import unquote, urlsplit

            parts = urlsplit(url)
            path = Path(unquote(parts.path)).resolve()
            if parts.scheme != "file" or parts.netloc or not path.is_relative_to(templates):
                raise FatalURLFetchingError(f"the report asked for {url}, which is not bundled")
            return super().fetch(url, headers)

    fetcher = Bundled()
    try:
        rendered = weasyprint.HTML(
            string=html, base_url=str(templates) + os.sep, url_fetcher=fetcher
        ).render(font_config=FontConfiguration(), **_OPTIONS)
        pdf: bytes = rendered.write_pdf(**_OPTIONS)
    except FatalURLFetchingError as error:
        raise ReportError(f"{error}; reports fetch nothing. Remove the reference") from None
    return pdf


_OPTIONS = {"pdf_variant": "pdf/a-3a", "pdf_tags": True}


@contextmanager
def _environment(settings: Settings, made: datetime) -> Iterator[None]:
    """The bundled fonts and nothing else, and the edition's date for the clock."""
    values = {
        "FONTCONFIG_FILE": str(settings.templates / "fonts" / "fonts.conf"),
        "XDG_CACHE_HOME": str(settings.var / "cache"),  # fontconfig's; a home may be read-only
        "SOURCE_DATE_EPOCH": str(int(made.timestamp())),
    }
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _renderer_warnings() -> Iterator[list[str]]:
    """Collect what WeasyPrint and fontTools warn of instead of printing it."""
    collected: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            collected.append(record.getMessage())

    collector = Collector(logging.WARNING)
    kept = []
    for name in ("weasyprint", "fontTools"):
        logger = logging.getLogger(name)
        kept.append((logger, logger.handlers, logger.propagate, logger.level))
        logger.handlers, logger.propagate = [collector], False
        logger.setLevel(logging.WARNING)
    try:
        yield collected
    finally:
        for logger, handlers, propagate, level in kept:
            logger.handlers, logger.propagate = handlers, propagate
            logger.setLevel(level)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Rendering makes many long-lived objects; collecting garbage meanwhile only costs time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
