{{ config(materialized='view') }}

select
    source,
    {{ text_or_null("payload ->> '$.customer_key'") }} as customer_key,
    payload ->> '$.name' as name,
    payload ->> '$.email' as email,
    changed_at,
    record_id,
from {{ source('raw', 'file__customers') }}
{{ newest_copy() }}
