"""What tasks make of their run, of errors and of waiting; Airflow is imported, not started."""

import asyncio
import importlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pendulum
import pytest
from runtime_world import COMPANY, context, publish, utc

from wellheard import errors, ingest
from wellheard.periods import Window
from wellheard.settings import PROJECT, Settings

WINDOW = Window(utc("2026-10-01"), utc("2026-10-02"))
WHERE = {"source": "zendesk", "stream": "tickets", "window": WINDOW}


@pytest.fixture(scope="module")
def airflow(tmp_path_factory):
    """The modules under test, with an Airflow whose home is a folder of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_HOME", str(tmp_path_factory.mktemp("airflow")))
        patch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
        yield SimpleNamespace(
            runtime=importlib.import_module("wellheard_airflow.runtime"),
            waiting=importlib.import_module("wellheard_airflow.waiting"),
            sdk=importlib.import_module("airflow.sdk"),
            exceptions=importlib.import_module("airflow.sdk.exceptions"),
            types=importlib.import_module("airflow.utils.types"),
        )


@pytest.fixture
def var(tmp_path, monkeypatch):
    """A company at eight in the morning of 2 November 2026; its state lies here."""
    (tmp_path / "wellheard.yml").write_text(COMPANY)
    monkeypatch.setenv("WELLHEARD_COMPANY_DIR", str(tmp_path))
    monkeypatch.setenv("WELLHEARD_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("WELLHEARD_TODAY", "2026-11-02T08:00:00+00:00")
    return tmp_path / "var"


@pytest.fixture
def zendesk(var):
    return ingest.configured(Settings(), "zendesk")


def wait(airflow, period="2026-10"):
    return airflow.waiting.WaitForSources(task_id="wait", period=period)


# The month and the window of a run


@pytest.mark.parametrize(
    ("start", "end", "month"),
    [
        ("2026-09-30T23:00", "2026-11-01T00:00", "2026-10"),  # summer time ends in it
        ("2026-03-01T00:00", "2026-03-31T23:00", "2026-03"),  # summer time begins in it
        ("2026-01-01T00:00", "2026-02-01T00:00", "2026-01"),
        ("2026-06-30T23:00", "2026-07-31T23:00", "2026-07"),
    ],
)
def test_a_scheduled_run_reports_the_month_of_its_data_interval_in_the_zone(
    airflow, var, start, end, month
):
    found = airflow.runtime.period_of(context(start=utc(start), end=utc(end)))
    assert str(found) == month


def test_the_schedule_gives_whole_months_of_the_reporting_zone_across_the_change_of_clocks(
    airflow, var
):
    from airflow.timetables.interval import CronDataIntervalTimetable

    timetable = CronDataIntervalTimetable("0 0 1 * *", timezone="Europe/London")
    for run_after, month in (("2026-11-01T00:00", "2026-10"), ("2026-03-31T23:00", "2026-03")):
        interval = timetable.infer_manual_data_interval(
            run_after=pendulum.parse(run_after, tz="UTC")
        )
        told = context(start=interval.start, end=interval.end)
        assert str(airflow.runtime.period_of(told)) == month


def test_the_period_param_wins_over_the_data_interval(airflow, var):
    told = context({"period": "2026-05"}, utc("2026-09-30T23:00"), utc("2026-11-01"))
    assert str(airflow.runtime.period_of(told)) == "2026-05"


@pytest.mark.parametrize("interval", [(None, None), (utc("2026-10-21"), utc("2026-10-21"))])
def test_a_run_that_has_no_month_of_its_own_is_never_given_one_by_the_clock(
    airflow, var, zendesk, interval
):
    told = context({"period": None, "window": None}, *interval)
    with pytest.raises(errors.ConfigError, match="period param"):
        airflow.runtime.period_of(told)
    with pytest.raises(errors.ConfigError, match="window param"):
        airflow.runtime.window_of(told, zendesk)


def test_the_first_scheduled_run_lands_the_whole_history_and_the_param_wins(airflow, zendesk):
    day = (utc("2026-10-31"), utc("2026-11-01"))
    assert airflow.runtime.window_of(context({}, *day), zendesk) == Window(
        utc("2026-01-01"), utc("2026-11-01")
    )
    told = context({"window": "2026-10-01/2026-10-02"}, *day)
    assert airflow.runtime.window_of(told, zendesk) == WINDOW


@pytest.mark.parametrize(
    ("deliver", "run_type", "sent"),
    [
        ("auto", "SCHEDULED", True),
        ("auto", "MANUAL", True),
        ("auto", "BACKFILL_JOB", False),
        ("yes", "BACKFILL_JOB", True),
        ("no", "SCHEDULED", False),
    ],
)
def test_a_back_fill_sends_only_when_told(airflow, deliver, run_type, sent):
    kind = airflow.types.DagRunType[run_type]
    assert airflow.runtime.sends(context({"deliver": deliver}, run_type=kind)) is sent


# Errors


def raised(airflow, error):
    @airflow.runtime.told
    def task():
        raise error

    try:
        task()
    except Exception as problem:
        return problem
    return None


@pytest.mark.parametrize(
    "error",
    [
        errors.AccessDenied("401; check the connection 'zendesk'", **WHERE),
        errors.ConfigError("wellheard.yml: company: missing"),
        errors.GateError("no checks"),
        errors.Held("a source is late"),
        errors.PublicationError("damaged"),
        errors.ReportError("no answers"),
    ],
)
def test_what_only_a_person_can_mend_fails_at_once_with_its_own_words(airflow, error):
    found = raised(airflow, error)
    assert type(found) is airflow.exceptions.AirflowFailException
    assert str(found) == str(error)


@pytest.mark.parametrize(
    "error",
    [
        errors.SourceError("503", **WHERE),
        errors.NotSettled("too early", **WHERE),
        errors.LandingError("disk full"),
        errors.WarehouseLocked("by process 7"),
        errors.DeliveryError("mail server down"),
        OSError("connection reset"),
    ],
)
def test_what_may_mend_itself_stays_as_it_is_and_is_tried_again(airflow, error):
    assert raised(airflow, error) is error


def test_a_spent_quota_frees_the_worker_until_the_quota_is_back(airflow, var, caplog):
    # Today is 8:00 on 2 November here; Airflow waits as long by its own clock.
    for back, hours in (("2026-11-03T00:00", 16), ("2026-11-02T07:59", 1 / 60)):
        error = errors.QuotaSpent("daily quota", resume_at=utc(back), **WHERE)
        with caplog.at_level("WARNING"):
            found = raised(airflow, error)
        assert type(found) is airflow.exceptions.AirflowRescheduleException
        left = found.reschedule_date - datetime.now(UTC)
        assert abs(left - timedelta(hours=hours)) < timedelta(seconds=30)
        assert f"goes on by itself at {found.reschedule_date:%Y-%m-%d %H:%M} UTC" in caplog.text


def test_a_hold_of_the_gate_is_final_and_anything_else_goes_on(airflow):
    with pytest.raises(airflow.exceptions.AirflowFailException, match="volume: 3 rows"):
        airflow.runtime.stop_on_hold("HOLD", "HOLD\nvolume: 3 rows")
    airflow.runtime.stop_on_hold("WARN", "WARN")
    airflow.runtime.stop_on_hold("PASS", "PASS")


def test_a_connection_nobody_added_is_named_with_what_to_do(airflow):
    with pytest.raises(errors.ConfigError, match=r"'nowhere'.*Admin, Connections"):
        airflow.runtime.connection("nowhere")


def test_an_airflow_connection_reaches_the_library_whole(airflow, monkeypatch):
    stored = {
        "conn_type": "http",
        "host": "https://larkfield.zendesk.com",
        "login": "agent",
        "password": "s3cret",
        "extra": {"requests_per_minute": 10},
    }
    monkeypatch.setenv("AIRFLOW_CONN_A_VENDOR", json.dumps(stored))
    found = airflow.runtime.connection("a_vendor")
    assert (found.host, found.login, found.password) == (
        "https://larkfield.zendesk.com",
        "agent",
        "s3cret",
    )
    assert found.extra == {"requests_per_minute": 10}
    assert "s3cret" not in repr(found)


# Notices


def notices(var):
    return [json.loads(line) for line in (var / "notices.jsonl").read_text().splitlines()]


def test_a_failed_task_is_on_file_even_when_there_is_no_mail_connection(airflow, var):
    instance = SimpleNamespace(dag_id="metrics", task_id="check")
    problem = airflow.exceptions.AirflowFailException("HOLD\nvolume: 3 rows")
    airflow.runtime.notify_failure(context(task_instance=instance, exception=problem))
    (notice,) = notices(var)
    assert notice["subject"] == "metrics.check failed"
    assert "a_run" in notice["text"]
    assert "volume: 3 rows" in notice["text"]
    assert notice["sent_to"] == []
    assert "wellheard_smtp" in " ".join(notice["problems"])


def test_a_run_ended_for_lasting_too_long_is_told_and_a_failed_task_not_twice(airflow, var):
    airflow.runtime.notify_timeout(context(reason="task_failure"))
    airflow.runtime.notify_timeout(context(reason="timed_out"))
    (notice,) = notices(var)
    assert notice["subject"] == "metrics was ended"
    assert "lasted too long" in notice["text"]


# Waiting


def test_a_complete_month_is_not_waited_for(airflow, var):
    publish(var, {"zendesk": "2026-11-02", "typeform": "2026-11-01"})
    assert wait(airflow).execute(context()) is None


def test_a_late_source_is_waited_for_without_a_worker_until_the_deadline(airflow, var):
    publish(var, {"zendesk": "2026-11-02", "typeform": "2026-10-31"})
    with pytest.raises(airflow.exceptions.TaskDeferred) as deferred:
        wait(airflow).execute(context())
    name, arguments = deferred.value.trigger.serialize()
    assert name == "wellheard_airflow.waiting.CoverTrigger"
    assert arguments["period"] == "2026-10"
    assert arguments["deadline"] == "2026-11-06T00:00:00+00:00"
    assert deferred.value.method_name == "resume"


def test_the_first_publication_is_waited_for_too(airflow, var):
    with pytest.raises(airflow.exceptions.TaskDeferred):
        wait(airflow).execute(context())


def test_past_the_deadline_it_is_a_hold_that_names_every_late_source(airflow, var, monkeypatch):
    publish(var, {"zendesk": "2026-10-31T12:00", "typeform": None})
    monkeypatch.setenv("WELLHEARD_TODAY", "2026-11-06T00:00:00+00:00")
    with pytest.raises(airflow.exceptions.AirflowFailException) as held:
        wait(airflow).execute(context())
    message = str(held.value)
    assert message.startswith("HOLD: 2026-10")
    assert "zendesk is known up to 2026-10-31 12:00 UTC" in message
    assert "typeform has landed nothing yet" in message


def first_event(trigger, seconds=10):
    async def one():
        return await asyncio.wait_for(anext(trigger.run()), seconds)

    return asyncio.run(one()).payload


def test_the_trigger_fires_once_a_publication_covers_the_month_and_the_task_goes_on(airflow, var):
    publish(var, {"zendesk": "2026-11-02", "typeform": "2026-10-31"})
    trigger = airflow.waiting.CoverTrigger("2026-10", "2026-11-06T00:00:00+00:00", 0.05)
    with pytest.raises(TimeoutError):
        first_event(trigger, seconds=0.5)
    publish(var, {"zendesk": "2026-11-02", "typeform": "2026-11-01"}, "p000000000002")
    event = first_event(trigger)
    assert event == {"lacking": ""}
    assert wait(airflow).resume(context(), event) is None


def test_the_trigger_gives_up_at_the_deadline_and_the_task_holds(airflow, var, monkeypatch):
    publish(var, {"zendesk": "2026-11-02", "typeform": "2026-10-31"})
    monkeypatch.setenv("WELLHEARD_TODAY", "2026-11-06T00:00:00+00:00")
    event = first_event(airflow.waiting.CoverTrigger("2026-10", "2026-11-06T00:00:00+00:00", 0.05))
    with pytest.raises(airflow.exceptions.AirflowFailException, match=r"HOLD.*typeform"):
        wait(airflow).resume(context(), event)


def test_a_moment_before_the_settings_today_is_not_waited_for_whatever_the_clock_says(
    airflow, var, monkeypatch
):
    monkeypatch.setenv("WELLHEARD_TODAY", "2999-01-02T00:00:00+00:00")
    until = airflow.waiting.WaitUntil(task_id="until", moment="2999-01-01T00:10:00+00:00")
    assert until.execute(context()) is None


def test_a_moment_to_come_is_waited_for_without_a_worker(airflow, var):
    until = airflow.waiting.WaitUntil(task_id="until", moment="2026-11-02T08:00:01+00:00")
    before = Settings(today=None).now()
    with pytest.raises(airflow.exceptions.TaskDeferred) as deferred:
        until.execute(context())
    # Never so short that the trigger could fire before the scheduler knows of the deferral.
    assert deferred.value.trigger.moment >= before + timedelta(seconds=10)


# Parsing

HEAVY = {
    *("great_expectations", "weasyprint", "dbt", "pandas", "scipy", "pyarrow"),
    *("fontTools", "vl_convert", "pikepdf"),
}
READ = """
import importlib.util, sys
for path in sys.argv[1:]:
    spec = importlib.util.spec_from_file_location("a_dag", path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
print("LOADED", *sys.modules)
"""


def test_no_dag_file_imports_a_heavy_library(tmp_path, var):
    files = sorted((PROJECT / "dags").glob("*.py"))
    done = subprocess.run(
        [sys.executable, "-c", READ, *map(str, files)],
        env={**os.environ, "AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    (loaded,) = [line for line in done.stdout.splitlines() if line.startswith("LOADED")]
    assert "wellheard_airflow.runtime" in loaded.split()
    assert set(loaded.split()) & HEAVY == set()


def test_a_component_that_died_while_airflow_started_is_named_with_its_error(tmp_path):
    from wellheard.demo.airflow import first_error

    log = tmp_path / "airflow.log"
    log.write_text(
        "scheduler  | 2026-11-21T20:59:55Z [info     ] Waiting for application startup.\n"
        "scheduler  | Traceback (most recent call last):\n"
        "scheduler  |   File 'x.py', line 1\n"
        "scheduler  | PermissionError: [Errno 13] Permission denied\n"
        "scheduler  | AttributeError: 'LocalExecutor' object has no attribute 'workers'\n"
    )
    assert first_error(log) == (
        "; the first error in it, of the scheduler: PermissionError: [Errno 13] Permission denied"
    )
    log.write_text("scheduler  | all is well\n")
    assert first_error(log) == ""
