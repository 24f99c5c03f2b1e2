select
    case_key,
    source,
    case_id,
    created_at,
    priority,
    customer_key,
    case when unknown_channel is null then channel end as channel,
    case when unknown_schedule is null then schedule end as schedule,
    first_reply_target_minutes,
    is_deleted,
    case_hash,
    customer_hash,
from {{ ref('int_cases_judged') }}
where reason is null
