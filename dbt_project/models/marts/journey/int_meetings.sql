{{ config(materialized='incremental', pre_hook="{{ forget_meetings() }}") }}

-- When a customer met a touchpoint: what a source calls an interaction (cases are some), and
-- answers about a touchpoint, since who answers has been there. Both often tell of one meeting, so
-- a customer meets a touchpoint once a day; those nobody can name meet it each time anew. A meeting
-- has one channel: the first that day that an interaction names, else the first an answer names.
-- What decides about the channel (an answer or not, when, the channel's name) is put into one
-- number with the channel in its last places, of which the least is taken.
{% set channel_at = "(epoch_us({}) * 256 + cast(enum_code({}) as utinyint))" %}

with hours as (

    {{ local_hours(
        'select min(starts_at) from ' ~ ref('int_periods')
        ~ ' where ' ~ is_touched_month('period', 'meeting_months'),
        'select max(ends_at) from ' ~ ref('int_periods')
        ~ ' where ' ~ is_touched_month('period', 'meeting_months'),
    ) }}

),

met as (

    select
        coalesce(interactions.customer_hash, interactions.interaction_hash) as who,
        interactions.customer_hash is not null as is_known,
        {{ name_of('touchpoint', 'interactions.touchpoint') }} as touchpoint,
        {{ name_of('journey_stage', 'interactions.journey_stage') }} as journey_stage,
        {{ channel_at.format(
            'interactions.occurred_at', name_of('channel', 'interactions.channel')
        ) }} as channel_at,
        {{ name_of('segment', 'null') }} as segment,
        {{ name_of('segment', 'customers.segment') }} as customer_segment,
        interactions.occurred_at as met_at,
    from {{ ref('interactions') }} as interactions
    left join {{ ref('dim_customers') }} as customers
        on interactions.customer_hash = customers.customer_hash
    left join {{ source('raw', 'sources') }} as sources on interactions.source = sources.source
    where
        (interactions.touchpoint is not null or interactions.journey_stage is not null)
        and {{ is_in_history('interactions.occurred_at') }}
        and {{ is_in_touched_month('interactions.occurred_at', 'meeting_months') }}
    union all by name
    -- An answer's segment is its customer's where it names none itself.
    select
        coalesce(customer_hash, response_hash) as who,
        customer_hash is not null as is_known,
        {{ name_of('touchpoint') }} as touchpoint,
        {{ name_of('journey_stage') }} as journey_stage,
        {{ channel_at.format('responded_at', name_of('channel')) }} + (cast(1 as bigint) << 60)
            as channel_at,
        {{ name_of('segment') }} as segment,
        responded_at as met_at,
    from {{ ref('fct_feedback') }}
    where touchpoint is not null and {{ is_touched_month('period', 'meeting_months') }}

),

meetings as (

    select
        met.who,
        met.is_known,
        met.touchpoint,
        case when met.touchpoint is null then met.journey_stage end as only_stage,
        {{ local_day('met.met_at') }} as met_on,
        min(met.journey_stage) as journey_stage,
        min(met.channel_at) as channel_at,
        coalesce(min(met.segment), min(met.customer_segment)) as segment,
        min(met.met_at) as met_at,
    from met
    left join hours on {{ hour_of('met.met_at') }} = hours.hour
    group by met.who, met.is_known, met.touchpoint, only_stage, met_on

)

select
    who,
    is_known,
    touchpoint,
    journey_stage,
    {{ nth_name('channel', 'channel_at % 256 + 1') }} as channel,
    segment,
    cast(year(met_on) * 12 + month(met_on) as smallint) as place,
    met_on,
    met_at,
from meetings
