"""`ingest_<source>`: one DAG for every source enabled in wellheard.yml."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, CronDataIntervalTimetable, Param, dag, task

from wellheard import coverage, ingest
from wellheard.ingest import STREAMS_AT_ONCE, ConfiguredSource
from wellheard.lake import as_lake
from wellheard.periods import Window
from wellheard_airflow import runtime
from wellheard_airflow.waiting import WaitUntil

DOC = """
Lands what **{title}** changed in one window, a task for each stream, and says so to `metrics`.

* A scheduled run lands from where the lake's gap-free cover ends to the end of its day: a missed
  day is made good by the next run, and the first run loads the whole history. A window longer than
  {days} days (`history_slice_days`) is landed in slices; a task that is tried again goes on behind
  the last one.
* Repair: trigger with `window`, for example `2025-09-01/2026-11-01` (UTC, without its end). All of
  it is read again and replaces what was landed.
* A quota of requests for the day that is spent is no failure: the task waits for the next day's and
  goes on; its log says when. All tasks and processes of this machine count together.
* Connection: `{connection}`. `wellheard doctor` tells whether it works.
"""
WINDOW = Param(
    None,
    type=["null", "string"],
    title="Window",
    pattern=r"^\s*\d{4}-\d{2}-\d{2}[^/]*/\s*\d{4}-\d{2}-\d{2}[^/]*$",
    description="START/END in UTC without its end, for a first load or a repair, "
    "for example 2026-10-01/2026-11-01; empty: what is due by the end of the run's day",
)


def ingest_dag(source: ConfiguredSource) -> None:
    """Declare the DAG of one source."""
    name, connection_id = source.name, source.connection_id

    @dag(
        dag_id=f"ingest_{name}",
        schedule=runtime.by_clock(CronDataIntervalTimetable("0 0 * * *", timezone="UTC")),
        start_date=source.history_start,
        catchup=False,
        max_active_runs=1,
        max_active_tasks=STREAMS_AT_ONCE,  # they share the account's budget, whoever reads
        default_args=runtime.default_args(),
        params={"window": WINDOW},
        tags=["wellheard", "ingest", name],
        description=f"Lands what {source.source.title} changed in one window",
        doc_md=DOC.format(
            title=source.source.title,
            connection=connection_id or "none needed",
            days=source.config.history_slice_days,
        ),
        dagrun_timeout=timedelta(days=30),  # a long history may take the quotas of many days
        on_failure_callback=runtime.notify_timeout,
    )
    def source_dag() -> None:
        @task
        @runtime.told
        def window() -> dict[str, str]:
            """Which window this run lands, from when on it can be read, and whether anew."""
            context = runtime.current()
            chosen = runtime.window_of(context, source)
            settled = chosen.end + coverage.settle(source)
            return {
                "window": f"{chosen.start.isoformat()}/{chosen.end.isoformat()}",
                "settled": settled.isoformat(),
                "repair": "yes" if context["params"].get("window") else "",
            }

        chosen = window()
        settled = WaitUntil(
            task_id="until_settled",
            moment=chosen["settled"],
            doc_md="A vendor may still add rows to the last minutes; they are not read too early.",
        )

        @task(retries=runtime.PATIENT, execution_timeout=timedelta(hours=12))
        @runtime.told
        def land(stream: str, chosen: dict[str, str]) -> list[dict[str, Any]]:
            """Read the stream to the vendor's own end; what it landed before is replaced."""
            known = runtime.settings()
            manifests = ingest.ingest(
                known,
                name,
                Window.parse(chosen["window"]),
                connection=runtime.connection(connection_id) if connection_id else None,
                extracted_at=known.now(),
                streams=[stream],
                repair=bool(chosen["repair"]),
                progress=runtime.say,
                notice=lambda text: runtime.notify(f"{name}: a field has changed its type", text),
            )
            return [
                {"stream": m.stream, "window": m.window.key, "sent": m.sent, "landed": m.landed}
                for m in manifests
            ]

        @task(outlets=[Asset(runtime.LAKE_ASSET.format(source=name))])
        @runtime.told
        def landed() -> dict[str, str]:
            """Tell `metrics`, and say up to where the source is complete."""
            mark = coverage.watermark(as_lake(runtime.settings()), source)
            runtime.say(
                f"{name} is complete up to {mark}" if mark else f"{name} lacks its beginning"
            )
            return {"watermark": mark.isoformat() if mark else ""}

        landings = [
            land.override(task_id=f"land_{stream.name}")(stream.name, chosen)
            for stream in source.streams
        ]
        settled >> landings >> landed()

    source_dag()


_settings = runtime.settings()
for _name in _settings.company.enabled_sources:
    ingest_dag(ingest.configured(_settings, _name))
