{{ config(materialized='view') }}

with responses as (

    select * from {{ ref('stg_typeform__responses') }}

),

answers as (

    select
        * exclude (answers),
        unnest(answers) as answer,
    from responses

),

-- The value sits under the key that `type` names; a choice is known by its label.
named as (

    select
        *,
        coalesce(answer ->> '$.field.ref', answer ->> '$.field.id') as question_id,
        coalesce(
            answer ->> '$.choice.label',
            answer ->> '$.choices.labels',
            answer ->> ('$."' || (answer ->> '$.type') || '"')
        ) as value,
    from answers

)

select
    source,
    stream,
    record_id,
    response_id,
    form_id as survey_id,
    question_id,
    {{ text_or_null('value') }} as value,
    customer_id as customer_key,
    channel,
    touchpoint,
    journey_stage,
    cast(null as varchar) as driver,
    language,
    segment,
    weight,
    is_completed,
    case when is_completed then submitted_at end as responded_at,
    coalesce(submitted_at, landed_at) as seen_at,
    changed_at,
    extracted_at,
from named
