with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "response_id": "VARCHAR", "token": "VARCHAR", "response_type": "VARCHAR",
                "landed_at": "VARCHAR", "submitted_at": "VARCHAR",
                "hidden": {
                    "customer_id": "VARCHAR", "channel": "VARCHAR", "touchpoint": "VARCHAR",
                    "journey_stage": "VARCHAR", "segment": "VARCHAR", "language": "VARCHAR",
                    "weight": "VARCHAR"
                },
                "answers": ["JSON"]
            }'
        ) as sent
    from {{ source('raw', 'typeform__responses') }}
    {{ newest_copy() }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        split_part(record_id, '/', 1) as form_id,
        coalesce(sent.response_id, sent.token, split_part(record_id, '/', 2)) as response_id,
        {{ text_or_null('sent.hidden.customer_id') }} as customer_id,
        {{ text_or_null('sent.hidden.channel') }} as channel,
        {{ text_or_null('sent.hidden.touchpoint') }} as touchpoint,
        {{ text_or_null('sent.hidden.journey_stage') }} as journey_stage,
        {{ text_or_null('sent.hidden.segment') }} as segment,
        {{ text_or_null('sent.hidden.language') }} as language,
        {{ text_or_null('sent.hidden.weight') }} as weight,
        coalesce(sent.answers, []) as answers,
        coalesce(sent.response_type, 'completed') = 'completed' as is_completed,
        {{ moment_or_null('sent.submitted_at') }} as submitted_at,
        {{ moment_or_null('sent.landed_at') }} as landed_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
