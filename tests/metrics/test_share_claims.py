"""Claims about shares keep their error where the shares are small and the groups uneven.

The z test with pooled variance, which defines the p of a change of satisfaction, does not: each
test here fails with it (`share_test` has what is used instead).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from wellheard import closed_loop, metric_cells, money
from wellheard import statistics as st
from wellheard.comments import theme_cells
from wellheard.survival import LaterLoss

ERROR = 0.05
PERIODS = ("2026-09", "2026-10")


def allowed(reports: int) -> float:
    """The stated error, and two standard errors of what chance adds to it."""
    return ERROR + 2 * np.sqrt(ERROR * (1 - ERROR) / reports)


@pytest.mark.parametrize(("few", "many", "share"), [(12, 700, 0.95), (15, 400, 0.05)])
def test_a_month_of_few_answers_after_one_of_many_is_seldom_called_a_change(
    few: int, many: int, share: float
) -> None:
    companies, channels = 400, 30
    chance = np.random.default_rng(5)
    sizes = np.broadcast_to(np.array([many, few]), (companies, channels, 2))
    yes = chance.binomial(sizes, share)
    at = np.array(list(np.ndindex(sizes.shape)))
    n = sizes.ravel().astype(float)
    cells = pd.DataFrame({
        "scope": [f"company={i:03d}" for i in at[:, 0]],
        "period": [PERIODS[i] for i in at[:, 2]],
        "metric": "csat", "dimension": "channel", "member": [f"c{i:02d}" for i in at[:, 1]],
        "n": sizes.ravel(), "sum_w": n, "sum_ww": n, "successes": yes.ravel().astype(float),
        "sum_x": np.nan, "sum_xx": np.nan, "value_override": np.nan, "low_override": np.nan,
        "high_override": np.nan,
    })  # fmt: skip
    table = pa.Table.from_pandas(cells, preserve_index=False)
    rows = metric_cells.judge(table, {"csat": "percent"}, 5).to_pandas()
    rows = rows[rows["period"] == PERIODS[1]]
    report = rows.groupby("scope").ngroup().to_numpy()

    def claiming(adjusted: object) -> float:
        claims = np.asarray(adjusted, float) < ERROR
        return float((np.bincount(report, weights=claims) > 0).mean())

    assert claiming(rows["p_adjusted"]) <= allowed(companies)
    weights = rows["test_weight"].to_numpy(float)
    assert claiming(st.holm(rows["p"].to_numpy(float), report, weights)) > 2 * allowed(companies)


def test_the_larger_p_of_both_tests_of_a_share_is_the_one_corrected() -> None:
    n = [700.0, 12.0]
    cells = pd.DataFrame({
        "scope": "all", "period": PERIODS, "metric": "csat", "dimension": "all", "member": "all",
        "n": [700, 12], "sum_w": n, "sum_ww": n, "successes": [665.0, 9.0], "sum_x": np.nan,
        "sum_xx": np.nan, "value_override": np.nan, "low_override": np.nan,
        "high_override": np.nan,
    })  # fmt: skip
    table = pa.Table.from_pandas(cells, preserve_index=False)
    now = metric_cells.judge(table, {"csat": "percent"}, 5).to_pylist()[1]
    assert now["p"] == pytest.approx(float(st.share_change((9, 12), (665, 700)).p))
    assert now["p_exact"] > 5 * now["p"]
    assert now["p_adjusted"] == now["p_exact"]


def test_themes_are_seldom_said_to_be_named_more_or_less_where_nothing_changed() -> None:
    companies, themes, few, many = 600, 12, 24, 1000
    chance = np.random.default_rng(6)
    names = [(f"t{i:02d}", f"Theme {i}", i) for i in range(themes)]
    rows = []
    for company in range(companies):
        # Nothing is said of the rest of a theme below 5 answers: few are without it.
        for n, is_before in ((few, False), (many, True)):
            with_theme = chance.binomial(n, 0.08, themes)
            if not is_before:
                with_theme = np.where(with_theme < 5, 0, with_theme)
            for theme, k in [
                (None, n),
                *zip((name for name, *_ in names), with_theme, strict=True),
            ]:
                rows.append({
                    "scope": "all", "period": f"{2000 + company // 12}-{company % 12 + 1:02d}",
                    "metric": "nps", "months": 3, "theme": theme, "is_emerging": False,
                    "is_before": is_before, "n": int(k), "sum_x": 0.0, "sum_xx": float(k),
                    "sum_w": float(k), "sum_ww": float(k), "n_felt": 0, "n_negative": 0,
                })  # fmt: skip
    table = theme_cells.judge(pa.Table.from_pylist(rows), names, [], 5).to_pandas()
    claims = table["share_p_adjusted"].astype(float) < ERROR
    found = claims.groupby(table["period"]).any().mean()
    assert found <= allowed(companies)


def test_followed_up_customers_are_seldom_said_to_answer_otherwise_than_the_rest() -> None:
    months = 2000
    chance = np.random.default_rng(7)
    few, many = 10, 5000
    counts = pa.table({
        "scope": ["all"] * months, "period": [f"{2000 + i // 12}-{i % 12 + 1:02d}"
                                              for i in range(months)],
        "detractors": [few + many] * months, "unknown_customer": [0] * months,
        "waiting": [0] * months, "n": [few + many] * months, "followed_up": [few] * months,
        "hours": [[1.0] * few] * months, "outcomes": [few] * months,
        "improved": chance.binomial(few, 0.95, months), "other_outcomes": [many] * months,
        "other_improved": chance.binomial(many, 0.95, months),
    })  # fmt: skip
    claims = closed_loop.judge(counts, minimum_n=5)["is_significant"].to_numpy()
    assert claims.mean() <= allowed(months)


def test_a_few_detractors_are_seldom_linked_to_losses_they_have_no_part_in() -> None:
    months = 2000
    chance = np.random.default_rng(8)
    few, many = 10, 5000
    one, other = chance.binomial(few, 0.05, months), chance.binomial(many, 0.05, months)
    links = [
        money.link(LaterLoss(a / few, few, few), LaterLoss(b / many, many, many), few + many)
        for a, b in zip(one.tolist(), other.tolist(), strict=True)
    ]
    assert np.mean([link.p < ERROR for link in links]) <= allowed(months)
