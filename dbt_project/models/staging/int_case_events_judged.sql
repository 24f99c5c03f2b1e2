{{ config(
    materialized='incremental',
    pre_hook="{{ forget_judged('case_events') }}",
    post_hook=[
        "{{ settle_copies(
            'case_events', 'changed_at desc, extracted_at desc, record_id desc'
        ) }}",
        "{{ settle_events() }}",
    ],
) }}

with sent as not materialized (

    {{ fed_since('case_events') }}

),

judged as (

    select
        *,
        hash(source, stream, record_id) as record_hash,
        hash(source, case_event_id) as case_event_hash,
        hash(source, case_id) as case_hash,
        case
            when occurred_at is null then 'no_time'
            when not ({{ is_plausible_time('occurred_at', 'extracted_at') }})
                then 'implausible_time'
            when coalesce(event, '') not in ('created', 'status', 'comment', 'satisfaction')
                then 'unknown_event'
            when actor_role not in ('agent', 'customer', 'bot', 'system')
                then 'unknown_actor'
            when
                event = 'satisfaction'
                and coalesce(value, '') not in ('good', 'bad', 'offered', 'unoffered')
                then 'unknown_rating'
        end as fault,
    from sent

)

select
    judged.*,
    false as is_superseded,
    case
        when judged.fault is not null then judged.fault
        when cases.case_hash is null then 'unknown_case'
    end as reason,
from judged
left join {{ ref('cases') }} as cases on judged.case_hash = cases.case_hash
