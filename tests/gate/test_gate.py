"""The gate itself. Everything that needs Great Expectations (3 s to import) is in this module, and
what the project's own rules say of a healthy and of a broken build is evaluated once for each."""

from __future__ import annotations

import hashlib
import re
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from gating import AS_OF, World

from wellheard import gate, publish
from wellheard.errors import GateError
from wellheard.gate import Check, Verdict
from wellheard.settings import Settings


def the(verdict: Verdict, name: str) -> Check:
    (check,) = [check for check in verdict.checks if check.name == name]
    return check


# --- the project's own rules on a healthy and on a broken build ---------------------------------


@pytest.fixture(scope="session")
def passed(tmp_path_factory: pytest.TempPathFactory, healthy: Path) -> tuple[World, Verdict]:
    folder = tmp_path_factory.mktemp("passed")
    world = World(Settings(var=folder / "var", company_dir=folder / "company"), healthy)
    return world, gate.evaluate(world.settings, world.make(), as_of=AS_OF)


BREAKING = (
    # half of the answers of the last week, and all of one survey
    "delete from staging.int_feedback_judged where responded_at >= '2026-10-26'"
    " and (response_id similar to '.*[02468]' or survey_id = 'onboarding')",
    # a day of answers
    "delete from staging.int_feedback_judged"
    " where responded_at between '2026-10-14' and '2026-10-15'",
    # three times the cases, all by chat
    "insert into contracts.cases select 'zendesk', case_id || '-' || i, 'chat', created_at"
    " from contracts.cases, range(2) as t (i)"
    " where created_at between '2026-10-12' and '2026-10-18'",
    # a third of June's answers out of scale
    "update staging.int_feedback_judged set reason = 'out_of_scale' where survey_id = 'onboarding'"
    " and responded_at between '2026-06-01' and '2026-07-01'",
    # a page that was not landed, a part that went missing, a record lost in staging
    "update raw.landings set sent = 36 where stream = 'users' and sent = 35",
    "delete from raw.typeform__responses where record_id = 'r7'",
    "delete from staging.stg_zendesk__tickets where record_id = 'r9'",
    # one account under two names, and never landed under the second
    "insert into raw.sources values ('forms_again', 'typeform', '2026-03-01', null)",
    "insert into staging.int_feedback_judged by name"
    " select * exclude (stream, record_hash, response_hash) replace ('forms_again' as source)"
    " from staging.int_feedback_judged where responded_at between '2026-09-08' and '2026-09-09'",
    # statuses in the tool's own words, more of them than a sentence takes
    "insert into contracts.case_events select 'zendesk', 'e' || i, null from range(20) as t (i)",
    "insert into status_words select 'e' || i, 'word ' || i % 7 from range(20) as t (i)",
    # cases that people resolved without a word, as far as is told, and too few to say so
    "insert into contracts.fct_cases by name select source, true as is_resolved,"
    " 'people' as handled_by, 0 as count_public_agent_comments"
    " from (values ('zendesk', 40), ('typeform', 19)) as t (source, n), range(n)",
    # cases that nothing says the business hours of, and some from before the history
    "insert into contracts.fct_cases by name select 'zendesk' as source, null as schedule,"
    " case when i < 2 then 'urgent' end as priority, i < 5 as is_known_from_start"
    " from range(9) as t (i)",
    # a source that stopped three days ago
    "update raw.sources set watermark = '2026-10-30' where source = 'zendesk'",
    # figures beyond their scales, far from their past, and a published month that shrank
    "update reporting.rpt_metrics set value = 130 where metric = 'nps' and period = '2026-04'",
    "update reporting.rpt_metrics set value = 101.5 where metric = 'csat' and period = '2026-04'",
    "update reporting.rpt_metrics set value = -4 where unit = 'minutes' and period = '2026-04'",
    "update reporting.rpt_metrics set value = -60, low = -62, high = -58"
    " where metric = 'nps' and period = '2026-09'",
    "update reporting.rpt_metrics set n = 700 where metric = 'nps' and period = '2026-07'",
    "update reporting.rpt_metrics set n = 1500 where metric = 'csat' and period = '2026-07'",
)


