with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "archived": "BOOLEAN", "createdAt": "VARCHAR",
                "properties": {
                    "hs_pipeline": "VARCHAR", "hs_pipeline_stage": "VARCHAR",
                    "hs_ticket_priority": "VARCHAR", "hs_ticket_category": "VARCHAR",
                    "source_type": "VARCHAR", "createdate": "VARCHAR",
                    "first_agent_reply_date": "VARCHAR", "closed_date": "VARCHAR",
                    "time_to_close": "VARCHAR"
                }
            }'
        ) as sent
    from {{ newest_copies('hubspot__tickets') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        record_id as ticket_id,
        {{ text_or_null('sent.properties.hs_pipeline') }} as pipeline_id,
        {{ text_or_null('sent.properties.hs_pipeline_stage') }} as stage_id,
        {{ text_or_null('sent.properties.hs_ticket_category') }} as category,
        lower({{ text_or_null('sent.properties.hs_ticket_priority') }}) as priority,
        {{ text_or_null('sent.properties.source_type') }} as source_type,
        {{ number_or_null('sent.properties.time_to_close') }} as milliseconds_to_close,
        coalesce(sent.archived, false) as is_deleted,
        coalesce(
            {{ hubspot_moment('sent.properties.createdate') }},
            {{ hubspot_moment('sent."createdAt"') }}
        ) as created_at,
        {{ hubspot_moment('sent.properties.first_agent_reply_date') }} as first_replied_at,
        {{ hubspot_moment('sent.properties.closed_date') }} as closed_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
