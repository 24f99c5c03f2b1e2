with tickets as (

    select * from {{ ref('stg_request_tracker__tickets') }}

),

-- The statuses of RT's own lifecycle; case_statuses.csv explains a company's own ones.
transactions as (

    select
        *,
        case status
            when 'stalled' then 'pending'
            when 'resolved' then 'solved'
            when 'rejected' then 'closed'
            else status
        end as value,
    from {{ ref('stg_request_tracker__transactions') }}

),

created as (

    select
        source,
        stream,
        record_id,
        ticket_id,
        created_at as occurred_at,
        cast(0 as bigint) as place,
        'created' as event,
        creator_id as actor_id,
        true as is_public,
        cast(null as varchar) as value,
        changed_at,
        extracted_at,
    from tickets

),

happened as (

    select
        source,
        stream,
        record_id,
        ticket_id,
        occurred_at,
        try_cast(record_id as bigint) as place,
        case
            when type in ('Correspond', 'Comment') then 'comment'
            when value is not null then 'status'
        end as event,
        creator_id as actor_id,
        -- What RT calls correspondence goes to the requestors, a comment to the staff.
        case
            when type in ('Correspond', 'Comment') then type = 'Correspond'
        end as is_public,
        case when type not in ('Correspond', 'Comment') then value end as value,
        changed_at,
        extracted_at,
    from transactions
    where type in ('Correspond', 'Comment') or value is not null

),

everything as (

    select * from created
    union all by name
    select * from happened

)

select
    everything.source,
    everything.stream,
    everything.record_id,
    concat_ws(
        '|', everything.source, everything.stream, everything.record_id, everything.event
    ) as case_event_id,
    everything.ticket_id as case_id,
    everything.occurred_at,
    row_number() over (
        partition by everything.source, everything.ticket_id
        order by everything.occurred_at, everything.place, everything.record_id
    ) as sequence,
    everything.event,
    case
        when users.role is not null then users.role
        when everything.actor_id = tickets.requestor_id then 'customer'
    end as actor_role,
    everything.is_public,
    everything.value,
    everything.changed_at,
    everything.extracted_at,
from everything
left join tickets
    on everything.source = tickets.source and everything.ticket_id = tickets.ticket_id
left join {{ ref('stg_request_tracker__users') }} as users
    on everything.source = users.source and everything.actor_id = users.user_id
