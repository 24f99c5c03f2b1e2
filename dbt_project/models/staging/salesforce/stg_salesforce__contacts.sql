with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "IsDeleted": "VARCHAR", "AccountId": "VARCHAR", "CreatedDate": "VARCHAR"
            }'
        ) as sent
    from {{ newest_copies('salesforce__contacts') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        record_id as contact_id,
        {{ text_or_null('sent.accountid') }} as account_id,
        coalesce(try_cast(sent.isdeleted as boolean), false) as is_deleted,
        {{ moment_or_null('sent.createddate') }} as created_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
