{{ config(materialized='incremental', pre_hook="{{ forget_support_months() }}") }}

-- The one pass over the measures, month by month.
with measures as (

    select * from {{ ref('int_support_measures') }}
    where {{ is_touched_month('period', 'support_months') }}

),

cells as (

    select
        *,
        {{ median_rank('n') }} as bound,
        {{ quantile_rank_low('n', 0.9) }} as bound_low_p90,
        {{ quantile_rank_high('n', 0.9) }} as bound_high_p90,
    from {{ cells_of_measures('measures') }}

)

select
    scope,
    period,
    metric,
    dimension,
    member,
    n,
    successes,
    list_median(sorted_minutes) as value,
    -- Five values are too few for two ends, but no time is below zero and the median lies below
    -- the longest of five with a probability of 97 %.
    case
        when bound > 0 then sorted_minutes[bound]
        when n = 5 and len(sorted_minutes) > 0 then 0
    end::double as low,
    case when bound > 0 or n = 5 then sorted_minutes[n - greatest(bound, 1) + 1] end::double
        as high,
from cells

union all

-- Where the few longest cannot bound it, the 90th percentile is not known well enough to print.
select
    scope,
    period,
    metric || '_p90' as metric,
    dimension,
    member,
    n,
    successes,
    case
        when bound_high_p90 <= n then list_aggregate(sorted_minutes, 'quantile_cont', 0.9)
    end as value,
    case when bound_high_p90 <= n then sorted_minutes[bound_low_p90] end as low,
    case when bound_high_p90 <= n then sorted_minutes[bound_high_p90] end as high,
from cells
where sorted_minutes is not null
