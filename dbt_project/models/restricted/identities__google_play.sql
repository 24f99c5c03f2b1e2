{{ config(materialized='view') }}

-- A reviewer has no key of their own, so each review stands for one.
select
    source,
    source || ':' || record_id as customer_key,
    {{ text_or_null("payload ->> '$.authorName'") }} as name,
    cast(null as varchar) as email,
    changed_at,
    record_id,
from {{ source('raw', 'google_play__reviews') }}
{{ newest_copy() }}
