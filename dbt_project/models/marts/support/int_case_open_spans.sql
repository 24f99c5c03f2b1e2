{{ config(materialized='incremental', pre_hook="{{ forget_rows('case_hashes', ['case_hash']) }}") }}

-- A case is open from its creation until it is solved or closed, and again from each later status
-- that is neither.
with hours as (

    {{ local_hours(
        'select min(starts_at) from ' ~ ref('int_periods'),
        'select max(ends_at) from ' ~ ref('int_periods'),
    ) }}

),

known as (

    select
        cases.case_hash,
        cases.created_at,
    from {{ ref('cases') }} as cases
    {{ only_touched('cases', 'case_hashes', ['case_hash']) }}
    where not coalesce(cases.is_deleted, false)

),

every_case as (

    select
        known.*,
        milestones.first_ended_at,
        milestones.last_unresolved_at,
    from known
    left join {{ ref('int_case_milestones') }} as milestones
        on known.case_hash = milestones.case_hash

),

-- Most are resolved once, if at all: they were open up to then, whatever their statuses were.
simple as (

    select
        case_hash,
        1::bigint as stretch,
        created_at as opened_at,
        first_ended_at as resolved_at,
    from every_case
    where {{ is_simple_story() }}

),

-- The others' statuses are put in order.
cases as (

    select
        case_hash,
        created_at,
    from every_case
    where not ({{ is_simple_story() }})

),

statuses as (

    select
        case_hash,
        created_at as occurred_at,
        -1 as sequence,
        '' as case_event_id,
        true as is_open,
    from cases

    union all

    select
        events.case_hash,
        events.occurred_at,
        events.sequence,
        events.case_event_id,
        not coalesce({{ is_resolved_status('events.value') }}, false) as is_open,
    from {{ ref('case_events') }} as events
    inner join cases on events.case_hash = cases.case_hash
    where events.event = 'status' and events.occurred_at >= cases.created_at

),

turns as (

    select
        *,
        lag(is_open) over (
            partition by case_hash
            order by occurred_at, sequence, case_event_id
        ) as was_open,
    from statuses
    qualify is_open is distinct from was_open

),

stretches as (

    select
        case_hash,
        is_open,
        occurred_at as opened_at,
        lead(occurred_at) over (
            partition by case_hash
            order by occurred_at, sequence, case_event_id
        ) as resolved_at,
    from turns

),

spans as (

    select
        case_hash,
        row_number() over (partition by case_hash order by opened_at, resolved_at) as stretch,
        opened_at,
        resolved_at,
    from stretches
    where is_open

    union all

    select * from simple

)

select
    spans.*,
    {{ local_period('spans.opened_at', 'opened_hours') }} as opened_period,
    {{ local_period('spans.resolved_at', 'resolved_hours') }} as resolved_period,
from spans
left join hours as opened_hours on {{ hour_of('spans.opened_at') }} = opened_hours.hour
left join hours as resolved_hours on {{ hour_of('spans.resolved_at') }} = resolved_hours.hour
