{{ config(materialized='incremental', pre_hook="{{ forget_judged('case_events') }}") }}

with fed as not materialized (

    {{ everything_fed_to('case_events') }}

),

sent as not materialized (

    select fed.* from fed {{ only_touched('fed', 'case_events', keys_of('case_events')) }}

),

ordered as (

    select *
    from
        {{ with_copies(
            'sent', ['source', 'case_event_id'],
            'changed_at desc, extracted_at desc, record_id desc'
        ) }}

),

judged as (

    select
        ordered.*,
        cases.case_key,
        case
            when ordered.copy > 1 then 'superseded'
            when ordered.occurred_at is null then 'no_time'
            when not ({{ is_plausible_time('ordered.occurred_at', 'ordered.extracted_at') }})
                then 'implausible_time'
            when coalesce(ordered.event, '') not in ('created', 'status', 'comment', 'satisfaction')
                then 'unknown_event'
            when ordered.actor_role not in ('agent', 'customer', 'bot', 'system')
                then 'unknown_actor'
            when cases.case_key is null then 'unknown_case'
        end as reason,
    from ordered
    left join {{ ref('cases') }} as cases
        on ordered.source = cases.source and ordered.case_id = cases.case_id

)

-- Where an event came from is asked of those that are put aside alone; of all, it would be a third
-- of what is written here.
select
    case_event_id,
    case_key,
    source,
    occurred_at,
    sequence,
    event,
    actor_role,
    is_public,
    value,
    reason,
    case when reason is not null then stream end as stream,
    case when reason is not null then record_id end as record_id,
    case when reason is not null then case_id end as case_id,
    case when reason is not null then extracted_at end as extracted_at,
from judged
