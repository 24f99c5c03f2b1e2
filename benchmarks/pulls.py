"""The pulls that are compared. Each runs in a process of its own and tells what it took as JSON.

    python pulls.py bare|wellheard URL RECORDS FOLDER

`dlt` is pulled by `pull_dlt.py`, in an environment of its own.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

SEEN = datetime(2026, 11, 1, tzinfo=UTC)


def bare(url: str, folder: Path) -> Callable[[], int]:
    """A loop over the pages: only what leads to the next one is read, no record is looked at."""
    import httpx
    import msgspec

    class Envelope(msgspec.Struct):
        end_of_stream: bool
        after_cursor: str
        count: int

    def pull() -> int:
        records, params = 0, {"start_time": "0", "per_page": "1000"}
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as api:
            while True:
                answer = api.get("/api/v2/incremental/tickets/cursor.json", params=params)
                envelope = msgspec.json.decode(answer.content, type=Envelope)
                records += envelope.count
                if envelope.end_of_stream:
                    return records
                params = {"cursor": envelope.after_cursor}

    return pull


def wellheard(url: str, folder: Path) -> Callable[[], int]:
    """What `wellheard ingest zendesk --stream tickets` does, up to the manifest in its place."""
    import pyarrow.parquet  # noqa: F401  (as httpx above: loading libraries is not the pull)

    from wellheard.connections import Connection
    from wellheard.ingest import ingest
    from wellheard.periods import Window
    from wellheard.settings import Settings
    from wellheard.sources import zendesk

    (folder / "wellheard.yml").write_text(
        "company: Larkfield\nreporting_zone: UTC\n"
        "sources:\n  zendesk: {history_start: 2026-10-01}\n"
    )
    settings = Settings(company_dir=folder, var=folder / "var")
    connection = Connection(
        zendesk.SOURCE.name,
        host=url,
        login="agent@larkfield.example",
        password="token",
        extra={"requests_per_minute": 1_000_000},  # the vendor's own limit would be all there is
    )

    def pull() -> int:
        manifests = ingest(
            settings,
            "zendesk",
            Window.parse("2026-10-01/2026-10-02"),
            connection=connection,
            extracted_at=SEEN,
            streams=["tickets"],
            progress=lambda line: None,
        )
        return sum(manifest.landed for manifest in manifests)

    return pull


def main() -> None:
    kind, url, records, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])
    pull = {"bare": bare, "wellheard": wellheard}[kind](url, folder)
    began, used = time.perf_counter(), time.process_time()
    found = pull()
    told = {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - used,
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    if found != records:
        raise SystemExit(f"{kind} found {found:,} records where {records:,} are served")
    print(json.dumps(told))


if __name__ == "__main__":
    main()
