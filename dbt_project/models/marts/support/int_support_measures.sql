{{ config(materialized='view') }}
-- A case counts for each measure in the month of what is measured: its creation, its resolution or
-- its rating. Cases that are open again are not counted as resolved. Of a case from before the
-- source's history the first events are missing: it has a rating and no other measure.
with every_case as (

    select * from {{ ref('fct_cases') }}

),

cases as (

    select * from every_case
    where is_known_from_start

)

select
    case_key,
    'case_volume' as metric,
    created_period as period,
    channel,
    segment,
    null::double as minutes,
    null::boolean as is_success,
from cases

union all

select
    case_key,
    'first_reply_minutes' as metric,
    created_period as period,
    channel,
    segment,
    first_reply_time_business_minutes as minutes,
    null as is_success,
from cases
where first_reply_time_business_minutes is not null

union all

select
    case_key,
    'first_reply_in_target' as metric,
    created_period as period,
    channel,
    segment,
    null as minutes,
    not is_first_reply_breach as is_success,
from cases
where is_first_reply_breach is not null

union all

select
    case_key,
    'full_resolution_minutes' as metric,
    solved_period as period,
    channel,
    segment,
    full_resolution_business_minutes as minutes,
    null as is_success,
from cases
where is_resolved and full_resolution_business_minutes is not null

union all

select
    case_key,
    'reopen_rate' as metric,
    solved_period as period,
    channel,
    segment,
    null as minutes,
    count_reopens > 0 as is_success,
from cases
where is_resolved

union all

select
    case_key,
    'one_touch_rate' as metric,
    solved_period as period,
    channel,
    segment,
    null as minutes,
    is_one_touch_resolution as is_success,
from cases
where is_resolved

union all

select
    case_key,
    'case_csat' as metric,
    rated_period as period,
    channel,
    segment,
    null as minutes,
    ticket_satisfaction_score = 'good' as is_success,
from every_case
where ticket_satisfaction_score is not null
