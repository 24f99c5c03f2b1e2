"""The demo's whole main job, run once by a real Airflow for every test that looks at it."""

import email
import email.policy
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from wellheard import settings
from wellheard.demo import airflow, run


@dataclass(frozen=True)
class MainJob:
    """A demo that has finished and whose Airflow still runs."""

    demo: settings.Settings
    api: airflow.Api
    outcome: run.Outcome
    said: list[str]

    def mail(self) -> list[email.message.EmailMessage]:
        """Every message in the mailbox, oldest first."""
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted((self.demo.var / "mail").glob("*.eml"))
        ]

    def editions(self) -> dict[str, bytes]:
        """The archive: every file of every edition by its path."""
        return {
            str(path.relative_to(self.demo.editions)): path.read_bytes()
            for path in self.demo.editions.rglob("*")
            if path.is_file()
        }


@pytest.fixture(scope="module")
def main_job(tmp_path_factory):
    place = tmp_path_factory.mktemp("a place with spaces")
    demo = run.place(settings.Settings(var=Path(place)))
    said: list[str] = []
    with run.services(demo, said.append) as (_, api, _server):
        outcome = run.main_job(demo, api, said.append, time.monotonic())
        yield MainJob(demo, api, outcome, said)
