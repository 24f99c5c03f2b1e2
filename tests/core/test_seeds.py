"""The company's files are checked before anything is built, and every fault is told at once."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from command_line import CommandLine

from wellheard import doctor, metric_catalogue, seeds
from wellheard.settings import PROJECT, Settings

TODAY = date(2026, 11, 2)
OWN = PROJECT / "dbt_project" / "seeds"
AUDIENCES = "audiences:\n  team: {title: Team, recipients: [a@larkfield.example]}\n"


@pytest.fixture
def company(tmp_path: Path) -> Settings:
    """A company with the demo's files, which a test may spoil."""
    shutil.copytree(OWN, tmp_path / "seeds")
    shutil.copy(PROJECT / "wellheard.yml", tmp_path)
    (tmp_path / "audiences.yml").write_text(AUDIENCES)
    return Settings(company_dir=tmp_path, var=tmp_path / "var", lake_url=None)


def told(settings: Settings) -> list[str]:
    return seeds.faults(settings, settings.company.sources, today=TODAY)


def change(settings: Settings, file: str, old: str, new: str) -> None:
    path = settings.seeds / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def add(settings: Settings, file: str, *lines: str) -> None:
    with (settings.seeds / file).open("a", encoding="utf-8") as out:
        out.writelines(f"{line}\n" for line in lines)


# --- what passes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", [None, "examples/telecom"])
def test_the_projects_own_companies_have_no_fault(folder: str | None) -> None:
    assert told(Settings(company_dir=PROJECT / folder if folder else None)) == []


def test_headers_alone_are_files_of_a_company_that_has_nothing_to_say(company: Settings) -> None:
    for path in company.seeds.glob("*.csv"):
        path.write_text(path.read_text(encoding="utf-8").splitlines()[0])
    assert told(company) == []


def as_excel_saves(text: str) -> bytes:
    return ("\ufeff" + text.replace("\n", "\r\n")).encode()


def with_notes(text: str) -> bytes:
    first, *others = text.replace("\r", "").rstrip("\n").split("\n")
    return "\n".join([f"{first},notes", *(f"{line},of ours" for line in others), "", ""]).encode()


@pytest.mark.parametrize("saved", [as_excel_saves, with_notes])
def test_what_dbt_reads_as_well_is_no_fault(
    company: Settings, saved: Callable[[str], bytes]
) -> None:
    for path in company.seeds.glob("*.csv"):
        path.write_bytes(saved(path.read_text(encoding="utf-8")))
    assert told(company) == []
    assert metric_catalogue.definitions(company.seeds / "metrics.csv")


def test_a_column_that_may_be_missing_may(company: Settings) -> None:
    path = company.seeds / "actions.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line.rpartition(",")[0] for line in lines))
    assert told(company) == []


def test_a_catalogue_of_the_companys_own_is_not_asked_for(company: Settings) -> None:
    (company.seeds / "metrics.csv").unlink()
    assert told(company) == []


# --- the file -------------------------------------------------------------------------------------


