"""What every task needs: settings, connections as the library wants them, errors as Airflow wants.

Only this package and the DAG files import Airflow; the library never does.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar

from airflow.sdk import Connection as AirflowConnection
from airflow.sdk import Context, CronDataIntervalTimetable, get_current_context
from airflow.sdk.exceptions import AirflowFailException, AirflowRescheduleException

from wellheard import coverage
from wellheard import settings as settings_module
from wellheard.connections import Connection
from wellheard.errors import (
    AccessDenied,
    ConfigError,
    DeliveryError,
    GateError,
    PublicationError,
    QuotaSpent,
    ReportError,
    WellheardError,
)
from wellheard.ingest import ConfiguredSource
from wellheard.lake import as_lake
from wellheard.periods import Period, Window

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")

# Trying again cannot mend these: a person has to change something first.
FINAL = (AccessDenied, ConfigError, GateError, PublicationError, ReportError)

LAKE_ASSET = "wellheard-lake-{source}"
PUBLICATION_ASSET = "wellheard-publication"


def default_args() -> dict[str, Any]:
    """Defaults of every task: owner, retries with back-off, a notice to the operators."""
    return {
        "owner": "cx-data",
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": True,
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
    except Exception as error:
        # The task API has no one exception for "no such connection" across its back ends.
        raise ConfigError(
            f"connection {connection_id!r} cannot be read from Airflow ({type(error).__name__}): "
            "add it under Admin, Connections"
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
    """Turn the library's errors into Airflow's: final ones are not retried, quotas wait."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except QuotaSpent as error:
            log.warning("%s; going on at %s", error, error.resume_at)
            raise AirflowRescheduleException(error.resume_at) from None
        except FINAL as error:
            raise AirflowFailException(str(error)) from None
        except DeliveryError:
            raise
        except WellheardError as error:
            raise RuntimeError(str(error)) from error

    return wrapper


def window_of(context: Context, source: ConfiguredSource) -> Window:
    """The window a run of `ingest_<source>` lands: the `window` param's, or what is due by the end
    of the run's data interval.
    """
    given = context["params"].get("window")
    if given:
        return Window.parse(given)
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    if start is None or end is None:
        raise ConfigError("this run has no data interval: trigger it with the window param")
    return coverage.next_window(as_lake(settings()), source, Window(start, end))


def period_of(context: Context) -> Period:
    """The month a run reports: the `period` param, or the month its data interval began in."""
    given = context["params"].get("period")
    if given:
        return Period.parse(given)
    start = context.get("data_interval_start")
    if start is None:
        raise ConfigError("this run has no data interval: trigger it with the period param")
    return Period.of(start, settings().company.zone)


def sends(context: Context) -> bool:
    """Whether a run delivers: as its `deliver` param says; without one, unless back-filled."""
    told_to = context["params"].get("deliver")
    if told_to is not None:
        return bool(told_to)
    return bool(context["dag_run"].run_type != "backfill")


def notify_failure(context: Context) -> None:
    """Tell the operators which task failed, for which run, and with which message."""
    instance, run = context["task_instance"], context["dag_run"]
    problem = context.get("exception") or "no message"
    notify(
        f"{instance.dag_id}.{instance.task_id} failed",
        f"{instance.dag_id}.{instance.task_id} failed in run {run.run_id}.\n\n{problem}\n",
    )


def notify(subject: str, text: str) -> None:
    """Send the operators a notice; a mail server that is down is logged and raises nothing."""
    from wellheard.delivery import notices

    known = settings()
    try:
        mail = connection(known.company.mail_connection)
    except ConfigError as error:
        log.warning("no notice by mail: %s", error)
        mail = None
    outcome = notices.notify_operators(known, subject, text, connection=mail, now=known.now())
    log.info("notice to the operators: %s", outcome)


def current() -> Context:
    """The context of the running task."""
    return get_current_context()
