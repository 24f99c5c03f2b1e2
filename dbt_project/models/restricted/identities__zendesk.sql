{{ config(materialized='view') }}

select
    source,
    coalesce({{ text_or_null("payload ->> '$.external_id'") }}, source || ':' || record_id)
        as customer_key,
    payload ->> '$.name' as name,
    payload ->> '$.email' as email,
    changed_at,
    record_id,
from {{ source('raw', 'zendesk__users') }}
where payload ->> '$.role' = 'end-user'
{{ newest_copy() }}
