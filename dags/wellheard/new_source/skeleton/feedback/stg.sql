with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "survey_id": "VARCHAR", "customer_id": "VARCHAR", "submitted_at": "VARCHAR",
                "answers": [{"question_id": "VARCHAR", "value": "VARCHAR"}]
            }'
        ) as sent
    from {{ newest_copies('vendorname__vendorstream') }}

)

select
    source,
    stream,
    record_id,
    sent.survey_id,
    {{ text_or_null('sent.customer_id') }} as customer_id,
    sent.answers,
    {{ moment_or_null('sent.submitted_at') }} as submitted_at,
    changed_at,
    extracted_at,
from landed
