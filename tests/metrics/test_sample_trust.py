"""Response rates, what silence could hide, and signs that somebody plays with the score."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from metrics_world import Warehouse, answer, build, record

from wellheard import statistics
from wellheard.sample_trust import OUTCOMES, gaming_signals, sample_panel

INVITED = {"complete": 300, "partial": 20, "refused": 30, "no_contact": 40, "other": 10,
           "unknown": 600}  # fmt: skip


def invitations(
    segment: str | None = "consumer", each: float = 1, **counts: int
) -> list[dict[str, Any]]:
    """`each`: how many invitations are worth one."""
    return [{"period": "2026-10", "source": "polls", "survey_id": "s|1", "segment": segment,
             **dict.fromkeys(OUTCOMES, 0), **counts,
             "sum_ww": each * sum(counts.values())}]  # fmt: skip


def told(segment: str | None, d: int, m: int, p: int) -> dict[str, Any]:
    n = d + m + p
    return {"period": "2026-10", "source": "polls", "survey_id": "s|1", "segment": segment,
            "metric": "nps", "n": n, "plain_x": float(p - d), "plain_successes": 0,
            "sum_x": float(p - d), "sum_xx": float(p + d), "sum_w": float(n), "sum_ww": float(n),
            "successes": 0.0, "scale_min": 0.0, "scale_max": 10.0}  # fmt: skip


SENT = pa.schema([(c, pa.string()) for c in ("period", "source", "survey_id", "segment")]
                 + [(c, pa.int64()) for c in OUTCOMES] + [("sum_ww", pa.float64())])  # fmt: skip
BASE = pa.schema([("period", pa.string()), ("segment", pa.string()), ("customers", pa.int64())])


def panel(
    sent: list[dict[str, Any]],
    given: list[dict[str, Any]],
    hidden: Collection[tuple[str, str, str]] = (),
    **base: int,
) -> dict[str, dict[str, Any]]:
    customers = [{"period": "2026-10", "segment": s, "customers": n} for s, n in base.items()]
    empty = pa.Table.from_pylist([told("x", 1, 1, 1)])[:0]
    found = sample_panel(
        pa.Table.from_pylist(sent, SENT),
        pa.Table.from_pylist(given) if given else empty,
        pa.Table.from_pylist(customers, BASE),
        minimum_n=5,
        hidden=hidden,
    )
    return {row["scope"]: row for row in found.to_pylist()}


def test_rates_are_those_of_aapor_and_bounds_what_silence_could_hide() -> None:
    row = panel(invitations(**INVITED), [told("consumer", 60, 100, 140)])["all"]
    assert row["invited"] == 1000
    assert (row["rr1"], row["rr2"]) == pytest.approx((30.0, 32.0))
    _, low, high = statistics.share(300, 1000)
    assert (row["rr1_low"], row["rr1_high"]) == pytest.approx((100 * low, 100 * high))
    assert row["raw"] == pytest.approx(100 * 80 / 300)
    assert row["bound_low"] == pytest.approx(100 * (80 - 680) / 980)
    assert row["bound_high"] == pytest.approx(100 * (80 + 680) / 980)
    assert not row["suppressed"]


def test_several_invitations_of_a_customer_are_worth_fewer() -> None:
    given = [told("consumer", 60, 100, 140)]
    row = panel(invitations(each=2.5, **INVITED), given)["all"]
    _, low, high = statistics.share(120, 400)
    assert (row["invited"], row["rr1"]) == (1000, pytest.approx(30.0))
    assert (row["rr1_low"], row["rr1_high"]) == pytest.approx((100 * low, 100 * high))
    few = panel(invitations(each=250, **INVITED), given)["all"]
    assert {few[k] for k in ("invited", *OUTCOMES, "rr1", "rr1_low", "rr2", "bound_low")} == {None}
    assert few["n"] == 300


def test_without_invitations_there_is_no_rate_and_no_bound() -> None:
    row = panel([], [told("consumer", 60, 100, 140)])["all"]
    assert row["n"] == 300
    assert {row[k] for k in ("invited", "complete", "rr1", "rr2", "bound_low")} == {None}
    assert row["raw"] is not None


def test_nobody_answered_is_a_rate_of_zero() -> None:
    row = panel(invitations(unknown=80), [])["all"]
    assert (row["invited"], row["rr1"], row["n"], row["raw"]) == (80, 0.0, 0, None)


def test_post_stratified_is_each_segment_by_its_customers() -> None:
    given = [told("consumer", 20, 60, 120), told("enterprise", 30, 10, 10)]  # 50 and -40
    row = panel([], given, consumer=500, enterprise=500)["all"]
    assert row["raw"] == pytest.approx(100 * 80 / 250)
    assert row["post_stratified"] == pytest.approx(5.0)
    # Weights 2.5 and 10: (500 + 500)^2 / (200 * 2.5^2 + 50 * 10^2).
    assert row["effective_n"] == pytest.approx(160)
    expected = statistics.nps(*(np.array([0.35, 0.25, 0.40]) * 160))
    assert (row["post_low"], row["post_high"]) == pytest.approx(
        (100 * expected.low, 100 * expected.high)
    )


def test_a_score_weighted_by_a_few_answers_is_not_printed() -> None:
    given = [told("consumer", 20, 60, 120), told("enterprise", 1, 1, 3)]
    row = panel([], given, consumer=10, enterprise=5000)["all"]
    # Five answers stand for nearly all customers.
    assert row["raw"] is not None
    assert row["post_stratified"] is not None
    row = panel([], [given[0], told("enterprise", 0, 0, 2)], consumer=10, enterprise=5000)["all"]
    assert row["raw"] is not None
    assert {row[k] for k in ("effective_n", "post_stratified", "post_low", "post_high")} == {None}


def test_ratings_of_cases_have_bounds_like_any_survey() -> None:
    good = {"metric": "case_csat", "plain_successes": 52, "successes": 52.0}
    given = told("consumer", 0, 9, 52) | good
    row = panel(invitations(complete=62, unknown=52), [given])["all"]
    _, low, high = statistics.share(52, 61)
    assert (row["metric"], row["n"]) == ("case_csat", 61)
    assert (row["raw"], row["raw_low"], row["raw_high"]) == pytest.approx(
        (100 * 52 / 61, 100 * low, 100 * high)
    )
    # 52 of 114 stayed silent; the 61 ratings of the month are not quite the 62 who answered.
    assert (row["bound_low"], row["bound_high"]) == pytest.approx((100 * 52 / 113, 100 * 104 / 113))


def test_a_score_hidden_elsewhere_is_hidden_here() -> None:
    hidden = {("all", "2026-10", "nps")}
    row = panel(invitations(**INVITED), [told("consumer", 60, 100, 140)], hidden=hidden)["all"]
    assert row["suppressed"]
    assert {row[k] for k in ("n", "raw", "bound_low", "bound_high")} == {None}
    assert row["rr1"] is not None


def test_a_segment_without_answers_leaves_nothing_to_weight_by() -> None:
    row = panel([], [told("consumer", 20, 60, 120)], consumer=500, enterprise=20)["all"]
    assert row["raw"] is not None
    assert row["post_stratified"] is row["effective_n"] is None


def test_those_of_no_segment_are_not_in_one_called_none() -> None:
    rows = panel([], [told("None", 20, 60, 120), told(None, 50, 0, 0), told("a=b", 10, 10, 10)])
    assert {scope: row["n"] for scope, row in rows.items()} == {
        "all": 280, "segment=None": 200, "segment=a=b": 30,
    }  # fmt: skip


def test_small_counts_are_not_printed_and_do_not_follow() -> None:
    sent = invitations(complete=300, partial=3, unknown=600) + invitations(
        "enterprise", complete=3, unknown=40
    )
    rows = panel(sent, [told("consumer", 60, 100, 140), told("enterprise", 1, 1, 1)])
    small = rows["segment=enterprise"]
    assert small["suppressed"]
    assert {small[k] for k in ("complete", "n", "rr1", "raw", "bound_low", "bound_high")} == {None}
    # All less the consumers would give them.
    whole, others = rows["all"], rows["segment=consumer"]
    assert whole["n"] is not None
    assert others["n"] is None
    for row in rows.values():
        shown = [k for k in INVITED if row[k] is not None and row[k] > 0]
        known = sum(row[k] for k in shown)
        hidden = [k for k in INVITED if row[k] is None]
        assert row["invited"] is None or len(hidden) != 1, (row["scope"], known)


# --- Signals --------------------------------------------------------------------------------------

COUNTS = pa.schema([(c, pa.string()) for c in ("period", "source", "signal")]
                   + [("n", pa.int64()), ("n_answers", pa.int64())])  # fmt: skip
HOURS = pa.schema([(c, pa.string()) for c in ("source", "survey_id", "period", "hour")]
                  + [("n", pa.int64())])  # fmt: skip


def signals(
    counts: Sequence[tuple[str, str, int, int]] = (), hours: Sequence[tuple[str, int]] = ()
) -> dict[str, dict[str, Any]]:
    """October's signals; `counts`: period, signal, n, n_answers; `hours`: hour, n."""
    made = gaming_signals(
        pa.Table.from_pylist(
            [{"period": p, "source": "polls", "signal": s, "n": n, "n_answers": of}
             for p, s, n, of in counts], COUNTS),
        pa.Table.from_pylist(
            [{"source": "polls", "survey_id": "s1", "period": "2026-10", "hour": h, "n": n}
             for h, n in hours], HOURS),
        minimum_n=5,
    )  # fmt: skip
    return {row["signal"]: row for row in made.to_pylist() if row["period"] == "2026-10"}


