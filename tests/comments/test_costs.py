"""What a theme costs: exact where it is arithmetic, honest where it is an estimate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from wellheard import statistics as st
from wellheard.comments.costs import Side, cost, side
from wellheard.comments.theme_cells import judge, volumes

THEMES = [("a", "Theme A", 1), ("b", "Theme B", 2), ("b", "Theme B", 3), ("c", "Theme C", 4)]
SUMS = ["n", "sum_x", "sum_xx", "sum_w", "sum_ww", "n_felt", "n_negative"]


def counts(d: float, m: float, p: float) -> Side:
    return Side(*(np.asarray([float(x)]) for x in (d, m, p)))


def test_the_cost_is_the_score_of_the_others_less_that_of_all() -> None:
    found = cost(counts(30, 10, 10), counts(20, 30, 100), "nps")
    assert found.score_with[0] == pytest.approx(-0.4)
    assert found.score_without[0] == pytest.approx(80 / 150)
    everyone = (110 - 50) / 200
    assert found.cost[0] == pytest.approx(80 / 150 - everyone)
    assert found.cost[0] == pytest.approx(50 / 200 * (80 / 150 + 0.4))
    assert found.low[0] < found.cost[0] < found.high[0]
    # By hand: adjusted moments n 53, score -20/53; n 153, score 80/153.
    d = -20 / 53 - 80 / 153
    v1 = (30.75 + 10.75) / 53 - (20 / 53) ** 2
    v0 = (20.75 + 100.75) / 153 - (80 / 153) ** 2
    error = np.sqrt(0.25**2 * (v1 / 53 + v0 / 153) + d**2 * 0.25 * 0.75 / 200)
    assert found.low[0] == pytest.approx(-0.25 * d - st.Z * error)
    assert found.high[0] == pytest.approx(-0.25 * d + st.Z * error)


def test_satisfaction_is_a_share_and_its_cost_percentage_points() -> None:
    found = cost(counts(15, 0, 5), counts(20, 0, 60), "csat")
    assert found.score_with[0] == pytest.approx(0.25)
    assert found.score_without[0] == pytest.approx(0.75)
    assert found.cost[0] == pytest.approx(0.2 * 0.5)


def test_weights_count_as_their_effective_number() -> None:
    plain = side([-2.0], [4.0], [10.0], [10.0])
    assert [float(x[0]) for x in plain] == [3.0, 6.0, 1.0]
    doubled = side([-4.0], [8.0], [20.0], [40.0])
    assert [float(x[0]) for x in doubled] == [3.0, 6.0, 1.0]


@pytest.mark.parametrize("metric", ["nps", "csat"])
def test_the_interval_holds_the_true_cost_and_no_cost_is_seldom_called_one(metric: str) -> None:
    drawn = np.random.default_rng(20261101)
    runs = 4000
    for share, n in ((0.05, 400), (0.3, 60), (0.3, 600)):
        for worse in (0.0, 0.25):
            good = np.array([0.25, 0.3, 0.45]) if metric == "nps" else np.array([0.3, 0.0, 0.7])
            bad = good + np.array([worse, 0, -worse])
            with_n = np.clip(drawn.binomial(n, share, runs), 1, n - 1)
            here = np.array([drawn.multinomial(k, bad) for k in with_n], float).T
            there = np.array([drawn.multinomial(n - k, good) for k in with_n], float).T
            found = cost(Side(*here), Side(*there), metric)
            # Points of the score moved: two for NPS (from promoter to detractor), one for CSAT.
            true = share * worse * (2 if metric == "nps" else 1)
            covered = np.mean((found.low <= true) & (true <= found.high))
            assert covered >= 0.92, (share, n, worse, covered)
            if not worse:
                assert np.mean(found.p < 0.05) <= 0.06


def test_p_and_interval_say_the_same() -> None:
    drawn = np.random.default_rng(7)
    here, there = (Side(*drawn.integers(0, 40, (3, 500)).astype(float) + 1) for _ in range(2))
    found = cost(here, there, "nps")
    assert np.array_equal(found.p < 0.05, (found.low > 0) | (found.high < 0))


def row(
    scope: str, theme: str | None, n: int, x: float, is_before: bool = False
) -> dict[str, object]:
    """A row of int_theme_sums about NPS: n answers that sum up to x, none passive."""
    return {
        "scope": scope, "period": "2026-10", "metric": "nps", "months": 3, "is_emerging": False,
        "is_before": is_before, "theme": theme, "n": n, "sum_x": x, "sum_xx": float(n),
        "sum_w": float(n), "sum_ww": float(n), "n_felt": n, "n_negative": n // 2,
    }  # fmt: skip


def judged(
    rows: list[dict[str, object]], minimum_n: int = 5
) -> dict[tuple[str, str], dict[str, object]]:
    table = judge(pa.Table.from_pylist(rows), THEMES, [], minimum_n)
    return {(r["scope"], r["theme"]): r for r in table.to_pylist()}


def test_themes_are_ranked_by_cost_and_not_by_volume() -> None:
    found = judged([row("all", None, 200, 40), row("all", "a", 90, 18), row("all", "b", 40, -30)])
    assert found["all", "b"]["position"] == 1
    assert found["all", "a"]["position"] == 2
    assert found["all", "a"]["n"] == 90
    assert found["all", "a"]["cost"] == pytest.approx(0, abs=1e-9)
    assert not found["all", "a"]["is_significant"]
    assert found["all", "b"]["is_significant"]
    assert found["all", "b"]["cost"] == pytest.approx(100 * (70 / 160 - 0.2))


def test_a_theme_nobody_mentions_is_a_zero_and_has_no_score() -> None:
    found = judged([row("all", None, 200, 40), row("all", "a", 90, 18)])["all", "c"]
    assert (found["n"], found["share"], found["suppressed"]) == (0, 0.0, False)
    assert found["cost"] is found["score_with"] is found["p_adjusted"] is None
    assert not found["is_significant"]


def test_small_themes_small_rests_and_small_totals_show_nothing() -> None:
    found = judged([row("all", None, 100, 40), row("all", "a", 4, -4), row("all", "b", 97, 37)])
    few = judged([row("all", None, 4, 4), row("all", "a", 4, 4)])
    for hidden in (found["all", "a"], found["all", "b"], few["all", "a"], few["all", "b"]):
        assert hidden["suppressed"]
        shown = {k for k, v in hidden.items() if v is not None and v is not False}
        assert shown <= {"scope", "period", "metric", "months", "theme", "label", "position",
                         "is_ranked", "suppressed"}  # fmt: skip


def test_a_segments_hidden_theme_cannot_be_computed_from_the_others() -> None:
    rows = [row("all", None, 300, 90), row("all", "a", 50, 0)]
    for segment, n in (("x", 3), ("y", 20), ("z", 27)):
        rows += [row(f"segment={segment}", None, 100, 30), row(f"segment={segment}", "a", n, 0)]
    found = judged(rows)
    hidden = [scope for (scope, theme), r in found.items() if theme == "a" and r["suppressed"]]
    assert sorted(hidden) == ["segment=x", "segment=y"]


def test_a_theme_that_one_answer_outweighs_is_hidden_like_a_small_one() -> None:
    heavy = {"sum_w": 1000.0 + 49, "sum_ww": 1e6 + 49}
    found = judged([
        row("all", None, 5000, 1000) | {"sum_w": 5999.0, "sum_ww": 1e6 + 4999},
        row("all", "a", 50, 20) | heavy, row("all", "b", 80, 2),
    ])  # fmt: skip
    assert found["all", "a"]["suppressed"]
    assert found["all", "a"]["score_with"] is None
    assert not found["all", "b"]["suppressed"]


def test_holm_runs_over_the_themes_of_a_scope_and_month() -> None:
    rows = [row("all", None, 400, 80), row("all", "a", 60, 0), row("all", "b", 80, 2)]
    found = judged(rows)
    alone = [judged([rows[0], each])["all", each["theme"]]["p_adjusted"] for each in rows[1:]]
    both = [found["all", theme]["p_adjusted"] for theme in ("a", "b")]
    assert both == pytest.approx(list(st.holm(alone)))
    assert both != pytest.approx(alone)


def test_the_share_is_compared_with_the_span_before() -> None:
    rows = [row("all", None, 200, 40), row("all", "a", 80, 0), row("all", "b", 9, 0),
            row("all", None, 100, 20, True), row("all", "a", 20, 0, True),
            row("all", "b", 3, 0, True)]  # fmt: skip
    found = judged(rows)
    assert found["all", "a"]["previous_share"] == pytest.approx(20)
    assert found["all", "a"]["share_change"] == pytest.approx(20)
    expected = st.share_change((80, 200), (20, 100))
    assert found["all", "a"]["share_change_low"] == pytest.approx(100 * float(expected.low))
    assert found["all", "b"]["previous_share"] is None, "three answers before are not printed"


@pytest.mark.parametrize("is_named_now", [True, False])
def test_a_segment_s_few_of_before_do_not_follow_from_what_all_and_the_others_had(
    is_named_now: bool,
) -> None:
    rows = [row("all", None, 300, 60), row("all", "a", 40, 0), row("segment=x", None, 200, 40),
            row("segment=x", "a", 25, 0), row("all", None, 100, 20, True),
            row("all", "a", 12, 0, True), row("segment=x", None, 70, 14, True),
            row("segment=x", "a", 10, 0, True), row("segment=y", None, 30, 6, True),
            row("segment=y", "a", 2, 0, True)]  # fmt: skip
    if is_named_now:
        rows += [row("segment=y", None, 100, 20), row("segment=y", "a", 15, 0)]
    found = judged(rows)
    assert found["all", "a"]["previous_share"] == pytest.approx(12)
    # 12 less 10 are the two that the report of three months ago did not print.
    assert found["segment=x", "a"]["previous_share"] is None
    assert found["segment=x", "a"]["share_change"] is None
    assert found["segment=x", "a"]["n"] == 25


def test_csat_ranks_where_too_few_explain_an_nps() -> None:
    def both(nps: int, csat: int) -> set[str]:
        rows = [row("all", None, nps, 0), row("all", None, csat, 0) | {"metric": "csat"}]
        table = judge(pa.Table.from_pylist(rows), THEMES, [], 5).to_pylist()
        return {r["metric"] for r in table if r["is_ranked"]}

    assert both(30, 500) == {"nps"}
    assert both(29, 500) == {"csat"}
    assert both(12, 8) == {"nps"}


def test_volumes_have_intervals_and_hide_small_months() -> None:
    names = ["n", "n_language_known", "n_negative", "n_neutral", "n_positive", "n_agreement",
             "n_agreeing", "redactions"]  # fmt: skip
    frame = pd.DataFrame(
        [
            ("all", "2026-10", 100, 90, 40, 10, 30, 60, 54, 7),
            ("all", "2026-11", 3, 3, 1, 1, 1, 2, 2, 0),
        ],
        columns=["scope", "period", *names],
    )
    big, small = volumes(pa.Table.from_pandas(frame), 5).to_pylist()
    assert (big["n"], big["n_sentiment_known"], big["redactions"]) == (100, 80, 7)
    assert (big["negative"], big["agreement"]) == (50.0, 90.0)
    assert big["negative_low"] == pytest.approx(100 * float(st.share(40, 80).low))
    assert small["suppressed"]
    assert small["n"] is small["negative"] is small["agreement"] is None


def test_a_segment_s_few_felt_comments_do_not_follow_from_the_others() -> None:
    names = ["scope", "n", "n_negative", "n_neutral", "n_positive", "n_agreement"]
    frame = pd.DataFrame(
        [("all", 60, 20, 5, 28, 33), ("segment=a", 40, 14, 4, 22, 20),
         ("segment=b", 12, 4, 1, 5, 10), ("segment=c", 8, 2, 0, 1, 3)],
        columns=names,
    ).assign(period="2026-10", n_language_known=0, n_agreeing=1, redactions=0)  # fmt: skip
    rows = {r["scope"]: r for r in volumes(pa.Table.from_pandas(frame), 5).to_pylist()}
    assert [row["n"] for row in rows.values()] == [60, 40, 12, 8]
    # Three felt comments of c: all less a and b would tell how they feel, so b is not told.
    assert rows["all"]["negative"] is not None
    assert rows["segment=a"]["negative"] is not None
    for scope in ("segment=b", "segment=c"):
        assert (
            rows[scope]["negative"] is rows[scope]["positive"] is rows[scope]["agreement"] is None
        )
        assert rows[scope]["n_sentiment_known"] is rows[scope]["n_agreement"] is None
    assert [rows[scope]["n_sentiment_known"] for scope in ("all", "segment=a")] == [53, 40]


def test_a_base_of_one_to_four_comments_is_printed_of_no_scope_and_follows_from_none() -> None:
    names = ["scope", "n", "n_language_known", "n_negative", "n_neutral", "n_positive",
             "n_agreement"]  # fmt: skip
    frame = pd.DataFrame(
        # Two felt comments are of customers without a segment.
        [("all", 60, 55, 20, 5, 12, 3), ("segment=a", 40, 36, 14, 4, 7, 2),
         ("segment=b", 15, 14, 6, 1, 3, 0)],
        columns=names,
    ).assign(period="2026-10", n_agreeing=1, redactions=0)  # fmt: skip
    rows = {r["scope"]: r for r in volumes(pa.Table.from_pandas(frame), 5).to_pylist()}
    assert [row["n"] for row in rows.values()] == [60, 40, 15]
    assert [row["n_agreement"] for row in rows.values()] == [None, None, 0]
    assert [row["agreement"] for row in rows.values()] == [None, None, None]
    # 37 less 25 and 10 would tell of the two; 55 less 36 and 14 tells of five, who are enough.
    assert [row["n_sentiment_known"] for row in rows.values()] == [37, 25, None]
    assert [row["n_language_known"] for row in rows.values()] == [55, 36, 14]
