{{ config(materialized='incremental', pre_hook="{{ forget_milestones() }}") }}

with cases as (

    select
        cases.case_hash,
        cases.created_at,
    from {{ ref('cases') }} as cases
    {{ only_touched('cases', 'case_hashes', ['case_hash']) }}
    where not coalesce(cases.is_deleted, false)

),

-- What is dated before its case was created cannot be an answer to it.
events as not materialized (

    select
        events.*,
        events.event = 'comment' and events.is_public as is_public_comment,
        case when events.event = 'status' then events.value end as status,
        case
            when events.event = 'satisfaction' and events.value not in ('offered', 'unoffered')
                then events.value
        end as rating,
    from {{ ref('case_events') }} as events
    inner join cases on events.case_hash = cases.case_hash
    where events.occurred_at >= cases.created_at

),

-- A column for the moments of each kind: to fill in takes less time than to count with a filter.
moments as not materialized (

    select
        case_hash,
        status,
        rating,
        case when is_public_comment and actor_role = 'agent' then occurred_at end as replied_at,
        case when actor_role = 'agent' then occurred_at end as agent_at,
        case when is_public_comment and actor_role = 'bot' then occurred_at end as bot_comment_at,
        case when status = 'solved' then occurred_at end as solved_at,
        case when status = 'closed' then occurred_at end as closed_at,
        case
            when event = 'status' and not coalesce({{ is_resolved_status('status') }}, false)
                then occurred_at
        end as unresolved_at,
        case when rating is not null then occurred_at end as rated_at,
    from events

),

summaries as (

    select
        case_hash,
        min(replied_at) as first_reply_at,
        count(replied_at) as count_public_agent_comments,
        min(agent_at) as first_agent_at,
        min(bot_comment_at) as first_bot_comment_at,
        min(solved_at) as first_solved_at,
        max(solved_at) as last_solved_at,
        count(solved_at) as times_solved,
        min(closed_at) as first_closed_at,
        max(closed_at) as last_closed_at,
        max(unresolved_at) as last_unresolved_at,
        max(rated_at) as rated_at,
        count(status) > 1 or count(rating) > 1 as is_told_again,
        any_value(status) as status,
        any_value(rating) as rating,
    from moments
    group by case_hash

),

-- Which status and which rating is the last takes an order only where there are several.
last_told as (

    select
        events.case_hash,
        arg_max(events.status, (events.occurred_at, events.sequence, events.case_event_id))
            as status,
        arg_max(events.rating, (events.occurred_at, events.sequence, events.case_event_id))
            as rating,
    from events
    inner join summaries on events.case_hash = summaries.case_hash
    where summaries.is_told_again and coalesce(events.status, events.rating) is not null
    group by events.case_hash

)

select
    summaries.case_hash,
    summaries.first_reply_at,
    summaries.first_agent_at,
    summaries.first_bot_comment_at,
    coalesce(summaries.first_solved_at, summaries.first_closed_at) as first_resolved_at,
    coalesce(summaries.last_solved_at, summaries.last_closed_at) as last_resolved_at,
    least(summaries.first_solved_at, summaries.first_closed_at) as first_ended_at,
    summaries.last_unresolved_at,
    summaries.rated_at,
    case when summaries.is_told_again then last_told.rating else summaries.rating end as rating,
    case when summaries.is_told_again then last_told.status else summaries.status end as status,
    summaries.count_public_agent_comments,
    summaries.times_solved,
from summaries
left join last_told on summaries.case_hash = last_told.case_hash
