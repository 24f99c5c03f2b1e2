with issues as (

    select * from {{ ref('stg_roundup__issues') }}

),

created as (

    select
        source,
        stream,
        record_id,
        issue_id,
        'created' as part,
        0 as place,
        created_at as occurred_at,
        'created' as event,
        creator_id as actor_id,
        creator_id,
        true as is_public,
        cast(null as varchar) as value,
        changed_at,
        extracted_at,
    from issues

),

messages_of_issues as (

    select
        source,
        issue_id,
        creator_id,
        unnest(message_ids) as message_id,
    from issues

),

-- Roundup passes every message on to all who follow the issue: none is internal.
comments as (

    select
        messages.source,
        messages.stream,
        messages.record_id,
        issues.issue_id,
        'comment ' || issues.issue_id as part,
        1 as place,
        messages.written_at as occurred_at,
        'comment' as event,
        messages.author_id as actor_id,
        issues.creator_id,
        true as is_public,
        cast(null as varchar) as value,
        messages.changed_at,
        messages.extracted_at,
    from messages_of_issues as issues
    inner join {{ ref('stg_roundup__messages') }} as messages
        on issues.source = messages.source and issues.message_id = messages.message_id

),

states as (

    select
        source,
        stream,
        record_id,
        issue_id,
        creator_id,
        unnest(states) as state,
        changed_at,
        extracted_at,
    from issues

),

-- A status is dated by the first copy that shows it: at the latest it can have come then.
statuses as (

    select
        source,
        stream,
        record_id,
        issue_id,
        'status ' || epoch(state.seen_at) as part,
        2 as place,
        state.seen_at as occurred_at,
        'status' as event,
        cast(null as varchar) as actor_id,
        creator_id,
        cast(null as boolean) as is_public,
        state.status as value,
        changed_at,
        extracted_at,
    from states
    qualify state.status is distinct from lag(state.status) over (
        partition by source, issue_id
        order by state.seen_at, state.status
    )

),

everything as (

    select * from created
    union all by name
    select * from comments
    union all by name
    select * from statuses

)

select
    everything.source,
    everything.stream,
    everything.record_id,
    concat_ws('|', everything.source, everything.stream, everything.record_id, everything.part)
        as case_event_id,
    everything.issue_id as case_id,
    everything.occurred_at,
    row_number() over (
        partition by everything.source, everything.issue_id
        order by
            everything.occurred_at, everything.place, try_cast(everything.record_id as bigint),
            everything.part
    ) as sequence,
    everything.event,
    case
        when everything.actor_id is null then null
        when users.role is not null then users.role
        when everything.actor_id = everything.creator_id then 'customer'
    end as actor_role,
    everything.is_public,
    everything.value,
    everything.changed_at,
    everything.extracted_at,
from everything
left join {{ ref('stg_roundup__users') }} as users
    on everything.source = users.source and everything.actor_id = users.user_id
