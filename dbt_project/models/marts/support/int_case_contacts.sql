{{ config(materialized='incremental', pre_hook="{{ forget_contacts() }}") }}

-- Both judgements look as far ahead for every case: one that is older has had no more time to fail.
-- They count in the month in which those seven days end, so no month changes when a later one
-- comes; a case whose seven days lie beyond what is known is not judged yet.
with every_case as (

    select
        cases.case_key,
        cases.source,
        cases.channel,
        cases.segment,
        cases.customer_key,
        cases.is_known_from_start,
        cases.first_resolved_by,
        cases.first_agent_at,
        lead(cases.created_at) over (
            partition by cases.customer_key
            order by cases.created_at, cases.case_key
        ) as next_case_at,
        {{ with_return_window('cases.first_resolved_at') }} as contact_judged_at,
        case when cases.channel = 'bot' then {{ with_return_window('cases.created_at') }} end
            as bot_judged_at,
    from {{ ref('fct_cases') }} as cases

),

cases as (

    select every_case.* from every_case {{ only_touched('every_case', 'contacts', ['case_key']) }}

),

spans as (

    select
        cases.case_key,
        min(spans.opened_at) filter (where spans.stretch = 2) as reopened_at,
        coalesce(
            bool_or(
                spans.opened_at <= cases.bot_judged_at
                and (spans.resolved_at is null or spans.resolved_at > cases.bot_judged_at)
            ),
            false
        ) as is_open_when_judged,
    from {{ ref('int_case_open_spans') }} as spans
    inner join cases on spans.case_key = cases.case_key
    group by cases.case_key

),

judged as (

    select
        cases.case_key,
        cases.channel,
        cases.segment,
        cases.first_resolved_by = 'people'
        and cases.customer_key is not null
        and cases.contact_judged_at <= sources.watermark as has_contact,
        coalesce(spans.reopened_at <= cases.contact_judged_at, false) as is_reopened,
        coalesce(cases.next_case_at <= cases.contact_judged_at, false) as is_followed_by_a_case,
        {{ period_of('cases.contact_judged_at') }} as contact_period,
        cases.bot_judged_at <= sources.watermark as has_bot,
        coalesce(cases.first_agent_at <= cases.bot_judged_at, false) as is_handed_over,
        spans.is_open_when_judged,
        {{ period_of('cases.bot_judged_at') }} as bot_period,
    from cases
    inner join spans on cases.case_key = spans.case_key
    left join {{ source('raw', 'sources') }} as sources on cases.source = sources.source
    where cases.is_known_from_start

)

select
    judged.case_key,
    judged.channel,
    judged.segment,
    contact_periods.period as contact_period,
    case
        when contact_periods.period is not null
            then not judged.is_reopened and not judged.is_followed_by_a_case
    end as is_first_contact_resolution,
    bot_periods.period as bot_period,
    case
        when bot_periods.period is null then null
        when judged.is_handed_over then 'handed_over'
        when judged.is_open_when_judged then 'unresolved'
        else 'resolved'
    end as bot_outcome,
from judged
left join {{ ref('int_periods') }} as contact_periods
    on judged.contact_period = contact_periods.period and judged.has_contact
left join {{ ref('int_periods') }} as bot_periods
    on judged.bot_period = bot_periods.period and judged.has_bot
where contact_periods.period is not null or bot_periods.period is not null
