select
    case_event_id,
    case_key,
    source,
    occurred_at,
    sequence,
    event,
    actor_role,
    is_public,
    value,
from {{ ref('int_case_events_judged') }}
where reason is null
