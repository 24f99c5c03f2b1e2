with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR", "author": {"id": "VARCHAR"}, "creator": {"id": "VARCHAR"},
                "date": "VARCHAR", "creation": "VARCHAR", "messageid": "VARCHAR"
            }'
        ) as sent
    from {{ newest_copies('roundup__messages') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        record_id as message_id,
        coalesce(sent.author.id, sent.creator.id) as author_id,
        -- What came by mail keeps its own id. What was written in the tracker has none, or one
        -- that Roundup makes of the issue's number when it passes the message on.
        sent.messageid is not null and not regexp_matches(sent.messageid, '\.issue[0-9]*@')
            as is_mail,
        coalesce({{ roundup_moment('sent.date') }}, {{ roundup_moment('sent.creation') }})
            as written_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
