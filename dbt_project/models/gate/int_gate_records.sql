{{ config(materialized='view') }}

select
    source,
    'feedback' as contract,
    response_id as record_id,
    occurred_at,
from ({{ sent_answers('all') }})
where occurred_at is not null

union all by name

select
    source,
    contract,
    record_id,
    occurred_at,
from ({{ other_records('all') }})
