-- No score is printed without its interval. Counts of cases have none, and a median of fewer than
-- five values has none that holds 95 %.
select
    scope,
    period,
    metric,
    dimension,
    member,
from {{ ref('rpt_metrics') }}
where
    value is not null
    and unit <> 'cases'
    and n >= 5
    -- The bounds come from other formulas than the value: the last digits may differ.
    and not coalesce(value between low - 1e-9 and high + 1e-9, false)
