with landed as (

    select
        *,
        from_json(
            payload,
            '{
                "archived": "BOOLEAN",
                "properties": {
                    "lifecyclestage": "VARCHAR", "associatedcompanyid": "VARCHAR",
                    "hs_language": "VARCHAR", "createdate": "VARCHAR"
                }
            }'
        ) as sent
    from {{ source('raw', 'hubspot__contacts') }}
    {{ newest_copy() }}

),

meanings as (

    {{ hubspot_meanings('contacts') }}

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
        record_id as contact_id,
        {{ text_or_null('sent.properties.associatedcompanyid') }} as company_id,
        external_id,
        segment,
        {{ text_or_null('sent.properties.lifecyclestage') }} as lifecycle_stage,
        split_part(lower({{ text_or_null('sent.properties.hs_language') }}), '-', 1) as language,
        {{ number_or_null('account_value') }} as account_value,
        coalesce(sent.archived, false) as is_deleted,
        {{ hubspot_day('joined_on') }} as joined_on,
        {{ hubspot_day('churned_on') }} as churned_on,
        {{ hubspot_moment('sent.properties.createdate') }} as created_at,
        changed_at,
        extracted_at,
    from meant

)

-- The customer behind a contact is the company that pays, however many of its people answer, so
-- that each account's money stands once; a contact without a company is a customer itself.
select
    renamed.*,
    case
        when renamed.company_id is null
            then coalesce(renamed.external_id, renamed.source || ':contact:' || renamed.contact_id)
        else coalesce(companies.customer_key, renamed.source || ':company:' || renamed.company_id)
    end as customer_key,
from renamed
left join {{ ref('stg_hubspot__companies') }} as companies
    on renamed.source = companies.source and renamed.company_id = companies.company_id
