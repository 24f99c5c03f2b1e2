with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR", "created_at": "VARCHAR", "updated_at": "VARCHAR",
                "priority": "VARCHAR", "status": "VARCHAR", "requester_id": "VARCHAR",
                "subject": "VARCHAR", "description": "VARCHAR", "tags": ["VARCHAR"],
                "via": {"channel": "VARCHAR", "source": {"rel": "VARCHAR"}},
                "satisfaction_rating": {"score": "VARCHAR", "comment": "VARCHAR"}
            }'
        ) as sent
    from {{ newest_copies('zendesk__tickets') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        coalesce(sent.id, record_id) as ticket_id,
        sent.requester_id,
        sent.priority,
        sent.status,
        sent.via.channel as via_channel,
        sent.via.source.rel as via_relation,
        sent.satisfaction_rating.score as satisfaction_score,
        {{ text_or_null('sent.satisfaction_rating.comment') }} as satisfaction_comment,
        -- What Zendesk leaves of a ticket some weeks after it was deleted.
        coalesce(sent.subject = 'SCRUBBED' and sent.description = 'X', false) as is_scrubbed,
        coalesce(list_contains(sent.tags, 'closed_by_merge'), false) as is_merged,
        {{ moment_or_null('sent.created_at') }} as created_at,
        {{ moment_or_null('sent.updated_at') }} as updated_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
