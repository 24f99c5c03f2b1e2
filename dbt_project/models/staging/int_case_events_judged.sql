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

-- A company's own word, in whatever capitals; one that no row explains stays as it was sent.
explained as (

    select
        source,
        lower(status) as status,
        min(means) as means,
    from {{ ref('case_statuses') }}
    group by source, lower(status)

),

named as (

    select
        *,
        case when event = 'status' then lower(trim(coalesce(value, ''))) end as status,
    from sent

),

told as (

    select
        named.* exclude (status, value),
        case
            when coalesce(of_source.means, of_any.means) is not null
                then coalesce(of_source.means, of_any.means)
            when {{ is_known_status('named.status') }} then named.status
            else named.value
        end as value,
        -- The event counts all the same; the case is open while it is in such a status.
        case
            when
                coalesce(of_source.means, of_any.means) is null
                and not ({{ is_known_status('named.status') }})
                then left(named.status, 40)
        end as unknown_status,
    from named
    left join explained as of_source
        on named.source = of_source.source and named.status = of_source.status
    left join explained as of_any
        on of_any.source = '*' and named.status = of_any.status

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
    from told

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
