"""Waiting without holding a worker: for a moment, or until every source covers the month."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, NoReturn

from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowFailException
from airflow.triggers.base import BaseTrigger, TriggerEvent

from wellheard import publication
from wellheard.errors import PublicationError
from wellheard.periods import Period
from wellheard_airflow import runtime

# A trigger that fires before the scheduler has taken note of the deferral makes Airflow 3.3 take
# the task for lost ("finished with state success, but the task instance's state is queued").
SHORTEST_WAIT = timedelta(seconds=20)


def missing(period: Period) -> str:
    """What keeps the month from being reported, in words; empty when nothing does."""
    settings = runtime.settings()
    try:
        newest = publication.latest(settings)
    except PublicationError as error:
        return str(error)
    end = period.window(settings.company.zone).end
    late = newest.missing(period, settings.company.zone)
    return "; ".join(
        f"{source} is known up to {mark:%Y-%m-%d %H:%M} UTC, {end:%Y-%m-%d %H:%M} UTC is needed"
        if mark
        else f"{source} has landed nothing yet"
        for source, mark in sorted(late.items())
    )


class WaitUntil(BaseOperator):
    """Wait until a moment (ISO time); one that has passed is not waited for at all."""

    template_fields = ("moment",)

    def __init__(self, *, moment: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.moment = moment

    def execute(self, context: Context) -> None:
        # Today is a setting of the demo's: the real clock may be years off it, either way.
        left = datetime.fromisoformat(self.moment) - runtime.settings().now()
        if left <= timedelta(0):
            self.log.info("%s has passed", self.moment)
            return
        self.log.info("waiting until %s", self.moment)
        self.defer(trigger=TimeDeltaTrigger(max(left, SHORTEST_WAIT)), method_name="resume")

    def resume(self, context: Context, event: Any) -> None:
        self.log.info("%s has passed", self.moment)


class CoverTrigger(BaseTrigger):
    """Fires when the latest publication covers the month, or at the deadline."""

    def __init__(self, period: str, deadline: str, every_seconds: float = 60.0) -> None:
        super().__init__()
        self.period, self.deadline, self.every_seconds = period, deadline, every_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        arguments = {
            "period": self.period,
            "deadline": self.deadline,
            "every_seconds": self.every_seconds,
        }
        return f"{__name__}.{type(self).__name__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        period, deadline = Period.parse(self.period), datetime.fromisoformat(self.deadline)
        while True:
            # The task has just looked; see SHORTEST_WAIT.
            await asyncio.sleep(self.every_seconds)
            lacking = await asyncio.to_thread(missing, period)
            if not lacking or runtime.settings().now() >= deadline:
                yield TriggerEvent({"lacking": lacking})
                return


class WaitForSources(BaseOperator):
    """Wait until the latest publication covers the period from every enabled source.

    Deferred, it costs no worker. `report_deadline_days` after the period's end it gives up: that is
    a HOLD, nothing is rendered or sent, and the operators are told which source is late.
    """

    template_fields = ("period",)

    def __init__(self, *, period: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.period = period

    @runtime.told
    def execute(self, context: Context) -> None:
        period = Period.parse(self.period)
        settings = runtime.settings()
        end = period.window(settings.company.zone).end
        deadline = end + timedelta(days=settings.company.report_deadline_days)
        lacking = missing(period)
        if not lacking:
            self.log.info("%s is complete in every source", period)
            return
        if settings.now() >= deadline:
            self._hold(period, lacking)
        self.log.info("waiting until %s: %s", deadline, lacking)
        self.defer(
            trigger=CoverTrigger(str(period), deadline.isoformat()),
            method_name="resume",
        )

    def resume(self, context: Context, event: dict[str, str]) -> None:
        period = Period.parse(self.period)
        if event["lacking"]:
            self._hold(period, event["lacking"])
        self.log.info("%s is complete in every source", period)

    def _hold(self, period: Period, lacking: str) -> NoReturn:
        raise AirflowFailException(
            f"HOLD: {period} is not complete and its deadline has passed: {lacking}. "
            "Mend the source, let its ingest and the metrics run, then clear this task."
        )
