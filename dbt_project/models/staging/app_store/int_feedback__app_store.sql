{{ config(materialized='view') }}

-- Who wrote a review is known by a nickname alone, which is nobody's key.
select
    source,
    stream,
    record_id,
    review_id as response_id,
    app_id as survey_id,
    'rating' as question_id,
    rating as value,
    cast(null as varchar) as customer_key,
    'app' as channel,
    cast(null as varchar) as touchpoint,
    cast(null as varchar) as journey_stage,
    cast(null as varchar) as driver,
    cast(null as varchar) as language,
    cast(null as varchar) as segment,
    cast(null as varchar) as weight,
    true as is_completed,
    reviewed_at as responded_at,
    coalesce(reviewed_at, changed_at) as seen_at,
    changed_at,
    extracted_at,
from {{ ref('stg_app_store__reviews') }}
