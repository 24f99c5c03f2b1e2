"""From the customer register to what a report prints about money, month by month.

dbt prepares one row per customer and one per answer to the recommendation question, and calls
`judge` once. A month's figures rest on what its end knows: a customer lost later was still there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wellheard import money
from wellheard import statistics as st
from wellheard.money import Customers, Figure, Ints, Link
from wellheard.money_register import (
    BANDS,
    TOO_SHORT,
    Moment,
    Register,
    Scope,
    month_start,
    months_between,
)
from wellheard.suppression import Sums, hidden
from wellheard.survival import LaterLoss, lost_within, revenue_lost_within

if TYPE_CHECKING:
    import pyarrow as pa

YEAR = 12
LATER = 180  # days after the answer in which a loss counts as later churn
ANSWERED = 18  # months of answers looked at: a year of them has been followed for LATER days
SIGNIFICANT = 0.05
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
_Key = tuple[str, str]
_Cells = dict[_Key, dict[str, Any]]


def judge(
    customers: pa.Table,
    bands: pa.Table,
    *,
    periods: Sequence[str],
    known_until: int | None,
    minimum_n: int,
    yearly_discount: float,
) -> pa.Table:
    """One row for each scope, period, measure and member, in that order.

    `customers` and `bands` are `int_customer_days` and `int_customer_bands`, in order of customer
    (and day); `known_until` is the day up to which losses are known. Percents and points come out
    of 100. Raises ValueError for a discount that is no share of a year's money.
    """
    if not 0 <= yearly_discount < 10:
        raise ValueError(
            f"yearly_discount is {yearly_discount}: write a fraction of one, like 0.10 for 10 %, "
            "in the vars of dbt_project.yml"
        )
    register = Register.read(customers, bands)
    rows: list[dict[str, Any]] = []
    for period in sorted(periods):
        month = _month(register, period, known_until)
        found = [_scope(register, scope, month, yearly_discount) for scope in register.scopes]
        for question in ("churn_link", "revenue_at_risk"):
            _judge_links([cells[question, "all"] for cells, _ in found])
        for cells, at_risk in found:
            _revenue_at_risk(cells, at_risk)
        secret = _secret([cells for cells, _ in found], minimum_n)
        for place, (scope, (cells, _)) in enumerate(zip(register.scopes, found, strict=True)):
            rows += [
                _row(scope, period, key, cell, (place, key) in secret)
                for key, cell in cells.items()
            ]
    rows.sort(key=lambda row: (row["scope"], row["period"], row["measure"], row["member"]))
    return _table(rows)


class _Month(NamedTuple):
    """What a month's end knows, of everyone; where `moment` is a word, it says why of no losses.

    `band` is each customer's, by their last answer of twelve months. `first` are the customers'
    first answers of the window followed: who, when and its band.
    """

    period: str
    moment: Moment | str
    band: Ints
    first: tuple[Ints, Ints, Ints] | None


def _month(register: Register, period: str, known_until: int | None) -> _Month:
    moment = register.at(period, known_until)
    answers, end = register.answers, month_start(period, 1)
    last = np.flatnonzero(
        (answers.day >= month_start(period, 1 - YEAR))
        & (answers.day < end)
        & (answers.next_day >= end)
    )
    band = np.full(len(register.customers.joined), len(BANDS), np.int64)
    band[answers.customer[last]] = answers.band[last]
    first = None if isinstance(moment, str) else _first_answers(register, moment, period)
    return _Month(period, moment, band, first)


def _scope(
    register: Register, scope: Scope, month: _Month, yearly_discount: float
) -> tuple[_Cells, float]:
    """The cells of a scope's month, before tests and suppression, and what detractors pay."""
    period, moment = month.period, month.moment
    start, end = month_start(period), month_start(period, 1)
    whole = register.customers
    # Everyone keeps their place; outside the scope nobody ever joined.
    customers = Customers(np.where(scope.of, whole.joined, money.NEVER), whole.lost, whole.revenue)
    cells: _Cells = {}
    _churn(cells, customers, moment, start, end)
    _retention(cells, customers, moment, period)
    _lifetime(cells, customers, moment, period, yearly_discount)
    paid_by_detractors = _revenue(cells, customers, month)
    _later_churn(cells, register, scope, month)
    return cells, paid_by_detractors


def _cell(months: int, n: int, note: str | None = None, **figures: Any) -> dict[str, Any]:
    plain: dict[str, Any] = dict.fromkeys(("value", "low", "high", "p"), np.nan)
    return {"months": months, "n": n, "note": note, "is_significant": None, **plain, **figures}


