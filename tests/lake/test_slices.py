"""Long windows are landed in slices that outlive the run; a repair replaces what it reads again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lake_world import SEEN, files_below, listed_files, page, run_python, visible_ids
from pydantic import BaseModel

from wellheard import sources
from wellheard.connections import Connection
from wellheard.coverage import next_window
from wellheard.errors import AccessDenied, QuotaSpent, SourceError
from wellheard.ingest import configured, ingest
from wellheard.lake import Lake, Manifest, as_lake
from wellheard.periods import Window
from wellheard.settings import Settings
from wellheard.slices import cut, widened
from wellheard.sources.base import Page, Request, Source, Stream

CONNECTION = Connection("desk")
YEAR = Window.parse("2025-10-01/2026-10-01")
DAYS = "  desk: {history_start: 2025-10-01, history_slice_days: 31}\n"


class NoOptions(BaseModel, extra="forbid"):
    """A connector without options."""


@dataclass
class Desk:
    """A company whose source `desk` holds one record a month, and remembers what was asked."""

    settings: Settings
    streams: tuple[Stream, ...] = (Stream("tickets"),)
    note: str = "first"
    fail: Callable[[Request], SourceError | None] = lambda request: None
    asked: list[tuple[str, Window]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def read(self, request: Request) -> Iterator[Page]:
        self.asked.append((request.stream.name, request.window))
        error = self.fail(request)
        yield page(1, [f"{request.window.start:%Y-%m-%d}"], self.note)
        if error is not None:
            raise error

    def ingest(self, window: Window, seen: datetime = SEEN, **how: bool) -> list[Manifest]:
        self.asked.clear()
        return ingest(
            self.settings,
            "desk",
            window,
            connection=CONNECTION,
            extracted_at=seen,
            progress=self.told.append,
            **how,
        )

    @property
    def lake(self) -> Lake:
        return as_lake(self.settings)

    def windows(self, stream: str = "tickets") -> list[Window]:
        return [m.window for m in self.lake.manifests("desk", stream)]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    (tmp_path / "wellheard.yml").write_text(f"company: T\nreporting_zone: UTC\nsources:\n{DAYS}")
    made = Desk(Settings(company_dir=tmp_path, var=tmp_path / "var"))
    source = Source(
        name="desk",
        title="A desk",
        options=NoOptions,
        streams=lambda options: made.streams,
        read=made.read,
    )
    monkeypatch.setattr(sources, "get", lambda kind: source)
    return made


def stopping_at(number: int, desk: Desk, error: type[SourceError] = SourceError) -> None:
    """Let the n-th reading from now on fail."""

    def fail(request: Request) -> SourceError | None:
        if len(desk.asked) < number:
            return None
        where = {"source": "desk", "stream": request.stream.name, "window": request.window}
        if error is QuotaSpent:
            return QuotaSpent("spent", resume_at=SEEN + timedelta(hours=18), **where)
        return error("cut off", **where)

    desk.fail = fail


# A first load


def test_a_long_window_is_landed_as_ordinary_windows_that_cover_it_without_a_gap(
    desk: Desk,
) -> None:
    manifests = desk.ingest(YEAR, repair=False)
    assert [m.window for m in manifests] == desk.windows() == cut(YEAR, YEAR.start, 31)
    assert len(manifests) == 12
    assert desk.lake.watermark("desk", "tickets", YEAR.start) == YEAR.end
    assert desk.lake.gaps("desk", "tickets", YEAR.start) == []


def test_a_window_no_longer_than_a_slice_is_landed_as_it_was_asked_for(desk: Desk) -> None:
    month = Window.parse("2026-08-01/2026-09-01")
    assert [m.window for m in desk.ingest(month)] == [month]


@pytest.mark.parametrize("repair", [False, True])
@pytest.mark.parametrize("error", [SourceError, QuotaSpent, KeyboardInterrupt])
def test_a_load_that_ended_goes_on_behind_its_last_whole_slice(
    desk: Desk, error: type[BaseException], repair: bool
) -> None:
    if error is KeyboardInterrupt:

        def interrupted(request: Request) -> SourceError | None:
            if len(desk.asked) == 3:
                raise KeyboardInterrupt
            return None

        desk.fail = interrupted
    else:
        stopping_at(3, desk, error)  # type: ignore[arg-type]
    with pytest.raises(error):
        desk.ingest(YEAR, repair=repair)
    slices = cut(YEAR, YEAR.start, 31)
    assert desk.windows() == slices[:2]

    desk.fail = lambda request: None
    tomorrow = Window(YEAR.start, YEAR.end)
    desk.ingest(tomorrow, SEEN + timedelta(days=1), repair=repair)
    assert [window for _, window in desk.asked] == slices[2:]
    assert desk.windows() == slices
    assert files_below(Path(desk.lake.url)) == listed_files(desk.lake)


def test_the_next_scheduled_window_begins_behind_the_last_whole_slice(desk: Desk) -> None:
    stopping_at(3, desk)
    with pytest.raises(SourceError):
        desk.ingest(YEAR, repair=False)
    found = configured(desk.settings, "desk")
    yesterday = Window(YEAR.end, YEAR.end + timedelta(days=1))
    assert next_window(desk.lake, found, yesterday) == Window(
        cut(YEAR, YEAR.start, 31)[1].end, yesterday.end
    )


def test_a_first_load_reads_nothing_again_of_a_stream_that_is_further_than_another(
    desk: Desk,
) -> None:
    desk.streams = (Stream("tickets"), Stream("users"))
    desk.fail = lambda request: (
        SourceError("no", source="desk", stream="users", window=request.window)
        if request.stream.name == "users" and request.window.start > YEAR.start
        else None
    )
    with pytest.raises(SourceError, match="desk/users"):
        desk.ingest(YEAR, repair=False)
    assert len(desk.windows()) == 12  # the other stream went on
    desk.fail = lambda request: None
    desk.ingest(YEAR, repair=False)
    assert {stream for stream, _ in desk.asked} == {"users"}
    assert desk.windows("users") == desk.windows()


def test_a_stream_without_cheaper_answers_for_a_part_is_read_in_one_go(desk: Desk) -> None:
    desk.streams = (Stream("forms", whole=True),)
    desk.ingest(YEAR, repair=False)
    assert desk.asked == [("forms", YEAR)]


def test_a_slice_too_long_for_a_days_quota_is_cut_in_halves_until_it_gets_through(
    desk: Desk,
) -> None:
    def fail(request: Request) -> SourceError | None:
        if request.window.end - request.window.start <= timedelta(days=10):
            return None
        return QuotaSpent(
            "spent", resume_at=SEEN, source="desk", stream="tickets", window=request.window
        )

    desk.fail = fail
    for days in (31, 31, 15.5, 15.5):
        with pytest.raises(QuotaSpent):
            desk.ingest(YEAR, repair=False)
        assert [w.end - w.start for _, w in desk.asked] == [timedelta(days=days)]
    desk.ingest(YEAR, repair=False)
    assert len(desk.windows()) == 48
    assert desk.lake.watermark("desk", "tickets", YEAR.start) == YEAR.end


# Repairs

DAY = Window.parse("2026-08-04/2026-08-05")
AUGUST = Window.parse("2026-08-01/2026-09-01")
LATER = SEEN + timedelta(days=3)


def test_a_repair_of_a_long_window_reads_all_of_it_again_and_replaces_it(desk: Desk) -> None:
    desk.ingest(YEAR)
    desk.note = "second"
    desk.ingest(YEAR, LATER)
    assert len(desk.asked) == 12
    assert {m.extracted_at for m in desk.lake.manifests()} == {LATER}
    assert len(visible_ids(desk.lake)) == 12


def test_a_longer_window_replaces_the_shorter_ones_within_it_and_no_other(desk: Desk) -> None:
    for days in cut(Window.parse("2026-07-30/2026-09-02"), datetime(2026, 7, 30, tzinfo=UTC), 1):
        desk.ingest(days)
    desk.ingest(AUGUST, LATER)
    assert [str(w)[1:11] for w in desk.windows()] == [
        "2026-07-30",
        "2026-07-31",
        "2026-08-01",
        "2026-09-01",
    ]
    assert AUGUST in desk.windows()
    assert files_below(Path(desk.lake.url)) == listed_files(desk.lake)


def test_a_repair_of_a_part_reads_the_whole_landing_it_lies_in_and_says_so(desk: Desk) -> None:
    desk.ingest(AUGUST)
    desk.ingest(DAY, LATER)
    assert desk.asked == [("tickets", AUGUST)]
    assert desk.windows() == [AUGUST]
    assert desk.lake.manifests()[0].extracted_at == LATER
    assert any(
        "desk/tickets [2026-08-04T00:00:00Z .. 2026-08-05T00:00:00Z): reading "
        "[2026-08-01T00:00:00Z .. 2026-09-01T00:00:00Z), for that was landed in one piece" in line
        for line in desk.told
    )


def test_a_history_landed_in_one_piece_goes_once_its_slices_are_all_there(desk: Desk) -> None:
    with desk.lake.landing("desk", "tickets", YEAR, extracted_at=SEEN) as landing:
        landing.add(page(1, ["old"]))
    stopping_at(7, desk)
    with pytest.raises(SourceError):
        desk.ingest(YEAR, LATER)
    assert "old" in visible_ids(desk.lake)  # nothing is taken away before all of it is there again
    desk.fail = lambda request: None
    desk.ingest(YEAR, LATER)
    assert len(desk.asked) == 6
    assert desk.windows() == cut(YEAR, YEAR.start, 31)
    assert "old" not in visible_ids(desk.lake)


def test_an_interrupted_repair_of_long_ago_begins_anew(desk: Desk) -> None:
    stopping_at(3, desk)
    with pytest.raises(SourceError):
        desk.ingest(YEAR)
    desk.fail = lambda request: None
    desk.ingest(YEAR, SEEN + timedelta(days=8))
    assert len(desk.asked) == 12


def test_a_window_that_touches_no_landing_is_not_widened() -> None:
    landed = [Window.parse("2026-08-01/2026-08-04"), Window.parse("2026-08-05/2026-08-06")]
    assert widened(DAY, landed) == DAY
    crossing = Window.parse("2026-08-03/2026-08-05")
    assert widened(crossing, landed) == Window.parse("2026-08-01/2026-08-05")


def test_the_days_lander_replaces_a_part_of_a_day_landed_before(desk: Desk) -> None:
    desk.ingest(Window.parse("2026-08-04/2026-08-04T12:00"), repair=False)
    desk.ingest(DAY, LATER, repair=False)
    assert desk.windows() == [DAY]


# Several streams


def test_the_streams_are_read_at_the_same_time(desk: Desk) -> None:
    import threading

    together = threading.Barrier(3)
    desk.streams = tuple(Stream(name) for name in ("tickets", "users", "ratings"))

    def fail(request: Request) -> SourceError | None:
        together.wait(timeout=10)  # breaks unless all three are under way
        return None

    desk.fail = fail
    found = desk.ingest(DAY)
    assert [m.stream for m in found] == ["tickets", "users", "ratings"]
    assert all(line.startswith("desk/") and line.count("desk/") == 1 for line in desk.told)


def test_one_stream_that_is_refused_does_not_stop_the_others_and_a_quota_is_the_lesser_news(
    desk: Desk,
) -> None:
    desk.streams = tuple(Stream(name) for name in ("tickets", "users", "ratings"))

    def fail(request: Request) -> SourceError | None:
        where = {"source": "desk", "stream": request.stream.name, "window": request.window}
        match request.stream.name:
            case "tickets":
                return QuotaSpent("spent", resume_at=SEEN, **where)
            case "users":
                return AccessDenied("denied", **where)
        return None

    desk.fail = fail
    with pytest.raises(AccessDenied, match="desk/users") as caught:
        desk.ingest(DAY)
    assert [note.partition(" ")[0] for note in caught.value.__notes__] == ["desk/tickets"]
    assert [m.stream for m in desk.lake.manifests()] == ["ratings"]


# Two years in one run

TWO_YEARS = """
import resource, sys
from datetime import datetime, timedelta, UTC
from pathlib import Path
from lake_world import SEEN
from pydantic import BaseModel
from wellheard import sources
from wellheard.connections import Connection
from wellheard.ingest import ingest
from wellheard.periods import Window
from wellheard.settings import Settings
from wellheard.sources.base import Page, Record, Source, Stream

