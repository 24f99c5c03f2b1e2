with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "IsDeleted": "VARCHAR", "ParentId": "VARCHAR", "IsPublished": "VARCHAR",
                "CreatedById": "VARCHAR", "CreatedDate": "VARCHAR"
            }'
        ) as sent
    from {{ newest_copies('salesforce__case_comments') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        {{ text_or_null('sent.parentid') }} as case_id,
        {{ text_or_null('sent.createdbyid') }} as user_id,
        try_cast(sent.ispublished as boolean) as is_published,
        coalesce(try_cast(sent.isdeleted as boolean), false) as is_deleted,
        {{ moment_or_null('sent.createddate') }} as created_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
