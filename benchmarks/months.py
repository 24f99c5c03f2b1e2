"""What a month costs: two years built in full, one month more, and the same reports by hand.

    python benchmarks/months.py [--scale 0.05] [--folder FOLDER] [--keep]

At scale 1 a month is 400,000 answers and 83,334 cases with four events each: 9.6 million answers
and 2 million cases in 24 months. All runs are timed on the same machine one after the other, so
that what counts are their ratios; CPU seconds beside them tell a busy machine from a slow build.
A machine's speed may differ by a third within minutes: what is compared is run several times by
turns, and the middle one of each counts.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from by_hand import differing
from large_company import land_month, month_window

PROJECT = Path(__file__).resolve().parents[1]
MONTHS = 24
ANSWERS, CASES = 400_000, 83_334  # a month
TURNS = {"in full": 3, "on top": 5}
COMPANY = """
company: Large
reporting_zone: Europe/London
minimum_n: 5
sources:
  answers: {kind: file, mapping: answers.yml, history_start: 2024-11-01}
  desk: {kind: file, mapping: desk.yml, history_start: 2024-11-01}
"""
ANSWERS_MAPPING = """
streams:
  feedback:
    contract: feedback
    files: [f.csv]
    columns: {survey_id: survey, question_id: question, score: score, responded_at: at}
"""
DESK_MAPPING = """
streams:
  cases: {contract: cases, files: [c.csv], columns: {case_id: id, created_at: at}}
  case_events:
    contract: case_events
    files: [e.csv]
    columns: {case_id: id, occurred_at: at, event: event}
  customers: {contract: customers, files: [p.csv], columns: {customer_key: key}}
"""
QUESTIONS = """source,survey_id,question_id,metric,label,scale_min,scale_max,top_from,\
touchpoint,journey_stage,driver,reversed,about_question
answers,pulse,nps,nps,Recommend?,0,10,9,,,,false,
answers,pulse,csat_buy,csat,Buying?,1,5,4,,buy,,false,
answers,pulse,csat_use,csat,Using?,1,5,4,,use,,false,
answers,pulse,ces_help,ces,Easy?,1,7,6,,get_help,,false,
answers,pulse,csat_pay,csat,Paying?,1,5,4,,pay,,false,
"""
BUILD = """
import sys
from pathlib import Path
from wellheard import warehouse
from wellheard.settings import Settings
settings = Settings(var=Path(sys.argv[1]), company_dir=Path(sys.argv[2]), lake_url=sys.argv[3])
steps = []
build = warehouse.build(settings, progress=steps.append, full=sys.argv[4] == "full")
told = [step for step in steps if step.startswith("building in full")]
sys.exit(told[0] if told else 0)
"""


@dataclass(frozen=True)
class Cost:
    """Of a process and all it started: seconds, CPU seconds, and the most memory (bytes)."""

    wall: float
    cpu: float
    memory: int

    def __str__(self) -> str:
        return f"{self.wall:7.1f} s  {self.cpu:7.1f} CPU s  {self.memory / 1e9:5.2f} GB"


def measured(what: str, command: list[str]) -> Cost:
    """Run a command and print what it cost; ends the program when it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(PROJECT / "dags")})
    most = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.2):
            most = max(most, _memory_of_tree(process.pid))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    code = process.wait()
    done.set()
    watcher.join()
    if code:
        sys.exit(f"{what} failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    cost = Cost(time.monotonic() - started, cpu, most)
    print(f"{what:34}{cost}", flush=True)
    return cost


def _memory_of_tree(root: int) -> int:
    """Resident bytes of a process and its descendants, as Linux tells them."""
    parents: dict[int, int] = {}
    resident: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(folder.name)] = int(fields[1])
        resident[int(folder.name)] = int(fields[21]) * resource.getpagesize()
    total, tree = 0, {root}
    for pid in sorted(parents):
        if pid == root or parents[pid] in tree:
            tree.add(pid)
            total += resident.get(pid, 0)
    return total


