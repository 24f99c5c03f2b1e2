-- What the signals are made of, by month and source: in how many of how many something was seen.
-- A bad experience: a case that was reopened or answered late. Asked: within 30 days.
with experiences as (

    select
        cases.created_period as period,
        cases.source,
        coalesce(cases.count_reopens > 0 or cases.is_first_reply_breach, false) as is_bad,
        coalesce(
            asked.sent_at < cases.created_at + interval 30 day, false
        ) as is_invited,
    from {{ ref('fct_cases') }} as cases
    asof left join {{ ref('int_invitation_outcomes') }} as asked
        on cases.customer_key = asked.customer_key and cases.created_at <= asked.sent_at
    where cases.customer_key is not null and cases.is_known_from_start

),

invited as (

    select
        source,
        period,
        case when is_bad then 'invited_after_bad' else 'invited_after_good' end as signal,
        count(*) filter (where is_invited) as n,
        count(*) as n_answers,
    from experiences
    group by source, period, is_bad

)

select * from {{ ref('int_gaming_responses') }}
union all by name
select * from invited