def ordinary(seed: int) -> list[tuple[str, int]]:
    """Answers by day, ten times as many by day as by night."""
    chance = np.random.default_rng(seed)
    found = [(f"2026-10-{d:02d} {h:02d}:00", int(chance.poisson(2 if 8 <= h < 20 else 0.2)))
             for d in range(1, 32) for h in range(24)]  # fmt: skip
    return [(hour, n) for hour, n in found if n]


def test_a_burst_of_answers_is_flagged_and_a_busy_afternoon_is_not() -> None:
    quiet = signals(hours=ordinary(1))["burst"]
    assert not quiet["is_flagged"]
    loud = signals(hours=[*ordinary(1), ("2026-10-31 23:00", 40)])["burst"]
    assert loud["is_flagged"]
    assert (loud["n"], loud["detail"]) == (40, "s1 2026-10-31 23:00")


def test_ordinary_months_are_rarely_flagged() -> None:
    flagged = [signals(hours=ordinary(seed))["burst"]["is_flagged"] for seed in range(100, 200)]
    assert sum(flagged) <= 10


@pytest.mark.parametrize("signal", ["duplicate", "straight_lining"])
def test_more_of_them_than_in_the_year_before_is_flagged(signal: str) -> None:
    before = [("2026-09", signal, 20, 1000)]
    assert signals([*before, ("2026-10", signal, 60, 1000)])[signal]["is_flagged"]
    assert not signals([*before, ("2026-10", signal, 24, 1000)])[signal]["is_flagged"]
    assert not signals([*before, ("2026-10", signal, 5, 1000)])[signal]["is_flagged"]
    first = signals([("2026-10", signal, 60, 1000)])[signal]
    assert (first["p_adjusted"], first["is_flagged"], first["n"]) == (None, False, 60)
    assert signals([*before, ("2026-10", signal, 3, 1000)])[signal]["n"] is None


