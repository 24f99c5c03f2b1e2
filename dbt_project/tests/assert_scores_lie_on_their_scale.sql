-- What is counted lies on the scale its question declares.
select
    feedback_id,
    score,
    scale_min,
    scale_max,
from {{ ref('feedback') }}
where not (score between scale_min and scale_max)
