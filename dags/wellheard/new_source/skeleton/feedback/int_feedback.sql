with answers as (

    select
        * exclude (answers),
        unnest(answers) as answer,
    from {{ ref('stg_vendorname__vendorstream') }}

)

select
    source,
    stream,
    record_id,
    record_id as response_id,
    survey_id,
    answer.question_id,
    {{ text_or_null('answer.value') }} as value,
    source || ':' || customer_id as customer_key,
    submitted_at is not null as is_completed,
    submitted_at as responded_at,
    coalesce(submitted_at, changed_at) as seen_at,
    changed_at,
    extracted_at,
from answers
