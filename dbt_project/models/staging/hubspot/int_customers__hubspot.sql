{{ config(materialized='view') }}

with companies as (

    select
        source,
        stream,
        record_id,
        customer_key,
        external_id,
        segment,
        account_value,
        joined_on,
        churned_on,
        cast(null as varchar) as language,
        changed_at,
        extracted_at,
    from {{ ref('stg_hubspot__companies') }}

),

-- A contact with a company is part of that customer.
contacts as (

    select
        source,
        stream,
        record_id,
        customer_key,
        external_id,
        segment,
        account_value,
        joined_on,
        churned_on,
        language,
        changed_at,
        extracted_at,
    from {{ ref('stg_hubspot__contacts') }}
    where company_id is null

)

select * from companies
union all by name
select * from contacts
