"""The report's two steps as the command line and the DAGs both take them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from wellheard import audiences, publication
from wellheard.connections import Connection
from wellheard.errors import Held
from wellheard.periods import Period
from wellheard.settings import Settings

if TYPE_CHECKING:
    from wellheard.delivery import Delivery
    from wellheard.report.editions import Edition


def make_edition(settings: Settings, report: str, month: str, audience: str) -> Edition:
    """Render the month for one audience from the latest publication, or return what is archived.

    Raises Held when a source does not cover the month yet: the report is held, it is
    not made from fewer sources.
    """
    from wellheard.report import definitions, editions

    period, zone = Period.parse(month), settings.company.zone
    definition = definitions.load(settings, report)
    newest = publication.latest(settings)
    late = newest.missing(period, zone)
    if late:
        known = ", ".join(
            f"{source} ({f'known up to {mark:%Y-%m-%d %H:%M} UTC' if mark else 'nothing landed'})"
            for source, mark in sorted(late.items())
        )
        raise Held(
            f"{period} is not complete in {known}: run their ingest to "
            f"{period.window(zone).end:%Y-%m-%d %H:%M} UTC, then build, gate and publish"
        )
    return editions.make(
        settings, definition, newest, period, audiences.get(settings, report, audience)
    )


def find_edition(
    settings: Settings, report: str, month: str, audience: str, revision: int | None = None
) -> Edition:
    """An archived edition: the revision named, or the latest. Raises ReportError without one."""
    from wellheard.report import editions

    return editions.find(settings, report, Period.parse(month), audience, revision)


def deliver_edition(
    settings: Settings,
    report: str,
    month: str,
    audience: str,
    revision: int | None = None,
    *,
    connection: Connection,
    resend_unknown: bool = False,
    progress: Callable[[str], None],
) -> list[Delivery]:
    """Send an archived edition (the latest revision unless one is named) to its recipients.

    A revision that is not the latest any more is sent to nobody: its numbers are superseded, and
    it would arrive after those that replaced them.
    """
    from wellheard import delivery

    edition = find_edition(settings, report, month, audience)
    if revision is not None and revision < edition.revision:
        progress(
            f"{report} {month} {audience} r{revision} is superseded by r{edition.revision}; "
            "nothing is sent"
        )
        return []
    if revision is not None and revision != edition.revision:
        edition = find_edition(settings, report, month, audience, revision)
    return delivery.deliver(
        settings,
        edition,
        audiences.get(settings, report, audience),
        connection=connection,
        now=settings.now(),
        resend_unknown=resend_unknown,
        progress=progress,
    )
