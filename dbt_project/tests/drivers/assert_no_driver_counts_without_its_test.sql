select
    scope,
    period,
    driver,
from {{ ref('rpt_drivers') }}
where
    (is_significant and not coalesce(p_adjusted < 0.05, false))
    or (suppressed and coalesce(share, r2, performance, p_adjusted) is not null)
    or not coalesce(share between share_low and share_high, true)
    or not coalesce(r2 between r2_low and r2_high, true)
