"""`wellheard render` killed while it archives: the archive is whole, the next run finishes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import CommandLine, killed_at
from report_making import place
from report_publication import publish
from report_world import METRICS, Row, Story

RENDER = ("render", "--period", "2026-10")
AUDIENCES = "audiences:\n  team: {title: Team, recipients: [a@larkfield.example]}\n"


class Desk:
    """A company with a publication, and its command line."""

    def __init__(self, root: Path) -> None:
        self.settings = place(root)
        assert self.settings.company_dir is not None
        (self.settings.company_dir / "audiences.yml").write_text(AUDIENCES)
        self.run = CommandLine(root)
        self.own = {"WELLHEARD_COMPANY_DIR": str(self.settings.company_dir)}
        self.archive = self.settings.editions / "executive_monthly" / "2026-10" / "team"

    def publish(
        self, name: str, edit: Callable[[dict[str, list[Row]]], None] | None = None
    ) -> None:
        story = Story(
            metrics=METRICS[:1], stages=["Buy", "Use", "Pay"], touchpoints=[],
            channels=["Web", "App"], segments=["Consumer"], actions=[], months=4, restated=[],
            edit=edit,
        )  # fmt: skip
        publish(self.settings, story, name=name)
        pointer = self.settings.publications / "latest.json"
        pointer.write_text(json.dumps({"id": name}))

    def killed_at(self, event: str, name: str) -> None:
        killed_at(event, name, *RENDER, environment=self.run.environment(**self.own))

    def archived(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.archive)): path.read_bytes()
            for path in sorted(self.archive.rglob("*"))
            if path.is_file() and path.name != ".lock"
        }


def higher(tables: dict[str, list[Row]]) -> None:
    for row in tables["rpt_metrics"]:
        if row["period"] == "2026-10" and row["dimension"] == "all":
            row["value"] += 1.5


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.publish("p00000000000a")
    return made


def test_killed_while_archiving_there_is_no_edition_and_the_next_run_makes_it(desk: Desk) -> None:
    desk.killed_at("open", "report.pdf")
    mail = {"AIRFLOW_CONN_WELLHEARD_SMTP": '{"host": "127.0.0.1", "port": 1}'}
    done = desk.run("deliver", "--period", "2026-10", **desk.own, **mail)
    assert done.code == 1
    assert "there is no edition of executive_monthly 2026-10 for team" in done.said
    assert desk.run("status", **desk.own).code == 0

    done = desk.run(*RENDER, **desk.own)
    assert (done.code, "team r1: " in done.said) == (0, True)
    files = ["data.json", "manifest.json", "report.html", "report.pdf"]
    assert list(desk.archived()) == [f"r1/{name}" for name in files]


def test_killed_before_a_revision_is_in_place_the_old_one_stands_and_the_next_run_adds_it(
    desk: Desk,
) -> None:
    assert desk.run(*RENDER, **desk.own).code == 0
    first = desk.archived()
    desk.publish("p00000000000b", higher)
    desk.killed_at("os.rename", ".writing")
    visible = {name: data for name, data in desk.archived().items() if name[0] != "."}
    assert visible == first

    done = desk.run(*RENDER, **desk.own)
    assert (done.code, "team r2: " in done.said) == (0, True)
    after = desk.archived()
    assert {name: data for name, data in after.items() if name.startswith("r1/")} == first
    assert {name.split("/")[0] for name in after} == {"r1", "r2"}

    again = desk.run(*RENDER, **desk.own)
    assert (again.code, desk.archived()) == (0, after)


@pytest.mark.parametrize(
    ("period", "code", "said"),
    [
        ("2020-01", 1, "2020-01"),
        ("2031-01", 2, "held 2031-01 is not complete in"),
    ],
    ids=["a month without answers", "a month that is not over"],
)
def test_a_month_that_cannot_be_reported_leaves_nothing(
    desk: Desk, period: str, code: int, said: str
) -> None:
    done = desk.run("render", "--period", period, **desk.own)
    assert done.code == code, done.said
    assert said in done.said
    if code == 1:
        assert "2026-10" in done.said  # a month that has answers
    assert not [path for path in desk.settings.editions.rglob("*") if path.name.startswith("r1")]
