-- A p is never printed without its correction, and the correction never makes it smaller.
select
    scope,
    period,
    metric,
    dimension,
    member,
from {{ ref('rpt_metrics') }}
where
    (p is null) != (p_adjusted is null)
    or p_adjusted < p
    or (p is not null and family_size < 1)
