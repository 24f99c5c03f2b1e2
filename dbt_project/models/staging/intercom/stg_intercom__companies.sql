with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "monthly_spend": "VARCHAR",
                "custom_attributes": {
                    "segment": "VARCHAR", "joined_on": "VARCHAR", "churned_on": "VARCHAR",
                    "zone_schedule": "VARCHAR"
                }
            }'
        ) as sent
    from {{ newest_copies('intercom__companies') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        record_id as company_id,
        {{ text_or_null('sent.custom_attributes.segment') }} as segment,
        {{ text_or_null('sent.custom_attributes.zone_schedule') }} as schedule,
        {{ number_or_null('sent.monthly_spend') }} as monthly_revenue,
        try_cast(sent.custom_attributes.joined_on as date) as joined_on,
        try_cast(sent.custom_attributes.churned_on as date) as churned_on,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
