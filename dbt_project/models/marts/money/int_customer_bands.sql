-- Each customer's answers to the recommendation question; of one day the last.
with answers as (

    select
        customers.customer_number,
        {{ quarter_of('feedback.responded_at') }} as quarter,
        case
            when feedback.is_detractor then 0
            when feedback.is_passive then 1
            when feedback.is_promoter then 2
        end as band,
        feedback.responded_at,
        feedback.feedback_id,
    from {{ ref('fct_feedback') }} as feedback
    inner join {{ ref('int_customer_days') }} as customers
        on feedback.customer_key = customers.customer_key
    where feedback.metric = 'nps'

),

days as (

    select
        quarter,
        date_diff(
            'day',
            date '1970-01-01',
            cast(timezone('{{ var("reporting_zone") }}', {{ quarter_start('quarter') }}) as date)
        ) as answered_day,
    from answers
    group by quarter

)

select
    answers.customer_number,
    days.answered_day,
    cast(arg_max(answers.band, (answers.responded_at, answers.feedback_id)) as integer) as band,
from answers
inner join days on answers.quarter = days.quarter
group by answers.customer_number, days.answered_day
