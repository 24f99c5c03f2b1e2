-- Names and addresses are read here and nowhere else; nothing refers to this table.
with zendesk as (

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

),

files as (

    select
        source,
        {{ text_or_null("payload ->> '$.customer_key'") }} as customer_key,
        payload ->> '$.name' as name,
        payload ->> '$.email' as email,
        changed_at,
        record_id,
    from {{ source('raw', 'file__customers') }}
    {{ newest_copy() }}

),

everyone as (

    select * from zendesk
    union all by name
    select * from files

)

select
    customer_key,
    source,
    name,
    email,
from everyone
where customer_key is not null
qualify row_number() over (
    partition by source, customer_key
    order by changed_at desc, record_id desc
) = 1
