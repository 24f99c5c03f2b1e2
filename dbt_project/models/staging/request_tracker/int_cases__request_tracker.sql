with tickets as (

    select * from {{ ref('stg_request_tracker__tickets') }}

),

transactions as (

    select * from {{ ref('stg_request_tracker__transactions') }}

),

-- RT never shows a deleted ticket again, and does not date a merger in the ticket: its transactions
-- tell of both.
fates as (

    select
        source,
        ticket_id,
        -- The latest status: those that are null do not count.
        coalesce(
            arg_max(status, (occurred_at, try_cast(record_id as bigint))) = 'deleted', false
        ) as is_deleted,
        coalesce(bool_or(merged_into_id != ticket_id), false) as is_merged,
    from transactions
    group by source, ticket_id

),

unseen as (

    select
        created.source,
        created.stream,
        created.record_id,
        created.ticket_id as case_id,
        created.occurred_at as created_at,
        cast(null as varchar) as priority,
        cast(null as varchar) as customer_key,
        true as is_deleted,
        created.changed_at,
        created.extracted_at,
    from transactions as created
    inner join fates
        on
            created.source = fates.source
            and created.ticket_id = fates.ticket_id
            and (fates.is_deleted or fates.is_merged)
    anti join tickets
        on created.source = tickets.source and created.ticket_id = tickets.ticket_id
    where created.type = 'Create'

),

seen as (

    select
        tickets.source,
        tickets.stream,
        tickets.record_id,
        tickets.ticket_id as case_id,
        tickets.created_at,
        tickets.priority,
        case
            when tickets.requestor_id is not null
                then coalesce(
                    requestors.customer_key, tickets.source || ':' || tickets.requestor_id
                )
            -- Without a requestor a customer's ticket is its creator's, an agent's nobody's.
            when creators.role = 'customer' then creators.customer_key
        end as customer_key,
        coalesce(fates.is_deleted, tickets.status = 'deleted', false)
        or tickets.is_merged
        or coalesce(fates.is_merged, false) as is_deleted,
        tickets.changed_at,
        tickets.extracted_at,
    from tickets
    left join fates
        on tickets.source = fates.source and tickets.ticket_id = fates.ticket_id
    left join {{ ref('stg_request_tracker__users') }} as requestors
        on tickets.source = requestors.source and tickets.requestor_id = requestors.user_id
    left join {{ ref('stg_request_tracker__users') }} as creators
        on tickets.source = creators.source and tickets.creator_id = creators.user_id

),

everything as (

    select * from seen
    union all by name
    select * from unseen

)

select
    *,
    -- RT keeps how a ticket came in within its mails alone.
    cast(null as varchar) as channel,
    cast(null as varchar) as schedule,
    cast(null as integer) as first_reply_target_minutes,
from everything
