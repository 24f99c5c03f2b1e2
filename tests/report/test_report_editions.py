"""The archive: written once, revised when numbers change, never half there."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from report_making import audience
from report_publication import publish
from report_world import LAST, METRICS, Row, Story

from wellheard.errors import ConfigError, ReportError
from wellheard.report import definitions, editions
from wellheard.report.editions import Edition
from wellheard.settings import PROJECT, Settings


def story(**changes: object) -> Story:
    fields: dict[str, object] = {
        "metrics": METRICS[:1], "stages": ["Buy", "Use", "Pay"], "touchpoints": [],
        "channels": ["Web", "App"], "segments": ["Consumer"], "actions": [], "months": 4,
        "restated": [],
    }  # fmt: skip
    return Story(**{**fields, **changes})  # type: ignore[arg-type]


def make(settings: Settings, told: Story, name: str) -> Edition:
    report = definitions.load(settings, "executive_monthly")
    return editions.make(settings, report, publish(settings, told, name=name), LAST, audience())


def warned() -> Story:
    return story(verdict="WARN", warnings=[("volume", "fewer than usual")])


def higher(tables: dict[str, list[Row]]) -> None:
    for row in tables["rpt_metrics"]:
        if row["period"] == str(LAST) and row["dimension"] == "all":
            row["value"] += 1.5


def content(edition: Edition) -> dict[str, tuple[bytes, int]]:
    return {
        path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in edition.folder.iterdir()
    }


@pytest.fixture
def own_project(tmp_path: Path, settings: Settings) -> Settings:
    """A project folder whose templates a test may break; the fonts are linked."""
    project = tmp_path / "project"
    shutil.copytree(
        PROJECT / "templates", project / "templates", ignore=shutil.ignore_patterns("fonts")
    )
    (project / "templates" / "fonts").symlink_to(PROJECT / "templates" / "fonts")
    shutil.copytree(
        PROJECT / "reports" / "executive_monthly", project / "reports" / "executive_monthly"
    )
    return settings.model_copy(update={"project": project})


def test_an_edition_is_archived_with_its_manifest(settings: Settings) -> None:
    edition = make(settings, story(), "p00000000000a")
    assert edition.folder == (
        settings.editions / "executive_monthly" / "2026-10" / "executive_team" / "r1"
    )
    names = {"report.pdf", "data.json", "report.html", "manifest.json"}
    assert {path.name for path in edition.folder.iterdir()} == names
    manifest = json.loads((edition.folder / "manifest.json").read_text())
    assert (manifest["publication"], manifest["verdict"]) == ("p00000000000a", "PASS")
    assert manifest["figures"] > 30
    assert manifest["pages"] >= 3
    editions.verify(edition)
    assert editions.latest(settings, "executive_monthly", LAST, "executive_team") == edition


def test_the_same_numbers_give_the_archived_edition_untouched(settings: Settings) -> None:
    first = make(settings, story(), "p00000000000a")
    before = content(first)
    again = make(settings, story(), "p00000000000b")  # another publication, the same numbers
    assert again == first
    assert content(first) == before
    assert make(settings, warned(), "p00000000000c") == first


def test_changed_numbers_are_a_new_revision_beside_the_old(settings: Settings) -> None:
    first = make(settings, story(), "p00000000000a")
    before = content(first)
    second = make(settings, story(edit=higher), "p00000000000b")
    assert (second.revision, second.folder.name) == (2, "r2")
    assert content(first) == before
    find = editions.find
    named = ("executive_monthly", LAST, "executive_team")
    assert find(settings, *named).revision == 2
    assert find(settings, *named, 1) == first
    with pytest.raises(ReportError, match=r"no revision r7 .* it has r1, r2"):
        find(settings, *named, 7)


def test_an_edition_that_is_not_there_is_refused_with_the_command_that_makes_it(
    settings: Settings,
) -> None:
    with pytest.raises(ReportError, match=r"wellheard render .*2026-10 .*executive_team"):
        editions.latest(settings, "executive_monthly", LAST, "executive_team")


def test_what_a_killed_process_left_is_neither_seen_nor_in_the_way(settings: Settings) -> None:
    place = settings.editions / "executive_monthly" / "2026-10" / "executive_team"
    half = place / ".writing-4242"
    half.mkdir(parents=True)
    (half / "report.pdf").write_bytes(b"%PDF-half")
    with pytest.raises(ReportError, match="there is no edition"):
        editions.latest(settings, "executive_monthly", LAST, "executive_team")
    assert make(settings, story(), "p00000000000a").revision == 1
    assert not half.exists()


def test_a_changed_file_in_the_archive_is_noticed_and_named(settings: Settings) -> None:
    edition = make(settings, story(), "p00000000000a")
    edition.pdf.write_bytes(edition.pdf.read_bytes() + b" ")
    with pytest.raises(ReportError, match=r"report\.pdf is missing or is not the file"):
        make(settings, story(), "p00000000000b")


def test_a_damaged_manifest_is_named(settings: Settings) -> None:
    edition = make(settings, story(), "p00000000000a")
    (edition.folder / "manifest.json").write_text("{")
    with pytest.raises(ReportError, match=r"manifest\.json is unreadable"):
        editions.latest(settings, "executive_monthly", LAST, "executive_team")


@pytest.mark.parametrize("name", ["manifest.json", "report.pdf"])
def test_a_damaged_edition_set_aside_as_told_keeps_its_number(
    settings: Settings, name: str
) -> None:
    named = ("executive_monthly", LAST, "executive_team")
    first = make(settings, story(), "p00000000000a")
    (first.folder / name).write_text("{")
    advice = rf"or rename {re.escape(str(first.folder))} to r1\.damaged and render again"
    with pytest.raises(ReportError, match=advice):
        make(settings, story(), "p00000000000b")
    first.folder.rename(first.folder.with_name("r1.damaged"))
    with pytest.raises(ReportError, match="there is no edition"):
        editions.latest(settings, *named)
    second = make(settings, story(), "p00000000000c")
    assert second.folder.name == "r2"
    assert make(settings, story(), "p00000000000d") == second == editions.latest(settings, *named)
    with pytest.raises(ReportError, match=r"no revision r1 .* it has r2"):
        editions.find(settings, *named, 1)


def test_what_a_damaged_edition_had_replaced_is_not_the_latest_again(settings: Settings) -> None:
    named = ("executive_monthly", LAST, "executive_team")
    first = make(settings, story(), "p00000000000a")
    second = make(settings, story(edit=higher), "p00000000000b")
    second.folder.rename(second.folder.with_name("r2.damaged"))
    with pytest.raises(ReportError, match=r"set aside as r2\.damaged: run `wellheard render"):
        editions.latest(settings, *named)
    assert editions.find(settings, *named, 1) == first
    # Whoever was sent r2 must be sent these numbers, though they are those of r1 again.
    assert make(settings, story(), "p00000000000c").revision == 3


def test_the_name_of_an_edition_is_on_the_disk_before_it_is_given_out(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = settings.editions / "executive_monthly" / "2026-10" / "executive_team"
    synced: dict[Path, bool] = {}  # whether the edition had its name by then
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        synced[Path(f"/proc/self/fd/{descriptor}").readlink()] = (place / "r1").exists()
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    make(settings, story(), "p00000000000a")
    aside = place / f".writing-{os.getpid()}"
    assert not any(synced[aside / name] for name in ("report.pdf", "manifest.json"))
    assert not synced[aside]
    above = (place, place.parent, place.parent.parent, settings.editions)
    assert all(synced[folder] for folder in above)


def test_an_archive_that_cannot_be_written_says_so(settings: Settings) -> None:
    settings.editions.write_text("a file where the folder should be")
    with pytest.raises(ReportError, match="could not be archived"):
        make(settings, story(), "p00000000000a")


def test_a_pdf_that_lacks_a_figure_is_not_archived(own_project: Settings) -> None:
    page = own_project.templates / "executive_monthly" / "numbers.html.j2"
    page.write_text(page.read_text().replace("{{ parts.text(cell) }}", "?", 1))
    with pytest.raises(ReportError, match=r"figure /months/rows.* is printed"):
        make(own_project, story(), "p00000000000a")
    place = own_project.editions / "executive_monthly" / "2026-10" / "executive_team"
    assert [path.name for path in place.iterdir()] == [".lock"]


def test_a_template_that_asks_for_what_is_not_there_is_an_error(own_project: Settings) -> None:
    page = own_project.templates / "executive_monthly" / "summary.html.j2"
    page.write_text("{{ doc.nothing }}")
    with pytest.raises(ReportError, match=r"UndefinedError.*nothing.*templates"):
        make(own_project, story(), "p00000000000a")


def test_an_unknown_report_is_refused_with_those_there_are(settings: Settings) -> None:
    for name in ("nothing", "../executive_monthly"):
        with pytest.raises(ConfigError, match=r"there is no report .*executive_monthly"):
            definitions.load(settings, name)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("pages: [summary,", "pages: [nowhere,", r"'nowhere' has no template"),
        ("languages: [en, de]", "languages: [en, fr]", r"title has no fr"),
        ("trend: nps", "trends: nps", r"trends: there is no such key"),
        ("history_months: 13", "history_months: 1", r"history_months"),
        ("  - csat", "  - nps", r"headline: nps is there more than once"),
        ("title:\n  en:", "title:\n  fr: x\n  en:", r"'fr' has no texts"),
    ],
)
def test_a_definition_that_cannot_be_used_names_the_file_and_the_key(
    own_project: Settings, old: str, new: str, problem: str
) -> None:
    path = own_project.reports / "executive_monthly" / "report.yml"
    text = path.read_text().replace(old, new, 1)
    if "fr: x" in new:
        text = text.replace("languages: [en, de]", "languages: [en, fr]")
    path.write_text(text)
    with pytest.raises(ConfigError, match=problem) as refused:
        definitions.load(own_project, "executive_monthly")
    assert "report.yml" in str(refused.value)
