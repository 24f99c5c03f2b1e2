{{ config(materialized='incremental', pre_hook="{{ forget_stage_counts() }}") }}

-- How often a stage was met in a month: meetings (`volume`), by touchpoint and channel too, and
-- interactions as the sources tell them.
with hours as (

    {{ local_hours(
        'select min(starts_at) from ' ~ ref('int_periods')
        ~ ' where ' ~ is_touched_month('period', 'meeting_months'),
        'select max(ends_at) from ' ~ ref('int_periods')
        ~ ' where ' ~ is_touched_month('period', 'meeting_months'),
    ) }}

),

told as (

    select
        {{ name_of('segment', 'customers.segment') }} as segment,
        {{ local_place('interactions.occurred_at') }} as place,
        {{ name_of('journey_stage', 'interactions.journey_stage') }} as journey_stage,
    from {{ ref('interactions') }} as interactions
    left join hours on {{ hour_of('interactions.occurred_at') }} = hours.hour
    left join {{ ref('dim_customers') }} as customers
        on interactions.customer_key = customers.customer_key
    left join {{ source('raw', 'sources') }} as sources on interactions.source = sources.source
    where
        interactions.journey_stage is not null
        and {{ is_in_history('interactions.occurred_at') }}
        and {{ is_in_touched_month('interactions.occurred_at', 'meeting_months') }}

)

select
    'volume' as measure,
    place,
    segment,
    touchpoint,
    journey_stage,
    channel,
    count(*) as n,
from {{ ref('int_meetings') }}
where {{ is_touched_place('place', 'meeting_months') }}
group by place, segment, touchpoint, journey_stage, channel
union all by name
select
    'interactions' as measure,
    cast(place as smallint) as place,
    segment,
    journey_stage,
    count(*) as n,
from told
group by place, segment, journey_stage
