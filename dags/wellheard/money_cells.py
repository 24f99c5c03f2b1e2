"""The cells of a month's money: what one holds, which may be printed, and their rows in a report.

A cell is one measure and member of a scope: how many it is of, its figures, or a note that says
why there are none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from wellheard.money import Figure
from wellheard.money_register import Scope
from wellheard.suppression import Sums, hidden

if TYPE_CHECKING:
    import pyarrow as pa

_LABELS = {
    ("logo_churn", "all"): "Customers lost in the month",
    ("revenue_churn", "all"): "Revenue lost in the month",
    ("retention", "logo"): "Customers kept over twelve months",
    ("retention", "revenue"): "Revenue kept over twelve months",
    ("lifetime_value", "all"): "Revenue still to come, a customer",
    ("revenue", "all"): "Revenue a month",
    ("revenue_by_band", "promoter"): "Promoters",
    ("revenue_by_band", "passive"): "Passives",
    ("revenue_by_band", "detractor"): "Detractors",
    ("revenue_by_band", "no_answer"): "No answer in twelve months",
    ("churn_by_band", "promoter"): "Promoters",
    ("churn_by_band", "passive"): "Passives",
    ("churn_by_band", "detractor"): "Detractors",
    ("churn_link", "all"): "Detractors lost more than promoters",
    ("revenue_at_risk", "all"): "Revenue at risk with detractors",
}
_UNITS = {
    "logo_churn": "percent",
    "revenue_churn": "percent",
    "retention": "percent",
    "lifetime_value": "money",
    "revenue": "money",
    "revenue_by_band": "money",
    "churn_by_band": "percent",
    "churn_link": "points",
    "revenue_at_risk": "money",
}
Key = tuple[str, str]  # measure and member
Cell = dict[str, Any]
Cells = dict[Key, Cell]  # of one scope and month
# What says something of its parts' n; in this order, one after the other.
_RESTS_ON: Mapping[Key, list[Key]] = {
    ("churn_link", "all"): [("churn_by_band", "detractor"), ("churn_by_band", "promoter")],
    ("revenue_at_risk", "all"): [("churn_link", "all"), ("revenue_by_band", "detractor")],
}


def cell_of(months: int, n: int, note: str | None = None, **figures: Any) -> Cell:
    """A cell without figures but those given."""
    plain: dict[str, Any] = dict.fromkeys(("value", "low", "high", "p"), np.nan)
    return {"months": months, "n": n, "note": note, "is_significant": None, **plain, **figures}


def cell_of_figure(months: int, figure: Figure, scale: float = 100.0) -> Cell:
    """The cell that shows a figure; shares come out of 100."""
    return cell_of(
        months,
        figure.n,
        None if figure.n else "no_customers",
        value=figure.value * scale,
        low=figure.low * scale,
        high=figure.high * scale,
    )


def secret_cells(found: Sequence[Cells], minimum_n: int) -> set[tuple[int, Key]]:
    """Which cells (place of the scope, key) may not be printed, all of a month at once."""
    keys = list(found[0])
    cells = [(place, key) for place in range(len(found)) for key in keys]
    at = {cell: i for i, cell in enumerate(cells)}
    n = np.array([found[place][key]["n"] for place, key in cells], np.int64)
    scopes = Sums(
        np.array([-1 if place == 0 else keys.index(key) for place, key in cells], np.int64),
        np.array([at[0, key] for key in keys], np.int64),
    )
    bands = Sums(
        np.array([place if key[0] == "revenue_by_band" else -1 for place, key in cells], np.int64),
        np.array([at[place, ("revenue", "all")] for place in range(len(found))], np.int64),
    )
    # Of both together the link tells the sum, so one band's n would tell the other's.
    pairs = Sums(
        np.array(
            [
                place if key[0] == "churn_by_band" and key[1] != "passive" else -1
                for place, key in cells
            ],
            np.int64,
        ),
        np.array([at[place, ("churn_link", "all")] for place in range(len(found))], np.int64),
    )
    veiled = hidden(n, minimum_n, [scopes, bands, pairs])
    secret = {cell for cell, is_veiled in zip(cells, veiled, strict=True) if is_veiled}
    for place in range(len(found)):
        for key, parts in _RESTS_ON.items():
            if any((place, part) in secret for part in parts):
                secret.add((place, key))
    return secret


def row_of(scope: Scope, period: str, key: Key, cell: Cell, is_secret: bool) -> dict[str, Any]:
    """A cell as it is printed; of a secret one nothing but that it is."""
    measure, member = key
    figures: dict[str, Any] = dict.fromkeys(("n", "value", "low", "high", "p_adjusted", "note"))
    if not is_secret:
        figures = {name: _or_none(cell[name]) for name in ("value", "low", "high")}
        figures |= {"n": cell["n"], "p_adjusted": _or_none(cell["p"]), "note": cell["note"]}
    known = cell["is_significant"]
    return {
        "scope": scope.name,
        "period": period,
        "months": cell["months"],
        "measure": measure,
        "member": member,
        "label": _LABELS[key],
        "unit": _UNITS[measure],
        **figures,
        "is_significant": False if is_secret and known is not None else known,
        "suppressed": is_secret,
    }


def _or_none(number: float) -> float | None:
    return None if np.isnan(number) else float(number)


def table_of(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """The rows in their order."""
    import pyarrow as pa

    texts = ("scope", "period", "measure", "member", "label", "unit", "note")
    types = dict.fromkeys(texts, pa.string())
    types |= dict.fromkeys(("months", "n"), pa.int64())
    types |= dict.fromkeys(("value", "low", "high", "p_adjusted"), pa.float64())
    types |= dict.fromkeys(("is_significant", "suppressed"), pa.bool_())
    return pa.table(
        {name: pa.array([row[name] for row in rows], kind) for name, kind in types.items()}
    )
