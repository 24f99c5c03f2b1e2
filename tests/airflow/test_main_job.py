"""Feedback in, a gated, archived and mailed PDF out, by a real Airflow scheduler."""

import hashlib
import json
import re
from collections import Counter

import duckdb
import pytest

from wellheard import audiences, publication
from wellheard.errors import WellheardError

REPORT, PERIOD = "executive_monthly", "2026-10"
pytestmark = [
    pytest.mark.airflow,
    pytest.mark.timeout(600),
]


def recipients(job):
    return {
        name.casefold(): audience.name
        for audience in audiences.load(job.demo, REPORT)
        for name in audience.recipients
    }


def test_every_audience_has_one_archived_edition_of_the_last_complete_month(main_job):
    found = {str(path.relative_to(main_job.demo.editions)) for path in main_job.outcome.editions}
    assert found == {
        f"{REPORT}/{PERIOD}/{audience.name}/r1/report.pdf"
        for audience in audiences.load(main_job.demo, REPORT)
    }


def test_every_recipient_gets_exactly_one_message_with_the_pdf_of_their_audience(main_job):
    whose = recipients(main_job)
    sent = [m for m in main_job.mail() if m["to"].casefold() in whose]
    assert Counter(m["to"].casefold() for m in sent) == Counter(whose.keys())
    for message in sent:
        (pdf,) = message.iter_attachments()
        archived = main_job.demo.editions / REPORT / PERIOD / whose[message["to"].casefold()]
        assert pdf.get_content() == (archived / "r1" / "report.pdf").read_bytes()
        assert message.get_body(("plain",)) is not None
        assert message.get_body(("html",)) is not None


def test_the_gate_let_it_pass_and_the_edition_says_so(main_job):
    newest = publication.latest(main_job.demo)
    assert newest.manifest.verdict in {"PASS", "WARN"}
    for pdf in main_job.outcome.editions:
        manifest = json.loads((pdf.parent / "manifest.json").read_text())
        assert manifest["verdict"] == newest.manifest.verdict
        assert (
            hashlib.sha256(pdf.read_bytes()).hexdigest()
            == manifest["files"]["report.pdf"]["sha256"]
        )


def test_progress_and_airflow_name_the_audience_a_mapped_task_is_for(main_job):
    said = " ".join(main_job.said)
    for audience in audiences.load(main_job.demo, REPORT):
        assert f"render[{audience.name}] · success" in said
        assert f"deliver[{audience.name}] · success" in said


def test_the_gates_log_is_about_the_gate_and_not_about_its_library(main_job):
    (log,) = (main_job.demo.var / "airflow" / "logs").glob("dag_id=metrics/*/task_id=check/*.log")
    assert main_job.outcome.verdict.splitlines()[0] in log.read_text()
    assert "great_expectations._docs_decorators" not in log.read_text()


def test_nothing_was_lost_on_the_way_into_the_lake(main_job):
    from wellheard.lake import as_lake

    manifests = as_lake(main_job.demo).manifests()
    assert {(m.source, m.stream) for m in manifests} == {
        ("zendesk", "tickets"),
        ("zendesk", "ticket_events"),
        ("zendesk", "users"),
        ("zendesk", "organizations"),
        ("zendesk", "satisfaction_ratings"),
        ("typeform", "forms"),
        ("typeform", "responses"),
        ("messaging", "requests"),
    }
    for manifest in manifests:
        assert manifest.end_signal
        assert manifest.sent == manifest.landed
        assert manifest.landed > 0 or manifest.stream == "organizations"  # Larkfield has none


def test_running_the_month_again_makes_the_same_editions_and_sends_nothing(main_job):
    before, messages = main_job.editions(), len(main_job.mail())
    run_id = main_job.api.trigger("monthly_report", period=PERIOD, deliver="yes")
    main_job.api.wait_for("monthly_report", run_id, 240, print)
    assert main_job.editions() == before
    assert len(main_job.mail()) == messages


def test_a_month_that_is_not_over_waits_without_a_worker(main_job):
    run_id = main_job.api.trigger("monthly_report", period="2026-11")
    main_job.api.wait_for_task("monthly_report", run_id, "wait_for_sources", "deferred", 90)
    main_job.api.end("monthly_report", run_id)
    assert not any("2026-11" in path for path in main_job.editions())


def test_a_period_that_is_no_month_is_refused_by_airflow_itself(main_job):
    with pytest.raises(WellheardError, match=r"(?s)refused to run monthly_report.*period"):
        main_job.api.trigger("monthly_report", period="2026-13")


def test_a_failed_landing_names_source_stream_and_window_and_tells_the_operators(main_job):
    before = {path: path.read_bytes() for path in (main_job.demo.var / "lake").rglob("*.json")}
    run_id = main_job.api.trigger("ingest_zendesk", window="2026-11-02/2026-12-01")
    # The window lies in the demo's future: it has not settled, so the run waits, then is ended.
    main_job.api.wait_for_task("ingest_zendesk", run_id, "until_settled", "deferred", 90)
    main_job.api.end("ingest_zendesk", run_id)
    assert {p: p.read_bytes() for p in (main_job.demo.var / "lake").rglob("*.json")} == before


def test_wrong_credentials_fail_at_once_name_the_connection_and_reach_the_operators(main_job):
    main_job.api.add_connection(
        "typeform",
        conn_type="http",
        host=main_job.api.get("/connections/typeform")["host"],
        password="not-the-token",
    )
    run_id = main_job.api.trigger("ingest_typeform", window="2026-10-30/2026-10-31")
    with pytest.raises(WellheardError, match="typeform") as caught:
        main_job.api.wait_for("ingest_typeform", run_id, 120, print)
    assert "connection" in str(caught.value)
    assert "not-the-token" not in str(caught.value)
    operators = set(main_job.demo.company.operators)
    notices = [m for m in main_job.mail() if m["to"] in operators]
    assert any("ingest_typeform" in m["subject"] for m in notices)


def test_no_secret_reaches_a_log_or_a_report(main_job):
    from wellheard.demo.simulators import typeform, zendesk

    secrets = [s.encode() for s in (typeform.TOKEN, zendesk.TOKEN, "not-the-token")]
    logs = [p for p in (main_job.demo.var / "airflow" / "logs").rglob("*") if p.is_file()]
    assert logs
    logs += [main_job.demo.var / "logs" / "airflow.log"]
    for path in [*logs, *(p for p in main_job.demo.editions.rglob("*") if p.is_file())]:
        content = path.read_bytes()
        assert not [secret for secret in secrets if secret in content], path


# An address, or two words side by side; of three words both pairs.
NAMING = re.compile(r"[\w.+-]+@[\w.-]+\w|(?<![\w'-])(?=([\w'-]+ [\w'-]+))")


def test_no_customer_is_named_in_a_log_a_report_or_a_message(main_job):
    with duckdb.connect(str(main_job.demo.warehouse), read_only=True) as connection:
        rows = connection.execute("select name, email from restricted.customer_identities")
        customers = {cell for row in rows.fetchall() for cell in row if cell}
    assert len(customers) > 1000
    planted = f"Ticket of {sorted(customers)[0]}"
    assert customers & {match[1] or match[0] for match in NAMING.finditer(planted)}

    var = main_job.demo.var
    folders = [var / "airflow" / "logs", var / "logs", var / "mail", main_job.demo.editions]
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    paths += (var / "builds").rglob("*.json")
    assert len(paths) > 10
    for path in paths:
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not customers & {match[1] or match[0] for match in NAMING.finditer(text)}, path
