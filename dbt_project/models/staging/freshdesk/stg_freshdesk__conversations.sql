with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "ticket_id": "VARCHAR", "user_id": "VARCHAR", "source": "VARCHAR",
                "incoming": "VARCHAR", "private": "VARCHAR", "created_at": "VARCHAR"
            }'
        ) as sent
    from {{ newest_copies('freshdesk__conversations') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        sent.ticket_id,
        sent.user_id,
        coalesce(try_cast(sent.incoming as boolean), false) as is_incoming,
        -- Source 8 is a forward to somebody else, 6 what the customer wrote beside a rating.
        coalesce(sent.source = '6', false) as is_survey_feedback,
        not coalesce(try_cast(sent.private as boolean), false)
        and coalesce(sent.source, '') != '8' as is_public,
        {{ moment_or_null('sent.created_at') }} as created_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