def test_a_file_in_another_encoding_is_named_with_line_and_word(company: Settings) -> None:
    path = company.seeds / "themes.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1252", "replace"))
    assert told(company) == [
        "seeds/themes.csv line 13: 'übergabe*' is not written in UTF-8; open the file anew and "
        "save it as 'CSV UTF-8 (comma delimited)'"
    ]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("segment,label,position\nconsumer,Consumer,1\n".encode("utf-16"), "written in UTF-16"),
        (b"PK\x03\x04\x14\x00", "seeds/segments.csv: this is an Excel workbook; in Excel, save"),
        (b"", "there is no header; write its first line: segment,label,position"),
        (b"segment;label;position\nconsumer;Consumer;1\n", "apart by semicolons"),
        (b"segment\tlabel\tposition\nconsumer\tConsumer\t1\n", "apart by tabs"),
    ],
)
def test_a_file_that_is_no_csv_with_commas_is_told_once(
    company: Settings, data: bytes, sentence: str
) -> None:
    for name in ("targets.csv", "actions.csv"):
        lines = (company.seeds / name).read_text(encoding="utf-8").splitlines()
        (company.seeds / name).write_text(lines[0] + "\n")
    (company.seeds / "segments.csv").write_bytes(data)
    [said] = told(company)
    assert sentence in said


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("segment,label", "line 1: column position is missing; the header is segment,label,"),
        ("segmet,label,position", "line 1, column segmet: there is no such column; write segment"),
        ("Segment, Label,position", "line 1, column  Label: there is no such column; write label"),
        ("segment,label,label", "line 1, column label: the header has this column twice"),
    ],
)
def test_a_wrong_header_is_told_with_the_right_one(
    company: Settings, header: str, sentence: str
) -> None:
    (company.seeds / "segments.csv").write_text(header + "\n")
    assert sentence in "\n".join(said for said in told(company) if "segments.csv line 1" in said)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("shop,Shop", "2 values for 3 columns; write a comma for each value that is left empty"),
        ("shop,Shop,8,,", "5 values for 3 columns; delete the commas at its end"),
        ("shop,Shop, outlet,8", 'that holds a comma into quotation marks ("Shop, outlet")'),
        (",,", "nothing but separators stands here; delete the line"),
        ('shop,"Shop" one,8', "a quotation mark opens a text and does not close it"),
        ('shop,"Shop,8', "a quotation mark opens a text and does not close it"),
    ],
)
def test_a_line_of_another_width_is_told_with_its_number(
    company: Settings, line: str, sentence: str
) -> None:
    add(company, "channels.csv", line)
    [said] = told(company)
    assert said.startswith("seeds/channels.csv line 9: ")
    assert sentence in said


def test_a_line_is_counted_as_an_editor_does(company: Settings) -> None:
    (company.seeds / "channels.csv").write_text(
        'channel,label,position\n\nphone,"Phone,\n or a call back",1\nchat,Chat,four\n'
    )
    assert (
        "seeds/channels.csv line 5, column position: 'four' is no whole number; write one like 5"
    ) in told(company)


def test_a_missing_file_is_told_with_what_to_copy(company: Settings) -> None:
    shutil.rmtree(company.seeds)
    assert told(company) == [
        f"seeds/{path.name}: the file is missing; copy {path} and keep at least its header"
        for path in sorted(OWN.glob("*.csv"))
        if path.name != "metrics.csv"
    ]


# --- cells ----------------------------------------------------------------------------------------

_DATE = "year-month-day, like 2026-09-14"


@pytest.mark.parametrize(
    ("given", "write"),
    [
        ("14/09/2026", "2026-09-14"),
        ("14.9.2026", "2026-09-14"),
        ("14-09-26", "2026-09-14"),
        ("09/14/2026", "2026-09-14"),
        ("03/09/2026", "2026-09-03 (or 2026-03-09 if the month stands first)"),
        ("14 Sep 2026", "2026-09-14"),
        ("20260914", "2026-09-14"),
        ("46279", "2026-09-14"),
        ("2026-13-25", _DATE),
        ("2026-02-30", _DATE),
        ("soon", _DATE),
    ],
)
def test_what_is_no_date_is_told_with_the_date(company: Settings, given: str, write: str) -> None:
    change(company, "actions.csv", "2026-09-14", given)
    assert told(company) == [
        f"seeds/actions.csv line 2, column decided_on: '{given}' is no date; write {write}"
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        ("targets.csv", ",,35", ",,35%", "line 3, column target: '35%' is no number; write 35"),
        ("targets.csv", ",,35", ',,"35,5"', "column target: '35,5' is no number; write 35.5"),
        ("targets.csv", ",,35", ",,nan", "'nan' is no number; write a number like 35 or 5.2"),
        ("targets.csv", ",,35", ",,high", "'high' is no number; write a number like 35 or 5.2"),
        ("case_policies.csv", ",60", ",60 min", "'60 min' is no whole number; write 60"),
        ("case_policies.csv", ",60", ",60.5", "'60.5' is no whole number; write one like 5"),
        ("business_hours.csv", "09:00", "9am", "column opens: '9am' is no time of day; write 09:"),
        ("business_hours.csv", "18:00", "6.30pm", "'6.30pm' is no time of day; write 18:30"),
        ("business_hours.csv", "18:00", "25:00", "'25:00' is no time of day; write one like 09:00"),
        ("survey_questions.csv", "false", "nein", "'nein' is neither true nor false; write false"),
        ("survey_questions.csv", "false", "?", "neither true nor false; write one of the two"),
    ],
)
def test_a_value_of_another_kind_is_told_with_what_to_write(
    company: Settings, file: str, old: str, new: str, sentence: str
) -> None:
    change(company, file, old, new)
    [said] = told(company)
    assert said.startswith(f"seeds/{file} line ")
    assert sentence in said


