select
    scope,
    period,
    measure,
from {{ ref('rpt_money') }}
where
    measure in ('churn_link', 'revenue_at_risk')
    and (
        (coalesce(value, low, high) is not null and not is_significant)
        or (measure = 'churn_link' and is_significant and not coalesce(p_adjusted < 0.05, false))
        or low * high <= 0
        or (measure = 'revenue_at_risk' and low < 0)
    )
