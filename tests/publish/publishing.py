"""A company, a warehouse with a handful of reporting rows, and the verdict on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from wellheard import publish
from wellheard.gate import Check, Verdict
from wellheard.publish import Publication
from wellheard.settings import Settings

NOW = datetime(2026, 11, 2, 6, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
RESTATED = (
    "select period, metric, printed_value, printed_n, value, n, first_publication, publication"
    " from rpt_restatements where scope = 'all' order by all"
)

# period, metric -> (n, value)
NUMBERS = {
    ("2026-08", "nps"): (400, 21.5),
    ("2026-09", "nps"): (410, 22.0),
    ("2026-10", "nps"): (390, 24.0),
    ("2026-11", "nps"): (12, 10.0),
    ("2026-10", "csat"): (0, None),
}


@dataclass(frozen=True)
class Build:
    """What publish needs of a build."""

    id: str
    inputs_sha256: str
    folder: Path
    watermarks: dict[str, datetime | None]


@dataclass
class World:
    """A company folder with one warehouse, rewritten by `build`."""

    settings: Settings
    now: datetime = NOW
    reached: datetime = NOW
    sources: tuple[str, ...] = ("typeform", "zendesk")
    numbers: dict[tuple[str, str], tuple[int | None, float | None]] = field(
        default_factory=lambda: dict(NUMBERS)
    )
    late_source_starts: str = "2025-09-01"

    def write_company(self) -> None:
        folder = self.settings.company_dir
        assert folder is not None
        folder.mkdir(exist_ok=True)
        starts = dict.fromkeys(self.sources, "2025-09-01") | {
            self.sources[-1]: self.late_source_starts
        }
        lines = "".join(f"  {name}: {{history_start: {day}}}\n" for name, day in starts.items())
        (folder / "wellheard.yml").write_text(
            f"company: Larkfield\nreporting_zone: Europe/London\nsources:\n{lines}"
        )
        self.settings.__dict__.pop("company", None)

    def build(
        self, build_id: str = "b000000000001", *, reached: dict[str, datetime | None] | None = None
    ) -> Build:
        """Write the warehouse as a finished build would leave it."""
        self.write_company()
        self.settings.var.mkdir(exist_ok=True)
        self.settings.warehouse.unlink(missing_ok=True)
        watermarks = dict.fromkeys(self.sources, self.reached) | (reached or {})
        with duckdb.connect(str(self.settings.warehouse)) as connection:
            connection.execute("create schema raw; create schema reporting")
            connection.execute("create table raw.build (build_id varchar, inputs_sha256 varchar)")
            connection.execute("insert into raw.build values (?, 'abc')", [build_id])
            connection.execute(
                "create table reporting.rpt_metrics (scope varchar, period varchar, metric varchar,"
                " dimension varchar, member varchar, n bigint, value double)"
            )
            for (period, metric), (n, value) in self.numbers.items():
                connection.execute(
                    "insert into reporting.rpt_metrics values"
                    " ('all', $p, $m, 'all', 'all', $n, $v),"
                    " ('segment=enterprise', $p, $m, 'all', 'all', 7, 1.0),"
                    " ('all', $p, $m, 'channel', 'web', $n, $v)",
                    {"p": period, "m": metric, "n": n, "v": value},
                )
            connection.execute(
                "create table reporting.rpt_periods as select '2026-10' as period,"
                " timestamptz '2026-10-01 00:00:00+01' as starts_at, 390::bigint as answers"
            )
            connection.execute("create table reporting.scratch as select 1 as unpublished")
        folder = self.settings.builds / build_id
        folder.mkdir(parents=True, exist_ok=True)
        return Build(build_id, "abc", folder, watermarks)

    def verdict(self, build: Build, *checks: Check) -> Verdict:
        passed = Check(
            name="volume", table="gate_volume", expectation="e", severity="hold", success=True,
            why="a source that falls silent thins the report",
        )  # fmt: skip
        failed = {check.severity for check in checks if not check.success}
        word = "HOLD" if "hold" in failed else "WARN" if failed else "PASS"
        return Verdict(build_id=build.id, as_of=self.now, word=word, checks=[passed, *checks])

    def published(self) -> list[str]:
        return sorted(p.name for p in self.settings.publications.glob("p*"))


def make(world: World, build: Build, *checks: Check) -> Publication:
    return publish.publish(
        world.settings, build, world.verdict(build, *checks), published_at=world.now
    )


def rows(publication: Publication, sql: str) -> list[tuple[object, ...]]:
    with publication.connect() as connection:
        return connection.execute(sql).fetchall()
