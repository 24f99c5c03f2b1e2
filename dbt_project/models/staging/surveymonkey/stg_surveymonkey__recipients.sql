with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR", "mail_status": "VARCHAR", "survey_response_status": "VARCHAR",
                "extra_fields": {"customer_id": "VARCHAR"}
            }'
        ) as sent
    from {{ newest_copies('surveymonkey__recipients') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        split_part(record_id, '/', 1) as survey_id,
        split_part(record_id, '/', 2) as collector_id,
        split_part(record_id, '/', 3) as message_id,
        split_part(record_id, '/', 4) as recipient_id,
        coalesce(
            {{ text_or_null('sent.extra_fields.customer_id') }},
            source || ':' || split_part(record_id, '/', 4)
        ) as customer_key,
        sent.mail_status,
        sent.survey_response_status,
        -- The connector dates a recipient by the invitation that went to them.
        changed_at as sent_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
