-- Each customer's answers to the recommendation question; of one day the last.
with answers as (

    select
        customer_key,
        date_diff(
            'day',
            date '1970-01-01',
            cast(timezone('{{ var("reporting_zone") }}', responded_at) as date)
        ) as answered_day,
        case when is_detractor then 0 when is_passive then 1 when is_promoter then 2 end as band,
        responded_at,
        feedback_id,
    from {{ ref('fct_feedback') }}
    where metric = 'nps' and customer_key is not null

)

select
    customers.customer_number,
    answers.answered_day,
    cast(answers.band as integer) as band,
from answers
inner join {{ ref('int_customer_days') }} as customers
    on answers.customer_key = customers.customer_key
qualify
    row_number() over (
        partition by customers.customer_number, answers.answered_day
        order by answers.responded_at desc, answers.feedback_id desc
    ) = 1
