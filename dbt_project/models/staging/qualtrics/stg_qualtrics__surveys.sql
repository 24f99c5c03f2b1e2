with landed as (

    select
        *,
        payload ->> '$.name' as survey_title,
        unnest(json_keys(payload, '$.questions')) as question_id,
    from (
        select * from {{ newest_copies('qualtrics__surveys') }}
    )

),

questions as (

    select
        *,
        from_json(
            json_extract(payload, '$.questions."' || replace(question_id, '"', '') || '"'),
            '{
                "questionText": "VARCHAR", "questionName": "VARCHAR",
                "questionType": {"type": "VARCHAR", "selector": "VARCHAR"}
            }'
        ) as question,
    from landed

),

renamed as (

    select
        source,
        stream,
        record_id,
        record_id as survey_id,
        question_id,
        survey_title,
        question.questiontext as question_title,
        question.questionname as question_name,
        question.questiontype.type as question_type,
        question.questiontype.selector as question_selector,
        changed_at,
    from questions

)

select * from renamed
