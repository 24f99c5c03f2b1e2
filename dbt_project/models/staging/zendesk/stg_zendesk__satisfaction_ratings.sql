with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR", "ticket_id": "VARCHAR", "requester_id": "VARCHAR",
                "score": "VARCHAR", "comment": "VARCHAR", "reason": "VARCHAR",
                "created_at": "VARCHAR", "updated_at": "VARCHAR"
            }'
        ) as sent
    from {{ newest_copies('zendesk__satisfaction_ratings') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        sent.ticket_id,
        sent.requester_id,
        sent.score,
        {{ text_or_null('sent.comment') }} as comment,
        {{ text_or_null('sent.reason') }} as reason,
        coalesce({{ moment_or_null('sent.created_at') }}, changed_at) as created_at,
        coalesce({{ moment_or_null('sent.updated_at') }}, changed_at) as updated_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
