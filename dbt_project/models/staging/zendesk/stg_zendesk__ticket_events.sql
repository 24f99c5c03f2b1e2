with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR", "ticket_id": "VARCHAR", "updater_id": "VARCHAR",
                "created_at": "VARCHAR", "timestamp": "BIGINT", "via": "VARCHAR",
                "child_events": [{
                    "id": "VARCHAR", "event_type": "VARCHAR", "status": "VARCHAR",
                    "satisfaction_score": "VARCHAR", "author_id": "VARCHAR", "via": "VARCHAR",
                    "comment_present": "BOOLEAN", "comment_public": "BOOLEAN"
                }]
            }'
        ) as sent
    from {{ newest_copies('zendesk__ticket_events') }}

),

children as (

    select
        source,
        stream,
        record_id,
        sent,
        extracted_at,
        unnest(sent.child_events) as child,
        generate_subscripts(sent.child_events, 1) as position,
    from landed

),

renamed as (

    select
        source,
        stream,
        record_id,
        position,
        try_cast(coalesce(sent.id, record_id) as bigint) as audit_id,
        sent.ticket_id,
        sent.updater_id,
        child.author_id,
        child.event_type,
        lower(coalesce(child.via, sent.via)) as via,
        child.status,
        child.satisfaction_score,
        coalesce(child.comment_present, child.event_type = 'Comment') as is_comment,
        child.comment_public as is_public,
        coalesce({{ moment_or_null('sent.created_at') }}, to_timestamp(sent.timestamp))
            as occurred_at,
        extracted_at,
    from children

)

select * from renamed
