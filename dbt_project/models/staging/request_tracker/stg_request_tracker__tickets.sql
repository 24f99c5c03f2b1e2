with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR", "EffectiveId": "VARCHAR", "Status": "VARCHAR",
                "Priority": "VARCHAR", "Created": "VARCHAR",
                "Creator": {"id": "VARCHAR", "type": "VARCHAR"},
                "Requestor": [{"id": "VARCHAR", "type": "VARCHAR"}]
            }'
        ) as sent
    from {{ newest_copies('request_tracker__tickets') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        record_id as ticket_id,
        -- The first requestor counts; a group can be one too.
        list_filter(sent.requestor, lambda who: who.type = 'user')[1].id as requestor_id,
        sent.creator.id as creator_id,
        {{ text_or_null('sent.priority') }} as priority,
        {{ text_or_null('sent.status') }} as status,
        coalesce(sent.effectiveid != record_id, false) as is_merged,
        {{ moment_or_null('sent.created') }} as created_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
