with answers as (

    select
        source,
        stream,
        record_id,
        question_id,
        reason,
        case reason
            when 'unknown_touchpoint' then touchpoint
            when 'unknown_stage' then journey_stage
            when 'unknown_channel' then channel
            when 'unknown_segment' then segment
            when 'bad_weight' then sent_weight
            when 'not_a_number' then left(value, 40)
            -- What an unmapped question asks is unknown, so its words may be personal.
            else cast(sent_score as varchar)
        end as value,
        case when reason != 'implausible_time' then seen_at end as occurred_at,
        changed_at,
    from {{ ref('int_feedback_judged') }}
    where reason != 'blank'

),

cases as (

    select
        source,
        stream,
        record_id,
        cast(null as varchar) as question_id,
        reason,
        case_id as value,
        case when reason != 'implausible_time' then created_at end as occurred_at,
        changed_at,
    from {{ ref('int_cases_judged') }}
    where reason is not null

),

case_channels as (

    select
        source,
        stream,
        record_id,
        cast(null as varchar) as question_id,
        'unknown_channel' as reason,
        unknown_channel as value,
        created_at as occurred_at,
        changed_at,
    from {{ ref('int_cases_judged') }}
    where reason is null and unknown_channel is not null

),

case_schedules as (

    select
        source,
        stream,
        record_id,
        cast(null as varchar) as question_id,
        'unknown_schedule' as reason,
        unknown_schedule as value,
        created_at as occurred_at,
        changed_at,
    from {{ ref('int_cases_judged') }}
    where reason is null and unknown_schedule is not null

),

case_events as (

    select
        source,
        stream,
        record_id,
        cast(null as varchar) as question_id,
        reason,
        case reason
            when 'unknown_event' then event
            when 'unknown_actor' then actor_role
            when 'unknown_rating' then left(value, 40)
            else case_id
        end as value,
        case when reason != 'implausible_time' then occurred_at end as occurred_at,
        extracted_at as changed_at,
    from {{ ref('int_case_events_judged') }}
    where reason is not null

),

case_statuses as (

    select
        source,
        stream,
        record_id,
        cast(null as varchar) as question_id,
        'unknown_status' as reason,
        unknown_status as value,
        occurred_at,
        extracted_at as changed_at,
    from {{ ref('int_case_events_judged') }}
    where reason is null and unknown_status is not null

),

customers as (

    select
        source,
        stream,
        record_id,
        cast(null as varchar) as question_id,
        coalesce(reason, 'unknown_segment') as reason,
        unknown_segment as value,
        cast(null as timestamptz) as occurred_at,
        changed_at,
    from {{ ref('int_customers_judged') }}
    where reason is not null or unknown_segment is not null

),

interactions as (

    select
        source,
        stream,
        record_id,
        cast(null as varchar) as question_id,
        reason,
        case reason
            when 'unknown_touchpoint' then touchpoint
            when 'unknown_stage' then journey_stage
            when 'unknown_channel' then channel
        end as value,
        case when reason != 'implausible_time' then occurred_at end as occurred_at,
        changed_at,
    from {{ ref('int_interactions_judged') }}
    where reason is not null

),

invitations as (

    select
        source,
        stream,
        record_id,
        cast(null as varchar) as question_id,
        reason,
        cast(null as varchar) as value,
        case when reason != 'implausible_time' then sent_at end as occurred_at,
        changed_at,
    from {{ ref('int_invitations_judged') }}
    where reason is not null

),

everything as (

    select * from answers
    union all by name
    select * from cases
    union all by name
    select * from case_channels
    union all by name
    select * from case_schedules
    union all by name
    select * from case_events
    union all by name
    select * from case_statuses
    union all by name
    select * from customers
    union all by name
    select * from interactions
    union all by name
    select * from invitations

)

-- What carries no time of its own, or an impossible one, counts in the month it was last changed.
select
    source,
    stream,
    record_id,
    question_id,
    reason,
    value,
    coalesce(occurred_at, changed_at) as occurred_at,
from everything