def _shown(months: int, figure: Figure, scale: float = 100.0) -> dict[str, Any]:
    return _cell(
        months,
        figure.n,
        None if figure.n else "no_customers",
        value=figure.value * scale,
        low=figure.low * scale,
        high=figure.high * scale,
    )


def _churn(cells: _Cells, customers: Customers, moment: Moment | str, start: int, end: int) -> None:
    if isinstance(moment, str):
        for measure in ("logo_churn", "revenue_churn"):
            cells[measure, "all"] = _cell(1, 0, moment)
        return
    cells["logo_churn", "all"] = _shown(1, money.churn(customers, start, end))
    cells["revenue_churn", "all"] = _of_revenue(1, money.revenue_churn(customers, start, end))


def _of_revenue(months: int, figure: Figure) -> dict[str, Any]:
    cell = _shown(months, figure)
    if np.isnan(figure.value):
        cell |= {"n": 0, "note": "no_revenue_known"}
    return cell


def _retention(cells: _Cells, customers: Customers, moment: Moment | str, period: str) -> None:
    start, end = month_start(period, 1 - YEAR), month_start(period, 1)
    if isinstance(moment, str) or moment.known_from > start:
        note = moment if isinstance(moment, str) else TOO_SHORT
        cells["retention", "logo"] = _cell(YEAR, 0, note)
        cells["retention", "revenue"] = _cell(YEAR, 0, note)
        return
    lost = money.churn(customers, start, end)
    lost_revenue = money.revenue_churn(customers, start, end)
    cells["retention", "logo"] = _shown(YEAR, money.kept(lost))
    cells["retention", "revenue"] = _of_revenue(YEAR, money.kept(lost_revenue))


def _lifetime(
    cells: _Cells,
    customers: Customers,
    moment: Moment | str,
    period: str,
    yearly_discount: float,
) -> None:
    key = ("lifetime_value", "all")
    if isinstance(moment, str):
        cells[key] = _cell(YEAR, 0, moment)
        return
    months = months_between(moment.known_from, period, YEAR)
    n = int(np.count_nonzero(customers.on(moment.end) & ~np.isnan(customers.revenue)))
    if n == 0:
        cells[key] = _cell(len(months), 0, "no_revenue_known")
        return
    found = money.value_of_a_customer(customers, months, yearly_discount)
    if found is None:
        cells[key] = _cell(len(months), n, "too_few_losses")
    else:
        cells[key] = _shown(len(months), found, 1.0)


def _revenue(cells: _Cells, customers: Customers, month: _Month) -> float:
    """Revenue at the month's end, in all and by the band of the last answer of twelve months.

    Also where no loss was ever recorded: the register then holds the customers there are.
    """
    moment = month.moment
    here = (
        customers.on(month_start(month.period, 1))
        & ~np.isnan(customers.revenue)
        & (moment != TOO_SHORT)
    )
    everyone = int(np.count_nonzero(here))
    note = None if everyone else TOO_SHORT if moment == TOO_SHORT else "no_revenue_known"
    total = float(customers.revenue[here].sum()) if everyone else np.nan
    cells["revenue", "all"] = _cell(1, everyone, note, value=total)
    paid = 0.0
    for at, name in enumerate((*BANDS, "no_answer")):
        of_band = here & (month.band == at)
        value = float(customers.revenue[of_band].sum())
        if name == "detractor":
            paid = value
        cells["revenue_by_band", name] = _cell(
            YEAR, int(np.count_nonzero(of_band)), note, value=value if everyone else np.nan
        )
    return paid


def _later_churn(cells: _Cells, register: Register, scope: Scope, month: _Month) -> None:
    """Who is lost within LATER days of their first answer of the window, by its band."""
    losses: dict[str, tuple[int, LaterLoss | None]] = {}
    of_revenue: dict[str, LaterLoss | None] = {}
    moment = month.moment
    if not isinstance(moment, str) and month.first is not None:
        mine = scope.of[month.first[0]]
        who, day, band = (column[mine] for column in month.first)
        lost = register.customers.lost[who]
        is_lost = lost < moment.until
        followed = np.where(is_lost, lost, moment.until) - day
        for at, name in enumerate(BANDS):
            of_band = band == at
            losses[name] = (
                int(np.count_nonzero(of_band)),
                lost_within(LATER, followed[of_band], is_lost[of_band]),
            )
            of_revenue[name] = revenue_lost_within(
                LATER, followed[of_band], is_lost[of_band], register.customers.revenue[who[of_band]]
            )
    note = moment if isinstance(moment, str) else "too_few_followed"
    for name in BANDS:
        n, loss = losses.get(name, (0, None))
        if loss is not None:
            cells["churn_by_band", name] = _shown(ANSWERED, money.later_loss(loss, n))
        else:
            cells["churn_by_band", name] = _cell(ANSWERED, n, note)
    unhappy, happy = (losses.get(name, (0, None)) for name in ("detractor", "promoter"))
    n = unhappy[0] + happy[0]
    cells["churn_link", "all"] = _linked(n, note, unhappy[1], happy[1])
    cells["revenue_at_risk", "all"] = _linked(
        n, note, of_revenue.get("detractor"), of_revenue.get("promoter")
    )


