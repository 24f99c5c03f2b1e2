select
    tickets.source,
    tickets.stream,
    tickets.record_id,
    tickets.ticket_id as case_id,
    tickets.created_at,
    tickets.priority,
    case
        when links.contact_id is not null
            then coalesce(customers.customer_key, tickets.source || ':contact:' || links.contact_id)
    end as customer_key,
    -- How HubSpot names the way a ticket came in, in the words of channels.csv.
    case upper(tickets.source_type)
        when 'EMAIL' then 'email'
        when 'FORM' then 'web'
        when 'CHAT' then 'chat'
        when 'PHONE' then 'phone'
        else tickets.source_type
    end as channel,
    cast(null as varchar) as schedule,
    cast(null as integer) as first_reply_target_minutes,
    tickets.is_deleted,
    -- A ticket's times are those of its first reply and its latest closing.
    false as tells_all_replies,
    false as tells_reopenings,
    tickets.changed_at,
    tickets.extracted_at,
from {{ ref('stg_hubspot__tickets') }} as tickets
left join {{ ref('stg_hubspot__ticket_contacts') }} as links
    on tickets.source = links.source and tickets.ticket_id = links.ticket_id
left join {{ ref('stg_hubspot__contacts') }} as customers
    on links.source = customers.source and links.contact_id = customers.contact_id
