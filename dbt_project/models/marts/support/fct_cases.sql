{{ config(
    materialized='incremental',
    pre_hook="{{ forget_cases() }}",
    post_hook="{{ note_months_of_cases() }}",
) }}

with hours as (

    {{ local_hours(
        'select min(starts_at) from ' ~ ref('int_periods'),
        'select max(ends_at) from ' ~ ref('int_periods'),
    ) }}

),

cases as (

    select cases.*
    from {{ ref('cases') }} as cases
    {{ only_touched('cases', 'case_facts', ['case_hash']) }}
    where not coalesce(cases.is_deleted, false)

),

told as (

    select
        cases.*,
        milestones.* exclude (case_hash),
        -- How long an answer is known to have been outstanding: to the reply, else to the
        -- resolution that made it needless, else to where the source is known.
        coalesce(
            milestones.first_reply_at,
            milestones.first_resolved_at,
            greatest(sources.watermark, cases.created_at)
        ) as reply_clock_ends_at,
        -- Most are resolved once, if at all.
        nullif(milestones.last_resolved_at, milestones.first_resolved_at) as resolved_again_at,
        coalesce({{ is_resolved_status('milestones.status') }}, false) as is_resolved,
        {{ is_in_history('cases.created_at') }} as is_known_from_start,
    from cases
    left join {{ ref('int_case_milestones') }} as milestones
        on cases.case_hash = milestones.case_hash
    left join {{ source('raw', 'sources') }} as sources on cases.source = sources.source

),

-- Open time from the creation up to each milestone, null where the case has no schedule.
open_time as (

    select
        told.*,
        {{ open_us_up_to('told.created_at', 'created') }} as open_us_created_at,
        {{ open_us_up_to('told.reply_clock_ends_at', 'clock_ends') }} - open_us_created_at
            as open_us_of_reply_clock,
        {{ open_us_up_to('told.first_resolved_at', 'resolved') }} - open_us_created_at
            as open_us_to_first_resolution,
        {{ open_us_up_to('told.resolved_again_at', 'resolved_again') }} - open_us_created_at
            as open_us_to_last_resolution,
        {{ local_period('told.created_at', 'created_hours') }} as created_period,
        {{ local_period('told.first_resolved_at', 'resolved_hours') }} as first_resolved_period,
        {{ local_period('told.resolved_again_at', 'resolved_again_hours') }}
            as resolved_again_period,
        {{ local_period('told.rated_at', 'rated_hours') }} as rated_period,
    from told
    left join {{ ref('int_business_time') }} as created
        on {{ is_in_part('told.created_at', 'told.schedule', 'created') }}
    left join {{ ref('int_business_time') }} as clock_ends
        on {{ is_in_part('told.reply_clock_ends_at', 'told.schedule', 'clock_ends') }}
    left join {{ ref('int_business_time') }} as resolved
        on {{ is_in_part('told.first_resolved_at', 'told.schedule', 'resolved') }}
    left join {{ ref('int_business_time') }} as resolved_again
        on {{ is_in_part('told.resolved_again_at', 'told.schedule', 'resolved_again') }}
    left join hours as created_hours
        on {{ hour_of('told.created_at') }} = created_hours.hour
    left join hours as resolved_hours
        on {{ hour_of('told.first_resolved_at') }} = resolved_hours.hour
    left join hours as resolved_again_hours
        on {{ hour_of('told.resolved_again_at') }} = resolved_again_hours.hour
    left join hours as rated_hours
        on {{ hour_of('told.rated_at') }} = rated_hours.hour

),

measured as (

    select
        *,
        {{ minutes_from_us('open_us_of_reply_clock') }} as reply_clock_minutes,
        case when first_reply_at is not null then reply_clock_minutes end as first_reply_minutes,
        {{ minutes_from_us('open_us_to_first_resolution') }} as first_resolution_minutes,
        case
            when resolved_again_at is null then first_resolution_minutes
            else {{ minutes_from_us('open_us_to_last_resolution') }}
        end as full_resolution_minutes,
    from open_time

)

select
    measured.case_key,
    measured.source,
    measured.case_id,
    measured.customer_key,

    measured.channel,
    customers.segment,
    measured.priority,
    measured.schedule,
    measured.status,
    measured.rating as ticket_satisfaction_score,

    measured.first_reply_target_minutes,
    {{ minutes_from_us('epoch_us(measured.first_reply_at) - epoch_us(measured.created_at)') }}
        as first_reply_time_calendar_minutes,
    measured.first_reply_minutes as first_reply_time_business_minutes,
    case
        when measured.tells_reopenings
            then {{ calendar_minutes('measured.created_at', 'measured.first_resolved_at') }}
    end as first_resolution_calendar_minutes,
    {{ calendar_minutes('measured.created_at', 'measured.last_resolved_at') }}
        as final_resolution_calendar_minutes,
    case when measured.tells_reopenings then measured.first_resolution_minutes end
        as first_resolution_business_minutes,
    measured.full_resolution_minutes as full_resolution_business_minutes,
    case
        when measured.tells_reopenings then greatest(coalesce(measured.times_solved, 0) - 1, 0)
    end as count_reopens,
    case
        when measured.tells_all_replies then coalesce(measured.count_public_agent_comments, 0)
    end as count_public_agent_comments,

    -- The bot's alone: resolved, and no person did anything in it. What a bot leaves open waits for
    -- a person, and counts as people's.
    case
        when
            measured.is_resolved
            and measured.first_agent_at is null
            and (measured.channel = 'bot' or measured.first_bot_comment_at is not null)
            then 'bot'
        else 'people'
    end as handled_by,
    case
        when measured.first_resolved_at is null then null
        when measured.first_agent_at <= measured.first_resolved_at then 'people'
        when
            measured.channel = 'bot'
            or measured.first_bot_comment_at <= measured.first_resolved_at
            then 'bot'
        else 'people'
    end as first_resolved_by,

    measured.is_resolved,
    case
        when measured.tells_all_replies
            then measured.is_resolved and measured.count_public_agent_comments = 1
    end as is_one_touch_resolution,
    measured.is_known_from_start,
    -- An unanswered case is a breach once its target has passed, and nothing known before.
    case
        when not measured.tells_first_reply then null
        when measured.reply_clock_minutes > measured.first_reply_target_minutes then true
        when measured.first_reply_minutes <= measured.first_reply_target_minutes then false
    end as is_first_reply_breach,

    measured.created_at,
    measured.first_reply_at,
    measured.first_agent_at,
    measured.first_resolved_at,
    measured.last_resolved_at as solved_at,
    measured.rated_at,
    measured.created_period,
    measured.first_resolved_period,
    coalesce(measured.resolved_again_period, measured.first_resolved_period) as solved_period,
    measured.rated_period,
    measured.case_hash,
    measured.customer_hash,
from measured
left join {{ ref('dim_customers') }} as customers
    on measured.customer_hash = customers.customer_hash
