select
    comment_id,
    source,
    feedback_id,
    case_id,
    customer_key,
    text,
    language,
    redactions,
    written_at,
from {{ ref('redacted_comments') }}
