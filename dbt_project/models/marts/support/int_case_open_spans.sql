{{ config(materialized='incremental', pre_hook="{{ forget_rows('case_keys', ['case_key']) }}") }}

-- A case is open from its creation until it is solved or closed, and again from each later status
-- that is neither.
with cases as (

    select
        milestones.case_key,
        milestones.created_at,
    from {{ ref('int_case_milestones') }} as milestones
    {{ only_touched('milestones', 'case_keys', ['case_key']) }}

),

statuses as (

    select
        case_key,
        created_at as occurred_at,
        -1 as sequence,
        '' as case_event_id,
        true as is_open,
    from cases

    union all

    select
        events.case_key,
        events.occurred_at,
        events.sequence,
        events.case_event_id,
        not coalesce({{ is_resolved_status('events.value') }}, false) as is_open,
    from {{ ref('case_events') }} as events
    inner join cases on events.case_key = cases.case_key
    where events.event = 'status' and events.occurred_at >= cases.created_at

),

turns as (

    select
        *,
        lag(is_open) over (
            partition by case_key
            order by occurred_at, sequence, case_event_id
        ) as was_open,
    from statuses
    qualify is_open is distinct from was_open

),

stretches as (

    select
        case_key,
        is_open,
        occurred_at as opened_at,
        lead(occurred_at) over (
            partition by case_key
            order by occurred_at, sequence, case_event_id
        ) as resolved_at,
    from turns

)

select
    case_key,
    row_number() over (partition by case_key order by opened_at, resolved_at) as stretch,
    opened_at,
    resolved_at,
from stretches
where is_open
