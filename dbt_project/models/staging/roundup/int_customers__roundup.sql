{{ config(materialized='view') }}

select
    source,
    stream,
    record_id,
    customer_key,
    cast(null as varchar) as external_id,
    cast(null as varchar) as segment,
    cast(null as double) as account_value,
    cast(null as date) as joined_on,
    cast(null as date) as churned_on,
    cast(null as varchar) as language,
    changed_at,
    extracted_at,
from {{ ref('stg_roundup__users') }}
where role = 'customer'
