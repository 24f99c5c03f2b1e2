-- The workspace's own bot is listed among the admins, under an address of Intercom's.
select
    source,
    stream,
    record_id,
    record_id as admin_id,
    coalesce(payload ->> '$.email' like 'operator+%@intercom.io', false) as is_bot,
    changed_at,
    extracted_at,
from {{ newest_copies('intercom__admins') }}
