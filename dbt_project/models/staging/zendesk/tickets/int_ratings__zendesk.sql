{{ config(materialized='view') }}

-- Zendesk tells a rating up to three times: in its list of ratings, in the ticket's events and on
-- the ticket. The list comes first. An event counts where the list does not know as much yet, the
-- ticket's own score where neither names it.
with listed as (

    select * from {{ ref('stg_zendesk__satisfaction_ratings') }}
    where score != 'unoffered'

),

newest as (

    select
        source,
        ticket_id,
        max(updated_at) as updated_at,
    from listed
    group by
        source,
        ticket_id

),

offers as (

    select
        source,
        stream,
        record_id,
        ticket_id,
        requester_id,
        cast(0 as bigint) as position,
        cast(null as bigint) as audit_id,
        created_at as occurred_at,
        'offered' as value,
        cast(null as varchar) as actor_id,
        extracted_at,
    from listed

),

given as (

    select
        source,
        stream,
        record_id,
        ticket_id,
        requester_id,
        cast(1 as bigint) as position,
        cast(null as bigint) as audit_id,
        updated_at as occurred_at,
        -- "Good with comment" is "good": the comment stands elsewhere.
        replace(score, '_with_comment', '') as value,
        requester_id as actor_id,
        extracted_at,
    from listed
    where score != 'offered'

),

-- The clocks of an audit and of its rating may lie seconds apart.
events as (

    select
        events.source,
        events.stream,
        events.record_id,
        events.ticket_id,
        cast(null as varchar) as requester_id,
        events.position,
        events.audit_id,
        events.occurred_at,
        replace(events.satisfaction_score, '_with_comment', '') as value,
        cast(null as varchar) as actor_id,
        events.extracted_at,
    from {{ ref('stg_zendesk__ticket_events') }} as events
    left join newest
        on events.source = newest.source and events.ticket_id = newest.ticket_id
    where
        events.satisfaction_score != 'unoffered'
        and (
            newest.updated_at is null
            or events.occurred_at > newest.updated_at + interval 1 minute
        )

),

known as (

    select * from offers
    union all by name
    select * from given
    union all by name
    select * from events

),

of_tickets as (

    select
        tickets.source,
        tickets.stream,
        tickets.record_id,
        tickets.ticket_id,
        cast(null as varchar) as requester_id,
        cast(0 as bigint) as position,
        cast(9223372036854775807 as bigint) as audit_id,
        tickets.updated_at as occurred_at,
        replace(tickets.satisfaction_score, '_with_comment', '') as value,
        cast(null as varchar) as actor_id,
        tickets.extracted_at,
    from {{ ref('stg_zendesk__tickets') }} as tickets
    anti join known
        on
            tickets.source = known.source
            and tickets.ticket_id = known.ticket_id
            and replace(tickets.satisfaction_score, '_with_comment', '') = known.value
    where tickets.satisfaction_score != 'unoffered'

)

select * from known
union all by name
select * from of_tickets
