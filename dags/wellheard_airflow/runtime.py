"""What every task needs: settings, connections as the library wants them, errors as Airflow wants.

Only this package and the DAG files import Airflow; the library never does.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ParamSpec, TypeVar

from airflow.sdk import Connection as AirflowConnection
from airflow.sdk import Context, CronDataIntervalTimetable, get_current_context
from airflow.sdk.exceptions import (
    AirflowFailException,
    AirflowNotFoundException,
    AirflowRescheduleException,
)

from wellheard import coverage
from wellheard import settings as settings_module
from wellheard.connections import Connection
from wellheard.errors import (
    AccessDenied,
    ConfigError,
    GateError,
    PublicationError,
    QuotaSpent,
    ReportError,
)
from wellheard.ingest import ConfiguredSource
from wellheard.lake import as_lake
from wellheard.periods import Period, Window

log = logging.getLogger(__name__)
# Libraries that tell a task's log about themselves instead of about the task.
for _chatty in ("great_expectations", "pikepdf", "weasyprint", "fontTools", "httpx"):
    logging.getLogger(_chatty).setLevel(logging.WARNING)
P = ParamSpec("P")
R = TypeVar("R")

# Trying again cannot mend these: a person has to change something first.
FINAL = (AccessDenied, ConfigError, GateError, PublicationError, ReportError)

SHORTEST_DEFERRAL = timedelta(minutes=1)  # a reset that has passed must not make tasks spin

# Retries of a task that talks to vendors or mail servers: they go on for at least an hour.
PATIENT = 6

LAKE_ASSET = "wellheard-lake-{source}"
PUBLICATION_ASSET = "wellheard-publication"


def default_args() -> dict[str, Any]:
    """Defaults of every task: owner, retries with back-off, a notice to the operators."""
    return {
        "owner": "cx-data",
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=30),
        "execution_timeout": timedelta(hours=2),
        "on_failure_callback": notify_failure,
    }


def by_clock(timetable: CronDataIntervalTimetable) -> CronDataIntervalTimetable | None:
    """The timetable, unless WELLHEARD_TODAY makes today stand still: then runs are triggered."""
    return None if settings().today else timetable


def settings() -> settings_module.Settings:
    """Settings from the environment the task runs in."""
    return settings_module.load()


def connection(connection_id: str) -> Connection:
    """The Airflow connection of that id, as the library wants it.

    Raises ConfigError naming the connection when it does not exist.
    """
    try:
        found = AirflowConnection.get(connection_id)
    except AirflowNotFoundException:
        raise ConfigError(
            f"Airflow has no connection {connection_id!r}: add it under Admin, Connections"
        ) from None
    return Connection(
        id=connection_id,
        host=found.host or "",
        login=found.login or "",
        password=found.password or "",
        port=found.port,
        schema=found.schema or "",
        conn_type=found.conn_type or "",
        extra=found.extra_dejson,
    )


def told(function: Callable[P, R]) -> Callable[P, R]:
    """Turn the library's errors into Airflow's: final ones are not retried, quotas wait.

    Waiting for a quota takes no worker, uses up no retry and tells nobody of a failure. All other
    errors pass and are retried.
    """

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except QuotaSpent as error:
            # Today may be a setting of the demo's; Airflow waits by the real clock.
            left = max(error.resume_at - settings().now(), SHORTEST_DEFERRAL)
            again = datetime.now(UTC) + left
            log.warning(
                "deferred, not failed: %s. This task goes on by itself at %s UTC",
                error,
                f"{again:%Y-%m-%d %H:%M}",
            )
            raise AirflowRescheduleException(again) from None
        except FINAL as error:
            raise AirflowFailException(str(error)) from None

    return wrapper


def window_of(context: Context, source: ConfiguredSource) -> Window:
    """The window a run of `ingest_<source>` lands: the `window` param's, or what is due by the end
    of the run's data interval.
    """
    given = context["params"].get("window")
    if given:
        return Window.parse(given)
    interval = _interval(context)
    if interval is None:
        raise ConfigError(
            "this run has no day of its own: trigger it with the window param, "
            "for example 2026-10-01/2026-11-01"
        )
    return coverage.next_window(as_lake(settings()), source, interval)


def period_of(context: Context) -> Period:
    """The month a run reports: the `period` param, or the month its data interval began in."""
    given = context["params"].get("period")
    if given:
        return Period.parse(given)
    interval = _interval(context)
    if interval is None:
        raise ConfigError(
            "this run has no month of its own: trigger it with the period param, "
            "for example 2026-10"
        )
    return Period.of(interval.start, settings().company.zone)


def _interval(context: Context) -> Window | None:
    """The run's data interval. A DAG without a timetable gives its runs none, or just a moment."""
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    return Window(start, end) if start and end and start < end else None


def sends(context: Context) -> bool:
    """Whether a run delivers: as its `deliver` param says; on `auto`, unless back-filled."""
    told_to = context["params"].get("deliver", "auto")
    if told_to == "auto":
        return bool(context["dag_run"].run_type != "backfill")
    return bool(told_to == "yes")


def stop_on_hold(word: str, summary: str) -> None:
    """End the task for good, with what the gate said, when its word is HOLD."""
    if word == "HOLD":
        raise AirflowFailException(summary)


def notify_failure(context: Context) -> None:
    """Tell the operators which task failed, for which run, and with which message."""
    instance, run = context["task_instance"], context["dag_run"]
    problem = context.get("exception") or "no message"
    notify(
        f"{instance.dag_id}.{instance.task_id} failed",
        f"{instance.dag_id}.{instance.task_id} failed in run {run.run_id}.\n\n{problem}\n",
    )


def notify_timeout(context: Context) -> None:
    """Tell the operators of a run ended for lasting too long: its tasks did not fail themselves."""
    if context.get("reason") == "timed_out":
        run = context["dag_run"]
        notify(
            f"{run.dag_id} was ended",
            f"{run.dag_id}: run {run.run_id} was ended because it lasted too long. "
            "Look at its tasks in Airflow, then clear them.\n",
        )


def notify(subject: str, text: str) -> None:
    """Send the operators a notice; a mail server that is down is logged and raises nothing."""
    from wellheard.delivery import notices

    known = settings()
    try:
        mail = connection(known.company.mail_connection)
    except Exception as error:  # a notice must not hide what it is about
        log.warning("no notice by mail: %s", error)
        mail = None
    outcome = notices.notify_operators(known, subject, text, connection=mail, now=known.now())
    log.info("notice to the operators: %s", outcome)


def say(message: str) -> None:
    """Put a line into the task's log. What is printed goes another way and may come too late."""
    log.info("%s", message)


def current() -> Context:
    """The context of the running task."""
    return get_current_context()
