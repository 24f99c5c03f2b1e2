-- A row of a CSV export holds what a JSON export keeps under `values`, under the same names.
with landed as (

    select
        *,
        coalesce(json_extract(payload, '$.values'), cast(payload as json)) as answers,
    from {{ newest_copies('qualtrics__responses') }}

),

parsed as (

    select
        *,
        from_json(
            answers,
            '{
                "recordedDate": "VARCHAR", "endDate": "VARCHAR", "finished": "VARCHAR",
                "status": "VARCHAR", "userLanguage": "VARCHAR", "externalDataReference": "VARCHAR",
                "channel": "VARCHAR", "touchpoint": "VARCHAR", "journey_stage": "VARCHAR",
                "segment": "VARCHAR", "language": "VARCHAR", "weight": "VARCHAR"
            }'
        ) as sent
    from landed

),

renamed as (

    select
        source,
        stream,
        record_id,
        split_part(record_id, '/', 1) as survey_id,
        split_part(record_id, '/', 2) as response_id,
        {{ text_or_null('sent.externaldatareference') }} as external_id,
        {{ text_or_null('sent.channel') }} as channel,
        {{ text_or_null('sent.touchpoint') }} as touchpoint,
        {{ text_or_null('sent.journey_stage') }} as journey_stage,
        {{ text_or_null('sent.segment') }} as segment,
        {{ text_or_null('sent.weight') }} as weight,
        coalesce(
            {{ text_or_null('sent.language') }},
            lower(split_part({{ text_or_null('sent.userlanguage') }}, '-', 1))
        ) as language,
        answers,
        -- Status 1, 2, 9 and 17 are previews and tests by the survey's author.
        coalesce(
            lower(sent.finished) in ('1', 'true')
            and coalesce(sent.status, '0') not in ('1', '2', '9', '17'),
            false
        ) as is_completed,
        -- CSV has no parts of a second.
        date_trunc('second', {{ moment_or_null('sent.recordeddate') }}) as recorded_at,
        changed_at,
        extracted_at,
    from parsed

)

select * from renamed
