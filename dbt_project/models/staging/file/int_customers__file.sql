{{ config(materialized='view') }}

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
from {{ ref('stg_file__customers') }}
