{{ config(materialized='incremental', pre_hook="{{ forget_steps() }}") }}

-- A step: a customer met one touchpoint and, at most 30 days later, the next. It belongs to the
-- month it ends in (`place`, counted from year 0).
with ordered as (

    select
        who,
        segment,
        touchpoint,
        place,
        met_on,
        met_at,
        lag(touchpoint) over earlier as from_touchpoint,
        lag(met_at) over earlier as from_met_at,
        lag(met_on) over earlier as from_met_on,
    from {{ ref('int_meetings') }}
    where
        is_known
        and touchpoint is not null
        and {{ is_touched_place('place', 'months_of_steps') }}
    window
        earlier as (
            partition by who
            order by met_at, touchpoint
        )

)

select
    who,
    segment,
    from_touchpoint,
    touchpoint as to_touchpoint,
    place,
    cast(met_on - from_met_on as smallint) as days,
from ordered
-- Seconds, because days of a time with a zone are reckoned in a calendar, which takes ten times as
-- long and depends on the session's zone.
where
    epoch(met_at) - epoch(from_met_at) <= 30 * 86400
    and {{ is_touched_place('place', 'step_months') }}
