-- Alike is what passed the test of likeness, not what no difference was found in.
select
    scope,
    period,
    metric,
    journey_stage,
    channel_a,
    channel_b,
from {{ ref('rpt_consistency') }}
where
    (verdict = 'consistent' and coalesce(p_equivalent_adjusted >= 0.05, true))
    or (verdict = 'consistent' and (low90 < -margin or high90 > margin))
    or (verdict = 'different' and coalesce(p_different_adjusted >= 0.05, true))
    or (verdict = 'no_data' and n_a > 0 and n_b > 0)
    or (suppressed and coalesce(n_a, n_b, difference, low90, high90, p_equivalent) is not null)
