{{ config(materialized='view') }}

-- Names and addresses are read here and nowhere else.
with landed as (

    select
        source,
        record_id,
        changed_at,
        coalesce(json_extract(payload, '$.values'), cast(payload as json)) as sent,
    from {{ source('raw', 'qualtrics__responses') }}
    {{ newest_copy() }}

),

customers as (

    select
        responses.source,
        responses.record_id,
        coalesce(responses.external_id, min(history.customer_key)) as customer_key,
    from {{ ref('stg_qualtrics__responses') }} as responses
    left join {{ ref('stg_qualtrics__distribution_history') }} as history
        on responses.source = history.source and responses.response_id = history.response_id
    group by responses.source, responses.record_id, responses.external_id

),

named as (

    select
        landed.source,
        customers.customer_key,
        concat_ws(
            ' ',
            {{ text_or_null("landed.sent ->> '$.recipientFirstName'") }},
            {{ text_or_null("landed.sent ->> '$.recipientLastName'") }}
        ) as name,
        landed.sent ->> '$.recipientEmail' as email,
        landed.changed_at,
        landed.record_id,
    from landed
    inner join customers
        on landed.source = customers.source and landed.record_id = customers.record_id

)

select
    source,
    customer_key,
    {{ text_or_null('name') }} as name,
    {{ text_or_null('email') }} as email,
    changed_at,
    record_id,
from named
where coalesce({{ text_or_null('name') }}, {{ text_or_null('email') }}) is not null