def test_dates_nobody_can_mean_are_told_and_a_target_without_end_is_not(company: Settings) -> None:
    change(company, "actions.csv", "2026-09-14", "2062-09-14")
    change(company, "holidays.csv", "2025-12-25", "0025-12-25")
    change(company, "targets.csv", "2026-01-01,,35", "2026-01-01,9999-12-31,35")
    assert told(company) == [
        "seeds/actions.csv line 2, column decided_on: '2062-09-14' is more than 10 years ahead; "
        "write the year that is meant",
        "seeds/holidays.csv line 2, column holiday: '0025-12-25' is long past; "
        "write the year that is meant",
    ]


# --- names and rows -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        ("actions.csv", "at_risk", "atrisk", "line 3, column status: 'atrisk' is unknown; write "
         "at_risk (known: not_started, in_progress, on_track, at_risk, done)"),
        ("actions.csv", "channel,phone", "chanel,phone", "line 6, column target_dimension: "
         "'chanel' is unknown; write channel (known: all, touchpoint, journey_stage, channel"),
        ("actions.csv", "reopen_rate", "reopens", "column target_metric: 'reopens' is unknown; "),
        ("case_policies.csv", "urgent", "urgnt", "line 2, column priority: 'urgnt' is unknown; "
         "write urgent (known: urgent, high, normal, low, *)"),
        ("case_policies.csv", "zendesk,high", "zendsk,high", "line 3, column source: 'zendsk' is "
         "unknown; write zendesk (known: zendesk, typeform); a source of another name needs an"),
        ("case_statuses.csv", "means\n", "means\n*,Resolved,resolved\n", "line 2, column means: "
         "'resolved' is unknown; write solved (known: new, open, pending, hold, solved, closed)"),
        ("case_statuses.csv", "means\n", "means\nzendsk,6,hold\n", "column source: 'zendsk' is "
         "unknown; write zendesk"),
        ("holidays.csv", "uk_9_18", "uk_9-18", "line 2, column schedule: 'uk_9-18' is unknown; "
         "write uk_9_18 (known: uk_9_18, new_york_8_20)"),
        ("channels.csv", "phone,", "phone ,", "line 5, column channel: 'phone ' has a space at "
         "its end; write phone"),
        ("business_hours.csv", "London,1,", "London,0,", "column weekday: '0' is unknown; known: "),
        ("segments.csv", "consumer,Consumer", "consumer,", "line 2, column label: is empty; every"),
        ("themes.csv", "en,wait*", "english,wait*", "line 3: waiting_time/english: language 'eng"),
        ("touchpoints.csv", "card_payment,", "invoice,", "line 12, column touchpoint: 'invoice' "
         "stands in line 11 already; keep one of the two rows"),
        ("holidays.csv", "2025-12-26", "2025-12-25", "line 3: 'uk_9_18/2025-12-25' stands in line "
         "2 already; keep one of the two rows"),
    ],
)  # fmt: skip
def test_a_name_nobody_knows_is_told_with_those_that_are(
    company: Settings, file: str, old: str, new: str, sentence: str
) -> None:
    change(company, file, old, new)
    assert sentence in "\n".join(said for said in told(company) if said.startswith(f"seeds/{file}"))


def test_a_source_that_is_configured_or_has_a_connector_may_have_rows(company: Settings) -> None:
    yml = company.company_file
    yml.write_text(yml.read_text() + "  desk: {kind: file, mapping: d.yml, history_start: "
                   "2026-01-01, enabled: false}\n")  # fmt: skip
    add(company, "case_policies.csv", "hubspot,whatever,uk_9_18,60", "desk,P1,uk_9_18,60")
    assert told(company) == []