def test_asking_the_unhappy_less_is_flagged_and_asking_nobody_is_no_signal() -> None:
    def asked(bad: int, good: int) -> dict[str, dict[str, Any]]:
        return signals([("2026-10", "invited_after_bad", bad, 200),
                        ("2026-10", "invited_after_good", good, 800)])  # fmt: skip

    kept = asked(30, 400)["suppressed_invitations"]
    assert kept["is_flagged"]
    assert (kept["n"], kept["n_answers"], kept["compared"], kept["n_compared"]) == (
        30, 200, 400, 800,
    )  # fmt: skip
    assert kept["detail"] is None  # sentences are made in the report's language
    assert not asked(100, 400)["suppressed_invitations"]["is_flagged"]
    assert not asked(190, 400)["suppressed_invitations"]["is_flagged"]
    assert asked(0, 0) == {}


def all_signals(
    *counts: tuple[str, str, int, int], hidden: Collection[tuple[str, str]] = ()
) -> dict[tuple[str, str], dict[str, Any]]:
    rows = [{"period": p, "source": "polls", "signal": s, "n": n, "n_answers": of}
            for p, s, n, of in counts]  # fmt: skip
    tables = pa.Table.from_pylist(rows, COUNTS), pa.Table.from_pylist([], HOURS)
    found = gaming_signals(*tables, minimum_n=5, hidden=hidden)
    return {(row["period"], row["signal"]): row for row in found.to_pylist()}


