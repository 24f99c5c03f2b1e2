-- Few customers, however often they went, are nobody's business.
select
    scope,
    period,
    from_touchpoint,
    to_touchpoint,
from {{ ref('rpt_paths') }}
where
    customers < {{ var('minimum_n') }}
    or (suppressed and coalesce(n, customers, share, median_days) is not null)
