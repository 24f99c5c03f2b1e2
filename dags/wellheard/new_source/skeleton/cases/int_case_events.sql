select
    tickets.source,
    tickets.stream,
    tickets.record_id,
    concat_ws('|', tickets.source, tickets.stream, tickets.record_id, sequence) as case_event_id,
    tickets.record_id as case_id,
    {{ moment_or_null('happened.at') }} as occurred_at,
    sequence,
    happened.event,
    happened.by as actor_role,
    happened.public as is_public,
    happened.value,
    tickets.changed_at,
    tickets.extracted_at,
from {{ ref('stg_vendorname__vendorstream') }} as tickets
cross join unnest(tickets.history) with ordinality as histories (happened, sequence)
