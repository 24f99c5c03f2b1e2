with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "IsDeleted": "VARCHAR", "CaseId": "VARCHAR", "Field": "VARCHAR",
                "OldValue": "VARCHAR", "NewValue": "VARCHAR", "CreatedById": "VARCHAR",
                "CreatedDate": "VARCHAR"
            }'
        ) as sent
    from {{ newest_copies('salesforce__case_history') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        {{ text_or_null('sent.caseid') }} as case_id,
        {{ text_or_null('sent.createdbyid') }} as user_id,
        {{ text_or_null('sent.field') }} as field,
        {{ text_or_null('sent.oldvalue') }} as old_value,
        {{ text_or_null('sent.newvalue') }} as new_value,
        coalesce(try_cast(sent.isdeleted as boolean), false) as is_deleted,
        {{ moment_or_null('sent.createddate') }} as created_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
