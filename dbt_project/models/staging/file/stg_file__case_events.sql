{{ config(materialized='view') }}

-- In an increment, the records that landed since (macros/landed_since.sql).
with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "case_event_id": "VARCHAR", "case_id": "VARCHAR", "occurred_at": "VARCHAR",
                "sequence": "BIGINT", "event": "VARCHAR", "actor_role": "VARCHAR",
                "is_public": "BOOLEAN", "value": "VARCHAR", "_line": "BIGINT"
            }'
        ) as sent
    from {{ newest_of_file('case_events') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        coalesce({{ text_or_null('sent.case_event_id') }}, record_id) as case_event_id,
        {{ text_or_null('sent.case_id') }} as case_id,
        {{ text_or_null('sent.event') }} as event,
        {{ text_or_null('sent.actor_role') }} as actor_role,
        {{ text_or_null('sent.value') }} as value,
        coalesce(sent.sequence, sent._line, 0) as sequence,
        sent.is_public,
        {{ moment_or_null('sent.occurred_at') }} as occurred_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