def company(folder: Path) -> Path:
    """The folder of the benchmark's company."""
    own = folder / "company"
    shutil.copytree(PROJECT / "dbt_project" / "seeds", own / "seeds")
    (own / "seeds" / "survey_questions.csv").write_text(QUESTIONS)
    (own / "wellheard.yml").write_text(COMPANY)
    (own / "answers.yml").write_text(ANSWERS_MAPPING)
    (own / "desk.yml").write_text(DESK_MAPPING)
    return own


def middle(costs: Sequence[Cost]) -> Cost:
    """The one that half of the others are faster than."""
    return sorted(costs, key=lambda cost: cost.wall)[len(costs) // 2]


def by_turns(what: str, *runs: Callable[[], Cost]) -> list[Cost]:
    """The middle cost of each of several runs, made one after the other as often as TURNS says."""
    turns = [[run() for run in runs] for _ in range(TURNS[what])]
    return [middle(costs) for costs in zip(*turns, strict=True)]


def main() -> None:
    """Make the lake month by month and print what each run cost, and the ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="of a month's records")
    parser.add_argument("--folder", type=Path, help="a new folder for lake and warehouses")
    parser.add_argument("--keep", action="store_true", help="leave the folder")
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="wellheard-months-"))
    folder.mkdir(parents=True, exist_ok=True)
    own, lake_of_3, lake = company(folder), folder / "lake-of-3", folder / "lake"
    small, large, out = folder / "small", folder / "large", folder / "by_hand.duckdb"

    def land(lake: Path, *months: int) -> None:
        for month in months:
            land_month(
                lake,
                month,
                feedback=round(ANSWERS * asked.scale),
                cases=round(CASES * asked.scale),
            )

    def build(what: str, lake: Path, var: Path, full: str = "") -> Cost:
        command = [sys.executable, "-c", BUILD, str(var), str(own), str(lake), full]
        return measured(what, command)

    def on_top(month: int, lake: Path, base: Path) -> Cost:
        var = folder / "on-top"
        shutil.copytree(base, var)
        os.sync()
        cost = build(f"month {month} on top", lake, var)
        shutil.rmtree(var)
        return cost

    def in_full() -> Cost:
        shutil.rmtree(large, ignore_errors=True)
        os.sync()
        return build(f"{MONTHS} months in full", lake, large, "full")

    def with_a_script() -> Cost:
        out.unlink(missing_ok=True)
        os.sync()
        command = [sys.executable, str(Path(__file__).parent / "by_hand.py")]
        until = month_window(MONTHS).end.date().isoformat()
        return measured(
            f"{MONTHS} months by hand", [*command, str(lake), str(own / "seeds"), str(out), until]
        )

    print(
        f"{asked.scale:g} of 400,000 answers, 83,334 cases a month; load {os.getloadavg()[0]:.1f}"
    )
    land(lake_of_3, 1, 2)
    build("months 1 and 2 in full", lake_of_3, small, "full")
    land(lake_of_3, 3)
    land(lake, *range(1, MONTHS + 1))
    full, by_hand = by_turns("in full", in_full, with_a_script)
    apart = differing(out, large / "warehouse.duckdb")
    land(lake, MONTHS + 1)
    third, last = by_turns(
        "on top",
        lambda: on_top(3, lake_of_3, small),
        lambda: on_top(MONTHS + 1, lake, large),
    )
    costs = (third, full, last)
    for what, ratio, most in (
        ("month 25 against month 3", last.wall / third.wall, 1.3),
        ("month 25 against 24 in full", last.wall / full.wall, 0.15),
        ("in full against by hand", full.wall / by_hand.wall, 2.0),
        ("most memory, GB", max(cost.memory for cost in costs) / 1e9, 4.0),
        ("figures that differ from by hand", float(apart), 0.0),
    ):
        print(f"{what:34}{ratio:8.2f}  at most {most:g}{'' if ratio <= most else '  MISSED'}")
    if asked.keep:
        print(f"kept in {folder}")
    else:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
