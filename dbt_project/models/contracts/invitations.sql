select
    invitation_id,
    source,
    survey_id,
    customer_key,
    channel,
    sent_at,
    outcome,
    invitation_hash,
from {{ ref('int_invitations_judged') }}
where reason is null
