{{ config(materialized='incremental', pre_hook="{{ forget_months('feedback_months') }}") }}

-- Each customer's answers to the recommendation question; of one day the last.
with answers as (

    select
        period,
        customer_hash,
        {{ quarter_of('responded_at') }} as quarter,
        case
            when is_detractor then 0
            when is_passive then 1
            when is_promoter then 2
        end as band,
        responded_at,
        feedback_hash,
    from {{ ref('fct_feedback') }}
    where
        metric = 'nps'
        and customer_hash is not null
        and {{ is_touched_month('period', 'feedback_months') }}

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
    answers.period,
    answers.customer_hash,
    days.answered_day,
    cast(arg_max(answers.band, (answers.responded_at, answers.feedback_hash)) as integer) as band,
from answers
inner join days on answers.quarter = days.quarter
group by answers.period, answers.customer_hash, days.answered_day
