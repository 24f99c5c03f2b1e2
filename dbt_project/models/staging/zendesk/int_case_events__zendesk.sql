{{ config(materialized='view') }}

with tickets as (

    select * from {{ ref('stg_zendesk__tickets') }}

),

children as (

    select * from {{ ref('stg_zendesk__ticket_events') }}

),

-- Zendesk's "good with comment" is "good": the comment stands elsewhere.
ratings as (

    select
        source,
        stream,
        record_id,
        ticket_id,
        occurred_at,
        audit_id,
        position,
        extracted_at,
        'satisfaction' as event,
        cast(null as varchar) as actor_id,
        cast(null as boolean) as is_public,
        replace(satisfaction_score, '_with_comment', '') as value,
    from children
    where satisfaction_score is not null and satisfaction_score != 'unoffered'

),

-- Accounts whose events leave ratings out: the ticket's own score, at its last update.
ratings_of_tickets as (

    select
        tickets.source,
        tickets.stream,
        tickets.record_id,
        tickets.ticket_id,
        tickets.updated_at as occurred_at,
        cast(9223372036854775807 as bigint) as audit_id,
        0 as position,
        tickets.extracted_at,
        'satisfaction' as event,
        cast(null as varchar) as actor_id,
        cast(null as boolean) as is_public,
        replace(tickets.satisfaction_score, '_with_comment', '') as value,
    from tickets
    anti join ratings on tickets.source = ratings.source and tickets.ticket_id = ratings.ticket_id
    where tickets.satisfaction_score is not null and tickets.satisfaction_score != 'unoffered'

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
    select * from ratings
    union all by name
    select * from ratings_of_tickets

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
