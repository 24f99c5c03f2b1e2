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
    language,
    changed_at,
    extracted_at,
from {{ ref('stg_request_tracker__users') }}
where role = 'customer'