def _linked(n: int, note: str, one: LaterLoss | None, other: LaterLoss | None) -> dict[str, Any]:
    """The link between two losses, before the month's links are judged together."""
    cell = _cell(ANSWERED, n, note, is_significant=False)
    if one is not None and other is not None:
        found = money.link(one, other, n)
        cell |= {"note": None, "link": found, "p": found.p}
    return cell


def _first_answers(register: Register, moment: Moment, period: str) -> tuple[Ints, Ints, Ints]:
    """Each customer's first answer of the window: who, when and its band.

    The first, because choosing a later one would choose by what happened in between. Answers of
    people who were not customers that day do not count.
    """
    answers, customers = register.answers, register.customers
    since = max(month_start(period, 1 - ANSWERED), moment.known_from)
    places = np.flatnonzero((answers.day >= since) & (answers.day < moment.until))
    who, day = answers.customer[places], answers.day[places]
    places = places[(customers.joined[who] <= day) & (customers.lost[who] > day)]
    _, first = np.unique(answers.customer[places], return_index=True)
    at = places[first]
    return answers.customer[at], answers.day[at], answers.band[at]


def _judge_links(links: Sequence[dict[str, Any]]) -> None:
    """Holm over the scopes of a month; a link that may be chance loses its figures."""
    adjusted = st.holm([cell["p"] for cell in links])
    for cell, p in zip(links, adjusted, strict=True):
        cell["p"] = float(p)
        link: Link | None = cell.get("link")
        if link is None:
            continue
        is_clear = p < SIGNIFICANT and (link.low > 0 or link.high < 0)
        cell["is_significant"] = bool(is_clear)
        if is_clear:
            cell |= {
                "value": link.difference * 100,
                "low": link.low * 100,
                "high": link.high * 100,
            }
        else:
            cell["note"] = "no_link"


def _revenue_at_risk(cells: _Cells, paid: float) -> None:
    """What detractors pay, times how much more of their revenue is lost than of promoters'.

    Judged by revenue: a link among small payers says nothing of the few who pay most of it. And
    only where more of the customers leave, too, or the page would contradict itself.
    """
    link, revenue = cells["churn_link", "all"], cells["revenue_by_band", "detractor"]
    cell = cells["revenue_at_risk", "all"]
    cell["n"] = revenue["n"]
    if revenue["note"] is not None:
        cell |= {"note": revenue["note"], "n": 0}
    elif cell["is_significant"] and cell["low"] > 0 and link["is_significant"] and link["low"] > 0:
        cell |= {name: paid * cell[name] / 100 for name in ("value", "low", "high")}
        return
    elif cell["note"] is None:
        cell["note"] = "no_link"  # detractors stay longer, or their number does not show it
    cell |= {"is_significant": False, **dict.fromkeys(("value", "low", "high"), np.nan)}


def _secret(found: Sequence[_Cells], minimum_n: int) -> set[tuple[int, _Key]]:
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
        rests_on: Mapping[_Key, list[_Key]] = {
            ("churn_link", "all"): [("churn_by_band", "detractor"), ("churn_by_band", "promoter")],
            ("revenue_at_risk", "all"): [("churn_link", "all"), ("revenue_by_band", "detractor")],
        }
        for key, parts in rests_on.items():
            if any((place, part) in secret for part in parts):
                secret.add((place, key))
    return secret


def _row(
    scope: Scope, period: str, key: _Key, cell: dict[str, Any], is_secret: bool
) -> dict[str, Any]:
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


def _table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    texts = ("scope", "period", "measure", "member", "label", "unit", "note")
    types = dict.fromkeys(texts, pa.string())
    types |= dict.fromkeys(("months", "n"), pa.int64())
    types |= dict.fromkeys(("value", "low", "high", "p_adjusted"), pa.float64())
    types |= dict.fromkeys(("is_significant", "suppressed"), pa.bool_())
    return pa.table(
        {name: pa.array([row[name] for row in rows], kind) for name, kind in types.items()}
    )
