with measures as (

    select * from {{ ref('int_support_measures') }}

),

scoped as (

    select
        'all' as scope,
        *,
    from measures

    union all by name

    select
        'segment=' || segment as scope,
        *,
    from measures
    where segment is not null

),

grouped as (

    select
        scope,
        period,
        metric,
        channel,
        segment,
        grouping(channel, segment) as left_out,
        count(*) as n,
        count(*) filter (where is_success) as successes,
        list_sort(list(minutes) filter (where minutes is not null)) as sorted_minutes,
    from scoped
    group by grouping sets (
        (scope, period, metric),
        (scope, period, metric, channel),
        (scope, period, metric, segment)
    )

),

-- Cases that do not know their channel or segment are in no cell of that dimension.
cells as (

    select
        scope,
        period,
        metric,
        case left_out when 3 then 'all' when 1 then 'channel' else 'segment' end as dimension,
        case left_out when 3 then 'all' when 1 then channel else segment end as member,
        n,
        successes,
        sorted_minutes,
        {{ median_rank('n') }} as bound,
        {{ quantile_rank_low('n', 0.9) }} as bound_low_p90,
        {{ quantile_rank_high('n', 0.9) }} as bound_high_p90,
    from grouped

),

figures as (

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

),

series as (

    select distinct
        scope,
        metric,
        dimension,
        member,
    from figures
    where member is not null

)

select
    series.scope,
    periods.period,
    series.metric,
    series.dimension,
    series.member,
    coalesce(figures.n, 0)::bigint as n,
    0::double as sum_x,
    0::double as sum_xx,
    coalesce(figures.n, 0)::double as sum_w,
    coalesce(figures.n, 0)::double as sum_ww,
    coalesce(figures.successes, 0)::double as successes,
    0::bigint as promoters,
    0::bigint as passives,
    0::bigint as detractors,
    case
        when series.metric in ('case_volume', 'case_backlog') then coalesce(figures.n, 0)
        else figures.value
    end::double as value_override,
    figures.low as low_override,
    figures.high as high_override,
from series
cross join {{ ref('int_periods') }} as periods
left join figures
    on
        series.scope = figures.scope
        and series.metric = figures.metric
        and series.dimension = figures.dimension
        and series.member = figures.member
        and periods.period = figures.period
