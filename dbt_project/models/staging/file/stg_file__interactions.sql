{{ config(materialized='view') }}

-- In an increment, the records that landed since (macros/landed_since.sql).
with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "interaction_id": "VARCHAR", "customer_key": "VARCHAR",
                "touchpoint": "VARCHAR", "journey_stage": "VARCHAR", "channel": "VARCHAR",
                "occurred_at": "VARCHAR"
            }'
        ) as sent
    from {{ newest_of_file('interactions') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        coalesce({{ text_or_null('sent.interaction_id') }}, record_id) as interaction_id,
        {{ text_or_null('sent.customer_key') }} as customer_key,
        {{ text_or_null('sent.touchpoint') }} as touchpoint,
        {{ text_or_null('sent.journey_stage') }} as journey_stage,
        {{ text_or_null('sent.channel') }} as channel,
        {{ moment_or_null('sent.occurred_at') }} as occurred_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
