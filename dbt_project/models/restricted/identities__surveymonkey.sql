{{ config(materialized='view') }}

-- Names and addresses are read here and nowhere else.
with invited as (

    select
        source,
        record_id,
        recipient_id,
        customer_key,
    from {{ ref('stg_surveymonkey__recipients') }}

),

recipients as (

    select
        invited.source,
        invited.record_id,
        landed.changed_at,
        landed.extracted_at,
        landed.page,
        landed.stream,
        landed.payload,
        invited.customer_key,
        concat_ws(' ', landed.payload ->> '$.first_name', landed.payload ->> '$.last_name') as name,
        landed.payload ->> '$.email' as email,
    from {{ source('raw', 'surveymonkey__recipients') }} as landed
    inner join invited on landed.source = invited.source and landed.record_id = invited.record_id

),

answered as (

    select
        responses.source,
        responses.record_id,
        coalesce(
            responses.customer_id,
            invited.customer_key,
            responses.source || ':' || responses.recipient_id
        ) as customer_key,
    from {{ ref('stg_surveymonkey__responses') }} as responses
    left join invited
        on
            responses.source = invited.source
            and responses.recipient_id = invited.recipient_id
    qualify row_number() over (
        partition by responses.source, responses.record_id
        order by invited.record_id
    ) = 1

),

responses as (

    select
        answered.source,
        answered.record_id,
        landed.changed_at,
        landed.extracted_at,
        landed.page,
        landed.stream,
        landed.payload,
        answered.customer_key,
        concat_ws(' ', landed.payload ->> '$.first_name', landed.payload ->> '$.last_name') as name,
        landed.payload ->> '$.email_address' as email,
    from {{ source('raw', 'surveymonkey__responses') }} as landed
    inner join answered on landed.source = answered.source and landed.record_id = answered.record_id

),

everyone as (

    select * from recipients
    union all by name
    select * from responses

),

newest as (

    select * from everyone
    {{ newest_copy() }}

)

select
    source,
    customer_key,
    {{ text_or_null('name') }} as name,
    {{ text_or_null('email') }} as email,
    changed_at,
    record_id,
from newest
-- An address that is unknown is "", never null.
where coalesce({{ text_or_null('name') }}, {{ text_or_null('email') }}) is not null
