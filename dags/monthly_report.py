"""`monthly_report`: render the month's editions and deliver each to its audience, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import Asset, CronDataIntervalTimetable, Param, dag, task, task_group

from wellheard_airflow import runtime
from wellheard_airflow.waiting import WaitForSources

REPORT = "executive_monthly"
DOC = """
Waits (deferred, without a worker) until the latest publication covers the month from every enabled
source, makes one edition per audience of `audiences.yml`, and mails each edition to its recipients.

* The month is the data interval's, or the `period` param, never the clock's: scheduled, manual and
  back-filled runs of one month make the same edition.
* `deliver`: yes, no, or auto: a back-fill archives only, any other run delivers.
* The ledger keeps a recipient from getting an edition twice, however often this runs.
* Past the deadline with a source still missing: HOLD, nothing is sent, the operators are told.
"""
_company = runtime.settings().company
# The wait ends by itself at the report's deadline; these only end what hangs.
_longest_wait = timedelta(days=_company.report_deadline_days + 32)  # begun as early as the month


@dag(
    dag_id="monthly_report",
    schedule=runtime.by_clock(
        CronDataIntervalTimetable("0 0 1 * *", timezone=_company.reporting_zone)
    ),
    start_date=datetime(2020, 1, 1, tzinfo=_company.zone),
    catchup=False,
    max_active_runs=4,  # a month that waits for a late source does not hold up another one
    default_args=runtime.default_args(),
    params={
        "period": Param(
            None,
            type=["null", "string"],
            title="Month",
            pattern=r"^\d{4}-(0[1-9]|1[0-2])$",
            description="The month to report, for example 2026-10; empty: the run's data interval",
        ),
        "deliver": Param(
            "auto",
            type="string",
            enum=["auto", "yes", "no"],
            values_display={
                "auto": "Yes, unless this is a back-fill",
                "yes": "Yes",
                "no": "No, archive only",
            },
            title="Deliver",
            description="Mail the editions to their audiences; who has one already gets no second",
        ),
    },
    tags=["wellheard", "report"],
    description="Renders the month's editions and mails each to its audience, once",
    doc_md=DOC,
    dagrun_timeout=_longest_wait + timedelta(days=1),
    on_failure_callback=runtime.notify_timeout,
)
def monthly_report() -> None:
    @task
    @runtime.told
    def period() -> str:
        """Which month this run reports."""
        return str(runtime.period_of(runtime.current()))

    @task
    @runtime.told
    def audiences() -> list[str]:
        """Who gets an edition, from audiences.yml."""
        from wellheard import audiences as known

        return [audience.name for audience in known.load(runtime.settings(), REPORT)]

    @task(
        inlets=[Asset(runtime.PUBLICATION_ASSET)],
        map_index_template="{{ task.op_kwargs['audience'] }}",
    )
    @runtime.told
    def render(audience: str, month: str) -> dict[str, Any]:
        """Make the audience's edition, or find the one archived with the same numbers."""
        from wellheard import steps

        edition = steps.make_edition(runtime.settings(), REPORT, month, audience)
        runtime.say(
            f"{audience} r{edition.revision}, {edition.manifest.pages} pages: {edition.pdf}"
        )
        return {"audience": audience, "revision": edition.revision}

    @task(
        retries=runtime.PATIENT,
        map_index_template="{{ task.op_kwargs['edition']['audience'] }}",
    )
    @runtime.told
    def deliver(edition: dict[str, Any], month: str) -> list[str]:
        """Mail the edition, one message per recipient; the ledger keeps each to one."""
        from wellheard import delivery, steps

        if not runtime.sends(runtime.current()):
            runtime.say("archived only; not sent, as told or because this is a back-fill")
            return []
        settings = runtime.settings()
        mail = runtime.connection(settings.company.mail_connection)
        deliveries = steps.deliver_edition(
            settings, REPORT, month, **edition, connection=mail, progress=runtime.say
        )
        # A recipient still without the edition fails the task: it is tried again, then reported.
        if deliveries:
            found = steps.find_edition(settings, REPORT, month, **edition)
            delivery.require_complete(found, deliveries)
        return [f"{d.recipient}: {d.state}" for d in deliveries]

    month = period()
    waited = WaitForSources(
        task_id="wait_for_sources",
        period=month,
        execution_timeout=_longest_wait,
    )

    # Mapped together, so that an audience whose edition fails keeps the mail from nobody else.
    @task_group(prefix_group_id=False)
    def edition(audience: str, month: str) -> None:
        """One audience's edition, rendered and mailed."""
        deliver(edition=render(audience=audience, month=month), month=month)

    waited >> edition.partial(month=month).expand(audience=audiences())


monthly_report()
