"""What can go wrong, in words that name the next step.

Every error a user can cause or mend is a `WellheardError`; the command line and the DAGs print its
message alone. Anything else is a defect and keeps its traceback.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wellheard.periods import Window


class WellheardError(Exception):
    """Base of all expected failures. The message says what happened and what to do next."""


class ConfigError(WellheardError):
    """A file the user edits, or an environment setting, cannot be used as it is."""


class SourceError(WellheardError):
    """A window of a source could not be read to its end; nothing of it is visible.

    The message always names source, stream and window, and the page where one was reached.
    """

    def __init__(
        self,
        problem: str,
        *,
        source: str,
        stream: str,
        window: Window,
        page: int | None = None,
    ) -> None:
        self.problem, self.source, self.stream = problem, source, stream
        self.window, self.page = window, page
        where = f"{source}/{stream} {window}" + (f" page {page}" if page is not None else "")
        super().__init__(f"{where}: {problem}")


class AccessDenied(SourceError):
    """401 or 403: final at once; the message names the Airflow connection, never the secret."""


class QuotaSpent(SourceError):
    """The vendor's daily quota is used up; the window is deferred until `resume_at` (UTC)."""

    def __init__(
        self,
        problem: str,
        *,
        resume_at: datetime,
        source: str,
        stream: str,
        window: Window,
        page: int | None = None,
    ) -> None:
        self.resume_at = resume_at
        super().__init__(problem, source=source, stream=stream, window=window, page=page)


class NotSettled(SourceError):
    """The window ends too close to now: the vendor may still add rows to it."""


class LandingError(WellheardError):
    """A window could not be written to the lake; what was visible before still is."""


class BuildError(WellheardError):
    """dbt could not build the warehouse."""


class WarehouseLocked(BuildError):
    """Another process is writing the warehouse."""


class GateError(WellheardError):
    """The gate itself could not run (unknown table, no checks, broken expectation file)."""


class PublicationError(WellheardError):
    """There is no publication to read, or it is damaged, or it may not be made."""


class Held(PublicationError):
    """Nothing is broken: the gate, or a source that is late, keeps the report back."""


class ReportError(WellheardError):
    """An edition could not be made: no answers in the period, a figure missing from the PDF, ..."""


class DeliveryError(WellheardError):
    """Mail could not be handed over; the ledger says what is known of each recipient."""