def test_a_source_s_answers_are_not_told_where_those_of_a_survey_are_hidden() -> None:
    counts = [(f"2026-{m:02d}", "straight_lining", 20, 1000 + m) for m in range(7, 11)]
    rows = all_signals(*counts, hidden={("2026-08", "polls")})
    august, september, october = (rows[f"2026-{m}", "straight_lining"] for m in ("08", "09", "10"))
    assert (august["n"], august["n_answers"], august["p"]) == (20, None, None)
    # What went before July is nothing; July's are printed.
    assert rows["2026-07", "straight_lining"]["n_answers"] == 1007
    # 2,015 of July and August less July's would be August's; 3,024 less 1,009 and 1,007 too.
    for row in (september, october):
        assert row["n_answers"] is not None
        assert {row[k] for k in ("compared", "n_compared", "p", "p_adjusted")} == {None}


def test_a_few_straight_lines_do_not_follow_from_those_of_twelve_months() -> None:
    counts = [("2026-07", "straight_lining", 20, 1000), ("2026-08", "straight_lining", 3, 1000),
              ("2026-09", "straight_lining", 70, 1000)]  # fmt: skip
    rows = all_signals(*counts)
    august, september = (rows[f"2026-{m}", "straight_lining"] for m in ("08", "09"))
    # With the share of July and its p, the three would be the one number that makes it.
    assert {august[k] for k in ("n", "p", "p_adjusted")} == {None}
    assert (september["n"], september["compared"], september["p"]) == (70, None, None)
    assert september["is_flagged"]


# --- In the warehouse -----------------------------------------------------------------------------


def invitation(number: int, customer: str, outcome: str | None, at: str) -> dict[str, Any]:
    sent = {"invitation_id": f"i{number}", "survey_id": "monthly", "customer_key": customer,
            "channel": "email", "sent_at": at, "outcome": outcome}  # fmt: skip
    return record("polls", "invitations", f"i{number}", sent)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    at = "2026-10-05T09:00:00Z"
    sent = [invitation(i, f"C{i}", None, at) for i in range(40)]
    sent += [invitation(100 + i, f"D{i}", "Bounced", at) for i in range(6)]
    sent += [invitation(200 + i, f"E{i}", "opted_out", at) for i in range(7)]
    given = [answer(f"a{i}", "nps", 10 if i % 2 else 3, "2026-10-20T09:00:00Z",
                    customer_key=f"C{i}") for i in range(20)]  # fmt: skip
    # Too late to be the answer to that invitation, and one by a customer nobody asked.
    given += [answer("late", "nps", 9, "2026-10-04T09:00:00Z", customer_key="C30"),
              answer("else", "nps", 9, "2026-10-20T09:00:00Z", customer_key="Z")]  # fmt: skip
    # Twenty were asked each month by a tool that holds no answers; twelve answered the last.
    for i in range(20):
        for month in ("08", "09", "10"):
            sent.append(record("mailer", "log", f"m{i}-{month}", {
                "survey_id": "quarterly", "customer_key": f"G{i}", "channel": "email",
                "sent_at": f"2026-{month}-02T09:00:00Z", "outcome": "delivered",
            }))  # fmt: skip
    given += [answer(f"g{i}", "nps", 10, "2026-10-09T09:00:00Z", customer_key=f"G{i}",
                     survey_id="quarterly") for i in range(12)]  # fmt: skip
    # In September three surveys asked the same: one of them was answered by three customers.
    for survey, n in (("monthly", 30), ("stores", 8), ("tiny", 3)):
        given += [answer(i, "nps", 9, "2026-09-10T09:00:00Z", survey_id=survey,
                         touchpoint="checkout" if survey == "stores" else None)
                  for i in range(n)]  # fmt: skip
    # Fourteen were asked to rate a case; six of the eight who did were content.
    cases, events = [], []
    for i in range(14):
        case, when = f"case{i}", "2026-10-06T09:00:00Z"
        sent.append(record("desk", "invitations", case, {
            "invitation_id": case, "survey_id": "satisfaction_rating", "customer_key": f"R{i}",
            "channel": "email", "sent_at": when, "outcome": "answered" if i < 8 else None,
        }))  # fmt: skip
        cases.append(record("desk", "cases", case, {
            "case_id": case, "created_at": when, "customer_key": f"R{i}"}))  # fmt: skip
        if i < 8:
            events.append(record("desk", "events", case, {
                "case_event_id": case, "case_id": case, "occurred_at": "2026-10-07T09:00:00Z",
                "sequence": 1, "event": "satisfaction", "value": "good" if i < 6 else "bad",
            }))  # fmt: skip
    built = build(
        tmp_path_factory.mktemp("sample"),
        {"file__feedback": given, "file__invitations": sent, "file__cases": cases,
         "file__case_events": events},
        arguments=("build", "--exclude-resource-type", "unit_test", "--select",
                   "+rpt_sample", "+rpt_gaming", "+rpt_metrics",
                   "--indirect-selection", "cautious"),
    )  # fmt: skip
    assert not built.problems, built.problems
    return built


