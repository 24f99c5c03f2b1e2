with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "custom_fields": {
                    "segment": "VARCHAR", "monthly_revenue": "VARCHAR", "joined_on": "VARCHAR",
                    "churned_on": "VARCHAR", "zone_schedule": "VARCHAR"
                }
            }'
        ) as sent
    from {{ newest_copies('freshdesk__companies') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        record_id as company_id,
        {{ text_or_null('sent.custom_fields.segment') }} as segment,
        {{ text_or_null('sent.custom_fields.zone_schedule') }} as schedule,
        {{ number_or_null('sent.custom_fields.monthly_revenue') }} as monthly_revenue,
        try_cast(sent.custom_fields.joined_on as date) as joined_on,
        try_cast(sent.custom_fields.churned_on as date) as churned_on,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
