{{ config(
    materialized='incremental',
    pre_hook="{{ forget_judged('cases') }}",
    post_hook="{{ settle_copies(
        'cases', 'changed_at desc, extracted_at desc, record_id desc, stream asc', first='no_id'
    ) }}",
) }}

with sent as not materialized (

    {{ fed_since('cases') }}

),

-- Targets and schedules of sources whose cases carry none; a row for the very priority comes first.
policies as (

    select
        *,
        row_number() over () as policy,
    from {{ ref('case_policies') }}

),

meant as (

    select
        sent.*,
        coalesce(of_priority.policy, of_any.policy) as policy,
    from sent
    left join policies as of_priority
        on sent.source = of_priority.source and sent.priority = of_priority.priority
    left join policies as of_any
        on sent.source = of_any.source and of_any.priority = '*'

),

resolved as (

    select
        meant.* exclude (policy, schedule, first_reply_target_minutes),
        concat_ws('|', meant.source, meant.case_id) as case_key,
        coalesce(meant.schedule, policies.schedule) as schedule,
        coalesce(meant.first_reply_target_minutes, policies.first_reply_target_minutes)
            as first_reply_target_minutes,
    from meant
    left join policies on meant.policy = policies.policy

),

judged as (

    select
        *,
        hash(source, stream, record_id) as record_hash,
        hash(source, case_id) as case_hash,
        {{ hash_or_null('customer_key') }} as customer_hash,
        case
            when case_id is null then 'no_id'
            when created_at is null then 'no_time'
            when not ({{ is_plausible_time('created_at', 'extracted_at') }}) then 'implausible_time'
        end as fault,
        -- The case counts all the same, without the property that nobody knows.
        case
            when {{ is_unknown('channel', 'channels') }} then channel
        end as unknown_channel,
        case
            when {{ is_unknown('schedule', 'business_hours') }} then schedule
        end as unknown_schedule,
    from resolved

)

select
    *,
    false as is_superseded,
    fault as reason,
from judged
