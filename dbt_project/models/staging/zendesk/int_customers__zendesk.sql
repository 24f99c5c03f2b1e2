{{ config(materialized='view') }}

with users as (

    select
        *,
        count(distinct customer_key) over (partition by source, organization_id)
            as count_colleagues,
    from {{ ref('stg_zendesk__users') }}
    where role = 'end-user'

)

select
    users.source,
    users.stream,
    users.record_id,
    users.customer_key,
    users.external_id,
    -- What the user does not say of itself, its organisation says.
    coalesce(users.segment, organizations.segment) as segment,
    -- An organisation's revenue counts once: for a user who is its only one.
    coalesce(
        users.monthly_revenue,
        case when users.count_colleagues = 1 then organizations.monthly_revenue end
    ) as account_value,
    users.joined_on,
    users.churned_on,
    users.language,
    users.changed_at,
    users.extracted_at,
from users
left join {{ ref('stg_zendesk__organizations') }} as organizations
    on
        users.source = organizations.source
        and users.organization_id = organizations.organization_id
