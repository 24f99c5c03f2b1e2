with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "IsDeleted": "VARCHAR", "ParentId": "VARCHAR", "Incoming": "VARCHAR",
                "Status": "VARCHAR", "MessageDate": "VARCHAR", "CreatedById": "VARCHAR"
            }'
        ) as sent
    from {{ newest_copies('salesforce__emails') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        {{ text_or_null('sent.parentid') }} as case_id,
        {{ text_or_null('sent.createdbyid') }} as user_id,
        -- 0 new, 1 read, 2 replied, 3 sent, 4 forwarded, 5 draft.
        {{ text_or_null('sent.status') }} as status,
        coalesce(try_cast(sent.incoming as boolean), false) as is_incoming,
        coalesce(try_cast(sent.isdeleted as boolean), false) as is_deleted,
        {{ moment_or_null('sent.messagedate') }} as sent_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
