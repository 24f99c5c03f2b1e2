-- A cell of fewer than the minimum of answers or meetings shows none of its numbers, and a cell
-- without answers has no score.
select
    scope,
    period,
    metric,
    journey_stage,
    touchpoint,
    channel,
from {{ ref('rpt_journey_cells') }}
where
    (n between 1 and {{ var('minimum_n') }} - 1)
    or (volume between 1 and {{ var('minimum_n') }} - 1)
    or (suppressed and coalesce(n, value, low, high) is not null)
    or (n = 0 and coalesce(value, low, high) is not null)
    or (not suppressed and n is null)
