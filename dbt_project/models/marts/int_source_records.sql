-- What each source brought in a month, by what is counted of it: a metric's answers, cases, or
-- answers that no printed metric counts (driver ratings). A kind of which too few came is hidden
-- everywhere: beside the metrics that are printed, a total would tell it.
with counted as (

    select
        source,
        period,
        metric,
        false as is_case,
        sum(n) as n,
    from {{ ref('int_feedback_sums') }}
    group by source, period, metric
    union all by name
    select
        source,
        created_period as period,
        'case_volume' as metric,
        true as is_case,
        count(*) as n,
    from {{ ref('fct_cases') }}
    where is_known_from_start
    group by source, created_period

),

printed as (

    select
        period,
        metric,
        suppressed,
    from {{ ref('int_metric_statistics') }}
    where scope = 'all' and dimension = 'all'

),

kinds as (

    select
        counted.source,
        counted.period,
        counted.is_case,
        counted.n,
        case
            when printed.metric is not null or counted.is_case then counted.metric
            else 'other'
        end as kind,
        coalesce(printed.suppressed, false) as is_suppressed,
    from counted
    left join printed
        on counted.period = printed.period and counted.metric = printed.metric

),

summed as (

    select
        period,
        source,
        kind,
        bool_or(is_case) as is_case,
        bool_or(is_suppressed) as is_suppressed,
        cast(sum(n) as bigint) as n,
    from kinds
    group by period, source, kind

)

select
    period,
    source,
    kind,
    is_case,
    n,
    is_suppressed
    or sum(n) over (partition by period, kind) < {{ var('minimum_n') }} as is_hidden,
from summed
