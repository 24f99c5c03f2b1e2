with sent as (

    {{ everything_fed_to('cases') }}

),

priorities as (

    select distinct
        source,
        priority,
    from sent

),

-- Targets and schedules of sources whose cases carry none; a row for the very priority comes first.
policies as (

    select
        sent.source,
        sent.priority,
        policies.schedule,
        policies.first_reply_target_minutes,
    from priorities as sent
    inner join {{ ref('case_policies') }} as policies
        on
            sent.source = policies.source
            and policies.priority in (coalesce(sent.priority, '*'), '*')
    qualify row_number() over (
        partition by sent.source, sent.priority
        order by policies.priority = '*'
    ) = 1

),

resolved as (

    select
        sent.* exclude (schedule, first_reply_target_minutes),
        concat_ws('|', sent.source, sent.case_id) as case_key,
        coalesce(sent.schedule, policies.schedule) as schedule,
        coalesce(sent.first_reply_target_minutes, policies.first_reply_target_minutes)
            as first_reply_target_minutes,
        row_number() over (
            partition by sent.source, sent.case_id
            order by
                sent.changed_at desc, sent.extracted_at desc, sent.record_id desc, sent.stream asc
        ) as copy,
    from sent
    left join policies
        on sent.source = policies.source and sent.priority is not distinct from policies.priority

)

select
    *,
    case
        when case_id is null then 'no_id'
        when copy > 1 then 'superseded'
        when created_at is null then 'no_time'
        when not ({{ is_plausible_time('created_at', 'extracted_at') }}) then 'implausible_time'
    end as reason,
    -- The case counts all the same, without the property that nobody knows.
    case
        when {{ is_unknown('channel', 'channels') }} then channel
    end as unknown_channel,
    case
        when {{ is_unknown('schedule', 'business_hours') }} then schedule
    end as unknown_schedule,
from resolved
