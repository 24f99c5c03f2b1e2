with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR", "requestType": "VARCHAR", "requestStatus": "VARCHAR",
                "sendDate": "VARCHAR", "surveyLink": {"surveyId": "VARCHAR"}
            }'
        ) as sent
    from {{ newest_copies('qualtrics__distributions') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        coalesce(sent.id, record_id) as distribution_id,
        sent.surveylink.surveyid as survey_id,
        sent.requesttype as request_type,
        sent.requeststatus as request_status,
        {{ moment_or_null('sent.senddate') }} as sent_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
