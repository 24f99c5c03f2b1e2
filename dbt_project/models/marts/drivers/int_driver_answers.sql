{{ config(materialized='view') }}

-- Answers of all that drivers are reckoned from. Ratings come as a part of their scale (0 worst, 1
-- best), so that surveys with other scales can be compared. Numbers instead of names: a month has
-- hundreds of thousands.
select
    period,
    cast(response_hash >> 1 as bigint) as response_key,
    question_id,
    metric = 'nps' as is_outcome,
    case when metric != 'nps' then driver end as driver,
    case when metric = 'nps' then score else (score - scale_min) / (scale_max - scale_min) end
        as score,
    case when top_from is not null then is_top end as is_satisfied,
    segment,
    cast(customer_hash >> 1 as bigint) as customer_hash,
from {{ ref('fct_feedback') }}
where metric = 'nps' or (driver is not null and scale_max > scale_min)
