{{ config(materialized='view') }}

with contacts as (

    select
        *,
        count(*) over (partition by source, company_id) as count_colleagues,
    from {{ ref('stg_freshdesk__contacts') }}

)

select
    contacts.source,
    contacts.stream,
    contacts.record_id,
    contacts.customer_key,
    contacts.external_id,
    coalesce(contacts.segment, companies.segment) as segment,
    -- A company's revenue counts once: for a contact who is its only one.
    coalesce(
        contacts.monthly_revenue,
        case when contacts.count_colleagues = 1 then companies.monthly_revenue end
    ) as account_value,
    coalesce(contacts.joined_on, companies.joined_on) as joined_on,
    coalesce(contacts.churned_on, companies.churned_on) as churned_on,
    contacts.language,
    greatest(contacts.changed_at, companies.changed_at) as changed_at,
    contacts.extracted_at,
from contacts
left join {{ ref('stg_freshdesk__companies') }} as companies
    on contacts.source = companies.source and contacts.company_id = companies.company_id
