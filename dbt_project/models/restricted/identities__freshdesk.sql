{{ config(materialized='view') }}

select
    coalesce({{ text_or_null("payload ->> '$.unique_external_id'") }}, source || ':' || record_id)
        as customer_key,
    source,
    payload ->> '$.name' as name,
    payload ->> '$.email' as email,
    changed_at,
    record_id,
from {{ source('raw', 'freshdesk__contacts') }}
{{ newest_copy() }}
