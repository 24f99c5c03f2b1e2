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
    -- Said where it is not so.
    coalesce(tells_first_reply, true) as tells_first_reply,
    coalesce(tells_first_reply, true) and coalesce(tells_all_replies, true) as tells_all_replies,
    coalesce(tells_reopenings, true) as tells_reopenings,
    case_hash,
    customer_hash,
from {{ ref('int_cases_judged') }}
where reason is null