@pytest.fixture(scope="session")
def held(tmp_path_factory: pytest.TempPathFactory, healthy: Path) -> tuple[World, Verdict]:
    """A build with a fault for every rule, after a healthy one was published."""
    folder = tmp_path_factory.mktemp("held")
    world = World(Settings(var=folder / "var", company_dir=folder / "company"), healthy)
    build = world.make(models=False)
    fine = Verdict(build_id=build.id, as_of=AS_OF, word="PASS", checks=[])
    publish.publish(world.settings, build, fine, published_at=AS_OF)
    return world, gate.evaluate(world.settings, world.make(*BREAKING), as_of=AS_OF)


def test_a_healthy_build_passes_every_check(passed: tuple[World, Verdict]) -> None:
    _, verdict = passed
    assert verdict.word == "PASS", gate.summary(verdict)
    assert len(verdict.checks) == 28
    assert gate.summary(verdict) == "PASS: build b0123456789ab, 28 checks"


# The severity, and what the message says of the values found.
FAULTS = {
    "no source falls silent": (
        "hold",
        r"typeform sent \d+ feedback records in the week from 2026-10-26; \d+ to \d+ are usual",
    ),
    "no survey falls silent": ("warn", r"typeform sent 0 feedback records of survey onboarding"),
    "no day sends far less than its weekday does": (
        "warn",
        r"typeform sent 0 feedback records on 2026-10-14; \d+ to \d+ are usual on that weekday",
    ),
    "no source sends far more than usual": (
        "warn",
        r"zendesk sent \d{3} cases records in the week from 2026-10-09; \d+ to \d+ are usual",
    ),
    "no channel takes over": ("warn", r"zendesk cases: chat rose from \d+ % to \d+ % of records"),
    "no channel fades away": ("warn", r"zendesk cases: phone fell from \d+ % to \d+ % of records"),
    "few answers are in quarantine": (
        "warn",
        r"typeform 2026-06: [\d,]+ of [\d,]+ answers \(3\d.\d %\)",
    ),
    "most answers can be counted": (
        "hold",
        r"most of them out_of_scale \(onboarding/nps\); mend seeds/survey_questions.csv",
    ),
    "all that was sent was landed": (
        "hold",
        r"zendesk/users: the vendor sent 61 records, 60 were landed in 2 windows",
    ),
    "all that was landed can be read": (
        "hold",
        r"typeform/responses: the manifests count 60 records, the files read back have 58",
    ),
    "every record is staged once": (
        "hold",
        r"zendesk/tickets: 50 different records were landed, staging has 49",
    ),
    "no record comes from two sources": ("hold", r"forms_again and typeform share \d+ feedback"),
    "every status of a case is known": (
        "warn",
        r"zendesk: unknown statuses of cases: 7, counted as open \(cases that had one: 20\)",
    ),
    "cases that people resolved have replies": (
        "warn",
        r"^zendesk: none of 40 cases that were resolved has a reply, so that all count as not "
        r"answered$",
    ),
    "every case has business hours": (
        "warn",
        r"^zendesk: 5 of 45 cases have no business hours, so that no time counts them$",
    ),
    "every source has been landed": (
        "warn",
        r"forms_again has not been landed without a gap from 2026-03-01 on",
    ),
    "every source was landed lately": ("warn", r"zendesk is known up to 2026-10-30 00:00 UTC only"),
    "points lie between -100 and 100": ("hold", r"nps of all, 2026-04, all all is 130"),
    "percents lie between 0 and 100": ("hold", r"csat of all, 2026-04, all all is 101.5"),
    "times are not negative": ("hold", r"reply_minutes of all, 2026-04, all all is -4 minutes"),
    "no metric is far below its own past": (
        "warn",
        r"Net Promoter Score of 2026-09 is -60 points \(95% interval -62\S* to -5\S+\); "
        r"usual in the months before: around 2[\d.]+ points",
    ),
    "no published month loses its answers": (
        "hold",
        r"nps of 2026-07: 1,200 answers were published \(p[0-9a-f]{12}\), this build has 700",
    ),
    "no published month grows by half": (
        "warn",
        r"csat of 2026-07: 900 answers were published \(p[0-9a-f]{12}\), this build has 1,500",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_told_with_its_values(held: tuple[World, Verdict], name: str) -> None:
    check = the(held[1], name)
    severity, told = FAULTS[name]
    assert not check.success
    assert not check.errored, check.message
    assert check.severity == severity
    assert re.search(told, check.message), check.message
    assert check.unexpected
    assert check.why


def test_one_fault_does_not_fail_the_other_checks(held: tuple[World, Verdict]) -> None:
    quiet = {
        "no metric is far above its own past", "there are figures", "something was landed",
        "there is a source", "there is enough history to judge the volume",
    }  # fmt: skip
    assert {check.name for check in held[1].checks if check.success} == quiet


def test_a_held_build_is_summed_up_with_what_holds_it_first(held: tuple[World, Verdict]) -> None:
    verdict = held[1]
    assert verdict.word == "HOLD"
    lines = gate.summary(verdict).splitlines()
    assert lines[0] == "HOLD: build b0123456789ab, 28 checks, 10 hold it, 13 warn"
    marks = [line.split()[1] for line in lines if line.startswith("- ")]
    assert marks == ["HOLD"] * 10 + ["WARN"] * 13
    assert "  why it is checked: No record is lost on the way into the lake." in lines
    assert "accepted.yml" in lines[-2]
    assert Path(lines[-1].removeprefix("All checks: ")).is_file()


def test_the_verdict_is_kept_with_the_build(passed: tuple[World, Verdict]) -> None:
    world, verdict = passed
    assert gate.load_verdict(world.settings, world.build) == verdict
    assert gate.load_verdict_of(world.settings, world.build.id) == verdict


def test_the_data_docs_show_every_rule_with_its_reason(held: tuple[World, Verdict]) -> None:
    world, verdict = held
    docs = world.build.folder / "data_docs"
    assert (docs / "index.html").is_file()
    assert len(list(docs.glob("validations/**/*.html"))) == len(verdict.checks)
    pages = [path.read_text() for path in docs.glob("expectations/**/*.html")]
    assert any("No record is lost on the way into the lake." in page for page in pages)
    assert [path.name for path in world.build.folder.iterdir() if path.name.startswith(".")] == []


def test_a_published_build_may_be_gated_again(passed: tuple[World, Verdict]) -> None:
    world, verdict = passed
    made = publish.publish(world.settings, world.build, verdict, published_at=AS_OF)
    again = gate.evaluate(world.settings, world.build, as_of=AS_OF)
    assert again.word == "PASS"
    assert the(again, "no published month loses its answers").observed["rows"] == 24
    assert publish.publish(world.settings, world.build, again, published_at=AS_OF) == made


def test_open_cases_that_became_fewer_are_no_answers_lost(tmp_path: Path, healthy: Path) -> None:
    world = World(Settings(var=tmp_path / "var", company_dir=tmp_path / "company"), healthy)
    backlog = (
        "insert into reporting.rpt_metrics select * replace ('case_backlog' as metric,"
        " 'cases' as unit, {n} as n, {n} as value, null as low, null as high)"
        " from reporting.rpt_metrics where metric = 'nps' and period = '2026-07'"
    )
    build = world.make(backlog.format(n=200), models=False)
    fine = Verdict(build_id=build.id, as_of=AS_OF, word="PASS", checks=[])
    publish.publish(world.settings, build, fine, published_at=AS_OF)
    for n in (20, 900):
        verdict = gate.evaluate(world.settings, world.make(backlog.format(n=n)), as_of=AS_OF)
        assert verdict.word == "PASS", gate.summary(verdict)


# --- rules of the test's own --------------------------------------------------------------------

TABLE = {
    "table": "gate.stock",
    "about": "One row per shelf.",
    "show": ["shelf", "n", "seen_at"],
}
STOCK = (
    "create table gate.stock as select shelf, n, seen_at::timestamptz as seen_at from (values"
    " ('a', 3, '2026-11-02 00:00:00+00'), ('b', 12, '2026-11-01 00:00:00+00'),"
    " ('c', null, '2026-10-01 00:00:00+00')) as t (shelf, n, seen_at)"
)


def rule(**changes: Any) -> dict[str, Any]:
    return {
        "name": "shelves are not too full",
        "expect": "column_values_to_be_between",
        "with": {"column": "n", "max_value": 10},
        "severity": "warn",
        "why": "they break",
        "says": "shelf {shelf} has {n}",
        **changes,
    }


def write(world: World, *rules: dict[str, Any], name: str = "stock", **changes: Any) -> None:
    content = {**TABLE, "checks": list(rules), **changes}
    (world.settings.expectations / f"{name}.yml").write_text(yaml.safe_dump(content))


def judge(world: World, *rules: dict[str, Any], **changes: Any) -> Verdict:
    if rules:
        write(world, *rules, **changes)
    return gate.evaluate(world.settings, world.make(STOCK, models=False), as_of=AS_OF)


@pytest.mark.parametrize(("severity", "word"), [("warn", "WARN"), ("hold", "HOLD")])
def test_the_severity_of_a_failed_check_is_the_word(ruled: World, severity: str, word: str) -> None:
    verdict = judge(ruled, rule(severity=severity))
    assert verdict.word == word
    assert verdict.checks[0].message == "shelf b has 12"
    assert verdict.checks[0].observed == {"rows": 3, "unexpected": 1}
    assert verdict.checks[0].unexpected == [
        {"shelf": "b", "n": 12, "seen_at": "2026-11-01T00:00:00+00:00"}
    ]


def test_a_check_that_cannot_be_evaluated_holds_whatever_its_severity(ruled: World) -> None:
    verdict = judge(
        ruled,
        rule(name="no such column", **{"with": {"column": "weight", "max_value": 10}}),
        rule(name="no such condition", where="colour = 'red'"),
        rule(name="fine", **{"with": {"column": "n", "max_value": 20}}),
    )
    assert verdict.word == "HOLD"
    column, condition, fine = verdict.checks
    assert (column.errored, condition.errored, fine.success) == (True, True, True)
    assert 'column "weight"' in column.message
    assert "expectations/stock.yml" in column.message
    assert "colour" in condition.message


def test_where_narrows_the_rows_a_check_looks_at(ruled: World) -> None:
    verdict = judge(ruled, rule(where="shelf != 'b'"))
    assert verdict.word == "PASS"
    assert verdict.checks[0].observed == {"rows": 2, "unexpected": 0}


def test_more_failing_rows_than_fit_are_counted(ruled: World) -> None:
    many = "insert into gate.stock select 'm' || i, 50, null from range(40) as t (i)"
    write(ruled, rule())
    check = gate.evaluate(
        ruled.settings, ruled.make(STOCK, many, models=False), as_of=AS_OF
    ).checks[0]
    assert len(check.unexpected) == 20
    assert check.observed["unexpected"] == 41
    assert check.message.endswith("; and 36 more")


def test_ages_are_measured_against_as_of_alone(ruled: World) -> None:
    fresh = rule(
        says="{shelf}: {seen_at:%d %b}", where="shelf != 'c'",
        **{"with": {"column": "seen_at", "min_value": {"as_of": "-2d"}}},
    )  # fmt: skip
    verdict = judge(ruled, fresh)
    assert verdict.word == "PASS"
    assert verdict.checks[0].by_the_clock
    later = gate.evaluate(ruled.settings, ruled.build, as_of=AS_OF + timedelta(days=1))
    assert later.checks[0].message == "b: 01 Nov"
    assert not judge(ruled, rule()).checks[0].by_the_clock


def test_what_to_do_is_told_to_operators_apart_from_what_was_found(ruled: World) -> None:
    advised = rule(says="{shelf} has {n}", mend="Empty the shelf.", severity="warn")
    verdict = judge(ruled, advised)
    (check,) = verdict.checks
    assert "Empty" not in check.message
    assert check.mend == ["Empty the shelf."]
    assert gate.summary(verdict).count("  what to do: Empty the shelf.") == 1
    assert [finding.text for finding in check.findings] == check.message.split("; ")


def test_a_null_in_a_sentence_does_not_hide_the_row(ruled: World) -> None:
    empty = rule(
        expect="column_values_to_not_be_null",
        says="{shelf} has {n:.1f}",
        **{"with": {"column": "n"}},
    )
    message = judge(ruled, empty).checks[0].message
    assert message == (
        "shelves are not too full: shelf c, n None, seen_at 2026-10-01T00:00:00+00:00"
    )


def test_a_query_can_stand_in_for_a_table(ruled: World) -> None:
    write(ruled, rule(says="{total} in all", **{"with": {"column": "total", "max_value": 10}}),
          table=None, query="select sum(n) as total from gate.stock;", show=["total"])  # fmt: skip
    assert judge(ruled).checks[0].message == "15 in all"


def test_accepted_rows_are_set_aside_and_their_reason_is_kept(ruled: World) -> None:
    write(ruled, rule(severity="hold"))
    accepted = [{"check": "shelves are not too full", "rows": {"shelf": "b", "n": 12},
                 "because": "it is made of steel"}]  # fmt: skip
    path = ruled.settings.company_file.with_name("accepted.yml")
    path.write_text(yaml.safe_dump(accepted))
    verdict = judge(ruled)
    assert verdict.word == "PASS"
    assert verdict.checks[0].accepted == ["it is made of steel"]
    accepted[0]["rows"] = {"shelf": "b", "n": 13}
    path.write_text(yaml.safe_dump(accepted))
    assert judge(ruled).word == "HOLD"


def test_a_day_is_accepted_by_its_date(ruled: World) -> None:
    ruled.settings.company_file.with_name("accepted.yml").write_text(
        "- {check: shelves are not too full, rows: {day: 2026-11-01}, because: it was a holiday}"
    )
    write(ruled, rule(severity="hold"), table=None, show=["day", "shelf", "n"],
          query="select seen_at::date as day, shelf, n from gate.stock")  # fmt: skip
    assert judge(ruled).word == "PASS"


def test_a_damaged_publication_is_no_ground_to_compare_with(ruled: World) -> None:
    build = ruled.make(STOCK)
    fine = Verdict(build_id=build.id, as_of=AS_OF, word="PASS", checks=[])
    made = publish.publish(ruled.settings, build, fine, published_at=AS_OF)
    made.path("rpt_printed").write_bytes(b"")
    write(ruled, rule())
    with pytest.raises(
        GateError, match=r"cannot be compared .*rpt_printed.parquet is not the file"
    ):
        gate.evaluate(ruled.settings, build, as_of=AS_OF)


def test_the_same_build_gets_the_same_verdict_and_nothing_is_left_aside(ruled: World) -> None:
    judge(ruled, rule())
    kept = ruled.build.folder / "verdict.json"
    first = kept.read_bytes()
    gate.evaluate(ruled.settings, ruled.build, as_of=AS_OF)
    assert kept.read_bytes() == first
    assert sorted(path.name for path in ruled.build.folder.iterdir()) == [
        "data_docs", "verdict.json",
    ]  # fmt: skip


def test_a_gate_that_dies_leaves_no_older_verdict_behind(ruled: World) -> None:
    judge(ruled, rule())
    write(ruled, rule(expect="no_such_thing"))
    with pytest.raises(GateError):
        gate.evaluate(ruled.settings, ruled.build, as_of=AS_OF)
    with pytest.raises(GateError, match="has no verdict yet: run `wellheard gate`"):
        gate.load_verdict(ruled.settings, ruled.build)


def test_the_gate_only_reads_the_warehouse_and_lets_go_of_it(ruled: World) -> None:
    write(ruled, rule())
    ruled.make(STOCK, models=False)
    before = hashlib.sha256(ruled.settings.warehouse.read_bytes()).hexdigest()
    gate.evaluate(ruled.settings, ruled.build, as_of=AS_OF)
    assert hashlib.sha256(ruled.settings.warehouse.read_bytes()).hexdigest() == before
    with duckdb.connect(str(ruled.settings.warehouse)) as writer:
        writer.execute("drop table gate.stock")


def test_the_gate_tells_nobody(ruled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: called.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **_: called.append(address))
    judge(ruled, rule())
    assert called == []


def test_progress_is_told_check_by_check(ruled: World) -> None:
    write(ruled, rule(), rule(name="fine", **{"with": {"column": "n", "max_value": 20}}))
    lines: list[str] = []
    ruled.make(STOCK, models=False)
    gate.evaluate(ruled.settings, ruled.build, as_of=AS_OF, progress=lines.append)
    assert lines == [
        "loading Great Expectations", "FAILED shelves are not too full", "ok     fine",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"expect": "column_values_to_shine"}, "no expectation expect_column_values_to_shine"),
        ({"with": {"column": "n", "maximum": 10}}, "maximum"),
        ({"with": {"column": "n", "min_value": {"as_of": "yesterday"}}}, "write a sign, a number"),
    ],
)
def test_an_expectation_that_cannot_be_made_names_file_and_check(
    ruled: World, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(GateError, match=problem) as refusal:
        judge(ruled, rule(**changes))
    assert "stock.yml: check 'shelves are not too full'" in str(refusal.value)
