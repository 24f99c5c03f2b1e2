"""Intervals and tests against independent truth, and against worked examples of our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellheard import statistics
from wellheard.control_chart import control_chart, last_point
from wellheard.drivers import key_drivers
from wellheard.rates import Outcomes, lifetime_value, response_rates
from wellheard.suppression import Sums, hidden

TRUTH = Path(__file__).resolve().parents[2] / "shared" / "truth" / "statistics.json"
needs_truth = pytest.mark.skipif(not TRUTH.exists(), reason=f"{TRUTH} is not on this machine")

# Employees' ratings of their supervisors (Chatterjee and Price; R's data set `attitude`).
ATTITUDE = np.array(
    [
        43, 51, 30, 39, 61, 92, 45, 63, 64, 51, 54, 63, 73, 47, 71, 70, 68, 69, 76, 86, 48,
        61, 63, 45, 47, 54, 84, 35, 81, 78, 56, 66, 71, 83, 47, 43, 55, 49, 44, 54, 49, 34,
        58, 67, 42, 56, 66, 68, 35, 71, 75, 50, 55, 70, 66, 41, 72, 82, 72, 67, 71, 83, 31,
        67, 61, 45, 47, 62, 80, 41, 64, 53, 53, 58, 58, 67, 34, 67, 60, 47, 39, 59, 74, 41,
        69, 62, 57, 42, 55, 63, 25, 68, 83, 83, 45, 59, 77, 35, 77, 77, 54, 72, 79, 77, 46,
        81, 90, 50, 72, 60, 54, 36, 74, 85, 64, 69, 79, 79, 63, 65, 60, 65, 75, 55, 80, 60,
        65, 70, 46, 57, 75, 85, 46, 50, 58, 68, 54, 64, 78, 52, 50, 40, 33, 34, 43, 64, 33,
        64, 61, 52, 62, 66, 80, 41, 53, 66, 52, 50, 63, 80, 37, 40, 37, 42, 58, 50, 57, 49,
        63, 54, 42, 48, 66, 75, 33, 66, 77, 66, 63, 88, 76, 72, 78, 75, 58, 74, 80, 78, 49,
        48, 57, 44, 45, 51, 83, 38, 85, 85, 71, 71, 77, 74, 55, 82, 82, 39, 59, 64, 78, 39,
    ]
).reshape(30, 7)  # fmt: skip
ATTITUDE_NAMES = ("complaints", "privileges", "learning", "raises", "critical", "advance")
SPIKE = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    return json.loads(TRUTH.read_text())


def close(expected: Any) -> Any:
    return pytest.approx(expected, abs=6e-11)  # the truth is written to ten digits


@needs_truth
class TestTheTruthIsReproduced:
    def test_nps_moments_and_intervals(self, truth: dict[str, Any]) -> None:
        for text, expected in truth["nps_one"].items():
            counts = [int(part) for part in text.strip("()").split(",")]
            score, variance, error, n = statistics.nps_moments(*counts)
            assert (score, variance, error) == close(tuple(expected["wald"][:3]))
            assert n == sum(counts)
            adjusted = statistics.nps_moments(*np.add(counts, (0.75, 1.5, 0.75)))
            assert tuple(adjusted[:3]) == close(tuple(expected["adj"][:3]))
            value, low, high = statistics.nps(*counts)
            assert value == close(expected["wald"][0])
            assert (low, high) == close(tuple(expected["adj"][3:]))

    def test_nps_change(self, truth: dict[str, Any]) -> None:
        expected = truth["nps_change 120,180,300 vs 150,190,260"]
        raw, adjusted = expected["wald"], expected["adjusted"]
        change = statistics.nps_change((120, 180, 300), (150, 190, 260))
        assert change.value == close(raw[0])
        assert (change.low, change.high, change.p) == close(tuple(adjusted[2:]))

    def test_required_n(self, truth: dict[str, Any]) -> None:
        expected = truth["required_n variance .61 margin .05"]
        assert statistics.required_n(0.61, 0.05) == expected

    def test_wilson(self, truth: dict[str, Any]) -> None:
        for text, expected in truth["wilson"].items():
            successes, n = map(int, text.split("/"))
            assert tuple(statistics.share(successes, n)[1:]) == close(tuple(expected))

    def test_newcombe(self, truth: dict[str, Any]) -> None:
        change = statistics.share_change((56, 70), (48, 80))
        expected = truth["newcombe_difference 56/70 - 48/80"]
        assert (change.low, change.high) == close(tuple(expected))

    def test_ces(self, truth: dict[str, Any]) -> None:
        x = np.array([7, 6, 5, 7, 4, 6, 3, 7, 5, 6, 2, 6])
        m, variance, n = statistics.mean_moments(len(x), len(x), x.sum(), (x * x).sum())
        value, low, high = statistics.mean(m, variance, n)
        expected = truth["ces 7,6,5,7,4,6,3,7,5,6,2,6 [mean, sd, low, high]"]
        assert (value, np.sqrt(variance), low, high) == close(tuple(expected))

    def test_several_tests(self, truth: dict[str, Any]) -> None:
        p = [0.01, 0.04, 0.03, 0.005]
        assert list(statistics.holm(p)) == close(truth["holm .01,.04,.03,.005"])
        expected = truth["benjamini_hochberg .01,.04,.03,.005"]
        assert list(statistics.benjamini_hochberg(p)) == close(expected)

    def test_control_charts(self, truth: dict[str, Any]) -> None:
        key = "xmr 1,2,1,2,10,1,2,1,2,1,2,1,2,1,2,1,2,1 [mean, mR after screening, low, high]"
        for expected, screened in ((truth[key], True), (truth["xmr without screening"], False)):
            chart = control_chart(SPIKE, screened=screened)
            found = (chart.centre, chart.moving_range, chart.low, chart.high)
            assert found == close(tuple(expected))

    def test_key_drivers(self, truth: dict[str, Any]) -> None:
        drivers = dict(zip(ATTITUDE_NAMES, ATTITUDE.T[1:], strict=True))
        result = key_drivers(ATTITUDE[:, 0], drivers)
        expected = truth["lmg attitude data (rating ~ 6), R2 .732602"]
        assert {k: result.shares[k] for k in expected} == pytest.approx(expected, abs=5e-7)
        assert result.r_squared == pytest.approx(0.732602, abs=5e-7)

    def test_response_rates(self, truth: dict[str, Any]) -> None:
        rates = response_rates(Outcomes(500, 50, 200, 300, 20, 130, eligible_share=0.8))
        assert rates == close(truth["aapor I500 P50 R200 NC300 O20 U130 e.8"])

    def test_lifetime_value(self, truth: dict[str, Any]) -> None:
        assert lifetime_value(100, 0.8, 0.12) == close(truth["ltv"]["m100 r.8 d.12"])


class TestNps:
    def test_the_interval_of_ten_twenty_thirty_is_the_adjusted_one(self) -> None:
        value, low, high = statistics.nps(10, 20, 30)
        assert (value, low, high) == pytest.approx((1 / 3, 0.133012, 0.501909), abs=1e-6)

    def test_unanimous_promoters_still_have_an_interval_and_stop_at_one(self) -> None:
        value, low, high = statistics.nps(0, 0, 10)
        assert value == 1
        assert low == pytest.approx(0.4750355, abs=1e-6)
        assert high == 1

    def test_no_answers_give_no_score(self) -> None:
        assert np.isnan(statistics.nps(0, 0, 0)).all()
        assert np.isnan(statistics.nps_change((1, 2, 3), (0, 0, 0))).all()

    def test_the_printed_change_is_the_difference_of_the_printed_scores(self) -> None:
        change = statistics.nps_change((120, 180, 300), (150, 190, 260))
        assert change.value == pytest.approx(0.3 - 110 / 600)
        assert change.p == pytest.approx(0.011069, abs=1e-6)

    def test_a_table_of_cells_is_one_call(self) -> None:
        many = statistics.nps([10, 0], [20, 0], [30, 10])
        assert many.low == pytest.approx([0.133012, 0.475036], abs=1e-6)

    @given(*[st.integers(0, 500)] * 3)
    def test_the_interval_lies_inside_the_scale(self, d: int, m: int, p: int) -> None:
        value, low, high = statistics.nps(d, m, p)
        if d + m + p:
            assert -1 <= low <= high <= 1
            assert -1 <= value <= 1


class TestShares:
    def test_wilson_keeps_off_zero_and_one(self) -> None:
        assert statistics.share(81, 263)[1:] == pytest.approx((0.25529, 0.36621), abs=5e-6)
        assert statistics.share(0, 10)[1:] == pytest.approx((0, 0.27753), abs=5e-6)
        assert statistics.share(10, 10)[1:] == pytest.approx((0.72247, 1), abs=5e-6)

    def test_a_change_carries_the_pooled_z_test(self) -> None:
        change = statistics.share_change((56, 70), (48, 80))
        assert change.value == pytest.approx(0.2)
        # pooled 104/150, SE .0754668, z 2.650172
        assert change.p == pytest.approx(0.0080453, abs=5e-7)
        assert (change.low, change.high) == pytest.approx((0.052431, 0.333873), abs=1e-6)

    def test_all_satisfied_twice_is_no_change(self) -> None:
        assert statistics.share_change((9, 9), (7, 7)).p == 1

    def test_no_answers_give_no_share(self) -> None:
        assert np.isnan(statistics.share(0, 0)).all()
        assert np.isnan(statistics.share_change((3, 5), (0, 0))).all()


class TestMeans:
    def test_one_answer_has_a_mean_but_no_interval(self) -> None:
        value, low, high = statistics.mean(*statistics.mean_moments(1, 1, 6, 36))
        assert value == 6
        assert np.isnan([low, high]).all()

    def test_a_change_is_welch(self) -> None:
        # means 5 and 4, variances 4 and 1, n 16 and 9: SE .600925, df 22.99
        change = statistics.mean_change((5, 4, 16), (4, 1, 9))
        assert change.value == 1
        assert (change.low, change.high) == pytest.approx((-0.243, 2.243), abs=2e-3)
        assert change.p == pytest.approx(0.1097, abs=5e-4)

    def test_answers_all_alike_have_no_interval(self) -> None:
        value, low, high = statistics.mean(*statistics.mean_moments(6, 6, 42, 294))
        assert value == 7
        assert np.isnan([low, high]).all()

    def test_an_interval_does_not_leave_the_scale(self) -> None:
        moments = statistics.mean_moments(6, 6, 41, 5 * 49 + 36)
        plain, clipped = statistics.mean(*moments), statistics.mean(*moments, scale=(1, 7))
        assert plain.high == pytest.approx(7.262, abs=1e-3)
        assert (clipped.low, clipped.high) == (plain.low, 7)
        assert np.isnan(statistics.mean(7, 0, 6, scale=(1, 7)).high)

    def test_a_side_without_spread_is_not_certain_of_a_change(self) -> None:
        # Six answers of 7, where of a hundred before half were: that is one month in sixty-four.
        change = statistics.mean_change((7, 0, 6), (6.5, 0.25, 100))
        assert change.value == 0.5
        assert np.isnan([change.low, change.high, change.p]).all()

    def test_without_any_spread_there_is_nothing_to_test(self) -> None:
        change = statistics.mean_change((7, 0, 5), (6, 0, 5))
        assert change.value == 1
        assert np.isnan([change.low, change.high, change.p]).all()

    def test_equal_weights_change_nothing(self) -> None:
        x = np.array([7.0, 6, 5, 7, 2])
        plain = statistics.mean_moments(5, 5, x.sum(), (x * x).sum())
        doubled = statistics.mean_moments(10, 20, 2 * x.sum(), 2 * (x * x).sum())
        assert np.allclose(doubled, plain)

    def test_unequal_weights_shrink_the_sample(self) -> None:
        w = np.array([1, 1, 1, 5.0])
        assert statistics.effective_n(w.sum(), (w * w).sum()) == pytest.approx(64 / 28)
        assert np.isnan(statistics.effective_n(0, 0))


class TestMedians:
    @pytest.mark.parametrize(("n", "low"), [(6, 1), (8, 1), (9, 2), (10, 2), (17, 5), (100, 40)])
    def test_ranks_are_those_of_the_sign_test(self, n: int, low: int) -> None:
        assert statistics.median_ranks(n) == (low, n - low + 1)

    def test_five_values_bound_nothing(self) -> None:
        assert np.isnan(statistics.median_ranks(5)).all()
        value, low, high = statistics.median([5, 1, 4, 2, 3])
        assert value == 3
        assert np.isnan([low, high]).all()

    def test_the_interval_is_made_of_values(self) -> None:
        assert statistics.median(range(10, 110, 10)) == (55, 20, 90)
        assert np.isnan(statistics.median([])).all()

    @settings(deadline=None)  # the first call imports scipy.stats
    @given(st.integers(6, 20_000))
    def test_the_ranks_are_the_narrowest_that_hold(self, n: int) -> None:
        from scipy.stats import binom

        low = int(statistics.median_ranks(n)[0])
        assert binom.cdf(low - 1, n, 0.5) <= 0.025 < binom.cdf(low, n, 0.5)


class TestSeveralTests:
    def test_families_are_corrected_apart(self) -> None:
        adjusted = statistics.holm([0.01, 0.02, 0.04, np.nan, 0.03], [7, 3, 7, 3, 7])
        assert list(adjusted[[0, 1, 2, 4]]) == pytest.approx([0.03, 0.02, 0.06, 0.06])
        assert np.isnan(adjusted[3])

    def test_weights_share_the_error_and_what_is_rejected_passes_its_part_on(self) -> None:
        # By p / w: .01 / .5 = .02, then .02 / .3 x (.3 + .2) = .0333, then .2.
        adjusted = statistics.holm([0.2, 0.01, 0.02], weight=[0.2, 0.5, 0.3])
        assert list(adjusted) == pytest.approx([0.2, 0.02, 0.1 / 3])
        assert list(statistics.holm([0.01, 0.04, 0.03, 0.005], weight=[2] * 4)) == pytest.approx(
            [0.03, 0.06, 0.06, 0.02]
        )
        with pytest.raises(ValueError, match="weight above 0"):
            statistics.holm([0.1, 0.2], weight=[1, 0])

    def test_tiny_p_keep_their_digits(self) -> None:
        assert list(statistics.holm([1e-200, 0.5, 3e-200])) == [3e-200, 0.5, 6e-200]

    def test_nothing_to_test_is_fine(self) -> None:
        assert statistics.holm([]).shape == (0,)
        assert np.isnan(statistics.holm([np.nan])).all()

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
    def test_the_correction_only_raises_and_keeps_the_order(self, p: list[float]) -> None:
        adjusted = statistics.holm(p)
        assert (adjusted >= np.array(p)).all()
        assert (np.diff(adjusted[np.argsort(p)]) >= 0).all()
        assert adjusted.max() <= 1


class TestControlCharts:
    def test_only_the_spike_is_out_of_limits(self) -> None:
        chart = control_chart(SPIKE)
        assert [i for i, s in enumerate(chart.signals) if s] == [4]
        assert chart.signals[4] == "outside"
        assert not chart.provisional

    def test_seven_points_rising_are_a_trend_at_the_seventh(self) -> None:
        wave = [10, 4, 10, 4, 10, 4, 10, 4]
        chart = control_chart([*wave, 5, 6, 7, 8, 9, 10])
        assert chart.signals[-2:] == (None, "trend")

    def test_a_tie_breaks_a_trend(self) -> None:
        wave = [10, 4, 10, 4, 10, 4, 10, 4]
        assert control_chart([*wave, 5, 6, 6, 8, 9, 10]).signals[-1] is None

    def test_seven_on_one_side_are_a_run_and_a_point_on_the_mean_breaks_it(self) -> None:
        low, high = [-1, -2] * 3 + [-1], [1, 2] * 3 + [1]
        assert control_chart([*low, *high]).signals[6] == "run"
        broken = control_chart([*low[:3], 0, *low[4:], *high[:3], 0, *high[4:]])
        assert broken.centre == 0
        assert "run" not in broken.signals

    def test_two_of_three_far_out_on_one_side(self) -> None:
        chart = control_chart([0, 0, 0, 2.5, 0.8, 2.5, 0, 0, 0, -2.5, -0.8, -2.5])
        assert chart.high == pytest.approx(2.66 * 14.3 / 11)
        assert [i for i, s in enumerate(chart.signals) if s == "two_of_three"] == [5, 11]
        assert sum(s is not None for s in chart.signals) == 2

    def test_a_third_point_across_the_mean_is_no_signal(self) -> None:
        across = control_chart([0, 0, 0, 2.5, -0.1, 2.5, 0, 0, 0, -2.5, 0.1, -2.5, *[0] * 9])
        assert "two_of_three" not in across.signals

    def test_no_rule_reaches_across_a_gap(self) -> None:
        wave: list[float | None] = [10, 4, 10, 4, 10, 4, 10, 4]
        rising = control_chart([*wave, 5, 6, 7, None, 8, 9, 10, 11])
        assert set(rising.signals) == {None}
        assert control_chart([*wave, 5, 6, 7, 8, 9, 10]).signals[-1] == "trend"
        low, high = [-1.0, -2] * 3 + [-1], [1.0, 2] * 3 + [1]
        assert control_chart([*low, *high]).signals.count("run") == 2
        assert "run" not in control_chart([*low[:6], None, low[6], *high]).signals[:8]
        far = control_chart([0, 0, 0, 2.5, 0.8, None, 2.5, 0, 0, 0, -2.5, None, -0.8, -2.5])
        assert "two_of_three" not in far.signals

    def test_a_moving_range_is_of_neighbouring_months(self) -> None:
        chart = control_chart([1, 2, None, None, 10, 11, 10])
        assert (chart.centre, chart.moving_range) == (pytest.approx(34 / 5), 1)
        assert chart.signals[2] is None
        lonely = control_chart([1, None, 5])
        assert (lonely.centre, lonely.low, lonely.signals) == (3, None, (None,) * 3)
        with pytest.raises(ValueError, match="at least one"):
            control_chart([None, None])

    def test_a_month_outside_is_marked_after_a_gap_too(self) -> None:
        assert last_point([1, 2, 1, 2, 1, 2, 1, None, 9]).signals == ("outside",)

    def test_under_twelve_points_the_limits_are_provisional(self) -> None:
        assert control_chart(SPIKE[:11]).provisional
        assert not control_chart(SPIKE[:12]).provisional

    def test_one_point_has_no_limits_and_a_flat_series_no_signal(self) -> None:
        alone = control_chart([5.0])
        assert (alone.centre, alone.low, alone.signals) == (5.0, None, (None,))
        flat = control_chart([0.1] * 15)
        assert flat.low == flat.high == 0.1
        assert set(flat.signals) == {None}
        with pytest.raises(ValueError, match="at least one"):
            control_chart([])

    def test_the_last_point_is_judged_as_the_whole_chart_judges_it(self) -> None:
        for end in range(2, len(SPIKE)):
            whole, last = control_chart(SPIKE[:end]), last_point(SPIKE[:end])
            assert last.signals == whole.signals[-1:]
            assert (last.low, last.high) == (whole.low, whole.high)


def one_sum(*n: int, minimum: int = 5) -> list[bool]:
    """Members `n` and their total; what is hidden of the members."""
    cells = np.array([*n, sum(n)])
    group = np.array([0] * len(n) + [-1])
    return hidden(cells, minimum, [Sums(group, np.array([len(n)]))])[:-1].tolist()


class TestSuppression:
    def test_few_answers_are_hidden_and_zero_is_printed(self) -> None:
        assert one_sum(0, 4, 3, 5) == [False, True, True, False]

    def test_a_lone_hidden_cell_takes_the_next_smallest_with_it(self) -> None:
        assert one_sum(4, 9, 0, 7, 8) == [True, False, False, True, False]

    def test_equal_partners_are_chosen_in_order(self) -> None:
        assert one_sum(9, 4, 7, 7) == [False, True, True, False]

    def test_nothing_is_added_when_all_or_none_is_hidden(self) -> None:
        assert one_sum(5, 6, 7) == [False, False, False]
        assert one_sum(1, 1, 1) == [True, True, True]

    def test_a_hidden_total_needs_no_partner(self) -> None:
        assert one_sum(3, 0) == [True, False]

    def test_a_table_is_safe_along_rows_and_columns(self) -> None:
        # 2 x 3 cells, row totals, column totals. The 4 needs a partner in its row and its column.
        cells = np.array([4, 6, 9, 8, 7, 9, 19, 24, 12, 13, 18])
        rows = Sums(np.array([0, 0, 0, 1, 1, 1] + [-1] * 5), np.array([6, 7]))
        columns = Sums(np.array([0, 1, 2, 0, 1, 2] + [-1] * 5), np.array([8, 9, 10]))
        found = hidden(cells, 5, [rows, columns]).tolist()
        assert found == [True, True, False, True, True, False] + [False] * 5

    def test_the_parts_of_a_hidden_cell_do_not_add_up_to_it(self) -> None:
        # Stage a (4) and its partner b (6) are hidden; b's only channels 6 + 0 would give it away.
        cells = np.array([40, 4, 6, 30, 6, 0])  # all, a, b, c, b|web, b|app
        stages = Sums(np.array([-1, 0, 0, 0, -1, -1]), np.array([0]))
        channels = Sums(np.array([-1, -1, -1, -1, 0, 0]), np.array([2]))
        found = hidden(cells, 5, [stages, channels]).tolist()
        assert found == [False, True, True, False, True, False]

    @given(st.lists(st.integers(0, 12), min_size=2, max_size=8))
    def test_no_member_follows_by_subtraction(self, n: list[int]) -> None:
        flags = one_sum(*n)
        assert all(flag for flag, count in zip(flags, n, strict=True) if 0 < count < 5)
        if sum(n) >= 5 and sum(1 for count in n if count) > 1:
            assert sum(flags) != 1


class TestDriversAndRates:
    def test_incomplete_rows_are_left_out_and_shares_sum_to_r_squared(self) -> None:
        score = [*ATTITUDE[:, 0], np.nan, 50]
        drivers = {"a": [*ATTITUDE[:, 1], 50, 50], "b": [*ATTITUDE[:, 3], 50, np.nan]}
        result = key_drivers(score, drivers)
        assert result.n == 30
        assert sum(result.shares.values()) == pytest.approx(result.r_squared)
        assert result.shares["a"] > result.shares["b"] > 0

    def test_too_little_data_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="too few"):
            key_drivers([1, 2], {"a": [1, 2]})
        with pytest.raises(ValueError, match="drivers can be compared"):
            key_drivers([1, 2], {})

    def test_rates_need_a_known_outcome_and_value_an_end(self) -> None:
        with pytest.raises(ValueError, match="no rate"):
            response_rates(Outcomes(0, 0, 0, 0, 0, 9))
        with pytest.raises(ValueError, match="no finite value"):
            lifetime_value(1, 1, 0)
