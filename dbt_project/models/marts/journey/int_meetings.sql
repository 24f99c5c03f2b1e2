{{ config(materialized='incremental', pre_hook="{{ forget_meetings() }}") }}

-- When a customer met a touchpoint: what a source calls an interaction (cases are some), and
-- answers about a touchpoint, since who answers has been there. Both often tell of one meeting, so
-- a customer meets a touchpoint once a day; those nobody can name meet it each time anew. A meeting
-- has one channel: the first that day that an interaction names, else the first an answer names.
with met as (

    select
        interactions.customer_key,
        case
            when interactions.customer_key is null
                then concat_ws('|', 'i', interactions.interaction_id)
        end as met_id,
        interactions.touchpoint,
        interactions.journey_stage,
        interactions.channel,
        cast(null as varchar) as segment,
        interactions.occurred_at as met_at,
        false as is_answer,
    from {{ ref('interactions') }} as interactions
    left join {{ source('raw', 'sources') }} as sources on interactions.source = sources.source
    where
        {{ is_in_history('interactions.occurred_at') }}
        and {{ is_in_touched_month('interactions.occurred_at', 'meeting_months') }}
    union all by name
    select
        customer_key,
        case
            when customer_key is null then concat_ws('|', 'f', source, survey_id, response_id)
        end as met_id,
        touchpoint,
        journey_stage,
        channel,
        segment,
        responded_at as met_at,
        true as is_answer,
    from {{ ref('fct_feedback') }}
    where touchpoint is not null and {{ is_touched_month('period', 'meeting_months') }}

),

meetings as (

    select
        coalesce(customer_key, met_id) as who,
        touchpoint,
        case when touchpoint is null then journey_stage end as only_stage,
        cast(timezone('{{ var("reporting_zone") }}', met_at) as date) as met_on,
        min(customer_key) as customer_key,
        min(journey_stage) as journey_stage,
        arg_min(channel, (is_answer, met_at, channel)) filter (where channel is not null)
            as channel,
        min(segment) as segment,
        min(met_at) as met_at,
    from met
    where touchpoint is not null or journey_stage is not null
    group by who, touchpoint, only_stage, met_on

)

select
    meetings.who,
    meetings.customer_key,
    meetings.touchpoint,
    meetings.journey_stage,
    meetings.channel,
    coalesce(meetings.segment, customers.segment) as segment,
    meetings.met_on,
    meetings.met_at,
    strftime(meetings.met_on, '%Y-%m') as period,
from meetings
left join {{ ref('dim_customers') }} as customers
    on meetings.customer_key = customers.customer_key
