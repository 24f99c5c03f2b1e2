-- A moment of truth is claimed only with a corrected test and enough customers on both sides.
select
    scope,
    period,
    outcome,
    touchpoint,
from {{ ref('rpt_moments') }}
where
    is_significant
    and not coalesce(
        p_adjusted < 0.05
        and n_good >= {{ var('minimum_n') }}
        and n_bad >= {{ var('minimum_n') }}
        and (low > 0 or high < 0),
        false
    )
