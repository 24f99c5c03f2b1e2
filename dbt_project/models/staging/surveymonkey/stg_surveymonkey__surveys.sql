with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR", "title": "VARCHAR", "language": "VARCHAR",
                "pages": [{
                    "questions": [{
                        "id": "VARCHAR", "family": "VARCHAR", "subtype": "VARCHAR",
                        "headings": [{"heading": "VARCHAR"}],
                        "answers": {
                            "rows": [{"id": "VARCHAR", "text": "VARCHAR"}],
                            "choices": [{
                                "id": "VARCHAR", "text": "VARCHAR", "position": "VARCHAR",
                                "weight": "VARCHAR", "is_na": "VARCHAR"
                            }]
                        }
                    }]
                }]
            }'
        ) as sent
    from {{ newest_copies('surveymonkey__surveys') }}

),

pages as (

    select
        source,
        stream,
        record_id,
        sent,
        changed_at,
        unnest(sent.pages) as page,
    from landed

),

questions as (

    select
        * exclude (page),
        unnest(page.questions) as question,
    from pages

),

renamed as (

    select
        source,
        stream,
        record_id,
        coalesce(sent.id, record_id) as survey_id,
        question.id as question_id,
        sent.title as survey_title,
        question.headings[1].heading as question_title,
        question.family as question_family,
        question.subtype as question_subtype,
        question.answers.choices,
        coalesce(len(question.answers.rows), 0) as count_rows,
        changed_at,
    from questions
    where question.id is not null

)

select * from renamed
