select
    tickets.source,
    tickets.stream,
    tickets.record_id,
    tickets.ticket_id as case_id,
    tickets.created_at,
    tickets.priority,
    coalesce(
        users.customer_key,
        tickets.source || ':' || tickets.requester_id
    ) as customer_key,
    tickets.channel,
    -- A customer's own schedule comes before the priority's.
    users.schedule,
    cast(null as integer) as first_reply_target_minutes,
    tickets.is_gone as is_deleted,
    tickets.changed_at,
    tickets.extracted_at,
from {{ ref('int_tickets__zendesk') }} as tickets
left join {{ ref('stg_zendesk__users') }} as users
    on tickets.source = users.source and tickets.requester_id = users.user_id
