with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "UserType": "VARCHAR", "IsActive": "VARCHAR"
            }'
        ) as sent
    from {{ newest_copies('salesforce__users') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        record_id as user_id,
        {{ text_or_null('sent.usertype') }} as user_type,
        try_cast(sent.isactive as boolean) as is_active,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
