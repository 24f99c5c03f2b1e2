{{ config(materialized='view') }}

select
    source,
    stream,
    record_id,
    response_id,
    survey_id,
    question_id,
    score as value,
    customer_key,
    channel,
    touchpoint,
    journey_stage,
    driver,
    language,
    segment,
    weight,
    true as is_completed,
    responded_at,
    responded_at as seen_at,
    changed_at,
    extracted_at,
from {{ ref('stg_file__feedback') }}