# By the dbt test that holds the rule: a spoilt line, and what is told of it.
RULES = {
    "assert_a_status_means_one_thing": (
        "case_statuses.csv", "means\n", "means\n*,Done,solved\n*,done,closed\n",
        "line 3: */done: 'Done' is the same status; keep one of the two rows"),
    "assert_actions_name_their_figure_beforehand": (
        "actions.csv", "2026-05-18,2026-07-01", "2026-05-18,2026-01-01",
        "line 4: A-03 took effect before it was decided"),
    "assert_comments_explain_a_question": (
        "survey_questions.csv", "false,nps\n", "false,nsp\n",
        "line 3: typeform/LfRelation/nps_why: about_question 'nsp' is unknown; known: driver_"),
    "assert_names_can_be_told_apart": (
        "segments.csv", "consumer,", "con|sumer,",
        "line 2: con|sumer: a name cannot hold |; write another sign"),
    "assert_one_effort_scale": (
        "survey_questions.csv", ",1,7,6,", ",1,5,4,", "metric ces is asked on several scales"),
    "assert_one_target_at_a_time": (
        "targets.csv", "2025-12-31,25", "2026-01-31,25",
        "line 2: nps/all/all: the targets valid from 2025-09-01 and from 2026-01-01 overlap"),
    "assert_opening_hours_can_be_counted": (
        "business_hours.csv", "uk_9_18,Europe/London,1", "uk_9_18,Europe/Londn,1",
        "zone 'Europe/Londn' of schedule 'uk_9_18' is unknown; write one like Europe/London"),
    "assert_questions_name_a_reported_metric": (
        "metrics.csv", "\nces,", "\ncase_volume,", "metric 'ces' has no row in seeds/metrics.csv"),
    "assert_scales_can_be_scored": (
        "survey_questions.csv", ",0,10,9,", ",1,10,9,",
        "line 2: typeform/LfRelation/nps: NPS is asked on the scale 0 to 10, not 1 to 10"),
    "assert_targets_can_be_reached": (
        "targets.csv", ",,70", ",,700", "line 5: csat/journey_stage/onboard/2026-01-01: target "
        "700 is none that csat can reach; write a number from 0 to 100"),
    "assert_targets_name_a_known_member": (
        "targets.csv", ",onboard,", ",onbord,", "line 5: csat/journey_stage/onbord/2026-01-01: "
        "journey_stage 'onbord' is unknown; write onboard (known: discover, compare, buy, onb"),
}  # fmt: skip


@pytest.mark.parametrize("rule", sorted(p.stem for p in (OWN.parent / "tests/seeds").glob("*.sql")))
def test_every_rule_dbt_has_for_seeds_is_asked_before_it_starts(
    company: Settings, rule: str
) -> None:
    file, old, new, sentence = RULES[rule]
    change(company, file, old, new)
    assert sentence in "\n".join(told(company))


@pytest.mark.parametrize(
    ("dimension", "member", "sentence"),
    [
        ("touchpoint|segment", "invoice/enterprise",
         "'invoice/enterprise' names not both sides of touchpoint|segment; write invoice|enterpr"),
        ("touchpoint|segment", "invoice",
         "'invoice' names not both sides of touchpoint|segment; write the two with | between "
         "them, like website_search|consumer"),
        ("touchpoint|segment", "invoice|enterprise|web", "names more than one member of touchp"),
        ("touchpoint", "invoice|enterprise", "names more than one member of touchpoint; write one, "
         "like website_search"),
        ("touchpoint|segment", "invoice | enterprise", "segment ' enterprise' is unknown; write "),
        ("touchpoint/segment", "invoice/enterprise", "column dimension: 'touchpoint/segment' is unk"
         "nown; write touchpoint|segment"),
        ("segment", "Large business", "segment 'Large business' is unknown; known: consumer,"),
        ("segment", "Small Business", "segment 'Small Business' is unknown; write small_busin"),
        ("all", "everybody", "dimension all has no member 'everybody'; write all, or the dimen"),
    ],
)  # fmt: skip
def test_a_targets_member_is_told_as_it_is_to_be_written(
    company: Settings, dimension: str, member: str, sentence: str
) -> None:
    add(company, "targets.csv", f"nps,{dimension},{member},2026-01-01,,20")
    assert [sentence in said for said in told(company)].count(True) == 1


