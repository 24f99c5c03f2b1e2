{{ config(
    materialized='incremental',
    pre_hook="{{ forget_contacts() }}",
    post_hook="{{ note_months_of_contacts() }}",
) }}

-- Both judgements look as far ahead for every case: one that is older has had no more time to fail.
-- They count in the month in which those seven days end, so no month changes when a later one
-- comes; a case whose seven days lie beyond what is known is not judged yet.
with hours as (

    {{ local_hours(
        'select min(starts_at) from ' ~ ref('int_periods'),
        'select max(ends_at) from ' ~ ref('int_periods'),
    ) }}

),

cases as (

    select
        cases.*,
        case
            when
                cases.first_resolved_by = 'people'
                and cases.customer_hash is not null
                and cases.count_reopens is not null
                then {{ with_return_window('cases.first_resolved_at') }}
        end as contact_judged_at,
        case when cases.channel = 'bot' then {{ with_return_window('cases.created_at') }} end
            as bot_judged_at,
    from {{ ref('fct_cases') }} as cases
    {{ only_touched('cases', 'contacts', ['case_hash']) }}
    where cases.is_known_from_start

),

-- The next case of the same customer; none before the first of those in question is one.
next_cases as (

    select
        case_hash,
        lead(created_at) over (
            partition by customer_hash
            order by created_at, case_key
        ) as next_case_at,
    from {{ ref('fct_cases') }}
    where
        customer_hash is not null
        and created_at >= (select min(cases.created_at) from cases)

),

judged as (

    select
        cases.case_hash,
        cases.customer_hash,
        cases.channel,
        cases.segment,
        case
            when cases.contact_judged_at <= sources.watermark
                then {{ local_period('cases.contact_judged_at', 'contact_hours') }}
        end as contact_period,
        coalesce(reopened.opened_at <= cases.contact_judged_at, false) as is_reopened,
        coalesce(next_cases.next_case_at <= cases.contact_judged_at, false)
            as is_followed_by_a_case,
        case
            when cases.bot_judged_at <= sources.watermark
                then {{ local_period('cases.bot_judged_at', 'bot_hours') }}
        end as bot_period,
        coalesce(cases.first_agent_at <= cases.bot_judged_at, false) as is_handed_over,
        cases.case_hash in (
            select bots.case_hash
            from cases as bots
            inner join {{ ref('int_case_open_spans') }} as spans
                on bots.case_hash = spans.case_hash
            where
                spans.opened_at <= bots.bot_judged_at
                and (spans.resolved_at is null or spans.resolved_at > bots.bot_judged_at)
        ) as is_open_when_judged,
    from cases
    left join next_cases on cases.case_hash = next_cases.case_hash
    left join {{ ref('int_case_open_spans') }} as reopened
        on cases.case_hash = reopened.case_hash and reopened.stretch = 2
    left join {{ source('raw', 'sources') }} as sources on cases.source = sources.source
    left join hours as contact_hours
        on {{ hour_of('cases.contact_judged_at') }} = contact_hours.hour
    left join hours as bot_hours
        on {{ hour_of('cases.bot_judged_at') }} = bot_hours.hour
    where coalesce(cases.contact_judged_at, cases.bot_judged_at) is not null

)

select
    judged.case_hash,
    judged.customer_hash,
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
