{{ config(materialized='view') }}

-- In an increment, the records that landed since (macros/landed_since.sql).
with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "case_id": "VARCHAR", "created_at": "VARCHAR", "priority": "VARCHAR",
                "customer_key": "VARCHAR", "channel": "VARCHAR", "schedule": "VARCHAR",
                "first_reply_target_minutes": "INTEGER", "is_deleted": "BOOLEAN",
                "tells_first_reply": "BOOLEAN", "tells_all_replies": "BOOLEAN",
                "tells_reopenings": "BOOLEAN"
            }'
        ) as sent
    from {{ newest_of_file('cases') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        {{ text_or_null('sent.case_id') }} as case_id,
        {{ text_or_null('sent.priority') }} as priority,
        {{ text_or_null('sent.customer_key') }} as customer_key,
        {{ text_or_null('sent.channel') }} as channel,
        {{ text_or_null('sent.schedule') }} as schedule,
        sent.first_reply_target_minutes,
        coalesce(sent.is_deleted, false) as is_deleted,
        sent.tells_first_reply,
        sent.tells_all_replies,
        sent.tells_reopenings,
        {{ moment_or_null('sent.created_at') }} as created_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
