select
    source,
    stream,
    record_id,
    record_id as case_id,
    created_at,
    priority,
    source || ':' || customer_id as customer_key,
    channel,
    coalesce(status = 'deleted', false) as is_deleted,
    changed_at,
    extracted_at,
from {{ ref('stg_vendorname__vendorstream') }}
