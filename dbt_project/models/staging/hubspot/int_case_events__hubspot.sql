-- What a ticket's own times say: that it was created, first answered and (last) closed. Who
-- created or closed it they do not say, nor when it was reopened in between.
with tickets as (

    select * from {{ ref('stg_hubspot__tickets') }}

),

created as (

    select
        *,
        'created' as event,
        created_at as occurred_at,
        1 as position,
        cast(null as varchar) as actor_role,
        cast(null as boolean) as is_public,
        cast(null as varchar) as value,
    from tickets
    where created_at is not null

),

replied as (

    select
        *,
        'comment' as event,
        first_replied_at as occurred_at,
        2 as position,
        'agent' as actor_role,
        true as is_public,
        cast(null as varchar) as value,
    from tickets
    where first_replied_at is not null

),

closed as (

    select
        *,
        'status' as event,
        closed_at as occurred_at,
        3 as position,
        cast(null as varchar) as actor_role,
        cast(null as boolean) as is_public,
        'closed' as value,
    from tickets
    where closed_at is not null

),

everything as (

    select * from created
    union all by name
    select * from replied
    union all by name
    select * from closed

)

select
    source,
    stream,
    record_id,
    concat_ws('|', source, stream, record_id, event) as case_event_id,
    ticket_id as case_id,
    occurred_at,
    row_number() over (
        partition by source, ticket_id
        order by occurred_at, position
    ) as sequence,
    event,
    actor_role,
    is_public,
    value,
    changed_at,
    extracted_at,
from everything