def test_a_name_given_twice_is_known_once(company: Settings) -> None:
    add(company, "segments.csv", "enterprise,Enterprise,4")
    add(company, "targets.csv", "nps,segment,nobody,2026-01-01,,20")
    assert any(
        said.endswith("known: consumer, small_business, enterprise") for said in told(company)
    )


def test_a_share_for_a_percentage_is_refused(company: Settings) -> None:
    add(company, "targets.csv", "csat,touchpoint,invoice,2026-01-01,,0.75")
    [said] = told(company)
    assert said.endswith("target 0.75 of csat is in percent; write 75")


def test_a_sign_nobody_sees_is_told_with_its_line(company: Settings) -> None:
    change(company, "segments.csv", "consumer,", "con\0sumer,")
    [said] = told(company)
    assert said == (
        "seeds/segments.csv line 2: a sign that is none of a text (U+0000) stands in it; delete it"
    )


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [("channels.csv", "phone,", "all,"), ("segments.csv", "consumer,", "unknown,"),
     ("touchpoints.csv", "invoice,", "unknown,")],
)  # fmt: skip
def test_a_name_that_means_something_else_in_the_figures_is_refused(
    company: Settings, file: str, old: str, new: str
) -> None:
    change(company, file, old, new)
    name = new.removesuffix(",")
    assert any(
        said.startswith(f"seeds/{file} line ") and f"'{name}' has a meaning of its own" in said
        for said in told(company)
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        ("targets.csv", "ces,all,all,2025-09-01,,5.2", "ces,all,all,2025-09-01,,52",
         "target 52 is none that ces can reach; write a number from 1 to 7"),
        ("targets.csv", ",,35", ",,-350", "target -350 is none that nps can reach; write a number "
         "from -100 to 100"),
        ("case_policies.csv", ",60", ",-60", "line 2: zendesk/urgent: first_reply_target_minutes "
         "-60 is no time to reply in; write minutes above 0"),
    ],
)  # fmt: skip
def test_numbers_lie_where_they_can(
    company: Settings, file: str, old: str, new: str, sentence: str
) -> None:
    change(company, file, old, new)
    [said] = told(company)
    assert sentence in said


def test_a_row_that_cannot_be_read_is_told_of_that_alone(company: Settings) -> None:
    change(company, "survey_questions.csv", ",0,10,9,", ",zero,10,9,")
    change(company, "survey_questions.csv", ",1,7,6,", ",one,7,6,")
    said = told(company)
    assert [line.partition(": ")[2] for line in said] == [
        "'zero' is no number; write a number like 35 or 5.2",
        "'one' is no number; write a number like 35 or 5.2",
    ]


def test_a_file_full_of_faults_does_not_hide_the_others(company: Settings) -> None:
    add(company, "holidays.csv", *(f"uk_9_18,{day}.06.2025" for day in range(1, 31)))
    change(company, "targets.csv", ",,35", ",,35%")
    said = told(company)
    assert sum("seeds/holidays.csv line" in line for line in said) == 20
    assert "seeds/holidays.csv: 10 more such faults" in said
    assert any("'35%' is no number; write 35" in line for line in said)


# --- commands -------------------------------------------------------------------------------------


def test_a_build_ends_at_once_with_all_faults_and_leaves_the_warehouse(company: Settings) -> None:
    change(company, "actions.csv", "2026-09-14", "14/09/2026")
    change(company, "channels.csv", "chat,Chat,5", "chat,Chat")
    change(company, "actions.csv", "at_risk", "atrisk")
    configured = company.company_file.read_text()
    company.company_file.write_text(configured + "minimun_n: 5\n")
    company.var.mkdir()
    company.warehouse.write_bytes(b"as it was")
    began = time.monotonic()
    assert company.company_dir is not None
    done = CommandLine(company.company_dir)("build")
    assert time.monotonic() - began < 20, "as a build does that starts dbt"
    assert done.code == 1
    for sentence in (
        "minimun_n: there is no such key; write minimum_n (known: company, reporting_zone,",
        "seeds/actions.csv line 2, column decided_on: '14/09/2026' is no date; write 2026-09-14",
        "seeds/actions.csv line 3, column status: 'atrisk' is unknown; write at_risk",
        "seeds/channels.csv line 6: 2 values for 3 columns",
    ):
        assert sentence in done.said
    assert "building in full" not in done.said
    assert company.warehouse.read_bytes() == b"as it was"
    assert {path.name for path in company.var.iterdir()} == {"warehouse.duckdb", "warehouse.lock"}

    company.company_file.write_text(configured)
    done = CommandLine(company.company_dir)("build")
    assert done.code == 1
    assert "seeds/actions.csv line 3, column status: 'atrisk' is unknown" in done.said
    assert company.warehouse.read_bytes() == b"as it was"
    assert {path.name for path in company.var.iterdir()} == {"warehouse.duckdb", "warehouse.lock"}


