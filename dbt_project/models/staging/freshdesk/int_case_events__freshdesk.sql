with tickets as (

    select * from {{ ref('stg_freshdesk__tickets') }}

),

times as (

    select * from {{ ref('base_freshdesk__ticket_times') }}

),

conversations as (

    select * from {{ ref('stg_freshdesk__conversations') }}

),

created as (

    select
        source,
        stream,
        record_id,
        ticket_id,
        created_at as occurred_at,
        extracted_at,
        'created' as event,
        'created' as part,
        0 as place,
        case when is_outbound then 'agent' else 'customer' end as actor_role,
        true as is_public,
        cast(null as varchar) as value,
    from tickets

),

reached as (

    select
        source,
        stream,
        record_id,
        ticket_id,
        occurred_at,
        extracted_at,
        'status' as event,
        concat_ws('|', status, epoch_us(occurred_at)) as part,
        case status when 'open' then 2 when 'solved' then 6 else 7 end as place,
        status as value,
    from times

),

reopened as (

    select
        *,
        lag(occurred_at) over (partition by source, ticket_id order by occurred_at) as before,
    from times
    where status = 'open'

),

-- What was reopened had been resolved. Where no copy of the ticket shows when, it is counted at
-- the closing, or else at the latest moment it can have been.
resolved_before as (

    select
        reopened.source,
        reopened.stream,
        reopened.record_id,
        reopened.ticket_id,
        coalesce(
            max(times.occurred_at) filter (where times.status = 'closed'), reopened.occurred_at
        ) as occurred_at,
        reopened.extracted_at,
        'status' as event,
        concat_ws('|', 'solved before', epoch_us(reopened.occurred_at)) as part,
        1 as place,
        'solved' as value,
    from reopened
    left join times
        on
            reopened.source = times.source
            and reopened.ticket_id = times.ticket_id
            and reopened.occurred_at >= times.occurred_at
            and (reopened.before is null or reopened.before < times.occurred_at)
    group by
        reopened.source,
        reopened.stream,
        reopened.record_id,
        reopened.ticket_id,
        reopened.occurred_at,
        reopened.extracted_at
    having count(*) filter (where times.status = 'solved') = 0

),

latest as (

    select
        source,
        ticket_id,
        max(occurred_at) as occurred_at,
        arg_max(value, (occurred_at, place)) as status,
    from reached
    group by
        source,
        ticket_id

),

-- The status a ticket is in, where its times do not say so: pending, a status of the company's own.
current_status as (

    select
        tickets.source,
        tickets.stream,
        tickets.record_id,
        tickets.ticket_id,
        greatest(
            coalesce(tickets.status_updated_at, tickets.updated_at), latest.occurred_at
        ) as occurred_at,
        tickets.extracted_at,
        'status' as event,
        'current' as part,
        8 as place,
        tickets.status as value,
    from tickets
    left join latest
        on tickets.source = latest.source and tickets.ticket_id = latest.ticket_id
    where tickets.status is not null and tickets.status is distinct from latest.status

),

comments as (

    select
        conversations.source,
        conversations.stream,
        conversations.record_id,
        conversations.ticket_id,
        conversations.created_at as occurred_at,
        conversations.extracted_at,
        'comment' as event,
        'comment' as part,
        4 as place,
        case
            when conversations.is_incoming or conversations.is_survey_feedback then 'customer'
            when conversations.user_id = tickets.requester_id then 'customer'
            when conversations.user_id is not null then 'agent'
        end as actor_role,
        conversations.is_public,
    from conversations
    left join tickets
        on
            conversations.source = tickets.source
            and conversations.ticket_id = tickets.ticket_id

),

-- Tickets whose conversations were not read: their first and latest replies, by the stats.
replies as (

    select
        tickets.source,
        tickets.stream,
        tickets.record_id,
        tickets.ticket_id,
        tickets.extracted_at,
        unnest([
            {
                'part': 'first reply', 'actor_role': 'agent',
                'occurred_at': coalesce(tickets.first_responded_at, tickets.agent_responded_at)
            },
            {
                'part': 'latest reply', 'actor_role': 'agent',
                'occurred_at': case
                    when tickets.agent_responded_at > tickets.first_responded_at
                        then tickets.agent_responded_at
                end
            },
            {
                'part': 'latest answer', 'actor_role': 'customer',
                'occurred_at': tickets.requester_responded_at
            }
        ]) as reply,
    from tickets
    anti join conversations
        on tickets.source = conversations.source and tickets.ticket_id = conversations.ticket_id

),

replied as (

    select
        source,
        stream,
        record_id,
        ticket_id,
        reply.occurred_at,
        extracted_at,
        'comment' as event,
        reply.part,
        4 as place,
        reply.actor_role,
        true as is_public,
    from replies
    where reply.occurred_at is not null

),

-- 101 and more are happy. 100, neither happy nor unhappy, is rated and not good, as in Freshdesk's
-- own satisfaction score. What is none of its numbers is no rating: the answer is in quarantine.
ratings as (

    select
        source,
        stream,
        record_id,
        ticket_id,
        created_at as occurred_at,
        extracted_at,
        'satisfaction' as event,
        'satisfaction' as part,
        9 as place,
        'customer' as actor_role,
        case when try_cast(rating as integer) > 100 then 'good' else 'bad' end as value,
    from {{ ref('stg_freshdesk__satisfaction_ratings') }}
    where try_cast(rating as integer) in (103, 102, 101, 100, -101, -102, -103)

),

everything as (

    select * from created
    union all by name
    select * from reached
    union all by name
    select * from resolved_before
    union all by name
    select * from current_status
    union all by name
    select * from comments
    union all by name
    select * from replied
    union all by name
    select * from ratings

)

select
    source,
    stream,
    record_id,
    concat_ws('|', source, stream, record_id, part) as case_event_id,
    ticket_id as case_id,
    occurred_at,
    row_number() over (
        partition by source, ticket_id
        order by occurred_at, place, record_id, part
    ) as sequence,
    event,
    actor_role,
    is_public,
    value,
    extracted_at,
from everything
