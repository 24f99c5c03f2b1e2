{{ config(materialized='incremental', pre_hook="{{ forget_steps() }}") }}

-- A step: a customer met one touchpoint and, at most 30 days later, the next. It belongs to the
-- month it ends in; `place` is that month, counted from year 0.
with ordered as (

    select
        customer_key,
        segment,
        touchpoint,
        met_on,
        met_at,
        lag(touchpoint) over (
            partition by customer_key order by met_at, touchpoint
        ) as from_touchpoint,
        lag(met_at) over (
            partition by customer_key order by met_at, touchpoint
        ) as from_met_at,
        lag(met_on) over (
            partition by customer_key order by met_at, touchpoint
        ) as from_met_on,
    from {{ ref('int_meetings') }}
    where
        customer_key is not null
        and touchpoint is not null
        and {{ is_touched_month('period', 'months_of_steps') }}

)

select
    customer_key,
    segment,
    from_touchpoint,
    touchpoint as to_touchpoint,
    year(met_on) * 12 + month(met_on) as place,
    met_on - from_met_on as days,
from ordered
-- Seconds, because days of a time with a zone are reckoned in a calendar, which takes ten times as
-- long and depends on the session's zone.
where
    epoch(met_at) - epoch(from_met_at) <= 30 * 86400
    and {{ is_touched_month("strftime(met_on, '%Y-%m')", 'step_months') }}
