with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR", "survey_id": "VARCHAR", "collector_id": "VARCHAR",
                "recipient_id": "VARCHAR", "response_status": "VARCHAR",
                "collection_mode": "VARCHAR", "date_created": "VARCHAR", "date_modified": "VARCHAR",
                "custom_variables": {
                    "customer_id": "VARCHAR", "channel": "VARCHAR", "touchpoint": "VARCHAR",
                    "journey_stage": "VARCHAR", "segment": "VARCHAR", "language": "VARCHAR",
                    "weight": "VARCHAR"
                },
                "pages": [{
                    "questions": [{
                        "id": "VARCHAR",
                        "answers": [{
                            "choice_id": "VARCHAR", "row_id": "VARCHAR", "col_id": "VARCHAR",
                            "other_id": "VARCHAR", "text": "VARCHAR",
                            "choice_metadata": {"weight": "VARCHAR"}
                        }]
                    }]
                }]
            }'
        ) as sent
    from {{ newest_copies('surveymonkey__responses') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        sent.survey_id,
        coalesce(sent.id, record_id) as response_id,
        sent.collector_id,
        -- Who came by a link has the recipient "" or "0".
        nullif({{ text_or_null('sent.recipient_id') }}, '0') as recipient_id,
        {{ text_or_null('sent.custom_variables.customer_id') }} as customer_id,
        {{ text_or_null('sent.custom_variables.channel') }} as channel,
        {{ text_or_null('sent.custom_variables.touchpoint') }} as touchpoint,
        {{ text_or_null('sent.custom_variables.journey_stage') }} as journey_stage,
        {{ text_or_null('sent.custom_variables.segment') }} as segment,
        {{ text_or_null('sent.custom_variables.language') }} as language,
        {{ text_or_null('sent.custom_variables.weight') }} as weight,
        sent.response_status,
        coalesce(sent.pages, []) as pages,
        -- A preview is the survey's author trying it out.
        coalesce(
            sent.response_status = 'completed'
            and coalesce(sent.collection_mode, 'default') not in ('preview', 'survey_preview'),
            false
        ) as is_completed,
        {{ moment_or_null('sent.date_created') }} as created_at,
        {{ moment_or_null('sent.date_modified') }} as modified_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
