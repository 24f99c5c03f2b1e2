{{ config(
    materialized='incremental',
    pre_hook="{{ forget_contacts() }}",
    post_hook="{{ note_months_of_contacts() }}",
) }}

-- Both judgements look as far ahead for every case: one that is older has had no more time to fail.
-- They count in the month in which those seven days end, so no month changes when a later one
-- comes; a case whose seven days lie beyond what is known is not judged yet.
with cases as (

    select cases.*
    from {{ ref('fct_cases') }} as cases
    {{ only_touched('cases', 'contacts', ['case_key']) }}

),

-- The next case of the same customer; none before the first of those in question is one.
next_cases as (

    select
        case_key,
        lead(created_at) over (
            partition by customer_key
            order by created_at, case_key
        ) as next_case_at,
    from {{ ref('fct_cases') }}
    where
        customer_key is not null
        and created_at >= (select min(cases.created_at) from cases)

),

reopened as (

    select
        case_key,
        min(opened_at) as reopened_at,
    from {{ ref('int_case_open_spans') }}
    where stretch = 2
    group by case_key

),

spans as (

    select
        case_key,
        opened_at,
        resolved_at,
    from {{ ref('int_case_open_spans') }}

),

timed as (

    select
        cases.case_key,
        cases.source,
        cases.channel,
        cases.segment,
        cases.customer_key,
        cases.is_known_from_start,
        cases.first_resolved_by,
        cases.first_agent_at,
        {{ with_return_window('cases.first_resolved_at') }} as contact_judged_at,
        case when cases.channel = 'bot' then {{ with_return_window('cases.created_at') }} end
            as bot_judged_at,
    from cases

),

open_bots as (

    select distinct timed.case_key
    from timed
    inner join spans on timed.case_key = spans.case_key
    where
        timed.bot_judged_at is not null
        and spans.opened_at <= timed.bot_judged_at
        and (spans.resolved_at is null or spans.resolved_at > timed.bot_judged_at)

),

judged as (

    select
        timed.case_key,
        timed.channel,
        timed.segment,
        case
            when
                timed.first_resolved_by = 'people'
                and timed.customer_key is not null
                and timed.contact_judged_at <= sources.watermark
                then {{ period_of('timed.contact_judged_at') }}
        end as contact_period,
        coalesce(reopened.reopened_at <= timed.contact_judged_at, false) as is_reopened,
        coalesce(next_cases.next_case_at <= timed.contact_judged_at, false)
            as is_followed_by_a_case,
        case
            when timed.bot_judged_at <= sources.watermark
                then {{ period_of('timed.bot_judged_at') }}
        end as bot_period,
        coalesce(timed.first_agent_at <= timed.bot_judged_at, false) as is_handed_over,
        open_bots.case_key is not null as is_open_when_judged,
    from timed
    left join next_cases on timed.case_key = next_cases.case_key
    left join reopened on timed.case_key = reopened.case_key
    left join open_bots on timed.case_key = open_bots.case_key
    left join {{ source('raw', 'sources') }} as sources on timed.source = sources.source
    where timed.is_known_from_start

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
    on judged.contact_period = contact_periods.period
left join {{ ref('int_periods') }} as bot_periods on judged.bot_period = bot_periods.period
where contact_periods.period is not null or bot_periods.period is not null
