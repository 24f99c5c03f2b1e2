{{ config(materialized='view') }}

select
    source,
    stream,
    record_id,
    concat_ws('|', source, stream, case_event_id) as case_event_id,
    case_id,
    occurred_at,
    sequence,
    event,
    actor_role,
    is_public,
    value,
    changed_at,
    extracted_at,
from {{ ref('stg_file__case_events') }}
