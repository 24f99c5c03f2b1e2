select
    scope,
    period,
    measure,
    member,
from {{ ref('rpt_money') }}
where
    (suppressed and coalesce(n, value, low, high, p_adjusted) is not null)
    or (not suppressed and n between 1 and {{ var('minimum_n') }} - 1)
    or not coalesce(value between low and high, true)
