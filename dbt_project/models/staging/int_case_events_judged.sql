-- A new source adds its int_case_events__<source> here.
with sent as (

    select * from {{ ref('int_case_events__zendesk') }}
    union all by name
    select * from {{ ref('int_case_events__file') }}

)

select
    sent.*,
    cases.case_key,
    case
        when sent.occurred_at is null then 'no_time'
        when not ({{ is_plausible_time('sent.occurred_at', 'sent.extracted_at') }})
            then 'implausible_time'
        when coalesce(sent.event, '') not in ('created', 'status', 'comment', 'satisfaction')
            then 'unknown_event'
        when sent.actor_role not in ('agent', 'customer', 'bot', 'system') then 'unknown_actor'
        when cases.case_key is null then 'unknown_case'
    end as reason,
from sent
left join {{ ref('cases') }} as cases
    on sent.source = cases.source and sent.case_id = cases.case_id
