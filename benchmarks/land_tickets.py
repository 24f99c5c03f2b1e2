"""How fast, and in how much memory, 100,000 Zendesk tickets land; beside it what others take.

    make bench            all of it, about five minutes on two idle cores
    python benchmarks/land_tickets.py --records 10000 --rounds 1 --large 0 --alone    a quick look

The pulls take turns and the best of each counts: whatever else the machine does makes them slower,
never faster. What is to be judged is the ratio to the bare loop of the same run, not the seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRATCH = HERE.parent / "var" / "bench"
DLT = ["dlt[parquet]==1.31.0"]
TAP = ["tap-rest-api-msdk==1.4.2"]
RATIO, MEGABYTES, GROWTH = 1.5, 200.0, 1.1  # what is promised


@dataclass(frozen=True)
class Took:
    """What a pull took: seconds of the pull alone and of its whole process, CPU, peak memory."""

    seconds: float
    whole: float
    cpu: float
    megabytes: float


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _asked(arguments)
    SCRATCH.mkdir(parents=True, exist_ok=True)
    best: dict[str, Took] = {}
    with _served(asked.records) as url:
        for number in range(asked.rounds):
            for kind in ("bare", "wellheard"):
                print(f"round {number + 1}: {kind}", file=sys.stderr, flush=True)
                took = _pull(kind, url, asked.records)
                if kind not in best or took.seconds < best[kind].seconds:
                    best[kind] = took
        others = {} if asked.alone else {"dlt": _dlt, "Singer tap": _tap}
        said: dict[str, str] = {}
        for name, pull in others.items():
            print(name, file=sys.stderr, flush=True)
            try:
                best[name] = pull(url, asked.records)
            except subprocess.CalledProcessError as error:
                said[name] = (error.stderr or error.stdout or str(error)).strip()[-300:]
    _table(f"{asked.records:,} tickets", best, said)
    kept = _judge("ratio to the bare loop", best["wellheard"].seconds / best["bare"].seconds, RATIO)
    kept &= _judge("peak memory, MB", best["wellheard"].megabytes, MEGABYTES)
    if asked.large:
        with _served(asked.large) as url:
            print(f"{asked.large:,}: wellheard", file=sys.stderr, flush=True)
            large = _pull("wellheard", url, asked.large)
        _table(f"{asked.large:,} tickets", {"wellheard": large}, {})
        growth = large.megabytes / best["wellheard"].megabytes
        kept &= _judge(f"memory of {asked.large:,} to that of {asked.records:,}", growth, GROWTH)
    return 0 if kept else 1


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large", type=int, default=1_000_000, help="0: without")
    parser.add_argument("--alone", action="store_true", help="without dlt and the Singer tap")
    return parser.parse_args(arguments)


@contextmanager
def _served(records: int) -> Iterator[str]:
    """The address of a simulator that serves so many tickets, in a process of its own."""
    with subprocess.Popen(
        [sys.executable, str(HERE / "tickets_server.py"), str(records)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.stdin.close()


def _pull(kind: str, url: str, records: int) -> Took:
    with _folder() as folder:
        return _run([sys.executable, str(HERE / "pulls.py"), kind, url, str(records), str(folder)])


def _dlt(url: str, records: int) -> Took:
    python = _environment("dlt", DLT) / "python"
    with _folder() as folder:
        return _run([str(python), str(HERE / "pull_dlt.py"), url, str(records), str(folder)])


def _tap(url: str, records: int) -> Took:
    """Singer's own tap for Zendesk, tap-zendesk, reads https://<subdomain>.zendesk.com alone, so a
    tap for any REST API stands in. It knows no `end_of_stream`: the simulator adds a cursor that is
    null at the end. What it prints goes to a file, which costs less than any target would.
    """
    tap = _environment("tap", TAP) / "tap-rest-api-msdk"
    with _folder() as folder:
        config = {
            "api_url": url,
            "next_page_token_path": "$.next_cursor",
            "pagination_next_page_param": "cursor",
            "streams": [
                {
                    "name": "tickets",
                    "path": "/api/v2/incremental/tickets/cursor.json",
                    "records_path": "$.tickets[*]",
                    "primary_keys": ["id"],
                    "num_inference_records": 50,
                }
            ],
        }
        (folder / "config.json").write_text(json.dumps(config))
        out = folder / "tickets.jsonl"
        with out.open("wb") as file:
            took = _run([str(tap), "--config", str(folder / "config.json")], stdout=file)
        with out.open("rb") as file:
            found = sum(b'"type":"RECORD"' in line.replace(b" ", b"", 3) for line in file)
        if found != records:
            raise SystemExit(f"the tap wrote {found:,} records where {records:,} are served")
        return took


def _run(command: list[str], stdout: object = subprocess.PIPE) -> Took:
    """Run a pull. What it tells of itself counts; else what the system knows of its process."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as errors:
        with subprocess.Popen(command, stdout=stdout, stderr=errors, text=True) as process:  # type: ignore[call-overload]
            told = process.stdout.read() if process.stdout else ""
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        whole = time.perf_counter() - began
        errors.seek(0)
        if process.returncode:
            raise subprocess.CalledProcessError(
                process.returncode, command, told, errors.read()[-2000:]
            )
    own = json.loads(told.splitlines()[-1]) if told.strip() else {}
    return Took(
        seconds=own.get("seconds", whole),
        whole=whole,
        cpu=own.get("cpu", usage.ru_utime + usage.ru_stime),
        megabytes=own.get("rss", usage.ru_maxrss / 1024),
    )


def _environment(name: str, packages: list[str]) -> Path:
    """The programs of an environment of its own below var/bench, made the first time."""
    place = SCRATCH / name
    ready = place / f"{packages[0].replace('/', '_')}.ready"
    if not ready.exists():
        print(f"installing {' '.join(packages)} into {place}", file=sys.stderr, flush=True)
        shutil.rmtree(place, ignore_errors=True)
        for command in (
            [sys.executable, "-m", "venv", str(place)],
            [str(place / "bin" / "pip"), "install", "--quiet", *packages],
        ):
            subprocess.run(command, check=True, capture_output=True, text=True)
        ready.touch()
    return place / "bin"


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=SCRATCH) as name:
        yield Path(name)


def _table(title: str, took: dict[str, Took], said: dict[str, str]) -> None:
    bare = took.get("bare")
    print(f"\n{title:24}{'pull':>9}{'process':>10}{'CPU':>9}{'peak':>10}{'to bare':>10}")
    for name, one in took.items():
        ratio = f"{one.seconds / bare.seconds:9.2f}x" if bare else f"{'-':>10}"
        print(
            f"{name:24}{one.seconds:7.2f} s{one.whole:8.2f} s{one.cpu:7.2f} s"
            f"{one.megabytes:7.0f} MB{ratio}"
        )
    for name, why in said.items():
        print(f"{name:24} could not be run: {why}")


def _judge(what: str, value: float, most: float) -> bool:
    kept = value <= most
    print(f"{'kept  ' if kept else 'BROKEN'} {what}: {value:.2f}, promised {most:g} at most")
    return kept


if __name__ == "__main__":
    sys.exit(main())
