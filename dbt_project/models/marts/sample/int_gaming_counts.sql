-- What the signals are made of, by month and source: in how many of how many something was seen.
with answers as (

    select
        source,
        period,
        survey_id,
        response_id,
        customer_key,
        metric,
        question_id,
        score,
        responded_at,
    from {{ ref('fct_feedback') }}

),

responses as (

    select
        source,
        period,
        survey_id,
        response_id,
        any_value(customer_key) as customer_key,
        min(responded_at) as responded_at,
        count(*) filter (where metric = 'rating') as ratings,
        count(distinct score) filter (where metric = 'rating') as different_ratings,
    from answers
    where response_id is not null
    group by source, period, survey_id, response_id

),

repeats as (

    select
        *,
        row_number() over (
            partition by
                source, survey_id, customer_key,
                cast(timezone('{{ var("reporting_zone") }}', responded_at) as date)
            order by responded_at, response_id
        ) as repetition,
    from responses
    where customer_key is not null

),

duplicates as (

    select
        source,
        period,
        'duplicate' as signal,
        count(*) filter (where repetition > 1) as n,
        count(*) as n_answers,
    from repeats
    group by source, period

),

straight as (

    select
        source,
        period,
        'straight_lining' as signal,
        count(*) filter (where different_ratings = 1) as n,
        count(*) as n_answers,
    from responses
    where ratings >= 3
    group by source, period

),

-- A bad experience: a case that was reopened or answered late. Asked: within 30 days.
experiences as (

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

select * from duplicates
union all by name
select * from straight
union all by name
select * from invited
