{{ config(materialized='view') }}

-- Who wrote a review is known by a name alone, which is nobody's key.
select
    source,
    stream,
    record_id,
    review_id as response_id,
    package as survey_id,
    'stars' as question_id,
    star_rating as value,
    cast(null as varchar) as customer_key,
    'app' as channel,
    cast(null as varchar) as touchpoint,
    cast(null as varchar) as journey_stage,
    cast(null as varchar) as driver,
    nullif(language, '') as language,
    cast(null as varchar) as segment,
    cast(null as varchar) as weight,
    true as is_completed,
    reviewed_at as responded_at,
    coalesce(reviewed_at, changed_at) as seen_at,
    changed_at,
    extracted_at,
from {{ ref('stg_google_play__reviews') }}
