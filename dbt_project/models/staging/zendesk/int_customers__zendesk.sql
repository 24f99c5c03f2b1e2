{{ config(materialized='view') }}

select
    users.source,
    users.stream,
    users.record_id,
    users.customer_key,
    users.external_id,
    -- What the user does not say of itself, its organisation says.
    coalesce(users.segment, organizations.segment) as segment,
    coalesce(users.monthly_revenue, organizations.monthly_revenue) as account_value,
    users.joined_on,
    users.churned_on,
    users.language,
    users.changed_at,
    users.extracted_at,
from {{ ref('stg_zendesk__users') }} as users
left join {{ ref('stg_zendesk__organizations') }} as organizations
    on
        users.source = organizations.source
        and users.organization_id = organizations.organization_id
where users.role = 'end-user'
