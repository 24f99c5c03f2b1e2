"""Real answers and real cases through files, DAGs, gate and report, started by Airflow's own clock.

The company is `examples/telecom`. Its two data sets are not part of the project; where they are not
beside it, these tests are skipped.
"""

import csv
import email
import email.policy
import gzip
import io
import json
import shutil
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdf
import pytest

from wellheard import publication, settings, warehouse_file
from wellheard.demo import airflow
from wellheard.demo.processes import free_ports, running, wait_for_file
from wellheard.errors import WellheardError

PROJECT = Path(__file__).resolve().parents[2]
SHARED = PROJECT.parent / "shared"
ANSWERS, SUPPORT = SHARED / "data" / "telecom_nps.csv.gz", SHARED / "truth" / "support"
REPORT = "executive_monthly"
MONTHS = ["2017-12", "2018-01", "2018-02", "2018-03", "2018-04", "2018-05", "2018-06"]
LATE = 100  # answers of May 2018 that arrive in a second file

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not ANSWERS.exists(), reason="the telecom answers are not beside the project"
    ),
    pytest.mark.skipif(not SUPPORT.exists(), reason="the support cases are not beside the project"),
]


@dataclass(frozen=True)
class World:
    """A company on real files, with an Airflow that runs by the clock."""

    settings: settings.Settings
    api: airflow.Api
    late: list[dict[str, str]]

    def run(self, dag_id: str, **params):
        run_id = self.api.trigger(dag_id, **params)
        self.api.wait_for(dag_id, run_id, 300, print)

    def edition(self, month: str, revision: int = 1) -> Path:
        return self.settings.editions / REPORT / month / "executive_team" / f"r{revision}"

    def mail(self) -> list[email.message.EmailMessage]:
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted((self.settings.var / "mail").glob("*.eml"))
        ]


