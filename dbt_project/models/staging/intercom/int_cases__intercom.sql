select
    conversations.source,
    conversations.stream,
    conversations.record_id,
    conversations.conversation_id as case_id,
    conversations.created_at,
    conversations.priority,
    coalesce(
        contacts.customer_key,
        conversations.contact_external_id,
        conversations.source || ':' || conversations.contact_id
    ) as customer_key,
    conversations.channel,
    -- A customer's own schedule, or their company's, comes before the priority's.
    coalesce(contacts.schedule, companies.schedule) as schedule,
    cast(null as integer) as first_reply_target_minutes,
    -- A deleted conversation is not sent any more.
    false as is_deleted,
    conversations.changed_at,
    conversations.extracted_at,
from {{ ref('stg_intercom__conversations') }} as conversations
left join {{ ref('stg_intercom__contacts') }} as contacts
    on
        conversations.source = contacts.source
        and conversations.contact_id = contacts.contact_id
left join {{ ref('stg_intercom__companies') }} as companies
    on contacts.source = companies.source and contacts.company_id = companies.company_id
