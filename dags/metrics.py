"""`metrics`: build the warehouse, gate the build, publish it if it passed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import Asset, Param, dag, task

from wellheard import gate, publish, warehouse
from wellheard_airflow import runtime

DOC = """
`build` runs dbt over the lake, `check` lets Great Expectations give the verdict, `release` freezes
the reporting tables as a publication.

* Runs when every enabled source has landed. One at a time: one DuckDB file has one writer.
* Same landings, same project: same build, dbt is not run again (`force` runs it all the same).
* **HOLD** stops here and tells the operators which expectation failed with which values. The data
  docs lie in the build's folder.
"""

_company = runtime.settings().company
_lake = [Asset(runtime.LAKE_ASSET.format(source=name)) for name in _company.enabled_sources]


@dag(
    dag_id="metrics",
    schedule=_lake or None,
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=runtime.default_args(),
    params={
        "force": Param(
            False, type="boolean", title="Force", description="Run dbt even if nothing changed"
        )
    },
    tags=["wellheard", "metrics"],
    description="Builds the warehouse, gates the build, publishes it if it passed",
    doc_md=DOC,
    dagrun_timeout=timedelta(hours=6),
    on_failure_callback=runtime.notify_timeout,
)
def metrics() -> None:
    @task
    @runtime.told
    def build() -> str:
        """Run dbt over the lake; the warehouse is replaced when all of it has succeeded."""
        force = bool(runtime.current()["params"].get("force"))
        settings = runtime.settings()
        today = settings.now().date()
        return warehouse.build(settings, progress=runtime.say, force=force, today=today).id

    @task
    @runtime.told
    def check(build_id: str) -> str:
        """Evaluate the expectations; HOLD ends the run here."""
        settings = runtime.settings()
        built = warehouse.current(settings)
        verdict = gate.evaluate(settings, built, as_of=settings.now(), progress=runtime.say)
        summary = gate.summary(verdict)
        runtime.say(summary)
        runtime.stop_on_hold(verdict.word, summary)
        return verdict.word

    @task(outlets=[Asset(runtime.PUBLICATION_ASSET)])
    @runtime.told
    def release(build_id: str, word: str) -> str:
        """Freeze the reporting tables; everything downstream reads these."""
        settings = runtime.settings()
        built = warehouse.current(settings)
        verdict = gate.load_verdict(settings, built)
        publication = publish.publish(settings, built, verdict, published_at=settings.now())
        runtime.say(f"publication {publication.id}: {publication.folder}")
        return publication.id

    built = build()
    release(built, check(built))


metrics()