def rows_of(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(gzip.compress(text.getvalue().encode("utf-8")))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    place = tmp_path_factory.mktemp("telecom")
    company = place / "company"
    shutil.copytree(PROJECT / "examples" / "telecom", company)
    inbox = company / "inbox"
    inbox.mkdir(exist_ok=True)
    for name in ("cases.csv", "case_events.csv"):
        shutil.copy(SUPPORT / name, inbox)
    answers = rows_of(ANSWERS)
    may = [r for r in answers if "/05/2018" in r["CUSTOMER_RESPONSE_DATE"] and r["NPS_SCORE"]]
    late = may[:LATE]
    write_rows(inbox / "telecom_nps.csv.gz", [row for row in answers if row not in late])
    known = settings.Settings(company_dir=company, var=place / "var", editions=place / "editions")
    variables = {
        "WELLHEARD_COMPANY_DIR": str(company),
        "WELLHEARD_VAR": str(known.var),
        "WELLHEARD_EDITIONS": str(known.editions),
    }
    with running(place / "logs") as processes:
        server = airflow.prepare(place / "airflow", PROJECT / "dags", free_ports(3), variables)
        processes.start(
            "airflow", [sys.executable, "-m", "airflow", "standalone"], server.environment
        )
        ready = place / "mailbox.json"
        processes.start(
            "mailbox",
            [
                *(sys.executable, "-m", "wellheard.demo.mailbox"),
                *("--folder", str(known.var / "mail"), "--ready-file", str(ready)),
            ],
            server.environment,
        )
        api = airflow.Api(server, processes)
        api.wait_until_ready({"metrics", "monthly_report"}, 180, print)
        api.add_connection(
            "wellheard_smtp",
            conn_type="smtp",
            host="127.0.0.1",
            port=json.loads(wait_for_file(ready, processes, 60))["port"],
            extra=json.dumps({"disable_ssl": True, "disable_tls": True}),
        )
        # Nothing is triggered: the clock starts both sources, their assets start metrics.
        metrics = api.run_of_type("metrics", "asset_triggered", 240)
        api.wait_for("metrics", metrics, 300, print)
        yield World(known, api, late)


@pytest.fixture(scope="module")
def months(world):
    """All seven months: the first by a back-fill, the others triggered without delivery."""
    world.api.backfill("monthly_report", "2017-12-01T00:00:00Z", "2017-12-02T00:00:00Z")
    runs = [world.api.trigger("monthly_report", period=m, deliver="no") for m in MONTHS[1:]]
    runs.append(world.api.run_of_type("monthly_report", "backfill", 60))
    for run_id in runs:
        world.api.wait_for("monthly_report", run_id, 400, print)
    return world


def test_a_scheduled_run_lands_the_whole_history_and_starts_metrics(world):
    for name in ("telecom_nps", "service_desk"):
        run_id = world.api.run_of_type(f"ingest_{name}", "scheduled", 10)
        assert world.api.get(f"/dags/ingest_{name}/dagRuns/{run_id}")["state"] == "success"
    assert publication.latest(world.settings).manifest.verdict in {"PASS", "WARN"}


def test_every_answer_of_seven_months_is_counted_by_month_and_stage(world):
    expected = Counter()
    known = {row["response_id"] for row in world.late}
    for row in rows_of(ANSWERS):
        if row["NPS_SCORE"] and row["response_id"] not in known:
            month, year = row["CUSTOMER_RESPONSE_DATE"][3:10].split("/")
            stage = row["SURVEY_SUB_TYPE"].lower().replace(" ", "_")
            expected[(f"{year}-{month}", stage)] += 1
    with warehouse_file.connect(world.settings) as connection:
        found = connection.sql(
            "select period, journey_stage, count(*) from marts.fct_feedback "
            "where metric = 'nps' group by all"
        ).fetchall()
    assert {(period, stage): n for period, stage, n in found} == expected
    assert sum(expected.values()) == 2353 - LATE


def test_every_case_has_the_expected_support_metrics(world):
    with (SUPPORT / "expected_case_metrics.csv").open(newline="") as file:
        expected = {row.pop("case_id"): row for row in csv.DictReader(file)}
    columns = list(next(iter(expected.values())))
    with warehouse_file.connect(world.settings) as connection:
        rows = connection.sql(
            f"select case_key, {', '.join(columns)} from marts.fct_cases"
        ).fetchall()
    found = {key.split("|")[1]: dict(zip(columns, values, strict=True)) for key, *values in rows}
    assert found.keys() == expected.keys()
    different = {
        case: (column, found[case][column], row[column])
        for case, row in expected.items()
        for column in columns
        if not same(found[case][column], row[column])
    }
    assert different == {}


def same(value, text: str) -> bool:
    if value is None or text == "":
        return value is None and text == ""
    if text in ("True", "False"):
        return value is (text == "True")
    try:
        return float(value) == float(text)
    except ValueError:
        return str(value) == text


def test_every_month_has_a_pdf_and_a_back_fill_sends_none_of_them(months):
    for month in MONTHS:
        pdf = months.edition(month) / "report.pdf"
        assert len(pypdf.PdfReader(pdf).pages) >= 3, month
        shown = json.loads((pdf.parent / "data.json").read_text())
        assert shown["period"]["id"] == month
    assert {m["to"] for m in months.mail()} <= set(months.settings.company.operators)


def test_a_month_without_answers_is_refused_in_words_and_leaves_nothing(world):
    with pytest.raises(WellheardError, match=r"2019-01") as caught:
        world.run("monthly_report", period="2019-01", deliver="yes")
    assert "2018-06" in str(caught.value)
    assert not (world.settings.editions / REPORT / "2019-01").exists()


def test_a_late_file_restates_its_month_and_shows_what_was_printed(months):
    write_rows(
        months.settings.company_file.parent / "inbox" / "telecom_nps_late.csv.gz", months.late
    )
    today = datetime.now(UTC)
    before = (months.edition("2018-05") / "report.pdf").read_bytes()
    months.run(
        "ingest_telecom_nps", window=f"{today - timedelta(days=1):%Y-%m-%d}/{today:%Y-%m-%d}"
    )
    months.run("metrics")
    months.run("monthly_report", period="2018-05", deliver="yes")
    with warehouse_file.connect(months.settings) as connection:
        (total,) = connection.sql(
            "select count(*) from marts.fct_feedback where metric = 'nps'"
        ).fetchone()
        (may,) = connection.sql(
            "select count(*) from marts.fct_feedback where metric = 'nps' and period = '2018-05'"
        ).fetchone()
    assert total == 2353
    assert (months.edition("2018-05") / "report.pdf").read_bytes() == before
    second = months.edition("2018-05", revision=2)
    with publication.latest(months.settings).connect() as connection:
        restated = connection.sql(
            "select printed_n, n from rpt_restatements where period = '2018-05' and metric = 'nps'"
        ).fetchall()
    assert restated == [(may - LATE, may)]
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(second / "report.pdf").pages)
    assert str(may - LATE) in text
    assert str(may) in text


def test_a_hold_publishes_nothing_and_tells_the_operators_what_failed_with_which_values(months):
    before = publication.latest(months.settings).id
    row = {"CUSTOMER_RESPONSE_DATE": "10/04/2018 12:00", "SURVEY_SUB_TYPE": "Order", "text": ""}
    wrong = [{"response_id": f"X{i:05}", **row, "NPS_SCORE": "99"} for i in range(300)]
    write_rows(months.settings.company_file.parent / "inbox" / "telecom_nps_wrong.csv.gz", wrong)
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    window = f"{midnight - timedelta(days=3):%Y-%m-%d}/{midnight - timedelta(days=2):%Y-%m-%d}"
    months.run("ingest_telecom_nps", window=window)
    with pytest.raises(WellheardError, match="HOLD") as caught:
        months.run("metrics")
    assert "telecom_nps 2018-04: 300 of" in str(caught.value)
    assert publication.latest(months.settings).id == before
    notices = [m for m in months.mail() if m["subject"].endswith("metrics.check failed")]
    assert len(notices) == 1
    text = notices[0].get_body(("plain",)).get_content()
    assert "most answers can be counted" in text
    assert "300 of" in text