def test_invitations_meet_their_answers_in_the_warehouse(warehouse: Warehouse) -> None:
    rows = warehouse.rows(
        "select invited, complete, no_contact, refused, unknown, rr1, n, raw, post_stratified,"
        " suppressed from reporting.rpt_sample where scope = 'all' and period = '2026-10'"
        " and survey_id = 'monthly'"
    )
    assert rows == [
        (53, 20, 6, 7, 20, pytest.approx(100 * 20 / 53), 22, pytest.approx(100 * 2 / 22), None,
         False)
    ]  # fmt: skip


def test_a_log_of_requests_belongs_to_the_survey_of_the_source_that_holds_the_answers(
    warehouse: Warehouse,
) -> None:
    rows = warehouse.rows(
        "select source, period, invited, complete, unknown, n from reporting.rpt_sample"
        " where scope = 'all' and survey_id = 'quarterly' and period = '2026-10'"
    )
    assert rows == [("polls", "2026-10", 20, 12, 8, 12)]


def test_an_answer_completes_one_request_the_last_before_it(warehouse: Warehouse) -> None:
    rows = warehouse.rows(
        "select period, outcome, count(*) from marts.int_invitation_outcomes"
        " where survey_id = 'quarterly' group by all order by all"
    )
    assert rows == [
        ("2026-08", "unknown", 20),
        ("2026-09", "unknown", 20),
        ("2026-10", "complete", 12),
        ("2026-10", "unknown", 8),
    ]


def test_ratings_of_cases_are_the_answers_of_the_survey_they_were_asked_in(
    warehouse: Warehouse,
) -> None:
    rows = warehouse.rows(
        "select metric, invited, complete, n, raw, bound_low, bound_high"
        " from reporting.rpt_sample where scope = 'all' and source = 'desk'"
    )
    assert rows == [
        ("case_csat", 14, 8, 8, 75.0, pytest.approx(600 / 14), pytest.approx(1200 / 14))
    ]


def test_a_small_survey_does_not_follow_from_the_others_and_the_score_over_all(
    warehouse: Warehouse,
) -> None:
    printed = warehouse.rows(
        "select member, n from reporting.rpt_metrics where metric = 'nps' and scope = 'all'"
        " and period = '2026-09' and dimension in ('all', 'touchpoint')"
    )
    assert dict(printed) == {"all": 41, "checkout": 8}
    surveys = warehouse.rows(
        "select survey_id, n from reporting.rpt_sample where scope = 'all' and period = '2026-09'"
        " and survey_id != 'quarterly'"
    )
    # The stores' eight are printed as a touchpoint's: 41 less these and the monthly 30 leaves 3.
    assert dict(surveys) == {"monthly": None, "stores": 8, "tiny": None}


def test_signals_are_told_by_source_and_month(warehouse: Warehouse) -> None:
    found = dict(
        warehouse.rows("select signal, is_flagged from reporting.rpt_gaming where source = 'polls'")
    )
    assert found["duplicate"] is False
    # Of September's surveys two are hidden: so is how many answers all of them had.
    totals = warehouse.rows(
        "select period, n_answers from reporting.rpt_gaming where signal = 'burst'"
        " and source = 'polls' order by period"
    )
    assert totals == [("2026-09", None), ("2026-10", 34)]
    assert "suppressed_invitations" not in found
