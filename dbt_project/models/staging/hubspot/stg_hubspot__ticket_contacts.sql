with landed as (

    select
        *,
        from_json(payload, '{"to": [{"toObjectId": "VARCHAR"}]}') as sent
    from {{ newest_copies('hubspot__ticket_contacts') }}

)

select
    source,
    stream,
    record_id,
    record_id as ticket_id,
    -- HubSpot names the contact that was associated first, first.
    {{ text_or_null('sent."to"[1]."toObjectId"') }} as contact_id,
    len(sent."to") as count_contacts,
    changed_at,
    extracted_at,
from landed
