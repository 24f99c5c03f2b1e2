with cells as (

    select
        scope,
        period,
        metric,
        dimension,
        member,
        n,
        promoters,
        passives,
        detractors,
        sum_w,
        -- sum_x holds promoters minus detractors, sum_xx their sum, both weighted.
        (sum_xx + sum_x) / 2 as promoters_w,
        (sum_xx - sum_x) / 2 as detractors_w,
    from {{ ref('int_metric_cells') }}
    where metric = 'nps' and dimension in ('all', 'journey_stage', 'segment')

),

buckets as (

    select
        *,
        'detractors' as bucket,
        1 as position,
        detractors as in_bucket,
        detractors_w as in_bucket_w,
    from cells
    union all by name
    select
        *,
        'passives' as bucket,
        2 as position,
        passives as in_bucket,
        sum_w - promoters_w - detractors_w as in_bucket_w,
    from cells
    union all by name
    select
        *,
        'promoters' as bucket,
        3 as position,
        promoters as in_bucket,
        promoters_w as in_bucket_w,
    from cells

)

select
    buckets.scope,
    buckets.period,
    buckets.metric,
    buckets.dimension,
    buckets.member,
    buckets.bucket,
    buckets.position,
    case when not statistics.suppressed then buckets.in_bucket end as n,
    case
        when not statistics.suppressed and buckets.n > 0
            then 100 * buckets.in_bucket_w / buckets.sum_w
    end as share,
from buckets
inner join {{ ref('int_metric_statistics') }} as statistics
    on
        buckets.scope = statistics.scope
        and buckets.period = statistics.period
        and buckets.metric = statistics.metric
        and buckets.dimension = statistics.dimension
        and buckets.member = statistics.member
