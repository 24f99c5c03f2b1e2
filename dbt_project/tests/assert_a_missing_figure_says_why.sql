-- A figure has a value, or the reason why it has none.
select
    scope,
    period,
    metric,
    dimension,
    member,
    missing,
from {{ ref('rpt_metrics') }}
where
    (value is null) != (missing is not null)
    or (missing = 'suppressed') != suppressed
    or (missing = 'no_data' and n != 0)
    or (missing = 'too_few' and coalesce(n, 0) < {{ var('minimum_n') }})
