{{ config(materialized='incremental', pre_hook="{{ forget_paths() }}") }}

-- Steps of the twelve months up to each month. How many customers took them cannot be added up over
-- months: a customer counts in a window through the latest month of the step in it, so each month's
-- step counts until the customer's next one, or until it is a year old.
with periods as (

    select
        period,
        {{ place_of('period') }} as place,
        row_number() over (order by period) as months,
    from {{ ref('int_periods') }}
    qualify {{ is_touched_month('period', 'path_months') }}

),

steps as (

    select *
    from {{ ref('int_steps') }}
    -- Sources may tell of visits before anything else.
    where
        place >= (select {{ place_of('min(known.period)') }} from {{ ref('int_periods') }} as known)
        and place >= (select min(periods.place) - 11 from periods)

),

counted as (

    select
        segment,
        from_touchpoint,
        to_touchpoint,
        place,
        days,
        count(*) as n,
    from steps
    group by segment, from_touchpoint, to_touchpoint, place, days

),

months as (

    select
        'all' as scope,
        *,
    from counted
    union all by name
    select
        'segment=' || segment as scope,
        *,
    from counted
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

taken as (

    select
        from_touchpoint,
        to_touchpoint,
        hash(customer_key) as customer,
        place,
        max(segment) as segment,
    from steps
    group by from_touchpoint, to_touchpoint, customer, place

),

spans as (

    select
        segment,
        from_touchpoint,
        to_touchpoint,
        place as begins,
        least(
            place + 12,
            lead(place, 1, place + 12) over (
                partition by hash(from_touchpoint, to_touchpoint, customer)
                order by place
            )
        ) as ends,
    from taken

),

both_edges as (

    select
        segment,
        from_touchpoint,
        to_touchpoint,
        unnest([begins, ends]) as place,
        unnest([1, -1]) as more,
    from spans

),

sums as (

    select
        segment,
        from_touchpoint,
        to_touchpoint,
        place,
        sum(more) as more,
    from both_edges
    group by segment, from_touchpoint, to_touchpoint, place

),

edges as (

    select
        'all' as scope,
        *,
    from sums
    union all by name
    select
        'segment=' || segment as scope,
        *,
    from sums
    where segment is not null

),

customers as (

    select
        edges.scope,
        periods.period,
        edges.from_touchpoint,
        edges.to_touchpoint,
        sum(edges.more) as customers,
    from edges
    inner join periods on edges.place <= periods.place
    group by edges.scope, periods.period, edges.from_touchpoint, edges.to_touchpoint

)

select
    windows.scope,
    windows.period,
    cast(windows.months as integer) as months,
    windows.from_touchpoint,
    windows.to_touchpoint,
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
