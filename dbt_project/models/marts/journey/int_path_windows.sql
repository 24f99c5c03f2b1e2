{{ config(materialized='incremental', pre_hook="{{ forget_paths() }}") }}

-- Steps of the twelve months up to each month.
with periods as (

    select
        period,
        {{ place_of('period') }} as place,
        row_number() over (order by period) as months,
    from {{ ref('int_periods') }}
    qualify {{ is_touched_month('period', 'path_months') }}

),

-- Sources may tell of visits before anything else.
history as (

    select {{ place_of('min(period)') }} as begins from {{ ref('int_periods') }}

),

months as (

    select
        'all' as scope,
        *,
    from {{ ref('int_step_days') }}
    union all by name
    select
        'segment=' || segment as scope,
        *,
    from {{ ref('int_step_days') }}
    where segment is not null

),

days as (

    select
        months.scope,
        periods.period,
        months.from_touchpoint,
        months.to_touchpoint,
        months.days,
        least(periods.months, 12) as months,
        sum(months.n) as n,
    from months
    inner join periods on months.place between periods.place - 11 and periods.place
    where months.place >= (select history.begins from history)
    group by
        months.scope, periods.period, months.from_touchpoint, months.to_touchpoint, months.days,
        periods.months

),

-- The middle of the steps in order of days: the mean of both middle ones where n is even.
ranked as (

    select
        *,
        sum(n) over (
            partition by scope, period, from_touchpoint, to_touchpoint
            order by days
        ) as up_to,
        sum(n) over (partition by scope, period, from_touchpoint, to_touchpoint) as whole,
    from days

),

windows as (

    select
        scope,
        period,
        months,
        from_touchpoint,
        to_touchpoint,
        sum(n) as n,
        (
            min(days) filter (where up_to >= floor((whole + 1) / 2))
            + min(days) filter (where up_to >= ceil((whole + 1) / 2))
        ) / 2 as median_days,
    from ranked
    group by scope, period, months, from_touchpoint, to_touchpoint

),

spans as (

    select
        'all' as scope,
        *,
    from {{ ref('int_step_spans') }}
    union all by name
    select
        'segment=' || segment as scope,
        *,
    from {{ ref('int_step_spans') }}
    where segment is not null

),

customers as (

    select
        spans.scope,
        periods.period,
        spans.from_touchpoint,
        spans.to_touchpoint,
        sum(spans.n) as customers,
    from spans
    inner join periods on spans.begins <= periods.place and spans.ends > periods.place
    where spans.begins >= (select history.begins from history)
    group by spans.scope, periods.period, spans.from_touchpoint, spans.to_touchpoint

)

select
    windows.scope,
    windows.period,
    cast(windows.months as integer) as months,
    cast(windows.from_touchpoint as varchar) as from_touchpoint,
    cast(windows.to_touchpoint as varchar) as to_touchpoint,
    cast(windows.n as bigint) as n,
    -- A customer who changed segments counts in the latest, but went in both.
    cast(greatest(coalesce(customers.customers, 0), 1) as bigint) as customers,
    cast(windows.median_days as double) as median_days,
from windows
left join customers
    on
        windows.scope = customers.scope
        and windows.period = customers.period
        and windows.from_touchpoint = customers.from_touchpoint
        and windows.to_touchpoint = customers.to_touchpoint
