with sent as (

    {{ everything_fed_to('case_events') }}

),

ordered as (

    select
        *,
        row_number() over (
            partition by case_event_id
            order by changed_at desc, extracted_at desc, record_id desc
        ) as copy,
    from sent

)

select
    ordered.* exclude (copy),
    cases.case_key,
    case
        when ordered.copy > 1 then 'superseded'
        when ordered.occurred_at is null then 'no_time'
        when not ({{ is_plausible_time('ordered.occurred_at', 'ordered.extracted_at') }})
            then 'implausible_time'
        when coalesce(ordered.event, '') not in ('created', 'status', 'comment', 'satisfaction')
            then 'unknown_event'
        when ordered.actor_role not in ('agent', 'customer', 'bot', 'system') then 'unknown_actor'
        when cases.case_key is null then 'unknown_case'
    end as reason,
from ordered
left join {{ ref('cases') }} as cases
    on ordered.source = cases.source and ordered.case_id = cases.case_id
