select
    tickets.source,
    tickets.stream,
    tickets.record_id,
    tickets.ticket_id as case_id,
    tickets.created_at,
    tickets.priority,
    coalesce(
        contacts.customer_key,
        tickets.source || ':' || tickets.requester_id
    ) as customer_key,
    tickets.channel,
    -- A customer's own schedule, or their company's, comes before the priority's.
    coalesce(contacts.schedule, companies.schedule) as schedule,
    cast(null as integer) as first_reply_target_minutes,
    tickets.is_deleted,
    tickets.changed_at,
    tickets.extracted_at,
from {{ ref('stg_freshdesk__tickets') }} as tickets
left join {{ ref('stg_freshdesk__contacts') }} as contacts
    on tickets.source = contacts.source and tickets.requester_id = contacts.contact_id
left join {{ ref('stg_freshdesk__companies') }} as companies
    on contacts.source = companies.source and contacts.company_id = companies.company_id
