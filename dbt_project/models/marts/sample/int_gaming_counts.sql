-- What the signals are made of, by month and source: in how many of how many something was seen.
-- A bad experience: a case that was reopened or answered late. Asked: within 30 days.
with cases as (

    select
        created_period as period,
        source,
        customer_key,
        created_at,
        coalesce(count_reopens > 0 or is_first_reply_breach, false) as is_bad,
    from {{ ref('fct_cases') }}
    where customer_key is not null and is_known_from_start

),

-- Only cases of customers who were asked at some time are put in order with the invitations.
experiences as (

    select
        ever_asked.period,
        ever_asked.source,
        ever_asked.is_bad,
        coalesce(asked.sent_at < ever_asked.created_at + interval 30 day, false) as is_invited,
    from (
        select cases.* from cases
        semi join {{ ref('int_invitation_outcomes') }} as outcomes
            on cases.customer_key = outcomes.customer_key
    ) as ever_asked
    asof left join {{ ref('int_invitation_outcomes') }} as asked
        on ever_asked.customer_key = asked.customer_key and ever_asked.created_at <= asked.sent_at
    union all by name
    select
        cases.period,
        cases.source,
        cases.is_bad,
        false as is_invited,
    from cases
    anti join {{ ref('int_invitation_outcomes') }} as outcomes
        on cases.customer_key = outcomes.customer_key

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
