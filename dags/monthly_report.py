"""`monthly_report`: render the month's editions and deliver each to its audience, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import Asset, CronDataIntervalTimetable, Param, dag, task

from wellheard_airflow import runtime
from wellheard_airflow.waiting import WaitForSources

REPORT = "executive_monthly"
DOC = """
Waits (deferred, without a worker) until the latest publication covers the month from every enabled
source, makes one edition per audience of `audiences.yml`, and mails each edition to its recipients.

* The month is the data interval's, or the `period` param, never the clock's: scheduled, manual and
  back-filled runs of one month make the same edition.
* `deliver`: true or false; left empty, a back-fill archives only and any other run delivers.
* The ledger keeps a recipient from getting an edition twice, however often this runs.
* Past the deadline with a source still missing: HOLD, nothing is sent, the operators are told.
"""
_zone = runtime.settings().company.reporting_zone


@dag(
    dag_id="monthly_report",
    schedule=runtime.by_clock(CronDataIntervalTimetable("0 0 1 * *", timezone=_zone)),
    start_date=datetime(2020, 1, 1, tzinfo=runtime.settings().company.zone),
    catchup=False,
    max_active_runs=1,
    default_args=runtime.default_args(),
    params={
        "period": Param(
            None,
            type=["null", "string"],
            pattern=r"^\d{4}-(0[1-9]|1[0-2])$",
            description="The month to report, YYYY-MM; else the run's own",
        ),
        "deliver": Param(
            None,
            type=["null", "boolean"],
            description="Send the editions; left empty: yes, except in a back-fill",
        ),
    },
    tags=["wellheard", "report"],
    doc_md=DOC,
    dagrun_timeout=timedelta(days=15),
)
def monthly_report() -> None:
    @task
    @runtime.told
    def period() -> str:
        return str(runtime.period_of(runtime.current()))

    @task
    @runtime.told
    def audiences() -> list[str]:
        from wellheard import audiences as known

        return [audience.name for audience in known.load(runtime.settings(), REPORT)]

    @task(inlets=[Asset(runtime.PUBLICATION_ASSET)])
    @runtime.told
    def render(audience: str, month: str) -> dict[str, Any]:
        from wellheard import steps

        edition = steps.make_edition(runtime.settings(), REPORT, month, audience)
        return {"audience": audience, "revision": edition.revision}

    @task
    @runtime.told
    def deliver(edition: dict[str, Any], month: str) -> list[str]:
        from wellheard import delivery, steps

        if not runtime.sends(runtime.current()):
            print("archived only; not sent, as told or because this is a back-fill")
            return []
        settings = runtime.settings()
        mail = runtime.connection(settings.company.mail_connection)
        deliveries = steps.deliver_edition(
            settings, REPORT, month, **edition, connection=mail, progress=print
        )
        # A recipient still without the edition fails the task: it is tried again, then reported.
        delivery.require_complete(
            steps.find_edition(settings, REPORT, month, **edition), deliveries
        )
        return [f"{d.recipient}: {d.state}" for d in deliveries]

    month = period()
    waited = WaitForSources(
        task_id="wait_for_sources",
        period=month,
        execution_timeout=timedelta(days=14),  # the wait itself ends at the report's deadline
    )
    editions = render.partial(month=month).expand(audience=audiences())
    waited >> editions
    deliver.partial(month=month).expand(edition=editions)


monthly_report()
