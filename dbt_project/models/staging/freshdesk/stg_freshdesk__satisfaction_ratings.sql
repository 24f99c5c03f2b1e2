with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "survey_id": "VARCHAR", "ticket_id": "VARCHAR", "user_id": "VARCHAR",
                "feedback": "VARCHAR", "created_at": "VARCHAR", "ratings": "JSON"
            }'
        ) as sent
    from {{ newest_copies('freshdesk__satisfaction_ratings') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        record_id as rating_id,
        sent.survey_id,
        sent.ticket_id,
        sent.user_id,
        sent.ratings,
        {{ text_or_null("sent.ratings ->> '$.default_question'") }} as rating,
        {{ text_or_null('sent.feedback') }} as feedback,
        {{ moment_or_null('sent.created_at') }} as created_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
