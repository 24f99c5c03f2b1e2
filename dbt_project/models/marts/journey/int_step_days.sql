{{ config(materialized='incremental', pre_hook="{{ forget_step_days() }}") }}

-- What a window of twelve months adds up: the steps of a month by the days they took.
select
    place,
    segment,
    from_touchpoint,
    to_touchpoint,
    days,
    count(*) as n,
from {{ ref('int_steps') }}
where {{ is_touched_place('place', 'step_months') }}
group by place, segment, from_touchpoint, to_touchpoint, days
