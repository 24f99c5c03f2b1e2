{{ config(materialized='view') }}

select
    coalesce({{ text_or_null("payload ->> '$.external_id'") }}, source || ':' || record_id)
        as customer_key,
    source,
    payload ->> '$.name' as name,
    payload ->> '$.email' as email,
    changed_at,
    record_id,
from {{ source('raw', 'intercom__contacts') }}
{{ newest_copy() }}
