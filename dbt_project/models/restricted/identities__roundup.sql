{{ config(materialized='view') }}

with newest as (

    select
        *,
        from_json(
            payload, '{"username": "VARCHAR", "realname": "VARCHAR", "address": "VARCHAR"}'
        ) as sent
    from {{ source('raw', 'roundup__users') }}
    {{ newest_copy() }}

)

select
    newest.source,
    users.customer_key,
    coalesce(
        {{ text_or_null('newest.sent.realname') }}, {{ text_or_null('newest.sent.username') }}
    ) as name,
    {{ text_or_null('newest.sent.address') }} as email,
    newest.changed_at,
    newest.record_id,
from newest
inner join {{ ref('stg_roundup__users') }} as users
    on newest.source = users.source and newest.record_id = users.record_id
where users.role = 'customer'
