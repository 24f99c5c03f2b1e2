with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "title": "VARCHAR",
                "questions": [{
                    "id": "VARCHAR", "label": "VARCHAR", "accepted_ratings": ["INTEGER"]
                }]
            }'
        ) as sent
    from {{ newest_copies('freshdesk__surveys') }}

),

questions as (

    select
        * exclude (sent),
        sent.title,
        unnest(sent.questions) as question,
        generate_subscripts(sent.questions, 1) as position,
    from landed

),

renamed as (

    select
        source,
        stream,
        record_id,
        position,
        record_id as survey_id,
        question.id as question_id,
        title as survey_title,
        question.label as question_title,
        -- From the unhappiest on: a rating is known by its place here, whatever numbers a survey
        -- of three, five or seven points uses.
        list_sort(list_distinct(question.accepted_ratings)) as accepted_ratings,
        changed_at,
    from questions

)

select * from renamed
