with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "IsDeleted": "VARCHAR", "CaseNumber": "VARCHAR",
                "CreatedDate": "VARCHAR", "ClosedDate": "VARCHAR", "IsClosed": "VARCHAR",
                "Status": "VARCHAR", "Priority": "VARCHAR", "Origin": "VARCHAR",
                "ContactId": "VARCHAR", "AccountId": "VARCHAR"
            }'
        ) as sent
    from {{ newest_copies('salesforce__cases') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        record_id as case_id,
        {{ text_or_null('sent.casenumber') }} as case_number,
        {{ text_or_null('sent.accountid') }} as account_id,
        {{ text_or_null('sent.contactid') }} as contact_id,
        {{ text_or_null('sent.status') }} as status,
        {{ text_or_null('sent.priority') }} as priority,
        {{ text_or_null('sent.origin') }} as origin,
        coalesce(try_cast(sent.isclosed as boolean), false) as is_closed,
        coalesce(try_cast(sent.isdeleted as boolean), false) as is_deleted,
        {{ moment_or_null('sent.createddate') }} as created_at,
        {{ moment_or_null('sent.closeddate') }} as closed_at,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
