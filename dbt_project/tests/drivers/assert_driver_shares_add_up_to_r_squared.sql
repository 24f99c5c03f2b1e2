select
    scope,
    period,
    sum(share) as shares,
    max(r2) as r2,
from {{ ref('rpt_drivers') }}
where share is not null
group by scope, period
having abs(sum(share) - max(r2)) > 0.000001
