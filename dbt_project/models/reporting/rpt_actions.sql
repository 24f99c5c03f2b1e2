select
    action_id,
    title,
    owner,
    due_on,
    status,
    target_metric,
    target_dimension,
    target_member,
    decided_on,
from {{ ref('actions') }}
