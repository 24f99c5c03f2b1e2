with tickets as (

    select * from {{ ref('stg_zendesk__tickets') }}

),

children as (

    select * from {{ ref('stg_zendesk__ticket_events') }}

),

ratings as (

    select
        *,
        'satisfaction' as event,
        cast(null as boolean) as is_public,
    from {{ ref('int_ratings__zendesk') }}

),

comments as (

    select
        source,
        stream,
        record_id,
        ticket_id,
        occurred_at,
        audit_id,
        position,
        extracted_at,
        'comment' as event,
        coalesce(author_id, updater_id) as actor_id,
        -- Merging leaves a note on both tickets; a bot without a user of its own is the system.
        case
            when via like '%merge%' then 'system'
            when
                regexp_matches(via, 'answer.?bot')
                and try_cast(coalesce(author_id, updater_id) as bigint) < 0
                then 'bot'
        end as known_role,
        is_public,
        cast(null as varchar) as value,
    from children
    where is_comment

),

statuses as (

    select
        source,
        stream,
        record_id,
        ticket_id,
        occurred_at,
        audit_id,
        position,
        extracted_at,
        'status' as event,
        updater_id as actor_id,
        cast(null as boolean) as is_public,
        status as value,
    from children
    where status is not null

),

created as (

    select
        source,
        stream,
        record_id,
        ticket_id,
        created_at as occurred_at,
        cast(0 as bigint) as audit_id,
        0 as position,
        extracted_at,
        'created' as event,
        requester_id as actor_id,
        true as is_public,
        cast(null as varchar) as value,
    from tickets

),

everything as (

    select * from created
    union all by name
    select * from statuses
    union all by name
    select * from comments
    union all by name
    select * exclude (requester_id) from ratings

)

select
    everything.source,
    everything.stream,
    everything.record_id,
    concat_ws(
        '|', everything.source, everything.stream, everything.record_id, everything.position,
        everything.event
    ) as case_event_id,
    everything.ticket_id as case_id,
    everything.occurred_at,
    row_number() over (
        partition by everything.source, everything.ticket_id
        order by everything.occurred_at, everything.audit_id, everything.position, everything.event
    ) as sequence,
    everything.event,
    case
        when everything.known_role is not null then everything.known_role
        when everything.actor_id is null then null
        when try_cast(everything.actor_id as bigint) < 0 then 'system'
        when users.is_bot then 'bot'
        when users.role in ('agent', 'admin') then 'agent'
        when users.role = 'end-user' then 'customer'
    end as actor_role,
    everything.is_public,
    everything.value,
    everything.extracted_at,
from everything
left join {{ ref('stg_zendesk__users') }} as users
    on everything.source = users.source and everything.actor_id = users.user_id
