{{ config(materialized='view') }}

select
    source,
    stream,
    record_id,
    case_id,
    created_at,
    priority,
    customer_key,
    channel,
    schedule,
    first_reply_target_minutes,
    is_deleted,
    tells_first_reply,
    tells_all_replies,
    tells_reopenings,
    changed_at,
    extracted_at,
from {{ ref('stg_file__cases') }}
