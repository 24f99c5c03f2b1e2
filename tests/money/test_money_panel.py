"""What a report prints about money, month by month, from tables as dbt gives them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from wellheard import money_panel, survival_panel
from wellheard.money_register import Register, month_start

PERIODS = [f"2026-{m:02d}" for m in range(1, 13)]
DETRACTOR, PASSIVE, PROMOTER = 0, 1, 2


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


class Book:
    """A customer register and the answers of its customers, written down one by one."""

    def __init__(self) -> None:
        self.customers: list[tuple[Any, ...]] = []
        self.answers: list[tuple[int, int, int]] = []

    def add(
        self,
        count: int = 1,
        *,
        joined: str = "2024-03-01",
        lost: str | None = None,
        pays: float | None = 10.0,
        segment: str | None = "consumer",
        said: dict[str, int] | None = None,
    ) -> None:
        for _ in range(count):
            number = len(self.customers) + 1
            self.customers.append((number, segment, pays, day(joined), lost and day(lost)))
            self.answers += [(number, day(at), band) for at, band in sorted((said or {}).items())]

    def tables(self) -> tuple[pa.Table, pa.Table]:
        whole, text, real = pa.int64(), pa.string(), pa.float64()
        columns = list(zip(*self.customers, strict=True)) or [[]] * 5
        names = ("customer_number", "segment", "monthly_revenue", "joined_day", "lost_day")
        kinds = (whole, text, real, whole, whole)
        customers = {
            name: pa.array(column, kind)
            for name, column, kind in zip(names, columns, kinds, strict=True)
        }
        answered = list(zip(*self.answers, strict=True)) or [[]] * 3
        bands = {
            name: pa.array(column, whole)
            for name, column in zip(
                ("customer_number", "answered_day", "band"), answered, strict=True
            )
        }
        return pa.table(customers), pa.table(bands)

    def money(
        self, *, known_until: str | None = None, minimum_n: int = 5, discount: float = 0.1
    ) -> dict[tuple[str, ...], dict[str, Any]]:
        """The rows by (period, measure, member), or with the scope in front where not all."""
        rows = money_panel.judge(
            *self.tables(),
            periods=PERIODS,
            known_until=known_until and day(known_until),
            minimum_n=minimum_n,
            yearly_discount=discount,
        ).to_pylist()
        return {
            (() if r["scope"] == "all" else (r["scope"],))
            + (r["period"], r["measure"], r["member"]): r
            for r in rows
        }

    def curves(self, minimum_n: int = 5) -> list[dict[str, Any]]:
        return survival_panel.judge(
            *self.tables(), periods=PERIODS, known_until=None, minimum_n=minimum_n
        ).to_pylist()


@pytest.fixture
def book() -> Book:
    """Detractors of February who leave in April, promoters who stay."""
    found = Book()
    found.add(70, said={"2026-02-10": DETRACTOR})
    found.add(30, said={"2026-02-10": DETRACTOR}, lost="2026-04-15")
    found.add(98, said={"2026-02-10": PROMOTER}, pays=20)
    found.add(2, said={"2026-02-10": PROMOTER}, lost="2026-05-01", pays=20)
    found.add(40, said={"2026-02-10": PASSIVE})
    found.add(9)
    found.add(1, lost="2026-01-20")
    return found


def test_churn_of_a_month_is_of_those_there_at_its_start(book: Book) -> None:
    book.add(20, joined="2026-04-01")  # joiners of April
    found = book.money()
    april = found["2026-04", "logo_churn", "all"]
    assert (april["n"], april["value"], april["months"]) == (249, pytest.approx(3000 / 249), 1)
    may = found["2026-05", "logo_churn", "all"]
    assert (may["n"], may["value"]) == (239, pytest.approx(200 / 239))
    assert found["2026-04", "revenue_churn", "all"]["value"] == pytest.approx(
        100 * 300 / (1490 + 2000)
    )
    assert found["2026-06", "logo_churn", "all"]["value"] == 0


def test_a_month_does_not_know_of_later_losses(book: Book) -> None:
    before = book.money()["2026-03", "revenue", "all"]
    assert (before["n"], before["value"]) == (249, 1490 + 2000)
    assert book.money()["2026-04", "revenue", "all"]["n"] == 219


def test_revenue_by_band_adds_up_and_is_counted_not_estimated(book: Book) -> None:
    found = book.money()
    bands = {
        member: found["2026-10", "revenue_by_band", member]
        for member in ("promoter", "passive", "detractor", "no_answer")
    }
    assert {k: (b["n"], b["value"]) for k, b in bands.items()} == {
        "promoter": (98, 1960.0),
        "passive": (40, 400.0),
        "detractor": (70, 700.0),
        "no_answer": (9, 90.0),
    }
    assert sum(b["value"] for b in bands.values()) == found["2026-10", "revenue", "all"]["value"]
    assert all(b["low"] is None and b["high"] is None for b in bands.values())


def test_the_band_is_that_of_the_latest_answer_of_twelve_months() -> None:
    book = Book()
    book.add(6, said={"2025-11-30": PROMOTER, "2026-05-02": DETRACTOR})
    book.add(7, said={"2026-01-31": PASSIVE})
    book.add(1, lost="2026-01-05")
    found = book.money()
    for period, band, n in (
        ("2026-04", "promoter", 6),
        ("2026-05", "detractor", 6),
        ("2026-12", "detractor", 6),
        ("2026-12", "passive", 7),
    ):
        assert found[period, "revenue_by_band", band]["n"] == n
    assert found["2026-12", "revenue_by_band", "no_answer"]["n"] == 0
    book.add(5, said={"2025-12-31": PASSIVE})
    # A year and a day before the end of December 2026: no longer known.
    assert book.money()["2026-12", "revenue_by_band", "no_answer"]["n"] == 5


def test_a_planted_link_is_printed_and_puts_revenue_at_risk(book: Book) -> None:
    found = book.money()
    link = found["2026-10", "churn_link", "all"]
    assert (link["n"], link["value"], link["unit"]) == (200, pytest.approx(28), "points")
    assert link["is_significant"]
    assert link["p_adjusted"] < 0.001
    assert 0 < link["low"] < 28 < link["high"]
    at_risk = found["2026-10", "revenue_at_risk", "all"]
    assert [at_risk[k] for k in ("value", "low", "high")] == pytest.approx(
        [7 * link[k] for k in ("value", "low", "high")]
    )
    by_band = found["2026-10", "churn_by_band", "detractor"]
    assert (by_band["n"], by_band["value"]) == (100, pytest.approx(30))


def test_a_link_among_small_payers_puts_no_revenue_of_all_at_risk(book: Book) -> None:
    for band in (DETRACTOR, PROMOTER):
        book.add(20, said={"2026-02-10": band}, segment="enterprise", pays=2000)
        book.add(1, said={"2026-02-10": band}, segment="enterprise", pays=2000, lost="2026-04-15")
    found = book.money()
    assert found["2026-10", "churn_link", "all"]["is_significant"]
    at_risk = found["2026-10", "revenue_at_risk", "all"]
    assert [at_risk[k] for k in ("value", "low", "high")] == [None] * 3
    assert (at_risk["note"], at_risk["is_significant"], at_risk["n"]) == ("no_link", False, 90)
    assert at_risk["p_adjusted"] > 0.05
    # Theirs is: the segment's own edition says so.
    theirs = found["segment=consumer", "2026-10", "revenue_at_risk", "all"]
    assert theirs["is_significant"]
    assert 0 < theirs["low"] < theirs["value"] < theirs["high"] < 700


def test_revenue_at_risk_goes_by_what_those_who_leave_pay() -> None:
    book = Book()
    book.add(100, said={"2026-02-10": DETRACTOR}, pays=30)
    book.add(100, said={"2026-02-10": DETRACTOR}, lost="2026-04-15", pays=10)
    book.add(195, said={"2026-02-10": PROMOTER}, pays=20)
    book.add(5, said={"2026-02-10": PROMOTER}, lost="2026-04-15", pays=20)
    book.add(1, lost="2026-01-20")
    found = book.money()
    assert found["2026-10", "churn_link", "all"]["value"] == pytest.approx(50 - 2.5)
    at_risk = found["2026-10", "revenue_at_risk", "all"]
    # A quarter of what detractors paid is gone, 2.5 % of what promoters did; 3,000 is left.
    assert at_risk["value"] == pytest.approx(3000 * (0.25 - 0.025))
    assert 0 < at_risk["low"] < at_risk["value"] < at_risk["high"] < 1500


def test_a_link_of_revenue_alone_is_not_told() -> None:
    """More revenue leaves with few large detractors, while promoters leave as often."""
    book = Book()
    book.add(60, said={"2026-02-10": DETRACTOR}, pays=1)
    book.add(40, said={"2026-02-10": DETRACTOR}, pays=100, lost="2026-04-15")
    book.add(60, said={"2026-02-10": PROMOTER}, pays=100)
    book.add(40, said={"2026-02-10": PROMOTER}, pays=1, lost="2026-04-15")
    book.add(1, lost="2026-01-09")
    at_risk = book.money()["2026-10", "revenue_at_risk", "all"]
    assert (at_risk["value"], at_risk["note"], at_risk["is_significant"]) == (
        None,
        "no_link",
        False,
    )
    assert at_risk["p_adjusted"] < 0.001


def test_a_link_that_may_be_chance_is_not_told() -> None:
    book = Book()
    book.add(50, said={"2026-02-10": DETRACTOR})
    book.add(4, said={"2026-02-10": DETRACTOR}, lost="2026-04-15")
    book.add(60, said={"2026-02-10": PROMOTER})
    book.add(3, said={"2026-02-10": PROMOTER}, lost="2026-04-15")
    book.add(1, lost="2026-01-09")
    found = book.money()
    for measure in ("churn_link", "revenue_at_risk"):
        row = found["2026-10", measure, "all"]
        assert (row["value"], row["low"], row["high"]) == (None, None, None)
        assert (row["is_significant"], row["note"], row["suppressed"]) == (False, "no_link", False)
    assert found["2026-10", "churn_link", "all"]["p_adjusted"] > 0.05


def test_detractors_who_stay_longer_put_nothing_at_risk() -> None:
    book = Book()
    book.add(100, said={"2026-02-10": DETRACTOR})
    book.add(60, said={"2026-02-10": PROMOTER})
    book.add(40, said={"2026-02-10": PROMOTER}, lost="2026-04-15")
    book.add(1, lost="2026-01-09")
    found = book.money()
    assert found["2026-10", "churn_link", "all"]["value"] == pytest.approx(-40)
    at_risk = found["2026-10", "revenue_at_risk", "all"]
    assert (at_risk["value"], at_risk["note"]) == (None, "no_link")


def test_links_are_held_to_holm_over_the_scopes_of_a_month(book: Book) -> None:
    alone = book.money()["2026-10", "churn_link", "all"]["p_adjusted"]
    for segment in ("enterprise", "small"):
        for band in (DETRACTOR, PROMOTER):
            book.add(20, said={"2026-02-10": band}, segment=segment)
            book.add(2, said={"2026-02-10": band}, segment=segment, lost="2026-04-15")
    found = book.money()
    scopes = [(), ("segment=consumer",), ("segment=enterprise",), ("segment=small",)]
    rows = [found[(*scope, "2026-10", "churn_link", "all")] for scope in scopes]
    assert [row["is_significant"] for row in rows] == [True, True, False, False]
    # Four tests instead of two.
    assert rows[1]["p_adjusted"] == pytest.approx(4 / 2 * alone)
    assert rows[2]["p_adjusted"] == rows[3]["p_adjusted"] == 1.0


def test_the_link_waits_until_answers_were_followed_long_enough(book: Book) -> None:
    found = book.money()
    assert found["2026-07", "churn_link", "all"]["note"] == "too_few_followed"
    assert found["2026-07", "churn_by_band", "promoter"]["value"] is None
    assert found["2026-08", "churn_link", "all"]["is_significant"]


def test_one_answer_a_customer_counts_and_those_of_former_customers_do_not(book: Book) -> None:
    for number in range(1, 31):
        book.answers.append((number, day("2026-03-10"), PROMOTER))
    book.add(10, joined="2025-01-01", lost="2026-02-01", said={"2026-02-10": DETRACTOR})
    book.answers.sort()
    found = book.money()
    assert found["2026-10", "churn_by_band", "detractor"]["n"] == 100
    assert found["2026-10", "churn_by_band", "promoter"]["n"] == 100
    # Revenue goes by the latest answer.
    assert found["2026-10", "revenue_by_band", "promoter"]["n"] == 98 + 30


def test_before_losses_were_written_down_nothing_is_said() -> None:
    book = Book()
    book.add(50)
    book.add(20, lost="2026-05-10")
    found = book.money()
    for measure in ("logo_churn", "revenue_churn", "lifetime_value", "revenue", "churn_link"):
        row = found["2026-04", measure, "all"]
        assert (row["n"], row["value"], row["note"]) == (0, None, "history_too_short")
        assert not row["suppressed"]
    assert found["2026-05", "logo_churn", "all"]["n"] == 70
    assert not [row for row in book.curves() if row["period"] < "2026-05"]
    # A year has to be known for what is kept over a year.
    assert found["2026-12", "retention", "logo"]["note"] == "history_too_short"


def test_a_company_that_writes_no_losses_down_has_revenue_and_no_churn() -> None:
    book = Book()
    book.add(50, said={"2026-02-10": PROMOTER})
    found = book.money()
    assert found["2026-10", "logo_churn", "all"]["note"] == "no_losses_recorded"
    assert found["2026-10", "logo_churn", "all"]["value"] is None
    assert found["2026-10", "revenue_by_band", "promoter"]["value"] == 500
    assert book.curves() == []


def test_a_company_without_customers_or_revenue_gets_no_figures() -> None:
    empty = Book().money()
    assert {row["value"] for row in empty.values()} == {None}
    book = Book()
    book.add(50, pays=None)
    book.add(5, pays=None, lost="2026-01-05")
    found = book.money()
    for measure in ("revenue_churn", "revenue", "lifetime_value", "revenue_at_risk"):
        row = found["2026-10", measure, "all"]
        assert (row["n"], row["value"], row["note"]) == (0, None, "no_revenue_known")
    assert found["2026-10", "logo_churn", "all"]["n"] == 50


def test_a_month_after_what_was_landed_is_not_judged(book: Book) -> None:
    found = book.money(known_until="2026-10-01")
    assert found["2026-09", "logo_churn", "all"]["n"] == 217
    assert found["2026-10", "logo_churn", "all"]["n"] == 0
    assert found["2026-10", "revenue", "all"]["n"] == 0


def test_a_small_segment_cannot_be_found_by_subtraction(book: Book) -> None:
    book.add(3, segment="enterprise", said={"2026-02-10": DETRACTOR})
    book.add(60, segment="small", said={"2026-02-10": DETRACTOR})
    book.add(60, segment="small", said={"2026-02-10": PROMOTER})
    found = book.money()
    hidden = found["segment=enterprise", "2026-10", "revenue_by_band", "detractor"]
    assert (hidden["n"], hidden["value"], hidden["suppressed"]) == (None, None, True)
    # All detractors are printed, so one more segment's must not be; and its revenue at risk.
    other = found["segment=small", "2026-10", "revenue_by_band", "detractor"]
    assert other["suppressed"]
    assert found["segment=small", "2026-10", "revenue_at_risk", "all"]["suppressed"]
    # Nor may the segment's other bands and its total tell it.
    assert found["segment=small", "2026-10", "revenue", "all"]["suppressed"]
    for row in found.values():
        assert row["suppressed"] or row["n"] == 0 or row["n"] >= 5


def test_the_sum_of_a_link_does_not_tell_a_small_band() -> None:
    book = Book()
    book.add(3, said={"2026-02-10": DETRACTOR})
    book.add(60, said={"2026-02-10": PROMOTER})
    book.add(9, lost="2026-01-09")
    found = book.money()
    assert found["2026-10", "churn_by_band", "detractor"]["suppressed"]
    link = found["2026-10", "churn_link", "all"]
    assert link["suppressed"]
    assert not link["is_significant"]
    assert link["n"] is None


def test_a_curve_follows_the_losses_of_the_register(book: Book) -> None:
    rows = [r for r in book.curves() if (r["period"], r["scope"]) == ("2026-10", "all")]
    everyone = {r["month"]: r for r in rows if r["curve"] == "all"}
    # All joined on the same day, and were seen from January 2026 (month 22 of tenure) on.
    assert min(everyone) == 23
    assert everyone[25]["survival"] == 100
    assert everyone[26]["survival"] == pytest.approx(100 * 217 / 249)
    assert everyone[31]["survival"] == pytest.approx(100 * 217 / 249)
    unhappy = {r["month"]: r for r in rows if r["curve"] == "detractor"}
    assert min(unhappy) == 24
    assert unhappy[26]["survival"] == pytest.approx(70)
    assert unhappy[26]["at_risk"] == 70
    assert unhappy[26]["low"] < 70 < unhappy[26]["high"]


def test_a_customer_leaves_a_bands_curve_with_the_next_answer() -> None:
    book = Book()
    book.add(10, said={"2026-02-10": DETRACTOR, "2026-06-10": PROMOTER}, lost="2026-08-01")
    book.add(10, said={"2026-02-10": DETRACTOR, "2026-06-10": PROMOTER})
    book.add(1, lost="2026-01-03")
    last = [r for r in book.curves() if r["period"] == "2026-12"]
    assert {r["survival"] for r in last if r["curve"] == "detractor"} == {100.0}
    assert min(r["survival"] for r in last if r["curve"] == "promoter") == pytest.approx(50)


def test_curves_of_few_customers_end_before_they_tell_one() -> None:
    book = Book()
    book.add(8, joined="2026-01-01")
    book.add(4, joined="2026-01-01", lost="2026-03-01")
    book.add(4, joined="2026-01-01", lost="2026-06-01")
    book.add(4, joined="2026-01-01", segment="enterprise", lost="2026-08-01")
    book.add(1, lost="2026-01-03", segment=None)
    rows = [r for r in book.curves() if r["period"] == "2026-12"]
    assert all(r["at_risk"] >= 5 for r in rows)
    assert not [r for r in rows if r["scope"] == "segment=enterprise"]
    # While the other segment is there, the consumers and the total would tell it.
    assert min(r["month"] for r in rows if r["scope"] == "segment=consumer") == 7
    assert min(r["month"] for r in rows if r["scope"] == "all") == 0


def test_a_discount_that_is_no_fraction_says_where_to_mend_it(book: Book) -> None:
    with pytest.raises(ValueError, match=r"yearly_discount.*dbt_project\.yml"):
        book.money(discount=12)


def test_months_begin_on_their_first_day() -> None:
    assert month_start("2026-10") == day("2026-10-01")
    assert month_start("2026-10", 3) == day("2027-01-01")
    assert month_start("2026-10", -10) == day("2025-12-01")
    assert Register.read(*Book().tables()).known_from is None
