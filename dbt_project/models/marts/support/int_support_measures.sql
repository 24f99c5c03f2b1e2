{{ config(materialized='view') }}
-- A case counts for each measure in the month of what is measured: its creation, its resolution or
-- its rating. Cases that are open again are not counted as resolved. Of a case from before the
-- source's history the first events are missing: it has a rating and no other measure. What a bot
-- resolved alone is in no figure of people's work: not in reply, resolution and reopening. What a
-- source does not tell of its cases counts as neither good nor bad: they are not in that figure.
with every_case as not materialized (

    select * from {{ ref('fct_cases') }}

),

cases as not materialized (

    select * from every_case
    where is_known_from_start

),

contacts as not materialized (

    select * from {{ ref('int_case_contacts') }}

),

-- The cases open when a month ends, and when the data do in the month that is not over; of a source
-- that has ended, none after its end.
backlog as (

    select
        cases.case_hash,
        cases.customer_hash,
        periods.period,
        cases.channel,
        cases.segment,
    from {{ ref('int_case_open_spans') }} as spans
    inner join cases on spans.case_hash = cases.case_hash
    inner join {{ ref('int_periods') }} as periods
        on
            spans.opened_period <= periods.period
            and coalesce(spans.resolved_period > periods.period, true)
    left join {{ source('raw', 'sources') }} as sources on cases.source = sources.source
    where
        -- Most are resolved in the month in which they were opened.
        spans.opened_period is distinct from spans.resolved_period
        and coalesce(periods.starts_at <= sources.watermark, true)

)

select
    case_hash,
    customer_hash,
    'case_volume' as metric,
    created_period as period,
    channel,
    segment,
    null::double as minutes,
    null::boolean as is_success,
from cases

union all

select
    case_hash,
    customer_hash,
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
    case_hash,
    customer_hash,
    'first_reply_in_target' as metric,
    created_period as period,
    channel,
    segment,
    null as minutes,
    not is_first_reply_breach as is_success,
from cases
where is_first_reply_breach is not null and handled_by = 'people'

union all

select
    case_hash,
    customer_hash,
    'first_resolution_minutes' as metric,
    first_resolved_period as period,
    channel,
    segment,
    first_resolution_business_minutes as minutes,
    null as is_success,
from cases
where first_resolution_business_minutes is not null and first_resolved_by = 'people'

union all

select
    case_hash,
    customer_hash,
    'full_resolution_minutes' as metric,
    solved_period as period,
    channel,
    segment,
    full_resolution_business_minutes as minutes,
    null as is_success,
from cases
where
    is_resolved
    and full_resolution_business_minutes is not null
    and handled_by = 'people'

union all

select
    case_hash,
    customer_hash,
    'reopen_rate' as metric,
    solved_period as period,
    channel,
    segment,
    null as minutes,
    count_reopens > 0 as is_success,
from cases
where is_resolved and first_resolved_by = 'people' and count_reopens is not null

union all

select
    case_hash,
    customer_hash,
    'one_touch_rate' as metric,
    solved_period as period,
    channel,
    segment,
    null as minutes,
    is_one_touch_resolution as is_success,
from cases
where is_resolved and handled_by = 'people' and is_one_touch_resolution is not null

union all

select
    case_hash,
    customer_hash,
    'first_contact_resolution' as metric,
    contact_period as period,
    channel,
    segment,
    null as minutes,
    is_first_contact_resolution as is_success,
from contacts
where contact_period is not null

union all

select
    case_hash,
    customer_hash,
    'bot_resolution_rate' as metric,
    bot_period as period,
    channel,
    segment,
    null as minutes,
    bot_outcome = 'resolved' as is_success,
from contacts
where bot_period is not null

union all

select
    case_hash,
    customer_hash,
    'bot_handover_rate' as metric,
    bot_period as period,
    channel,
    segment,
    null as minutes,
    bot_outcome = 'handed_over' as is_success,
from contacts
where bot_period is not null

union all

select
    case_hash,
    customer_hash,
    'case_backlog' as metric,
    period,
    channel,
    segment,
    null as minutes,
    null as is_success,
from backlog

union all

select
    case_hash,
    customer_hash,
    'case_csat' as metric,
    rated_period as period,
    channel,
    segment,
    null as minutes,
    ticket_satisfaction_score = 'good' as is_success,
from every_case
where ticket_satisfaction_score is not null
