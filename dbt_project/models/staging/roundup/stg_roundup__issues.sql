-- Roundup's REST interface does not tell an issue's history, but each landing holds the issue as it
-- was then: all copies are read for the states they show, the newest one for the rest.
with copies as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR", "creation": "VARCHAR", "creator": {"id": "VARCHAR"},
                "status": {"name": "VARCHAR"}, "priority": {"name": "VARCHAR"},
                "assignedto": {"id": "VARCHAR"}, "messages": [{"id": "VARCHAR"}]
            }'
        ) as sent
    from {{ source('raw', 'roundup__issues') }}

),

-- The statuses of Roundup's own templates; case_statuses.csv explains a tracker's own ones.
named as (

    select
        *,
        case lower(sent.status.name)
            when 'unread' then 'new'
            when 'chatting' then 'open'
            when 'in-progress' then 'open'
            when 'testing' then 'open'
            when 'need-eg' then 'pending'
            when 'deferred' then 'hold'
            when 'done-cbb' then 'solved'
            when 'resolved' then 'solved'
            else sent.status.name
        end as status,
    from copies

),

states as (

    select
        source,
        stream,
        record_id,
        list_sort(list(distinct struct_pack(seen_at := changed_at, status := status))) as states,
    from named
    where status is not null
    group by source, stream, record_id

),

newest as (

    select * from named
    {{ newest_copy() }}

)

select
    newest.source,
    newest.stream,
    newest.record_id,
    newest.record_id as issue_id,
    newest.sent.creator.id as creator_id,
    newest.sent.assignedto.id as assigned_id,
    lower({{ text_or_null('newest.sent.priority.name') }}) as priority,
    newest.status,
    coalesce(states.states, []) as states,
    coalesce(list_transform(newest.sent.messages, lambda message: message.id), []) as message_ids,
    {{ roundup_moment('newest.sent.creation') }} as created_at,
    newest.changed_at,
    newest.extracted_at,
from newest
left join states
    on
        newest.source = states.source
        and newest.stream = states.stream
        and newest.record_id = states.record_id
