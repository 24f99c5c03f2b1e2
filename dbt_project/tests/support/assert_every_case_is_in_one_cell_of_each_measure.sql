-- The cells of scope and dimension `all` hold every measure of every case once; in an increment, in
-- the months that were made.
with measured as (

    select
        metric,
        count(*) as n,
        count(*) filter (where is_success) as successes,
        count(minutes) as timed,
    from {{ ref('int_support_measures') }}
    where {{ is_touched_month('period', 'support_months') }}
    group by metric

),

measures as (

    select
        metric,
        n,
        successes,
    from measured

    union all

    -- The 90th percentile of a time rests on the same cases as its median.
    select
        metric || '_p90' as metric,
        timed as n,
        successes,
    from measured
    where timed > 0

),

cells as (

    select
        metric,
        sum(n) as n,
        sum(successes) as successes,
    from {{ ref('int_support_cells') }}
    where
        scope = 'all'
        and dimension = 'all'
        and n > 0
        and {{ is_touched_month('period', 'support_months') }}
    group by metric

)

select
    metric,
    measures.n as measured,
    cells.n as in_cells,
from measures
full join cells using (metric)
where measures.n is distinct from cells.n or measures.successes is distinct from cells.successes
