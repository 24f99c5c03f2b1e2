with figures as (

    select * from {{ ref('int_support_months') }}

),

series as (

    select distinct
        scope,
        metric,
        dimension,
        member,
    from figures

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
    coalesce(figures.sum_ww, 0)::double as sum_ww,
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
