-- A warning: vendors' clocks differ by seconds, and such an event is left out of the measures.
{{ config(severity='warn') }}
select
    events.case_event_id,
    events.occurred_at,
    cases.created_at,
from {{ rows_to_test(ref('case_events')) }} as events
inner join {{ ref('cases') }} as cases on events.case_hash = cases.case_hash
where events.occurred_at < cases.created_at
