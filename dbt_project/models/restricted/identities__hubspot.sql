{{ config(materialized='view') }}

-- Deleted people and companies are not kept by name.
with companies as (

    select
        source,
        record_id,
        payload,
        changed_at,
    from {{ source('raw', 'hubspot__companies') }}
    {{ newest_copy() }}

),

contacts as (

    select
        source,
        record_id,
        payload,
        changed_at,
    from {{ source('raw', 'hubspot__contacts') }}
    {{ newest_copy() }}

)

select
    companies.source,
    staged.customer_key,
    {{ text_or_null("companies.payload ->> '$.properties.name'") }} as name,
    cast(null as varchar) as email,
    companies.changed_at,
    companies.record_id,
from companies
inner join {{ ref('stg_hubspot__companies') }} as staged
    on companies.source = staged.source and companies.record_id = staged.record_id
where not staged.is_deleted
union all by name
select
    contacts.source,
    staged.customer_key,
    concat_ws(
        ' ',
        {{ text_or_null("contacts.payload ->> '$.properties.firstname'") }},
        {{ text_or_null("contacts.payload ->> '$.properties.lastname'") }}
    ) as name,
    {{ text_or_null("contacts.payload ->> '$.properties.email'") }} as email,
    contacts.changed_at,
    contacts.record_id,
from contacts
inner join {{ ref('stg_hubspot__contacts') }} as staged
    on contacts.source = staged.source and contacts.record_id = staged.contact_id
where not staged.is_deleted and staged.company_id is null
