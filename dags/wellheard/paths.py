"""Paths: how customers go from one touchpoint to the next; and how often each stage is met."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from wellheard.suppression import hidden_cells

if TYPE_CHECKING:
    import pyarrow as pa

_KEY = ["scope", "period", "from_touchpoint", "to_touchpoint"]
_FROM = ["scope", "period", "from_touchpoint"]


def paths(windows: pa.Table, minimum_n: int) -> pa.Table:
    """One row per scope, period and two touchpoints between which anybody went, in order of these.

    `windows` holds the steps (`n`), how many `customers` took them and the median of their days.
    `share` is out of 100 steps from the same touchpoint. A row is suppressed where fewer than
    `minimum_n` customers stand behind it, however often they went, and where it would follow from
    the others of its touchpoint (their shares tell the total) or from the other scopes.
    """
    import pandas as pd
    import pyarrow as pa

    frame = pd.DataFrame({name: windows[name].to_numpy() for name in windows.column_names})
    frame = frame.sort_values(_KEY, ignore_index=True)
    origin = frame.groupby(_FROM, sort=False).ngroup().to_numpy(np.int64)
    # What adds up in steps adds up in the same way here: customers stand for them.
    count = frame[["scope", "period"]].assign(
        metric="customers",
        dimension="from|to",
        member=frame["from_touchpoint"] + "|" + frame["to_touchpoint"],
        n=frame["customers"],
    )
    totals = frame.groupby(_FROM, sort=False).agg(n=("customers", "sum")).reset_index()
    totals = totals.rename(columns={"from_touchpoint": "member"})
    cells = pd.concat([count, totals.assign(metric="customers", dimension="from")])
    found = hidden_cells(pa.Table.from_pandas(cells, preserve_index=False), minimum_n)
    rows = len(frame)
    # Where the total must not be known, no share of it may be printed.
    secret = found[:rows] | found[rows:][origin]
    steps = frame.groupby(_FROM, sort=False)["n"].transform("sum").to_numpy(np.float64)
    share = 100 * frame["n"].to_numpy(np.float64) / steps
    columns = {name: pa.array(frame[name].tolist(), pa.string()) for name in _KEY}
    columns["months"] = pa.array(frame["months"].to_numpy(), pa.int32())
    for name in ("n", "customers"):
        columns[name] = pa.array(frame[name].to_numpy(np.int64), mask=secret)
    for name, figures in (("share", share), ("median_days", frame["median_days"].to_numpy())):
        columns[name] = pa.array(figures, pa.float64(), mask=secret)
    columns["suppressed"] = pa.array(secret)
    return pa.table(columns)


def stage_volumes(counts: pa.Table, minimum_n: int, stages: Mapping[str, str]) -> pa.Table:
    """`n` of every scope, period, measure, dimension and member; null where it may not be printed.

    `stages` gives each touchpoint's journey stage: a stage's count is that of its touchpoints.
    """
    import pandas as pd
    import pyarrow as pa

    key = ["scope", "period", "measure", "dimension", "member"]
    frame = pd.DataFrame({name: counts[name].to_numpy() for name in (*key, "n")})
    frame = frame.sort_values(key, ignore_index=True)
    cells = pa.Table.from_pandas(frame.rename(columns={"measure": "metric"}), preserve_index=False)
    secret = hidden_cells(cells, minimum_n, {"touchpoint": ("journey_stage", stages)})
    columns = {name: pa.array(frame[name].tolist(), pa.string()) for name in key}
    columns["n"] = pa.array(frame["n"].to_numpy(np.int64), mask=secret)
    columns["suppressed"] = pa.array(secret)
    return pa.table(columns)
