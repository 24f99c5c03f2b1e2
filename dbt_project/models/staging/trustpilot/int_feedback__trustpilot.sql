-- The business unit is the survey, its stars the question.
select
    source,
    stream,
    record_id,
    review_id as response_id,
    business_unit_id as survey_id,
    'stars' as question_id,
    stars as value,
    customer_key,
    cast(null as varchar) as channel,
    cast(null as varchar) as touchpoint,
    cast(null as varchar) as journey_stage,
    cast(null as varchar) as driver,
    language,
    cast(null as varchar) as segment,
    cast(null as varchar) as weight,
    true as is_completed,
    -- An edited review is the answer of the day it was first given.
    created_at as responded_at,
    coalesce(created_at, changed_at) as seen_at,
    changed_at,
    extracted_at,
from {{ ref('stg_trustpilot__reviews') }}
