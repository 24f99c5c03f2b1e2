with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "archived": "BOOLEAN",
                "properties": {
                    "lifecyclestage": "VARCHAR", "annualrevenue": "VARCHAR",
                    "createdate": "VARCHAR"
                }
            }'
        ) as sent
    from {{ newest_copies('hubspot__companies') }}

),

meanings as (

    {{ hubspot_meanings('companies') }}

),

meant as (

    select
        landed.source,
        landed.stream,
        landed.record_id,
        landed.sent,
        {{ hubspot_meaning('external_id') }} as external_id,
        {{ hubspot_meaning('segment') }} as segment,
        {{ hubspot_meaning('account_value') }} as account_value,
        {{ hubspot_meaning('joined_on') }} as joined_on,
        {{ hubspot_meaning('churned_on') }} as churned_on,
        landed.changed_at,
        landed.extracted_at,
    from landed
    left join meanings on landed.source = meanings.source

),

renamed as (

    select
        source,
        stream,
        record_id,
        record_id as company_id,
        external_id,
        coalesce(external_id, source || ':company:' || record_id) as customer_key,
        segment,
        {{ text_or_null('sent.properties.lifecyclestage') }} as lifecycle_stage,
        {{ number_or_null('account_value') }} as account_value,
        {{ number_or_null('sent.properties.annualrevenue') }} as annual_revenue,
        coalesce(sent.archived, false) as is_deleted,
        {{ hubspot_day('joined_on') }} as joined_on,
        {{ hubspot_day('churned_on') }} as churned_on,
        {{ hubspot_moment('sent.properties.createdate') }} as created_at,
        changed_at,
        extracted_at,
    from meant

)

select * from renamed