folder, per_slice = Path(sys.argv[1]), int(sys.argv[2])

class NoOptions(BaseModel):
    pass

def read(request):
    for number in range(1, per_slice + 1, 250):
        ids = [f"{request.window.start:%y%m%d}-{n}" for n in range(number, number + 250)]
        yield Page(number, [
            Record(i, request.window.start, b'{"text": "%s"}' % (b"x" * 1000))
            for i in ids
        ])

desk = Source("desk", "A desk", NoOptions, lambda options: (Stream("a"), Stream("b")), read)
sources.get = lambda kind: desk
(folder / "wellheard.yml").write_text(
    "company: T\\nreporting_zone: UTC\\nsources:\\n  desk: {history_start: 2024-10-01}\\n"
)
settings = Settings(company_dir=folder, var=folder / "var")
manifests = ingest(
    settings, "desk", Window.parse("2024-10-01/2026-10-01"), connection=Connection("desk"),
    extracted_at=SEEN, repair=False, progress=lambda line: None,
)
print(len(manifests), sum(m.landed for m in manifests))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_two_years_land_in_one_run_in_memory_that_ten_times_the_volume_does_not_raise(
    tmp_path: Path,
) -> None:
    megabytes = []
    for per_slice in (250, 2500):
        (folder := tmp_path / str(per_slice)).mkdir()
        done = run_python(TWO_YEARS, str(folder), str(per_slice))
        assert done.returncode == 0, done.stderr[-2000:]
        counts, used = done.stdout.splitlines()
        assert counts == f"48 {48 * per_slice}"
        megabytes.append(int(used))
    assert megabytes[1] < megabytes[0] + 40  # the records are 12 MB and 120 MB
