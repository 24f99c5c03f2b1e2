-- Intercom asks for a rating in the conversation itself, and shows when it did.
select
    conversations.source,
    conversations.stream,
    conversations.record_id,
    concat_ws('|', 'conversation_rating', conversations.conversation_id) as invitation_id,
    'conversation_rating' as survey_id,
    coalesce(
        contacts.customer_key,
        conversations.contact_external_id,
        conversations.source || ':' || conversations.contact_id
    ) as customer_key,
    conversations.channel,
    conversations.rating_requested_at as sent_at,
    case when conversations.rating is null then 'unanswered' else 'answered' end as outcome,
    conversations.changed_at,
    conversations.extracted_at,
from {{ ref('stg_intercom__conversations') }} as conversations
left join {{ ref('stg_intercom__contacts') }} as contacts
    on
        conversations.source = contacts.source
        and conversations.contact_id = contacts.contact_id
where conversations.rating_requested_at is not null
