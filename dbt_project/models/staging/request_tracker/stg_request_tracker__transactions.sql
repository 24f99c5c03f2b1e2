with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR", "Type": "VARCHAR", "Field": "VARCHAR", "NewValue": "VARCHAR",
                "Created": "VARCHAR", "Creator": {"id": "VARCHAR"}, "ObjectId": "VARCHAR"
            }'
        ) as sent
    from {{ newest_copies('request_tracker__transactions') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        sent.objectid as ticket_id,
        sent.creator.id as creator_id,
        sent.type,
        case when sent.type in ('Status', 'Set') and sent.field = 'Status' then sent.newvalue end
            as status,
        -- Both tickets get the note of a merger; it names the one that stays, by its address.
        case
            when sent.type = 'AddLink' and sent.field = 'MergedInto'
                then regexp_extract(sent.newvalue, '/ticket/([0-9]+)$', 1)
        end as merged_into_id,
        coalesce({{ moment_or_null('sent.created') }}, changed_at) as occurred_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
