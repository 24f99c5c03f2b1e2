{{ config(materialized='view') }}

select
    source,
    source || ':' || {{ text_or_null("payload ->> '$.consumer.id'") }} as customer_key,
    {{ text_or_null("payload ->> '$.consumer.displayName'") }} as name,
    {{ text_or_null("payload ->> '$.referralEmail'") }} as email,
    changed_at,
    record_id,
from {{ source('raw', 'trustpilot__reviews') }}
{{ newest_copy() }}
