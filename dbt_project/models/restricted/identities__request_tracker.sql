{{ config(materialized='view') }}

with newest as (

    select
        *,
        from_json(
            payload, '{"Name": "VARCHAR", "RealName": "VARCHAR", "EmailAddress": "VARCHAR"}'
        ) as sent
    from {{ source('raw', 'request_tracker__users') }}
    {{ newest_copy() }}

)

select
    newest.source,
    users.customer_key,
    coalesce(
        {{ text_or_null('newest.sent.realname') }}, {{ text_or_null('newest.sent.name') }}
    ) as name,
    {{ text_or_null('newest.sent.emailaddress') }} as email,
    newest.changed_at,
    newest.record_id,
from newest
inner join {{ ref('stg_request_tracker__users') }} as users
    on newest.source = users.source and newest.record_id = users.record_id
where users.role = 'customer'
