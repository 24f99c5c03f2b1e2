{{ config(materialized='incremental', pre_hook="{{ forget_milestones() }}") }}

with cases as (

    select
        cases.case_key,
        cases.source,
        cases.created_at,
        cases.schedule,
    from {{ ref('cases') }} as cases
    {{ only_touched('cases', 'case_keys', ['case_key']) }}
    where not coalesce(cases.is_deleted, false)

),

-- What is dated before its case was created cannot be an answer to it.
events as (

    select
        events.*,
        events.event = 'comment' and events.actor_role = 'agent' and events.is_public
            as is_public_agent_comment,
        events.event = 'comment' and events.actor_role = 'bot' and events.is_public
            as is_public_bot_comment,
        events.event = 'satisfaction' and events.value not in ('offered', 'unoffered')
            as is_rating,
    from {{ ref('case_events') }} as events
    inner join cases on events.case_key = cases.case_key
    where events.occurred_at >= cases.created_at

),

summaries as (

    select
        case_key,
        min(occurred_at) filter (where is_public_agent_comment) as first_reply_at,
        count(*) filter (where is_public_agent_comment) as count_public_agent_comments,
        min(occurred_at) filter (where actor_role = 'agent') as first_agent_at,
        min(occurred_at) filter (where is_public_bot_comment) as first_bot_comment_at,
        min(occurred_at) filter (where event = 'status' and value = 'solved') as first_solved_at,
        max(occurred_at) filter (where event = 'status' and value = 'solved') as last_solved_at,
        count(*) filter (where event = 'status' and value = 'solved') as times_solved,
        min(occurred_at) filter (where event = 'status' and value = 'closed') as first_closed_at,
        max(occurred_at) filter (where event = 'status' and value = 'closed') as last_closed_at,
        max(occurred_at) filter (
            where event = 'status' and not coalesce({{ is_resolved_status('value') }}, false)
        ) as last_unresolved_at,
        arg_max(value, (occurred_at, sequence, case_event_id)) filter (where event = 'status')
            as status,
        arg_max(value, (occurred_at, sequence, case_event_id)) filter (where is_rating) as rating,
        max(occurred_at) filter (where is_rating) as rated_at,
    from events
    group by case_key

)

select
    cases.case_key,
    cases.schedule,
    cases.created_at,
    summaries.first_reply_at,
    summaries.first_agent_at,
    summaries.first_bot_comment_at,
    coalesce(summaries.first_solved_at, summaries.first_closed_at) as first_resolved_at,
    coalesce(summaries.last_solved_at, summaries.last_closed_at) as last_resolved_at,
    least(summaries.first_solved_at, summaries.first_closed_at) as first_ended_at,
    summaries.last_unresolved_at,
    -- How long an answer is known to have been outstanding: to the reply, else to the resolution
    -- that made it needless, else to where the source is known.
    coalesce(
        summaries.first_reply_at,
        summaries.first_solved_at,
        summaries.first_closed_at,
        greatest(sources.watermark, cases.created_at)
    ) as reply_clock_ends_at,
    summaries.rated_at,
    summaries.rating,
    summaries.status,
    coalesce(summaries.count_public_agent_comments, 0) as count_public_agent_comments,
    coalesce(summaries.times_solved, 0) as times_solved,
from cases
left join summaries on cases.case_key = summaries.case_key
left join {{ source('raw', 'sources') }} as sources on cases.source = sources.source
