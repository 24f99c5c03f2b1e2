{{ config(materialized='incremental', pre_hook="{{ forget_judged('cases') }}") }}

with fed as not materialized (

    {{ everything_fed_to('cases') }}

),

sent as not materialized (

    select fed.* from fed {{ only_touched('fed', 'cases', keys_of('cases')) }}

),

copies as (

    select *
    from
        {{ with_copies(
            'sent', ['source', 'case_id'],
            'changed_at desc, extracted_at desc, record_id desc, stream asc'
        ) }}

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
        copies.* exclude (schedule, first_reply_target_minutes, copy),
        concat_ws('|', copies.source, copies.case_id) as case_key,
        coalesce(copies.schedule, policies.schedule) as schedule,
        coalesce(copies.first_reply_target_minutes, policies.first_reply_target_minutes)
            as first_reply_target_minutes,
        copies.copy,
    from copies
    left join policies
        on
            copies.source = policies.source
            and copies.priority is not distinct from policies.priority

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
