-- No score is printed without its interval. Counts of cases have none, a median of fewer than five
-- values has none that holds 95 %, and a mean of answers that are all alike has none either.
select
    printed.scope,
    printed.period,
    printed.metric,
    printed.dimension,
    printed.member,
from {{ ref('rpt_metrics') }} as printed
anti join {{ ref('int_metric_cells') }} as alike
    on
        printed.unit = 'score'
        and printed.scope = alike.scope
        and printed.period = alike.period
        and printed.metric = alike.metric
        and printed.dimension = alike.dimension
        and printed.member = alike.member
        and alike.sum_w * alike.sum_xx - power(alike.sum_x, 2) < 1e-9 * power(alike.sum_w, 2)
where
    printed.value is not null
    and printed.unit <> 'cases'
    and printed.n >= 5
    -- The bounds come from other formulas than the value: the last digits may differ.
    and not coalesce(printed.value between printed.low - 1e-9 and printed.high + 1e-9, false)
