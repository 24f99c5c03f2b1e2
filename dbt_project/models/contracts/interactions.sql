select
    interaction_id,
    source,
    customer_key,
    touchpoint,
    journey_stage,
    channel,
    occurred_at,
    interaction_hash,
    customer_hash,
from {{ ref('int_interactions_judged') }}
where reason is null