def test_the_doctor_tells_every_fault_of_the_files(company: Settings) -> None:
    def seen() -> list[tuple[str, str]]:
        found = doctor.examine(company, offline=True)
        return [(each.state, each.detail) for each in found if each.subject == "seeds"]

    assert seen() == [("ok", str(company.seeds))]
    change(company, "actions.csv", "2026-09-14", "14/09/2026")
    change(company, "targets.csv", ",,70", ",,700")
    [(first, date_said), (second, target_said)] = seen()
    assert (first, second) == ("fail", "fail")
    assert date_said.endswith("'14/09/2026' is no date; write 2026-09-14")
    assert "target 700 is none that csat can reach" in target_said


@pytest.mark.parametrize(
    ("file", "text", "subject", "words"),
    [
        (
            "audiences.yml",
            "audiences:\n  unit: {title: Unit, scope: segment=enterprize, recipients: [a@b.me]}\n",
            "audience unit",
            "segment 'enterprize' is unknown; write enterprise",
        ),
        ("labels.yml", "de:\n  touchpoints: {checkout: Kasse}\n", "configuration", "touchpoints"),
    ],
    ids=["segment of an audience", "labels"],
)
def test_the_doctor_tells_what_would_only_fail_when_the_report_is_made(
    company: Settings, file: str, text: str, subject: str, words: str
) -> None:
    company.company_file.with_name(file).write_text(text)
    [fault] = [each for each in doctor.examine(company, offline=True) if each.state == "fail"]
    assert fault.subject == subject
    assert words in fault.detail


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("labels.yml", "deutsch: {}\n", ["warn labels: language 'deutsch' is unknown; known: de"]),
        (
            "labels.yml",
            "de:\n  touchpoint: {chekout: Kasse}\n  survey: {Own: Eigene}\n  owner: {Ann: Anna}\n",
            ["warn labels: de.touchpoint: 'chekout' is unknown; write checkout (known: website_"],
        ),
        (
            "labels.yml",
            "de:\n  touchpoints: {checkout: Kasse}\n",
            ["labels.yml: de.touchpoints: there is no such key; write touchpoint (known: journey"],
        ),
        (
            "labels.yml",
            "de:\n  touchpoint: {no: Nein}\n",
            ["de.touchpoint.0: its key is no text; put the key into quotation marks"],
        ),
        (
            "accepted.yml",
            "- chek: a\n",
            ["accepted.yml: entry 1, check: is missing", "entry 1, chek: there is"],
        ),
        (
            "accepted.yml",
            "- {check: no source falls silnt, rows: {source: a}, because: b}\n",
            ["accepted.yml: there is no check 'no source falls silnt'; there are"],
        ),
    ],
)
def test_the_doctor_reads_files_that_may_be_missing(
    company: Settings, file: str, text: str, told: list[str]
) -> None:
    def said() -> str:
        found = doctor.examine(company, offline=True)
        return "\n".join(f"{f.state} {f.subject}: {f.detail}" for f in found if f.state != "ok")

    before = said()
    company.company_file.with_name(file).write_text(text)
    for sentence in told:
        assert sentence in said()
        assert sentence not in before


def test_the_doctor_tells_an_address_that_mail_would_fail_on(company: Settings) -> None:
    text = company.company_file.read_text()
    text = text.replace("- data-team@", "- data-team at ").replace("<insight@", "<insight at ")
    company.company_file.write_text(text)
    found = {
        f.subject: f.detail for f in doctor.examine(company, offline=True) if f.state == "fail"
    }
    assert found.keys() == {"operators", "sender"}
    assert "'data-team at larkfield.example' has a space" in found["operators"]
