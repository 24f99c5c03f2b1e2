"""The same pull with dlt: its REST client, its Parquet files in a folder.

    python pull_dlt.py URL RECORDS FOLDER

Its cursor paginator stops at an empty cursor, and Zendesk's last cursor is not empty; so the pages
are followed by the links of the time-based export, of which the last is null. Records are kept
whole (`max_table_nesting=0`), as Wellheard keeps them.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from typing import Any

url, records, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
os.environ |= {
    "DLT_DATA_DIR": f"{folder}/dlt",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "DESTINATION__FILESYSTEM__BUCKET_URL": f"file://{folder}/lake",
}

import dlt  # noqa: E402
from dlt.sources.helpers.rest_client import RESTClient  # noqa: E402
from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator  # noqa: E402

found = 0


@dlt.resource(name="tickets", max_table_nesting=0)
def tickets() -> Iterator[Any]:
    global found
    client = RESTClient(base_url=url, paginator=JSONLinkPaginator(next_url_path="next_page"))
    for page in client.paginate("/api/v2/incremental/tickets.json", data_selector="tickets"):
        found += len(page)
        yield page


pipeline = dlt.pipeline(
    "bench", destination="filesystem", dataset_name="zendesk", pipelines_dir=f"{folder}/pipelines"
)
began, used = time.perf_counter(), time.process_time()
pipeline.run(tickets(), loader_file_format="parquet")
told = {
    "seconds": time.perf_counter() - began,
    "cpu": time.process_time() - used,
    "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}
if found != records:
    raise SystemExit(f"dlt found {found:,} records where {records:,} are served")
print(json.dumps(told))
