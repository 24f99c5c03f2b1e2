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
    from grouped

),

series as (

    select distinct
        scope,
        metric,
        dimension,
        member,
    from cells
    where member is not null

)

select
    series.scope,
    periods.period,
    series.metric,
    series.dimension,
    series.member,
    coalesce(cells.n, 0)::bigint as n,
    0::double as sum_x,
    0::double as sum_xx,
    coalesce(cells.n, 0)::double as sum_w,
    coalesce(cells.n, 0)::double as sum_ww,
    coalesce(cells.successes, 0)::double as successes,
    0::bigint as promoters,
    0::bigint as passives,
    0::bigint as detractors,
    case
        when series.metric = 'case_volume' then coalesce(cells.n, 0)::double
        else list_median(cells.sorted_minutes)
    end as value_override,
    -- Five values are too few for two ends, but no time is below zero and the median lies below
    -- the longest of five with a probability of 97 %.
    case
        when cells.bound > 0 then cells.sorted_minutes[cells.bound]
        when cells.n = 5 and len(cells.sorted_minutes) > 0 then 0
    end::double as low_override,
    case
        when cells.bound > 0 or cells.n = 5
            then cells.sorted_minutes[cells.n - greatest(cells.bound, 1) + 1]
    end::double as high_override,
from series
cross join {{ ref('int_periods') }} as periods
left join cells
    on
        series.scope = cells.scope
        and series.metric = cells.metric
        and series.dimension = cells.dimension
        and series.member = cells.member
        and periods.period = cells.period
