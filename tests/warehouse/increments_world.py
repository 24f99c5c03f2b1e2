"""A small company whose lake grows in every way that can change what was built from it before.

Ids, moments and values come from few, so that corrections, duplicates, withdrawals, moves from one
case or customer to another, late records and clocks gone wrong all happen within a few landings.
To try the histories of seeds 10 to 39, with `tests` on the path:

    PYTHONPATH=tests python tests/warehouse/increments_world.py 10 40
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from warehouse_contents import differences

from wellheard import warehouse
from wellheard.lake import as_lake
from wellheard.periods import Window
from wellheard.settings import PROJECT, Settings
from wellheard.sources.base import Page, Record

COMPANY = """
company: Larkfield
reporting_zone: Europe/London
minimum_n: 2
sources:
  desk: {kind: file, mapping: desk.yml, history_start: 2026-03-01}
  zendesk: {history_start: 2026-03-01}
  typeform: {history_start: 2026-03-01}
"""
SECOND_DESK = "  second: {kind: file, mapping: desk.yml, history_start: 2026-03-01"
NOT_YET = ", enabled: false"
CONTRACTS = ("feedback", "cases", "case_events", "customers", "interactions", "invitations")
REQUIRED = {
    "feedback": ("survey_id", "question_id", "score", "responded_at"),
    "cases": ("case_id", "created_at"),
    "case_events": ("case_id", "occurred_at", "event"),
    "customers": ("customer_key",),
    "interactions": ("customer_key", "occurred_at", "touchpoint"),
    "invitations": ("survey_id", "customer_key", "sent_at"),
}
QUESTIONS = """source,survey_id,question_id,metric,label,scale_min,scale_max,top_from,\
touchpoint,journey_stage,driver,reversed,about_question
desk,*,nps,nps,Recommend?,0,10,9,,,,false,
desk,*,csat,csat,Satisfied?,1,5,4,checkout,,,false,
desk,*,why,comment,Why?,,,,,,,false,nps
second,*,nps,nps,Recommend?,0,10,9,,,,false,
typeform,*,nps,nps,Recommend?,0,10,9,,,,false,
typeform,*,why,comment,Why?,,,,,,,false,nps
"""
POLICIES = """source,priority,schedule,first_reply_target_minutes
second,*,uk_9_18,60
zendesk,*,uk_9_18,90
desk,high,uk_9_18,30
"""
WHENS = [
    datetime(2026, month, day, hour, 30, tzinfo=UTC)
    for month in (2, 3, 4, 5, 6)
    for day, hour in ((1, 0), (2, 10), (17, 15), (31 if month in (3, 5) else 28, 23))
]


def company(folder: Path) -> Settings:
    """Settings of the company; its state lies in `folder`."""
    own = folder / "company"
    shutil.copytree(PROJECT / "dbt_project" / "seeds", own / "seeds")
    (own / "seeds" / "survey_questions.csv").write_text(QUESTIONS)
    (own / "seeds" / "case_policies.csv").write_text(POLICIES)
    (own / "seeds" / "case_statuses.csv").write_text("source,status,means\n*,fixed,solved\n")
    (own / "seeds" / "targets.csv").write_text(
        "metric,dimension,member,valid_from,valid_to,target\n"
    )
    (own / "wellheard.yml").write_text(f"{COMPANY}{SECOND_DESK}{NOT_YET}}}\n")
    streams = {
        contract: {
            "contract": contract,
            "files": [f"{contract}.csv"],
            "columns": {name: name for name in REQUIRED[contract]},
        }
        for contract in CONTRACTS
    }
    (own / "desk.yml").write_text(json.dumps({"streams": streams}))
    return Settings(var=folder / "var", company_dir=own, lake_url=str(folder / "lake"))


@dataclass
class History:
    """Landings by chance: `land` adds those of the next month."""

    settings: Settings
    chance: random.Random
    month: int = 0
    sources: list[str] = field(default_factory=lambda: ["desk"])

    def land(self) -> None:
        """A window of each stream of each source."""
        start = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=30 * self.month)
        self.month += 1
        window = Window(start, start + timedelta(days=30))
        for source in self.sources:
            for contract in CONTRACTS:
                rows = [(f"r{self._one(9)}", self._file(contract)) for _ in self._some(7)]
                self._land(source, contract, window, rows, contract)
        vendors: dict[str, dict[str, tuple[int, Callable[[int], dict[str, Any]]]]] = {
            "zendesk": {
                "tickets": (5, self._ticket),
                "ticket_events": (12, self._audit),
                "users": (5, self._user),
            },
            "typeform": {"forms": (1, self._form), "responses": (8, self._response)},
        }
        for source, streams in vendors.items():
            for stream, (ids, made) in streams.items():
                drawn = [self._one(ids) for _ in self._some(5)]
                self._land(source, stream, window, [(self._id(stream, n), made(n)) for n in drawn])

    def land_answers(self, *moments: datetime) -> None:
        """What three customers say through one channel at each of them (before June)."""
        start = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(days=30 * self.month)
        self.month += 1
        rows = [
            (name := f"{self.month}-{moment:%m}-{who}", {
                "response_id": name, "survey_id": "s", "question_id": "csat",
                "score": self._one(5), "responded_at": moment.isoformat(),
                "customer_key": f"C{who}", "channel": "web", "touchpoint": "checkout",
            })
            for moment in moments for who in (1, 2, 3)
        ]  # fmt: skip
        window = Window(start, start + timedelta(days=30))
        self._land("desk", "feedback", window, rows, "feedback")

    def replace(self) -> None:
        """Land a month again, with other records."""
        at, self.month = self.month, self.chance.randrange(self.month)
        self.land()
        self.month = at

    def take_up_second_desk(self) -> None:
        """From now on there is one more source of a known kind."""
        path = self.settings.company_file
        path.write_text(path.read_text().replace(NOT_YET, ""))
        self.sources.append("second")

    def _land(
        self,
        source: str,
        stream: str,
        window: Window,
        rows: Sequence[tuple[str, dict[str, Any]]],
        contract: str | None = None,
    ) -> None:
        # Clocks tie, and a later landing may carry an older state.
        changed = [window.start + timedelta(days=10 * self._one(4) - 30) for _ in rows]
        read_at = self.chance.choice([window.end, datetime(2026, 12, 1, tzinfo=UTC)])
        with as_lake(self.settings).landing(
            source, stream, window, extracted_at=read_at, contract=contract
        ) as landing:
            landing.add(
                Page(
                    number=1,
                    records=[
                        Record(name, at, json.dumps(payload).encode())
                        for (name, payload), at in zip(rows, changed, strict=True)
                    ],
                )
            )

    def _id(self, stream: str, number: int) -> str:
        return f"F/t{number}" if stream == "responses" else str(number)

    def _one(self, n: int) -> int:
        return self.chance.randint(1, n)

    def _some(self, n: int) -> range:
        return range(self.chance.randint(0, n))

    def _of(self, *values: Any) -> Any:
        return self.chance.choice(values)

    def _when(self) -> str:
        moment = self.chance.choice(WHENS) + timedelta(minutes=self.chance.randint(0, 200))
        return self.chance.choices(
            [moment.isoformat(), "1969-12-31T23:59:59Z", "soon"], (30, 1, 1)
        )[0]

    def _customer(self) -> str | None:
        return self._of("C1", "C2", "C3", None)

    def _file(self, contract: str) -> dict[str, Any]:
        made: dict[str, dict[str, Any]] = {
            "feedback": {
                "response_id": self._of("a", "b", "c", "d", "e", "f", None),
                "survey_id": self._of("s", "s", "t"),
                "question_id": self._of("nps", "nps", "csat", "why", "unknown"),
                "score": self._of(0, 3, 4, 5, 9, 10, 11, None, "n/a"),
                "responded_at": self._when(),
                "customer_key": self._customer(),
                "channel": self._of("web", "app", None, "fax"),
                "touchpoint": self._of("checkout", "invoice", None),
                "segment": self._of(None, None, "consumer"),
                "weight": self._of(None, None, 0.5, 2),
                "comment": self._of(None, "fine", "not fine"),
            },
            "cases": {
                "case_id": self._of("k1", "k2", "k3", "k4", "k5", None),
                "created_at": self._when(),
                "priority": self._of("high", "low", None),
                "customer_key": self._customer(),
                "channel": self._of("phone", "chat", "web", "fax"),
                "schedule": self._of("uk_9_18", "uk_9_18", "new_york_8_20", None, "moonlight"),
                "is_deleted": self._of(False, False, False, True),
                "tells_first_reply": self._of(None, True, False),
                "tells_reopenings": self._of(None, True, False),
            },
            "case_events": {
                "case_event_id": self._of(None, "e1", "e2", "e3", "e4"),
                "case_id": self._of("k1", "k2", "k3", "k4", "k5"),
                "occurred_at": self._when(),
                "sequence": self._one(3),
                "event": self._of("comment", "comment", "status", "satisfaction", "party"),
                "actor_role": self._of("agent", "agent", "customer", "bot"),
                "is_public": True,
            },
            "customers": {
                "customer_key": self._customer(),
                "segment": self._of("consumer", "enterprise", None, "royal"),
                "account_value": self._one(100),
                "churned_on": self._of(None, "2026-04-01"),
            },
            "interactions": {
                "interaction_id": self._of(None, "i1", "i2", "case|k1"),
                "touchpoint": self._of("checkout", "invoice", "castle"),
                "occurred_at": self._when(),
                "channel": self._of("web", "fax"),
                "customer_key": self._customer(),
            },
            "invitations": {
                "invitation_id": self._of(None, "v1", "v2"),
                "survey_id": "s",
                "sent_at": self._when(),
                "customer_key": self._customer(),
                "channel": "email",
            },
        }
        row = made[contract]
        if contract == "case_events":
            row["value"] = {
                "status": self._of("open", "solved", "Fixed", "closed", "parked"),
                "satisfaction": self._of("good", "bad", "offered"),
            }.get(row["event"])
        return row

    def _ticket(self, number: int) -> dict[str, Any]:
        return {
            "id": number,
            "created_at": self._when(),
            "updated_at": self._of("2026-05-01T10:00:00Z", "2026-05-02T10:00:00Z"),
            "priority": self._of("urgent", "low"),
            "status": self._of("open", "solved", "deleted"),
            "requester_id": self._one(6),
            "via": {"channel": self._of("email", "voice", "web", "pigeon")},
            "satisfaction_rating": {
                "score": self._of("unoffered", "good", "bad"),
                "comment": self._of(None, "thanks"),
            },
        }

    def _audit(self, number: int) -> dict[str, Any]:
        children = [
            self._of(
                {"event_type": "Comment", "author_id": self._one(6), "comment_present": True,
                 "comment_public": True},
                {"event_type": "Change", "status": self._of("open", "solved", "closed")},
                {"event_type": "Change", "satisfaction_score": self._of("offered", "good", "bad")},
            )
            for _ in self._some(3)
        ]  # fmt: skip
        return {
            "id": number,
            "ticket_id": self._one(6),
            "updater_id": self._of(-1, 1, 2, 3),
            "created_at": self.chance.choice(WHENS).isoformat(),
            "event_type": "Audit",
            "child_events": [{"id": 10 * number + i, **c} for i, c in enumerate(children)],
        }

    def _user(self, number: int) -> dict[str, Any]:
        return {
            "id": number,
            "external_id": self._of(None, f"C{number}"),
            "role": self._of("end-user", "end-user", "agent"),
            "locale": "en-GB",
            "tags": self._of([], ["bot"]),
            "name": "Jane Doe",
            "email": "jane@example.org",
            "user_fields": {
                "segment": self._of("consumer", "enterprise", None),
                "zone_schedule": self._of(None, "new_york_8_20"),
            },
        }

    def _form(self, number: int) -> dict[str, Any]:
        refs = self._of([], ["nps"], ["nps", "why"])
        return {"id": f"F{number}", "title": "F", "fields": [{"id": r, "ref": r} for r in refs]}

    def _response(self, number: int) -> dict[str, Any]:
        answers = [
            self._of(
                {"field": {"ref": "nps"}, "type": "number", "number": self._of(0, 8, 10, 12)},
                {"field": {"ref": "why"}, "type": "text", "text": self._of("easy", "")},
            )
            for _ in self._some(1)
        ]
        when = self.chance.choice(WHENS).isoformat()
        return {
            "response_id": f"t{number}",
            "response_type": self._of("completed", "completed", "partial"),
            "landed_at": when,
            "submitted_at": when,
            "hidden": {"customer_id": self._customer() or "", "channel": self._of("web", "")},
            "answers": answers,
        }


def try_history(folder: Path, seed: int, landings: int, *, every: bool = False) -> list[str]:
    """Land and build month after month; what then differs from a build in full of the same lake.

    `every`: compare after each landing, not only after the last.
    """
    chance = random.Random(seed)
    settings = company(folder)
    history = History(settings, chance)
    apart = settings.model_copy(update={"var": folder / "apart"})
    for number in range(landings):
        if number == 2:
            history.take_up_second_desk()
            settings = Settings(**settings.model_dump())
            apart = settings.model_copy(update={"var": folder / "apart"})
            history.settings = settings
        history.land()
        steps: list[str] = []
        build = warehouse.build(settings, progress=steps.append)
        in_full = [step for step in steps if step.startswith("building in full")]
        if in_full:
            return [f"landing {number}: {in_full}"]
        if every or number == landings - 1:
            full = warehouse.build(apart, full=True)
            assert full.id == build.id
            if found := differences(settings.warehouse, apart.warehouse):
                return [f"after landing {number}:", *found]
    return []


if __name__ == "__main__":
    for seed in range(int(sys.argv[1]), int(sys.argv[2])):
        with tempfile.TemporaryDirectory() as place:
            problems = try_history(Path(place), seed, 5, every="every" in sys.argv)
        print(seed, *(problems or ["equal"]), sep="\n    ", flush=True)
