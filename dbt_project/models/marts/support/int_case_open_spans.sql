{{ config(materialized='incremental', pre_hook="{{ forget_rows('case_keys', ['case_key']) }}") }}

-- A case is open from its creation until it is solved or closed, and again from each later status
-- that is neither.
with every_case as (

    select milestones.*
    from {{ ref('int_case_milestones') }} as milestones
    {{ only_touched('milestones', 'case_keys', ['case_key']) }}

),

-- Most are resolved once, if at all: they were open up to then, whatever their statuses were.
simple as (

    select
        case_key,
        1::bigint as stretch,
        created_at as opened_at,
        first_ended_at as resolved_at,
    from every_case
    where {{ is_simple_story() }}

),

-- The others' statuses are put in order.
cases as (

    select
        case_key,
        created_at,
    from every_case
    where not ({{ is_simple_story() }})

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

union all

select * from simple
