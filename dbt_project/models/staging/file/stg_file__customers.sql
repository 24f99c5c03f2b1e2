with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "customer_key": "VARCHAR", "external_id": "VARCHAR", "segment": "VARCHAR",
                "account_value": "VARCHAR", "joined_on": "VARCHAR", "churned_on": "VARCHAR",
                "language": "VARCHAR"
            }'
        ) as sent
    from {{ newest_copies('file__customers') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        {{ text_or_null('sent.customer_key') }} as customer_key,
        {{ text_or_null('sent.external_id') }} as external_id,
        {{ text_or_null('sent.segment') }} as segment,
        {{ text_or_null('sent.language') }} as language,
        {{ number_or_null('sent.account_value') }} as account_value,
        try_cast(sent.joined_on as date) as joined_on,
        try_cast(sent.churned_on as date) as churned_on,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
