{{ config(
    materialized='incremental',
    pre_hook="{{ forget_cases() }}",
    post_hook="{{ note_months_of_cases() }}",
) }}

with milestones as (

    select milestones.*
    from {{ ref('int_case_milestones') }} as milestones
    {{ only_touched('milestones', 'case_facts', ['case_key']) }}

),

-- Open time up to each milestone, null where the case has no schedule.
open_time as (

    select
        milestones.*,
        {{ open_us_up_to('milestones.created_at', 'created') }} as open_us_created_at,
        {{ open_us_up_to('milestones.first_reply_at', 'first_reply') }} as open_us_first_reply_at,
        {{ open_us_up_to('milestones.first_resolved_at', 'first_resolved') }}
            as open_us_first_resolved_at,
        {{ open_us_up_to('milestones.last_resolved_at', 'last_resolved') }}
            as open_us_last_resolved_at,
        {{ open_us_up_to('milestones.reply_clock_ends_at', 'clock_ends') }}
            as open_us_reply_clock_ends_at,
    from milestones
    left join {{ ref('int_business_time') }} as created
        on {{ is_in_part('milestones.created_at', 'milestones.schedule', 'created') }}
    left join {{ ref('int_business_time') }} as first_reply
        on {{ is_in_part('milestones.first_reply_at', 'milestones.schedule', 'first_reply') }}
    left join {{ ref('int_business_time') }} as first_resolved
        on {{ is_in_part('milestones.first_resolved_at', 'milestones.schedule', 'first_resolved') }}
    left join {{ ref('int_business_time') }} as last_resolved
        on {{ is_in_part('milestones.last_resolved_at', 'milestones.schedule', 'last_resolved') }}
    left join {{ ref('int_business_time') }} as clock_ends
        on {{ is_in_part('milestones.reply_clock_ends_at', 'milestones.schedule', 'clock_ends') }}

),

measured as (

    select
        *,
        {{ minutes_from_us('open_us_first_reply_at - open_us_created_at') }}
            as first_reply_minutes,
        {{ minutes_from_us('open_us_first_resolved_at - open_us_created_at') }}
            as first_resolution_minutes,
        {{ minutes_from_us('open_us_last_resolved_at - open_us_created_at') }}
            as full_resolution_minutes,
        {{ minutes_from_us('open_us_reply_clock_ends_at - open_us_created_at') }}
            as reply_clock_minutes,
        coalesce({{ is_resolved_status('status') }}, false) as is_resolved,
    from open_time

)

select
    cases.case_key,
    cases.source,
    cases.case_id,
    cases.customer_key,

    cases.channel,
    customers.segment,
    cases.priority,
    cases.schedule,
    measured.status,
    measured.rating as ticket_satisfaction_score,

    cases.first_reply_target_minutes,
    {{ minutes_from_us('epoch_us(measured.first_reply_at) - epoch_us(measured.created_at)') }}
        as first_reply_time_calendar_minutes,
    measured.first_reply_minutes as first_reply_time_business_minutes,
    {{ calendar_minutes('measured.created_at', 'measured.first_resolved_at') }}
        as first_resolution_calendar_minutes,
    {{ calendar_minutes('measured.created_at', 'measured.last_resolved_at') }}
        as final_resolution_calendar_minutes,
    measured.first_resolution_minutes as first_resolution_business_minutes,
    measured.full_resolution_minutes as full_resolution_business_minutes,
    greatest(measured.times_solved - 1, 0) as count_reopens,
    measured.count_public_agent_comments,

    -- The bot's alone: resolved, and no person did anything in it. What a bot leaves open waits for
    -- a person, and counts as people's.
    case
        when
            measured.is_resolved
            and measured.first_agent_at is null
            and (cases.channel = 'bot' or measured.first_bot_comment_at is not null)
            then 'bot'
        else 'people'
    end as handled_by,
    case
        when measured.first_resolved_at is null then null
        when measured.first_agent_at <= measured.first_resolved_at then 'people'
        when
            cases.channel = 'bot'
            or measured.first_bot_comment_at <= measured.first_resolved_at
            then 'bot'
        else 'people'
    end as first_resolved_by,

    measured.is_resolved,
    measured.is_resolved and measured.count_public_agent_comments = 1 as is_one_touch_resolution,
    {{ is_in_history('cases.created_at') }} as is_known_from_start,
    -- An unanswered case is a breach once its target has passed, and nothing known before.
    case
        when measured.reply_clock_minutes > cases.first_reply_target_minutes then true
        when measured.first_reply_minutes <= cases.first_reply_target_minutes then false
    end as is_first_reply_breach,

    cases.created_at,
    measured.first_reply_at,
    measured.first_agent_at,
    measured.first_resolved_at,
    measured.last_resolved_at as solved_at,
    measured.rated_at,
    {{ period_of('cases.created_at') }} as created_period,
    {{ period_of('measured.last_resolved_at') }} as solved_period,
    {{ period_of('measured.rated_at') }} as rated_period,
from measured
inner join {{ ref('cases') }} as cases on measured.case_key = cases.case_key
left join {{ ref('dim_customers') }} as customers on cases.customer_key = customers.customer_key
left join {{ source('raw', 'sources') }} as sources on cases.source = sources.source
