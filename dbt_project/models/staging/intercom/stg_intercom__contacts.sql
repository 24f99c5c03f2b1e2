with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "external_id": "VARCHAR", "role": "VARCHAR", "language_override": "VARCHAR",
                "browser_language": "VARCHAR",
                "companies": {"data": [{"id": "VARCHAR"}]},
                "custom_attributes": {
                    "segment": "VARCHAR", "monthly_revenue": "VARCHAR", "joined_on": "VARCHAR",
                    "churned_on": "VARCHAR", "zone_schedule": "VARCHAR"
                }
            }'
        ) as sent
    from {{ newest_copies('intercom__contacts') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        record_id as contact_id,
        {{ text_or_null('sent.external_id') }} as external_id,
        coalesce({{ text_or_null('sent.external_id') }}, source || ':' || record_id)
            as customer_key,
        sent.role,
        -- Of several companies nobody can say which one the contact speaks for.
        case when len(sent.companies.data) = 1 then sent.companies.data[1].id end as company_id,
        {{ text_or_null('sent.custom_attributes.segment') }} as segment,
        {{ text_or_null('sent.custom_attributes.zone_schedule') }} as schedule,
        split_part(
            coalesce(
                {{ text_or_null('sent.language_override') }},
                {{ text_or_null('sent.browser_language') }}
            ),
            '-',
            1
        ) as language,
        {{ number_or_null('sent.custom_attributes.monthly_revenue') }} as monthly_revenue,
        try_cast(sent.custom_attributes.joined_on as date) as joined_on,
        try_cast(sent.custom_attributes.churned_on as date) as churned_on,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
