with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "id": "VARCHAR",
                "organization_fields": {"segment": "VARCHAR", "monthly_revenue": "VARCHAR"}
            }'
        ) as sent
    from {{ newest_copies('zendesk__organizations') }}

),

renamed as (

    select
        source,
        stream,
        record_id,
        coalesce(sent.id, record_id) as organization_id,
        {{ text_or_null('sent.organization_fields.segment') }} as segment,
        {{ number_or_null('sent.organization_fields.monthly_revenue') }} as monthly_revenue,
        changed_at,
        extracted_at,
    from landed

)

select * from renamed
