with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR", "external_id": "VARCHAR", "role": "VARCHAR", "locale": "VARCHAR",
                "organization_id": "VARCHAR", "tags": ["VARCHAR"],
                "user_fields": {
                    "segment": "VARCHAR", "monthly_revenue": "VARCHAR", "joined_on": "VARCHAR",
                    "churned_on": "VARCHAR", "zone_schedule": "VARCHAR"
                }
            }'
        ) as sent
    from {{ newest_copies('zendesk__users') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        coalesce(sent.id, record_id) as user_id,
        sent.organization_id,
        {{ text_or_null('sent.external_id') }} as external_id,
        coalesce({{ text_or_null('sent.external_id') }}, source || ':' || record_id)
            as customer_key,
        sent.role,
        {{ text_or_null('sent.user_fields.segment') }} as segment,
        {{ text_or_null('sent.user_fields.zone_schedule') }} as schedule,
        split_part({{ text_or_null('sent.locale') }}, '-', 1) as language,
        {{ number_or_null('sent.user_fields.monthly_revenue') }} as monthly_revenue,
        coalesce(list_contains(sent.tags, 'bot'), false) as is_bot,
        try_cast(sent.user_fields.joined_on as date) as joined_on,
        try_cast(sent.user_fields.churned_on as date) as churned_on,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
