"""From the customer register to what a report prints about money, month by month.

dbt prepares one row per customer and one per answer to the recommendation question, and calls
`judge` once. A month's figures rest on what its end knows: a customer lost later was still there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wellheard import money
from wellheard import statistics as st
from wellheard.money import Customers, Figure, Ints, Link
from wellheard.money_cells import (
    Cell,
    Cells,
    cell_of,
    cell_of_figure,
    row_of,
    secret_cells,
    table_of,
)
from wellheard.money_register import (
    BANDS,
    TOO_SHORT,
    Moment,
    Register,
    Scope,
    month_start,
    months_between,
)
from wellheard.survival import LaterLoss, lost_within, revenue_lost_within

if TYPE_CHECKING:
    import pyarrow as pa

YEAR = 12
LATER = 180  # days after the answer in which a loss counts as later churn
ANSWERED = 18  # months of answers looked at: a year of them has been followed for LATER days
SIGNIFICANT = 0.05


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
        secret = secret_cells([cells for cells, _ in found], minimum_n)
        for place, (scope, (cells, _)) in enumerate(zip(register.scopes, found, strict=True)):
            rows += [
                row_of(scope, period, key, cell, (place, key) in secret)
                for key, cell in cells.items()
            ]
    rows.sort(key=lambda row: (row["scope"], row["period"], row["measure"], row["member"]))
    return table_of(rows)


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
) -> tuple[Cells, float]:
    """The cells of a scope's month, before tests and suppression, and what detractors pay."""
    period, moment = month.period, month.moment
    start, end = month_start(period), month_start(period, 1)
    whole = register.customers
    # Everyone keeps their place; outside the scope nobody ever joined.
    customers = Customers(np.where(scope.of, whole.joined, money.NEVER), whole.lost, whole.revenue)
    cells: Cells = {}
    _churn(cells, customers, moment, start, end)
    _retention(cells, customers, moment, period)
    _lifetime(cells, customers, moment, period, yearly_discount)
    paid_by_detractors = _revenue(cells, customers, month)
    _later_churn(cells, register, scope, month)
    return cells, paid_by_detractors


def _churn(cells: Cells, customers: Customers, moment: Moment | str, start: int, end: int) -> None:
    if isinstance(moment, str):
        for measure in ("logo_churn", "revenue_churn"):
            cells[measure, "all"] = cell_of(1, 0, moment)
        return
    cells["logo_churn", "all"] = cell_of_figure(1, money.churn(customers, start, end))
    cells["revenue_churn", "all"] = _of_revenue(1, money.revenue_churn(customers, start, end))


def _of_revenue(months: int, figure: Figure) -> Cell:
    cell = cell_of_figure(months, figure)
    if np.isnan(figure.value):
        cell |= {"n": 0, "note": "no_revenue_known"}
    return cell


def _retention(cells: Cells, customers: Customers, moment: Moment | str, period: str) -> None:
    start, end = month_start(period, 1 - YEAR), month_start(period, 1)
    if isinstance(moment, str) or moment.known_from > start:
        note = moment if isinstance(moment, str) else TOO_SHORT
        cells["retention", "logo"] = cell_of(YEAR, 0, note)
        cells["retention", "revenue"] = cell_of(YEAR, 0, note)
        return
    lost = money.churn(customers, start, end)
    lost_revenue = money.revenue_churn(customers, start, end)
    cells["retention", "logo"] = cell_of_figure(YEAR, money.kept(lost))
    cells["retention", "revenue"] = _of_revenue(YEAR, money.kept(lost_revenue))


def _lifetime(
    cells: Cells,
    customers: Customers,
    moment: Moment | str,
    period: str,
    yearly_discount: float,
) -> None:
    key = ("lifetime_value", "all")
    if isinstance(moment, str):
        cells[key] = cell_of(YEAR, 0, moment)
        return
    months = months_between(moment.known_from, period, YEAR)
    n = int(np.count_nonzero(customers.on(moment.end) & ~np.isnan(customers.revenue)))
    if n == 0:
        cells[key] = cell_of(len(months), 0, "no_revenue_known")
        return
    found = money.value_of_a_customer(customers, months, yearly_discount)
    if found is None:
        cells[key] = cell_of(len(months), n, "too_few_losses")
    else:
        cells[key] = cell_of_figure(len(months), found, 1.0)


def _revenue(cells: Cells, customers: Customers, month: _Month) -> float:
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
    cells["revenue", "all"] = cell_of(1, everyone, note, value=total)
    paid = 0.0
    for at, name in enumerate((*BANDS, "no_answer")):
        of_band = here & (month.band == at)
        value = float(customers.revenue[of_band].sum())
        if name == "detractor":
            paid = value
        cells["revenue_by_band", name] = cell_of(
            YEAR, int(np.count_nonzero(of_band)), note, value=value if everyone else np.nan
        )
    return paid


def _later_churn(cells: Cells, register: Register, scope: Scope, month: _Month) -> None:
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
            cells["churn_by_band", name] = cell_of_figure(ANSWERED, money.later_loss(loss, n))
        else:
            cells["churn_by_band", name] = cell_of(ANSWERED, n, note)
    unhappy, happy = (losses.get(name, (0, None)) for name in ("detractor", "promoter"))
    n = unhappy[0] + happy[0]
    cells["churn_link", "all"] = _linked(n, note, unhappy[1], happy[1])
    cells["revenue_at_risk", "all"] = _linked(
        n, note, of_revenue.get("detractor"), of_revenue.get("promoter")
    )


def _linked(n: int, note: str, one: LaterLoss | None, other: LaterLoss | None) -> Cell:
    """The link between two losses, before the month's links are judged together."""
    cell = cell_of(ANSWERED, n, note, is_significant=False)
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


def _judge_links(links: Sequence[Cell]) -> None:
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


def _revenue_at_risk(cells: Cells, paid: float) -> None:
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
