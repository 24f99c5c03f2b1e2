select
    case_event_id,
    concat_ws('|', source, case_id) as case_key,
    source,
    occurred_at,
    sequence,
    event,
    actor_role,
    is_public,
    value,
    case_hash,
    case_event_hash,
from {{ ref('int_case_events_judged') }}
where reason is null
