with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR", "type": "VARCHAR", "status": "VARCHAR",
                "response_count": "VARCHAR", "date_created": "VARCHAR"
            }'
        ) as sent
    from {{ newest_copies('surveymonkey__collectors') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        split_part(record_id, '/', 1) as survey_id,
        split_part(record_id, '/', 2) as collector_id,
        sent.type as collector_type,
        sent.status,
        try_cast(sent.response_count as bigint) as count_responses,
        {{ moment_or_null('sent.date_created') }} as created_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
