with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR", "created_at": "VARCHAR", "updated_at": "VARCHAR",
                "priority": "VARCHAR", "status": "VARCHAR", "requester_id": "VARCHAR",
                "via": {"channel": "VARCHAR"},
                "satisfaction_rating": {"score": "VARCHAR", "comment": "VARCHAR"}
            }'
        ) as sent
    from {{ source('raw', 'zendesk__tickets') }}
    {{ newest_copy() }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        sent.id as ticket_id,
        sent.requester_id,
        sent.priority,
        sent.status,
        sent.via.channel as via_channel,
        sent.satisfaction_rating.score as satisfaction_score,
        {{ text_or_null('sent.satisfaction_rating.comment') }} as satisfaction_comment,
        {{ moment_or_null('sent.created_at') }} as created_at,
        {{ moment_or_null('sent.updated_at') }} as updated_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
