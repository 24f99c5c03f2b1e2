-- The members of a dimension with everything that makes up the score: answers that do not know
-- their member are one of their own, `unknown`, so that the members' answers are all answers.
with scoped as (

    select
        'all' as scope,
        *,
    from {{ ref('int_feedback_sums') }}
    union all by name
    select
        'segment=' || segment as scope,
        *,
    from {{ ref('int_feedback_sums') }}
    where segment is not null

),

-- What the score is the average of: promoters less detractors, the satisfied, the scores.
sums as (

    select * replace (case when metric = 'csat' then successes else sum_x end as sum_x)
    from scoped

),

by_dimension as (

    select
        *,
        'segment' as dimension,
        segment as member,
    from sums
    where scope = 'all'
    union all by name
    select
        *,
        'channel' as dimension,
        channel as member,
    from sums
    union all by name
    select
        *,
        'touchpoint' as dimension,
        touchpoint as member,
    from sums

),

cells as (

    select
        scope,
        period,
        metric,
        dimension,
        coalesce(member, 'unknown') as member,
        sum(n) as n,
        sum(sum_w) as sum_w,
        sum(sum_x) as sum_x,
    from by_dimension
    group by scope, period, metric, dimension, coalesce(member, 'unknown')

),

-- Where no answer of a metric ever knew its member, the dimension has nothing to tell.
told as (

    select
        scope,
        metric,
        dimension,
    from cells
    group by scope, metric, dimension
    having bool_or(member != 'unknown')

),

series as (

    select distinct
        cells.scope,
        cells.metric,
        cells.dimension,
        cells.member,
    from cells
    inner join told
        on
            cells.scope = told.scope
            and cells.metric = told.metric
            and cells.dimension = told.dimension

)

select
    series.scope,
    periods.period,
    series.metric,
    series.dimension,
    series.member,
    cast(coalesce(cells.n, 0) as bigint) as n,
    cast(coalesce(cells.sum_w, 0) as double) as sum_w,
    cast(coalesce(cells.sum_x, 0) as double) as sum_x,
    coalesce(printed.suppressed, false) as is_hidden,
    totals.suppressed as is_total_hidden,
    totals.change,
from series
cross join {{ ref('int_periods') }} as periods
inner join {{ ref('int_metric_statistics') }} as totals
    on
        series.scope = totals.scope
        and periods.period = totals.period
        and series.metric = totals.metric
        and totals.dimension = 'all'
left join cells
    on
        series.scope = cells.scope
        and periods.period = cells.period
        and series.metric = cells.metric
        and series.dimension = cells.dimension
        and series.member = cells.member
left join {{ ref('int_metric_statistics') }} as printed
    on
        series.scope = printed.scope
        and periods.period = printed.period
        and series.metric = printed.metric
        and series.dimension = printed.dimension
        and series.member = printed.member
